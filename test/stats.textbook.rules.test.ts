import { describe, expect, it } from "vitest";
import { fleissKappa, gwetAc1, percentAgreement } from "../src/stats/agreement.ts";
import { krippendorffAlpha } from "../src/stats/alpha.ts";
import { controlChart } from "../src/stats/control.ts";
import { tabularCusum } from "../src/stats/cusum.ts";
import { ewma } from "../src/stats/ewma.ts";
import { cohenKappa } from "../src/stats/kappa.ts";
import { prevalence, type RatingTable, tableOfRatings } from "../src/stats/ratings.ts";
import { runSignals } from "../src/stats/runs.ts";
import { expectPublished, textbookCases, toleranceOf, whyNot } from "./kit/textbook.ts";

type Figures = Record<string, unknown>;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Of a table of two raters the items, each with its two ratings. */
function ofPairs(table: number[][]): RatingTable {
  const one = (i: number, j: number) => table.map((_, k) => (k === i ? 1 : 0) + (k === j ? 1 : 0));
  return tableOfRatings(table.length, table.flatMap((row, i) => row.map((times, j) => ({ counts: one(i, j), times }))));
}

/** Of observers by units (or units by raters) the items; `labels` is the scheme. */
function ofUnits(units: (number | null)[][], labels: readonly number[]): RatingTable {
  const items = units.map((unit) => ({ counts: labels.map((label) => unit.filter((each) => each === label).length) }));
  return tableOfRatings(labels.length, items);
}

const transposed = <T>(rows: T[][]): T[][] => rows[0]!.map((_, j) => rows.map((row) => row[j]!));
const labelsIn = (rows: (number | null)[][]) => [...new Set(rows.flat())].filter((each) => each !== null).sort((a, b) => a - b);

function kappaFigures(table: number[][]): Figures {
  const { value: kappa, observed: po, expected: pe } = cohenKappa(table);
  return { kappa, po, pe };
}

function alphaFigures(observers: (number | null)[][]): Figures {
  const values = labelsIn(observers);
  const table = ofUnits(transposed(observers), values);
  const alpha = (level: "NOMINAL" | "ORDINAL") => krippendorffAlpha(table, { level }).value;
  return { nominal: alpha("NOMINAL"), ordinal: alpha("ORDINAL"), interval: krippendorffAlpha(table, { level: "INTERVAL", values }).value };
}

function fleissFigures(counts: number[][]): Figures {
  const table = tableOfRatings(counts[0]!.length, counts.map((each) => ({ counts: each })));
  const { value: kappa, observed: p_bar, expected: p_e } = fleissKappa(table);
  return { kappa, p_bar, p_e, category_proportions: prevalence(table) };
}

/** Coefficients that the product doesn't show, from figures of it: chance from the prevalence, or the same for every category. */
function others(table: RatingTable) {
  const observed = percentAgreement(table).value!;
  const beyond = (chance: number) => (observed - chance) / (1 - chance);
  const fleiss_pe = sum(prevalence(table)!.map((share) => share * share));
  return { fleiss_pe, fleiss_generalised_missing: beyond(fleiss_pe), brennan_prediger: beyond(1 / table.categories) };
}

function pChartFigures(nonconforming: number[], n: number): Figures {
  const wafers = nonconforming.map((x) => ({ x, n }));
  const limits = (baseline: typeof wafers) => {
    const chart = controlChart(wafers, { baseline });
    const { low: lcl, high: ucl } = chart.points[0]!;
    const signals = runSignals(chart.points, chart.center, ["BEYOND_3_SIGMA"]).flatMap((rules, i) => (rules.length > 0 ? [i + 1] : []));
    return { center: chart.center, lcl, ucl, signals_1based: signals };
  };
  const first = limits(wafers);
  return { ...first, revised: limits(wafers.filter((_, i) => !first.signals_1based.includes(i + 1))) };
}

function cusumFigures({ x, target, k, h }: { x: number[]; target: number; k: number; h: number }): Figures {
  const points = tabularCusum(x, { target, k, h });
  const [s_hi, s_lo] = [points.map(({ high }) => high), points.map(({ low }) => low)];
  const first_signal_1based = points.findIndex(({ isSignal }) => isSignal) + 1;
  return { s_hi, s_lo, s_hi_13_to_20: s_hi.slice(12), s_lo_1_to_12: s_lo.slice(0, 12), first_signal_1based };
}

/** What we make of each published input, by the names of the published figures. */
const FIGURES: Record<string, (input: any) => Figures> = {
  kappa_grants: ({ table_rows_rater1_cols_rater2: table }) => kappaFigures(table),
  kappa_cohen_1960: ({ table_proportions: table }) => kappaFigures(table.map((row: number[]) => row.map((share) => Math.round(100 * share)))),
  kappa_fleiss_table_18_1: ({ table_rows_rater1_cols_rater2: table }) => kappaFigures(table),
  kappa_paradox_high_prevalence: ({ table_rows_rater1_cols_rater2: table }) => kappaFigures(table),
  two_rater_coefficients_3x3: ({ table_rows_rater1_cols_rater2: table }) => ({
    percent_agreement: percentAgreement(ofPairs(table)).value,
    cohen_kappa: cohenKappa(table).value,
    scott_pi: fleissKappa(ofPairs(table)).value,
    gwet_ac1: gwetAc1(ofPairs(table)).value,
    brennan_prediger: others(ofPairs(table)).brennan_prediger,
    krippendorff_alpha_nominal: krippendorffAlpha(ofPairs(table), { level: "NOMINAL" }).value,
  }),
  alpha_binary_two_observers: ({ matrix_observers_by_units: observers }) => alphaFigures(observers),
  alpha_four_observers_missing: ({ matrix_observers_by_units: observers }) => alphaFigures(observers),
  multi_rater_coefficients_missing: ({ ratings_units_by_raters: units, categories }) => {
    const table = ofUnits(units, categories);
    const { value: gwet_ac1, expected: gwet_pe, observed: percent_agreement } = gwetAc1(table);
    return { gwet_ac1, gwet_pe, percent_agreement, krippendorff_alpha_nominal: krippendorffAlpha(table, { level: "NOMINAL" }).value, ...others(table) };
  },
  fleiss_1971_30_patients: ({ counts_units_by_category: counts }) => fleissFigures(counts),
  fleiss_14_raters_10_subjects: ({ counts_units_by_category: counts }) => fleissFigures(counts),
  p_chart_30_samples: ({ nonconforming, n }) => pChartFigures(nonconforming, n),
  cusum_nist: cusumFigures,
  ewma_nist: ({ x, target, s: sigma, lambda, width }) => {
    const points = ewma(x.map((value: number) => ({ value, sigma })), target, { lambda, width, isAsymptotic: true });
    return { ewma: points.map(({ value }) => value), lcl: points[0]!.low, ucl: points[0]!.high };
  },
};

/** Published figures of these cases that Assay has no use for. */
const NOT_OURS: Record<string, string> = {
  "alpha_four_observers_missing ratio": "no category scheme has values with a true zero",
};

describe.skipIf(whyNot !== "")(`published examples${whyNot}`, () => {
  const cases = textbookCases();

  it.each(cases.filter(({ name }) => name in FIGURES).map((each) => [each.name, each] as const))("%s", (name, published) => {
    const figures = FIGURES[name]!(published.input);
    let compared = 0;
    for (const [values, tolerance] of [
      [published.expected, published.tolerance], [published.expected_full_precision, published.tolerance_full_precision],
    ] as const) {
      for (const [figure, value] of Object.entries(values)) {
        if (`${name} ${figure}` in NOT_OURS) continue;
        expectPublished(figures[figure], value, toleranceOf(tolerance, figure));
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(0);
  });
});
