import { afterAll, beforeAll, expect, test } from "vitest";
import { recordEffectiveness } from "../src/actions/effectiveness.service.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { type AuditSpec, makeAudits, makeRun } from "./kit/audits.ts";
import { openPool } from "./kit/events.ts";
import { doAll } from "./kit/inspection.ts";
import { checkOf, type Escalating, makeEscalating, makeVerifying, onEscalation, toldOf } from "./kit/rcas.ts";
import { globalId, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 2);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const CHECK = `effectivenessChecks { nodes { id cycle measure filter baselineWindow { from to } checkWindow { from to } target nMin lockedAt dueAt isExtended result computedAt
  figures { baseline { value numerator denominator n low high } check { value numerator n } difference low high level } } }`;
const ESCALATION = `state cycle closeReason closedAt actions { nodes { state verifiedAt verifiedBy { id } } } ${CHECK}`;
const see = async (by: Caller, id: string, fields = ESCALATION) =>
  (await by.ask(`query ($id: ID!) { node(id: $id) { ... on Escalation { ${fields} } } }`, { id })).node;
const run = (now = new Date()) => doAll(pool, recordEffectiveness, now);

/** So many errors among so many audits of decisions of a day, in the run. */
const judged = (errors: number, n: number, day: string, rest: Partial<AuditSpec> = {}) => Array.from({ length: n }, (_, i): AuditSpec => (
  { decidedAt: new Date(Date.parse(`${day}T00:00:00Z`) + i * 1_000), isCorrect: i >= errors, errorType: "TECHNICAL", ...rest }
));

// Windows that were to come when they were planned are past: January before, the first half of February after.
async function pass({ row }: { row: string }): Promise<void> {
  await world.sql`update effectiveness_checks set baseline_from = '2026-01-01', baseline_to = '2026-02-01', check_from = '2026-02-01', check_to = '2026-02-15',
    due_at = '2026-02-15T00:00:00Z' where escalation_id = ${row} and due_at is not null`;
}

async function audited(of: Escalating, [x0, n0]: readonly [number, number], [x1, n1]: readonly [number, number]) {
  const window = { from: "2026-01-01T00:00:00Z", to: "2026-03-01T00:00:00Z", strata: [{ key: "all", frameSize: 10_000 }] };
  const inRun = await makeRun(world.sql, of.project, window);
  await makeAudits(world.sql, of.project, [...judged(x0, n0, "2026-01-10", { run: inRun }), ...judged(x1, n1, "2026-02-10", { run: inRun })]);
  return inRun;
}

test("what works closes the escalation: errors of 24 in 300 became 14 in 300, and that is no chance", async () => {
  const of = await makeEscalating(world);
  await audited(of, [24, 300], [14, 300]);
  const verifying = await makeVerifying(of);
  expect(await run()).toBe(0);
  await pass(verifying);
  expect(await run()).toBe(1);
  expect(await run()).toBe(0);
  const seen = await see(of.auditor, verifying.id);
  expect(seen).toMatchObject({ state: "CLOSED", cycle: 1, closeReason: "EFFECTIVE", closedAt: expect.any(String) });
  expect(seen.actions.nodes).toEqual([{ state: "VERIFIED", verifiedAt: expect.any(String), verifiedBy: null }]);
  const [check] = seen.effectivenessChecks.nodes;
  expect(check).toMatchObject({ result: "EFFECTIVE", isExtended: false, dueAt: null, computedAt: seen.closedAt });
  expect(check.figures).toMatchObject({ baseline: { value: 0.08, n: 300 }, check: { n: 300 }, level: 0.9 });
  expect(check.figures.difference).toBeCloseTo(-0.033333, 6);
  expect(check.figures.high).toBeCloseTo(-0.000367, 6);
  const told = (await toldOf(world, verifying.row)).at(-1);
  expect(told).toMatchObject({ type: "escalation.closed", from: "VERIFYING", payload: { result: "EFFECTIVE", closeReason: "EFFECTIVE", cycle: 1 } });
  expect((await toldOf(world, rawId(verifying.actionId))).at(-1)).toMatchObject({ type: "action.verified", from: "DONE" });
});

test("what may be chance extends the window once, and then counts as no effect: causes are looked for again", async () => {
  const of = await makeEscalating(world);
  const inRun = await audited(of, [12, 150], [6, 150]);
  const verifying = await makeVerifying(of);
  await pass(verifying);
  const early = new Date("2026-02-20T00:00:00Z");
  expect(await run(early)).toBe(1);
  const first = await see(of.lead, verifying.id);
  expect(first).toMatchObject({ state: "VERIFYING", cycle: 1, actions: { nodes: [{ state: "DONE" }] } });
  const [check] = first.effectivenessChecks.nodes;
  expect(check).toMatchObject({ result: "INCONCLUSIVE", isExtended: true, checkWindow: { from: "2026-02-01", to: "2026-03-01" }, dueAt: "2026-03-01T00:00:00.000Z" });
  expect(check.figures.difference).toBeCloseTo(-0.04, 6);
  expect(check.figures.high).toBeCloseTo(0.006094, 6);
  expect((await toldOf(world, verifying.row)).at(-1)).toMatchObject({
    type: "escalation.recordEffectiveness", from: null, to: null, payload: { result: "INCONCLUSIVE", checkDueAt: "2026-03-01T00:00:00.000Z" },
  });
  await makeAudits(world.sql, of.project, judged(1, 20, "2026-02-20", { run: inRun }));
  expect(await run(early)).toBe(0);
  expect(await run(new Date("2026-03-01T00:00:00Z"))).toBe(1);
  const second = await see(of.lead, verifying.id);
  expect(second).toMatchObject({ state: "INVESTIGATING", cycle: 2, closeReason: null, actions: { nodes: [{ state: "DONE" }] } });
  expect(second.effectivenessChecks.nodes[0]).toMatchObject({ cycle: 1, result: "NOT_EFFECTIVE", isExtended: true, dueAt: null, figures: { check: { n: 170 } } });
  expect((await toldOf(world, verifying.row)).at(-1)).toMatchObject({
    type: "escalation.investigating", from: "VERIFYING", payload: { result: "NOT_EFFECTIVE", verdict: "INCONCLUSIVE", cycle: 1 },
  });
  await onEscalation(of.owner, "planEffectivenessCheck", verifying.id, checkOf(), "effectivenessCheck { id }");
  expect((await see(of.lead, verifying.id, CHECK)).effectivenessChecks.nodes).toMatchObject([{ cycle: 1, result: "NOT_EFFECTIVE" }, { cycle: 2, result: null }]);
});

test("what stays over its target doesn't work, however far it fell; the next cycle has its own analysis and plan", async () => {
  const of = await makeEscalating(world);
  await audited(of, [90, 300], [16, 300]);
  const verifying = await makeVerifying(of);
  await pass(verifying);
  expect(await run()).toBe(1);
  const { state, cycle, effectivenessChecks } = await see(of.lead, verifying.id);
  expect([state, cycle, effectivenessChecks.nodes[0].result, effectivenessChecks.nodes[0].isExtended]).toEqual(["INVESTIGATING", 2, "NOT_EFFECTIVE", false]);
  const running = await world.sql`select kind from sla_clocks where subject_id = ${verifying.row} and stopped_at is null and voided_at is null order by kind`;
  expect(running.map(({ kind }) => kind)).toEqual(["ESCALATION_ACTIONS", "ESCALATION_RCA"]);
  expect(await of.lead.refused("identifyRootCause", { escalationId: verifying.id })).toMatchObject({ code: "CONFLICT" });
  const { rca } = await onEscalation(of.lead, "writeRca", verifying.id, { problemStatement: "Still." }, "rca { cycle }");
  expect(rca.cycle).toBe(2);
});

test("too few audits say nothing, and so does a window without any", async () => {
  for (const found of [[0, 29], [0, 0]] as const) {
    const of = await makeEscalating(world);
    await audited(of, [60, 300], found);
    const verifying = await makeVerifying(of);
    await pass(verifying);
    expect(await run(new Date("2026-02-20T00:00:00Z"))).toBe(1);
    const { state, effectivenessChecks } = await see(of.lead, verifying.id);
    const [{ result, figures }] = effectivenessChecks.nodes;
    expect([state, result, figures.difference === null]).toEqual(["VERIFYING", "INCONCLUSIVE", found[1] === 0]);
    expect(await run()).toBe(1);
    expect((await see(of.lead, verifying.id, "state")).state).toBe("INVESTIGATING");
  }
});

test("a check is of the decisions that its filter names, and those of no other project", async () => {
  const [of, elsewhere] = [await makeEscalating(world), await makeEscalating(world)];
  const [one, two] = of.project.vendors;
  const inRun = await audited(of, [24, 300], [14, 300]);
  const others = (errors: number, day: string) => judged(errors, 100, day, { run: inRun, vendor: two! });
  await makeAudits(world.sql, of.project, [...others(0, "2026-01-11"), ...others(90, "2026-02-11")]);
  await audited(elsewhere, [0, 100], [90, 100]);
  const verifying = await makeVerifying(of, {}, { filter: { vendorIds: [globalId("Vendor", one!.id)] } });
  await pass(verifying);
  expect(await run()).toBe(1);
  expect(await see(of.lead, verifying.id)).toMatchObject({ state: "CLOSED", effectivenessChecks: { nodes: [{ figures: { check: { n: 300 } } }] } });
});

test("it is not found out while the escalation waits, and when it has moved on meanwhile nothing is written", async () => {
  const of = await makeEscalating(world);
  await audited(of, [24, 300], [14, 300]);
  const verifying = await makeVerifying(of);
  await pass(verifying);
  await onEscalation(of.owner, "waitEscalation", verifying.id, { waitsFor: "POLICY", reason: "A new version comes." });
  expect(await run()).toBe(0);
  await onEscalation(of.owner, "resumeEscalation", verifying.id);
  let isFirst = true;
  const done = await doAll(pool, async (db, now) => {
    const later = await recordEffectiveness(db, now);
    if (isFirst) await onEscalation(of.lead, "waiveEffectiveness", verifying.id, { reason: "The queue is gone." });
    isFirst = false;
    return later;
  });
  expect(done).toBe(1);
  expect(await see(of.lead, verifying.id)).toMatchObject({ state: "CLOSED", closeReason: "WAIVED", effectivenessChecks: { nodes: [{ result: null, figures: null }] } });
});

test("only small ones are closed without a check, by leads", async () => {
  const of = await makeEscalating(world);
  const [small, large] = [await makeVerifying(of), await makeVerifying(of, { severity: "SEV2" })];
  expect(await of.lead.refused("waiveEffectiveness", { escalationId: large.id, reason: "So." })).toMatchObject({ code: "CONFLICT" });
  expect(await of.auditor.refused("waiveEffectiveness", { escalationId: small.id, reason: "So." })).toMatchObject({ code: "FORBIDDEN" });
  expect(await of.lead.refused("waiveEffectiveness", { escalationId: small.id, reason: "" })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
  const { escalation } = await onEscalation(of.lead, "waiveEffectiveness", small.id, { reason: "The queue is gone." }, "escalation { state closeReason }");
  expect(escalation).toEqual({ state: "CLOSED", closeReason: "WAIVED" });
});

test("partners see a check's figures where their rows alone are in them, and its filter never", async () => {
  const of = await makeEscalating(world);
  const vendorIds = [globalId("Vendor", of.project.vendors[0]!.id)];
  await audited(of, [24, 300], [14, 300]);
  const [own, all] = [await makeVerifying(of, {}, { filter: { vendorIds } }), await makeVerifying(of)];
  await Promise.all([own, all].map(pass));
  expect(await run()).toBe(2);
  const teamLead = await of.as({ role: "VENDOR_MANAGER", vendorId: of.project.vendors[0]!.id, teamId: of.project.vendors[0]!.teamId });
  const figuresOf = async (by: Caller, { id }: { id: string }) => (await see(by, id, CHECK)).effectivenessChecks.nodes.map(({ result, filter, figures }: any) => [result, filter, figures?.check.n ?? null])[0];
  expect(await figuresOf(of.analyst, all)).toEqual(["EFFECTIVE", {}, 300]);
  expect(await figuresOf(of.manager, own)).toEqual(["EFFECTIVE", null, 300]);
  expect(await figuresOf(of.manager, all)).toEqual(["EFFECTIVE", null, null]);
  expect(await figuresOf(teamLead, own)).toEqual(["EFFECTIVE", null, null]);
  expect(await see(of.stranger, own.id)).toBeNull();
});

test("a result takes as many statements however many audits and actions it is about", async () => {
  const took: number[] = [];
  for (const actions of [1, 4]) {
    const of = await makeEscalating(world);
    await audited(of, [24 * actions, 300 * actions], [14 * actions, 300 * actions]);
    const verifying = await makeVerifying(of);
    await world.sql`insert into actions (project_id, id, escalation_id, cycle, kind, title, state, owner_id, proposed_by_id, due_at, completed_at)
      select project_id, gen_random_uuid(), escalation_id, cycle, kind, title, state, owner_id, proposed_by_id, due_at, completed_at
      from actions, generate_series(2, ${actions}) where escalation_id = ${verifying.row}`;
    await pass(verifying);
    let statements = 0;
    const onStatement = () => void (statements += 1);
    const counted = createPool({ url: world.urls.login, size: 2, queue: 50, waitMs: 10_000, applicationName: "assay-test", onStatement });
    expect(await doAll(counted, recordEffectiveness)).toBe(1);
    await counted.end();
    took.push(statements);
  }
  expect(took[1]).toBe(took[0]);
});
