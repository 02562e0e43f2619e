import { SLACK } from "./arithmetic.ts";
import { binomialCdf, hypergeometricCdf } from "./distributions.ts";
import { nextLowerAql } from "./milstd105e.ts";
import type { InspectionLevel } from "./switching.ts";

/**
 * What a plan promises: what is at the acceptable quality level `aql` passes with 1 - `alpha` at least, what is at the tolerance `ltpd`
 * with `beta` at most. Of a stream without a lot size, `lotSize` is null.
 */
export type PlanTerms = { aql: number; ltpd: number; lotSize: number | null; alpha?: number; beta?: number };

/** Inspect `n`, accept at `ac` defectives or fewer, reject at `re` = `ac` + 1. */
export type AcceptancePlan = { n: number; ac: number; re: number; isFullInspection: boolean };

// Decimals times counts carry binary noise: 0.29 of 100 is 29, not 28.999999999999996.
function defectivesIn(lotSize: number, rate: number, round: (value: number) => number): number {
  return round(Number((lotSize * rate).toFixed(9)));
}

type Chance = (n: number, ac: number) => number;

function chanceAt(rate: number, lotSize: number | null, round: (value: number) => number): Chance {
  if (lotSize === null) return (n, ac) => binomialCdf(ac, n, rate);
  const defectives = defectivesIn(lotSize, rate, round);
  return (n, ac) => hypergeometricCdf(ac, { lotSize, defectives, n });
}

/**
 * The operating characteristic: how likely each of these error rates is to pass. Binomial for a stream; for a lot hypergeometric, with the
 * nearest whole number of defectives.
 */
export function operatingCharacteristic({ n, ac }: { n: number; ac: number }, rates: readonly number[], lotSize: number | null): number[] {
  return rates.map((rate) => {
    if (!(rate >= 0 && rate <= 1)) throw new RangeError(`not a rate from 0 to 1: ${rate}`);
    return chanceAt(rate, lotSize, Math.round)(n, ac);
  });
}

/**
 * The plan of these terms at a level (`metrics.md` section 5). NORMAL is the smallest acceptance number with its smallest sample that keep
 * both promises; where no sample short of the lot does, all is inspected, and as many may be defective as the AQL says. TIGHTENED accepts
 * less of the same sample, or nothing of a larger one; REDUCED takes two fifths of the sample.
 */
export function computedPlan(terms: PlanTerms, level: Exclude<InspectionLevel, "DISCONTINUED">): AcceptancePlan {
  const normal = normalPlan(terms);
  if (level === "NORMAL" || normal.isFullInspection) return normal;
  const { n, ac } = normal;
  if (level === "TIGHTENED") {
    const tighter = ac === 0 ? { n: Math.ceil((n * 8) / 5), ac } : { n, ac: Math.min(ac - 1, acOneStepTighter(terms, normal)) };
    return planOf(terms, tighter);
  }
  const size = Math.ceil((n * 2) / 5);
  return planOf(terms, { n: size, ac: Math.min(ac, smallestAc(size, chanceAt(terms.aql, terms.lotSize, Math.floor), terms.alpha)) });
}

/** What a plan would accept at the next lower preferred AQL (for the switching score); one less where there is no lower one. */
export function acOneStepTighter({ aql, lotSize, alpha }: PlanTerms, { n, ac, isFullInspection }: AcceptancePlan): number {
  const lower = nextLowerAql(aql);
  if (lower === null) return Math.max(0, ac - 1);
  if (isFullInspection) return defectivesIn(n, lower, Math.floor);
  return smallestAc(n, chanceAt(lower, lotSize, Math.floor), alpha);
}

/** What a plan really risks: that what is at the AQL fails, and that what is at the LTPD passes; the latter is null without an LTPD. */
export function reachedRisks(
  { aql, ltpd, lotSize }: { aql: number; ltpd: number | null; lotSize: number | null },
  { n, ac }: { n: number; ac: number },
): { producerRisk: number; consumerRisk: number | null } {
  const producerRisk = 1 - chanceAt(aql, lotSize, Math.floor)(n, ac);
  return { producerRisk, consumerRisk: ltpd === null ? null : chanceAt(ltpd, lotSize, Math.ceil)(n, ac) };
}

/** A sample as a lot can give it: of a lot no larger all is inspected, and as many may be defective as the AQL says. */
export function planOf({ aql, lotSize }: Pick<PlanTerms, "aql" | "lotSize">, { n, ac }: { n: number; ac: number }): AcceptancePlan {
  if (lotSize === null || n < lotSize) return { n, ac, re: ac + 1, isFullInspection: false };
  const defectives = defectivesIn(lotSize, aql, Math.floor);
  return { n: lotSize, ac: defectives, re: defectives + 1, isFullInspection: true };
}

function normalPlan(terms: PlanTerms): AcceptancePlan {
  const { aql, ltpd, lotSize, alpha = 0.05, beta = 0.1 } = terms;
  if (!(aql > 0 && aql < ltpd && ltpd < 1)) throw new RangeError(`not an AQL below an LTPD, both between 0 and 1: ${aql}, ${ltpd}`);
  if (!(alpha > 0 && alpha < 1 && beta > 0 && beta < 1 - alpha)) throw new RangeError(`not risks: ${alpha}, ${beta}`);
  if (lotSize !== null && !(Number.isSafeInteger(lotSize) && lotSize >= 1)) throw new RangeError(`not a lot size: ${lotSize}`);
  const good = chanceAt(aql, lotSize, Math.floor);
  const bad = chanceAt(ltpd, lotSize, Math.ceil);
  const sizeOf = (ac: number) => firstFrom(ac + 1, lotSize ?? Infinity, (n) => bad(n, ac) <= beta + SLACK);
  const keeps = (n: number, ac: number) => good(n, ac) >= 1 - alpha - SLACK;
  const most = lotSize === null ? Infinity : defectivesIn(lotSize, aql, Math.floor);
  let ac = firstFrom(0, most, (candidate) => keeps(sizeOf(candidate), candidate));
  // Samples being whole, the promise at the AQL can fail and hold by turns near its edge, but not where it fails by more than a unit.
  for (let lower = ac - 1; lower >= 0; lower -= 1) {
    const n = sizeOf(lower);
    if (keeps(n, lower)) ac = lower;
    else if (!keeps(n - 1, lower)) break;
  }
  return planOf(terms, { n: sizeOf(ac), ac });
}

function smallestAc(n: number, good: Chance, alpha = 0.05): number {
  return firstFrom(0, n, (ac) => good(n, ac) >= 1 - alpha - SLACK);
}

// The first whole number from `low` on that holds, where all after it hold too; `high` is taken to hold.
function firstFrom(low: number, high: number, holds: (value: number) => boolean): number {
  let [from, step] = [low, 1];
  let to = low;
  while (to < high && !holds(to)) {
    from = to + 1;
    to = Math.min(high, to + step);
    step *= 2;
  }
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return to;
}
