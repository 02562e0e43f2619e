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
import { findRunWithin, findTimeZone, insertRun, insertSamples, measureFrame, type Window } from "./draws.store.ts";
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
async function drawFrame(db: Db, verb: Verb, plan: SamplingPlanRow, window: Window, seed: string) {
  const { size: frameSize, hash: frameHash } = await measureFrame(db, plan, window);
  if (frameSize === 0) throw new Conflict("No decision of this window passes the plan's frame; there is nothing to draw.", ["windowFrom"]);
  const count = sampleSize(frameSize, plan.rate === null ? { size: plan.size! } : { rate: plan.rate });
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
  return { runId, frameSize, count };
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
  const { runId, frameSize, count } = await asSystem(verb, (db) => drawFrame(db, verb, plan, window, seed));
  const subject = { projectId: plan.projectId, subjectType: "SamplingRun", subjectId: runId };
  await append(verb, [{ ...subject, type: "sampling_run.drawn", payload: { frameSize, sampleSize: count }, audience: {} }]);
  return { projectId: plan.projectId, id: runId };
}
