import { SLACK } from "./arithmetic.ts";
import { drawOrder, drawStart } from "./draw.ts";

function checkSize(n: number, frameSize: number): void {
  if (!(Number.isSafeInteger(n) && n >= 0 && n <= frameSize)) throw new RangeError(`${n} drawn of ${frameSize}`);
}

/**
 * The places (from 0) of a systematic sample of `n` in an ordered frame: every N/n-th, from a start within the first step that the seed
 * decides. Everyone's chance is n / N. Exact in whole numbers, so that no place comes twice or falls behind the end.
 */
export function systematicPlaces(seed: string, frameSize: number, n: number): number[] {
  checkSize(n, frameSize);
  const whole = 2n ** 52n;
  const start = BigInt(drawStart(seed) * 2 ** 52);
  const [size, count] = [BigInt(frameSize), BigInt(n)];
  return Array.from({ length: n }, (_, k) => Number(((start + BigInt(k) * whole) * size) / (count * whole)));
}

/**
 * Chances of being drawn in proportion to size, n·x / Σx. Those that would reach 1 are taken for certain and the rest is computed anew
 * without them: in order of size, the k-th largest is certain if (n - k + 1)·x reaches the sum from it on. They sum to `n`. A size of 0
 * is refused: it could never be drawn, and every figure would be blind to it.
 */
export function proportionalProbabilities(sizes: readonly number[], n: number): number[] {
  checkSize(n, sizes.length);
  if (!sizes.every((size) => size > 0 && Number.isFinite(size))) throw new RangeError("a size is not above 0");
  const descending = sizes.map((size, index) => ({ size, index })).sort((a, b) => b.size - a.size);
  const sumFrom = new Float64Array(sizes.length + 1);
  for (let k = sizes.length - 1; k >= 0; k -= 1) sumFrom[k] = sumFrom[k + 1]! + descending[k]!.size;
  let certain = 0;
  while (certain < n && (n - certain) * descending[certain]!.size >= sumFrom[certain]! * (1 - SLACK)) certain += 1;
  const result = new Array<number>(sizes.length);
  for (const [rank, { size, index }] of descending.entries()) {
    result[index] = rank < certain ? 1 : ((n - certain) * size) / sumFrom[certain]!;
  }
  return result;
}

/** A drawn member of a frame and the chance that it had. */
export type ProportionalSample = { id: string; inclusionProbability: number };

/**
 * A sample of exactly `n` with chances in proportion to size: the certain ones, and a systematic pass over the others laid end to end in
 * the order of their keys (Madow 1949). In the order of keys. The same frame and seed give the same sample, in whatever order it comes.
 */
export function drawProportional(seed: string, frame: readonly { id: string; size: number }[], n: number): ProportionalSample[] {
  const ofId = new Map(frame.map((member) => [member.id, member]));
  const ordered = drawOrder(seed, [...ofId.keys()]).map((id) => ofId.get(id)!);
  const probabilities = proportionalProbabilities(ordered.map(({ size }) => size), n);
  const places = n - probabilities.filter((probability) => probability === 1).length;
  const length = probabilities.reduce((sum, probability) => sum + (probability < 1 ? probability : 0), 0);
  const start = drawStart(seed);
  const sample: ProportionalSample[] = [];
  let [laid, taken] = [0, 0];
  for (const [index, inclusionProbability] of probabilities.entries()) {
    if (inclusionProbability < 1) {
      laid += inclusionProbability;
      const passed = laid >= length ? places : Math.min(places, Math.ceil((laid / length) * places - start));
      if (passed <= taken) continue;
      taken += 1;
    }
    sample.push({ id: ordered[index]!.id, inclusionProbability });
  }
  return sample;
}
