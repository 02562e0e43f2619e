import { BOOKKEEPING } from "./bookkeeping.ts";
import { type Expected, REMEDIES } from "./remedies.visible.ts";

/** Who reads: the roles of the database, each as somebody of the tenancy. `AU1 as ...` is the auditor under another of their grants. */
export const READERS = [
  "admin", "lead", "auditor", "policy", "analyst", "partner", "vendorQa", "team", "labeler", "service", "vendorService", "worker", "auth", "login",
  "AU1 as admin", "AU1 as lead",
] as const;
export type Reader = (typeof READERS)[number];

// Who finds what another reader finds, where nothing is said of them.
const LIKE: Partial<Record<Reader, Reader>> = { vendorQa: "partner", "AU1 as admin": "admin", "AU1 as lead": "lead" };
const ALWAYS: Partial<Record<Reader, string>> = { worker: "*", login: "denied" };

const OWN_ROWS = {
  auditor: "AU1", policy: "PM", analyst: "AN", partner: "VM1", vendorQa: "VQ1", team: "TL1", labeler: "LA1", service: "SV",
  vendorService: "SV1", "AU1 as lead": "AU1",
};
const OF_SCORECARDS = (suffix: string): Expected => ({
  "admin lead auditor policy analyst": "*",
  "partner team labeler service vendorService": `SC1${suffix}`,
});
const OF_RUNS: Expected = { admin: "*", "lead analyst": "P1, P1 VENDOR" };
const OF_EVENTS: Expected = {
  admin: "*",
  "lead analyst": "to all, to staff, to leads, to AU1, to L1, to L1b, to L2",
  auditor: "to all, to staff, to AU1",
  policy: "to all, to staff",
  "partner vendorService": "to all, to L1, to L1b",
  "team labeler": "to all, to L1",
  service: "to all, to L1, to L1b, to L2",
};
const DECISIONS_OF_L1 = `unsampled, AU2 doubled, AU1 blind, AU1 open, AU2 blind, AU2 open, AU2 revealed, AU2 submitted, AU2 voided, published, TL1 submitted,
  VQ1 blind`;
const DECISIONS_OF_L1B = "unsampled T1b, AU1 revealed, published T1b, VQ1 submitted T1b";
const DECISIONS_OF_L2 = "unsampled V2, AU1 submitted, published V2, QL blind, PM submitted, VQ2 submitted";
const AUDITS_OF_P1 = `AU1 second, AU1 second resolved, AU2 doubled, AU1 blind, AU1 open, AU1 revealed, AU1 submitted, AU2 blind, AU2 open, AU2 revealed, AU2 submitted, AU2 voided, published,
  published T1b, published V2, QL blind, PM submitted, TL1 submitted, VQ1 blind, VQ1 submitted T1b, VQ1 published, VQ2 submitted`;
const VERDICTS_OF_P1 = `AU1 second, AU1 second resolved, AU2 doubled, AU1 revealed, AU1 submitted, AU2 revealed, AU2 submitted, AU2 voided, published, published T1b, published V2,
  PM submitted, TL1 submitted, VQ1 submitted T1b, VQ1 published, VQ2 submitted`;

/** Lists without some of their names. */
const without = (list: string, ...names: string[]) => namesIn(list).filter((name) => !names.includes(name)).join(", ");

const SAMPLES_OF_P1 = without(AUDITS_OF_P1, "AU1 second", "AU1 second resolved");

const OF_DECISIONS: Expected = {
  admin: "*",
  lead: `${DECISIONS_OF_L1}, ${DECISIONS_OF_L1B}, ${without(DECISIONS_OF_L2, "QL blind")}`,
  "AU1 as lead": `${without(DECISIONS_OF_L1, "AU1 blind")}, ${DECISIONS_OF_L1B}, ${DECISIONS_OF_L2}`,
  "AU1 as admin": `${without(DECISIONS_OF_L1, "AU1 blind")}, ${DECISIONS_OF_L1B}, ${DECISIONS_OF_L2}, unsampled P2, published P2`,
  "policy analyst service": `${DECISIONS_OF_L1}, ${DECISIONS_OF_L1B}, ${DECISIONS_OF_L2}`,
  auditor: "AU2 doubled, AU1 open, AU1 revealed, AU1 submitted, published, published T1b, published V2",
  "partner vendorService": `${DECISIONS_OF_L1}, ${DECISIONS_OF_L1B}`,
  vendorQa: `${without(DECISIONS_OF_L1, "VQ1 blind")}, ${DECISIONS_OF_L1B}`,
  "team labeler": DECISIONS_OF_L1,
};

const OF_VERDICTS: Expected = {
  admin: "*",
  "AU1 as admin": `${without(VERDICTS_OF_P1, "VQ1 published", "AU2 doubled")}, published P2`,
  "lead policy analyst": VERDICTS_OF_P1,
  "AU1 as lead": without(VERDICTS_OF_P1, "VQ1 published", "AU2 doubled"),
  auditor: "AU1 second, AU1 second resolved, AU1 revealed, AU1 submitted, published, published T1b, published V2",
  partner: "published, published T1b, TL1 submitted, VQ1 submitted T1b, VQ1 published",
  team: "published, TL1 submitted, VQ1 published",
  labeler: "published, VQ1 published",
  service: "published, published T1b, published V2, VQ1 published",
  vendorService: "published, published T1b, VQ1 published",
};

const OF_SESSIONS: Expected = {
  admin: "*",
  "lead analyst": "draft, open, published",
  auditor: "open, published",
  policy: "published",
  vendorQa: "open, published",
  partner: "",
  labeler: "published",
};

/** Section 7 of the domain, table by table. A reader who isn't named finds nothing; `auth` is denied what isn't said of it. */
export const VISIBLE: Readonly<Record<string, Expected>> = {
  // Vendors, sites and teams: staff all, a vendor's people their vendor's, a labeler those they are in.
  vendors: { "admin lead auditor policy analyst service auth": "*", "partner team labeler vendorService": "V1" },
  sites: { "admin lead auditor policy analyst service": "*", "partner team vendorService": "S1, S1b", labeler: "S1" },
  teams: { "admin lead auditor policy analyst service": "*", "partner team vendorService": "T1, T1b", labeler: "T1" },
  markets: { "admin lead auditor policy analyst partner team labeler service vendorService": "*" },
  // Projects: the granted ones. The reserved one, of global events, is nobody's.
  projects: { admin: "P1, P2", "lead auditor policy analyst partner team labeler service vendorService": "P1", auth: "*" },
  queues: { admin: "*", "lead auditor policy analyst partner team service vendorService": "Q1, Q1b", labeler: "Q1" },
  // Scorecards: staff all, others those of the queues they see.
  scorecards: OF_SCORECARDS(""),
  scorecard_versions: OF_SCORECARDS(" v1"),
  criteria: OF_SCORECARDS(" c"),
  error_codes: OF_SCORECARDS(" e"),
  // Policies: staff all, partners those of their projects, labelers those in force; of versions partners those that are or were.
  policies: { "admin lead auditor policy analyst": "*", "partner team service vendorService": "NV, HATE, OLD", labeler: "NV, HATE" },
  project_policies: { admin: "*", "lead auditor policy analyst partner team labeler service vendorService": "P1 NV, P1 HATE, P1 OLD" },
  policy_versions: {
    "admin lead auditor policy analyst": "*",
    "partner team service vendorService": "NV 1, HATE 1, HATE 2",
    labeler: "NV 1, HATE 2",
  },
  // Who may be what: one's own; leads see who there is.
  principals: { ...OWN_ROWS, "admin lead auth": "*", "AU1 as lead": "*" },
  role_grants: { ...OWN_ROWS, "admin auth": "*", lead: "QL" },
  api_clients: { ...OWN_ROWS, "admin auth": "*", lead: "QL" },
  idempotency_keys: { ...OWN_ROWS, admin: "AD", lead: "QL", "AU1 as admin": "AU1" },
  // Labelers: staff but policy managers all, a vendor's people their vendor's or team's, a labeler their own record.
  labelers: { "admin lead auditor analyst service": "*", "partner vendorService": "L1, L1b", "team labeler": "L1" },
  labeler_memberships: {
    "admin lead auditor analyst service": "*",
    "partner vendorService": "L1 in T1, L1 once in T1b, L1b in T1b",
    team: "L1 in T1",
    labeler: "L1 in T1, L1 once in T1b",
  },
  labeler_assignments: {
    admin: "*",
    "lead auditor analyst service": "L1 on Q1, L1b on Q1b, L2 on Q1",
    "partner vendorService": "L1 on Q1, L1b on Q1b",
    "team labeler": "L1 on Q1",
  },
  // Decisions: auditors those they audit openly or after the reveal, and published ones; nobody those that they audit blindly.
  decisions: OF_DECISIONS,
  decision_refs: OF_DECISIONS,
  // Golden items: nobody's who could be tested by them; analysts count them.
  golden_items: { admin: "*", "lead policy analyst service": "P1" },
  sampling_plans: OF_RUNS,
  sampling_runs: OF_RUNS,
  strata: OF_RUNS,
  // What may replace a void sample is nobody's to know.
  sample_reserves: {},
  // Samples: leads and analysts all, auditors their own (also one who is a policy manager), a vendor's people their own of layer VENDOR.
  samples: {
    admin: "*",
    "lead analyst": SAMPLES_OF_P1,
    "AU1 as admin": `${without(SAMPLES_OF_P1, "VQ1 published", "AU2 doubled")}, published P2`,
    "AU1 as lead": without(SAMPLES_OF_P1, "VQ1 published", "AU2 doubled"),
    auditor: "AU1 blind, AU1 open, AU1 revealed, AU1 submitted",
    policy: "PM submitted",
    vendorQa: "VQ1 blind, VQ1 submitted T1b, VQ1 published",
    team: "TL1 submitted",
  },
  // Audits: administrators none that is blind before its reveal; partners the published ones of layer CLIENT. AU1 is blind to
  // the decision of "VQ1 published".
  audits: {
    admin: `${without(AUDITS_OF_P1, "AU1 blind", "AU2 blind", "QL blind", "VQ1 blind")}, published P2`,
    "AU1 as admin": `${without(AUDITS_OF_P1, "AU2 blind", "QL blind", "VQ1 blind", "VQ1 published", "AU2 doubled")}, published P2`,
    "lead policy analyst": AUDITS_OF_P1,
    "AU1 as lead": without(AUDITS_OF_P1, "VQ1 published", "AU2 doubled"),
    auditor: "AU1 second, AU1 second resolved, AU1 blind, AU1 open, AU1 revealed, AU1 submitted, published, published T1b, published V2",
    partner: "published, published T1b, TL1 submitted, VQ1 blind, VQ1 submitted T1b, VQ1 published",
    team: "published, TL1 submitted, VQ1 blind, VQ1 published",
    labeler: "published, VQ1 published",
    service: "published, published T1b, published V2, VQ1 published",
    vendorService: "published, published T1b, VQ1 published",
  },
  // Verdicts and findings: those of the audits that one sees.
  verdicts: OF_VERDICTS,
  findings: OF_VERDICTS,
  // Whose audits they are learn of a double audit when it is resolved; one who holds other grants too, not before that.
  double_audits: {
    admin: "*",
    "lead analyst": "open, resolved",
    auditor: "resolved",
    "AU1 as lead": "resolved",
    "AU1 as admin": "resolved, P2",
  },
  auditor_profiles: { admin: "*", lead: "AU1 P1, AU2 P1, VQ1 P1", auditor: "AU1 P1", vendorQa: "VQ1 P1" },
  inspection_streams: { admin: "*", "lead analyst": "V1, V2" },
  lots: { admin: "*", "lead analyst": "V1, V2", "partner team": "V1" },
  // Facts of published audits: whoever sees the audit. Sums: whoever sees all of a vendor's.
  audit_facts: {
    admin: "*",
    "lead policy analyst auditor service": "published, published T1b, published V2",
    "partner vendorService": "published, published T1b",
    "team labeler": "published",
  },
  audit_rollups: { admin: "*", "lead policy analyst auditor service": "V1, V2", "partner vendorService": "V1" },
  stratum_rollups: { admin: "*", "lead analyst": "P1" },
  rollup_watermarks: { admin: "*", "lead auditor policy analyst partner team labeler service vendorService": "P1" },
  quality_targets: { admin: "*", "lead auditor policy analyst service": "all, V1, V2", "partner team labeler vendorService": "all, V1" },
  reporting_periods: { admin: "*", "lead auditor policy analyst partner team service vendorService": "P1" },
  score_adjustments: { admin: "*", "lead policy analyst": "L1, L1b, L2", auditor: "L1b", partner: "L1, L1b", "team labeler": "L1" },
  report_definitions: { admin: "*", "lead auditor policy analyst": "staff, partner", "partner team": "partner" },
  report_snapshots: { admin: "*", "lead auditor policy analyst": "staff, V1, V2", "partner team": "V1" },
  // Questions: staff all, a vendor's people their vendor's, a labeler their own. Clarifications are for everybody.
  policy_questions: { admin: "*", "lead auditor policy analyst": "AU1, VQ1, LA1, VQ2", "partner team": "VQ1, LA1", labeler: "LA1" },
  clarifications: { admin: "*", "lead auditor policy analyst partner team labeler": "P1" },
  // Calibration: leads all, others what they are invited to; auditors and policy managers also what has been voted on. Nobody sees a
  // vote of another before the voting is over.
  calibration_sessions: OF_SESSIONS,
  calibration_items: OF_SESSIONS,
  calibration_raters: {
    admin: "*",
    "lead analyst auditor policy": "open AU1, open VQ1, published AU2, published VQ1, published LA1",
    vendorQa: "open VQ1, published VQ1",
    partner: "",
    labeler: "published LA1",
  },
  calibration_votes: {
    admin: "published AU2, published VQ1, published LA1, P2 AU1",
    "AU1 as admin": "open AU1, published AU2, published VQ1, published LA1, P2 AU1",
    "AU1 as lead": "open AU1, published AU2, published VQ1, published LA1",
    auditor: "open AU1, published AU2, published VQ1, published LA1",
    "lead analyst policy": "published AU2, published VQ1, published LA1",
    vendorQa: "open VQ1, published VQ1",
    partner: "",
    labeler: "published LA1",
  },
  calibration_consensus: { admin: "*", "lead analyst auditor policy vendorQa labeler": "published", partner: "" },
  export_links: { admin: "AD", lead: "QL", auditor: "AU1", "AU1 as admin": "AU1", "AU1 as lead": "AU1", partner: "VM1", vendorQa: "" },
  ...REMEDIES,
  ...BOOKKEEPING,
  events: OF_EVENTS,
  event_seals: OF_EVENTS,
  sealer_state: {},
};

function namesIn(list: string): string[] {
  return list.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

/** The names of the rows that a reader must find in a table, or "denied". */
export function expectedRows(table: string, reader: Reader, all: readonly string[]): string[] | "denied" {
  const names = (readers: string) => (readers.startsWith("AU1 as") ? [readers] : readers.split(" "));
  const own = Object.entries(VISIBLE[table]!).find(([readers]) => names(readers).includes(reader));
  const said = ALWAYS[reader] ?? own?.[1];
  if (said === undefined && LIKE[reader]) return expectedRows(table, LIKE[reader], all);
  if (said === "denied" || (said === undefined && reader === "auth")) return "denied";
  return (said === "*" ? [...all] : namesIn(said ?? "")).sort();
}
