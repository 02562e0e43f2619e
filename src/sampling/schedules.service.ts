import { Refusal } from "../core/errors.ts";
import { SYSTEM_VIEWER } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import { Later } from "../db/steps.ts";
import { append } from "../events/outbox.ts";
import type { Window } from "../frames/rules.ts";
import { FrameChanged } from "../frames/service.ts";
import { nextDraw, windowOf } from "../plans/schedule.service.ts";
import { effectiveSettings } from "../projects/rules.ts";
import { type Drawn, keep, KEEP_TIMEOUT_MS, refuseStale, seedOf, take } from "./draws.service.ts";
import { lockPlan } from "./draws.store.ts";
import { type DuePlan, findDuePlan, setNextDraw } from "./store.ts";

async function endDue(db: Db, { plan: due, timeZone }: DuePlan, window: Window, drawn: Drawn | Refusal): Promise<number> {
  const plan = await lockPlan(db, due);
  const isSame = plan?.state === "ACTIVE" && plan.version === due.version && plan.nextDrawAt?.getTime() === due.nextDrawAt!.getTime();
  if (!isSame) return 1;
  const verb = { db, viewer: SYSTEM_VIEWER, now: new Date() };
  const refusal = drawn instanceof Refusal ? drawn : await refuseStale(db, plan, window);
  if (refusal) {
    const subject = { projectId: plan.projectId, subjectType: "SamplingPlan", subjectId: plan.id };
    const payload = { windowFrom: window.from, windowTo: window.to };
    await append(verb, [{ ...subject, type: "sampling_plan.drawSkipped", payload, reason: refusal.message, audience: {} }]);
  } else await keep(verb, drawn as Drawn);
  await setNextDraw(db, plan, nextDraw(plan.schedule!, timeZone, plan.nextDrawAt!), verb.now);
  return 1;
}

/**
 * Draws the window of the plan whose schedule came first, as the system; 0 if none has come. A window that can't be drawn (drawn already,
 * empty, too large) is skipped with the reason in an event; one that changed meanwhile is left to the next attempt.
 */
export async function drawDue(db: Db, now: Date): Promise<number | Later<Db, number>> {
  const due = await findDuePlan(db, now);
  if (!due) return 0;
  const { plan, timeZone, settings } = due;
  const window = windowOf(plan, timeZone, plan.nextDrawAt!, effectiveSettings(settings).weekStartsOn);
  return new Later(async (reads) => {
    const drawn = await take(reads, { plan, window, seed: seedOf(plan, window) }).catch((error: unknown) => {
      if (error instanceof Refusal && !(error instanceof FrameChanged)) return error;
      throw error;
    });
    return (last: Db) => endDue(last, due, window, drawn);
  }, KEEP_TIMEOUT_MS);
}
