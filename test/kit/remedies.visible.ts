/** Names of the rows that readers find; "*" is every row, "denied" that they may not even ask. */
export type Expected = Partial<Record<string, string>>;

const OF_CALENDARS: Expected = { "admin lead auditor policy analyst partner team labeler service vendorService": "*" };
const OF_THREADS: Expected = {
  admin: "*", "lead policy": "L1 partner, L1 internal, L1b internal, L2 partner", auditor: "L1b internal", "partner team labeler vendorService": "L1 partner", service: "L1 partner, L2 partner",
};
const OF_APPEALS: Expected = {
  admin: "L1, L1b, L2, P2", "lead policy analyst service": "L1, L1b, L2", auditor: "L1b", partner: "L1, L1b, draft", "team labeler": "L1, draft", vendorService: "L1, L1b",
};
const OF_RULINGS: Expected = { admin: "*", "lead policy analyst auditor partner service vendorService": "L1b" };
const OF_ESCALATIONS: Expected = { admin: "*", "lead auditor policy analyst": "internal, V1, V2", "partner team": "V1" };
const OF_WEBHOOKS: Expected = { admin: "*", lead: "QL, VM1, TL1, V2, SV", partner: "VM1, TL1", team: "TL1", service: "SV", "AU1 as lead": "QL, VM1, TL1, V2, SV" };

/** Who finds which rows of appeals, clocks, escalations and webhooks. */
export const REMEDIES: Readonly<Record<string, Expected>> = {
  // Clocks and threads: as what they are about; words are not for analysts.
  business_calendars: OF_CALENDARS,
  calendar_holidays: OF_CALENDARS,
  sla_clocks: {
    admin: "*", "lead policy analyst": "L1, staff, leads, L2", "partner team labeler vendorService": "L1", service: "L1, L2",
  },
  threads: OF_THREADS,
  messages: OF_THREADS,
  contacts: { admin: "*", "lead auditor policy": "all, V1, V2", "partner team": "V1" },
  // Appeals: a draft is its own side's; auditors see those of their audits and those that they have handled.
  appeal_cases: { admin: "L1, V2, P2", "lead policy analyst": "L1, V2", "partner team labeler": "L1, draft" },
  appeals: OF_APPEALS,
  appeal_criteria: OF_APPEALS,
  appeal_rulings: OF_RULINGS,
  ruling_findings: OF_RULINGS,
  precedents: { admin: "*", "lead auditor policy analyst partner team": "P1, P1 retired", labeler: "P1" },
  // Escalations: staff all, partners those shared with their vendor, without the figures that raised them.
  escalation_rules: { admin: "*", "lead policy analyst": "P1" },
  escalation_signals: { admin: "*", "lead auditor policy analyst": "internal, V1, V2" },
  escalations: OF_ESCALATIONS,
  // Links as what they point to: lots are not for auditors and policy managers.
  escalation_links: { admin: "*", "lead analyst": "internal, V1, V2", "partner team": "V1" },
  rcas: OF_ESCALATIONS,
  rca_whys: OF_ESCALATIONS,
  rca_causes: OF_ESCALATIONS,
  actions: OF_ESCALATIONS,
  effectiveness_checks: OF_ESCALATIONS,
  // Webhooks: leads all, others their own or their vendor's; what they are signed with is nobody's.
  webhook_endpoints: OF_WEBHOOKS,
  webhook_deliveries: OF_WEBHOOKS,
  webhook_secrets: { "admin lead auditor policy analyst partner team labeler service vendorService": "denied" },
};
