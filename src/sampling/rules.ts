import { InvalidInput } from "../core/errors.ts";
import { checkOrder, type FrameSpec } from "../frames/rules.ts";
import type { SamplingPlanRow } from "../plans/table.ts";
import type { Design, SamplingRunRow } from "./table.ts";

/** 1 to 200 characters of the caller's choice. */
export function checkSeed(seed: string): string {
  if (seed.length < 1 || seed.length > 200) throw new InvalidInput(`seed: must have 1 to 200 characters, has ${seed.length}.`, ["seed"]);
  return seed;
}

/** A window that has ended: a decision made later in it could never be drawn, since windows of a plan don't overlap. */
export function checkWindow(from: Date, to: Date, now: Date): void {
  checkOrder(from, to);
  if (to > now) throw new InvalidInput(`windowTo: ${to.toISOString()} has not come yet; draw once the window is over.`, ["windowTo"]);
}

const DESIGN = [
  "rate", "size", "halfWidth", "precisionBy", "expectedAccuracy", "strataBy", "allocation", "minPerStratum", "minPerLabeler",
  "capPerLabeler", "doubleAuditRate",
] as const satisfies readonly (keyof Design)[];

/** What a run keeps of its plan. */
export function designOf(plan: SamplingPlanRow): Design {
  return Object.fromEntries(DESIGN.map((name) => [name, plan[name]])) as Design;
}

/** The frame of a run, as its plan was then. */
export function specOfRun(run: SamplingRunRow): FrameSpec {
  const { projectId, purpose, method, frame, frameCovers, design, windowFrom, windowTo } = run;
  return { projectId, purpose, method, frame, frameCovers, strataBy: design.strataBy ?? [], from: windowFrom, to: windowTo };
}
