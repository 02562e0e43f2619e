import { Z_95 } from "./proportions.ts";

/** How precise a rate shall be: half the width of its interval, around the rate expected, with the normal quantile of its level. */
export type PrecisionTarget = {
  halfWidth: number;
  /** 0.5 where nothing is known: no other rate needs more. */
  p?: number;
  z?: number;
  /** The population, for its correction; none for a stream. */
  frameSize?: number;
};

/**
 * The sample size n0 / (1 + (n0 - 1) / N) with n0 = z²p(1 - p) / e², before it is rounded (Cochran 1977, sections 4.1 and 4.4). n0 itself
 * is never rounded.
 */
export function cochranSize({ halfWidth, p = 0.5, z = Z_95, frameSize = Infinity }: PrecisionTarget): number {
  if (!(halfWidth > 0 && halfWidth < 1)) throw new RangeError(`not a half-width above 0 and below 1: ${halfWidth}`);
  if (!(p >= 0 && p <= 1)) throw new RangeError(`not a share: ${p}`);
  if (!(frameSize >= 1)) throw new RangeError(`not a frame size: ${frameSize}`);
  const unlimited = (z * z * p * (1 - p)) / (halfWidth * halfWidth);
  return unlimited === 0 ? 0 : unlimited / (1 - 1 / frameSize + unlimited / frameSize);
}

/** How many audits meet a target: Cochran's size rounded up, at least one, and never more than the frame. */
export function sizeForPrecision(target: PrecisionTarget): number {
  // Clear of binary noise, which would make 400 out of 400.00000000000006.
  return Math.max(1, Math.ceil(Number(cochranSize(target).toFixed(9))));
}
