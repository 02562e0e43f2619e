import { afterAll, beforeAll, expect, test } from "vitest";
import type { Pool } from "../src/db/pool.ts";
import { openPool } from "./kit/events.ts";
import { close, WEEK } from "./kit/periods.ts";
import { inBulk } from "./kit/publication.ts";
import { foldOf, keptOf } from "./kit/rollups.ts";
import { appealed, decide, judged } from "./kit/rulings.ts";
import { globalId, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 2);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const ACCURACY = `query ($projects: [ID!]!) { metrics(projects: $projects, measures: [ACCURACY, QUALITY_SCORE], totals: true,
  range: { from: "2026-01-01", to: "2026-02-01", timeZone: "UTC" }) { totals { values { value } } } }`;
const figures = async (by: Caller, projectId: string) => (await by.ask(ACCURACY, { projects: [projectId] })).metrics.totals.values.map((each: any) => each.value);

test("figures move at once; a week that is closed keeps its own and has a line of adjustment", async () => {
  const of = await judged(world, { count: 2 });
  await close(of.lead, of.projectId, WEEK);
  await foldOf(world, pool, of.project);
  expect((await keptOf(world, of.project)).facts.length).toBe(2);
  expect(await figures(of.lead, of.projectId)).toEqual([0, 0]);
  const [id] = await appealed(world, of.labeler, of.auditIds.slice(0, 1));
  await decide(of.adjudicator, id!, "AUDIT_OVERTURNED");
  expect(await figures(of.lead, of.projectId)).toEqual([0.5, 0.5]);
  await foldOf(world, pool, of.project);
  expect(await figures(of.lead, of.projectId)).toEqual([0.5, 0.5]);
  const { scoreAdjustments } = await of.lead.ask("{ scoreAdjustments(first: 10, filter: { reasons: [APPEAL] }) { nodes { reason correctDelta scoreDelta auditId period { kind from } } } }");
  expect(scoreAdjustments.nodes).toMatchObject([{ reason: "APPEAL", correctDelta: 1, auditId: of.auditIds[0], period: { kind: "WEEK", from: WEEK.from } }]);
});

test("what auditors learn: rulings that changed their own verdicts, to themselves and their leads; and how many", async () => {
  const of = await judged(world, { count: 3 });
  const ids = await appealed(world, of.labeler, of.auditIds);
  await decide(of.lead, ids[0]!, "AUDIT_OVERTURNED");
  await decide(of.lead, ids[1]!, "AUDIT_UPHELD");
  // This one was given by a lead who corrected it.
  await world.sql`update verdicts set actor_id = ${of.otherLead.principalId} where audit_id = ${rawId(of.auditIds[2]!)}`;
  await decide(of.lead, ids[2]!, "AUDIT_OVERTURNED");
  const list = async (by: Caller, filter: object = {}) => (await by.ask(`query ($filter: AppealRulingFilter) { auditorOverturns(filter: $filter) { totalCount nodes {
    outcome changes verdict { number outcome } previousVerdict { number outcome errorType } appeal { id audit { id } } findings { nodes { result } } } } }`, { filter })).auditorOverturns;
  for (const by of [of.auditor, of.lead, world.admin]) {
    const { totalCount, nodes } = await list(by);
    expect(nodes.filter((each: any) => ids.includes(each.appeal.id))).toMatchObject([{
      outcome: "AUDIT_OVERTURNED", verdict: { number: 2, outcome: "CORRECT" }, previousVerdict: { number: 1, outcome: "INCORRECT", errorType: "OVER_ENFORCEMENT" }, appeal: { id: ids[0] },
    }]);
    if (by !== world.admin) expect(totalCount).toBe(1);
  }
  expect((await list(of.adjudicator)).totalCount).toBe(0);
  expect((await list(of.lead, { outcomes: ["AUDIT_SEVERITY_CHANGED"] })).totalCount).toBe(0);
  expect((await list(of.lead, { ruledAfter: new Date().toISOString() })).totalCount).toBe(0);
  for (const by of [of.labeler, of.manager, of.analyst, of.policyManager]) {
    expect((await by.send("{ auditorOverturns { totalCount } }")).errors?.[0]?.extensions?.code).toBe("FORBIDDEN");
  }
  await of.lead.verb("setAuditorProfile", { projectId: of.projectId, principalId: globalPrincipal(of.auditor), markets: [], languages: [], skills: [] }, "auditorProfile { id }");
  world.statements.length = 0;
  const { auditorProfiles } = await of.lead.ask("{ auditorProfiles { nodes { overturnedCount recent: overturnedCount(ruledAfter: \"2100-01-01T00:00:00Z\") } } }");
  expect(auditorProfiles.nodes).toEqual([{ overturnedCount: 1, recent: 0 }]);
  expect(world.statements.filter((text) => text.includes("overturnsOfAuditors")).length).toBe(1);
});

const globalPrincipal = ({ principalId }: Caller) => globalId("Principal", principalId);

test("partners learn of no adjudicator of the client's, analysts read no words, and others nothing", async () => {
  const of = await judged(world);
  const [id] = await appealed(world, of.labeler, of.auditIds);
  await decide(of.lead, id!, "AUDIT_UPHELD", { findings: [{ criterion: "policy", result: "FINDING_UPHELD", note: "See 4.2." }] });
  const read = async (by: Caller) => (await by.ask(
    "query ($id: ID!) { node(id: $id) { ... on Appeal { rulings { nodes { reason adjudicator { id } findings { nodes { note } } } } } } }", { id },
  )).node?.rulings.nodes[0];
  expect(await read(of.otherLead)).toMatchObject({ reason: "Songs are quoted there.", adjudicator: { id: globalPrincipal(of.lead) } });
  for (const by of [of.labeler, of.manager, of.quality]) expect(await read(by)).toMatchObject({ reason: "Songs are quoted there.", adjudicator: null });
  const analysts = await read(of.analyst);
  expect(analysts).toMatchObject({ reason: null });
  expect(analysts.findings.nodes.every(({ note }: any) => note === null)).toBe(true);
  expect((await read(of.lead)).findings.nodes.map(({ note }: any) => note)).toContain("See 4.2.");
  const stranger = await judged(world);
  expect(await read(stranger.lead)).toBeUndefined();
});

const statementsOf = async (work: () => Promise<unknown>) => {
  world.statements.length = 0;
  await work();
  return world.statements.length;
};

test("rulings on twenty cost as many statements as on one, and lists of them one a level", async () => {
  const of = await judged(world, { count: 25 });
  const ids = await appealed(world, of.labeler, of.auditIds);
  const one = await statementsOf(() => inBulk(of.lead, "decideAppeals", { appealIds: ids.slice(0, 1), outcome: "AUDIT_OVERTURNED", reason: "So." }));
  const many = await statementsOf(() => inBulk(of.lead, "decideAppeals", { appealIds: ids.slice(1, 21), outcome: "AUDIT_OVERTURNED", reason: "So." }));
  expect(many).toBe(one);
  const single = await statementsOf(() => decide(of.lead, ids[21]!, "AUDIT_OVERTURNED", {}, "appeal { id }"));
  expect(single).toBeLessThanOrEqual(one + 2);
  const nested = "appeals(first: 50, filter: { projectIds: [$p] }) { nodes { rulings { nodes { changes previousVerdict { number } verdict { number } findings { nodes { criterion { code } } } } } } }";
  const lists = () => of.lead.ask(`query ($p: ID!) { ${nested} }`, { p: of.projectId });
  expect(await statementsOf(lists)).toBeLessThanOrEqual(7);
  expect(await statementsOf(() => of.lead.ask("{ auditorOverturns(first: 50) { nodes { id } } }"))).toBeLessThanOrEqual(3);
  expect(one).toBeLessThan(40);
});
