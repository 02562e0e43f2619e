import { SLACK } from "./arithmetic.ts";
import { type Cell, formCells, pool } from "./cells.ts";
import { type Count, readCount } from "./counts.ts";
import { combineParts, effectiveSize, type Interval, type Limits, wilson, wilsonOfPopulation, Z_95 } from "./proportions.ts";
import { zOfLevel } from "./quantiles.ts";
import { distinctStrata, frameCoverage, type RatioCounts, type StratumCounts, weighCounts, weighRatio } from "./strata.ts";

/** POPULATION describes the finite period that was sampled; PROCESS what made it, so no interval shrinks because all was seen. */
export type Basis = "POPULATION" | "PROCESS";

export type EstimateReason = "NO_DATA" | "ZERO_DENOMINATOR" | "PARTIAL_COVERAGE";

export type Estimate = {
  value: number | null;
  numerator: number | null;
  denominator: number | null;
  n: number;
  weighted: boolean;
  interval: Interval | null;
  reason: EstimateReason | null;
};

export type EstimationOptions = {
  basis: Basis;
  /** The level of the interval; 0.95 if absent. */
  level?: number;
  /** Share of the frame in audited strata, for callers whose rows leave out the strata in which the group has no audit. */
  coverage?: number;
  minCoverage?: number;
  minCellAudits?: number;
  /** Where `x` counts parts of a case: so many make a whole one. */
  partsPerCase?: number;
};

/** A value says nothing of a frame of which less than this lies in audited strata (default). */
export const MIN_COVERAGE = 0.9;

/** Cells with fewer audits than this are merged (default). */
export const MIN_CELL_AUDITS = 10;

const LEVEL = 0.95;

const NO_DATA: Estimate = {
  value: null, numerator: 0, denominator: 0, n: 0, weighted: false, interval: null, reason: "NO_DATA",
};

/**
 * Hájek's ratio Σwx / Σwn of a group (Horvitz-Thompson weights; Lohr) with its interval, the same to the last bit in whatever
 * order the rows come. Null with a reason, never 0 or NaN, where nothing can be said: no audit, none in the denominator, or too much
 * of the frame in strata nobody audited.
 */
export function estimateRate(strata: readonly StratumCounts[], options: EstimationOptions): Estimate {
  const { basis, level, minCellAudits = MIN_CELL_AUDITS } = options;
  const { cells, n, inGroup } = weighCounts(strata, options.partsPerCase);
  return estimateOf(cells, { n, inGroup }, strata, options, (whole) => intervalOf(whole, formCells(cells, minCellAudits), basis, level));
}

/** As `estimateRate`, of what may count several things in one audit, such as failed criteria; no interval is known for it. */
export function estimateRatio(strata: readonly RatioCounts[], options: Omit<EstimationOptions, "basis">): Estimate {
  const { cells, n, inGroup } = weighRatio(strata);
  return estimateOf(cells, { n, inGroup }, strata, options, () => null);
}

function estimateOf(
  cells: readonly Cell[],
  { n, inGroup }: { n: number; inGroup: number },
  strata: readonly StratumCounts[],
  { minCoverage = MIN_COVERAGE, coverage = frameCoverage(distinctStrata(strata)) }: Omit<EstimationOptions, "basis">,
  intervalOver: (whole: Cell) => Interval | null,
): Estimate {
  if (inGroup === 0) return NO_DATA;
  const whole = isSome(cells) ? pool(cells) : null;
  if (coverage < minCoverage - SLACK) return { ...NO_DATA, numerator: null, denominator: null, n, reason: "PARTIAL_COVERAGE" };
  if (!whole) return { ...NO_DATA, reason: "ZERO_DENOMINATOR" };
  const weighted = whole.weight === null;
  return {
    value: shareOf(whole),
    numerator: weighted ? whole.weightedX : whole.x,
    denominator: weighted ? whole.weightSum : whole.n,
    n,
    weighted,
    interval: intervalOver(whole),
    reason: coverage < 1 ? "PARTIAL_COVERAGE" : null,
  };
}

/**
 * A share of cases that carry no weight (targeted and golden work, and rates of things that were not sampled), with the plain Wilson
 * interval. `cases` counts all there are, where the denominator `n` is a restricted part of them.
 */
export function plainRate(counts: { x: Count; n: Count; cases?: Count; partsPerCase?: number }): Estimate {
  const n = readCount(counts.n, "n");
  const x = readCount(counts.x, "x") / (counts.partsPerCase ?? 1);
  const cases = readCount(counts.cases ?? n, "cases");
  if (x > n || n > cases) throw new RangeError(`counts out of order: ${x}, ${n}, ${cases}`);
  if (n === 0) return cases === 0 ? NO_DATA : { ...NO_DATA, reason: "ZERO_DENOMINATOR" };
  const interval: Interval = { ...wilson(x / n, n), level: LEVEL, method: "WILSON" };
  return { value: x / n, numerator: x, denominator: n, n, weighted: false, interval, reason: null };
}

function isSome<T>(all: readonly T[]): all is readonly [T, ...T[]] {
  return all.length > 0;
}

function shareOf(cell: Cell): number {
  return cell.weight === null ? cell.weightedX / cell.weightSum : cell.x / cell.n;
}

function populationOf(cell: Cell): number {
  return cell.weight === null ? cell.weightSum : cell.weight * cell.n;
}

function limitsOf(cell: Cell, basis: Basis, level: number): Limits {
  const size = cell.weight === null ? effectiveSize(cell.weightSum, cell.squaredWeightSum) : cell.n;
  const z = level === LEVEL ? Z_95 : zOfLevel(level);
  return basis === "PROCESS" ? wilson(shareOf(cell), size, z) : wilsonOfPopulation(shareOf(cell), size, populationOf(cell), z);
}

/**
 * The interval, of 95 % unless another level is asked for, of `whole` over the cells that it consists of: of one cell its own (Wilson, with
 * Kish's effective size where weights differ), of several the limits recovered from theirs.
 */
export function intervalOf(whole: Cell, cells: readonly Cell[], basis: Basis, level = LEVEL): Interval {
  if (cells.length === 1) {
    const ofEqualWeights = basis === "PROCESS" ? "WILSON" : "WILSON_FPC";
    const { low, high } = limitsOf(whole, basis, level);
    return { low, high, level, method: whole.weight === null ? "WILSON_KISH" : ofEqualWeights };
  }
  const total = cells.reduce((sum, cell) => sum + populationOf(cell), 0);
  const parts = cells.map((cell) => ({ ...limitsOf(cell, basis, level), p: shareOf(cell), share: populationOf(cell) / total }));
  return { ...combineParts(shareOf(whole), parts), level, method: basis === "PROCESS" ? "MOVER_WILSON" : "MOVER_WILSON_FPC" };
}
