import type { Interval, Limits } from "./proportions.ts";

const LEVEL = 0.95;

/** An estimate with its interval, or without one. */
export type Estimated = { value: number | null; interval: Limits | null };

/**
 * Limits of the difference of two independent estimates, recovered from their own (MOVER, Zou & Donner 2008); for plain Wilson limits this is
 * Newcombe's method 10 (1998). They stay in -1..1 where both are shares.
 */
export function moverDifference(one: { value: number; interval: Limits }, other: { value: number; interval: Limits }): Limits {
  const difference = one.value - other.value;
  return {
    low: difference - Math.hypot(one.value - one.interval.low, other.interval.high - other.value),
    high: difference + Math.hypot(one.interval.high - one.value, other.value - other.interval.low),
  };
}

/** The 95 % interval of the difference of two independent estimates; null where one has none. */
export function differenceOf(one: Estimated, other: Estimated): Interval | null {
  const { value, interval } = one;
  if (value === null || other.value === null || !interval || !other.interval) return null;
  return { ...moverDifference({ value, interval }, { value: other.value, interval: other.interval }), level: LEVEL, method: "MOVER_DIFFERENCE" };
}
