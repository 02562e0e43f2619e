import { day, END, LABELERS, NV, sha256 } from "./cases.ts";
import type { NamedRows } from "./rows.ts";

type Project = "P1" | "P2";
const HOURS = { MONDAY: [[0, 1_440]] };

interface AppealCase {
  audit: string;
  of: keyof typeof LABELERS;
  by: string;
  as: string;
  state: string;
  tier: string | null;
  project?: Project;
  layer?: "VENDOR";
  auditor?: string;
  handledBy?: string;
}

const APPEALS: Readonly<Record<string, AppealCase>> = {
  L1: { audit: "published", of: "L1", by: "LA1", as: "LABELER", state: "L2_REVIEW", tier: "L2" },
  L1b: { audit: "published T1b", of: "L1b", by: "VQ1", as: "VENDOR_QA", state: "CLOSED", tier: "L2", handledBy: "AU1" },
  L2: { audit: "published V2", of: "L2", by: "VQ2", as: "VENDOR_QA", state: "L1_REVIEW", tier: "L1" },
  draft: { audit: "VQ1 published", of: "L1", by: "LA1", as: "LABELER", state: "DRAFT", tier: null, layer: "VENDOR", auditor: "VQ1" },
  P2: { audit: "published P2", of: "L1", by: "LA1", as: "LABELER", state: "CLOSED", tier: "L2", project: "P2" },
};

async function addAppeals({ add, id }: NamedRows): Promise<void> {
  const cases = [["L1", "P1", "L1", true], ["V2", "P1", "L2", true], ["draft", "P1", "L1", false], ["P2", "P2", "L1", true]] as const;
  for (const [name, project, labeler, isFiled] of cases) {
    const [vendor, , team] = LABELERS[labeler];
    await add("appeal_cases", name, {
      project_id: id("projects", project), title: `title of case ${name}.`, opened_by_id: id("principals", "LA1"), layer: "CLIENT", vendor_id: id("vendors", vendor),
      team_id: id("teams", team), labeler_id: id("labelers", labeler), filed_at: isFiled ? day(5) : null,
    });
  }
  for (const [name, { audit, of, by, as, state, tier, project = "P1", layer = "CLIENT", auditor = "AU2", handledBy }] of Object.entries(APPEALS)) {
    const [vendor, site, team] = LABELERS[of];
    const owned = { project_id: id("projects", project) };
    const isClosed = state === "CLOSED";
    await add("appeals", name, {
      ...owned, audit_id: id("audits", audit), decision_id: id("decisions", audit === "VQ1 published" ? "AU1 blind" : audit), auditor_id: id("principals", auditor), layer,
      raised_by_id: id("principals", by), raised_as: as, verdict_id: id("verdicts", audit), state, tier, reason: `reason of appeal ${name}.`,
      filed_at: tier ? day(5) : null, closed_at: isClosed ? day(7) : null, ruled_at: isClosed ? day(6) : null, outcome: isClosed ? "AUDIT_UPHELD" : null,
      due_at: isClosed ? null : END, handled_by_ids: handledBy ? [id("principals", handledBy)] : [], queue_id: id("queues", project === "P1" ? "Q1" : "Q2"),
      labeler_id: id("labelers", of), vendor_id: id("vendors", vendor), site_id: id("sites", site), team_id: id("teams", team), policy_id: NV, market: "id-ID", decided_at: day(2),
    });
    const criterion = id("criteria", project === "P1" ? "SC1 c" : "SC2 c");
    await add("appeal_criteria", name, { ...owned, appeal_id: id("appeals", name), criterion_id: criterion, argument: `argument of ${name}.` });
    if (!isClosed) continue;
    await add("appeal_rulings", name, {
      ...owned, appeal_id: id("appeals", name), tier: "L2", outcome: "AUDIT_UPHELD", reason: `ruling of ${name}.`, adjudicator_id: id("principals", "QL"),
      appellant_id: id("principals", by), auditor_id: id("principals", auditor), ruled_at: day(6),
    });
    await add("ruling_findings", name, { ...owned, ruling_id: id("appeal_rulings", name), criterion_id: criterion, result: "FINDING_UPHELD", note: `finding of ${name}.` });
  }
  for (const [name, project, state] of [["P1", "P1", "ACTIVE"], ["P1 retired", "P1", "RETIRED"], ["P2", "P2", "ACTIVE"]] as const) {
    await add("precedents", name, {
      project_id: id("projects", project), policy_id: NV, title: `title of precedent ${name}.`, summary: `summary of precedent ${name}.`, state,
      created_by_id: id("principals", "PM"), retired_at: state === "RETIRED" ? day(8) : null,
    });
  }
}

// Whose eyes something is for: the vendor's people and the labeler, auditors, or leads alone.
function audienceOf({ id }: NamedRows, labeler: keyof typeof LABELERS, of: { partner?: boolean; staff?: boolean } = {}) {
  const [vendor, , team] = LABELERS[labeler];
  const place = { vendor_id: id("vendors", vendor), team_id: id("teams", team), labeler_id: id("labelers", labeler) };
  return { ...place, is_partner_visible: of.partner ?? false, is_staff_visible: of.staff ?? false };
}

async function addClocksAndThreads(rows: NamedRows): Promise<void> {
  const { add, id } = rows;
  for (const name of ["24x5", "unused"]) {
    await add("business_calendars", name, { code: `calendar-${name}`, name: `name of calendar ${name}.`, time_zone: "UTC", hours: HOURS });
    await add("calendar_holidays", name, { calendar_id: id("business_calendars", name), held_on: day(1), name: `holiday of ${name}.` });
  }
  const clocks = [
    ["L1", "P1", audienceOf(rows, "L1", { partner: true })], ["staff", "P1", audienceOf(rows, "L1", { staff: true })], ["leads", "P1", audienceOf(rows, "L1")],
    ["L2", "P1", audienceOf(rows, "L2", { partner: true })], ["P2", "P2", audienceOf(rows, "L1", { partner: true })],
  ] as const;
  for (const [name, project, audience] of clocks) {
    await add("sla_clocks", name, {
      project_id: id("projects", project), subject_type: "Appeal", subject_id: id("appeals", name === "L2" ? "L2" : name === "P2" ? "P2" : "L1"),
      kind: { L1: "APPEAL_L1", staff: "APPEAL_L2", leads: "APPEAL_L3" }[name as string] ?? "APPEAL_L1", time_zone: "UTC", unit: "OPEN_MINUTES", allowance: 1_440,
      started_at: day(5), due_at: day(6), open_seconds: 86_400, ...audience,
    });
  }
  const threads = [
    ["L1 partner", "P1", "PARTNER", audienceOf(rows, "L1", { partner: true })], ["L1 internal", "P1", "INTERNAL", audienceOf(rows, "L1", { staff: true })],
    ["L1b internal", "P1", "INTERNAL", audienceOf(rows, "L1b", { staff: true })],
    ["L2 partner", "P1", "PARTNER", audienceOf(rows, "L2", { partner: true })], ["P2", "P2", "PARTNER", audienceOf(rows, "L1", { partner: true })],
  ] as const;
  for (const [name, project, visibility, audience] of threads) {
    const owned = { project_id: id("projects", project) };
    const subject = { subject_type: "Appeal", subject_id: id("appeals", name.split(" ")[0]!) };
    await add("threads", name, { ...owned, ...subject, visibility, created_at: day(6), updated_at: day(6), ...audience });
    await add("messages", name, { ...owned, thread_id: id("threads", name), author_id: id("principals", "QL"), text: `message of ${name}.`, sent_at: day(6) });
  }
}

async function addEscalations({ add, id }: NamedRows): Promise<void> {
  for (const [name, project, vendor] of [["all", "P1", null], ["V1", "P1", "V1"], ["V2", "P1", "V2"], ["P2", "P2", "V1"]] as const) {
    await add("contacts", name, { project_id: id("projects", project), principal_id: id("principals", "PM"), duty: "POLICY_POC", vendor_id: vendor && id("vendors", vendor) });
  }
  for (const project of ["P1", "P2"] as const) {
    await add("escalation_rules", project, {
      project_id: id("projects", project), name: `name of rule ${project}.`, trigger: "CRITICAL_ERROR", kind: "QUALITY", severity: "SEV2",
    });
  }
  for (const [name, project, vendor, isShared] of [["internal", "P1", "V1", false], ["V1", "P1", "V1", true], ["V2", "P1", "V2", true], ["P2", "P2", "V1", true]] as const) {
    const owned = { project_id: id("projects", project) };
    const person = id("principals", vendor === "V1" ? "VM1" : "VQ2");
    await add("escalations", name, {
      ...owned, title: `title of escalation ${name}.`, kind: "QUALITY", trigger: "MANUAL", severity: "SEV3", state: "OPEN", fingerprint: `print of ${name}`,
      opened_by_id: id("principals", "QL"), vendor_id: id("vendors", vendor), is_partner_visible: isShared, problem_statement: `problem of ${name}.`, opened_at: day(6),
    });
    const of = { ...owned, escalation_id: id("escalations", name) };
    await add("escalation_signals", name, { ...of, seen_at: day(6), measure: "ERROR_RATE", value: 0.1, n: 50 });
    const subject = { subject_type: "Lot", subject_id: id("lots", project === "P2" ? "V1 P2" : vendor) };
    await add("escalation_links", name, { ...of, ...subject, note: `note of ${name}.`, added_by_id: id("principals", "QL"), added_at: day(6) });
    await add("rcas", name, { ...of, cycle: 1, state: "SUBMITTED", vendor_id: id("vendors", vendor), requested_at: day(6), submitted_at: day(7), problem_statement: `rca of ${name}.` });
    const ofRca = { ...owned, rca_id: id("rcas", name) };
    await add("rca_whys", name, { ...ofRca, position: 1, text: `why of ${name}.` });
    await add("rca_causes", name, { ...ofRca, category: "POLICY", code: "UNCLEAR", text: `cause of ${name}.`, is_root: true, owner_id: person });
    await add("actions", name, {
      ...of, cycle: 1, kind: "CORRECTIVE", title: `title of action ${name}.`, state: "PROPOSED", owner_id: person, vendor_id: id("vendors", vendor),
      proposed_by_id: person, due_at: END,
    });
    await add("effectiveness_checks", name, {
      ...of, cycle: 1, measure: "ERROR_RATE", baseline_from: day(1), baseline_to: day(8), check_from: day(8), check_to: day(15), target: 0.05, n_min: 100,
    });
  }
}

async function addWebhooks({ add, id }: NamedRows): Promise<void> {
  const owners = {
    QL: ["P1", "QL", "QA_LEAD", null, null], VM1: ["P1", "VM1", "VENDOR_MANAGER", "V1", null], TL1: ["P1", "TL1", "VENDOR_MANAGER", "V1", "T1"],
    V2: ["P1", "VQ2", "VENDOR_MANAGER", "V2", null], SV: ["P1", "SV", "SERVICE", null, null], P2: ["P2", "QL", "QA_LEAD", null, null],
  } as const;
  for (const [name, [project, owner, role, vendor, team]] of Object.entries(owners)) {
    const owned = { project_id: id("projects", project) };
    const whose = { owner_id: id("principals", owner), vendor_id: vendor && id("vendors", vendor) };
    await add("webhook_endpoints", name, {
      ...owned, ...whose, url: `https://hooks.example/of-${name}`, description: `webhook of ${name}.`, state: "PAUSED", role, team_id: team && id("teams", team), cursor_seq: 0,
    });
    const of = { ...owned, endpoint_id: id("webhook_endpoints", name) };
    await add("webhook_secrets", name, { ...of, secret: `whsec_${sha256(name).toString("base64")}`, created_at: day(6) });
    await add("webhook_deliveries", name, {
      ...of, ...whose, event_type: "webhook.test", state: "DEAD", last_error: `error of delivery ${name}.`, created_at: day(6), updated_at: day(6),
    });
  }
}

/** What disputes and problems leave: appeals and rulings, clocks, threads, escalations with their causes and actions, webhooks. */
export async function addRemedies(rows: NamedRows): Promise<void> {
  await addAppeals(rows);
  await addClocksAndThreads(rows);
  await addEscalations(rows);
  await addWebhooks(rows);
}
