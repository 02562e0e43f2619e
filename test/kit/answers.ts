import type { Caller } from "./world.ts";

const RANGE = '{ from: "2022-01-01", to: "2027-01-01", timeZone: "UTC" }';
const VALUE = "value n numerator interval { low high }";
const GRADED = `projects: [$project], range: ${RANGE}, first: 10000, measures:`;
const MATRIX = `project: $project, source: GOLDEN, range: ${RANGE}`;
const MOST_PAIRS = 500;
const KAPPAS_A_DOCUMENT = 20;
const COEFFICIENT = "value items observed expected raters";

const QUERY = `query ($project: ID!, $categories: Int!) {
  byLabeler: metrics(${GRADED} [OUTPUT, GOLDEN_ACCURACY], groupBy: [LABELER], totals: true) {
    rows { labeler { id externalRef } values { ${VALUE} } } totals { values { ${VALUE} } }
  }
  byMarket: metrics(${GRADED} [GOLDEN_ACCURACY], groupBy: [MARKET]) { rows { market values { ${VALUE} } } }
  byDay: metrics(${GRADED} [GOLDEN_ACCURACY], groupBy: [DAY, MARKET]) { rows { day market values { ${VALUE} } } }
  byRule: metrics(${GRADED} [GOLDEN_ACCURACY], groupBy: [GOLDEN_RULE]) { rows { goldenRule values { ${VALUE} } } }
  handling: metrics(${GRADED} [AHT_MEAN, AHT_P50, AHT_P90]) { rows { values { value n } } }
  all: confusionMatrix(${MATRIX}) {
    labels { code } counts accuracy { ${VALUE} } macroF1 weightedF1 kappa { value }
    perLabel { support predicted truePositives precision { value } recall { value } f1 { value } }
  }
  first: confusionMatrix(${MATRIX}, repeats: FIRST) { accuracy { ${VALUE} } }
  chart: controlChart(${MATRIX}, kind: P, unit: DAY) { center n errors points { from n errors rate low high signals } }
  labels: agreement(project: $project, source: LABELS, categories: $categories) {
    items ratings categories ratersPerItem { raters items } prevalence { policy { code } }
    percentAgreement { ${COEFFICIENT} } gwetAc1 { ${COEFFICIENT} } fleissKappa { ${COEFFICIENT} }
    nominal: krippendorffAlpha { value } ordinal: krippendorffAlpha(level: ORDINAL) { value }
    interval: krippendorffAlpha(level: INTERVAL) { value }
    majorityVote { ties graded correct accuracy }
    pairs(first: ${MOST_PAIRS}) {
      items one { labeler { externalRef } } other { labeler { externalRef } }
      cohenKappa { ${COEFFICIENT} } linear: cohenKappa(weights: LINEAR) { value }
      quadratic: cohenKappa(weights: QUADRATIC) { value }
    }
  }
  repeats: agreement(project: $project, source: REPEATS) { items percentAgreement { value } cohenKappa { value } }
}`;

const share = ({ value, n, numerator, interval }: any) => (
  { n, correct: numerator ?? 0, accuracy: value, wilson95: interval && [interval.low, interval.high] }
);

const sum = (numbers: number[]): number => numbers.reduce((total, each) => total + each, 0);

/** Kappa of each labeler's first decisions against golden items, by the labeler's id: aliased fields, so few a document that none overruns its deadline. */
async function kappasOf(lead: Caller, project: string, ids: readonly string[]): Promise<Map<string, number | null>> {
  const kappas = new Map<string, number | null>();
  for (let start = 0; start < ids.length; start += KAPPAS_A_DOCUMENT) {
    const part = ids.slice(start, start + KAPPAS_A_DOCUMENT);
    const one = (id: string, i: number) => (
      `l${i}: confusionMatrix(${MATRIX}, repeats: FIRST, filter: { labelerIds: ["${id}"] }) { kappa { value } }`
    );
    const fields = part.map(one);
    const data = await lead.ask(`query ($project: ID!) { ${fields.join("\n")} }`, { project });
    part.forEach((id, i) => kappas.set(id, data[`l${i}`].kappa.value));
  }
  return kappas;
}

const sharesBy = (name: string, { rows }: any) => Object.fromEntries(rows.map((row: any) => [row[name], share(row.values[0])]));

function pairsOf({ pairs }: any, listed: readonly { a: string; b: string }[]) {
  const nameOf = (one: string, other: string) => [one, other].sort().join(" ");
  const refOf = (rater: any): string => rater.labeler.externalRef;
  const found = new Map<string, any>(pairs.map((pair: any) => [nameOf(refOf(pair.one), refOf(pair.other)), pair]));
  return listed.map(({ a, b }) => {
    const { items, cohenKappa, linear, quadratic } = found.get(nameOf(a, b)) ?? {};
    return cohenKappa && {
      a, b, n: items, po: cohenKappa.observed, pe: cohenKappa.expected,
      kappa: cohenKappa.value, kappa_linear: linear.value, kappa_quadratic: quadratic.value,
    };
  });
}

function agreementOf(labels: any, listed: readonly { a: string; b: string }[]) {
  const { items, percentAgreement, gwetAc1, fleissKappa, majorityVote } = labels;
  const pairs = pairsOf(labels, listed);
  const kappas = pairs.map((pair) => pair?.kappa).filter((kappa) => typeof kappa === "number");
  const several = labels.ratersPerItem.filter(({ raters }: any) => raters > 1);
  // Whether the pairs listed are all that have enough in common, and whether they hold every two judgements of an item.
  const isWhole = labels.pairs.length < MOST_PAIRS;
  const compared = sum(labels.pairs.map((pair: any) => pair.items));
  const agreed = sum(labels.pairs.map((pair: any) => pair.cohenKappa.observed * pair.items));
  const hasAll = compared === sum(several.map((each: any) => (each.items * each.raters * (each.raters - 1)) / 2));
  return {
    n_items: items,
    n_items_2plus: percentAgreement.items,
    raters_per_item: Object.fromEntries(labels.ratersPerItem.map((each: any) => [each.raters, each.items])),
    percent_agreement_mean_over_items: percentAgreement.value,
    percent_agreement_pooled_pairs: hasAll ? agreed / compared : undefined,
    gwet_ac1: { pa: gwetAc1.observed, pe: gwetAc1.expected, q: labels.categories, ac1: gwetAc1.value },
    fleiss: {
      raters: fleissKappa.raters, n_items: fleissKappa.items, items_left_out: items - fleissKappa.items,
      p_bar: fleissKappa.observed, p_e: fleissKappa.expected, kappa: fleissKappa.value,
    },
    krippendorff_alpha: {
      nominal: labels.nominal.value, ordinal: labels.ordinal.value, interval: labels.interval.value,
      n_pairable: sum(several.map((each: any) => each.raters * each.items)),
    },
    majority_vote: {
      ties: majorityVote.ties, untied_items_with_gold: majorityVote.graded, correct: majorityVote.correct, accuracy: majorityVote.accuracy,
    },
    labeler_pairs_total: hasAll ? labels.pairs.length : undefined,
    labeler_pairs_overlap_20plus: isWhole ? labels.pairs.length : undefined,
    cohen_pairs: pairs,
    cohen_pairs_listed: Math.min(300, labels.pairs.length),
    cohen_kappa_undefined_pairs: pairs.filter((pair) => pair?.kappa === null).length,
    cohen_kappa_mean_listed: sum(kappas) / kappas.length,
  };
}

/**
 * What the API says of a data set, in the shape of its reference file: each figure a field of an answer, or counted over such fields.
 * Labelers and pairs come in the file's order; `labelOf` gives back what the source calls a policy.
 */
export async function answersOf(lead: Caller, project: string, expected: any, labelOf: (code: string) => string): Promise<unknown> {
  const data = await lead.ask(QUERY, { project, categories: expected.labels.length });
  const labelers = new Map<string, any>(data.byLabeler.rows.map((row: any) => [row.labeler.externalRef, row]));
  const kappas = await kappasOf(lead, project, data.byLabeler.rows.map((row: any) => row.labeler.id));
  const [output, graded] = data.byLabeler.totals.values;
  const { all, first, chart, labels, repeats } = data;
  const [mean, median, p90] = data.handling.rows[0].values;
  return {
    labels: labels.prevalence.map(({ policy }: any) => labelOf(policy.code)),
    n_rows: output.n,
    n_first_decisions: labels.ratings,
    n_rows_with_gold: graded.n,
    accuracy_all_rows: share(graded),
    accuracy_first_decisions: share(first.accuracy),
    confusion_rows_gold_cols_label: all.counts,
    per_label: Object.fromEntries(all.perLabel.map(({ support, predicted, truePositives, precision, recall, f1 }: any, index: number) => [
      labelOf(all.labels[index].code),
      { support_gold: support, predicted, true_positive: truePositives, precision: precision.value, recall: recall.value, f1: f1.value },
    ])),
    macro_f1: all.macroF1,
    weighted_f1: all.weightedF1,
    kappa_vs_gold_all_rows: all.kappa.value,
    per_labeler: expected.per_labeler.map(({ labeler_id }: any) => {
      const row = labelers.get(labeler_id);
      if (!row) return undefined;
      const { n: n_with_gold, ...rest } = share(row.values[1]);
      return { labeler_id, n_rows: row.values[0].n, n_with_gold, ...rest, kappa_vs_gold_first_decisions: kappas.get(row.labeler.id) };
    }),
    agreement_first_decisions: agreementOf(labels, expected.agreement_first_decisions.cohen_pairs),
    intra_labeler_first_vs_second: { n: repeats.items, po: repeats.percentAgreement.value, kappa: repeats.cohenKappa.value },
    accuracy_by_market: sharesBy("market", data.byMarket),
    p_chart_daily_error_rate: {
      p_bar: chart.center, n: chart.n, errors: chart.errors,
      points: chart.points.map(({ from, n, errors, rate, low, high, signals }: any) => ({
        day_utc: from, n, errors, p: rate, lcl: low, ucl: high, out_of_control: signals.includes("BEYOND_3_SIGMA"),
      })),
    },
    accuracy_by_day_market: data.byDay.rows.map(({ day, market, values: [value] }: any) => ({ day_utc: day, market, ...share(value) })),
    accuracy_by_gold_policy_rule: sharesBy("goldenRule", data.byRule),
    handling_time_s: { n: mean.n, mean: mean.value, median: median.value, p90: p90.value },
  };
}
