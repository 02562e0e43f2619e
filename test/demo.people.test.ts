import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { PRINCIPALS } from "../src/story/organisation.rules.ts";
import { demoTokens } from "../src/demo/service.ts";
import { openStage, type Stage } from "./kit/demo.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await stage.load({ scale: 0.2 });
});
afterAll(() => stage.close());

test("every principal has a token that works in its role, kept as long as it stands", async () => {
  const tokens = await demoTokens(stage.pool, null);
  expect(Object.keys(tokens)).toEqual(PRINCIPALS.map(({ subject }) => subject));
  const renewed = await demoTokens(stage.pool, { ...tokens, auditor: "assay_forged", analyst: tokens.admin! });
  expect(Object.keys(tokens).filter((name) => renewed[name] !== tokens[name])).toEqual(["auditor", "analyst"]);
  for (const { subject, role, name } of PRINCIPALS) {
    const { viewer, projects } = await stage.ask(subject, "{ viewer { role principal { name } } projects { nodes { code } } }");
    expect(viewer).toEqual({ role, principal: { name } });
    expect(projects.nodes.map((each: { code: string }) => each.code).sort()).toEqual(role === "LABELER" ? ["ID-VIDEO"] : ["ID-LIVE", "ID-VIDEO", "MY-VIDEO", "PH-ADS"]);
  }
});

test("partners see their own side, and an auditor finds work", async () => {
  const query = `{ vendors { nodes { code } } metrics(projects: ["ID-VIDEO"], measures: [ACCURACY], groupBy: [VENDOR],
    range: { from: "2025-12-24", to: "2026-03-18" }) { rows { vendor { code } values { value } } } }`;
  for (const [name, code] of [["vendorManager", "NUSA"], ["otherVendorManager", "LUZON"]] as const) {
    const { vendors, metrics } = await stage.ask(name, query);
    expect(vendors.nodes).toEqual([{ code }]);
    expect(metrics.rows.map((row: any) => row.vendor.code)).toEqual([code]);
  }
  const own = "{ audits(first: 100) { totalCount nodes { state decision { labeler { externalRef } } } } }";
  const { audits } = await stage.ask("labeler", own);
  expect(audits.totalCount).toBeGreaterThan(3);
  expect(new Set(audits.nodes.map((audit: any) => audit.decision.labeler.externalRef))).toEqual(new Set(["JKT-001"]));
  const { projects } = await stage.ask("auditor", "{ projects { nodes { id } } }");
  const { claimSamples } = await stage.ask("auditor", `mutation { claimSamples(input: { projectId: "${projects.nodes[0].id}", count: 5 }) {
    ... on ClaimSamplesPayload { audits { state } } } }`);
  expect(claimSamples.audits.map((audit: any) => audit.state)).toEqual(Array(5).fill("DRAFT"));
});

// State, version and which columns are null, of the row with this id or of any that fits.
async function shapeOf(table: string, where: string) {
  const [row] = await stage.world.sql.unsafe(`select to_jsonb(t) - array['id', 'created_at'] as row from ${table} t where ${where} limit 1`);
  const { state, version, outcome, ...rest } = row!.row as Record<string, unknown>;
  return { state, version, outcome, nulls: Object.keys(rest).filter((key) => rest[key] === null).sort() };
}

async function perform(name: string, call: string, payload: string) {
  const type = `${call[0]!.toUpperCase()}${call.slice(1, call.indexOf("("))}Payload`;
  const { done } = await stage.ask(name, `mutation { done: ${call} { ... on ${type} { ${payload} } ... on Refusal { message } } }`);
  if (done.message) throw new Error(done.message);
  return done;
}

async function claimOne(project: string) {
  const { projects } = await stage.ask("auditor2", `{ projects(filter: { codes: ["${project}"] }) { nodes { id } } }`);
  const { audits } = await perform("auditor2", `claimSamples(input: { projectId: "${projects.nodes[0].id}", count: 1 })`, "audits { id }");
  const auditId = audits[0].id as string;
  const id = Buffer.from(auditId, "base64url").toString().split(":")[2]!;
  const [labeled] = await stage.world.sql`select p.code, p.is_violating, d.action from audits a join policies p on p.id = a.policy_id
    join decisions d on d.project_id = a.project_id and d.id = a.decision_id where a.id = ${id}`;
  return { auditId, id, labeled: labeled as unknown as { code: string; is_violating: boolean; action: string } };
}

const FIRST = "a.state = t.state and a.role = 'PRIMARY' and not a.is_double and a.acknowledged_at is null";
const ofError = (error: string | null) => `exists (select from audits a join verdicts v on v.project_id = a.project_id and v.audit_id = a.id
  where a.id = t.id and ${FIRST} and v.error_type is not distinct from ${error ? `'${error}'` : "null"}
    and not exists (select from verdicts n where n.project_id = a.project_id and n.audit_id = a.id and n.number <> v.number))`;
const decided = async (id: string) => stage.world.sql`select c.code, f.result, f.severity, f.cause is null as no_cause from findings f
  join criteria c on c.id = f.criterion_id and c.kind = 'DECISION' where f.audit_id = ${id} order by c.code`;

test.each(["right", "wrong"])("the history's audits have the shape that the verbs give them: of what was %s", async (kind) => {
  const { auditId, id, labeled } = await claimOne("ID-LIVE");
  const wrong = labeled.is_violating ? { code: "NV", action: "ALLOW" } : { code: "SPAM-SCAM", action: "REMOVE" };
  const { code, action } = kind === "right" ? labeled : wrong;
  const error = kind === "right" ? null : labeled.is_violating ? "OVER_ENFORCEMENT" : "UNDER_ENFORCEMENT";
  await perform("auditor2", `lockTruth(input: { auditId: "${auditId}", truth: { policyCode: "${code}", action: "${action}" } })`, "audit { state }");
  const words = error ? ', cause: OVERSIGHT, guidance: "Look again."' : "";
  const answers = '[{ criterion: "TAGS", result: NA }, { criterion: "TIME", result: PASS }]';
  await perform("auditor2", `submitAudit(input: { auditId: "${auditId}", answers: ${answers}${words} })`, "audit { state }");
  if (kind === "right") expect(await shapeOf("audits", `id = '${id}'`)).toEqual(await shapeOf("audits", `state = 'SUBMITTED' and ${ofError(null)} and id <> '${id}'`));
  await perform("qaLead", `publishAudit(input: { auditId: "${auditId}" })`, "audit { state }");
  expect(await shapeOf("audits", `id = '${id}'`)).toEqual(await shapeOf("audits", `state = 'PUBLISHED' and ${ofError(error)} and id <> '${id}'`));
  const ofSample = `(select sample_id from audits where id = '${id}')`;
  expect(await shapeOf("samples", `id = ${ofSample}`)).toEqual(await shapeOf("samples", `state = 'AUDITED' and id <> ${ofSample}`));
  const [alike] = await stage.world.sql.unsafe(`select id from audits t where ${ofError(error)} and id <> '${id}' limit 1`);
  expect(await shapeOf("verdicts", `audit_id = '${id}'`)).toEqual(await shapeOf("verdicts", `audit_id = '${alike!.id as string}'`));
  expect((await decided(id)).map(({ severity: _, ...each }) => each)).toEqual((await decided(alike!.id)).map(({ severity: _, ...each }) => each));
});

test("acknowledged and corrected audits have the shape that the verbs give them", async () => {
  const pickOne = async (where: string) => {
    const [row] = await stage.world.sql.unsafe(`select project_id as "projectId", id from audits t where ${where} and role = 'PRIMARY' and not is_double
      and vendor_id = (select id from vendors where code = 'NUSA') order by id limit 1`);
    const key = row as unknown as { projectId: string; id: string };
    return { id: key.id, auditId: encodeId("Audit", key) };
  };
  const verdicts = "(select count(*) from verdicts v where v.project_id = t.project_id and v.audit_id = t.id)";
  const read = await pickOne(`state = 'PUBLISHED' and guidance is null and ${verdicts} = 1`);
  await perform("vendorQa", `acknowledgeAudit(input: { auditId: "${read.auditId}" })`, "audit { state }");
  const unsaid = "guidance is null and acknowledgement is null and proposed_cause is null";
  expect(await shapeOf("audits", `id = '${read.id}'`)).toEqual(
    await shapeOf("audits", `state = 'ACKNOWLEDGED' and ${unsaid} and ${verdicts} = 1 and not is_double and id <> '${read.id}'`));
  const final = await pickOne(`state = 'FINAL' and is_auto_acknowledged and guidance is not null and ${verdicts} = 1
    and exists (select from verdicts v where v.audit_id = t.id and v.outcome = 'INCORRECT' and v.attribution = 'LABELER')`);
  const [labeled] = await stage.world.sql`select p.code, d.action from audits a join policies p on p.id = a.policy_id
    join decisions d on d.project_id = a.project_id and d.id = a.decision_id where a.id = ${final.id}`;
  const truth = `truth: { policyCode: "${labeled!.code as string}", action: "${labeled!.action as string}" }`;
  await perform("qaLead", `correctVerdict(input: { auditId: "${final.auditId}", ${truth}, explanation: "It was right." })`, "audit { state }");
  const corrected = `state = 'FINAL' and is_auto_acknowledged and guidance is not null and ${verdicts} = 2 and not is_double and id <> '${final.id}'`;
  expect(await shapeOf("audits", `id = '${final.id}'`)).toEqual(await shapeOf("audits", corrected));
  const second = (id: string) => shapeOf("verdicts", `audit_id = '${id}' and number = 2`);
  const [other] = await stage.world.sql.unsafe(`select id from audits t where ${corrected} limit 1`);
  expect(await second(final.id)).toEqual(await second(other!.id));
});

test("people and models are compared, on golden content and by audits", async () => {
  const query = (source: string) => `{ pairedComparison(project: "ID-VIDEO", source: ${source}, left: { kind: HUMAN }, right: { kind: MODEL },
    range: { from: "2025-12-24", to: "2026-03-18" }) { bothRight leftOnly rightOnly neither } }`;
  for (const [source, least] of [["GOLDEN", 5], ["AUDITS", 1]] as const) {
    const { pairedComparison: pairs } = await stage.ask("qaLead", query(source));
    expect(pairs.bothRight + pairs.leftOnly + pairs.rightOnly + pairs.neither).toBeGreaterThanOrEqual(least);
  }
});
