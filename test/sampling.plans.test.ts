import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { makeProject } from "./kit/factories.ts";
import { framed, globalId, makeActivePlan, makePlan, projectGid, rawId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

test("a plan is drafted, changed, activated, paused, resumed and archived, and says what is possible", async () => {
  const of = await makeProject(world.sql);
  const by = await world.caller({ role: "QA_LEAD", projectId: of.projectId });
  const queueId = encodeId("Queue", { projectId: of.projectId, id: of.queueId });
  const frame = { queueIds: [queueId], markets: [of.market], vendorIds: [globalId("Vendor", of.vendors[0]!.id)], labelerIds: [], policyIds: [globalId("Policy", of.policies.hate)] };
  const { samplingPlan } = await by.verb(
    "createSamplingPlan",
    { projectId: projectGid(of), name: " Weekly ", rate: 0.25, frame },
    "samplingPlan { id name state purpose layer frameCovers rate size isBlind version allowedActions frame { queueIds markets vendorIds labelerIds policyIds } project { code } }",
  );
  expect(samplingPlan).toMatchObject({
    name: "Weekly", state: "DRAFT", purpose: "RANDOM", layer: "CLIENT", frameCovers: "ALL", rate: 0.25, size: null, isBlind: true, version: 1,
    allowedActions: ["changeSamplingPlan", "activateSamplingPlan", "archiveSamplingPlan"], frame, project: { code: of.projectCode },
  });
  const { id } = samplingPlan;
  const changed = await by.verb("changeSamplingPlan", { id, size: 7, isBlind: false, expectedVersion: 1 }, "samplingPlan { rate size isBlind frame { markets } version }");
  expect(changed.samplingPlan).toEqual({ rate: null, size: 7, isBlind: false, frame: { markets: [of.market] }, version: 2 });
  expect(await by.refused("changeSamplingPlan", { id, name: "x", expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect(await by.refused("pauseSamplingPlan", { id })).toMatchObject({
    __typename: "InvalidTransitionRefusal",
    message: "pauseSamplingPlan is not possible while the sampling plan is DRAFT. Possible now: changeSamplingPlan, activateSamplingPlan, archiveSamplingPlan.",
  });
  for (const [verb, state] of [["activate", "ACTIVE"], ["pause", "PAUSED"], ["resume", "ACTIVE"], ["archive", "ARCHIVED"]]) {
    const moved = await by.verb(`${verb}SamplingPlan`, { id }, "samplingPlan { state }");
    expect(moved.samplingPlan.state).toBe(state);
  }
  expect((await by.ask("query ($id: ID!) { node(id: $id) { ... on SamplingPlan { allowedActions } } }", { id })).node.allowedActions).toEqual([]);
  const events = await world.sql`select type, from_state, to_state, is_project_visible, is_staff_visible, is_partner_visible from events where subject_id = ${rawId(id)} order by id`;
  expect(events.map((each) => `${each.type} ${each.from_state} ${each.to_state}`)).toEqual([
    "sampling_plan.draft null DRAFT", "sampling_plan.changeSamplingPlan null null", "sampling_plan.active DRAFT ACTIVE",
    "sampling_plan.paused ACTIVE PAUSED", "sampling_plan.active PAUSED ACTIVE", "sampling_plan.archived ACTIVE ARCHIVED",
  ]);
  for (const each of events) expect([each.is_project_visible, each.is_staff_visible, each.is_partner_visible]).toEqual([false, false, false]);
});

test("bad plans are refused by field, and what a frame names must be there", async () => {
  const project = await makeProject(world.sql);
  const lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  const input = { projectId: projectGid(project), name: "x" };
  expect(await lead.refused("createSamplingPlan", input)).toMatchObject({ code: "INVALID_INPUT", path: ["rate"] });
  expect(await lead.refused("createSamplingPlan", { ...input, rate: 1.5 })).toMatchObject({ code: "INVALID_INPUT", path: ["rate"] });
  expect(await lead.refused("createSamplingPlan", { ...input, size: 0 })).toMatchObject({ code: "INVALID_INPUT", path: ["size"] });
  expect(await lead.refused("createSamplingPlan", { ...input, size: 1, frame: { markets: [project.market, "nope"] } })).toMatchObject({ code: "NOT_FOUND", path: ["frame", "markets", "1"] });
  const other = await makeProject(world.sql);
  const foreign = { queueIds: encodeId("Queue", { projectId: other.projectId, id: other.queueId }), policyIds: globalId("Policy", other.policies.hate) };
  for (const [name, id] of Object.entries(foreign)) {
    expect(await lead.refused("createSamplingPlan", { ...input, size: 1, frame: { [name]: [id] } })).toMatchObject({ code: "NOT_FOUND", path: ["frame", name, "0"] });
  }
  expect(await lead.refused("createSamplingPlan", { ...input, size: 1, frame: { queueIds: [projectGid(project)] } })).toMatchObject({ code: "INVALID_INPUT", path: ["frame", "queueIds"] });
  expect(await lead.refused("createSamplingPlan", { ...input, size: 1, projectId: projectGid(other) })).toMatchObject({ code: "NOT_FOUND", path: ["projectId"] });
  const plan = await makePlan({}, await world.caller({ role: "QA_LEAD", projectId: other.projectId }), other);
  expect(await lead.refused("activateSamplingPlan", { id: plan })).toMatchObject({ code: "NOT_FOUND" });
});

test("plans that may draw the same decisions are never active together, not even when activated at once", async () => {
  const { own, by } = await framed(world, 0);
  await makeActivePlan({ frame: { markets: [own.market] }, frameCovers: "VIOLATING_ONLY", name: "First" }, by, own);
  const [rival, disjoint, otherLayer] = [
    await makePlan({}, by, own),
    await makePlan({ frameCovers: "NON_VIOLATING_ONLY" }, by, own),
    await makePlan({ layer: "VENDOR" }, by, own),
  ];
  const refusal = await by.refused("activateSamplingPlan", { id: rival });
  expect(refusal).toMatchObject({ code: "CONFLICT", message: expect.stringMatching(/^OVERLAPPING_FRAME: the active plan "First"/) });
  await by.verb("activateSamplingPlan", { id: disjoint }, "samplingPlan { state }");
  await by.verb("activateSamplingPlan", { id: otherLayer }, "samplingPlan { state }");
  const { own: other, by: otherLead } = await framed(world, 0);
  const rivals = await Promise.all([1, 2, 3, 4].map(() => makePlan({}, otherLead, other)));
  const query = "mutation ($input: ActivateSamplingPlanInput!) { activateSamplingPlan(input: $input) { __typename } }";
  const results = await Promise.all(rivals.map((id) => otherLead.ask(query, { input: { id } })));
  expect(results.map((each) => each.activateSamplingPlan.__typename).sort()).toEqual([
    "ActivateSamplingPlanPayload", "ConflictRefusal", "ConflictRefusal", "ConflictRefusal",
  ]);
});
