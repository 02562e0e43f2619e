import { InvalidInput } from "../core/errors.ts";
import type { Day } from "../core/time.ts";
import { controlChart, type Subgroup } from "../stats/control.ts";
import { tabularCusum } from "../stats/cusum.ts";
import { ewmaOfRates } from "../stats/ewma.ts";
import { RUN_RULES, runSignals } from "../stats/runs.ts";

export const CHART_KINDS = ["P", "LANEY_P", "EWMA", "CUSUM"] as const;
export type ChartKind = (typeof CHART_KINDS)[number];
export const CHART_SOURCES = ["AUDITS", "GOLDEN"] as const;
export type ChartSource = (typeof CHART_SOURCES)[number];
export const CHART_UNITS = ["DAY", "WEEK"] as const;

/** The run rules of P and LANEY_P, and the one limit of EWMA and CUSUM. */
export const SIGNAL_RULES = [...RUN_RULES, "BEYOND_LIMIT"] as const;
export type SignalRule = (typeof SIGNAL_RULES)[number];

/** How a chart is drawn; defaults where the asker leaves them open. */
export interface ChartTerms {
  /** By the size of the subgroups if null: LANEY_P from a mean of 300 on. */
  kind: ChartKind | null;
  lambda: number;
  width: number;
  k: number;
  h: number;
}

/** Cases of one day or week and the errors among them. */
export interface DatedSubgroup {
  from: Day;
  n: number;
  x: number;
}

/** A subgroup as it is drawn. */
export interface DrawnPoint extends DatedSubgroup {
  statistic: number;
  /** Sums below the centre, of CUSUM alone. */
  below: number | null;
  low: number | null;
  high: number;
  signals: readonly SignalRule[];
}

/** A rule that points completed: the last of `points` completes it. */
export interface ChartSignal {
  rule: SignalRule;
  points: readonly Day[];
}

/** A chart; without cases in the baseline it has no centre, no points and no signals. */
export interface DrawnChart {
  kind: ChartKind;
  center: number | null;
  /** Of LANEY_P alone. */
  sigmaZ: number | null;
  points: DrawnPoint[];
  signals: ChartSignal[];
}

/** How many points in a row a rule looks at. */
const LOOKS_AT: Record<SignalRule, number> = {
  BEYOND_3_SIGMA: 1, TWO_OF_THREE_2_SIGMA: 3, FOUR_OF_FIVE_1_SIGMA: 5, EIGHT_ONE_SIDE: 8, BEYOND_LIMIT: 1,
};

type Statistics = Omit<DrawnPoint, keyof DatedSubgroup>[];

/** The chart of subgroups in time order around what is usual in the baseline (metrics.md 6). CUSUM sums rates in binomial standard deviations. */
export function drawChart(subgroups: readonly DatedSubgroup[], baseline: readonly Subgroup[], terms: ChartTerms): DrawnChart {
  const asked = terms.kind === "P" ? "P" : terms.kind === "LANEY_P" ? "LANEY" : undefined;
  const shewhart = controlChart(subgroups, { baseline, kind: terms.kind === "EWMA" || terms.kind === "CUSUM" ? "P" : asked });
  const { center, sigmaZ } = shewhart;
  const kind = terms.kind === "EWMA" || terms.kind === "CUSUM" ? terms.kind : shewhart.kind === "LANEY" ? "LANEY_P" : "P";
  if (center === null) return { kind: terms.kind ?? kind, center, sigmaZ: null, points: [], signals: [] };
  const statistics = (): Statistics => {
    if (kind === "EWMA") return averages(subgroups, baseline, terms);
    if (kind === "CUSUM") return sums(shewhart.points, center, terms);
    const rules = runSignals(shewhart.points, center);
    return shewhart.points.map(({ value, low, high }, index) => ({ statistic: value!, below: null, low, high: high!, signals: rules[index]! }));
  };
  const drawn = statistics();
  const points = subgroups.map((subgroup, index) => ({ ...subgroup, ...drawn[index]! }));
  const signals = points.flatMap(({ signals: rules }, index) => rules.map((rule) => ({
    rule, points: points.slice(Math.max(0, index + 1 - LOOKS_AT[rule]), index + 1).map(({ from }) => from),
  })));
  return { kind, center, sigmaZ, points, signals };
}

const beyond = (isSignal: boolean): SignalRule[] => (isSignal ? ["BEYOND_LIMIT"] : []);

function averages(subgroups: readonly DatedSubgroup[], baseline: readonly Subgroup[], { lambda, width }: ChartTerms): Statistics {
  const { points } = ewmaOfRates(subgroups, { baseline, lambda, width });
  return points.map(({ value, low, high, isSignal }) => ({ statistic: value!, below: null, low, high: high!, signals: beyond(isSignal) }));
}

function sums(points: readonly { value: number | null; sigma: number | null }[], center: number, { k, h }: ChartTerms): Statistics {
  const scores = points.map(({ value, sigma }) => (sigma ? (value! - center) / sigma : null));
  return tabularCusum(scores, { target: 0, k, h }).map(({ high: statistic, low: below, isSignal }) => ({ statistic, below, low: null, high: h, signals: beyond(isSignal) }));
}

const RANGES = { lambda: [0, 1], width: [0, 10], k: [0, 10], h: [0, 100] } as const;

/** Refuses weights and limits that no chart has. */
export function checkTerms(terms: ChartTerms): void {
  for (const [name, [least, most]] of Object.entries(RANGES) as [keyof typeof RANGES, readonly [number, number]][]) {
    const value = terms[name];
    if ((value > least || (name === "k" && value === 0)) && value <= most) continue;
    throw new InvalidInput(`${name}: ${value} must be above ${least} and at most ${most}.`, [name]);
  }
}
