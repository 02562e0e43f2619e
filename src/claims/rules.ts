import { InvalidInput } from "../core/errors.ts";

const MAX_CLAIM = 20;

/** 1 to 20 samples. */
export function checkCount(count: number): number {
  if (count < 1 || count > MAX_CLAIM) throw new InvalidInput(`count: ${count} must be 1 to ${MAX_CLAIM}.`, ["count"]);
  return count;
}
