import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SYSTEM_PROJECT_ID } from "../src/core/ids.ts";
import { type ProjectFixture } from "./kit/factories.ts";
import { createRosterWorld, id, inProject, keyIn, type RosterWorld } from "./kit/roster.ts";
import type { Caller } from "./kit/world.ts";

let as: RosterWorld["as"];
let elsewhere: RosterWorld["elsewhere"];
let lead: RosterWorld["lead"];
let makeNew: RosterWorld["makeNew"];
let manager: RosterWorld["manager"];
let one: RosterWorld["one"];
let project: RosterWorld["project"];
let read: RosterWorld["read"];
let two: RosterWorld["two"];
let world: RosterWorld["world"];
beforeAll(async () => {
  ({ as, elsewhere, lead, makeNew, manager, one, project, read, two, world } = await createRosterWorld());
});
afterAll(() => world.close());

describe("the machine of a labeler", () => {
  const step = (by: Caller, verb: string, labelerId: string, rest: object = {}) =>
    by.verb(verb, { labelerId, ...rest }, "labeler { status pauseReason goLiveAt allowedActions version }").then(({ labeler }) => labeler);

  test("goes from training to the last day, each step with its event", async () => {
    const labelerId = await makeNew({ siteCode: "S", teamCode: "T" });
    expect((await read(manager, labelerId, "allowedActions")).allowedActions).toEqual(["startNesting", "offboardLabeler"]);
    expect(await step(manager, "startNesting", labelerId)).toMatchObject({
      status: "NESTING",
      allowedActions: ["pauseLabeler", "offboardLabeler"],
    });
    expect(await manager.refused("goLive", { labelerId })).toMatchObject({ code: "FORBIDDEN" });
    expect(await step(lead, "goLive", labelerId)).toMatchObject({
      status: "PRODUCTION",
      goLiveAt: expect.any(String),
      allowedActions: ["pauseLabeler"],
    });
    expect(await lead.refused("goLive", { labelerId })).toMatchObject({ __typename: "InvalidTransitionRefusal", code: "CONFLICT" });
    expect(await step(lead, "pauseLabeler", labelerId, { pauseReason: "QUALITY", reason: "three misses" })).toMatchObject({
      status: "PAUSED",
      pauseReason: "QUALITY",
    });
    expect(await manager.refused("resumeLabeler", { labelerId, reason: "please" })).toMatchObject({ code: "FORBIDDEN" });
    expect(await step(lead, "resumeLabeler", labelerId, { reason: "coached" })).toMatchObject({ status: "PRODUCTION", pauseReason: null });
    expect(await step(manager, "pauseLabeler", labelerId, { pauseReason: "ADMIN" })).toMatchObject({
      allowedActions: ["resumeLabeler", "offboardLabeler"],
    });
    expect(await step(manager, "resumeLabeler", labelerId, { reason: "back" })).toMatchObject({ status: "PRODUCTION" });
    expect(await lead.refused("offboardLabeler", { labelerId })).toMatchObject({ code: "FORBIDDEN" });
    expect(await step(world.admin, "offboardLabeler", labelerId, { reason: "left" })).toMatchObject({
      status: "OFFBOARDED",
      allowedActions: [],
    });
    expect(await manager.refused("offboardLabeler", { labelerId })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
    const events =
      await world.sql`select type, from_state as "from", to_state as "to", reason, actor_id as actor, vendor_id as vendor, team_id as team
      from events where project_id = ${SYSTEM_PROJECT_ID} and subject_id = ${keyIn(labelerId)} order by id`;
    expect(events.map(({ type, from, to, reason }) => [type, from, to, reason])).toEqual([
      ["labeler.training", null, "TRAINING", null],
      ["labeler.nesting", "TRAINING", "NESTING", null],
      ["labeler.production", "NESTING", "PRODUCTION", null],
      ["labeler.paused", "PRODUCTION", "PAUSED", "three misses"],
      ["labeler.production", "PAUSED", "PRODUCTION", "coached"],
      ["labeler.paused", "PRODUCTION", "PAUSED", null],
      ["labeler.production", "PAUSED", "PRODUCTION", "back"],
      ["labeler.offboarded", "PRODUCTION", "OFFBOARDED", "left"],
    ]);
    expect(events.at(-1)).toMatchObject({ actor: world.admin.principalId, vendor: one.id, team: one.teamId });
  });

  test("returns a paused labeler to the state they left, and refuses a stale step", async () => {
    const labelerId = await makeNew({ initialStatus: "NESTING" });
    const { version } = await step(lead, "pauseLabeler", labelerId, { pauseReason: "POLICY_ACK" });
    expect(await lead.refused("resumeLabeler", { labelerId, reason: "x", expectedVersion: version - 1 })).toMatchObject({
      __typename: "VersionConflictRefusal",
    });
    expect(await lead.refused("resumeLabeler", { labelerId, reason: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
    expect(await step(lead, "resumeLabeler", labelerId, { reason: "x", expectedVersion: version })).toMatchObject({ status: "NESTING" });
  });

  test("ends what a leaver holds, also where their manager can't look", async () => {
    const labelerId = await makeNew({ siteCode: "S", teamCode: "T", initialStatus: "PRODUCTION" });
    const assign = (of: ProjectFixture, from?: string) =>
      world.admin.verb(
        "assignLabeler",
        { labelerId, queueId: inProject("Queue", of.projectId, of.queueId), kind: "PRIMARY", from },
        "assignment { id from to }",
      );
    await assign(project);
    await assign(elsewhere, "2099-01-01T00:00:00Z");
    await step(manager, "offboardLabeler", labelerId);
    const { assignments, memberships } = await read(
      world.admin,
      labelerId,
      'assignments { nodes { id from to queue { project { code } } } } memberships(filter: { heldAt: "2098-01-01T00:00:00Z" }) { totalCount }',
    );
    expect(memberships.totalCount).toBe(0);
    expect(assignments.nodes.every(({ to }: any) => to !== null)).toBe(true);
    expect(assignments.nodes.find((each: any) => each.queue.project.code === elsewhere.projectCode)).toMatchObject({
      from: "2099-01-01T00:00:00.000Z",
      to: "2099-01-01T00:00:00.000Z",
    });
    const events =
      await world.sql`select project_id from events where type = 'labeler_assignment.ended' and labeler_id = ${keyIn(labelerId)}`;
    expect(new Set(events.map((event) => event.project_id))).toEqual(new Set([project.projectId, elsewhere.projectId]));
    for (const verb of ["moveLabeler", "assignLabeler"]) {
      const input = {
        moveLabeler: { siteId: id("Site", one.siteId) },
        assignLabeler: { queueId: inProject("Queue", project.projectId, project.queueId), kind: "PRIMARY" },
      }[verb];
      expect(await lead.refused(verb, { labelerId, ...input })).toMatchObject({ code: "CONFLICT", path: ["labelerId"] });
    }
  });
});

describe("a labeler's place", () => {
  test("changes from a time on", async () => {
    const labelerId = await makeNew({ siteCode: "S", hiredOn: "2026-01-05" });
    const move = (input: object) => manager.verb("moveLabeler", { labelerId, ...input }, "labeler { site { code } team { code } version }");
    const { labeler } = await move({ teamId: id("Team", one.teamId), from: "2026-02-01T00:00:00Z", expectedVersion: 1 });
    expect(labeler).toEqual({ site: { code: "S" }, team: { code: "T" }, version: 2 });
    const where = (at: string) => read(manager, labelerId, `memberships(filter: { heldAt: "${at}" }) { nodes { team { code } } }`);
    expect((await where("2026-01-31T23:59:59.999Z")).memberships.nodes).toEqual([{ team: null }]);
    expect((await where("2026-02-01T00:00:00Z")).memberships.nodes).toEqual([{ team: { code: "T" } }]);
    const refused = (input: object) => manager.refused("moveLabeler", { labelerId, ...input });
    expect(await refused({})).toMatchObject({ code: "INVALID_INPUT", path: ["siteId"] });
    expect(await refused({ siteId: id("Site", one.siteId), from: "2026-01-31T00:00:00Z" })).toMatchObject({
      code: "INVALID_INPUT",
      path: ["from"],
    });
    expect(await refused({ siteId: id("Site", one.siteId), from: "2099-01-31T00:00:00Z" })).toMatchObject({
      code: "INVALID_INPUT",
      path: ["from"],
    });
    expect(await refused({ siteId: id("Site", one.siteId), expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
    for (const by of [manager, lead]) {
      expect(await by.refused("moveLabeler", { labelerId, siteId: id("Site", two.siteId) })).toMatchObject({
        code: "NOT_FOUND",
        path: ["siteId"],
      });
      expect(await by.refused("moveLabeler", { labelerId, siteId: id("Site", one.siteId), teamId: id("Team", two.teamId) })).toMatchObject({
        code: "NOT_FOUND",
        path: ["teamId"],
      });
    }
    const teamLead = await as({ role: "VENDOR_MANAGER", vendorId: one.id, teamId: one.teamId });
    expect(await teamLead.refused("moveLabeler", { labelerId, siteId: id("Site", one.siteId) })).toMatchObject({
      code: "FORBIDDEN",
      path: ["teamId"],
    });
  });
});

describe("assignments", () => {
  const queueId = () => inProject("Queue", project.projectId, project.queueId);
  const ASSIGNMENT = "assignment { id kind from to queue { code } labeler { pseudonym } version }";

  test("begin, don't overlap, and end", async () => {
    const labelerId = await makeNew();
    const { assignment } = await manager.verb(
      "assignLabeler",
      { labelerId, queueId: queueId(), kind: "BACKFILL", from: "2026-03-01T00:00:00Z", to: "2099-04-01T00:00:00Z" },
      ASSIGNMENT,
    );
    expect(assignment).toMatchObject({ kind: "BACKFILL", queue: { code: "Q1" }, to: "2099-04-01T00:00:00.000Z" });
    expect(await manager.refused("assignLabeler", { labelerId, queueId: queueId(), kind: "PRIMARY" })).toMatchObject({ code: "CONFLICT" });
    expect(
      await manager.refused("assignLabeler", {
        labelerId,
        queueId: queueId(),
        kind: "PRIMARY",
        from: "2026-01-02T00:00:00Z",
        to: "2026-01-02T00:00:00Z",
      }),
    ).toMatchObject({ path: ["to"] });
    expect(await manager.refused("endAssignment", { assignmentId: assignment.id, to: "2026-02-01T00:00:00Z" })).toMatchObject({
      code: "INVALID_INPUT",
      path: ["to"],
    });
    const ended = await manager.verb(
      "endAssignment",
      { assignmentId: assignment.id, to: "2026-03-02T00:00:00Z", expectedVersion: 1 },
      ASSIGNMENT,
    );
    expect(ended.assignment).toMatchObject({ to: "2026-03-02T00:00:00.000Z", version: 2 });
    expect(await manager.refused("endAssignment", { assignmentId: assignment.id })).toMatchObject({
      code: "CONFLICT",
      path: ["assignmentId"],
    });
    const next = await lead.verb(
      "assignLabeler",
      { labelerId, queueId: queueId(), kind: "PRIMARY", from: "2099-01-01T00:00:00Z" },
      ASSIGNMENT,
    );
    const { assignment: never } = await lead.verb("endAssignment", { assignmentId: next.assignment.id }, ASSIGNMENT);
    expect(never.to).toBe(never.from);
    const held = await read(
      manager,
      labelerId,
      `assignments(filter: { heldAt: "2026-03-01T12:00:00Z", kinds: [BACKFILL] }) { totalCount }`,
    );
    expect(held.assignments.totalCount).toBe(1);
    const events =
      await world.sql`select type from events where project_id = ${project.projectId} and labeler_id = ${keyIn(labelerId)} order by id`;
    expect(events.map(({ type }) => type)).toEqual([
      "labeler_assignment.created",
      "labeler_assignment.ended",
      "labeler_assignment.created",
      "labeler_assignment.ended",
    ]);
  });

  test("are of queues that one sees, and for roster keepers", async () => {
    const labelerId = await makeNew();
    const foreign = inProject("Queue", elsewhere.projectId, elsewhere.queueId);
    for (const by of [manager, lead])
      expect(await by.refused("assignLabeler", { labelerId, queueId: foreign, kind: "PRIMARY" })).toMatchObject({
        code: "NOT_FOUND",
        path: ["queueId"],
      });
    const [row] = await world.sql`select id from labeler_assignments where project_id = ${elsewhere.projectId}`;
    expect(
      await lead.refused("endAssignment", { assignmentId: inProject("LabelerAssignment", elsewhere.projectId, row!.id) }),
    ).toMatchObject({ code: "NOT_FOUND" });
    expect(await lead.refused("assignLabeler", { labelerId, queueId: id("Queue", project.queueId), kind: "PRIMARY" })).toMatchObject({
      code: "INVALID_INPUT",
      path: ["queueId"],
    });
    const auditor = await as({ role: "AUDITOR" });
    expect(await auditor.refused("assignLabeler", { labelerId, queueId: queueId(), kind: "PRIMARY" })).toMatchObject({ code: "FORBIDDEN" });
    expect(await lead.refused("endAssignment", { assignmentId: foreign })).toMatchObject({ code: "INVALID_INPUT" });
    expect(await auditor.refused("endAssignment", { assignmentId: foreign })).toMatchObject({ code: "FORBIDDEN" });
  });
});
