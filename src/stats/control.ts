import { type Count, readCount } from "./counts.ts";

/** P: limits from the binomial spread alone. LANEY: widened (or narrowed) by how much subgroups really differ, the p′ chart. */
export const CHART_KINDS = ["P", "LANEY"] as const;
export type ChartKind = (typeof CHART_KINDS)[number];

/** A subgroup in time order: `x` of `n`. */
export type Subgroup = { x: Count; n: Count };

/** A subgroup's rate, the standard deviation that it is judged by, and its 3-sigma limits; all null where it is empty. */
export type ChartPoint = { value: number | null; sigma: number | null; low: number | null; high: number | null };

export type ControlChart = {
  kind: ChartKind;
  /** The pooled rate of the baseline; null (as are all limits) without one. */
  center: number | null;
  /** Spread of the baseline's subgroups in units of the binomial one; null for P. */
  sigmaZ: number | null;
  points: ChartPoint[];
};

export type ChartOptions = {
  /** Subgroups that show what is usual; the points themselves if absent. */
  baseline?: readonly Subgroup[];
  /** By the size of the subgroups if absent. */
  kind?: ChartKind;
};

/** Mean subgroup size from which a p-chart signals too often, since real processes vary by more than chance. */
export const LANEY_FROM_MEAN_SIZE = 300;

// d2 of two: the mean distance of two standard normal variables, as printed in the tables.
const D2_OF_TWO = 1.128;

/**
 * A control chart of rates: p̄ ± 3√(p̄(1-p̄)/n_i) cut to [0,1] (Shewhart), or p̄ ± 3σ_iσ_z with σ_z from the moving range of the baseline's
 * z-scores (Laney 2002), which takes two subgroups at least; with fewer it is a p-chart.
 */
export function controlChart(subgroups: readonly Subgroup[], { baseline = subgroups, kind }: ChartOptions = {}): ControlChart {
  const points = subgroups.map(read);
  const usual = baseline.map(read).filter(({ n }) => n > 0);
  const size = usual.reduce((sum, { n }) => sum + n, 0);
  const center = size > 0 ? usual.reduce((sum, { x }) => sum + x, 0) / size : null;
  const asked = kind ?? (meanSize(points) >= LANEY_FROM_MEAN_SIZE ? "LANEY" : "P");
  const sigmaZ = asked === "LANEY" && center !== null ? spreadOf(usual, center) : null;
  const pointOf = ({ x, n }: Read): ChartPoint => {
    if (n === 0) return { value: null, sigma: null, low: null, high: null };
    const value = x / n;
    if (center === null) return { value, sigma: null, low: null, high: null };
    const sigma = binomialSigma(center, n) * (sigmaZ ?? 1);
    return { value, sigma, low: Math.max(0, center - 3 * sigma), high: Math.min(1, center + 3 * sigma) };
  };
  return { kind: sigmaZ === null ? "P" : "LANEY", center, sigmaZ, points: points.map(pointOf) };
}

type Read = { x: number; n: number };

function read(subgroup: Subgroup): Read {
  const [x, n] = [readCount(subgroup.x, "x"), readCount(subgroup.n, "n")];
  if (x > n) throw new RangeError(`counts out of order: ${x}, ${n}`);
  return { x, n };
}

function meanSize(points: readonly Read[]): number {
  const sizes = points.flatMap(({ n }) => (n > 0 ? [n] : []));
  return sizes.length === 0 ? 0 : sizes.reduce((sum, n) => sum + n, 0) / sizes.length;
}

/** The standard deviation of a rate of `n` cases that truly is `p`, √(p(1-p)/n). */
export function binomialSigma(p: number, n: number): number {
  return Math.sqrt((p * (1 - p)) / n);
}

function spreadOf(usual: readonly Read[], center: number): number | null {
  if (usual.length < 2 || center === 0 || center === 1) return null;
  const scores = usual.map(({ x, n }) => (x / n - center) / binomialSigma(center, n));
  const ranges = scores.slice(1).map((score, i) => Math.abs(score - scores[i]!));
  return ranges.reduce((sum, range) => sum + range, 0) / ranges.length / D2_OF_TWO;
}
