import { afterAll, beforeAll, expect, test } from "vitest";
import {
  actionOf, checkOf, type Escalating, escalationGid, makeEscalating, makeEscalation, makeExplained, makePlanned, onEscalation, toldOf,
} from "./kit/rcas.ts";
import { inProject } from "./kit/roster.ts";
import { globalId, rawId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let of: Escalating;
let id: string;
beforeAll(async () => {
  world = await createWorld();
  of = await makeEscalating(world);
  id = escalationGid(of, await makeEscalation(of));
});
afterAll(() => world.close());

const OTHER = "0196f000-0000-7000-8000-000000000001";
const past = { checkWindow: { from: "2026-02-01", to: "2026-02-15" }, baselineWindow: { from: "2026-01-01", to: "2026-02-01" } };
const { from } = checkOf().checkWindow;
test.each([
  ["a measure that is no rate of errors", { measure: "ACCURACY" }, ["measure"]],
  ["one of a single policy", { measure: "PRECISION" }, ["measure"]],
  ["a window that is known already", past, ["checkWindow", "from"]],
  ["a baseline that ends before it begins", { baselineWindow: { from: "2026-01-01", to: "2020-01-01" } }, ["baselineWindow", "to"]],
  ["an empty window", { checkWindow: { from, to: from } }, ["checkWindow", "to"]],
  ["a target that is no rate", { target: 5 }, ["target"]],
  ["no audits at all", { nMin: 0 }, ["nMin"]],
  ["an id of another type", { filter: { vendorIds: [globalId("Site", OTHER)] } }, ["filter", "vendorIds"]],
  ["a queue of another project", { filter: { queueIds: [inProject("Queue", OTHER, OTHER)] } }, ["filter", "queueIds"]],
])("a check has no %s", async (_, part, path) => {
  expect(await of.owner.refused("planEffectivenessCheck", { escalationId: id, ...checkOf(part) })).toMatchObject({ code: "INVALID_INPUT", path });
});

test("a check is its owner's and leads' to write, as often as they like until the plan is approved", async () => {
  for (const by of [of.auditor, of.policyManager, of.manager, of.analyst]) {
    expect(await by.refused("planEffectivenessCheck", { escalationId: id, ...checkOf() })).toMatchObject({ code: "FORBIDDEN" });
  }
  const fields = "effectivenessCheck { id version target lockedAt dueAt result escalation { id } }";
  const first = (await onEscalation(of.owner, "planEffectivenessCheck", id, checkOf(), fields)).effectivenessCheck;
  expect(first).toMatchObject({ target: 0.05, lockedAt: null, dueAt: null, result: null, escalation: { id } });
  const second = (await onEscalation(of.lead, "planEffectivenessCheck", id, checkOf({ target: 0.03, expectedVersion: first.version }), fields)).effectivenessCheck;
  expect(second).toMatchObject({ id: first.id, target: 0.03, version: 2 });
  expect(await of.lead.refused("planEffectivenessCheck", { escalationId: id, ...checkOf({ expectedVersion: 1 }) })).toMatchObject({ __typename: "VersionConflictRefusal" });
  const planned = await makePlanned(of);
  expect(await of.lead.refused("planEffectivenessCheck", { escalationId: planned.id, ...checkOf() })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("approved") });
  const { node } = await of.lead.ask(
    "query ($id: ID!) { node(id: $id) { ... on Escalation { effectivenessChecks { nodes { measure filter lockedAt dueAt target } } } } }", { id: planned.id },
  );
  expect(node.effectivenessChecks.nodes[0]).toMatchObject({ measure: "ERROR_RATE", filter: {}, lockedAt: expect.any(String), dueAt: null, target: 0.05 });
  expect((await toldOf(world, rawId(id))).map(({ type }) => type)).toEqual(Array(2).fill("escalation.planEffectivenessCheck"));
});

test("a check is needed before the plan is approved", async () => {
  const explained = await makeExplained(of);
  await onEscalation(of.lead, "proposeAction", explained.id, actionOf(of.auditor, { causeId: explained.causeId }), "action { id }");
  expect(await of.lead.refused("approveActionPlan", { escalationId: explained.id })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("planEffectivenessCheck") });
  // One whose window has begun proves nothing any more: what is known already was not fixed before.
  const { id } = (await onEscalation(of.owner, "planEffectivenessCheck", explained.id, checkOf(), "effectivenessCheck { id }")).effectivenessCheck;
  const begin = (days: number) => world.sql`update effectiveness_checks set check_from = current_date + ${days}::int, baseline_to = current_date - 5 where id = ${rawId(id)}`;
  await begin(-2);
  expect(await of.lead.refused("approveActionPlan", { escalationId: explained.id })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("has begun") });
  await begin(1);
  await onEscalation(of.lead, "approveActionPlan", explained.id, {}, "escalation { state }");
});
