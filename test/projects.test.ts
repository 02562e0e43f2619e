import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId, SYSTEM_PROJECT_ID } from "../src/core/ids.ts";
import { makeProject } from "./kit/factories.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
  await world.admin.verb("createMarket", { code: "id-ID", name: "Indonesia" }, "market { id }");
});
afterAll(() => world.close());

const projectIdOf = (id: string) => encodeId("Project", { projectId: null, id });
const make = async (code: string, more: object = {}): Promise<{ id: string }> =>
  (await world.admin.verb("createProject", { code, name: code, timeZone: "Asia/Jakarta", ...more }, "project { id }")).project;
const makeQueue = async (projectId: string, code: string, more: object = {}): Promise<{ id: string }> => {
  const input = { projectId, code, name: code, market: "id-ID", modality: "VIDEO", ...more };
  return (await world.admin.verb("createQueue", input, "queue { id }")).queue;
};

test("a project is created with its settings and found by id, code and list, and announced to all", async () => {
  const { id } = await make("P1", { settings: { publishDelayMinutes: 0, leaseMinutes: null } });
  const fields = "code name timeZone settings { publishDelayMinutes leaseMinutes weekStartsOn goldenMaxExposures }";
  const settings = { publishDelayMinutes: 0, leaseMinutes: 60, weekStartsOn: "MONDAY", goldenMaxExposures: 500 };
  const project = { code: "P1", name: "P1", timeZone: "Asia/Jakarta", settings };
  const data = await world.admin.ask(
    `query ($id: ID!) { node(id: $id) { ... on Project { ${fields} } }
      projectByCode(code: "P1") { ${fields} } none: projectByCode(code: "nope") { code }
      projects(filter: { codes: ["P1"] }) { totalCount nodes { ${fields} } } }`,
    { id },
  );
  expect(data).toEqual({ node: project, projectByCode: project, none: null, projects: { totalCount: 1, nodes: [project] } });
  const [event] = await world.sql`select project_id, type from events where type = 'project.created' order by id desc limit 1`;
  expect(event).toEqual({ project_id: SYSTEM_PROJECT_ID, type: "project.created" });
});

test("settings are changed one by one, null returns to the default, and two changes at a time both stay", async () => {
  const { id } = await make("P2");
  const settings = "project { version settings { publishDelayMinutes leaseMinutes weekStartsOn } }";
  await Promise.all([
    world.admin.verb("changeProject", { id, settings: { leaseMinutes: 15 } }, settings),
    world.admin.verb("changeProject", { id, settings: { weekStartsOn: "SUNDAY" } }, settings),
  ]);
  const two = { id, name: "Two", settings: { publishDelayMinutes: 5 }, expectedVersion: 3 };
  const { project } = await world.admin.verb("changeProject", two, settings);
  expect(project).toEqual({ version: 4, settings: { publishDelayMinutes: 5, leaseMinutes: 15, weekStartsOn: "SUNDAY" } });
  const back = await world.admin.verb("changeProject", { id, settings: { leaseMinutes: null } }, settings);
  expect(back.project.settings).toEqual({ publishDelayMinutes: 5, leaseMinutes: 60, weekStartsOn: "SUNDAY" });
});

test("a lead changes the settings of an own project alone", async () => {
  const { projectId } = await makeProject(world.sql);
  const stranger = await makeProject(world.sql);
  const lead = await world.caller({ role: "QA_LEAD", projectId });
  const id = projectIdOf(projectId);
  const { project } = await lead.verb("changeProject", { id, settings: { leaseMinutes: 20 } }, "project { settings { leaseMinutes } }");
  expect(project.settings.leaseMinutes).toBe(20);
  expect(await lead.refused("changeProject", { id, name: "Mine" })).toMatchObject({ code: "FORBIDDEN" });
  expect(await lead.refused("changeProject", { id: projectIdOf(stranger.projectId), settings: {} })).toMatchObject({ code: "NOT_FOUND" });
  expect(await lead.refused("createProject", { code: "X", name: "X", timeZone: "UTC" })).toMatchObject({ code: "FORBIDDEN" });
  const auditor = await world.caller({ role: "AUDITOR", projectId });
  expect(await auditor.refused("changeProject", { id, settings: { leaseMinutes: 1 } })).toMatchObject({ code: "FORBIDDEN" });
});

test("bad input of a project is refused by field", async () => {
  const refused = (more: object) => world.admin.refused("createProject", { code: "R1", name: "R", timeZone: "UTC", ...more });
  expect(await refused({ code: "" })).toMatchObject({ code: "INVALID_INPUT", path: ["code"] });
  expect(await refused({ timeZone: "Mars/Olympus" })).toMatchObject({ code: "INVALID_INPUT", path: ["timeZone"] });
  expect(await refused({ settings: { leaseMinutes: 0 } })).toMatchObject({ code: "INVALID_INPUT", path: ["settings", "leaseMinutes"] });
  const { id } = await make("R1");
  expect(await refused({})).toMatchObject({ code: "CONFLICT" });
  await world.admin.verb("changeProject", { id, name: "Other" }, "project { id }");
  const stale = await world.admin.refused("changeProject", { id, name: "Third", expectedVersion: 1 });
  expect(stale).toMatchObject({ __typename: "VersionConflictRefusal" });
  const reserved = await world.admin.refused("changeProject", { id: projectIdOf(SYSTEM_PROJECT_ID), name: "Mine" });
  expect(reserved).toMatchObject({ code: "NOT_FOUND" });
});

test("a queue stands in a project and a market, is found by both codes, and changes", async () => {
  const { id: projectId } = await make("P3");
  const { scorecard } = await world.admin.verb(
    "createScorecard",
    { code: "SC", name: "SC", criteria: [{ code: "a", name: "a", kind: "DECISION", weight: 1, severity: "MAJOR" }] },
    "scorecard { id }",
  );
  const queue = await makeQueue(projectId, "Q1", { slaMinutes: 60, scorecardId: scorecard.id });
  await makeQueue(projectId, "Q2");
  const data = await world.admin.ask(
    `query ($id: ID!) {
      node(id: $id) { ... on Queue { code market { code name } scorecard { code } project { code } modality slaMinutes } }
      q1: queueByCode(projectCode: "P3", code: "Q1") { id }
      q2: queueByCode(projectCode: "P3", code: "Q2") { code market { code } scorecard { code } }
      none: queueByCode(projectCode: "P1", code: "Q1") { id }
      projectByCode(code: "P3") {
        queues(filter: { markets: ["id-ID"] }, orderBy: { field: CODE, direction: DESC }) { totalCount nodes { code } } }
    }`,
    { id: queue.id },
  );
  expect(data).toEqual({
    node: {
      code: "Q1", market: { code: "id-ID", name: "Indonesia" }, scorecard: { code: "SC" }, project: { code: "P3" }, modality: "VIDEO",
      slaMinutes: 60,
    },
    q1: { id: queue.id },
    q2: { code: "Q2", market: { code: "id-ID" }, scorecard: null },
    none: null,
    projectByCode: { queues: { totalCount: 2, nodes: [{ code: "Q2" }, { code: "Q1" }] } },
  });
  const fields = "queue { name slaMinutes scorecard { code } version }";
  const named = await world.admin.verb("changeQueue", { id: queue.id, name: "Video", expectedVersion: 1 }, fields);
  expect(named.queue).toEqual({ name: "Video", slaMinutes: 60, scorecard: { code: "SC" }, version: 2 });
  const bare = await world.admin.verb("changeQueue", { id: queue.id, slaMinutes: null, scorecardId: null }, fields);
  expect(bare.queue).toEqual({ name: "Video", slaMinutes: null, scorecard: null, version: 3 });
  const skilled = await world.admin.verb("changeQueue", { id: queue.id, requiredSkills: [" law", "hate", "law"] }, "queue { requiredSkills }");
  expect(skilled.queue).toEqual({ requiredSkills: ["law", "hate"] });
  const renamed = await world.admin.verb("changeQueue", { id: queue.id, name: "Film", requiredSkills: null }, "queue { requiredSkills }");
  expect(renamed.queue).toEqual(skilled.queue);
});

test("bad input of a queue is refused by field", async () => {
  const { id: projectId } = await make("P4");
  const fine = { projectId, code: "Q", name: "Q", market: "id-ID", modality: "TEXT" };
  const refused = (more: object) => world.admin.refused("createQueue", { ...fine, ...more });
  expect(await refused({ market: "xx-XX" })).toMatchObject({ code: "NOT_FOUND", path: ["market"] });
  expect(await refused({ slaMinutes: 0 })).toMatchObject({ code: "INVALID_INPUT", path: ["slaMinutes"] });
  for (const requiredSkills of [[""], ["x".repeat(65)], Array.from({ length: 51 }, (_, i) => `s${i}`)]) {
    expect(await refused({ requiredSkills })).toMatchObject({ code: "INVALID_INPUT", path: ["requiredSkills"] });
  }
  const nowhere = projectIdOf("00000000-0000-7000-8000-00000000ffff");
  expect(await refused({ projectId: nowhere })).toMatchObject({ code: "NOT_FOUND", path: ["projectId"] });
  const vendorId = encodeId("Vendor", { projectId: null, id: SYSTEM_PROJECT_ID });
  expect(await refused({ projectId: vendorId })).toMatchObject({ code: "INVALID_INPUT", path: ["projectId"] });
  const scorecardId = encodeId("Scorecard", { projectId: null, id: "00000000-0000-7000-8000-00000000ffff" });
  expect(await refused({ scorecardId })).toMatchObject({ code: "NOT_FOUND", path: ["scorecardId"] });
  const { id } = await makeQueue(projectId, "Q");
  expect(await refused({})).toMatchObject({ code: "CONFLICT" });
  expect(await world.admin.refused("changeQueue", { id, scorecardId })).toMatchObject({ code: "NOT_FOUND", path: ["scorecardId"] });
  const headless = encodeId("Queue", { projectId: null, id: SYSTEM_PROJECT_ID });
  expect(await world.admin.refused("changeQueue", { id: headless, name: "x" })).toMatchObject({ code: "INVALID_INPUT", path: ["id"] });
});

test("statements are constant in the number of projects and queues", async () => {
  const count = async () => {
    world.statements.length = 0;
    await world.admin.ask(`{
      projects(first: 100) { nodes { code queues { totalCount nodes { code market { name } scorecard { code } project { code } } } } }
      queues(first: 100) { nodes { code market { name } project { code } } }
      a: queueByCode(projectCode: "P3", code: "Q1") { name } b: queueByCode(projectCode: "P3", code: "Q2") { name } }`);
    return world.statements.length;
  };
  const before = await count();
  for (const code of ["N1", "N2"]) {
    const { id } = await make(code);
    for (const each of ["a", "b", "c"]) await makeQueue(id, each);
  }
  expect(await count()).toBe(before);
  // Projects; their queues and the counts of them; queues; keys of two codes; the two rows.
  expect(before).toBe(6);
});

test("everybody sees the own projects and queues alone, labelers the queues they are assigned to", async () => {
  const project = await makeProject(world.sql);
  const stranger = await makeProject(world.sql);
  const { projectId } = project;
  const [vendor] = project.vendors;
  await world.sql`insert into queues (project_id, id, code, name, market, modality)
    values (${projectId}, ${crypto.randomUUID()}, 'Q2', 'Q2', ${project.market}, 'TEXT')`;
  const query = `query ($code: String!, $id: ID!) {
    projects(first: 100) { totalCount nodes { code queues(orderBy: { field: CODE }) { nodes { code project { code } market { code } } } } }
    queues(first: 100, orderBy: { field: CODE }) { totalCount nodes { code } }
    projectByCode(code: $code) { code } queueByCode(projectCode: $code, code: "Q1") { code } node(id: $id) { id } }`;
  const hidden = { code: stranger.projectCode, id: encodeId("Queue", { projectId: stranger.projectId, id: stranger.queueId }) };
  const parents = { project: { code: project.projectCode }, market: { code: project.market } };
  const seen = (codes: string[]) => ({
    projects: { totalCount: 1, nodes: [{ code: project.projectCode, queues: { nodes: codes.map((code) => ({ code, ...parents })) } }] },
    queues: { totalCount: codes.length, nodes: codes.map((code) => ({ code })) },
    projectByCode: null,
    queueByCode: null,
    node: null,
  });
  for (const role of ["QA_LEAD", "POLICY_MANAGER", "AUDITOR", "ANALYST", "SERVICE"] as const) {
    expect(await (await world.caller({ role, projectId })).ask(query, hidden), role).toEqual(seen(["Q1", "Q2"]));
  }
  const partner = { projectId, vendorId: vendor!.id };
  const manager = await world.caller({ role: "VENDOR_MANAGER", ...partner });
  expect(await manager.ask(query, hidden)).toEqual(seen(["Q1", "Q2"]));
  const teamQa = await world.caller({ role: "VENDOR_QA", teamId: vendor!.teamId, ...partner });
  expect(await teamQa.ask(query, hidden)).toEqual(seen(["Q1", "Q2"]));
  const labeler = await world.caller({ role: "LABELER", labelerId: vendor!.labelerIds[0]!, ...partner });
  expect(await labeler.ask(query, hidden)).toEqual(seen(["Q1"]));
  const lead = await world.caller({ role: "QA_LEAD", projectId });
  expect(await lead.refused("changeQueue", { id: hidden.id, name: "Mine" })).toMatchObject({ code: "NOT_FOUND" });
  const created = { code: "L1", name: "L1", market: project.market, modality: "TEXT" };
  const elsewhere = { ...created, projectId: projectIdOf(stranger.projectId) };
  expect(await lead.refused("createQueue", elsewhere)).toMatchObject({ code: "NOT_FOUND", path: ["projectId"] });
  const here = { ...created, projectId: projectIdOf(projectId) };
  await lead.verb("createQueue", here, "queue { id }");
  for (const caller of [manager, teamQa, labeler]) {
    expect(await caller.refused("createQueue", { ...here, code: "M1" })).toMatchObject({ code: "FORBIDDEN" });
  }
});
