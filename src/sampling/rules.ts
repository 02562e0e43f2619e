import { InvalidInput } from "../core/errors.ts";

/** 1 to 200 characters of the caller's choice. */
export function checkSeed(seed: string): string {
  if (seed.length < 1 || seed.length > 200) throw new InvalidInput(`seed: must have 1 to 200 characters, has ${seed.length}.`, ["seed"]);
  return seed;
}

/** A window that has ended: a decision made later in it could never be drawn, since windows of a plan don't overlap. */
export function checkWindow(from: Date, to: Date, now: Date): void {
  if (from >= to) throw new InvalidInput(`windowTo: ${to.toISOString()} must be after windowFrom.`, ["windowTo"]);
  if (to > now) throw new InvalidInput(`windowTo: ${to.toISOString()} has not come yet; draw once the window is over.`, ["windowTo"]);
}
