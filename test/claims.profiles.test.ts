import { afterAll, beforeAll, expect, test } from "vitest";
import { setProfile } from "./kit/claims.ts";
import { claim, globalId, lock, makeSamples, projectGid, rawId, some, submit } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const principal = ({ principalId }: { principalId: string }) => globalId("Principal", principalId);
const PROFILES = `{ auditorProfiles { totalCount nodes { id markets languages skills dailyTarget submittedToday overdueCount version
  principal { id } project { id } } } }`;

test("a lead says all of a profile anew each time, of somebody who audits in the project", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(1));
  const first = await setProfile(lead, project, auditor, { markets: [project.market], languages: ["id", "id "], skills: ["law"], dailyTarget: 40, expectedVersion: 0 });
  expect(first).toMatchObject({ version: 1, markets: [project.market], languages: ["id"], skills: ["law"], dailyTarget: 40 });
  const second = await setProfile(lead, project, auditor, { skills: ["hate"], expectedVersion: 1 });
  expect(second).toEqual({ id: first.id, version: 2, markets: [], languages: [], skills: ["hate"], dailyTarget: null });
  const fine = { projectId, principalId: principal(auditor), markets: [], languages: [], skills: [] };
  const refused = (more: object, by = lead) => by.refused("setAuditorProfile", { ...fine, ...more });
  expect(await refused({ expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect(await refused({ principalId: principal(await world.caller({ role: "AUDITOR", projectId: project.projectId })), expectedVersion: 1 }))
    .toMatchObject({ __typename: "VersionConflictRefusal" });
  expect(await refused({ markets: ["zz-ZZ"] })).toMatchObject({ code: "NOT_FOUND", path: ["markets"] });
  expect(await refused({ languages: [""] })).toMatchObject({ code: "INVALID_INPUT", path: ["languages"] });
  expect(await refused({ skills: ["x".repeat(65)] })).toMatchObject({ code: "INVALID_INPUT", path: ["skills"] });
  expect(await refused({ dailyTarget: 0 })).toMatchObject({ code: "INVALID_INPUT", path: ["dailyTarget"] });
  const analyst = await world.caller({ role: "ANALYST", projectId: project.projectId });
  for (const someone of [analyst, { principalId: crypto.randomUUID() }]) {
    expect(await refused({ principalId: principal(someone) })).toMatchObject({ code: "NOT_FOUND", path: ["principalId"] });
  }
  expect(await refused({}, auditor)).toMatchObject({ code: "FORBIDDEN" });
  const elsewhere = await makeSamples(world, some(1));
  expect(await refused({}, elsewhere.lead)).toMatchObject({ code: "NOT_FOUND", path: ["projectId"] });
  const events = await world.sql`select type, auditor_id from events where subject_id = ${rawId(first.id)}`;
  expect([...events]).toEqual([1, 2].map(() => ({ type: "auditor_profile.setAuditorProfile", auditor_id: auditor.principalId })));
});

test("leads see the profiles of their projects, an auditor the own one, with today's work beside the goal", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(6));
  const other = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  const quality = await world.caller({ role: "VENDOR_QA", projectId: project.projectId, vendorId: project.vendors[0]!.id });
  for (const each of [auditor, other, quality]) await setProfile(lead, project, each, { dailyTarget: 1 });
  const audits = await claim(auditor, projectId, "id sample { id }", { count: 6 });
  for (const { id } of audits.slice(0, 4)) {
    await lock(auditor, id, { policyCode: "NV" });
    await submit(auditor, id);
  }
  // A goal is no limit: four are submitted where one was asked for. One of them is from before midnight, one is void.
  await world.sql`update audits set submitted_at = date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - interval '1 second' where id = ${rawId(audits[0].id)}`;
  await lead.verb("voidAudit", { auditId: audits[1].id, reason: "x" }, "audit { state }");
  await world.sql`update samples set due_at = now() - interval '1 second' where project_id = ${project.projectId}`;
  expect((await auditor.ask(PROFILES)).auditorProfiles).toMatchObject({
    totalCount: 1, nodes: [{ submittedToday: 2, overdueCount: 2, dailyTarget: 1, principal: { id: principal(auditor) }, project: { id: projectId } }],
  });
  const { auditorProfiles } = await lead.ask(PROFILES);
  expect(auditorProfiles.totalCount).toBe(3);
  expect(auditorProfiles.nodes.map((each: any) => [each.principal.id, each.submittedToday, each.overdueCount])).toEqual([
    [principal(auditor), 2, 2], [principal(other), 0, 0], [principal(quality), 0, 0],
  ]);
  expect((await quality.ask(PROFILES)).auditorProfiles.totalCount).toBe(1);
  for (const role of ["ANALYST", "POLICY_MANAGER"] as const) {
    expect((await (await world.caller({ role, projectId: project.projectId })).ask(PROFILES)).auditorProfiles.totalCount).toBe(0);
  }
  // Midnight is the project's.
  await world.sql`update projects set time_zone = 'Pacific/Kiritimati' where id = ${project.projectId}`;
  const [{ start }] = (await world.sql`select date_trunc('day', now() at time zone 'Pacific/Kiritimati') at time zone 'Pacific/Kiritimati' as start`) as any;
  await world.sql`update audits set submitted_at = ${start} where id = ${rawId(audits[2].id)}`;
  await world.sql`update audits set submitted_at = ${new Date(start.getTime() - 1)} where id in (${rawId(audits[3].id)}, ${rawId(audits[0].id)})`;
  expect((await auditor.ask(PROFILES)).auditorProfiles.nodes[0].submittedToday).toBe(1);
});

test("overdue samples are found, whoever has them, until they are audited", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(4));
  const [audit] = await claim(auditor, projectId, "id sample { id }");
  await world.sql`update samples set due_at = now() - interval '1 second' where project_id = ${project.projectId}
    and (state = 'IN_AUDIT' or id in (select id from samples where project_id = ${project.projectId} and state = 'DRAWN' limit 2))`;
  const overdue = async (by = lead) => (await by.ask("{ samples(filter: { isOverdue: true }) { totalCount nodes { isOverdue } } }")).samples;
  expect(await overdue()).toEqual({ totalCount: 3, nodes: [1, 2, 3].map(() => ({ isOverdue: true })) });
  expect((await overdue(auditor)).totalCount).toBe(1);
  expect((await lead.ask("{ samples(filter: { isOverdue: false }) { totalCount } }")).samples.totalCount).toBe(4);
  await lock(auditor, audit.id, { policyCode: "NV" });
  await submit(auditor, audit.id);
  expect((await overdue()).totalCount).toBe(2);
});

test("a list of profiles takes the same statements for one and for many", async () => {
  const { project, lead, auditor } = await makeSamples(world, some(1));
  await setProfile(lead, project, auditor);
  const count = async () => {
    world.statements.length = 0;
    await lead.ask(`query ($id: ID!) { node(id: $id) { ... on Project { auditorProfiles(filter: { principalIds: null }) { totalCount nodes {
      submittedToday overdueCount principal { name } project { code } } } } } }`, { id: projectGid(project) });
    return world.statements.length;
  };
  const one = await count();
  expect(one).toBe(4);
  for (let i = 0; i < 5; i += 1) await setProfile(lead, project, await world.caller({ role: "AUDITOR", projectId: project.projectId }));
  expect(await count()).toBe(one);
});
