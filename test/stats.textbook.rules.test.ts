import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fleissKappa, gwetAc1, percentAgreement } from "../src/stats/agreement.ts";
import { krippendorffAlpha } from "../src/stats/alpha.ts";
import { clopperPearson } from "../src/stats/beta.ts";
import { scoreConfusion } from "../src/stats/confusion.ts";
import { controlChart } from "../src/stats/control.ts";
import { tabularCusum } from "../src/stats/cusum.ts";
import { discoveries } from "../src/stats/discoveries.ts";
import { ewma } from "../src/stats/ewma.ts";
import { cohenKappa } from "../src/stats/kappa.ts";
import { moverDifference } from "../src/stats/mover.ts";
import { erlangC } from "../src/stats/operations.ts";
import { percentile } from "../src/stats/percentiles.ts";
import { type Limits, wilson } from "../src/stats/proportions.ts";
import { prevalence, type RatingTable, tableOfRatings } from "../src/stats/ratings.ts";
import { runSignals } from "../src/stats/runs.ts";
import { equalProportionsTest, stratifiedTest, twoProportionTest } from "../src/stats/significance.ts";
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

const pair = ({ low, high }: Limits) => [low, high];

function differenceFigures({ x1, n1, x2, n2 }: Record<"x1" | "n1" | "x2" | "n2", number>): Figures {
  const [one, other] = [{ value: x1 / n1, interval: wilson(x1 / n1, n1) }, { value: x2 / n2, interval: wilson(x2 / n2, n2) }];
  return { difference: one.value - other.value, newcombe_hybrid_score: pair(moverDifference(one, other)) };
}

function confusionFigures(matrix: number[][]): Figures {
  const { labels, macroF1: macro_f1, weightedF1: weighted_f1, accuracy } = scoreConfusion(matrix);
  const [precision, recall, f1] = (["precision", "recall", "f1"] as const).map((score) => labels.map((label) => label[score]));
  // Where every case has one label, micro-averaged F1 is accuracy.
  return { precision, recall, f1, macro_f1, weighted_f1, micro_f1: accuracy };
}

/** What we make of each published input, by the names of the published figures. */
const FIGURES: Record<string, (input: any) => Figures> = {
  proportion_ci_81_263: ({ successes: x, n }) => ({ wilson: pair(wilson(x / n, n)), clopper_pearson: pair(clopperPearson(x, n)) }),
  proportion_ci_0_20: ({ successes: x, n }) => ({ wilson: pair(wilson(x / n, n)), clopper_pearson: pair(clopperPearson(x, n)) }),
  proportion_difference_56_70_vs_48_80: differenceFigures,
  two_proportion_z_56_70_48_80: ({ x1, n1, x2, n2 }) => {
    const [one, other] = [{ x: x1, n: n1 }, { x: x2, n: n2 }];
    const { z: z_pooled, pValue: p_two_sided } = twoProportionTest(one, other)!;
    return { z_pooled, p_two_sided, chi_square: equalProportionsTest([one, other])!.chiSquare };
  },
  k_proportions_smokers: ({ successes, n }) => {
    const { chiSquare: chi_square, df, pValue: p_value } = equalProportionsTest(successes.map((x: number, i: number) => ({ x, n: n[i] })))!;
    return { chi_square, df, p_value };
  },
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
  cmh_ucb_admissions: ({ tables_rows_admitted_rejected_cols_male_female_by_department: tables }) => {
    const { chiSquare: chi_square_continuity, pValue: p_value, commonOddsRatio: common_odds_ratio, uncorrected } = stratifiedTest(tables)!;
    return { chi_square_continuity, p_value, common_odds_ratio, chi_square_no_correction: uncorrected.chiSquare };
  },
  p_chart_30_samples: ({ nonconforming, n }) => pChartFigures(nonconforming, n),
  cusum_nist: cusumFigures,
  ewma_nist: ({ x, target, s: sigma, lambda, width }) => {
    const points = ewma(x.map((value: number) => ({ value, sigma })), target, { lambda, width, isAsymptotic: true });
    return { ewma: points.map(({ value }) => value), lcl: points[0]!.low, ucl: points[0]!.high };
  },
  benjamini_hochberg_1995: ({ p, q }) => {
    const found = discoveries(p, q);
    return { adjusted: found.map(({ adjusted }) => adjusted), bh_rejections: found.filter(({ isRejected }) => isRejected).length };
  },
  erlang_c_100_calls: ({ arrivals, interval_s, aht_s, agents, target_s }) => {
    const queue = erlangC({ arrivals: arrivals / interval_s, handleTime: aht_s, agents })!;
    const { waitChance: p_wait, meanWait: asa_s, occupancy } = queue;
    return { p_wait, asa_s, occupancy, service_level: queue.servedWithin(target_s) };
  },
  percentile_type7: ({ data, p }) => ({ percentile_cont: p.map((share: number) => percentile(data, share)) }),
  binary_f1: ({ confusion_rows_true_cols_predicted: matrix }) => confusionFigures(matrix),
};

const ANTI_CONSERVATIVE = "covers too rarely, or corrects what Wilson needs no correction of";

/** Published figures of these cases that Assay has no use for. */
const NOT_OURS: Record<string, string> = {
  "proportion_ci_81_263 wilson_continuity": ANTI_CONSERVATIVE,
  "proportion_ci_81_263 wald_truncated": ANTI_CONSERVATIVE,
  "proportion_ci_0_20 wilson_continuity": ANTI_CONSERVATIVE,
  "proportion_ci_0_20 wald_truncated": ANTI_CONSERVATIVE,
  "alpha_four_observers_missing ratio": "no category scheme has values with a true zero",
  "benjamini_hochberg_1995 bonferroni_rejections": "the share of false flags is what is held down, not the chance of a single one",
  "percentile_type7 percentile_disc": "percentiles are of type 7",
};

/** Cases of these topics stand in the tests of the rooms that they are about. */
const ELSEWHERE: Record<string, string> = {
  "sample size for a proportion": "precision",
  "sample size with finite population correction": "precision",
  "Neyman allocation": "redraws",
  "stratified estimator": "redraws",
  "unequal-probability estimator": "redraws",
  "operating characteristic": "acceptance",
  "acceptance sampling plan": "acceptance",
  "sample size code letter": "acceptance",
  "switching rules": "switching",
};

const UNUSED = ["estimated truth (optional)"];

describe.skipIf(whyNot !== "")(`published examples${whyNot}`, () => {
  const cases = textbookCases();
  const isElsewhere = ({ topic }: { topic: string }) => topic in ELSEWHERE || UNUSED.includes(topic);

  it.each(cases.filter((each) => !isElsewhere(each)).map((each) => [each.name, each] as const))("%s", (name, published) => {
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

  it("are all met: 23 here, 11 in the tests of their rooms, and one that nothing asks for", () => {
    const here = cases.filter((each) => !isElsewhere(each)).map(({ name }) => name);
    const elsewhere = cases.filter(({ topic }) => topic in ELSEWHERE);
    expect(here.toSorted()).toEqual(Object.keys(FIGURES).sort());
    expect([here.length, elsewhere.length, cases.length]).toEqual([23, 11, 35]);
    for (const { name, topic } of elsewhere) expect(readFileSync(`test/stats.${ELSEWHERE[topic]}.rules.test.ts`, "utf8")).toContain(`"${name}"`);
    for (const [figure, why] of Object.entries(NOT_OURS)) {
      const [name, key] = figure.split(" ");
      const published = cases.find((each) => each.name === name)!;
      expect(`${figure} ${why}: ${key! in published.expected || key! in published.expected_full_precision}`).toBe(`${figure} ${why}: true`);
    }
  });
});
