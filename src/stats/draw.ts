import { hash } from "node:crypto";

const BITS = 2 ** 52;

function sha256(text: string): string {
  return hash("sha256", text);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The fingerprint of a frame, the same in whatever order or case the ids come: SHA-256 of the sorted ids, one a line. */
export function frameHash(ids: readonly string[]): string {
  return sha256(ids.map((id) => id.toLowerCase()).sort(byText).join("\n"));
}

/** What an id draws under a seed. Nobody can steer it without knowing the seed, and everybody can check it afterwards. */
export function drawKey(seed: string, id: string): string {
  return sha256(`${seed}:${id.toLowerCase()}`);
}

/** A key as a number in [0, 1) by its first 52 bits, all that a double holds; SQL that reads the same bits says the same. */
export function keyFraction(key: string): number {
  return Number.parseInt(key.slice(0, 13), 16) / BITS;
}

/** What a key, as text, lies below if and only if its `keyFraction` is below the fraction. */
export function keyBound(fraction: number): string {
  const steps = Math.ceil(fraction * BITS);
  return steps >= BITS ? "g" : steps.toString(16).padStart(13, "0");
}

/** Where in its first step a systematic draw with this seed starts: the seed's own hash as a number in [0, 1). */
export function drawStart(seed: string): number {
  return keyFraction(sha256(seed));
}

/** The order in which a stratum is drawn: the first n are the sample, and each void sample is replaced by the next. */
export function drawOrder(seed: string, ids: readonly string[]): string[] {
  return ids
    .map((id) => ({ id, key: drawKey(seed, id) }))
    .sort((a, b) => byText(a.key, b.key))
    .map(({ id }) => id);
}

export type SampleTarget = { rate: number } | { size: number };

/**
 * How many of a frame to draw. A rate rounds to the nearest whole sample, halves up, and draws at least one of any frame; a size takes
 * what there is. Rates are decimals, so the product is cleared of binary noise first: 0.145 of 100 is 14.5, and draws 15.
 */
export function sampleSize(frameSize: number, target: SampleTarget): number {
  if (!Number.isSafeInteger(frameSize) || frameSize < 0) throw new RangeError(`not a frame size: ${frameSize}`);
  if ("size" in target) {
    if (!Number.isSafeInteger(target.size) || target.size < 1) throw new RangeError(`not a sample size: ${target.size}`);
    return Math.min(target.size, frameSize);
  }
  if (!(target.rate > 0 && target.rate <= 1)) throw new RangeError(`not a rate above 0 and up to 1: ${target.rate}`);
  return Math.min(frameSize, Math.max(1, Math.floor(Number((target.rate * frameSize).toFixed(9)) + 0.5)));
}

/** The chance every member of the frame had of being drawn; known before the draw, and kept when a sample turns out void. */
export function inclusionProbability(drawn: number, frameSize: number): number {
  if (!(drawn >= 0 && drawn <= frameSize && frameSize > 0)) throw new RangeError(`${drawn} drawn of ${frameSize}`);
  return drawn / frameSize;
}

/**
 * True for the share `rate` of samples that a second auditor looks at too, whatever else was drawn. Its hash is not the one that drew the
 * sample, so that early and late samples of a stratum are as likely.
 */
export function isDoubleAudited(seed: string, id: string, rate: number): boolean {
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`not a rate from 0 to 1: ${rate}`);
  return keyFraction(drawKey(`${seed}:double`, id)) < rate;
}
