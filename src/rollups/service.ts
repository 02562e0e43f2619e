import type { Db } from "../db/lease.ts";
import {
  dropQueuePolicy, fillQueuePolicy, foldAudits, listAuditsBehind, listAuditsOfEvents, weighQueuePolicy,
} from "./fold.store.ts";
import { isWorthCells, weighedBefore } from "./rules.ts";
import { finishBuilding, lockNextWatermark, lockWatermark, openWatermarks, saveWeighed, type Watermark } from "./store.ts";

const SLICE = 2_000;
const EVENTS = 5_000;
const CELLS = 10_000;
const WEIGHED_FACTS = 100_000;

async function build(db: Db, { projectId, builtTo }: Watermark, now: Date): Promise<void> {
  const ids = await listAuditsBehind(db, projectId, builtTo, SLICE);
  if (ids.length === 0) await finishBuilding(db, projectId);
  else await foldAudits(db, projectId, ids, { builtTo: ids.at(-1)! }, now);
}

async function weigh(db: Db, mark: Watermark, now: Date): Promise<void> {
  await saveWeighed(db, mark, isWorthCells(await weighQueuePolicy(db, mark.projectId, WEIGHED_FACTS)), now);
}

async function goOn(db: Db, mark: Watermark, now: Date): Promise<void> {
  const { projectId, state, queuePolicyTo, weighedAt } = mark;
  if (state === "BUILDING") return build(db, mark, now);
  const { seq, ids } = await listAuditsOfEvents(db, projectId, mark.seq, EVENTS);
  if (seq > mark.seq) return foldAudits(db, projectId, ids, { seq }, now);
  if (queuePolicyTo) return fillQueuePolicy(db, projectId, CELLS);
  if (!weighedAt || weighedAt < weighedBefore(now)) return weigh(db, mark, now);
  return dropQueuePolicy(db, projectId, CELLS);
}

/**
 * Does the next short piece of what is to be folded, of one project: builds what was never built, or in another time zone, folds what events
 * have touched, keeps the cells that are worth it. 1, or 0 if there is nothing to do. Each call is one transaction as the worker; readers
 * wait for none of them.
 */
export async function foldNext(db: Db, now: Date): Promise<number> {
  await openWatermarks(db, null, now);
  const mark = await lockNextWatermark(db, weighedBefore(now));
  if (!mark) return 0;
  await goOn(db, mark, now);
  return 1;
}

/** Folds all that is committed and sealed by now, piece by piece: for loads that past which nobody can ask figures before. */
export async function buildRollups(transact: (step: (db: Db) => Promise<number>) => Promise<number>): Promise<void> {
  while ((await transact((db) => foldNext(db, new Date()))) > 0);
}

/**
 * Folds audits in the transaction that records them, as the system: for imports, whose events name no audits. It has the project's watermark
 * from then on, so nobody builds past audits that aren't committed yet.
 */
export async function foldRecorded(db: Db, projectId: string, ids: readonly string[], now: Date): Promise<void> {
  await openWatermarks(db, projectId, now);
  await lockWatermark(db, projectId);
  await foldAudits(db, projectId, ids, {}, now);
}
