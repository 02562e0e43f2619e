import { afterAll, beforeAll, expect, test } from "vitest";
import { addQueue, setProfile } from "./kit/claims.ts";
import { claim, drawAll, globalId, makeSamples, projectGid, rawId, some } from "./kit/samples.ts";
import { makeDecisions, makeProject } from "./kit/factories.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

/** A project with samples of three queues: its own, one of another market, and one that asks for two skills. */
async function threeQueues(counts: { plain?: number; other?: number; skilled?: number } = {}, plan = {}) {
  const { plain = 3, other = 3, skilled = 3 } = counts;
  const project = await makeProject(world.sql);
  const grant = { projectId: project.projectId };
  const [lead, auditor] = [await world.caller({ role: "QA_LEAD", ...grant }), await world.caller({ role: "AUDITOR", ...grant })];
  const [second, third] = [await addQueue(world, project), await addQueue(world, project, { skills: ["law", "hate"], market: project.market })];
  const decisions = (count: number, queueId: string, market: string) => Array.from({ length: count }, () => ({ queueId, market }));
  await makeDecisions(world.sql, project, [
    ...decisions(plain, project.queueId, project.market), ...decisions(other, second.id, second.market), ...decisions(skilled, third.id, project.market),
  ]);
  const projectId = projectGid(project);
  await drawAll(lead, projectId, plan);
  return { project, projectId, lead, auditor, second, third };
}

const queuesOf = (audits: any[]) => [...new Set(audits.map(({ queue }) => queue.id))];

test("a claim asks for queues, markets, languages or a skill, and gets nothing else", async () => {
  const { project, projectId, lead, auditor, second, third } = await threeQueues();
  await setProfile(lead, project, auditor, { skills: ["law", "hate"] });
  const take = (wish: object) => claim(auditor, projectId, "id sample { id } queue { id } market { code } language", { count: 1, ...wish });
  expect(queuesOf(await take({ queueIds: [second.gid], count: 2 }))).toEqual([second.gid]);
  expect((await take({ markets: [second.market] }))[0]).toMatchObject({ market: { code: second.market } });
  expect(await take({ markets: [second.market] })).toEqual([]);
  expect(await take({ queueIds: [] })).toEqual([]);
  expect(queuesOf(await take({ skill: "hate" }))).toEqual([third.gid]);
  expect(await take({ skill: "cooking" })).toEqual([]);
  const [row] = await world.sql`select id from samples where project_id = ${project.projectId} and state = 'DRAWN' order by id desc limit 1`;
  await world.sql`update samples set language = 'fr' where id = ${row!.id}`;
  const french = await take({ languages: ["fr", "de"], count: 20 });
  expect(french.map(({ sample }) => rawId(sample.id))).toEqual([row!.id]);
  expect((await take({ languages: ["en"], markets: [project.market], count: 20 })).length).toBe(4);
  expect(await take({ count: 20 })).toEqual([]);
  expect(await auditor.refused("claimSamples", { projectId, markets: ["zz-ZZ"] })).toMatchObject({ code: "NOT_FOUND", path: ["markets"] });
  const foreign = await addQueue(world, await makeProject(world.sql));
  for (const queueId of [foreign.gid, globalId("Queue", crypto.randomUUID())]) {
    expect(await auditor.refused("claimSamples", { projectId, queueIds: [queueId] })).toMatchObject({ code: "NOT_FOUND", path: ["queueIds"] });
  }
  expect(await auditor.refused("claimSamples", { projectId, queueIds: [projectId] })).toMatchObject({ code: "INVALID_INPUT", path: ["queueIds"] });
});

test("a profile limits what is offered; without one it is every queue that asks no skills", async () => {
  const { project, projectId, lead, auditor, second, third } = await threeQueues({ plain: 2, other: 2, skilled: 2 });
  const grant = { role: "AUDITOR", projectId: project.projectId } as const;
  const [able, half, abroad, elsewhere] = [await world.caller(grant), await world.caller(grant), await world.caller(grant), await world.caller(grant)];
  await setProfile(lead, project, able, { skills: ["law", "hate", "x"], markets: [project.market] });
  await setProfile(lead, project, half, { skills: ["law"] });
  await setProfile(lead, project, abroad, { languages: ["id"] });
  await setProfile(lead, project, elsewhere, { markets: [second.market] });
  const take = (by: typeof able, wish: object = {}) => claim(by, projectId, "id queue { id } language", { count: 20, ...wish });
  expect(await take(abroad)).toEqual([]);
  await world.sql`update samples set language = null where project_id = ${project.projectId} and queue_id = ${project.queueId}`;
  expect(await take(half, { skill: "law" })).toEqual([]);
  expect(await take(elsewhere, { markets: [project.market] })).toEqual([]);
  expect(queuesOf(await take(elsewhere, { count: 1 }))).toEqual([second.gid]);
  expect(queuesOf(await take(auditor, { queueIds: [second.gid, third.gid] }))).toEqual([second.gid]);
  expect((await take(abroad, { count: 1 })).map(({ language }) => language)).toEqual([null]);
  expect(await take(abroad, { languages: ["id"] })).toEqual([]);
  expect((await take(half)).length).toBe(1);
  expect(queuesOf(await take(able))).toEqual([third.gid]);
  expect(await take(auditor)).toEqual([]);
});

test("those due first come first, over all queues, and a limited claim gives as many as there are", async () => {
  const { project, projectId, lead, auditor } = await threeQueues({ plain: 60, other: 60, skilled: 1 });
  await setProfile(lead, project, auditor, { languages: ["en"] });
  await world.sql`update samples set due_at = due_at - (('x' || left(md5(id::text), 4))::bit(16)::int || ' seconds')::interval where project_id = ${project.projectId}`;
  const rows = await world.sql`select id from samples where project_id = ${project.projectId} and queue_id in (select id from queues where required_skills = '{}') order by due_at, id`;
  const claimed: string[] = [];
  for (let i = 0; i < 7; i += 1) {
    claimed.push(...(await claim(auditor, projectId, "sample { id }", { count: 20 })).map(({ sample }) => rawId(sample.id)));
  }
  expect(claimed).toEqual(rows.map(({ id }) => id));
});

test("more that wait are looked at while others hold the first", async () => {
  const { project, projectId, lead, auditor } = await threeQueues({ plain: 130, other: 0, skilled: 0 });
  await setProfile(lead, project, auditor, { markets: [project.market] });
  await world.sql.begin(async (sql) => {
    const held = await sql`select id from samples where project_id = ${project.projectId} order by due_at, id limit 120 for update`;
    const got = await claim(auditor, projectId, "sample { id }", { count: 20 });
    expect(got.length).toBe(10);
    expect(got.filter(({ sample }) => held.some(({ id }) => id === rawId(sample.id)))).toEqual([]);
  });
});

test("an ended lease's draft comes first, also from outside the profile, but not from outside what is asked for", async () => {
  const { project, projectId, lead, auditor, second } = await threeQueues();
  const [kept] = await claim(auditor, projectId, "id sample { id }", { queueIds: [second.gid] });
  await world.sql`update samples set state = 'DRAWN', lease_until = null, due_at = due_at + interval '9 days' where id = ${rawId(kept.sample.id)}`;
  await setProfile(lead, project, auditor, { markets: [project.market] });
  const [other] = await claim(auditor, projectId, "id", { markets: [project.market] });
  expect(other.id).not.toBe(kept.id);
  const [first, next] = await claim(auditor, projectId, "id sample { id }", { count: 2 });
  expect([first.id, next.id]).toContain(kept.id);
  expect(await claim(auditor, projectId, "id", { markets: [second.market] })).toEqual([]);
});

test("vendor QA gets its vendor's alone, and nobody their own decisions, also not as a former labeler", async () => {
  const { project, projectId } = await makeSamples(
    world,
    ({ vendors }) => vendors.flatMap((vendor) => vendor.labelerIds.map((labelerId) => ({ vendor, labelerId }))),
    { layer: "VENDOR" },
  );
  const [vendor] = project.vendors;
  const quality = await world.caller({ role: "VENDOR_QA", projectId: project.projectId, vendorId: vendor!.id });
  await world.sql`insert into role_grants (id, principal_id, role, project_id, vendor_id, labeler_id, revoked_at)
    values (${crypto.randomUUID()}, ${quality.principalId}, 'LABELER', ${project.projectId}, ${vendor!.id}, ${vendor!.labelerIds[0]!}, now())`;
  const audits = await claim(quality, projectId, "id", { layer: "VENDOR", count: 20 });
  expect(audits.length).toBe(1);
  const [row] = await world.sql`select labeler_id from audits where id = ${rawId(audits[0].id)}`;
  expect(row!.labeler_id).toBe(vendor!.labelerIds[1]);
});

test("a claim takes the same statements for one sample and for twenty, limited or not", async () => {
  const { project, projectId, lead, auditor } = await threeQueues({ plain: 50, other: 50 });
  const count = async (input: Record<string, unknown>) => {
    world.statements.length = 0;
    await claim(auditor, projectId, "id", input);
    return world.statements.length;
  };
  await setProfile(lead, project, auditor, { skills: ["law", "hate"] });
  const walked = await count({ count: 1 });
  expect(await count({ count: 20 })).toBe(walked);
  expect(world.statements.some((text) => text.includes("lanes"))).toBe(false);
  const limited = await count({ count: 1, markets: [project.market] });
  expect(await count({ count: 20, markets: [project.market] })).toBe(limited);
  expect(limited).toBe(walked + 1);
});

test("a sample that is drawn for a double audit makes a double audit, and one by size keeps its chance", async () => {
  const { project, projectId, auditor } = await makeSamples(world, some(2));
  const [first] = await world.sql`update samples set is_double = true where id = (select id from samples where project_id = ${project.projectId} limit 1) returning id`;
  await world.sql`update samples set purpose = 'RISK', inclusion_probability = 0.25 where project_id = ${project.projectId} and id <> ${first!.id}`;
  await claim(auditor, projectId, "id", { count: 2 });
  const rows = await world.sql`select is_double, inclusion_probability from audits where project_id = ${project.projectId} order by is_double`;
  expect(rows.map((row) => [row.is_double, row.inclusion_probability])).toEqual([[false, 0.25], [true, null]]);
});
