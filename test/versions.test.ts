import { getNamedType, type GraphQLInputObjectType, type GraphQLObjectType, type GraphQLUnionType, isObjectType } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { schema } from "../src/schema.ts";
import { contested, draft, file, on } from "./kit/appeals.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { inBulk } from "./kit/publication.ts";
import { appealed, judged } from "./kit/rulings.ts";
import { globalId, projectGid } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let lead: Caller;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
});
afterAll(() => world.close());

/** Verbs that name a versioned row and don't change it: they add rows beside it, or change others that have versions of their own. */
const BESIDE = ["addProjectPolicies", "replayWebhookDeliveries", "startAta", "testWebhookEndpoint"];

const inputOf = (name: string) => (getNamedType(schema.getMutationType()!.getFields()[name]!.args[0]!.type) as GraphQLInputObjectType).getFields();
const payloadOf = (name: string) => (schema.getType(`${name[0]!.toUpperCase()}${name.slice(1)}Payload`) as GraphQLObjectType).getFields();

/** Verbs that answer for each of the versioned rows that they name, with the field that does, and the type. */
const BULK = Object.keys(schema.getMutationType()!.getFields()).flatMap((name) => {
  if (!payloadOf(name).items || getNamedType(payloadOf(name).items!.type).name !== "BulkItem") return [];
  return Object.keys(inputOf(name)).flatMap((field) => {
    const type = field.endsWith("Ids") ? schema.getType(`${field[0]!.toUpperCase()}${field.slice(1, -3)}`) : null;
    return isObjectType(type) && type.getFields().version ? [{ name, field, type: type.name }] : [];
  });
});

test("every verb takes a key; whichever changes a row that has a version takes the version expected", () => {
  const without: string[] = [];
  for (const { name, args, type } of Object.values(schema.getMutationType()!.getFields())) {
    const input = (getNamedType(args[0]!.type) as GraphQLInputObjectType).getFields();
    expect(Object.keys(input), name).toContain("idempotencyKey");
    const payload = (getNamedType(type) as GraphQLUnionType).getTypes().find((each) => each.name.endsWith("Payload")) as GraphQLObjectType;
    const rows = Object.values(payload.getFields()).map((field) => getNamedType(field.type)).filter((each) => isObjectType(each) && each.getFields().version);
    const named = ["id", ...rows.map((row) => `${row.name[0]!.toLowerCase()}${row.name.slice(1)}Id`)];
    if (rows.length > 0 && named.some((field) => field in input) && !input.expectedVersion) without.push(name);
  }
  expect(without.sort()).toEqual(BESIDE);
  expect(BULK.length).toBeGreaterThan(7);
  expect(BULK.filter(({ name }) => !inputOf(name).expectedVersions)).toEqual([]);
});

test("every bulk verb refuses the row that has moved on from the version that was read, and no other for that", async () => {
  const { project: { projectId }, lead: own, auditIds, labeler, quality, reviewer, auditor } = await contested(world, { count: 4 });
  const appealIds: string[] = [];
  for (const id of auditIds.slice(0, 2)) appealIds.push((await file(labeler, id, {}, "id")).id);
  const samples = await world.sql`select id from samples where project_id = ${projectId} order by id limit 2`;
  const idsOf: Record<string, string[]> = {
    Appeal: appealIds, Audit: auditIds.slice(2), Sample: samples.map(({ id }) => encodeId("Sample", { projectId, id: id as string })),
  };
  const { appealCase } = await quality.verb("openAppealCase", { projectId: globalId("Project", projectId), layer: "CLIENT", title: "Two" }, "appealCase { id }");
  const by: Record<string, Caller> = { draftAppeals: quality, forwardAppeals: reviewer, declineAppeals: reviewer };
  const all = {
    reason: "So.", explanation: "So.", truth: { policyCode: "NV" }, outcome: "AUDIT_UPHELD", evidence: ["guide://hate"],
    assigneeId: globalId("Principal", auditor.principalId), appealCaseId: appealCase.id,
  };
  for (const { name, field, type } of BULK) {
    const caller = by[name] ?? own;
    const ids = idsOf[type]!;
    const { nodes } = await caller.ask(`query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ${type} { version } } }`, { ids });
    const [first, second] = nodes.map(({ version }: { version: number }) => version);
    const input = { ...Object.fromEntries(Object.entries(all).filter(([key]) => key in inputOf(name))), isDryRun: true };
    const [fresh, stale] = await inBulk(caller, name, { ...input, [field]: ids, expectedVersions: [first, second - 1] });
    expect(stale, name).toMatchObject({ id: ids[1], outcome: "REFUSED", refusal: { code: "CONFLICT", path: ["expectedVersions"] } });
    expect(fresh!.refusal?.path, name).not.toEqual(["expectedVersions"]);
    const refused = (some: object) => caller.refused(name, { ...input, ...some });
    expect(await refused({ [field]: ids, expectedVersions: [first] }), name).toMatchObject({ code: "INVALID_INPUT", path: ["expectedVersions"] });
    expect(await refused({ filter: {}, expectedVersions: [first] }), name).toMatchObject({ code: "INVALID_INPUT", path: ["expectedVersions"] });
  }
});

test("who rules on appeals that somebody else has moved since is refused those alone, in as many statements", async () => {
  const of = await judged(world, { count: 4 });
  const ids = await appealed(world, of.labeler, of.auditIds, { criteria: ["policy"] });
  const { nodes } = await of.lead.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Appeal { version } } }", { ids });
  const expectedVersions: number[] = nodes.map(({ version }: { version: number }) => version);
  await on(of.otherLead, "returnAppeal", ids[1]!, { question: "Which line?" }, "id");
  await on(of.labeler, "answerAppeal", ids[1]!, { answer: "The second." }, "id");
  const said = { outcome: "AUDIT_OVERTURNED", reason: "It quotes." };
  const rule = (from: number, to?: number) => inBulk(of.lead, "decideAppeals", { ...said, appealIds: ids.slice(from, to), expectedVersions: expectedVersions.slice(from, to) });
  const count = async (work: () => Promise<unknown>) => {
    world.statements.length = 0;
    await work();
    return world.statements.length;
  };
  expect(await count(() => rule(0, 1))).toBe(await count(() => rule(1)));
  const states = (await of.lead.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Appeal { state } } }", { ids })).nodes.map(({ state }: { state: string }) => state);
  expect(states).toEqual(["DECIDED", "L2_REVIEW", "DECIDED", "DECIDED"]);
});

test("a case of which an appeal was filed or moved since isn't decided by who read it before", async () => {
  const of = await judged(world, { count: 3 });
  const { appealCase: { id: appealCaseId } } = await of.quality.verb("openAppealCase", { projectId: projectGid(of.project), layer: "CLIENT", title: "Songs" }, "appealCase { id }");
  const open = { criteria: ["policy"], appealCaseId };
  const [first] = await appealed(world, of.quality, of.auditIds.slice(0, 1), open);
  const read = async () => (await of.lead.ask("query ($id: ID!) { node(id: $id) { ... on AppealCase { version } } }", { id: appealCaseId })).node.version as number;
  const input = { appealCaseId, outcome: "AUDIT_OVERTURNED", reason: "Songs are quoted there." };
  const stale = async (change: () => Promise<unknown>) => {
    const expectedVersion = await read();
    await change();
    expect(await of.lead.refused("decideAppealCase", { ...input, expectedVersion })).toMatchObject({ __typename: "VersionConflictRefusal" });
  };
  await stale(() => appealed(world, of.quality, of.auditIds.slice(1, 2), open));
  await stale(() => on(of.otherLead, "returnAppeal", first!, { question: "Which line?" }, "id"));
  await stale(() => on(of.quality, "answerAppeal", first!, { answer: "The second." }, "id"));
  const expectedVersion = await read();
  const { id } = await draft(of.quality, of.auditIds[2]!, { appealCaseId });
  await on(of.quality, "withdrawAppeal", id, {}, "id");
  const { decidedCount } = await of.lead.verb("decideAppealCase", { ...input, expectedVersion }, "decidedCount");
  expect(decidedCount).toBe(2);
});

const RACES = 20;

/** So many callers change one row at its present version at once, again and again; how each race ended. */
async function race(by: Caller, name: string, type: string, input: object, callers: number) {
  const title = `${name[0]!.toUpperCase()}${name.slice(1)}`;
  const document = `mutation ($input: ${title}Input!) { result: ${name}(input: $input) { __typename ... on VersionConflictRefusal { actualVersion }
    ... on ${title}Payload { row: ${type} { version } } } }`;
  const ends: { winners: number; conflicts: number; moved: number }[] = [];
  let version = 1;
  for (let i = 0; i < RACES; i += 1) {
    const answers = await Promise.all(Array.from({ length: callers }, () => by.ask(document, { input: { ...input, expectedVersion: version } })));
    const [won, lost] = [`${title}Payload`, "VersionConflictRefusal"].map((kind) => answers.map(({ result }) => result).filter((result) => result.__typename === kind));
    const next: number = won![0]?.row.version;
    ends.push({ winners: won!.length, conflicts: lost!.filter(({ actualVersion }) => actualVersion === next).length, moved: next - version });
    version = next;
  }
  return ends;
}

test.each([2, 8])("in 100 races of %i callers with the same version exactly one wins, and the others are told the new version", async (callers) => {
  const { projectId, vendors: [vendor], queueId } = await makeProject(world.sql);
  const own = await world.caller({ role: "QA_LEAD", projectId });
  const ends = [
    await race(own, "changeQueue", "queue", { id: encodeId("Queue", { projectId, id: queueId }), slaMinutes: 5 }, callers),
    await race(own, "changeProject", "project", { id: globalId("Project", projectId), settings: {} }, callers),
    await race(world.admin, "renameVendor", "vendor", { id: globalId("Vendor", vendor!.id), name: "Anew" }, callers),
    await race(world.admin, "renameSite", "site", { id: globalId("Site", vendor!.siteId), name: "Anew" }, callers),
    await race(world.admin, "renameTeam", "team", { id: globalId("Team", vendor!.teamId), name: "Anew" }, callers),
  ].flat();
  expect(ends).toEqual(Array.from({ length: 100 }, () => ({ winners: 1, conflicts: callers - 1, moved: 1 })));
});

test("a target that has moved on isn't ended, and a case that has isn't filed, by who read an older version", async () => {
  const { qualityTarget: { id, version } } = await lead.verb("setQualityTarget", { projectId: projectGid(project), measure: "ACCURACY", value: 0.9, nMin: 1, validFrom: "2026-01-01" }, "qualityTarget { id version }");
  await lead.verb("endQualityTarget", { id, validTo: "2026-03-01", expectedVersion: version }, "qualityTarget { id }");
  expect(await lead.refused("endQualityTarget", { id, validTo: "2026-02-01", expectedVersion: version })).toMatchObject({ __typename: "VersionConflictRefusal" });
  const made = await contested(world, { count: 2 });
  const { appealCase } = await made.quality.verb("openAppealCase", { projectId: projectGid(made.project), layer: "CLIENT", title: "Two" }, "appealCase { id version }");
  const input = { appealCaseId: appealCase.id, expectedVersion: appealCase.version };
  await draft(made.quality, made.auditIds[0]!, { appealCaseId: appealCase.id });
  await made.quality.verb("fileAppealCase", input, "appealCase { id }");
  await draft(made.quality, made.auditIds[1]!, { appealCaseId: appealCase.id });
  expect(await made.quality.refused("fileAppealCase", input)).toMatchObject({ __typename: "VersionConflictRefusal" });
});
