import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Pool } from "../src/db/pool.ts";
import { formDueLot, judgeLots } from "../src/inspection/lots.service.ts";
import { openPool } from "./kit/events.ts";
import { type DecisionSpec, makeDecisions, type ProjectFixture } from "./kit/factories.ts";
import { doAll, makeStream } from "./kit/inspection.ts";
import { claim, framed, lock, projectGid, rawId, submit } from "./kit/samples.ts";
import { failing } from "./kit/sampling.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 4);
});
// The system looks at every stream: those of the tests before are over.
afterEach(() => world.sql`update sampling_plans set state = 'ARCHIVED'`);
afterAll(async () => {
  await pool.end();
  await world.close();
});

/** So many decisions of the project's first vendor on a day of January 2026. */
const onDay = (day: number, count: number, spec: DecisionSpec = {}): DecisionSpec[] =>
  Array.from({ length: count }, (_, i) => ({ decidedAt: new Date(Date.UTC(2026, 0, day, 6, 0, 0, i)), ...spec }));
const decide = (project: ProjectFixture, ...specs: DecisionSpec[][]) => makeDecisions(world.sql, project, specs.flat());
const lotsOf = async (streamId: string) =>
  [...(await world.sql`select to_char(window_from at time zone 'UTC', 'DD HH24') || ': ' || sample_size || ' of ' || lot_size || ', ' ||
    acceptance_number || ', ' || level as lot from lots where stream_id = ${rawId(streamId)} order by window_from`)].map(({ lot }) => lot as string);
const form = (now: string) => doAll(pool, formDueLot, new Date(now));

test("each period that has ended becomes a lot, in order, by the level's plan; what lies outside of it is not drawn", async () => {
  const { own, by } = await framed(world, 0);
  const stream = await makeStream(by, own);
  await decide(own, onDay(4, 3), onDay(5, 200), onDay(6, 60), onDay(7, 9), onDay(5, 7, { vendor: own.vendors[1]! }));
  expect(await form("2026-01-05T23:59:59Z")).toBe(0);
  expect(await form("2026-01-06T00:00:00Z")).toBe(1);
  expect(await lotsOf(stream)).toEqual(["05 00: 89 of 200, 2, NORMAL"]);
  await world.sql`update inspection_streams set level = 'TIGHTENED' where id = ${rawId(stream)}`;
  expect(await form("2026-01-08T05:00:00Z")).toBe(2);
  expect(await lotsOf(stream)).toEqual(["05 00: 89 of 200, 2, NORMAL", "06 00: 52 of 60, 0, TIGHTENED", "07 00: 9 of 9, 0, TIGHTENED"]);
  const drawn = await world.sql`select l.sample_size = count(*) and l.sample_size = count(*) filter (where s.vendor_id = l.vendor_id and s.decided_at >= l.window_from
      and s.decided_at < l.window_to and s.purpose = 'RANDOM' and abs(s.inclusion_probability - l.sample_size::float8 / l.lot_size) < 1e-12) as is_right
    from lots l join samples s on s.run_id = l.run_id where l.stream_id = ${rawId(stream)} group by l.id, l.sample_size`;
  expect(drawn.map(({ is_right }) => is_right)).toEqual([true, true, true]);
  const [lot] = await world.sql`select id, vendor_id from lots where stream_id = ${rawId(stream)}`;
  const [event] = await world.sql`select type, vendor_id, is_partner_visible, is_staff_visible, labeler_id from events where subject_id = ${lot!.id}`;
  expect(event).toEqual({ type: "lot.formed", vendor_id: lot!.vendor_id, is_partner_visible: true, is_staff_visible: false, labeler_id: null });
});

test("days are those of the project's zone, weeks begin on the first one's weekday", async () => {
  const { own, by } = await framed(world, 0);
  await world.sql`update projects set time_zone = 'Asia/Jakarta' where id = ${own.projectId}`;
  const stream = await makeStream(by, own, { period: "WEEK", startsOn: "2026-01-06" });
  const at = (text: string) => ({ decidedAt: new Date(text) });
  await decide(own, [at("2026-01-05T16:59:59.999Z"), at("2026-01-05T17:00:00Z"), at("2026-01-12T16:59:59.999Z"), at("2026-01-12T17:00:00Z")]);
  expect(await form("2026-01-12T16:59:59Z")).toBe(0);
  await form("2026-01-12T17:00:00Z");
  expect(await lotsOf(stream)).toEqual(["05 17: 2 of 2, 0, NORMAL"]);
});

test("a period without decisions is waited for until the day after, then makes no lot, and the next one does", async () => {
  const { own, by } = await framed(world, 0);
  const stream = await makeStream(by, own);
  await decide(own, onDay(6, 4));
  await form("2026-01-07T00:00:00Z");
  expect(await lotsOf(stream)).toEqual(["06 00: 4 of 4, 0, NORMAL"]);
  expect(await form("2026-01-08T00:00:00Z")).toBe(1);
  expect(await form("2026-01-08T00:59:59Z")).toBe(0);
  // Yesterday's come in late.
  await decide(own, onDay(7, 5));
  await form("2026-01-08T01:00:00Z");
  expect(await lotsOf(stream)).toEqual(["06 00: 4 of 4, 0, NORMAL", "07 00: 5 of 5, 0, NORMAL"]);
  const [{ version }] = (await world.sql`select version from inspection_streams where id = ${rawId(stream)}`) as never as [{ version: number }];
  expect(version).toBe(1);
});

test("no lot is formed while the stream is discontinued or its plan doesn't draw", async () => {
  const { own, by } = await framed(world, 0);
  const inspectionStreamId = await makeStream(by, own);
  await decide(own, onDay(5, 4), onDay(6, 4));
  await world.sql`update inspection_streams set level = 'DISCONTINUED' where id = ${rawId(inspectionStreamId)}`;
  expect(await form("2026-01-08T00:00:00Z")).toBe(0);
  await world.sql`update inspection_streams set level = 'NORMAL' where id = ${rawId(inspectionStreamId)}`;
  const { samplingPlan } = (await by.ask("query ($id: ID!) { node(id: $id) { ... on InspectionStream { samplingPlan { id } } } }", { id: inspectionStreamId })).node;
  await by.verb("pauseSamplingPlan", { id: samplingPlan.id }, "samplingPlan { id }");
  expect(await form("2026-01-08T00:00:00Z")).toBe(0);
  expect(await by.refused("formLot", { inspectionStreamId })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("plan is not active") });
  await by.verb("resumeSamplingPlan", { id: samplingPlan.id }, "samplingPlan { id }");
  expect(await form("2026-01-07T12:00:00Z")).toBe(2);
});

test("a lot that can't be formed is put off with the reason, and keeps no other stream waiting", async () => {
  const { own, by } = await framed(world, 0);
  const { own: other, by: lead } = await framed(world, 0);
  const [broken, sound] = [await makeStream(by, own), await makeStream(lead, other, { startsOn: "2026-01-06" })];
  await decide(own, onDay(5, 4));
  await decide(other, onDay(6, 4));
  const unbreak = await failing(world, "sampling_runs", own.projectId);
  expect(await form("2026-01-07T00:00:00Z")).toBe(2);
  expect([await lotsOf(broken), (await lotsOf(sound)).length]).toEqual([[], 1]);
  const events = await world.sql`select e.reason, e.payload from events e join inspection_streams s on s.plan_id = e.subject_id
    where s.id = ${rawId(broken)} and e.type = 'sampling_plan.drawSkipped'`;
  expect(events).toEqual([{
    reason: "The draw failed: the disk is full. It is tried again at 2026-01-07T00:10:00.000Z.",
    payload: { windowFrom: "2026-01-05T00:00:00.000Z", windowTo: "2026-01-06T00:00:00.000Z" },
  }]);
  await unbreak();
  expect(await form("2026-01-07T00:09:59Z")).toBe(0);
  await form("2026-01-07T00:10:00Z");
  expect(await lotsOf(broken)).toEqual(["05 00: 4 of 4, 0, NORMAL"]);
});

test("several workers form each lot once", async () => {
  const { own, by } = await framed(world, 0);
  const stream = await makeStream(by, own);
  await decide(own, ...[5, 6, 7, 8].map((day) => onDay(day, 30)));
  const done = await Promise.all([1, 2, 3].map(() => form("2026-01-09T00:00:00Z")));
  expect(done.reduce((sum, each) => sum + each)).toBe(4);
  expect(await lotsOf(stream)).toHaveLength(4);
});

test("a lead forms the next lot by hand, and is told when there can be none", async () => {
  const { own, by } = await framed(world, 0);
  const inspectionStreamId = await makeStream(by, own);
  await decide(own, onDay(5, 4));
  const { lot } = await by.verb("formLot", { inspectionStreamId, expectedVersion: 1 }, "lot { windowFrom lotSize sampleSize verdict stream { level } }");
  expect(lot).toEqual({ windowFrom: "2026-01-05T00:00:00.000Z", lotSize: 4, sampleSize: 4, verdict: null, stream: { level: "NORMAL" } });
  await decide(own, onDay(6, 60), onDay(7, 600));
  const count = async () => {
    world.statements.length = 0;
    await by.verb("formLot", { inspectionStreamId }, "lot { sampleSize }");
    return world.statements.length;
  };
  expect(await count()).toBe(await count());
  expect(await by.refused("formLot", { inspectionStreamId })).toMatchObject({
    code: "CONFLICT", message: expect.stringMatching(/^formLot: there are no decisions from 2026-01-08T00:00:00.000Z to 2026-01-09/),
  });
  await world.sql`update inspection_streams set switching = switching || ${world.sql.json({ nextFrom: new Date().toISOString() })} where id = ${rawId(inspectionStreamId)}`;
  expect(await by.refused("formLot", { inspectionStreamId })).toMatchObject({ code: "CONFLICT", message: expect.stringMatching(/^formLot: the next lot's period ends at/) });
  const { by: elsewhere } = await framed(world, 0);
  expect(await elsewhere.refused("formLot", { inspectionStreamId })).toMatchObject({ code: "NOT_FOUND" });
  expect(await by.refused("formLot", { inspectionStreamId, expectedVersion: 7 })).toMatchObject({ __typename: "VersionConflictRefusal" });
});

const judge = () => doAll(pool, judgeLots);

test("end to end: a small lot is formed, claimed, audited, published and judged; a void sample has a decision drawn in its place", async () => {
  const { own, by } = await framed(world, 0);
  const inspectionStreamId = await makeStream(by, own, { terms: { aql: 0.1, ltpd: 0.5 } });
  await world.sql`update projects set settings = ${world.sql.json({ publishDelayMinutes: 0 })} where id = ${own.projectId}`;
  await decide(own, onDay(5, 6));
  const { lot } = await by.verb("formLot", { inspectionStreamId }, "lot { id sampleSize acceptanceNumber }");
  expect(lot).toMatchObject({ sampleSize: 3, acceptanceNumber: 0 });
  const auditor = await world.caller({ role: "AUDITOR", projectId: own.projectId });
  const audit = async (work: { id: string }[]) => {
    for (const { id } of work) {
      await lock(auditor, id, { policyCode: "NV" });
      await submit(auditor, id);
    }
    await judge();
    return (await by.ask("query ($id: ID!) { node(id: $id) { ... on Lot { verdict auditedCount defectCount stream { switchingScore } } } }", { id: lot.id })).node;
  };
  const [gone, ...rest] = await claim(auditor, projectGid(own), "id sample { id }", { count: 20 });
  await auditor.verb("voidSample", { sampleId: gone.sample.id, reason: "CONTENT_GONE" }, "sample { state }");
  expect(await audit(rest)).toEqual({ verdict: null, auditedCount: 2, defectCount: 0, stream: { switchingScore: 0 } });
  const another = await claim(auditor, projectGid(own), "id", { count: 20 });
  expect(another).toHaveLength(1);
  expect(await audit(another)).toEqual({ verdict: "ACCEPTED", auditedCount: 3, defectCount: 0, stream: { switchingScore: 2 } });
});
