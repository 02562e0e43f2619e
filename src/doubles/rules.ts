import type { AuditRow } from "../audits/table.ts";
import { Forbidden, InvalidInput } from "../core/errors.ts";
import type { Role, Viewer } from "../core/viewer.ts";
import type { VerdictRow } from "../verdicts/table.ts";
import type { DoubleAuditRow } from "./table.ts";

/** Who judges a second time: auditors and leads of the client, the vendor's own QA in its layer. */
const SECONDS: Readonly<Record<AuditRow["layer"], readonly Role[]>> = { CLIENT: ["AUDITOR", "QA_LEAD"], VENDOR: ["VENDOR_QA"] };
const MOST = 20;

/** Refuses second audits to those who don't audit in the layer. */
export function checkSecond({ role }: Viewer, layer: AuditRow["layer"]): void {
  if (SECONDS[layer].includes(role)) return;
  throw new Forbidden(`Second audits of layer ${layer} are for ${SECONDS[layer].join(", ")}; you act as ${role}.`);
}

/** 1 to 20 second audits. */
export function checkCount(count: number): number {
  if (count < 1 || count > MOST) throw new InvalidInput(`count: ${count} must be 1 to ${MOST}.`, ["count"]);
  return count;
}

/** Two auditors agree if outcome, policy and action are the same (`domain.md` section 6). */
export function areAgreed(one: Agreement, other: Agreement): boolean {
  return one.outcome === other.outcome && one.truthPolicyId === other.truthPolicyId && one.truthAction === other.truthAction;
}

/** What two auditors must agree in. */
export type Agreement = Pick<VerdictRow, "outcome" | "truthPolicyId" | "truthAction">;

/** True once it should have been resolved and isn't. */
export function isOverdue({ resolvedAt, dueAt }: Pick<DoubleAuditRow, "resolvedAt" | "dueAt">, now: Date): boolean {
  return resolvedAt === null && dueAt < now;
}
