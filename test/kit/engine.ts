import { day, END, LABELERS, NV, sha256 } from "./cases.ts";
import type { NamedRows } from "./rows.ts";

type Project = "P1" | "P2";

async function addFacts({ add, id }: NamedRows): Promise<void> {
  const published: readonly [string, keyof typeof LABELERS, Project][] = [
    ["published", "L1", "P1"], ["published T1b", "L1b", "P1"], ["published V2", "L2", "P1"], ["published P2", "L1", "P2"],
  ];
  for (const [name, labeler, project] of published) {
    const [vendor, site, team] = LABELERS[labeler];
    await add("audit_facts", name, {
      project_id: id("projects", project), audit_id: id("audits", name), decision_id: id("decisions", name), auditor_id: id("principals", "AU2"),
      verdict_id: id("verdicts", name), layer: "CLIENT", purpose: "RANDOM", run_id: id("sampling_runs", project), stratum_id: id("strata", project),
      queue_id: id("queues", project === "P1" ? "Q1" : "Q2"), labeler_id: id("labelers", labeler), vendor_id: id("vendors", vendor),
      site_id: id("sites", site), team_id: id("teams", team), policy_id: NV, market: "id-ID", decided_at: day(2), modality: "TEXT",
      submitted_at: day(3), published_at: day(4), day: day(2), truth_policy_id: NV, is_process_error: false, is_correct: true, is_critical: false,
      is_labeled_violating: false, is_truly_violating: false, is_action_right: true, failed_count: 0, judged_count: 1,
    });
  }
  for (const [name, project, vendor] of [["V1", "P1", "V1"], ["V2", "P1", "V2"], ["V1 P2", "P2", "V1"]] as const) {
    await add("audit_rollups", name, {
      project_id: id("projects", project), grain: "HEADLINE", layer: "CLIENT", purpose: "RANDOM", day: day(2), market: "id-ID",
      vendor_id: id("vendors", vendor), run_id: id("sampling_runs", project), stratum_id: id("strata", project), is_process_error: false,
      audits: 1, correct: 1, critical: 0, truly_violating: 0, over_enforced: 0, under_enforced: 0, policy_right: 1, action_right: 1,
      scored: 0, score_millionths: 0, failed_criteria: 0, judged_criteria: 1,
    });
  }
  for (const project of ["P1", "P2"] as const) {
    const owned = { project_id: id("projects", project) };
    await add("stratum_rollups", project, { ...owned, stratum_id: id("strata", project), audited: 1 });
    await add("rollup_watermarks", project, { ...owned, seq: 0, state: "BUILDING", time_zone: "UTC", folded_at: day(5) });
  }
}

// What a report asks: every argument, as the verb that saves it writes it.
const QUERY = {
  measures: ["ACCURACY"], groupBy: ["VENDOR"], timeAxis: "DECIDED_AT", layer: "CLIENT", purposes: ["RANDOM", "RISK"], score: "CURRENT",
  basis: "POPULATION", includeProcessErrors: false, having: [], orderBy: [],
};

async function addReports({ add, id }: NamedRows): Promise<void> {
  for (const [target, project, vendor] of [["all", "P1", null], ["V1", "P1", "V1"], ["V2", "P1", "V2"], ["P2", "P2", null]] as const) {
    await add("quality_targets", target, {
      project_id: id("projects", project), measure: "ACCURACY", vendor_id: vendor && id("vendors", vendor), value: 0.95, n_min: 30,
      valid_from: day(1), set_by_id: id("principals", "QL"),
    });
  }
  for (const project of ["P1", "P2"] as const) {
    await add("reporting_periods", project, {
      project_id: id("projects", project), kind: "WEEK", from: day(5), to: day(12), state: "CLOSED", close_due_at: day(15), closed_at: day(15),
    });
  }
  const changed: readonly [string, keyof typeof LABELERS, Project, "AU1" | "AU2"][] = [
    ["L1", "L1", "P1", "AU2"], ["L1b", "L1b", "P1", "AU1"], ["L2", "L2", "P1", "AU2"], ["L1 P2", "L1", "P2", "AU1"],
  ];
  for (const [name, labeler, project, auditor] of changed) {
    const [vendor, , team] = LABELERS[labeler];
    await add("score_adjustments", name, {
      project_id: id("projects", project), period_id: id("reporting_periods", project), audit_id: NV, labeler_id: id("labelers", labeler),
      vendor_id: id("vendors", vendor), team_id: id("teams", team), auditor_id: id("principals", auditor), reason: "VOID", correct_delta: -1,
      recorded_at: day(16),
    });
  }
  for (const [name, project, audience] of [["staff", "P1", "STAFF"], ["partner", "P1", "PARTNER"], ["P2", "P2", "PARTNER"]] as const) {
    await add("report_definitions", name, {
      project_id: id("projects", project), name: `name of report ${name}.`, query: QUERY, kinds: ["WEEK"], audience,
    });
  }
  for (const [name, definition, vendor] of [["staff", "staff", null], ["V1", "partner", "V1"], ["V2", "partner", "V2"], ["V1 P2", "P2", "V1"]] as const) {
    const project = definition === "P2" ? "P2" : "P1";
    await add("report_snapshots", name, {
      project_id: id("projects", project), definition_id: id("report_definitions", definition), period_id: id("reporting_periods", project), closing: 1,
      vendor_id: vendor && id("vendors", vendor), audience: definition === "staff" ? "STAFF" : "PARTNER", as_of: day(15), score_time: "CURRENT",
      query: QUERY, measure_defs_version: 1, data: JSON.stringify({ told: `data of snapshot ${name}.` }), data_hash: sha256(name),
      created_at: day(15),
    });
  }
}

async function addQuestions({ add, id }: NamedRows): Promise<void> {
  const asked = [["AU1", "AU1", "P1", null], ["VQ1", "VQ1", "P1", "V1"], ["LA1", "LA1", "P1", "V1"], ["VQ2", "VQ2", "P1", "V2"], ["P2", "AU2", "P2", null]] as const;
  for (const [name, person, project, vendor] of asked) {
    await add("policy_questions", name, {
      project_id: id("projects", project), policy_id: NV, title: `title of question ${name}.`, question: `question of ${name}.`, state: "ASKED",
      asked_by_id: id("principals", person), vendor_id: vendor && id("vendors", vendor), due_at: END,
    });
  }
  for (const project of ["P1", "P2"] as const) {
    await add("clarifications", project, {
      project_id: id("projects", project), policy_id: NV, text: `clarification of ${project}.`, published_by_id: id("principals", "PM"), published_at: day(6),
    });
  }
}

const SESSIONS = {
  draft: ["P1", "DRAFT", []],
  open: ["P1", "OPEN", ["AU1", "VQ1"]],
  published: ["P1", "PUBLISHED", ["AU2", "VQ1", "LA1"]],
  P2: ["P2", "PUBLISHED", ["AU1"]],
} as const;

async function addCalibrations({ add, id }: NamedRows): Promise<void> {
  for (const [session, [project, state, raters]] of Object.entries(SESSIONS)) {
    const owned = { project_id: id("projects", project) };
    await add("calibration_sessions", session, { ...owned, name: `name of session ${session}.`, state, facilitator_id: id("principals", "QL") });
    const of = { ...owned, session_id: id("calibration_sessions", session) };
    await add("calibration_items", session, {
      ...of, position: 1, content_ref: `content of session ${session}.`, content_hash: sha256(`session ${session}`), modality: "TEXT",
    });
    const item = { ...of, item_id: id("calibration_items", session) };
    for (const rater of raters) {
      const own = { principal_id: id("principals", rater) };
      await add("calibration_raters", `${session} ${rater}`, { ...of, ...own });
      await add("calibration_votes", `${session} ${rater}`, { ...item, ...own, policy_id: NV, rationale: `vote of ${rater} in ${session}.`, cast_at: day(6) });
    }
    const isPublished = state === "PUBLISHED";
    if (isPublished) await add("calibration_consensus", session, { ...item, policy_id: NV, rationale: `consensus of ${session}.`, set_by_id: id("principals", "QL"), set_at: day(7) });
  }
}

/** What the metric engine keeps: facts and rollups, targets, periods and reports, questions, calibrations, links to exports. */
export async function addEngine(rows: NamedRows): Promise<void> {
  await addFacts(rows);
  await addReports(rows);
  await addQuestions(rows);
  await addCalibrations(rows);
  for (const person of ["AD", "QL", "AU1", "VM1"] as const) {
    await rows.add("export_links", person, {
      principal_id: rows.id("principals", person), acted_as: "", dataset: "DECISIONS", format: "CSV", query: {}, secret_hash: sha256(`secret of ${person}`),
      created_at: day(6), expires_at: END,
    });
  }
}
