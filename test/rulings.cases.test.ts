import { afterAll, beforeAll, expect, test } from "vitest";
import { on } from "./kit/appeals.ts";
import { close, WEEK } from "./kit/periods.ts";
import { inBulk } from "./kit/publication.ts";
import { appealed, decide, judged, type Judged } from "./kit/rulings.ts";
import { globalId, projectGid, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const counts = async ({ id }: Judged) => (await world.sql`select
  (select count(*)::int from appeal_rulings where project_id = ${id}) as rulings,
  (select count(*)::int from verdicts where project_id = ${id} and reason = 'APPEAL') as verdicts`)[0];

async function caseOf(of: Judged, count: number): Promise<{ caseId: string; ids: string[] }> {
  const { appealCase } = await of.quality.verb("openAppealCase", { projectId: projectGid(of.project), layer: "CLIENT", title: "Songs" }, "appealCase { id }");
  const ids = await appealed(world, of.quality, of.auditIds.slice(0, count), { criteria: ["policy"], appealCaseId: appealCase.id });
  return { caseId: appealCase.id, ids };
}

const ruled = { outcome: "AUDIT_OVERTURNED", reason: "Songs are quoted there." };

test("one ruling decides all appeals of a case in the tier, with a row on each; those elsewhere stay", async () => {
  const of = await judged(world, { count: 4 });
  const { caseId, ids } = await caseOf(of, 4);
  await on(of.lead, "escalateAppeal", ids[2]!, { reason: "Unclear." }, "id");
  await on(of.quality, "withdrawAppeal", ids[3]!, {}, "id");
  const { appealCase, decidedCount } = await of.adjudicator.verb("decideAppealCase", { appealCaseId: caseId, ...ruled },
    "decidedCount appealCase { appeals { nodes { state audit { verdict { number outcome } } } } }");
  expect(decidedCount).toBe(2);
  expect(appealCase.appeals.nodes.map((each: any) => [each.state, each.audit.verdict.number])).toEqual([["DECIDED", 2], ["DECIDED", 2], ["L3_ARBITRATION", 1], ["WITHDRAWN", 1]]);
  expect(await counts(of)).toEqual({ rulings: 2, verdicts: 2 });
  expect(await of.adjudicator.refused("decideAppealCase", { appealCaseId: caseId, ...ruled })).toMatchObject({ code: "CONFLICT", path: ["appealCaseId"] });
  const lessons = { precedent: { title: "Quoted songs", summary: "Lyrics are quotes." } };
  const arbitrated = await of.policyManager.verb("decideAppealCase", { appealCaseId: caseId, ...ruled, ...lessons }, "decidedCount precedent { title }");
  expect(arbitrated).toMatchObject({ decidedCount: 1, precedent: { title: "Quoted songs" } });
});

test("a case is decided as a whole or not at all", async () => {
  const of = await judged(world, { count: 2 });
  const { caseId, ids } = await caseOf(of, 2);
  await world.sql`update verdicts set reason = 'CORRECTION', actor_id = ${of.lead.principalId} where audit_id = ${rawId(of.auditIds[1]!)}`;
  expect((await of.lead.refused("decideAppealCase", { appealCaseId: caseId, ...ruled })).__typename).toBe("NotIndependentRefusal");
  expect(await counts(of)).toEqual({ rulings: 0, verdicts: 0 });
  expect(ids.length).toBe(2);
  const stranger = await judged(world);
  expect(await stranger.lead.refused("decideAppealCase", { appealCaseId: caseId, ...ruled })).toMatchObject({ code: "NOT_FOUND", path: ["appealCaseId"] });
});

test("many are decided alike: by ids or filter, each by itself, and a dry run changes nothing", async () => {
  const of = await judged(world, { count: 4 });
  const ids = await appealed(world, of.labeler, of.auditIds, { criteria: ["policy"] });
  await on(of.lead, "escalateAppeal", ids[3]!, { reason: "Unclear." }, "id");
  await world.sql`update verdicts set reason = 'ADJUDICATION', actor_id = ${of.lead.principalId} where audit_id = ${rawId(of.auditIds[2]!)}`;
  const expected = (done: string) => [[ids[0], done, null], [ids[1], done, null], [ids[2], "REFUSED", "FORBIDDEN"], [ids[3], "REFUSED", "CONFLICT"]];
  const seen = (items: any[]) => items.map(({ id, outcome, refusal }) => [id, outcome, refusal?.code ?? null]);
  expect(seen(await inBulk(of.lead, "decideAppeals", { appealIds: ids, ...ruled, isDryRun: true }))).toEqual(expected("WOULD_DO"));
  expect(await counts(of)).toEqual({ rulings: 0, verdicts: 0 });
  expect(seen(await inBulk(of.lead, "decideAppeals", { filter: { projectIds: [of.projectId], states: ["L2_REVIEW", "L3_ARBITRATION"] }, ...ruled }))).toEqual(expected("DONE"));
  expect(await counts(of)).toEqual({ rulings: 2, verdicts: 2 });
  expect((await of.lead.refused("decideAppeals", { ...ruled })).path).toEqual(["appealIds"]);
  expect((await of.lead.refused("decideAppeals", { appealIds: Array(501).fill(ids[0]), ...ruled })).message).toContain("at most 500");
});

const ACCURACY = `query ($projects: [ID!]!) { metrics(projects: $projects, measures: [ACCURACY, QUALITY_SCORE], totals: true,
  range: { from: "2026-01-01", to: "2026-02-01", timeZone: "UTC" }) { totals { values { value } } } }`;
const figures = async (by: Caller, projectId: string) => (await by.ask(ACCURACY, { projects: [projectId] })).metrics.totals.values.map((each: any) => each.value);

test("figures move at once; a week that is closed keeps its own and has a line of adjustment", async () => {
  const of = await judged(world, { count: 2 });
  await close(of.lead, of.projectId, WEEK);
  expect(await figures(of.lead, of.projectId)).toEqual([0, 0]);
  const [id] = await appealed(world, of.labeler, of.auditIds.slice(0, 1));
  await decide(of.adjudicator, id!, "AUDIT_OVERTURNED");
  const [accuracy, quality] = await figures(of.lead, of.projectId);
  expect(accuracy).toBe(0.5);
  expect(quality).toBeGreaterThan(0.4);
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
  const one = await statementsOf(() => inBulk(of.lead, "decideAppeals", { appealIds: ids.slice(0, 1), ...ruled }));
  const many = await statementsOf(() => inBulk(of.lead, "decideAppeals", { appealIds: ids.slice(1, 21), ...ruled }));
  expect(many).toBe(one);
  const single = await statementsOf(() => decide(of.lead, ids[21]!, "AUDIT_OVERTURNED", {}, "appeal { id }"));
  expect(single).toBeLessThanOrEqual(one + 2);
  const nested = "appeals(first: 50, filter: { projectIds: [$p] }) { nodes { rulings { nodes { changes previousVerdict { number } verdict { number } findings { nodes { criterion { code } } } } } } }";
  const lists = () => of.lead.ask(`query ($p: ID!) { ${nested} }`, { p: of.projectId });
  expect(await statementsOf(lists)).toBeLessThanOrEqual(7);
  expect(await statementsOf(() => of.lead.ask("{ auditorOverturns(first: 50) { nodes { id } } }"))).toBeLessThanOrEqual(3);
  expect(one).toBeLessThan(40);
});
