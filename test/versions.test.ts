import { getNamedType, type GraphQLInputObjectType, type GraphQLObjectType, type GraphQLUnionType, isObjectType } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { schema } from "../src/schema.ts";
import { contested, draft } from "./kit/appeals.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
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
const BESIDE = ["addProjectPolicies", "decideAppealCase", "replayWebhookDeliveries", "startAta", "testWebhookEndpoint"];

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
