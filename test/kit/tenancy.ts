import type postgres from "postgres";
import { SYSTEM_PRINCIPAL_ID, SYSTEM_PROJECT_ID } from "../../src/core/ids.ts";
import { SCOPES } from "../../src/core/viewer.ts";
import { makeKey } from "../../src/grants/rules.ts";
import { addCases, addDoubles, day, END, LABELERS, NV, sha256 } from "./cases.ts";
import { addEngine } from "./engine.ts";
import { addBookkeeping } from "./bookkeeping.ts";
import { addRemedies } from "./remedies.ts";
import { type NamedRows, nameRows } from "./rows.ts";

const NV_VERSION = "00000000-0000-7000-8000-000000000004";

/** What people may read of a row: unlike the text of any other row, and no part of it. */
const named = (name: string) => ({ code: `code of ${name}.`, name: `name of ${name}.` });

/** People by what they are: leads, auditors, ... of P1; VM1, VQ1, TL1 (team T1), LA1 (labeler L1) of vendor V1; their like of vendor V2. */
export const PEOPLE = ["AD", "QL", "AU1", "AU2", "PM", "AN", "VM1", "TL1", "VQ1", "VQ2", "LA1", "SV", "SV1"] as const;

async function addGlobals({ add, name, id }: NamedRows): Promise<void> {
  name("principals", "system", SYSTEM_PRINCIPAL_ID);
  name("projects", "reserved", SYSTEM_PROJECT_ID);
  name("policies", "NV", NV);
  name("policy_versions", "NV 1", NV_VERSION);
  name("sealer_state", "state", "true");
  for (const vendor of ["V1", "V2"]) await add("vendors", vendor, { ...named(vendor), kind: "EXTERNAL" });
  for (const [site, team, vendor] of [["S1", "T1", "V1"], ["S1b", "T1b", "V1"], ["S2", "T2", "V2"]] as const) {
    await add("sites", site, { vendor_id: id("vendors", vendor), ...named(site), time_zone: "UTC" });
    await add("teams", team, { vendor_id: id("vendors", vendor), site_id: id("sites", site), ...named(team) });
  }
  for (const market of ["id-ID", "ms-MY"]) await add("markets", market, { code: market, name: `name of ${market}.` });
  for (const project of ["P1", "P2"]) await add("projects", project, { ...named(project), time_zone: "UTC" });
  for (const card of ["SC1", "SC2", "SC unused"]) {
    const [version, criterion] = [`${card} v1`, `${card} c`];
    await add("scorecards", card, named(card));
    await add("scorecard_versions", version, { scorecard_id: id("scorecards", card), number: 1, state: "PUBLISHED", published_at: day(1) });
    await add("criteria", criterion, {
      scorecard_id: id("scorecards", card), scorecard_version_id: id("scorecard_versions", version),
      ...named(criterion), position: 1, kind: "DECISION", weight: 1, severity: "MAJOR",
    });
    await add("error_codes", `${card} e`, { scorecard_id: id("scorecards", card), ...named(`${card} e`), severity: "MINOR" });
  }
  const policies = { HATE: ["SUPERSEDED", "EFFECTIVE", "DRAFT"], OLD: ["WITHDRAWN"], SPAM: ["EFFECTIVE"], UNUSED: ["EFFECTIVE"] };
  for (const [policy, states] of Object.entries(policies)) {
    await add("policies", policy, { ...named(policy), is_violating: true, severity: "MAJOR" });
    for (const [i, state] of states.entries()) {
      const period = { effective_from: state === "DRAFT" ? null : day(1 + i), effective_to: state === "SUPERSEDED" ? day(2 + i) : null };
      await add("policy_versions", `${policy} ${i + 1}`, { policy_id: id("policies", policy), semver: `${i + 1}.0.0`, state, ...period });
    }
  }
  for (const [project, policy] of [["P1", "NV"], ["P1", "HATE"], ["P1", "OLD"], ["P2", "NV"], ["P2", "SPAM"]] as const) {
    const policyId = policy === "NV" ? NV : id("policies", policy);
    await add("project_policies", `${project} ${policy}`, { project_id: id("projects", project), policy_id: policyId });
  }
  for (const [queue, project, card] of [["Q1", "P1", "SC1"], ["Q1b", "P1", null], ["Q2", "P2", "SC2"]] as const) {
    const scorecardId = card && id("scorecards", card);
    const stream = { ...named(queue), market: "id-ID", modality: "TEXT", scorecard_id: scorecardId };
    await add("queues", queue, { project_id: id("projects", project), ...stream });
  }
}

async function addLabelers({ add, id }: NamedRows): Promise<void> {
  for (const [labeler, [vendor, site, team]] of Object.entries(LABELERS)) {
    const place = { vendor_id: id("vendors", vendor), site_id: id("sites", site), team_id: id("teams", team) };
    const about = { external_ref: `ref of ${labeler}.`, pseudonym: `pseudonym of ${labeler}.`, name: `name of ${labeler}.` };
    await add("labelers", labeler, { ...place, ...about, kind: "HUMAN", status: "PRODUCTION" });
    await add("labeler_memberships", `${labeler} in ${team}`, { ...place, labeler_id: id("labelers", labeler), from: day(1) });
  }
  const before = { vendor_id: id("vendors", "V1"), site_id: id("sites", "S1b"), team_id: id("teams", "T1b") };
  await add("labeler_memberships", "L1 once in T1b", { ...before, labeler_id: id("labelers", "L1"), from: new Date(0), to: day(1) });
  for (const [queue, labeler] of [["Q1", "L1"], ["Q1b", "L1b"], ["Q1", "L2"], ["Q2", "L1"], ["Q2", "L2"]] as const) {
    const project = queue === "Q2" ? "P2" : "P1";
    await add("labeler_assignments", `${labeler} on ${queue}`, {
      project_id: id("projects", project), queue_id: id("queues", queue), labeler_id: id("labelers", labeler),
      vendor_id: id("vendors", LABELERS[labeler][0]), kind: "PRIMARY", from: day(1),
    });
  }
}

async function addPeople({ add, id }: NamedRows): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {};
  const roles: Record<(typeof PEOPLE)[number], [string, Record<string, string>]> = {
    AD: ["ADMIN", {}], QL: ["QA_LEAD", {}], AU1: ["AUDITOR", {}], AU2: ["AUDITOR", {}], PM: ["POLICY_MANAGER", {}], AN: ["ANALYST", {}],
    VM1: ["VENDOR_MANAGER", { vendor_id: "V1" }], TL1: ["VENDOR_MANAGER", { vendor_id: "V1", team_id: "T1" }],
    VQ1: ["VENDOR_QA", { vendor_id: "V1" }], VQ2: ["VENDOR_QA", { vendor_id: "V2" }], LA1: ["LABELER", { vendor_id: "V1", labeler_id: "L1" }],
    SV: ["SERVICE", {}], SV1: ["SERVICE", { vendor_id: "V1" }],
  };
  for (const [person, [role, scope]] of Object.entries(roles)) {
    await add("principals", person, { kind: role === "SERVICE" ? "SERVICE" : "PERSON", name: `name of ${person}.` });
    const places = Object.fromEntries(Object.entries(scope).map(([column, place]) => [column, id(column.replace("_id", "s"), place)]));
    const projectId = role === "ADMIN" ? null : id("projects", "P1");
    await add("role_grants", person, { principal_id: id("principals", person), role, project_id: projectId, ...places });
    const own = { principal_id: id("principals", person) };
    const { key, keyHash } = makeKey();
    const scopes = role === "SERVICE" ? [...SCOPES] : [];
    const client = { name: `key of ${person}.`, prefix: `prefix of ${person}.`, key_hash: keyHash, scopes, expires_at: END };
    await add("api_clients", person, { ...own, ...client });
    tokens[person] = key;
    await add("idempotency_keys", person, { ...own, key: person, request_hash: "", response: "" });
  }
  return tokens;
}

async function addPlans({ add, id }: NamedRows): Promise<void> {
  for (const [run, project, layer] of [["P1", "P1", "CLIENT"], ["P1 VENDOR", "P1", "VENDOR"], ["P2", "P2", "CLIENT"]] as const) {
    const owned = { project_id: id("projects", project) };
    const drawn = { layer, purpose: "RANDOM", frame: {}, frame_covers: "ALL" };
    const sizes = { frame_size: 100, sample_size: 50 };
    await add("sampling_plans", run, { ...owned, ...drawn, name: `name of plan ${run}.`, state: "ACTIVE", rate: 0.5, is_blind: true });
    const window = { window_from: day(1), window_to: day(3), drawn_by_id: id("principals", "QL"), drawn_at: day(3) };
    const draw = { plan_id: id("sampling_plans", run), seed: `seed of ${run}.`, frame_hash: "h" };
    await add("sampling_runs", run, { ...owned, ...drawn, ...sizes, ...window, ...draw });
    await add("strata", run, { ...owned, ...sizes, run_id: id("sampling_runs", run), key: "" });
    await add("sample_reserves", run, { project_id: owned.project_id, stratum_id: id("strata", run), draw_order: 51, decision_id: NV });
  }
  for (const project of ["P1", "P2"]) {
    const golden = { content_ref: `gold of ${project}.`, content_hash: sha256(project), truth_policy_id: NV };
    await add("golden_items", project, { project_id: id("projects", project), ...golden, status: "ACTIVE", active_from: day(1) });
  }
}

async function addInspection({ add, id }: NamedRows): Promise<void> {
  for (const [person, project] of [["AU1", "P1"], ["AU2", "P1"], ["VQ1", "P1"], ["AU1", "P2"]] as const) {
    const owned = { project_id: id("projects", project), principal_id: id("principals", person) };
    await add("auditor_profiles", `${person} ${project}`, owned);
  }
  for (const [stream, project, vendor, queue] of [["V1", "P1", "V1", "Q1"], ["V2", "P1", "V2", "Q1"], ["V1 P2", "P2", "V1", "Q2"]] as const) {
    const of = { project_id: id("projects", project), vendor_id: id("vendors", vendor), queue_id: id("queues", queue) };
    const switching = { enteredAt: day(1), recentVerdicts: ["ACCEPTED"], rejectedLots: 0, nextFrom: day(2), nextLookAt: END };
    const acceptance = { switching, basis: "LOT", acceptance_table: "COMPUTED", aql: 0.01, ltpd: 0.05, producer_risk: 0.05, consumer_risk: 0.1 };
    await add("inspection_streams", stream, {
      ...of, ...acceptance, plan_id: id("sampling_plans", project), period: "DAY", level: "NORMAL", starts_at: day(1),
    });
    const sizes = { lot_size: 100, sample_size: 10, acceptance_number: 0, rejection_number: 1 };
    await add("lots", stream, {
      ...of, ...sizes, stream_id: id("inspection_streams", stream), run_id: id("sampling_runs", project), level: "NORMAL",
      window_from: day(1), window_to: day(2),
    });
  }
}

async function addEvents({ add, id }: NamedRows, isSealed: boolean): Promise<void> {
  const [T1, T1b, V2] = (["L1", "L1b", "L2"] as const).map((labeler) => {
    const [vendor, , team] = LABELERS[labeler];
    return { is_partner_visible: true, vendor_id: id("vendors", vendor), team_id: id("teams", team), labeler_id: id("labelers", labeler) };
  });
  const audiences = {
    "to all": ["P1", { is_project_visible: true }],
    "to staff": ["P1", { is_staff_visible: true }],
    "to leads": ["P1", {}],
    "to AU1": ["P1", { auditor_id: id("principals", "AU1") }],
    "to L1": ["P1", T1],
    "to L1b": ["P1", T1b],
    "to L2": ["P1", V2],
    "in P2": ["P2", { is_project_visible: true }],
    "of the house": ["reserved", { is_project_visible: true }],
  } as const;
  const lengths = new Map<string, number>();
  for (const [name, [project, audience]] of Object.entries(audiences)) {
    const projectId = project === "reserved" ? SYSTEM_PROJECT_ID : id("projects", project);
    const seq = (lengths.get(project) ?? 0) + 1;
    lengths.set(project, seq);
    const seen = { is_project_visible: false, is_partner_visible: false, is_staff_visible: false, ...audience };
    const subject = { type: name, subject_type: "Project", subject_id: projectId, actor_id: id("principals", "QL"), recorded_at: day(5) };
    await add("events", name, { project_id: projectId, ...subject, ...seen });
    const seal = { project_id: projectId, seq, event_id: id("events", name), hash: sha256(name), sealed_at: day(5) };
    if (isSealed) await add("event_seals", name, seal);
  }
}

export interface Tenancy {
  rows: NamedRows;
  /** API keys of the people. */
  tokens: Readonly<Record<string, string>>;
}

/**
 * Two vendors, two projects, two auditors and everything they leave behind, at least one row in every table, each with a name. Where a
 * server runs, its sealer seals the events.
 */
export async function buildTenancy(sql: postgres.Sql, { isSealed }: { isSealed: boolean }): Promise<Tenancy> {
  const rows = await nameRows(sql);
  await sql`select ensure_decision_partitions(${day(1)}, ${day(3)}), ensure_access_partitions(now(), now())`;
  await addGlobals(rows);
  await addLabelers(rows);
  const tokens = await addPeople(rows);
  await addPlans(rows);
  await addEvents(rows, isSealed);
  await addCases(rows);
  await addDoubles(rows);
  await addInspection(rows);
  await addEngine(rows);
  await addRemedies(rows);
  await addBookkeeping(rows, isSealed);
  return { rows, tokens };
}
