import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { SYSTEM_VIEWER, type Viewer } from "../src/core/viewer.ts";
import { identityOf } from "../src/db/identity.ts";
import { createPool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { createLotPlan } from "../src/plans/service.ts";
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

const DESIGN = `method strataBy allocation rate size halfWidth precisionBy expectedAccuracy minPerStratum minPerLabeler capPerLabeler doubleAuditRate
  schedule windowUnit windowLength nextDrawAt seed isForLots`;

test("a plan says all of how it draws, and by default it draws plainly", async () => {
  const { own, by } = await framed(world, 0);
  const create = async (input: Record<string, unknown>) =>
    (await by.verb("createSamplingPlan", { projectId: projectGid(own), name: "x", ...input }, `samplingPlan { id purpose ${DESIGN} }`)).samplingPlan;
  const plain = {
    method: "SIMPLE_RANDOM", strataBy: [], allocation: "PROPORTIONAL", rate: null, size: null, halfWidth: null, precisionBy: [], expectedAccuracy: null,
    minPerStratum: null, minPerLabeler: null, capPerLabeler: null, doubleAuditRate: 0, schedule: null, windowUnit: null, windowLength: null,
    nextDrawAt: null, seed: null, isForLots: false,
  };
  expect(await create({ size: 5 })).toMatchObject({ ...plain, size: 5, purpose: "RANDOM" });
  expect(await create({ size: 5, purpose: "RISK", method: "PPS" })).toMatchObject({ ...plain, size: 5, purpose: "RISK", method: "PPS" });
  expect(await create({ rate: 0.2, purpose: "GOLDEN" })).toMatchObject({ ...plain, rate: 0.2, purpose: "GOLDEN" });
  const design = {
    method: "STRATIFIED", strataBy: ["MARKET", "LABELER"], allocation: "NEYMAN", halfWidth: 0.03, expectedAccuracy: 0.95, minPerStratum: 1, minPerLabeler: 2,
    capPerLabeler: 9, doubleAuditRate: 0.1, schedule: "0 6 * * 1", windowUnit: "WEEK", windowLength: 2, seed: "s-1",
  };
  const { id, ...full } = await create({ ...design, purpose: "RAMP" });
  expect(full).toEqual({ ...plain, ...design, purpose: "RAMP", precisionBy: ["MARKET"] });
  world.statements.length = 0;
  const statementsOf = async (work: () => Promise<unknown>) => {
    world.statements.length = 0;
    await work();
    return world.statements.length;
  };
  // Without a schedule, the project's zone isn't asked for.
  expect(await statementsOf(() => create({ size: 5 }))).toBe(await statementsOf(() => create(design)) - 1);
  const changed = await by.verb("changeSamplingPlan", { id, method: "SYSTEMATIC", strataBy: [], allocation: "PROPORTIONAL", size: 9, minPerStratum: null,
    minPerLabeler: null, capPerLabeler: null, schedule: null, seed: null, expectedAccuracy: null, doubleAuditRate: 0 }, `samplingPlan { ${DESIGN} }`);
  expect(changed.samplingPlan).toEqual({ ...plain, method: "SYSTEMATIC", size: 9 });
});

test("what doesn't go together is refused by field, when made and when changed", async () => {
  const { own, by } = await framed(world, 0);
  const input = { projectId: projectGid(own), name: "x", rate: 0.1 };
  for (const [change, field] of [
    [{ halfWidth: 0.03 }, "rate"], [{ purpose: "RISK" }, "method"], [{ purpose: "TARGETED" }, "purpose"], [{ minPerLabeler: 1 }, "minPerLabeler"],
    [{ schedule: "0 6 * *", windowUnit: "DAY", windowLength: 1 }, "schedule"], [{ schedule: "0 6 * * *" }, "windowUnit"],
  ] as const) {
    expect(await by.refused("createSamplingPlan", { ...input, ...change }), field).toMatchObject({ code: "INVALID_INPUT", path: [field] });
  }
  expect(await by.refused("createSamplingPlan", { ...input, frame: { riskFrom: 2, riskTo: 1 } })).toMatchObject({ path: ["frame", "riskTo"] });
  const id = await makePlan({}, by, own);
  expect(await by.refused("changeSamplingPlan", { id, method: "STRATIFIED" })).toMatchObject({ code: "INVALID_INPUT", path: ["strataBy"] });
  expect(await by.refused("changeSamplingPlan", { id, schedule: "0 0 30 2 *", windowUnit: "DAY", windowLength: 1 })).toMatchObject({ path: ["schedule"] });
  const [row] = await world.sql`select version from sampling_plans where id = ${rawId(id)}`;
  expect(row!.version).toBe(1);
});

test("a frame filters by all it can, and is shown as it is", async () => {
  const { own, by } = await framed(world, 0);
  const frame = { actions: ["REMOVE"], modalities: ["TEXT"], languages: ["id"], labelerKinds: ["MODEL"], tenureBuckets: ["D0_30"], riskFrom: 0.25, riskTo: 0.75 };
  const selection = "samplingPlan { frame { queueIds actions modalities languages labelerKinds tenureBuckets riskFrom riskTo } }";
  const full = await by.verb("createSamplingPlan", { projectId: projectGid(own), name: "x", rate: 0.1, frame }, selection);
  expect(full.samplingPlan.frame).toEqual({ ...frame, queueIds: [] });
  const none = await by.verb("createSamplingPlan", { projectId: projectGid(own), name: "x", rate: 0.1 }, selection);
  expect(none.samplingPlan.frame).toEqual({
    queueIds: [], actions: [], modalities: [], languages: [], labelerKinds: [], tenureBuckets: [], riskFrom: null, riskTo: null,
  });
});

test("a schedule knows when it comes next while its plan is active, in the project's zone, and a paused plan may be changed", async () => {
  const { own, by } = await framed(world, 0);
  await world.sql`update projects set time_zone = 'Asia/Jakarta' where id = ${own.projectId}`;
  const id = await makePlan({ schedule: "0 6 * * *", windowUnit: "DAY", windowLength: 1 }, by, own);
  const move = async (verb: string) => (await by.verb(`${verb}SamplingPlan`, { id }, "samplingPlan { nextDrawAt version }")).samplingPlan;
  const { nextDrawAt } = await move("activate");
  expect(nextDrawAt).toMatch(/T23:00:00.000Z$/);
  expect(Date.parse(nextDrawAt) - Date.now()).toBeGreaterThan(0);
  expect(Date.parse(nextDrawAt) - Date.now()).toBeLessThanOrEqual(86_400_000);
  expect(await by.refused("changeSamplingPlan", { id, size: 5 })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  expect((await move("pause")).nextDrawAt).toBeNull();
  const changed = await by.verb("changeSamplingPlan", { id, size: 5, schedule: "30 7 * * *" }, "samplingPlan { state rate size nextDrawAt version allowedActions }");
  expect(changed.samplingPlan).toEqual({
    state: "PAUSED", rate: null, size: 5, nextDrawAt: null, version: 4, allowedActions: ["changeSamplingPlan", "resumeSamplingPlan", "archiveSamplingPlan"],
  });
  expect((await move("resume")).nextDrawAt).toMatch(/T00:30:00.000Z$/);
  expect((await move("archive")).nextDrawAt).toBeNull();
});

test("plans of purpose RAMP may be active beside others, and of two that differ by risk both may", async () => {
  const { own, by } = await framed(world, 0);
  await makeActivePlan({ frame: { riskTo: 0.5 } }, by, own);
  await makeActivePlan({ frame: { riskFrom: 0.5 }, purpose: "RISK", method: "PPS" }, by, own);
  await makeActivePlan({ purpose: "RAMP" }, by, own);
  await makeActivePlan({ purpose: "GOLDEN" }, by, own);
  const rival = await makePlan({ purpose: "RAMP" }, by, own);
  expect(await by.refused("activateSamplingPlan", { id: rival })).toMatchObject({ code: "CONFLICT", path: ["id"] });
});

test("an inspection stream's plan is active at once, unless another may draw the same, and is not used by hand", async () => {
  const { own, by } = await framed(world, 0);
  const grant = { id: "g", role: "QA_LEAD", projectId: own.projectId, vendorId: null, teamId: null, labelerId: null, canAdjudicate: false, expiresAt: null };
  const viewer = { ...SYSTEM_VIEWER, principalId: by.principalId, role: "QA_LEAD", projectIds: [own.projectId], grants: [grant] } as Viewer;
  const pool = createPool({ url: world.urls.login, size: 2, queue: 10, waitMs: 1_000, applicationName: "assay-test" });
  const make = (name: string, vendorId: string) => {
    const plan = { projectId: own.projectId, name, layer: "CLIENT", vendorId, queueId: own.queueId, isBlind: true } as const;
    return write(pool, identityOf(viewer), (db) => createLotPlan({ db, viewer, now: new Date() }, plan), { timeoutMs: 5_000 });
  };
  const { id: raw } = await make("Lots of V1", own.vendors[0]!.id);
  await expect(make("Again", own.vendors[0]!.id)).rejects.toThrow(/OVERLAPPING_FRAME: the active plan "Lots of V1"/);
  await make("Lots of V2", own.vendors[1]!.id);
  await pool.end();
  const id = encodeId("SamplingPlan", { projectId: own.projectId, id: raw });
  const { node } = await by.ask(`query ($id: ID!) { node(id: $id) { ... on SamplingPlan { state purpose allowedActions ${DESIGN} } } }`, { id });
  expect(node).toMatchObject({
    state: "ACTIVE", purpose: "RANDOM", isForLots: true, rate: null, size: null, halfWidth: null, allowedActions: ["pauseSamplingPlan", "archiveSamplingPlan"],
  });
  const window = { windowFrom: "2026-01-01T00:00:00Z", windowTo: "2026-01-02T00:00:00Z" };
  expect(await by.refused("drawSamples", { planId: id, ...window })).toMatchObject({ code: "CONFLICT", path: ["planId"], message: expect.stringMatching(/inspection stream/) });
  expect(await by.refused("changeSamplingPlan", { id, rate: 0.1 })).toMatchObject({ code: "CONFLICT", path: ["id"], message: expect.stringMatching(/inspection stream/) });
});
