import { randomBytes } from "node:crypto";
import { Conflict } from "../core/errors.ts";
import { encodeId, newId, type ProjectKey } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { takePlan } from "../plans/service.ts";
import type { SamplingPlanRow } from "../plans/table.ts";
import { auditDueAt } from "../samples/rules.ts";
import { inclusionProbability, sampleSize } from "../stats/draw.ts";
import { findRunWithin, findTimeZone, insertRun, insertSamples, lockPlan, measureFrame, type Window } from "./draws.store.ts";
import { checkSeed, checkWindow } from "./rules.ts";

/** What drawSamples takes beside the plan. */
export interface DrawRequest {
  windowFrom: Date;
  windowTo: Date;
  seed?: string | null;
}

async function checkFresh(db: Db, plan: SamplingPlanRow, window: Window): Promise<void> {
  const run = await findRunWithin(db, plan, window);
  if (!run) return;
  const span = `${run.windowFrom.toISOString()} to ${run.windowTo.toISOString()}`;
  const id = encodeId("SamplingRun", { projectId: plan.projectId, id: run.id });
  throw new Conflict(`Run ${id} of this plan has drawn ${span} already; a decision may be drawn once a plan. Start at its end.`, ["windowFrom"]);
}

// The frame belongs to the plan, not to whoever draws: what a lead is blind to is in it too.
async function drawFrame(db: Db, verb: Verb, plan: SamplingPlanRow, window: Window, seed: string, sizeOf: (frameSize: number) => number) {
  const { size: frameSize, hash: frameHash } = await measureFrame(db, plan, window);
  if (frameSize === 0) throw new Conflict("No decision of this window passes the plan's frame; there is nothing to draw.", ["windowFrom"]);
  const count = sampleSize(frameSize, { size: sizeOf(frameSize) });
  const { projectId, layer, purpose, frame, frameCovers } = plan;
  const [runId, stratumId] = [newId(verb.now), newId(verb.now)];
  await insertRun(
    db,
    {
      projectId, id: runId, planId: plan.id, layer, purpose, frame, frameCovers, seed, windowFrom: window.from, windowTo: window.to,
      frameSize, frameHash, sampleSize: count, drawnById: verb.viewer.principalId, drawnAt: verb.now,
    },
    { projectId, id: stratumId, runId, key: plan.id, frameSize, sampleSize: count },
  );
  const dueAt = auditDueAt(verb.now, await findTimeZone(db, projectId));
  const common = { plan, runId, stratumId, seed, frameHash, count, dueAt, drawnAt: verb.now };
  const drawn = await insertSamples(db, { ...window, ...common, inclusionProbability: inclusionProbability(count, frameSize) });
  if (drawn !== count) throw new Conflict("Decisions of this window came in while it was being drawn; draw again.", ["windowTo"]);
  const subject = { projectId, subjectType: "SamplingRun", subjectId: runId };
  await append({ ...verb, db }, [{ ...subject, type: "sampling_run.drawn", payload: { frameSize, sampleSize: count }, audience: {} }]);
  return { runId, frameSize, sampleSize: count };
}

/** What was drawn of a lot. */
export interface DrawnLot {
  runId: string;
  /** Decisions in the lot (N), and drawn of it (n). */
  frameSize: number;
  sampleSize: number;
}

/**
 * Draws a lot of an inspection stream's plan by simple random, `sizeOf` saying how many of so many, as the system and in the transaction
 * of a verb or job. Its caller has checked the viewer. Null, and no run, where the window holds no decision of the lot.
 */
export async function drawLot(verb: Verb, planKey: ProjectKey, window: Window, sizeOf: (frameSize: number) => number): Promise<DrawnLot | null> {
  return asSystem(verb, async (db) => {
    const plan = await lockPlan(db, planKey);
    if (!plan || plan.state !== "ACTIVE") throw new Conflict("The stream's plan is not active; resume it first.");
    await checkFresh(db, plan, window);
    const { size } = await measureFrame(db, plan, window);
    return size === 0 ? null : drawFrame(db, verb, plan, window, randomBytes(16).toString("hex"), sizeOf);
  });
}

/**
 * Draws a simple random sample of the decisions of a window that pass the plan's frame. The frame is frozen by its hash; the same frame
 * and seed give the same sample on every database. Every decision is drawn at most once a plan, since windows of its runs don't overlap.
 */
export async function drawSamples(verb: Verb, planKey: ProjectKey, request: DrawRequest): Promise<ProjectKey> {
  const window = { from: request.windowFrom, to: request.windowTo };
  const { plan } = await takePlan(verb, planKey, "drawSamples", null);
  checkWindow(window.from, window.to, verb.now);
  await checkFresh(verb.db, plan, window);
  const seed = request.seed == null ? randomBytes(16).toString("hex") : checkSeed(request.seed);
  const sizeOf = (frameSize: number) => sampleSize(frameSize, plan.rate === null ? { size: plan.size! } : { rate: plan.rate });
  const { runId } = await asSystem(verb, (db) => drawFrame(db, verb, plan, window, seed, sizeOf));
  return { projectId: plan.projectId, id: runId };
}
