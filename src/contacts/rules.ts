import type { Role } from "../core/viewer.ts";
import { type ContactRow, ESCALATION_SEVERITIES } from "./table.ts";

/** Who is told of the client's side; a contact with the duty VENDOR is one of the vendor's own people. */
export const CLIENT_SIDE = ["QA_LEAD", "AUDITOR", "POLICY_MANAGER"] as const satisfies readonly Role[];
export const VENDOR_SIDE = ["VENDOR_MANAGER", "VENDOR_QA"] as const satisfies readonly Role[];

/** What is to be told of. */
export interface Concern {
  kind: NonNullable<ContactRow["topic"]>;
  severity: ContactRow["leastSeverity"];
  market: string | null;
  vendorId: string | null;
  isPartnerVisible: boolean;
}

const isOf = (named: string | null, actual: string | null) => named === null || named === actual;

/**
 * Whether a contact is told: of its topic, market and vendor, where it names one, and of its severity or graver. The vendor's own people
 * are told of what their vendor sees alone.
 */
export function isTold({ duty, topic, market, vendorId, leastSeverity }: Pick<ContactRow, "duty" | "topic" | "market" | "vendorId" | "leastSeverity">, concern: Concern): boolean {
  const isGrave = ESCALATION_SEVERITIES.indexOf(concern.severity) <= ESCALATION_SEVERITIES.indexOf(leastSeverity);
  const isSeen = duty !== "VENDOR" || concern.isPartnerVisible;
  return isGrave && isSeen && isOf(topic, concern.kind) && isOf(market, concern.market) && isOf(vendorId, concern.vendorId);
}
