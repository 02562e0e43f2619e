import { randomBytes } from "node:crypto";
import { startClocks } from "../clocks/service.ts";
import { Conflict } from "../core/errors.ts";
import { encodeId, newId, type ProjectKey } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import { Later, type Reads } from "../db/steps.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { pick, type Pick } from "../frames/picks.service.ts";
import { checkSampleSize, specOfPlan, stratumKey, type Window } from "../frames/rules.ts";
import { checkUnchanged, countFrame, type Frame, FrameChanged, sizeFrame } from "../frames/service.ts";
import { takePlan } from "../plans/service.ts";
import type { SamplingPlanRow } from "../plans/table.ts";
import { keyBound } from "../stats/draw.ts";
import {
  type Draft, findRunWithin, insertReserves, insertRun, insertSamples, insertStrata, lockPlan,
} from "./draws.store.ts";
import { checkSeed, checkWindow, designOf } from "./rules.ts";

/** What drawSamples takes beside the plan. */
export interface DrawRequest {
  windowFrom: Date;
  windowTo: Date;
  seed?: string | null;
}

/** What is to be drawn. */
interface Order {
  plan: SamplingPlanRow;
  window: Window;
  seed: string;
  /** How many of so many, where the plan doesn't say. */
  sizeOf?: (frameSize: number) => number;
}

/** What was drawn, and is still to be kept. */
export interface Drawn extends Order {
  frame: Frame;
  sizes: number[];
  pick: Pick;
}

/** A run that was kept. */
interface Kept {
  runId: string;
  /** Decisions in the frame (N), and drawn of it (n). */
  frameSize: number;
  sampleSize: number;
}

/** What was drawn of a lot. */
export type DrawnLot = Kept;

const BATCH = 10_000;
/** How long a run may take to be written: 200,000 samples take ten seconds. */
export const KEEP_TIMEOUT_MS = 60_000;

/** Why a window can't be drawn by this plan any more; null if it can. */
export async function refuseStale(db: Db, plan: SamplingPlanRow, window: Window): Promise<Conflict | null> {
  const run = await findRunWithin(db, plan, window);
  if (!run) return null;
  const span = `${run.windowFrom.toISOString()} to ${run.windowTo.toISOString()}`;
  const id = encodeId("SamplingRun", { projectId: plan.projectId, id: run.id });
  const remedy = "a decision may be drawn once a plan. Start at its end";
  return new Conflict(`Run ${id} of this plan has drawn ${span} already; ${remedy}.`, ["windowFrom"]);
}

async function checkFresh(db: Db, plan: SamplingPlanRow, window: Window): Promise<void> {
  const refusal = await refuseStale(db, plan, window);
  if (refusal) throw refusal;
}

/** A plan may say which seeds its runs have; else nobody knows one before its draw. */
export function seedOf(plan: SamplingPlanRow, { from }: Window): string {
  return plan.seed === null ? randomBytes(16).toString("hex") : `${plan.seed}:${from.toISOString()}`;
}

async function orderDraw(verb: Verb, planKey: ProjectKey, request: DrawRequest): Promise<Order> {
  const window = { from: request.windowFrom, to: request.windowTo };
  const { plan } = await takePlan(verb, planKey, "drawSamples", null);
  checkWindow(window.from, window.to, verb.now);
  await checkFresh(verb.db, plan, window);
  return { plan, window, seed: request.seed == null ? seedOf(plan, window) : checkSeed(request.seed) };
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, n) => total + n, 0);
}

/**
 * Draws in memory, and keeps nothing yet. The frame belongs to the plan, not to whoever draws: what a lead is blind to is in it too.
 * Refused if there is nothing to draw, or too much, or the frame changed meanwhile.
 */
export async function take(reads: Reads, order: Order): Promise<Drawn> {
  const frame = await countFrame(reads, specOfPlan(order.plan, order.window));
  if (frame.size === 0) {
    const excluded = frame.excludedCount === 0 ? "" : ` ${frame.excludedCount} pass its filter without a risk score above 0.`;
    throw new Conflict(`No decision of this window is in the plan's frame; there is nothing to draw.${excluded}`, ["windowFrom"]);
  }
  const sizes = order.sizeOf ? [Math.min(frame.size, order.sizeOf(frame.size))] : await sizeFrame(reads, frame, order.plan);
  checkSampleSize(sum(sizes));
  const drawn = await pick(reads, frame, order.seed, sizes);
  await checkUnchanged(reads, frame);
  return { ...order, frame, sizes, pick: drawn };
}

function* batchesOf<T>(rows: readonly T[]): Generator<T[]> {
  for (let at = 0; at < rows.length; at += BATCH) yield rows.slice(at, at + BATCH);
}

type StratumIds = readonly (string | null)[];

async function keepSamples(verb: Verb, drawn: Drawn, runId: string, stratumIds: StratumIds): Promise<number> {
  const { plan, seed, pick: { strata } } = drawn;
  const drafts = strata.flatMap(({ ids, probabilities }, index) => {
    const stratumId = stratumIds[index]!;
    const chanceOf = (place: number) => (stratumId === null ? null : probabilities[place]!);
    return ids.map((decisionId, place): Draft => ({ decisionId, stratumId, drawOrder: place + 1, chance: chanceOf(place) }));
  });
  const run = { projectId: plan.projectId, subjectType: "SamplingRun", subjectId: runId };
  const [dueAt] = await startClocks(verb, [{ ...run, kind: "AUDIT_DUE", audience: {} }]);
  const common = { plan, runId, dueAt: dueAt!, drawnAt: verb.now, doubleSeed: `${seed}:double`, doubleBound: keyBound(plan.doubleAuditRate) };
  let made = 0;
  drafts.sort((a, b) => (a.decisionId < b.decisionId ? -1 : 1));
  for (const batch of batchesOf(drafts)) made += await insertSamples(verb.db, common, batch);
  return made;
}

// Golden samples are drawn for their content: nothing is inferred from them, so they have no strata.
async function keepStrata(db: Db, verb: Verb, { plan, frame, sizes, pick: { strata } }: Drawn, runId: string): Promise<StratumIds> {
  const { projectId, strataBy } = plan;
  if (plan.purpose === "GOLDEN") return frame.strata.map(() => null);
  const rows = frame.strata.map(({ values, frameSize }, index) => (
    { id: newId(verb.now), key: stratumKey(plan.id, strataBy, values), frameSize, sampleSize: sizes[index]!, values }));
  for (const batch of batchesOf(rows)) await insertStrata(db, { projectId, id: runId }, batch);
  const reserves = strata.flatMap((stratum, index) => stratum.reserves.map((decisionId, place) => (
    { stratumId: rows[index]!.id, drawOrder: stratum.ids.length + place + 1, decisionId })));
  for (const batch of batchesOf(reserves)) await insertReserves(db, projectId, batch);
  return rows.map(({ id }) => id);
}

/** Keeps what was drawn: the run with its strata, samples and reserves, the clock of their audits, and the event. */
export async function keep(verb: Verb, drawn: Drawn): Promise<Kept> {
  return asSystem(verb, async (db) => {
    const { plan, window, seed, frame, sizes, pick: { frameHash } } = drawn;
    const { projectId, layer, purpose, method } = plan;
    const [runId, sampleSize] = [newId(verb.now), sum(sizes)];
    const { size: frameSize, excludedCount } = frame;
    await insertRun(db, {
      projectId, id: runId, planId: plan.id, planVersion: plan.version, layer, purpose, method,
      frame: plan.frame, frameCovers: plan.frameCovers, design: designOf(plan),
      seed, windowFrom: window.from, windowTo: window.to, frameSize, frameHash, sampleSize, excludedCount,
      drawnById: verb.viewer.principalId, drawnAt: verb.now,
    });
    const made = await keepSamples({ ...verb, db }, drawn, runId, await keepStrata(db, verb, drawn, runId));
    if (made !== sampleSize) throw new FrameChanged("Golden items changed while they were being drawn; draw again.", ["windowTo"]);
    const subject = { projectId, subjectType: "SamplingRun", subjectId: runId };
    await append({ ...verb, db }, [{ ...subject, type: "sampling_run.drawn", payload: { frameSize, sampleSize }, audience: {} }]);
    return { runId, frameSize, sampleSize };
  });
}

/**
 * Draws a sample of the decisions of a window that pass the plan's frame, by its method, in the verb's own transaction. The frame is frozen
 * by its hash; the same frame and seed give the same sample on every database. Every decision is drawn at most once a plan, since
 * windows of its runs don't overlap.
 */
export async function drawSamples(verb: Verb, planKey: ProjectKey, request: DrawRequest): Promise<ProjectKey> {
  const order = await orderDraw(verb, planKey, request);
  const { runId } = await keep(verb, await take((work) => asSystem(verb, work), order));
  return { projectId: planKey.projectId, id: runId };
}

/**
 * As `drawSamples`, but reads millions of decisions between two short transactions: one that the viewer may draw, one that they still may
 * and that keeps the run. Refused if the frame or the plan changed in between.
 */
export async function drawInSteps(verb: Verb, planKey: ProjectKey, request: DrawRequest): Promise<Later<Verb, ProjectKey>> {
  const order = await orderDraw(verb, planKey, request);
  return new Later(async (reads) => {
    const drawn = await take(reads, order);
    return async (last: Verb) => {
      const { plan } = await orderDraw(last, planKey, request);
      if (plan.version !== order.plan.version) throw new Conflict("The plan was changed while it was drawn from; draw again.", ["planId"]);
      return { projectId: plan.projectId, id: (await keep(last, drawn)).runId };
    };
  }, KEEP_TIMEOUT_MS);
}

/**
 * Draws a lot of an inspection stream's plan by simple random, `sizeOf` saying how many of so many, as the system and in the transaction
 * of a verb or job. Its caller has checked the viewer. Null, and no run, where the window holds no decision of the lot.
 */
export async function drawLot(
  verb: Verb,
  planKey: ProjectKey,
  window: Window,
  sizeOf: (frameSize: number) => number,
): Promise<DrawnLot | null> {
  return asSystem(verb, async (db) => {
    const plan = await lockPlan(db, planKey);
    if (!plan || plan.state !== "ACTIVE") throw new Conflict("The stream's plan is not active; resume it first.");
    await checkFresh(db, plan, window);
    const reads: Reads = (work) => work(db);
    const { size } = await countFrame(reads, specOfPlan(plan, window));
    return size === 0 ? null : keep({ ...verb, db }, await take(reads, { plan, window, seed: seedOf(plan, window), sizeOf }));
  });
}
