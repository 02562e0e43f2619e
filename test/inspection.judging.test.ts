import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { judgeLots } from "../src/inspection/lots.service.ts";
import { openPool } from "./kit/events.ts";
import { doAll, makeStream, published, stageLot } from "./kit/inspection.ts";
import { inProject } from "./kit/roster.ts";
import { eventsOf, framed, globalId, rawId } from "./kit/samples.ts";
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

const levelOf = async (streamId: string) => (await world.sql`select level from inspection_streams where id = ${rawId(streamId)}`)[0]!.level as string;
const judge = () => doAll(pool, judgeLots);
const verdictOf = async (lotId: string) => {
  const [row] = await world.sql`select audited_count as audited, defect_count as defects, verdict, judged_at is not null as is_judged from lots where id = ${lotId}`;
  return [row!.audited, row!.defects, row!.verdict, row!.is_judged];
};

test("a lot is rejected as soon as too much is found, accepted when all is audited, and open until then", async () => {
  const { own, by } = await framed(world, 0);
  const stream = await makeStream(by, own);
  await judge();
  const stage = (day: number, audits: Parameters<typeof stageLot>[3]["audits"]) => stageLot(world, own, stream, { day, audits });
  const { hate } = own.policies;
  const later = "2026-02-01T00:00:00Z";
  const rejected = await stage(5, published(2, 2));
  const open = await stage(6, [...published(4, 1), { state: "SUBMITTED", isCorrect: false }]);
  const accepted = await stage(7, [...published(4, 1), { isCorrect: true, state: "FINAL" }]);
  // The latest verdict counts, whoever is answerable; a void audit doesn't.
  const changed = await stage(8, [
    { truthPolicyId: hate, later: [{ isCorrect: true, recordedAt: later }] }, { isCorrect: true, later: [{ truthPolicyId: hate, recordedAt: later }] },
    { isCorrect: false, attribution: "PROCESS" }, { state: "VOIDED", isCorrect: false },
  ]);
  // The rest can't be audited: one more defect would be fine in the first, two would not in the second.
  const exhausted = await stage(9, [...published(4), { state: "VOIDED" }]);
  const unknown = await stage(13, [...published(3), { state: "VOIDED" }, { state: "VOIDED" }]);
  const nothing = await stage(10, [{ state: "VOIDED" }]);
  const untouched = await stage(11, []);
  // Nor does a second audit.
  const twice = await stage(12, published(6, 2));
  const audits = await world.sql`select a.id, v.outcome from audits a join lots l on l.run_id = a.run_id join verdicts v on v.audit_id = a.id
    where l.id = ${twice} order by v.outcome desc`;
  await world.sql`update audits set role = 'SECOND', of_audit_id = ${audits[5]!.id} where id = ${audits[0]!.id}`;
  expect(await judge()).toBe(7);
  expect(await verdictOf(rejected)).toEqual([2, 2, "REJECTED", true]);
  expect(await verdictOf(open)).toEqual([4, 1, null, false]);
  expect(await verdictOf(accepted)).toEqual([5, 1, "ACCEPTED", true]);
  expect(await verdictOf(changed)).toEqual([3, 2, "REJECTED", true]);
  expect(await verdictOf(exhausted)).toEqual([4, 0, "ACCEPTED", true]);
  expect(await verdictOf(unknown)).toEqual([3, 0, null, false]);
  expect(await verdictOf(twice)).toEqual([5, 1, "ACCEPTED", true]);
  expect(await verdictOf(nothing)).toEqual([0, 0, null, false]);
  expect(await verdictOf(untouched)).toEqual([0, 0, null, false]);
  expect(await judge()).toBe(0);
  const gids = [rejected, open, accepted].map((id) => encodeId("Lot", { projectId: own.projectId, id }));
  expect(await eventsOf(world, ...gids)).toEqual(["lot.rejected null>REJECTED", "lot.accepted null>ACCEPTED"]);
  // Nothing changes a verdict.
  await world.sql`update audits set state = 'VOIDED' where project_id = ${own.projectId}`;
  await judge();
  expect(await verdictOf(rejected)).toEqual([2, 2, "REJECTED", true]);
});

test("a lot of which the last sample expires is judged then, and stays open if that one might have mattered", async () => {
  const { own, by } = await framed(world, 0);
  const stream = await makeStream(by, own);
  await judge();
  const [enough, few] = [
    await stageLot(world, own, stream, { day: 5, audits: [...published(4), { state: "SUBMITTED" }] }),
    await stageLot(world, own, stream, { day: 6, audits: [...published(4, 1), { state: "SUBMITTED" }] }),
  ];
  expect(await judge()).toBe(2);
  const open = await world.sql`select s.id from samples s join audits a on a.sample_id = s.id where a.project_id = ${own.projectId} and a.state = 'SUBMITTED'`;
  for (const { id } of open) {
    await world.sql`update audits set state = 'VOIDED' where sample_id = ${id}`;
    await world.sql`update samples set state = 'EXPIRED' where id = ${id}`;
  }
  expect(await judge()).toBe(1);
  expect(await verdictOf(enough)).toEqual([4, 0, "ACCEPTED", true]);
  expect(await verdictOf(few)).toEqual([4, 1, null, false]);
});

test("the level follows the lots: tightened by two of five, discontinued by five, and lots of before change nothing", async () => {
  const { own, by } = await framed(world, 0);
  const stream = await makeStream(by, own);
  const [good, bad] = [published(5), published(2, 2)];
  const stage = (day: number, audits: ReturnType<typeof published>, level = "NORMAL", createdAt?: Date) =>
    stageLot(world, own, stream, { day, audits, level, ac: 1, ...(createdAt && { createdAt }) });
  await stage(5, bad);
  for (const day of [6, 7, 8]) await stage(day, good);
  await judge();
  expect(await world.sql`select level, switching_score, version from inspection_streams where id = ${rawId(stream)}`).toMatchObject([
    { level: "NORMAL", switching_score: 6, version: 2 },
  ]);
  await stage(9, bad);
  await judge();
  expect(await levelOf(stream)).toBe("TIGHTENED");
  const before = new Date(Date.now() - 3_600_000);
  for (const day of [10, 11, 12, 13, 14]) await stage(day, bad, "NORMAL", before);
  await judge();
  expect(await levelOf(stream)).toBe("TIGHTENED");
  for (const day of [15, 16, 17, 18]) await stage(day, bad, "TIGHTENED");
  await judge();
  expect(await levelOf(stream)).toBe("TIGHTENED");
  await stage(19, bad, "TIGHTENED");
  await judge();
  expect(await levelOf(stream)).toBe("DISCONTINUED");
  const resume = { inspectionStreamId: stream, reason: "Retrained." };
  const raised = "id version state severity trigger title openedBy { id } vendor { id } queueIds links { nodes { subject { ... on Lot { windowFrom verdict } } } } signals { totalCount }";
  const { nodes: [escalation, ...others] } = (await by.ask(`{ escalations(filter: { isOpen: true }) { nodes { ${raised} } } }`)).escalations;
  expect([others.length, escalation]).toMatchObject([0, {
    state: "OPEN", severity: "SEV2", trigger: "LOT_REJECTED", openedBy: null, vendor: { id: globalId("Vendor", own.vendors[0]!.id) }, signals: { totalCount: 1 },
    queueIds: [inProject("Queue", own.projectId, own.queueId)], links: { nodes: [{ subject: { windowFrom: "2026-01-19T00:00:00.000Z", verdict: "REJECTED" } }] },
  }]);
  const refusal = await by.refused("resumeInspection", resume);
  expect(refusal).toMatchObject({ code: "CONFLICT", path: ["inspectionStreamId"] });
  expect(refusal.message).toContain(`${escalation.id}, which this raised, is OPEN`);
  await by.verb("cancelEscalation", { escalationId: escalation.id, reason: "The vendor was told." }, "escalation { state }");
  await by.verb("resumeInspection", resume, "inspectionStream { level }");
  for (const day of [20, 21, 22, 23, 24]) await stage(day, good, "TIGHTENED");
  await judge();
  expect(await levelOf(stream)).toBe("NORMAL");
  expect(await eventsOf(world, stream)).toEqual([
    "inspection_stream.normal null>NORMAL", "inspection_stream.tightened NORMAL>TIGHTENED", "inspection_stream.discontinued TIGHTENED>DISCONTINUED",
    "inspection_stream.tightened DISCONTINUED>TIGHTENED", "inspection_stream.normal TIGHTENED>NORMAL",
  ]);
});

test("lots are judged in as many statements, however many there are", async () => {
  const { own, by } = await framed(world, 0);
  const stream = await makeStream(by, own);
  await judge();
  const statements: string[] = [];
  const onStatement = (text: string) => void statements.push(text);
  const counted = createPool({ url: world.urls.login, size: 1, queue: 5, waitMs: 5_000, applicationName: "assay-test", onStatement });
  const count = async (...days: number[]) => {
    for (const day of days) await stageLot(world, own, stream, { day, audits: published(5) });
    statements.length = 0;
    await doAll(counted, judgeLots);
    return statements.length;
  };
  expect(await count(5)).toBe(await count(6, 7, 8, 9, 10, 11));
  await counted.end();
});
