import { stopClocksAt } from "../clocks/service.ts";
import { Refusal } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import { causeOf } from "../db/failures.ts";
import type { Db } from "../db/lease.ts";
import { Later } from "../db/steps.ts";
import { asWorker } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import type { Window } from "../frames/rules.ts";
import { FrameChanged } from "../frames/service.ts";
import { nextDraw, windowOf } from "../plans/schedule.service.ts";
import type { SamplingPlanRow } from "../plans/table.ts";
import { effectiveSettings } from "../projects/rules.ts";
import { type Drawn, keep, KEEP_TIMEOUT_MS, refuseStale, seedOf, take } from "./draws.service.ts";
import { lockPlan } from "./draws.store.ts";
import { type DuePlan, findDuePlan, listAuditedRuns, setNextDraw } from "./store.ts";

const PATIENCE_MS = 600_000;

/** When the system tries again what it failed to draw: in ten minutes, so that meanwhile nothing else waits for it. */
export function retryAt(now: Date): Date {
  return new Date(now.getTime() + PATIENCE_MS);
}

/** The event of a window that the system did not draw, for those who see plans. */
export function skippedEvent({ projectId, id }: ProjectKey, { from, to }: Window, reason: string): EventDraft {
  const subject = { projectId, type: "sampling_plan.drawSkipped", subjectType: "SamplingPlan", subjectId: id };
  return { ...subject, payload: { windowFrom: from, windowTo: to }, reason, audience: {} };
}

/** What to tell leads of a draw that failed: the database's or the code's own words, without statement and parameters. */
export function failureReason(error: unknown, again: string): string {
  const cause = causeOf(error);
  return `The draw failed: ${cause instanceof Error ? cause.message : String(cause)}. ${again}`;
}

// The plan, locked; null where it was changed, or drawn from, since it was found due.
async function lockDue(db: Db, { plan: due }: DuePlan): Promise<SamplingPlanRow | null> {
  const plan = await lockPlan(db, due);
  const isSame = plan?.state === "ACTIVE" && plan.version === due.version && plan.nextDrawAt?.getTime() === due.nextDrawAt!.getTime();
  return isSame ? plan : null;
}

async function endDue(db: Db, due: DuePlan, window: Window, drawn: Drawn | Refusal): Promise<number> {
  const plan = await lockDue(db, due);
  if (!plan) return 1;
  const verb = asWorker(db, new Date());
  const refusal = drawn instanceof Refusal ? drawn : await refuseStale(db, plan, window);
  if (refusal) await append(verb, [skippedEvent(plan, window, refusal.message)]);
  else await keep(verb, drawn as Drawn);
  await setNextDraw(db, plan, nextDraw(plan.schedule!, due.timeZone, plan.nextDrawAt!), verb.now);
  return 1;
}

function windowAt({ plan, timeZone, settings }: DuePlan, at: Date): Window {
  return windowOf(plan, timeZone, at, effectiveSettings(settings).weekStartsOn);
}

// Tried again while that would draw the same window; then the schedule goes on without it.
async function putOff(db: Db, due: DuePlan, now: Date, error: unknown): Promise<number> {
  const plan = await lockDue(db, due);
  if (!plan) return 1;
  const [window, again, following] = [windowAt(due, plan.nextDrawAt!), retryAt(now), nextDraw(plan.schedule!, due.timeZone, plan.nextDrawAt!)];
  const isAgain = again < following && windowAt(due, again).to.getTime() === window.to.getTime();
  const words = isAgain ? `It is tried again at ${again.toISOString()}.` : "Its time is over; draw this window by hand.";
  const verb = asWorker(db, new Date());
  await append(verb, [skippedEvent(plan, window, failureReason(error, words))]);
  await setNextDraw(db, plan, isAgain ? again : following, verb.now);
  return 1;
}

/**
 * Draws the window of the plan whose schedule came first, as the system; 0 if none has come. A window that can't be drawn (drawn already,
 * empty, too large) is skipped with the reason in an event. One that changed meanwhile, or whose draw failed, is put off by ten minutes
 * with the reason in such an event, so that other plans come next.
 */
export async function drawDue(db: Db, now: Date): Promise<number | Later<Db, number>> {
  const due = await findDuePlan(db, now);
  if (!due) return 0;
  const { plan } = due;
  const window = windowAt(due, plan.nextDrawAt!);
  return new Later(async (reads) => {
    const drawn = await take(reads, { plan, window, seed: seedOf(plan, window) }).catch((error: unknown) => {
      if (error instanceof Refusal && !(error instanceof FrameChanged)) return error;
      throw error;
    });
    return (last: Db) => endDue(last, due, window, drawn);
  }, KEEP_TIMEOUT_MS, (error) => (last: Db) => putOff(last, due, now, error));
}

const BATCH = 200;

/**
 * Stops the clocks of runs whose samples are all audited, void or given up, as of when the last of them was; those of one project at a time: of
 * how many. Call again until it answers 0.
 */
export async function stopAudited(db: Db, now: Date): Promise<number> {
  const runs = await listAuditedRuns(db, BATCH);
  const [first] = runs;
  if (!first) return 0;
  const done = runs.filter(({ projectId }) => projectId === first.projectId);
  await stopClocksAt(asWorker(db, now), first.projectId, new Map(done.map(({ id, endedAt }) => [id, new Date(endedAt ?? now)])), ["AUDIT_DUE"]);
  return done.length;
}
