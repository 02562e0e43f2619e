import type { AuditRow } from "../audits/table.ts";
import { CLAIMING } from "../claims/rules.ts";
import { Forbidden } from "../core/errors.ts";
import type { Viewer } from "../core/viewer.ts";
import type { VerdictRow } from "../verdicts/table.ts";
import type { DoubleAuditRow } from "./table.ts";

/** Refuses second audits to those who don't audit in the layer. */
export function checkSecond({ role }: Viewer, layer: AuditRow["layer"]): void {
  if (CLAIMING[layer].includes(role)) return;
  throw new Forbidden(`Second audits of layer ${layer} are for ${CLAIMING[layer].join(", ")}; you act as ${role}.`);
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
