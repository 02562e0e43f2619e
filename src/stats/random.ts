import { createHash } from "node:crypto";

/** A stream of numbers in [0, 1). */
export type Random = () => number;

/**
 * The stream with this name, always the same: mulberry32 (32 bits of state, enough for demo data, and no dependency) started from the
 * first 32 bits of the SHA-256 of the name. Streams of different names don't touch each other, so what one part of the story draws
 * never moves another part.
 */
export function randomOf(...name: readonly (string | number)[]): Random {
  let state = createHash("sha256").update(name.join("\n")).digest().readUInt32BE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number between the bounds, all equally likely. */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** One of the list, all equally likely. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!;
}

/** One of the keys, as likely as its weight. */
export function pickWeighted<K extends string>(random: Random, weights: Readonly<Partial<Record<K, number>>>): K {
  const entries = Object.entries(weights) as [K, number][];
  let left = random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  const chosen = entries.find(([, weight]) => (left -= weight) < 0) ?? entries.at(-1)!;
  return chosen[0];
}

/** A whole number around the mean that is right on average, however small the mean is. */
export function roundAtRandom(random: Random, mean: number): number {
  return Math.floor(mean + random());
}
