import { Conflict, Refusal } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { Later, type Reads, type Step } from "../db/steps.ts";
import { asWorker, type Verb } from "../db/verb.ts";
import { awaitWriters } from "../db/writers.ts";
import { noteSince } from "../periods/adjustments.service.ts";
import { instantsOf } from "../periods/rules.ts";
import { type Located, nextToClose, nextToSettle, type PeriodRef, saveClosed, saveSettled, takeForClosing } from "../periods/service.ts";
import { expireWaiting } from "../samples/service.ts";
import { freeze } from "./snapshots.service.ts";
import { insertSnapshots } from "./store.ts";

// What figures are made of, directly or as a weight.
const SOURCES = ["audits", "samples", "decisions", "golden_items", "double_audits", "appeals"];

// Computes what the period's figures were at that time, once nothing of that time can come any more; and says how to close it with them.
async function freezePeriod(reads: Reads, located: Located, asOf: Date): Promise<Step<Verb, ProjectKey>> {
  const { period: seen, timeZone } = located;
  await awaitWriters(reads, SOURCES, asOf);
  const frozen = await freeze(reads, located, asOf);
  return async (verb) => {
    const { period } = await takeForClosing(verb, seen, null);
    if (period.version !== seen.version) {
      throw new Conflict("closePeriod: the period was changed while its figures were computed; look at it, and close it again.");
    }
    const { projectId, id: periodId } = period;
    await insertSnapshots(verb.db, { projectId, periodId, closing: period.closings + 1, asOf }, frozen, verb.now);
    await noteSince(verb, period, instantsOf(period, timeZone), asOf);
    await saveClosed(verb, period, asOf);
    return { projectId, id: periodId };
  };
}

/**
 * Closes a period that has ended, for a lead: freezes the reports of its kind as of now. The figures are computed between two short
 * transactions; what changes in between is listed as adjustments. Samples of its decisions that wait are given up soon afterwards.
 */
export async function closePeriod(verb: Verb, ref: PeriodRef, expectedVersion: ExpectedVersion): Promise<Later<Verb, ProjectKey>> {
  const located = await takeForClosing(verb, ref, expectedVersion);
  return new Later((reads) => freezePeriod(reads, located, verb.now));
}

/**
 * Closes the one period that should have closed the longest ago, as the system: 1, or 0 if none is due. One that fails is tried again ten
 * minutes later, and keeps no other waiting.
 */
export async function closeDuePeriod(db: Db, now: Date): Promise<number | Later<Db, number>> {
  const key = await nextToClose(db, now);
  if (!key) return 0;
  const located = await takeForClosing(asWorker(db, now), key, null).catch((error: unknown) => {
    if (error instanceof Refusal) return null;
    throw error;
  });
  if (!located) return 1;
  return new Later(async (reads) => {
    const close = await freezePeriod(reads, located, now);
    return async (last: Db) => {
      await close(asWorker(last, new Date()));
      return 1;
    };
  });
}

/**
 * Gives up the samples that waited at the closing of the period that was closed first, a batch at a time: at least 1, or 0 if no period has
 * any left. Called as the system.
 */
export async function settleClosedPeriod(db: Db, now: Date): Promise<number> {
  const next = await nextToSettle(db);
  if (!next) return 0;
  const { period, timeZone } = next;
  const waiting = { projectId: period.projectId, ...instantsOf(period, timeZone), closedAt: period.closedAt! };
  const expired = await expireWaiting(db, waiting, now);
  if (expired === 0) await saveSettled(db, period, now);
  return Math.max(expired, 1);
}
