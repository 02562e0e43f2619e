import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SYSTEM_PROJECT_ID } from "../src/core/ids.ts";
import { createRosterWorld, ref, ROW, type RosterWorld } from "./kit/roster.ts";
import type { Caller, GrantSpec } from "./kit/world.ts";

let as: RosterWorld["as"];
let lead: RosterWorld["lead"];
let manager: RosterWorld["manager"];
let one: RosterWorld["one"];
let read: RosterWorld["read"];
let two: RosterWorld["two"];
let upsert: RosterWorld["upsert"];
let world: RosterWorld["world"];
beforeAll(async () => {
  ({ as, lead, manager, one, read, two, upsert, world } = await createRosterWorld());
});
afterAll(() => world.close());

describe("a roster", () => {
  test("adds labelers, leaves them as they are, changes and moves them", async () => {
    const externalRef = ref();
    const kept = { externalRef, name: "Ana", hiredOn: "2026-01-05" };
    const row = { ...kept, siteCode: "S", teamCode: "T" };
    const [added] = await upsert(manager, [row]);
    expect(added).toMatchObject({
      outcome: "CREATED",
      labeler: { ...kept, status: "TRAINING", site: { code: "S" }, team: { code: "T" }, version: 1 },
    });
    expect((await upsert(manager, [row, { externalRef: ref() }])).map(({ outcome }) => outcome)).toEqual(["UNCHANGED", "CREATED"]);
    const [renamed] = await upsert(manager, [{ externalRef, name: "Ani", initialStatus: "PRODUCTION" }]);
    expect(renamed).toMatchObject({
      outcome: "UPDATED",
      labeler: { name: "Ani", status: "TRAINING", team: { code: "T" }, hiredOn: "2026-01-05", version: 2 },
    });
    const [moved] = await upsert(manager, [{ externalRef, siteCode: "S" }]);
    expect(moved).toMatchObject({ outcome: "UPDATED", labeler: { name: "Ani", site: { code: "S" }, team: null, version: 3 } });

    const { memberships } = await read(manager, added!.labeler.id, "memberships { nodes { site { code } team { code } from to } }");
    const [first, second] = memberships.nodes;
    expect(memberships.nodes).toMatchObject([
      { team: { code: "T" }, from: "2026-01-05T00:00:00.000Z" },
      { site: { code: "S" }, team: null, to: null },
    ]);
    expect(first.to).toBe(second.from);
    const events = await world.sql`select type, from_state, to_state, payload from events where project_id = ${SYSTEM_PROJECT_ID}
      and labeler_id = (select id from labelers where external_ref = ${externalRef}) order by id`;
    expect(events.map(({ type, to_state: to }) => [type, to])).toEqual([
      ["labeler.training", "TRAINING"],
      ["labeler.upsertLabelers", "TRAINING"],
      ["labeler.upsertLabelers", "TRAINING"],
    ]);
    expect(JSON.stringify(events)).not.toContain("Ani");
  });

  test("corrects the place of somebody who is still to come", async () => {
    const soon = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
    const externalRef = ref();
    const [added] = await upsert(lead, [{ externalRef, hiredOn: soon }]);
    await upsert(lead, [{ externalRef, siteCode: "S" }]);
    const { memberships } = await read(lead, added!.labeler.id, "memberships { nodes { site { code } from to } }");
    const from = `${soon}T00:00:00.000Z`;
    expect(memberships.nodes).toHaveLength(2);
    expect(memberships.nodes).toEqual(
      expect.arrayContaining([
        { site: null, from, to: from },
        { site: { code: "S" }, from, to: null },
      ]),
    );
  });

  test("refuses rows one by one", async () => {
    const known = ref();
    await upsert(lead, [{ externalRef: known }]);
    const rows = [
      { externalRef: known, kind: "MODEL" },
      { externalRef: "" },
      { externalRef: ref(), siteCode: "nowhere" },
      { externalRef: ref(), siteCode: "S", teamCode: "nowhere" },
      { externalRef: ref(), teamCode: "T" },
      { externalRef: ref(), hiredOn: "1900-01-01" },
      { externalRef: "twice" },
      { externalRef: "twice" },
      { externalRef: ref() },
    ];
    const results = await upsert(lead, rows);
    expect(results.map(({ refusal }) => refusal && [refusal.row, refusal.field, refusal.code])).toEqual([
      [0, "kind", "CONFLICT"],
      [1, "externalRef", "INVALID_INPUT"],
      [2, "siteCode", "NOT_FOUND"],
      [3, "teamCode", "NOT_FOUND"],
      [4, "siteCode", "INVALID_INPUT"],
      [5, "hiredOn", "INVALID_INPUT"],
      null,
      [7, "externalRef", "CONFLICT"],
      null,
    ]);
    expect(results.filter(({ outcome }) => outcome === "CREATED")).toHaveLength(2);
  });

  test("is for its keepers, of their own vendor, 1 to 1,000 rows", async () => {
    const refused = (by: Caller, rows: object[], vendor = one) => by.refused("upsertLabelers", { vendorCode: vendor.code, rows });
    for (const role of ["AUDITOR", "ANALYST", "POLICY_MANAGER"] as const)
      expect(await refused(await as({ role }), [{ externalRef: ref() }])).toMatchObject({ code: "FORBIDDEN" });
    expect(await refused(await as({ role: "VENDOR_QA", vendorId: one.id }), [{ externalRef: ref() }])).toMatchObject({ code: "FORBIDDEN" });
    expect(await refused(manager, [{ externalRef: ref() }], two)).toMatchObject({ code: "NOT_FOUND", path: ["vendorCode"] });
    expect(await refused(lead, [])).toMatchObject({ code: "INVALID_INPUT", path: ["rows"] });
    expect(
      await refused(
        lead,
        Array.from({ length: 1_001 }, () => ({ externalRef: ref() })),
      ),
    ).toMatchObject({ code: "INVALID_INPUT", path: ["rows"] });
    const client = (scopes: GrantSpec["scopes"]) => as({ role: "SERVICE", vendorId: one.id, scopes });
    expect(await refused(await client(["roster:read"]), [{ externalRef: ref() }])).toMatchObject({ code: "FORBIDDEN" });
    expect((await upsert(await client(["roster:write"]), [{ externalRef: ref(), name: "B" }]))[0]).toMatchObject({
      outcome: "CREATED",
      labeler: { name: "B" },
    });
    expect(await refused(await client(["roster:write"]), [{ externalRef: ref() }], two)).toMatchObject({ code: "NOT_FOUND" });
  });

  test("of a manager of one team is of that team", async () => {
    const teamLead = await as({ role: "VENDOR_MANAGER", vendorId: one.id, teamId: one.teamId });
    const other = ref();
    await upsert(lead, [{ externalRef: other }]);
    const mine = ref();
    const results = await upsert(teamLead, [
      { externalRef: mine, siteCode: "S", teamCode: "T" },
      { externalRef: ref() },
      { externalRef: other, siteCode: "S", teamCode: "T" },
    ]);
    expect(results.map(({ outcome, refusal }) => refusal?.code ?? outcome)).toEqual(["CREATED", "FORBIDDEN", "CONFLICT"]);
    expect(
      (
        await upsert(teamLead, [
          { externalRef: mine, siteCode: "S" },
          { externalRef: mine, name: "C" },
        ])
      )[0]!.refusal,
    ).toMatchObject({ field: "teamCode", code: "FORBIDDEN" });
    const seen = await teamLead.ask("{ labelers(first: 100) { nodes { team { code } } } }");
    expect(new Set(seen.labelers.nodes.map((node: any) => node.team.code))).toEqual(new Set(["T"]));
    expect(await teamLead.ask(`{ labelerByRef(vendorCode: "${one.code}", externalRef: "${other}") { id } }`)).toEqual({
      labelerByRef: null,
    });
  });

  test("of 1,000 rows takes as many statements as one of three", async () => {
    const count = async (rows: object[]) => {
      world.statements.length = 0;
      const started = performance.now();
      await upsert(lead, rows as never);
      return { statements: world.statements.length, ms: performance.now() - started };
    };
    const rows = (n: number) =>
      Array.from({ length: n }, () => ({ externalRef: ref(), name: "N", siteCode: "S", teamCode: "T", hiredOn: "2026-02-02" }));
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
