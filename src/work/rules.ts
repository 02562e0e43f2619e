import type { Role } from "../core/viewer.ts";

/** What may wait for somebody; the order is that of the answer's enum. */
export const WORK_KINDS = [
  "AUDIT", "SECOND_AUDIT", "ATA", "ADJUDICATION", "APPEAL", "APPEAL_REPLY", "ESCALATION", "PARTNER_RCA", "ACTION", "QUESTION", "POLICY_VERSION",
] as const;
export type WorkKind = (typeof WORK_KINDS)[number];

/** The GraphQL type that each is about. */
export const SUBJECTS: Readonly<Record<WorkKind, string>> = {
  AUDIT: "Sample", SECOND_AUDIT: "Audit", ATA: "Audit", ADJUDICATION: "Audit", APPEAL: "Appeal", APPEAL_REPLY: "Appeal", ESCALATION: "Escalation",
  PARTNER_RCA: "Escalation", ACTION: "Action", QUESTION: "PolicyQuestion", POLICY_VERSION: "PolicyVersion",
};

const STAFF = ["QA_LEAD", "AUDITOR", "POLICY_MANAGER"] as const satisfies readonly Role[];
const PARTNERS = ["VENDOR_MANAGER", "VENDOR_QA"] as const satisfies readonly Role[];

/** For whom each may wait; administrators, analysts and clients have no work here. */
export const WAITS_FOR: Readonly<Record<WorkKind, readonly Role[]>> = {
  AUDIT: ["QA_LEAD", "AUDITOR", "POLICY_MANAGER", ...PARTNERS],
  SECOND_AUDIT: ["QA_LEAD", "AUDITOR", "VENDOR_QA"],
  ATA: ["QA_LEAD", "AUDITOR"],
  ADJUDICATION: ["QA_LEAD", "AUDITOR"],
  APPEAL: [...STAFF, ...PARTNERS],
  APPEAL_REPLY: [...PARTNERS, "LABELER"],
  ESCALATION: ["QA_LEAD", "POLICY_MANAGER"],
  PARTNER_RCA: PARTNERS,
  ACTION: [...STAFF, ...PARTNERS],
  QUESTION: ["QA_LEAD", "POLICY_MANAGER"],
  POLICY_VERSION: ["POLICY_MANAGER"],
};

/** The kinds, of those asked for (all if null), that may wait for somebody who acts in this role. */
export function kindsFor(role: Role, asked: readonly WorkKind[] | null): WorkKind[] {
  return WORK_KINDS.filter((kind) => WAITS_FOR[kind].includes(role) && (asked === null || asked.includes(kind)));
}
