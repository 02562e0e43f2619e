import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId, readId, SYSTEM_PROJECT_ID } from "../src/core/ids.ts";
import { makeLabeler, makeProject, type ProjectFixture, type VendorFixture } from "./kit/factories.ts";
import { type Caller, createWorld, type GrantSpec, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
let elsewhere: ProjectFixture;
let one: VendorFixture;
let two: VendorFixture;
let lead: Caller;
let manager: Caller;
beforeAll(async () => {
  world = await createWorld();
  [project, elsewhere] = await Promise.all([makeProject(world.sql), makeProject(world.sql)]);
  [one, two] = project.vendors as [VendorFixture, VendorFixture];
  lead = await as({ role: "QA_LEAD" });
  manager = await as({ role: "VENDOR_MANAGER", vendorId: one.id });
});
afterAll(() => world.close());

const as = (grant: GrantSpec) => world.caller({ projectId: project.projectId, ...grant });
const id = (type: string, key: string) => encodeId(type, { projectId: null, id: key });
const inProject = (type: string, projectId: string, key: string) => encodeId(type, { projectId, id: key });
const keyIn = (opaque: string) => readId(opaque)!.key.id;
const ref = () => `R-${randomUUID().slice(0, 8)}`;

const ROW = "row externalRef outcome labeler { id externalRef name status hiredOn site { code } team { code } version } refusal { row field value code message }";
async function upsert(by: Caller, rows: Record<string, unknown>[], vendor = one) {
  const { results } = await by.verb("upsertLabelers", { vendorCode: vendor.code, rows }, `results { ${ROW} }`);
  return results as { outcome: string; labeler: any; refusal: { row: number; field: string; code: string } | null }[];
}

async function makeNew(row: Record<string, unknown> = {}): Promise<string> {
  const [result] = await upsert(lead, [{ externalRef: ref(), ...row }]);
  return result!.labeler.id;
}

async function read(by: Caller, labelerId: string, fields: string) {
  const { node } = await by.ask(`query ($id: ID!) { node(id: $id) { ... on Labeler { ${fields} } } }`, { id: labelerId });
  return node;
}

describe("a roster", () => {
  test("adds labelers, leaves them as they are, changes and moves them", async () => {
    const externalRef = ref();
    const kept = { externalRef, name: "Ana", hiredOn: "2026-01-05" };
    const row = { ...kept, siteCode: "S", teamCode: "T" };
    const [added] = await upsert(manager, [row]);
    expect(added).toMatchObject({ outcome: "CREATED", labeler: { ...kept, status: "TRAINING", site: { code: "S" }, team: { code: "T" }, version: 1 } });
    expect((await upsert(manager, [row, { externalRef: ref() }])).map(({ outcome }) => outcome)).toEqual(["UNCHANGED", "CREATED"]);
    const [renamed] = await upsert(manager, [{ externalRef, name: "Ani", initialStatus: "PRODUCTION" }]);
    expect(renamed).toMatchObject({ outcome: "UPDATED", labeler: { name: "Ani", status: "TRAINING", team: { code: "T" }, hiredOn: "2026-01-05", version: 2 } });
    const [moved] = await upsert(manager, [{ externalRef, siteCode: "S" }]);
    expect(moved).toMatchObject({ outcome: "UPDATED", labeler: { name: "Ani", site: { code: "S" }, team: null, version: 3 } });

    const { memberships } = await read(manager, added!.labeler.id, "memberships { nodes { site { code } team { code } from to } }");
    const [first, second] = memberships.nodes;
    expect(memberships.nodes).toMatchObject([{ team: { code: "T" }, from: "2026-01-05T00:00:00.000Z" }, { site: { code: "S" }, team: null, to: null }]);
    expect(first.to).toBe(second.from);
    const events = await world.sql`select type, from_state, to_state, payload from events where project_id = ${SYSTEM_PROJECT_ID}
      and labeler_id = (select id from labelers where external_ref = ${externalRef}) order by id`;
    expect(events.map(({ type, to_state: to }) => [type, to])).toEqual([["labeler.training", "TRAINING"], ["labeler.upsertLabelers", "TRAINING"], ["labeler.upsertLabelers", "TRAINING"]]);
    expect(JSON.stringify(events)).not.toContain("Ani");
  });

  test("corrects the place of somebody who is still to come", async () => {
    const soon = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
    const externalRef = ref();
    const [added] = await upsert(lead, [{ externalRef, hiredOn: soon }]);
    await upsert(lead, [{ externalRef, siteCode: "S" }]);
    const { memberships } = await read(lead, added!.labeler.id, "memberships(orderBy: { field: FROM }) { nodes { site { code } from to } }");
    const from = `${soon}T00:00:00.000Z`;
    expect(memberships.nodes).toEqual([{ site: null, from, to: from }, { site: { code: "S" }, from, to: null }]);
  });

  test("refuses rows one by one", async () => {
    const known = ref();
    await upsert(lead, [{ externalRef: known }]);
    const rows = [
      { externalRef: known, kind: "MODEL" }, { externalRef: "" }, { externalRef: ref(), siteCode: "nowhere" }, { externalRef: ref(), siteCode: "S", teamCode: "nowhere" },
      { externalRef: ref(), teamCode: "T" }, { externalRef: ref(), hiredOn: "1900-01-01" }, { externalRef: "twice" }, { externalRef: "twice" }, { externalRef: ref() },
    ];
    const results = await upsert(lead, rows);
    expect(results.map(({ refusal }) => refusal && [refusal.row, refusal.field, refusal.code])).toEqual([
      [0, "kind", "CONFLICT"], [1, "externalRef", "INVALID_INPUT"], [2, "siteCode", "NOT_FOUND"], [3, "teamCode", "NOT_FOUND"],
      [4, "siteCode", "INVALID_INPUT"], [5, "hiredOn", "INVALID_INPUT"], null, [7, "externalRef", "CONFLICT"], null,
    ]);
    expect(results.filter(({ outcome }) => outcome === "CREATED")).toHaveLength(2);
  });

  test("is for its keepers, of their own vendor, 1 to 1,000 rows", async () => {
    const refused = (by: Caller, rows: object[], vendor = one) => by.refused("upsertLabelers", { vendorCode: vendor.code, rows });
    for (const role of ["AUDITOR", "ANALYST", "POLICY_MANAGER"] as const) expect(await refused(await as({ role }), [{ externalRef: ref() }])).toMatchObject({ code: "FORBIDDEN" });
    expect(await refused(await as({ role: "VENDOR_QA", vendorId: one.id }), [{ externalRef: ref() }])).toMatchObject({ code: "FORBIDDEN" });
    expect(await refused(manager, [{ externalRef: ref() }], two)).toMatchObject({ code: "NOT_FOUND", path: ["vendorCode"] });
    expect(await refused(lead, [])).toMatchObject({ code: "INVALID_INPUT", path: ["rows"] });
    expect(await refused(lead, Array.from({ length: 1_001 }, () => ({ externalRef: ref() })))).toMatchObject({ code: "INVALID_INPUT", path: ["rows"] });
    const client = (scopes: GrantSpec["scopes"]) => as({ role: "SERVICE", vendorId: one.id, scopes });
    expect(await refused(await client(["roster:read"]), [{ externalRef: ref() }])).toMatchObject({ code: "FORBIDDEN" });
    expect((await upsert(await client(["roster:write"]), [{ externalRef: ref(), name: "B" }]))[0]).toMatchObject({ outcome: "CREATED", labeler: { name: "B" } });
    expect(await refused(await client(["roster:write"]), [{ externalRef: ref() }], two)).toMatchObject({ code: "NOT_FOUND" });
  });

  test("of a manager of one team is of that team", async () => {
    const teamLead = await as({ role: "VENDOR_MANAGER", vendorId: one.id, teamId: one.teamId });
    const other = ref();
    await upsert(lead, [{ externalRef: other }]);
    const mine = ref();
    const results = await upsert(teamLead, [{ externalRef: mine, siteCode: "S", teamCode: "T" }, { externalRef: ref() }, { externalRef: other, siteCode: "S", teamCode: "T" }]);
    expect(results.map(({ outcome, refusal }) => refusal?.code ?? outcome)).toEqual(["CREATED", "FORBIDDEN", "CONFLICT"]);
    expect((await upsert(teamLead, [{ externalRef: mine, siteCode: "S" }, { externalRef: mine, name: "C" }]))[0]!.refusal).toMatchObject({ field: "teamCode", code: "FORBIDDEN" });
    const seen = await teamLead.ask("{ labelers(first: 100) { nodes { team { code } } } }");
    expect(new Set(seen.labelers.nodes.map((node: any) => node.team.code))).toEqual(new Set(["T"]));
    expect(await teamLead.ask(`{ labelerByRef(vendorCode: "${one.code}", externalRef: "${other}") { id } }`)).toEqual({ labelerByRef: null });
  });

  test("of 1,000 rows takes as many statements as one of three", async () => {
    const count = async (rows: object[]) => {
      world.statements.length = 0;
      const started = performance.now();
      await upsert(lead, rows as never);
      return { statements: world.statements.length, ms: performance.now() - started };
    };
    const rows = (n: number) => Array.from({ length: n }, () => ({ externalRef: ref(), name: "N", siteCode: "S", teamCode: "T", hiredOn: "2026-02-02" }));
    const few = rows(3);
    const many = rows(1_000);
    const changed = (of: object[]) => of.map((row) => ({ ...row, name: "M", teamCode: null }));
    const first = await count(few);
    const added = await count(many);
    const again = await count(many);
    const moved = await count(changed(many));
    expect([first, added, again, moved, await count(changed(few))].map(({ statements }) => statements)).toEqual([8, 8, 5, 9, 9]);
    expect(added.ms).toBeLessThan(3_000);
  });

  test("brought twice at once adds everybody once", async () => {
    const rows = Array.from({ length: 50 }, () => ({ externalRef: ref() }));
    const both = await Promise.all([upsert(lead, rows), upsert(manager, [...rows].reverse())]);
    const outcomes = both.flat().map(({ outcome, refusal }) => refusal?.code ?? outcome);
    expect(outcomes.filter((outcome) => outcome === "CREATED")).toHaveLength(50);
    expect(outcomes.filter((outcome) => outcome === "UNCHANGED" || outcome === "CONFLICT")).toHaveLength(50);
  });

  test("answers a repeated idempotency key without a second write", async () => {
    const input = { vendorCode: one.code, rows: [{ externalRef: ref() }], idempotencyKey: randomUUID() };
    const results = `results { ${ROW} }`;
    expect(await lead.verb("upsertLabelers", input, results)).toEqual(await lead.verb("upsertLabelers", input, results));
  });
});

describe("labelers are seen", () => {
  const FIELDS = "pseudonym externalRef name vendor { code } pauseReason";
  const MASKED: Record<string, { grant: () => GrantSpec; externalRef: boolean; name: boolean; exposure: boolean }> = {
    lead: { grant: () => ({ role: "QA_LEAD" }), externalRef: true, name: true, exposure: false },
    auditor: { grant: () => ({ role: "AUDITOR" }), externalRef: false, name: false, exposure: false },
    analyst: { grant: () => ({ role: "ANALYST" }), externalRef: false, name: false, exposure: false },
    manager: { grant: () => ({ role: "VENDOR_MANAGER", vendorId: one.id }), externalRef: true, name: true, exposure: true },
    vendorQa: { grant: () => ({ role: "VENDOR_QA", vendorId: one.id }), externalRef: true, name: true, exposure: false },
    labeler: { grant: () => ({ role: "LABELER", vendorId: one.id, labelerId: one.labelerIds[0]! }), externalRef: true, name: true, exposure: true },
  };

  test.each(Object.keys(MASKED))("by the %s as far as they may", async (who) => {
    await world.sql`update labelers set status = 'PAUSED', paused_from = 'PRODUCTION', pause_reason = 'EXPOSURE' where id = ${one.labelerIds[0]!}`;
    const [row] = await world.sql`select external_ref, name, pseudonym from labelers where id = ${one.labelerIds[0]!}`;
    const { grant, externalRef, name, exposure } = MASKED[who]!;
    const by = await as(grant());
    const expected = {
      pseudonym: row!.pseudonym, externalRef: externalRef ? row!.external_ref : null, name: name ? row!.name : null, vendor: { code: one.code },
      pauseReason: exposure ? "EXPOSURE" : "ADMIN",
    };
    expect(await read(by, id("Labeler", one.labelerIds[0]!), FIELDS)).toEqual(expected);
    const { labelers, vendors } = await by.ask(`{ labelers(first: 100) { nodes { ${FIELDS} } } vendors { nodes { labelers { nodes { ${FIELDS} } } } } }`);
    const nested = vendors.nodes.flatMap((vendor: any) => vendor.labelers.nodes);
    for (const nodes of [labelers.nodes, nested]) expect(nodes.find((each: any) => each.pseudonym === row!.pseudonym)).toEqual(expected);
  });

  test("by reference by those who see references, and by nobody else in any way", async () => {
    const [row] = await world.sql`select external_ref as ref, pseudonym from labelers where id = ${one.labelerIds[1]!}`;
    const query = `{ a: labelerByRef(vendorCode: "${one.code}", externalRef: "${row!.ref}") { pseudonym } b: labelerByRef(vendorCode: "${two.code}", externalRef: "${row!.ref}") { pseudonym } }`;
    const filter = `{ labelers(filter: { externalRefs: ["${row!.ref}", "x"] }) { totalCount } }`;
    world.statements.length = 0;
    expect(await lead.ask(query)).toEqual({ a: { pseudonym: row!.pseudonym }, b: null });
    expect(world.statements.filter((text) => text.includes("labelersByRef"))).toHaveLength(1);
    expect(await manager.ask(filter)).toEqual({ labelers: { totalCount: 1 } });
    for (const role of ["AUDITOR", "ANALYST"] as const) {
      const by = await as({ role });
      for (const document of [query, filter, `{ vendors { nodes { labelers(filter: { externalRefs: ["x"] }) { totalCount } } } }`]) {
        expect((await by.send(document)).errors?.[0]).toMatchObject({ extensions: { code: "FORBIDDEN" } });
      }
    }
  });

  test("by nobody of another vendor, nor by policy managers", async () => {
    const other = await as({ role: "VENDOR_MANAGER", vendorId: two.id });
    const labelerId = id("Labeler", one.labelerIds[0]!);
    const [assignment] = await world.sql`select project_id, id from labeler_assignments where labeler_id = ${one.labelerIds[0]!}`;
    const [membership] = await world.sql`select id from labeler_memberships where labeler_id = ${one.labelerIds[0]!}`;
    for (const [by, vendors] of [[other, [two.code]], [await as({ role: "POLICY_MANAGER" }), []]] as const) {
      const { labelers } = await by.ask("{ labelers(first: 100) { nodes { vendor { code } assignments { totalCount } } } }");
      expect(new Set(labelers.nodes.map((node: any) => node.vendor.code))).toEqual(new Set(vendors));
      for (const key of [labelerId, inProject("LabelerAssignment", assignment!.project_id, assignment!.id), id("LabelerMembership", membership!.id)]) {
        expect(await by.ask("query ($id: ID!) { node(id: $id) { id } }", { id: key })).toEqual({ node: null });
      }
      const { queues } = await by.ask("{ queues { nodes { assignments(first: 100) { totalCount nodes { labeler { vendor { code } } } } } } }");
      const seen = queues.nodes.flatMap((queue: any) => queue.assignments.nodes.map((node: any) => node.labeler.vendor.code));
      expect(new Set(seen)).toEqual(new Set(vendors));
    }
    expect(await other.refused("pauseLabeler", { labelerId, pauseReason: "ADMIN" })).toMatchObject({ code: "NOT_FOUND" });
    expect(await other.refused("moveLabeler", { labelerId, siteId: id("Site", two.siteId) })).toMatchObject({ code: "NOT_FOUND" });
  });

  test("in lists that clients without the scope can't have, filtered and counted", async () => {
    const client = await as({ role: "SERVICE", vendorId: one.id, scopes: ["roster:read"] });
    const filter = `filter: { vendorId: "${id("Vendor", one.id)}", siteId: "${id("Site", one.siteId)}", teamId: "${id("Team", one.teamId)}", kinds: [HUMAN], statuses: [TRAINING, PAUSED] }`;
    const [{ count }] = (await world.sql`select count(*)::int from labelers where team_id = ${one.teamId} and status in ('TRAINING', 'PAUSED')`) as unknown as [{ count: number }];
    expect((await client.ask(`{ labelers(${filter}) { totalCount } }`)).labelers.totalCount).toBe(count);
    const other = await as({ role: "SERVICE", vendorId: one.id, scopes: ["metrics:read"] });
    expect((await other.send("{ labelers { totalCount } }")).errors?.[0]).toMatchObject({ extensions: { code: "FORBIDDEN" } });
    const { changedAt } = (await world.sql`select max(updated_at) as "changedAt" from labelers`)[0]!;
    await makeNew();
    const later = await lead.ask("query ($t: DateTime!) { labelers(filter: { updatedAfter: $t }) { totalCount } }", { t: changedAt.toISOString() });
    expect(later.labelers.totalCount).toBe(1);
  });

  test("with places, memberships and assignments in a number of statements that does not grow", async () => {
    const query = `{ labelers(first: 100) { totalCount nodes { vendor { code } site { code } team { code }
      memberships { nodes { site { code } team { code } } } assignments { nodes { kind queue { code project { code } } } } } } }`;
    const count = async () => {
      world.statements.length = 0;
      await lead.ask(query);
      return world.statements.length;
    };
    const before = await count();
    for (let i = 0; i < 3; i += 1) await makeLabeler(world.sql, one);
    expect([before, await count()]).toEqual([4, 4]);
    const nested = "{ vendors { nodes { sites { nodes { labelers { nodes { pseudonym } } } } } } queues { nodes { assignments { nodes { labeler { pseudonym site { code } } } } } } }";
    world.statements.length = 0;
    await lead.ask(nested);
    expect(world.statements).toHaveLength(5);
  });
});

describe("the machine of a labeler", () => {
  const step = (by: Caller, verb: string, labelerId: string, rest: object = {}) =>
    by.verb(verb, { labelerId, ...rest }, "labeler { status pauseReason goLiveAt allowedActions version }").then(({ labeler }) => labeler);

  test("goes from training to the last day, each step with its event", async () => {
    const labelerId = await makeNew({ siteCode: "S", teamCode: "T" });
    expect((await read(manager, labelerId, "allowedActions")).allowedActions).toEqual(["startNesting", "offboardLabeler"]);
    expect(await step(manager, "startNesting", labelerId)).toMatchObject({ status: "NESTING", allowedActions: ["pauseLabeler", "offboardLabeler"] });
    expect(await manager.refused("goLive", { labelerId })).toMatchObject({ code: "FORBIDDEN" });
    expect(await step(lead, "goLive", labelerId)).toMatchObject({ status: "PRODUCTION", goLiveAt: expect.any(String), allowedActions: ["pauseLabeler"] });
    expect(await lead.refused("goLive", { labelerId })).toMatchObject({ __typename: "InvalidTransitionRefusal", code: "CONFLICT" });
    expect(await step(lead, "pauseLabeler", labelerId, { pauseReason: "QUALITY", reason: "three misses" })).toMatchObject({ status: "PAUSED", pauseReason: "QUALITY" });
    expect(await manager.refused("resumeLabeler", { labelerId, reason: "please" })).toMatchObject({ code: "FORBIDDEN" });
    expect(await step(lead, "resumeLabeler", labelerId, { reason: "coached" })).toMatchObject({ status: "PRODUCTION", pauseReason: null });
    expect(await step(manager, "pauseLabeler", labelerId, { pauseReason: "ADMIN" })).toMatchObject({ allowedActions: ["resumeLabeler", "offboardLabeler"] });
    expect(await step(manager, "resumeLabeler", labelerId, { reason: "back" })).toMatchObject({ status: "PRODUCTION" });
    expect(await lead.refused("offboardLabeler", { labelerId })).toMatchObject({ code: "FORBIDDEN" });
    expect(await step(world.admin, "offboardLabeler", labelerId, { reason: "left" })).toMatchObject({ status: "OFFBOARDED", allowedActions: [] });
    expect(await manager.refused("offboardLabeler", { labelerId })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
    const events = await world.sql`select type, from_state as "from", to_state as "to", reason, actor_id as actor, vendor_id as vendor, team_id as team
      from events where project_id = ${SYSTEM_PROJECT_ID} and subject_id = ${keyIn(labelerId)} order by id`;
    expect(events.map(({ type, from, to, reason }) => [type, from, to, reason])).toEqual([
      ["labeler.training", null, "TRAINING", null], ["labeler.nesting", "TRAINING", "NESTING", null], ["labeler.production", "NESTING", "PRODUCTION", null],
      ["labeler.paused", "PRODUCTION", "PAUSED", "three misses"], ["labeler.production", "PAUSED", "PRODUCTION", "coached"],
      ["labeler.paused", "PRODUCTION", "PAUSED", null], ["labeler.production", "PAUSED", "PRODUCTION", "back"], ["labeler.offboarded", "PRODUCTION", "OFFBOARDED", "left"],
    ]);
    expect(events.at(-1)).toMatchObject({ actor: world.admin.principalId, vendor: one.id, team: one.teamId });
  });

  test("returns a paused labeler to the state they left, and refuses a stale step", async () => {
    const labelerId = await makeNew({ initialStatus: "NESTING" });
    const { version } = await step(lead, "pauseLabeler", labelerId, { pauseReason: "POLICY_ACK" });
    expect(await lead.refused("resumeLabeler", { labelerId, reason: "x", expectedVersion: version - 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
    expect(await lead.refused("resumeLabeler", { labelerId, reason: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
    expect(await step(lead, "resumeLabeler", labelerId, { reason: "x", expectedVersion: version })).toMatchObject({ status: "NESTING" });
  });

  test("ends what a leaver holds, also where their manager can't look", async () => {
    const labelerId = await makeNew({ siteCode: "S", teamCode: "T", initialStatus: "PRODUCTION" });
    const assign = (of: ProjectFixture, from?: string) =>
      world.admin.verb("assignLabeler", { labelerId, queueId: inProject("Queue", of.projectId, of.queueId), kind: "PRIMARY", from }, "assignment { id from to }");
    await assign(project);
    await assign(elsewhere, "2099-01-01T00:00:00Z");
    await step(manager, "offboardLabeler", labelerId);
    const { assignments, memberships } = await read(world.admin, labelerId, "assignments { nodes { id from to queue { project { code } } } } memberships(filter: { at: \"2098-01-01T00:00:00Z\" }) { totalCount }");
    expect(memberships.totalCount).toBe(0);
    expect(assignments.nodes.every(({ to }: any) => to !== null)).toBe(true);
    expect(assignments.nodes.find((each: any) => each.queue.project.code === elsewhere.projectCode)).toMatchObject({ from: "2099-01-01T00:00:00.000Z", to: "2099-01-01T00:00:00.000Z" });
    const events = await world.sql`select project_id from events where type = 'labeler_assignment.ended' and labeler_id = ${keyIn(labelerId)}`;
    expect(new Set(events.map((event) => event.project_id))).toEqual(new Set([project.projectId, elsewhere.projectId]));
    for (const verb of ["moveLabeler", "assignLabeler"]) {
      const input = { moveLabeler: { siteId: id("Site", one.siteId) }, assignLabeler: { queueId: inProject("Queue", project.projectId, project.queueId), kind: "PRIMARY" } }[verb];
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
    const where = (at: string) => read(manager, labelerId, `memberships(filter: { at: "${at}" }) { nodes { team { code } } }`);
    expect((await where("2026-01-31T23:59:59.999Z")).memberships.nodes).toEqual([{ team: null }]);
    expect((await where("2026-02-01T00:00:00Z")).memberships.nodes).toEqual([{ team: { code: "T" } }]);
    const refused = (input: object) => manager.refused("moveLabeler", { labelerId, ...input });
    expect(await refused({})).toMatchObject({ code: "INVALID_INPUT", path: ["siteId"] });
    expect(await refused({ siteId: id("Site", one.siteId), from: "2026-01-31T00:00:00Z" })).toMatchObject({ code: "INVALID_INPUT", path: ["from"] });
    expect(await refused({ siteId: id("Site", one.siteId), from: "2099-01-31T00:00:00Z" })).toMatchObject({ code: "INVALID_INPUT", path: ["from"] });
    expect(await refused({ siteId: id("Site", one.siteId), expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
    for (const by of [manager, lead]) {
      expect(await by.refused("moveLabeler", { labelerId, siteId: id("Site", two.siteId) })).toMatchObject({ code: "NOT_FOUND", path: ["siteId"] });
      expect(await by.refused("moveLabeler", { labelerId, siteId: id("Site", one.siteId), teamId: id("Team", two.teamId) })).toMatchObject({ code: "NOT_FOUND", path: ["teamId"] });
    }
    const teamLead = await as({ role: "VENDOR_MANAGER", vendorId: one.id, teamId: one.teamId });
    expect(await teamLead.refused("moveLabeler", { labelerId, siteId: id("Site", one.siteId) })).toMatchObject({ code: "FORBIDDEN", path: ["teamId"] });
  });
});

describe("assignments", () => {
  const queueId = () => inProject("Queue", project.projectId, project.queueId);
  const ASSIGNMENT = "assignment { id kind from to queue { code } labeler { pseudonym } version }";

  test("begin, don't overlap, and end", async () => {
    const labelerId = await makeNew();
    const { assignment } = await manager.verb("assignLabeler", { labelerId, queueId: queueId(), kind: "BACKFILL", from: "2026-03-01T00:00:00Z", to: "2099-04-01T00:00:00Z" }, ASSIGNMENT);
    expect(assignment).toMatchObject({ kind: "BACKFILL", queue: { code: "Q1" }, to: "2099-04-01T00:00:00.000Z" });
    expect(await manager.refused("assignLabeler", { labelerId, queueId: queueId(), kind: "PRIMARY" })).toMatchObject({ code: "CONFLICT" });
    expect(await manager.refused("assignLabeler", { labelerId, queueId: queueId(), kind: "PRIMARY", from: "2026-01-02T00:00:00Z", to: "2026-01-02T00:00:00Z" })).toMatchObject({ path: ["to"] });
    expect(await manager.refused("endAssignment", { assignmentId: assignment.id, to: "2026-02-01T00:00:00Z" })).toMatchObject({ code: "INVALID_INPUT", path: ["to"] });
    const ended = await manager.verb("endAssignment", { assignmentId: assignment.id, to: "2026-03-02T00:00:00Z", expectedVersion: 1 }, ASSIGNMENT);
    expect(ended.assignment).toMatchObject({ to: "2026-03-02T00:00:00.000Z", version: 2 });
    expect(await manager.refused("endAssignment", { assignmentId: assignment.id })).toMatchObject({ code: "CONFLICT", path: ["assignmentId"] });
    const next = await lead.verb("assignLabeler", { labelerId, queueId: queueId(), kind: "PRIMARY", from: "2099-01-01T00:00:00Z" }, ASSIGNMENT);
    const { assignment: never } = await lead.verb("endAssignment", { assignmentId: next.assignment.id }, ASSIGNMENT);
    expect(never.to).toBe(never.from);
    const held = await read(manager, labelerId, `assignments(filter: { at: "2026-03-01T12:00:00Z", kinds: [BACKFILL] }) { totalCount }`);
    expect(held.assignments.totalCount).toBe(1);
    const events = await world.sql`select type from events where project_id = ${project.projectId} and labeler_id = ${keyIn(labelerId)} order by id`;
    expect(events.map(({ type }) => type)).toEqual(["labeler_assignment.created", "labeler_assignment.ended", "labeler_assignment.created", "labeler_assignment.ended"]);
  });

  test("are of queues that one sees, and for roster keepers", async () => {
    const labelerId = await makeNew();
    const foreign = inProject("Queue", elsewhere.projectId, elsewhere.queueId);
    for (const by of [manager, lead]) expect(await by.refused("assignLabeler", { labelerId, queueId: foreign, kind: "PRIMARY" })).toMatchObject({ code: "NOT_FOUND", path: ["queueId"] });
    const [row] = await world.sql`select id from labeler_assignments where project_id = ${elsewhere.projectId}`;
    expect(await lead.refused("endAssignment", { assignmentId: inProject("LabelerAssignment", elsewhere.projectId, row!.id) })).toMatchObject({ code: "NOT_FOUND" });
    expect(await lead.refused("assignLabeler", { labelerId, queueId: id("Queue", project.queueId), kind: "PRIMARY" })).toMatchObject({ code: "INVALID_INPUT", path: ["queueId"] });
    const auditor = await as({ role: "AUDITOR" });
    expect(await auditor.refused("assignLabeler", { labelerId, queueId: queueId(), kind: "PRIMARY" })).toMatchObject({ code: "FORBIDDEN" });
    expect(await auditor.refused("endAssignment", { assignmentId: foreign })).toMatchObject({ code: "INVALID_INPUT" });
  });
});

test("a grant names its place by what the request may see", async () => {
  const labelerId = one.labelerIds[0]!;
  const self = await as({ role: "LABELER", vendorId: one.id, labelerId });
  expect(await self.ask("{ viewer { grants { project { code } vendor { code } team { code } labeler { id } } } }")).toEqual({
    viewer: { grants: [{ project: { code: project.projectCode }, vendor: { code: one.code }, team: null, labeler: { id: id("Labeler", labelerId) } }] },
  });
  const count = async () => {
    world.statements.length = 0;
    await world.admin.ask("{ roleGrants(first: 100) { nodes { project { code } vendor { code } team { code } labeler { pseudonym } } } }");
    return world.statements.length;
  };
  await as({ role: "VENDOR_QA", vendorId: two.id, teamId: two.teamId });
  const before = await count();
  await as({ role: "LABELER", vendorId: two.id, labelerId: two.labelerIds[0]! });
  expect([before, await count()]).toEqual([5, 5]);
});
