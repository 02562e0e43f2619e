import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRosterWorld, id, inProject, type RosterWorld } from "./kit/roster.ts";

let { lead, manager, one, project, world } = {} as RosterWorld;
beforeAll(async () => {
  ({ lead, manager, one, project, world } = await createRosterWorld());
});
afterAll(() => world.close());

const NUL = "a\u0000b";
const NOBODY = "ffffffff-ffff-ffff-ffff-ffffffffffff";
const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString("base64url");

describe("what a database can't take is the caller's to mend, never a failure of ours", () => {
  test("the character U+0000, in what is written", async () => {
    const input = { vendorCode: one.code, rows: [{ externalRef: NUL }] };
    expect(await manager.refused("upsertLabelers", input)).toMatchObject({ code: "INVALID_INPUT" });
    expect(await lead.refused("createScorecard", { code: "NUL", name: NUL, criteria: [] })).toMatchObject({ code: "INVALID_INPUT" });
    const message = expect.stringContaining("U+0000");
    expect(await world.admin.refused("createMarket", { code: "xx-XX", name: NUL })).toMatchObject({ code: "INVALID_INPUT", message });
    expect(await world.admin.refused("createMarket", { code: "xx-XX", name: "X", idempotencyKey: NUL })).toMatchObject({ code: "INVALID_INPUT" });
  });

  test.each([
    "labelers(filter: { externalRefs: [$text] }) { totalCount }", "policyByCode(code: $text) { id }", "audits(filter: { markets: [$text] }) { nodes { id } }",
  ])(
    "the character U+0000, in what is searched: %s",
    async (field) => {
      const { data, errors } = await lead.send(`query ($text: String!) { ${field} }`, { text: NUL });
      expect({ data, code: errors![0]!.extensions!.code }).toEqual({ data: null, code: "INVALID_INPUT" });
    },
  );

  test.each(["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])("the year 0, which PostgreSQL has not: %s", async (at) => {
    const { errors } = await lead.send(`query ($at: DateTime!) { labelers(filter: { updatedAfter: $at }) { totalCount } }`, { at });
    expect(errors![0]!.message).toContain("is not RFC 3339");
  });

  test("a day whose start lies in the year 0", async () => {
    const query = "query ($range: MetricRange!, $project: ID!) { metrics(projects: [$project], measures: [ACCURACY], range: $range) { rows { rank } } }";
    const { errors } = await lead.send(query, { project: project.projectCode, range: { from: "0001-01-01", to: "2026-01-01" } });
    expect(errors![0]!.message).toContain("is not a calendar day");
  });

  test("a cursor of another order", async () => {
    const page = (after: string, field: string) =>
      lead.send(`query ($after: String) { labelers(after: $after, orderBy: { field: ${field} }) { nodes { id } } }`, { after });
    const strange: [string, string][] = [
      [cursor("abc", NOBODY), "UPDATED_AT"], [cursor("2026-99-99 00:00:00+00", NOBODY), "UPDATED_AT"], [cursor(null, NOBODY), "UPDATED_AT"],
      [cursor(NUL, NOBODY), "PSEUDONYM"], [cursor("L-1", NOBODY), "ID"], [cursor(null, "-".repeat(36)), "ID"],
    ];
    for (const [after, field] of strange) {
      const { errors } = await page(after, field);
      expect(errors?.[0]?.extensions).toMatchObject({ code: "INVALID_INPUT" });
    }
    for (const field of ["ID", "PSEUDONYM", "UPDATED_AT"]) {
      const { labelers } = await lead.ask(`{ labelers(first: 1, orderBy: { field: ${field} }) { pageInfo { endCursor } } }`);
      expect((await page(labelers.pageInfo.endCursor, field)).errors).toBeUndefined();
    }
  });

  test("an assignment before 1970, whose time no id can carry", async () => {
    const queueId = inProject("Queue", project.projectId, project.queueId);
    const input = { labelerId: id("Labeler", one.labelerIds[0]!), queueId, kind: "PRIMARY", from: "1969-12-31T23:59:59Z" };
    expect(await lead.refused("assignLabeler", input)).toMatchObject({ code: "INVALID_INPUT", path: ["from"] });
  });
});

describe("an empty id is no id, and never means any or none", () => {
  test.each(["labelers(filter: { vendorId", "labelers(filter: { teamId", "roleGrants(filter: { principalId", "policies(filter: { projectId"])("%s", async (start) => {
    const { errors } = await lead.send(`{ ${start}: "" }) { totalCount } }`);
    expect(errors![0]!.extensions).toMatchObject({ code: "INVALID_INPUT" });
  });

  test("in what is written", async () => {
    const moved = { labelerId: id("Labeler", one.labelerIds[0]!), siteId: "" };
    expect(await lead.refused("moveLabeler", moved)).toMatchObject({ code: "INVALID_INPUT", path: ["siteId"] });
    const queue = { projectId: id("Project", project.projectId), code: "Q-EMPTY", name: "Q", market: "id-ID", modality: "TEXT", scorecardId: "" };
    expect(await lead.refused("createQueue", queue)).toMatchObject({ code: "INVALID_INPUT", path: ["scorecardId"] });
  });
});

test("a variable that doesn't fit is named, with its place and a code", async () => {
  const document = "mutation ($input: StartNestingInput!) { startNesting(input: $input) { __typename } }";
  const { errors } = await lead.send(document, { input: { labelerId: null } });
  const message = expect.stringContaining('Variable "$input" got invalid value null at "input.labelerId"');
  expect(errors).toMatchObject([{ message, extensions: { code: "BAD_USER_INPUT" } }]);
});
