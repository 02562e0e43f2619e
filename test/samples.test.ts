import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { drawOrder } from "../src/stats/draw.ts";
import { type DrawnProject, makeDrawn } from "./kit/drawn.ts";
import { claim, draw, eventsOf, framed, makeActivePlan, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const decisionGid = ({ own }: Pick<DrawnProject, "own">, id: string) => encodeId("Decision", { projectId: own.projectId, id });
const ADDED = "items { id outcome refusal { code message path } } samples { id state purpose reason layer isBlind isDouble inclusionProbability drawOrder run { id } stratum { id } dueAt decision { id } }";
const add = (by: Caller, { projectId }: DrawnProject, decisionIds: string[], input: object = {}) =>
  by.verb("addTargetedSamples", { projectId, decisionIds, reason: "A spot check.", ...input }, ADDED);
const REPLACED = `sample { state voidReason inclusionProbability leaseUntil allowedActions version }
  replacement { id state purpose inclusionProbability drawOrder isBlind isDouble layer run { id } stratum { id } decision { id } replaces { id } contentRef version }`;
const voidIt = (by: Caller, sampleId: string, reason = "CONTENT_GONE") => by.verb("voidSample", { sampleId, reason }, REPLACED);
const statesOf = async ({ sampleIds }: DrawnProject) =>
  (await world.sql`select id, state from samples where id = any (${sampleIds.map(rawId)})`).reduce((map, row) => map.set(row.id, row.state), new Map());

test("a lead draws decisions by hand: marked, without a chance, each answered by itself", async () => {
  const own = await makeDrawn(world, { decisions: 4, drawn: 1 });
  const other = await makeDrawn(world, { decisions: 1, drawn: 0 });
  const [waiting, fresh, last] = own.decisionIds as [string, string, string];
  const asked = [decisionGid(own, last), decisionGid(own, waiting), decisionGid(other, other.decisionIds[0]!), decisionGid(own, fresh), decisionGid(own, last)];
  const { items, samples } = await add(own.lead, own, asked);
  expect(items.map((item: { id: string }) => item.id)).toEqual(asked);
  expect(items).toMatchObject([
    { outcome: "DONE", refusal: null },
    { outcome: "REFUSED", refusal: { code: "CONFLICT", message: "The decision waits for an audit of layer CLIENT already; audit that sample.", path: ["decisionIds"] } },
    { outcome: "REFUSED", refusal: { code: "NOT_FOUND" } },
    { outcome: "DONE" }, { outcome: "DONE" },
  ]);
  const drawn = { state: "DRAWN", purpose: "TARGETED", reason: "A spot check.", layer: "CLIENT", isBlind: true, isDouble: false, inclusionProbability: null, run: null, stratum: null };
  expect(samples).toMatchObject([
    { ...drawn, drawOrder: 1, decision: { id: decisionGid(own, last) } }, { ...drawn, drawOrder: 2, decision: { id: decisionGid(own, fresh) } },
  ]);
  expect(Date.parse(samples[0].dueAt)).toBeGreaterThan(Date.now() + 86_400_000);
  const [event] = await world.sql`select type, reason, payload, is_project_visible, is_staff_visible, is_partner_visible from events where type = 'samples.drawn' and project_id = ${own.own.projectId}`;
  expect(event).toEqual({
    type: "samples.drawn", reason: "A spot check.", payload: { purpose: "TARGETED", layer: "CLIENT", count: 2 },
    is_project_visible: false, is_staff_visible: false, is_partner_visible: false,
  });
  expect((await add(own.lead, own, [decisionGid(own, last)])).items).toMatchObject([{ outcome: "REFUSED" }]);
  const vendors = await add(own.lead, own, [decisionGid(own, last)], { layer: "VENDOR", isBlind: false });
  expect(vendors.samples).toMatchObject([{ layer: "VENDOR", isBlind: false }]);
});

test("of a project's decisions only, even where another project is named in the id", async () => {
  const own = await makeDrawn(world, { decisions: 1, drawn: 0 });
  const foreign = encodeId("Decision", { projectId: (await makeDrawn(world, { decisions: 1, drawn: 0 })).own.projectId, id: own.decisionIds[0]! });
  const { items, samples } = await add(own.lead, own, [foreign]);
  expect([items[0].outcome, samples]).toEqual(["REFUSED", []]);
});

test("drawing by hand is a lead's, with words, of 500 at most, and in turns", async () => {
  const own = await makeDrawn(world, { decisions: 2, drawn: 0 });
  const decisionIds = own.decisionIds.map((id) => decisionGid(own, id));
  const input = { projectId: own.projectId, decisionIds, reason: "x" };
  expect(await own.auditor.refused("addTargetedSamples", input)).toMatchObject({ code: "FORBIDDEN" });
  expect(await own.lead.refused("addTargetedSamples", { ...input, reason: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
  expect(await own.lead.refused("addTargetedSamples", { ...input, decisionIds: Array(501).fill(decisionIds[0]) })).toMatchObject({ code: "INVALID_INPUT", path: ["decisionIds"] });
  const other = await makeDrawn(world, { decisions: 1, drawn: 0 });
  expect(await other.lead.refused("addTargetedSamples", input)).toMatchObject({ code: "NOT_FOUND", path: ["projectId"] });
  const answers = await Promise.all([1, 2, 3].map(() => add(own.lead, own, decisionIds)));
  expect(answers.flatMap(({ items }) => items.map((item: { outcome: string }) => item.outcome)).sort()).toEqual(["DONE", "DONE", "REFUSED", "REFUSED", "REFUSED", "REFUSED"]);
});

test("a decision that the lead must judge blindly doesn't exist for them", async () => {
  const own = await makeDrawn(world, { decisions: 1, drawn: 1 });
  await claim(own.lead, own.projectId);
  expect((await add(own.lead, own, [decisionGid(own, own.decisionIds[0]!)], { layer: "VENDOR" })).items).toMatchObject([{ refusal: { code: "NOT_FOUND" } }]);
});

test("why and how a sample was drawn is hidden from its auditor, and words from analysts", async () => {
  const own = await makeDrawn(world, { decisions: 1, drawn: 0 });
  const [{ id }] = (await add(own.lead, own, [decisionGid(own, own.decisionIds[0]!)])).samples;
  const read = async (by: Caller) => (await by.ask("query ($id: ID!) { node(id: $id) { ... on Sample { reason isDouble purpose replaces { id } goldenItem { id } } } }", { id })).node;
  expect(await read(own.lead)).toMatchObject({ reason: "A spot check.", isDouble: false, purpose: "TARGETED" });
  const analyst = await world.caller({ role: "ANALYST", projectId: own.own.projectId });
  expect(await read(analyst)).toMatchObject({ reason: null, isDouble: false, purpose: "TARGETED" });
  await claim(own.auditor, own.projectId);
  expect(await read(own.auditor)).toMatchObject({ reason: null, isDouble: null, purpose: null });
});

test("a void sample keeps its chance, and the next of its stratum's order takes its place", async () => {
  const own = await makeDrawn(world, { decisions: 4, drawn: 2, isDouble: true });
  const { sample, replacement } = await voidIt(own.lead, own.sampleIds[0]!, "DUPLICATE");
  expect(sample).toEqual({ state: "VOID", voidReason: "DUPLICATE", inclusionProbability: 0.5, leaseUntil: null, allowedActions: [], version: 2 });
  expect(replacement).toMatchObject({
    state: "DRAWN", purpose: "RANDOM", inclusionProbability: 0.5, drawOrder: 3, isBlind: true, isDouble: true, layer: "CLIENT", version: 1,
    run: { id: encodeId("SamplingRun", { projectId: own.own.projectId, id: own.run.id }) }, stratum: { id: encodeId("Stratum", { projectId: own.own.projectId, id: own.run.strata.all! }) },
    decision: { id: decisionGid(own, own.decisionIds[2]!) }, replaces: { id: own.sampleIds[0] }, contentRef: "content/r2",
  });
  const facts = "select queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at, content_hash, modality, language from";
  const [copied] = await world.sql.unsafe(`${facts} samples where id = $1`, [rawId(replacement.id)]);
  const [decided] = await world.sql.unsafe(`${facts} decisions where id = $1`, [own.decisionIds[2]!]);
  expect(copied).toEqual(decided);
  expect((await voidIt(own.lead, replacement.id)).replacement).toMatchObject({ drawOrder: 4, replaces: { id: replacement.id } });
  expect((await voidIt(own.lead, own.sampleIds[1]!)).replacement).toBeNull();
  expect(await own.lead.refused("voidSample", { sampleId: own.sampleIds[0], reason: "CONTENT_GONE" })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  expect(await eventsOf(world, own.sampleIds[0]!)).toEqual(["sample.void DRAWN>VOID"]);
  const [{ payload }] = (await world.sql`select payload from events where subject_id = ${rawId(own.sampleIds[0]!)}`) as never as [{ payload: object }];
  expect(payload).toEqual({ reason: "DUPLICATE" });
});

test("what a draw keeps in reserve is the rest of its seeded order", async () => {
  const { own, by, ids } = await framed(world, 6);
  const run = await draw(await makeActivePlan({ rate: null, size: 2 }, by, own), by, { seed: "s" });
  const { nodes } = (await by.ask("query ($id: ID!) { node(id: $id) { ... on SamplingRun { samples { nodes { id drawOrder } } } } }", { id: run.id })).node.samples;
  const { replacement } = await voidIt(by, nodes.find((each: { drawOrder: number }) => each.drawOrder === 1).id);
  expect(replacement).toMatchObject({ drawOrder: 3, inclusionProbability: 2 / 6, decision: { id: decisionGid({ own }, drawOrder("s", ids)[2]!) } });
});

test.each(["SYSTEMATIC", "PPS"] as const)("a void sample of a %s draw is not replaced", async (method) => {
  const own = await makeDrawn(world, { decisions: 3, drawn: 1, method });
  expect(await voidIt(own.lead, own.sampleIds[0]!)).toMatchObject({ sample: { state: "VOID" }, replacement: null });
});

test("a void sample that was drawn by hand is not replaced", async () => {
  const own = await makeDrawn(world, { decisions: 2, drawn: 0 });
  const [{ id }] = (await add(own.lead, own, [decisionGid(own, own.decisionIds[0]!)])).samples;
  expect((await voidIt(own.lead, id)).replacement).toBeNull();
});

test("samples voided at once are replaced by different ones", async () => {
  const own = await makeDrawn(world, { decisions: 12, drawn: 6 });
  const answers = await Promise.all(own.sampleIds.map((id) => voidIt(own.lead, id)));
  expect(answers.map(({ replacement }) => replacement.drawOrder).sort((a, b) => a - b)).toEqual([7, 8, 9, 10, 11, 12]);
});

test("its auditor voids a sample: the audit is void, and what was drawn instead is not theirs to see", async () => {
  const own = await makeDrawn(world, { decisions: 2, drawn: 1 });
  const [{ id: auditId }] = await claim(own.auditor, own.projectId);
  const { sample, replacement } = await voidIt(own.auditor, own.sampleIds[0]!, "OUT_OF_SCOPE");
  expect([sample.state, sample.voidReason, replacement]).toEqual(["VOID", "OUT_OF_SCOPE", null]);
  expect(await world.sql`select state, void_reason from audits where id = ${rawId(auditId)}`).toEqual([{ state: "VOIDED", void_reason: "OUT_OF_SCOPE" }]);
  const events = await world.sql`select type, auditor_id from events where subject_id = any (${[auditId, own.sampleIds[0]!].map(rawId)}) and type in ('audit.voided', 'sample.void') order by id`;
  expect(events).toEqual([{ type: "audit.voided", auditor_id: own.auditor.principalId }, { type: "sample.void", auditor_id: own.auditor.principalId }]);
  const [other] = await claim(own.auditor, own.projectId, "sample { contentRef }");
  expect(other.sample.contentRef).toBe("content/r1");
});

test("another's, an audited and an outdated sample is not voided, and a stranger finds none", async () => {
  const own = await makeDrawn(world, { decisions: 2, drawn: 2, isBlind: false });
  const [{ sample: { id: sampleId } }] = await claim(own.auditor, own.projectId, "sample { id }");
  const colleague = await world.caller({ role: "AUDITOR", projectId: own.own.projectId });
  const input = { sampleId, reason: "CONTENT_GONE" };
  expect(await colleague.refused("voidSample", input)).toMatchObject({ code: "NOT_FOUND", path: ["sampleId"] });
  const analyst = await world.caller({ role: "ANALYST", projectId: own.own.projectId });
  expect(await analyst.refused("voidSample", input)).toMatchObject({ code: "FORBIDDEN" });
  expect(await own.lead.refused("voidSample", { ...input, expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  await world.sql`update samples set state = 'AUDITED', lease_until = null where id = ${rawId(sampleId!)}`;
  expect(await own.lead.refused("voidSample", input)).toMatchObject({ __typename: "InvalidTransitionRefusal" });
});

test("a lead gives a waiting sample up; an audit kept from an ended lease ends with it", async () => {
  const own = await makeDrawn(world, { decisions: 3, drawn: 2 });
  const [{ id: auditId, sample }] = await claim(own.auditor, own.projectId, "id sample { id }");
  const other = own.sampleIds.find((id) => id !== sample.id)!;
  expect(await own.auditor.refused("expireSample", { sampleId: sample.id })).toMatchObject({ code: "FORBIDDEN" });
  expect(await own.lead.refused("expireSample", { sampleId: sample.id })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  await world.sql`update samples set state = 'DRAWN', lease_until = null where id = ${rawId(sample.id)}`;
  for (const id of [sample.id, other]) {
    const { sample: expired } = await own.lead.verb("expireSample", { sampleId: id }, "sample { state voidReason allowedActions inclusionProbability }");
    expect(expired).toEqual({ state: "EXPIRED", voidReason: null, allowedActions: [], inclusionProbability: 2 / 3 });
  }
  expect(await world.sql`select state, void_reason from audits where id = ${rawId(auditId)}`).toEqual([{ state: "VOIDED", void_reason: "EXPIRED" }]);
  expect([...(await statesOf(own)).values()]).toEqual(["EXPIRED", "EXPIRED"]);
  expect(await eventsOf(world, other)).toEqual(["sample.expired DRAWN>EXPIRED"]);
  expect(await own.lead.refused("expireSample", { sampleId: other })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
});

test("what a lead may do with samples of layer VENDOR doesn't include auditing them", async () => {
  const own = await makeDrawn(world, { decisions: 1, drawn: 1, layer: "VENDOR" });
  const { node } = await own.lead.ask("query ($id: ID!) { node(id: $id) { ... on Sample { allowedActions } } }", { id: own.sampleIds[0] });
  expect(node.allowedActions).toEqual(["reassignSample", "voidSample", "expireSample"]);
});

test("statements are constant in the number of decisions drawn by hand, and few to void a sample", async () => {
  const statementsFor = async (count: number) => {
    const own = await makeDrawn(world, { decisions: count, drawn: 0 });
    world.statements.length = 0;
    expect((await add(own.lead, own, own.decisionIds.map((id) => decisionGid(own, id)))).samples).toHaveLength(count);
    return world.statements.length;
  };
  expect(await statementsFor(500)).toBe(await statementsFor(2));
  const own = await makeDrawn(world, { decisions: 3, drawn: 2 });
  world.statements.length = 0;
  await own.lead.verb("voidSample", { sampleId: own.sampleIds[0], reason: "DUPLICATE" }, "sample { state } replacement { state }");
  expect(world.statements.map((text) => /\/\* (\w+) \*\//.exec(text)?.[1]).filter(Boolean)).toEqual(["grantsStand", "calendarsOfPlaces", "endSample", "lockReserves", "replaceSample", "appendEvents", "SampleByKey"]);
});
