import { Conflict } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { Later } from "../db/steps.ts";
import { asSystem, asWorker, type Verb } from "../db/verb.ts";
import { raiseSignals, type Signal } from "../signals/service.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { calendarOf } from "../projects/service.ts";
import { drawLot } from "../sampling/draws.service.ts";
import { failureReason, retryAt, skippedEvent } from "../sampling/schedules.service.ts";
import { afterEmpty, afterJudging, awaiting, lotPlan, type Period, periodFrom, verdictOn } from "./rules.ts";
import { levelEvent, problemOf, takeStream } from "./service.ts";
import { insertLot, lockChangedLots, lockDueStream, lockStream, lockStreamsOf, type OpenLot, saveFound, saveLevels, saveOutlook } from "./store.ts";
import type { InspectionStreamRow, LotRow } from "./table.ts";

// Its vendor sees a lot from the start; what was drawn of it, nobody there does.
function lotEvent({ projectId, id, vendorId }: ProjectKey & Pick<LotRow, "vendorId">, what: string): EventDraft {
  const subject = { projectId, type: `lot.${what}`, subjectType: "Lot", subjectId: id };
  return { ...subject, audience: { isPartnerVisible: true, vendorId } };
}

interface Next {
  period: Period;
  following: Period;
}

async function nextOf(db: Db, { projectId, period: unit, switching }: InspectionStreamRow): Promise<Next> {
  const { timeZone } = await calendarOf(db, projectId);
  const period = periodFrom(new Date(switching.nextFrom), unit, timeZone);
  return { period, following: periodFrom(period.to, unit, timeZone) };
}

// Makes the period a lot and draws its sample, as the system; null if it has no decisions.
async function formPeriod(verb: Verb, stream: InspectionStreamRow, { period, following }: Next): Promise<ProjectKey | null> {
  const { projectId, id: streamId, vendorId, queueId, planId, level } = stream;
  const drawn = await drawLot(verb, { projectId, id: planId }, period, (lotSize) => lotPlan(stream, level, lotSize).n);
  if (!drawn) return null;
  const { n, ac, re } = lotPlan(stream, level, drawn.frameSize);
  const { now } = verb;
  const key = { projectId, id: newId(now) };
  const sizes = { lotSize: drawn.frameSize, sampleSize: n, acceptanceNumber: ac, rejectionNumber: re };
  const window = { windowFrom: period.from, windowTo: period.to };
  const lot = { ...key, ...sizes, ...window, streamId, vendorId, queueId, level, runId: drawn.runId, createdAt: now, updatedAt: now };
  await asSystem(verb, (db) => insertLot(db, lot));
  await saveOutlook(verb.db, { projectId, id: streamId }, awaiting(following));
  await append(verb, [lotEvent({ ...key, vendorId }, "formed")]);
  return key;
}

/**
 * Forms the lot of a stream's next period, without waiting for the system to do it. Refused before that period has ended, and while it has
 * no decisions.
 */
export async function formLot(verb: Verb, streamKey: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { stream } = await takeStream(verb, streamKey, "formLot", expectedVersion);
  const next = await nextOf(verb.db, stream);
  const { from, to } = next.period;
  if (to > verb.now) throw new Conflict(`formLot: the next lot's period ends at ${to.toISOString()}; form it then.`);
  const lot = await formPeriod(verb, stream, next);
  if (lot) return lot;
  const span = `${from.toISOString()} to ${to.toISOString()}`;
  throw new Conflict(`formLot: there are no decisions from ${span} to make a lot of; import them, or wait for the next period.`);
}

async function formClaimed(db: Db, claimed: InspectionStreamRow, now: Date): Promise<number> {
  const stream = await lockStream(db, claimed);
  if (!stream || stream.level === "DISCONTINUED" || stream.switching.nextFrom !== claimed.switching.nextFrom) return 1;
  const next = await nextOf(db, stream);
  const lot = await formPeriod(asWorker(db, now), stream, next);
  if (!lot) await saveOutlook(db, stream, afterEmpty(next.period, next.following, now));
  return 1;
}

/**
 * Forms the lot of the one period that has ended the longest, over all streams: 1, or 0 if there is none. Periods without decisions are
 * passed over, a day after their end. The stream's next look is put off by ten minutes before, so that one that fails keeps no other waiting;
 * an event of its plan says why it did.
 */
export async function formDueLot(db: Db, now: Date): Promise<number | Later<Db, number>> {
  const stream = await lockDueStream(db, now);
  if (!stream) return 0;
  const { period } = await nextOf(db, stream);
  const again = retryAt(now).toISOString();
  await saveOutlook(db, stream, { nextFrom: stream.switching.nextFrom, nextLookAt: again });
  const plan = { projectId: stream.projectId, id: stream.planId };
  return new Later(async () => (last: Db) => formClaimed(last, stream, now), undefined, (error) => async (last: Db) => {
    const reason = failureReason(error, `It is tried again at ${again}.`);
    await append(asWorker(last, now), [skippedEvent(plan, period, reason)]);
    return 1;
  });
}

const BATCH = 200;

function judge(lot: OpenLot): OpenLot {
  return { ...lot, auditedCount: lot.audited, defectCount: lot.defects, verdict: verdictOn(lot, lot) };
}

// Where the streams stand after these lots, in the order of their periods; the levels that they came to, and what that raises.
function settle(streams: readonly InspectionStreamRow[], judged: readonly OpenLot[], now: Date) {
  const events: EventDraft[] = [];
  const signals: Signal[] = [];
  const settled = streams.map((before) => {
    const lots = judged.filter(({ projectId, streamId }) => projectId === before.projectId && streamId === before.id);
    return lots.reduce((stream, lot) => {
      const after = afterJudging(stream, { ...lot, verdict: lot.verdict! }, now);
      if (after.level !== stream.level) events.push(levelEvent(stream, stream.level, after.level));
      if (after.level === "DISCONTINUED" && stream.level !== after.level) signals.push(discontinued(stream, lot, now));
      return { ...stream, ...after };
    }, before);
  });
  return { settled, events, signals };
}

// Of a stream that ends by its rejected lots somebody must find out why, whatever rules the project has.
function discontinued(stream: InspectionStreamRow, { id }: OpenLot, seenAt: Date): Signal {
  const title = "Lots are not formed any more: too many were rejected while inspection was tightened";
  return { ...problemOf(stream), title, kind: "QUALITY", severity: "SEV2", seen: { seenAt }, evidence: [{ type: "Lot", id }] };
}

/**
 * Counts what has been published of the samples of open lots, judges those of which enough is known, and moves the levels of their streams
 * (`metrics.md` section 5). A defective is a decision whose latest verdict is INCORRECT, whoever is answerable for it. How many lots have
 * changed: each call is one transaction under the worker's identity; call again until it answers 0.
 */
export async function judgeLots(db: Db, now: Date): Promise<number> {
  const changed = (await lockChangedLots(db, BATCH)).map(judge);
  if (changed.length === 0) return 0;
  await saveFound(db, changed, now);
  const judged = changed.filter(({ verdict }) => verdict !== null);
  const { settled, events, signals } = settle(await lockStreamsOf(db, judged), judged, now);
  await saveLevels(db, settled, now);
  const verdicts = judged.map((lot) => ({ ...lotEvent(lot, lot.verdict!.toLowerCase()), toState: lot.verdict }));
  await append(asWorker(db, now), [...verdicts, ...events]);
  await raiseSignals(asWorker(db, now), signals);
  return changed.length;
}
