import { afterAll, beforeAll, expect, test } from "vitest";
import { on } from "./kit/appeals.ts";
import { inBulk } from "./kit/publication.ts";
import { appealed, judged, type Judged } from "./kit/rulings.ts";
import { projectGid, rawId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

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
