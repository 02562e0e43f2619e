import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeLabeler } from "./kit/factories.ts";
import { createRosterWorld, id, inProject, type RosterWorld } from "./kit/roster.ts";
import type { GrantSpec } from "./kit/world.ts";

let as: RosterWorld["as"];
let lead: RosterWorld["lead"];
let makeNew: RosterWorld["makeNew"];
let manager: RosterWorld["manager"];
let one: RosterWorld["one"];
let project: RosterWorld["project"];
let read: RosterWorld["read"];
let two: RosterWorld["two"];
let world: RosterWorld["world"];
beforeAll(async () => {
  ({ as, lead, makeNew, manager, one, project, read, two, world } = await createRosterWorld());
});
afterAll(() => world.close());

describe("labelers are seen", () => {
  const FIELDS = "pseudonym externalRef name vendor { code } pauseReason";
  const MASKED: Record<string, { grant: () => GrantSpec; externalRef: boolean; name: boolean; exposure: boolean }> = {
    lead: { grant: () => ({ role: "QA_LEAD" }), externalRef: true, name: true, exposure: false },
    auditor: { grant: () => ({ role: "AUDITOR" }), externalRef: false, name: false, exposure: false },
    analyst: { grant: () => ({ role: "ANALYST" }), externalRef: false, name: false, exposure: false },
    manager: { grant: () => ({ role: "VENDOR_MANAGER", vendorId: one.id }), externalRef: true, name: true, exposure: true },
    vendorQa: { grant: () => ({ role: "VENDOR_QA", vendorId: one.id }), externalRef: true, name: true, exposure: false },
    labeler: {
      grant: () => ({ role: "LABELER", vendorId: one.id, labelerId: one.labelerIds[0]! }),
      externalRef: true,
      name: true,
      exposure: true,
    },
  };

  test.each(Object.keys(MASKED))("by the %s as far as they may", async (who) => {
    await world.sql`update labelers set status = 'PAUSED', paused_from = 'PRODUCTION', pause_reason = 'EXPOSURE' where id = ${one.labelerIds[0]!}`;
    const [row] = await world.sql`select external_ref, name, pseudonym from labelers where id = ${one.labelerIds[0]!}`;
    const { grant, externalRef, name, exposure } = MASKED[who]!;
    const by = await as(grant());
    const expected = {
      pseudonym: row!.pseudonym,
      externalRef: externalRef ? row!.external_ref : null,
      name: name ? row!.name : null,
      vendor: { code: one.code },
      pauseReason: exposure ? "EXPOSURE" : "ADMIN",
    };
    expect(await read(by, id("Labeler", one.labelerIds[0]!), FIELDS)).toEqual(expected);
    const { labelers, vendors } = await by.ask(
      `{ labelers(first: 100) { nodes { ${FIELDS} } } vendors { nodes { labelers { nodes { ${FIELDS} } } } } }`,
    );
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
    for (const [by, vendors] of [
      [other, [two.code]],
      [await as({ role: "POLICY_MANAGER" }), []],
    ] as const) {
      const { labelers } = await by.ask("{ labelers(first: 100) { nodes { vendor { code } assignments { totalCount } } } }");
      expect(new Set(labelers.nodes.map((node: any) => node.vendor.code))).toEqual(new Set(vendors));
      for (const key of [
        labelerId,
        inProject("LabelerAssignment", assignment!.project_id, assignment!.id),
        id("LabelerMembership", membership!.id),
      ]) {
        expect(await by.ask("query ($id: ID!) { node(id: $id) { id } }", { id: key })).toEqual({ node: null });
      }
      const { queues } = await by.ask(
        "{ queues { nodes { assignments(first: 100) { totalCount nodes { labeler { vendor { code } } } } } } }",
      );
      const seen = queues.nodes.flatMap((queue: any) => queue.assignments.nodes.map((node: any) => node.labeler.vendor.code));
      expect(new Set(seen)).toEqual(new Set(vendors));
    }
    expect(await other.refused("pauseLabeler", { labelerId, pauseReason: "ADMIN" })).toMatchObject({ code: "NOT_FOUND" });
    expect(await other.refused("moveLabeler", { labelerId, siteId: id("Site", two.siteId) })).toMatchObject({ code: "NOT_FOUND" });
  });

  test("in lists that clients without the scope can't have, filtered and counted", async () => {
    const client = await as({ role: "SERVICE", vendorId: one.id, scopes: ["roster:read"] });
    const filter = `filter: { vendorId: "${id("Vendor", one.id)}", siteId: "${id("Site", one.siteId)}", teamId: "${id("Team", one.teamId)}", kinds: [HUMAN], statuses: [TRAINING, PAUSED] }`;
    const [{ count }] =
      (await world.sql`select count(*)::int from labelers where team_id = ${one.teamId} and status in ('TRAINING', 'PAUSED')`) as unknown as [
        { count: number },
      ];
    expect((await client.ask(`{ labelers(${filter}) { totalCount } }`)).labelers.totalCount).toBe(count);
    const other = await as({ role: "SERVICE", vendorId: one.id, scopes: ["metrics:read"] });
    expect((await other.send("{ labelers { totalCount } }")).errors?.[0]).toMatchObject({ extensions: { code: "FORBIDDEN" } });
    const { changedAt } = (await world.sql`select max(updated_at) as "changedAt" from labelers`)[0]!;
    await makeNew();
    const later = await lead.ask("query ($t: DateTime!) { labelers(filter: { updatedAfter: $t }) { totalCount } }", {
      t: changedAt.toISOString(),
    });
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
    const nested =
      "{ vendors { nodes { sites { nodes { labelers { nodes { pseudonym } } } } } } queues { nodes { assignments { nodes { labeler { pseudonym site { code } } } } } } }";
    world.statements.length = 0;
    await lead.ask(nested);
    expect(world.statements).toHaveLength(5);
  });
});

test("a grant names its place by what the request may see", async () => {
  const labelerId = one.labelerIds[0]!;
  const self = await as({ role: "LABELER", vendorId: one.id, labelerId });
  expect(await self.ask("{ viewer { grants { project { code } vendor { code } team { code } labeler { id } } } }")).toEqual({
    viewer: {
      grants: [
        { project: { code: project.projectCode }, vendor: { code: one.code }, team: null, labeler: { id: id("Labeler", labelerId) } },
      ],
    },
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
