import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fleissKappa, gwetAc1, percentAgreement } from "../src/stats/agreement.ts";
import { krippendorffAlpha } from "../src/stats/alpha.ts";
import { scoreConfusion } from "../src/stats/confusion.ts";
import { controlChart } from "../src/stats/control.ts";
import { cohenKappa } from "../src/stats/kappa.ts";
import { percentile } from "../src/stats/percentiles.ts";
import { tableOfRatings } from "../src/stats/ratings.ts";
import { runSignals } from "../src/stats/runs.ts";
import { close, DATA, reference } from "./kit/reference.ts";
import { whyNot } from "./kit/textbook.ts";

const NAMES = ["adult2", "convabuse", "hatecheck", "mhc_a", "weather_amt"];

/** Values of the categories, in the order of the reference, where they have any. */
const VALUES: Record<string, number[]> = { adult2: [1, 2, 3, 4], convabuse: [-3, -2, -1, 0, 1] };

function rowsOf(name: string): Record<string, string>[] {
  const [head, ...lines] = readFileSync(join(DATA!, name, "labels.csv"), "utf8").trimEnd().split("\n");
  const columns = head!.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, i) => [columns[i]!, cell])));
}

/** By item, the place of the label that each labeler gave it first. */
function firstLabels(name: string, labels: readonly string[]): Map<string, Map<string, number>> {
  const items = new Map<string, Map<string, number>>();
  for (const { item_id, labeler_id, label } of rowsOf(name)) {
    const given = items.get(item_id!) ?? new Map<string, number>();
    items.set(item_id!, given);
    if (!given.has(labeler_id!)) given.set(labeler_id!, labels.indexOf(label!));
  }
  return items;
}

describe.skipIf(whyNot !== "")(`public data sets${whyNot}`, () => {
  it.each(NAMES)("agreement in %s", (name) => {
    const { labels, agreement_first_decisions: expected } = reference(name);
    const items = [...firstLabels(name, labels).values()];
    const counts = items.map((given) => ({ counts: labels.map((_: string, k: number) => [...given.values()].filter((each) => each === k).length) }));
    const table = tableOfRatings(labels.length, counts);
    const [percent, ac1, fleiss] = [percentAgreement(table), gwetAc1(table), fleissKappa(table)];
    expect([ac1.items, percent.items]).toEqual([expected.n_items, expected.n_items_2plus]);
    close(percent.value, expected.percent_agreement_mean_over_items);
    close(ac1.value, expected.gwet_ac1.ac1);
    close(ac1.expected, expected.gwet_ac1.pe);
    expect([fleiss.raters, fleiss.items]).toEqual([expected.fleiss.raters, expected.fleiss.n_items]);
    close(fleiss.value, expected.fleiss.kappa);
    close(fleiss.observed, expected.fleiss.p_bar);
    close(fleiss.expected, expected.fleiss.p_e);
    const { nominal, ordinal, interval } = expected.krippendorff_alpha;
    const alphas = [krippendorffAlpha(table, { level: "NOMINAL" })];
    if (ordinal) alphas.push(krippendorffAlpha(table, { level: "ORDINAL" }), krippendorffAlpha(table, { level: "INTERVAL", values: VALUES[name]! }));
    [nominal, ordinal, interval].slice(0, alphas.length).forEach((each, i) => close(alphas[i]!.value, each));
    // Over thousands of items, a jackknife interval is narrow and holds the value.
    for (const { value, interval: limits } of [percent, ac1, fleiss, ...alphas]) {
      expect(limits!.low).toBeLessThan(value!);
      expect(limits!.high).toBeGreaterThan(value!);
      expect(limits!.high - limits!.low).toBeLessThan(0.1);
    }
  });

  it.each(NAMES)("Cohen's kappas of pairs in %s", (name) => {
    const { labels, agreement_first_decisions: expected } = reference(name);
    const items = [...firstLabels(name, labels).values()];
    let compared = 0;
    for (const { a, b, n, ...figures } of expected.cohen_pairs) {
      const table: number[][] = labels.map(() => labels.map(() => 0));
      for (const given of items) {
        const [i, j] = [given.get(a), given.get(b)];
        if (i !== undefined && j !== undefined) table[i]![j]! += 1;
      }
      const kappa = cohenKappa(table);
      expect(kappa.items).toBe(n);
      for (const [actual, figure] of [
        [kappa.value, "kappa"], [kappa.observed, "po"], [kappa.expected, "pe"], [cohenKappa(table, "LINEAR").value, "kappa_linear"],
        [cohenKappa(table, "QUADRATIC").value, "kappa_quadratic"],
      ] as const) {
        if (!(figure in figures)) continue;
        close(actual, figures[figure]);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThanOrEqual(3 * expected.cohen_pairs_listed);
  });

  it.each(NAMES.filter((name) => name !== "convabuse"))("label scores in %s", (name) => {
    const { labels, confusion_rows_gold_cols_label: matrix, per_label, macro_f1, weighted_f1, kappa_vs_gold_all_rows, accuracy_all_rows } = reference(name);
    const scores = scoreConfusion(matrix);
    for (const [i, label] of labels.entries()) {
      const { support, predicted, hits, precision, recall, f1 } = scores.labels[i]!;
      const expected = per_label[label];
      expect([support, predicted, hits]).toEqual([expected.support_gold, expected.predicted, expected.true_positive]);
      close(precision, expected.precision);
      close(recall, expected.recall);
      close(f1, expected.f1);
    }
    close(scores.accuracy, accuracy_all_rows.accuracy);
    close(scores.macroF1, macro_f1);
    close(scores.weightedF1, weighted_f1);
    close(scores.kappa.value, kappa_vs_gold_all_rows);
  });

  it("daily error rates in mhc_a", () => {
    const { p_bar, points } = reference("mhc_a").p_chart_daily_error_rate;
    const chart = controlChart(points.map(({ n, errors: x }: { n: number; errors: number }) => ({ x, n })), { kind: "P" });
    close(chart.center, p_bar);
    const signals = runSignals(chart.points, chart.center, ["BEYOND_3_SIGMA"]);
    for (const [i, { p, lcl, ucl, out_of_control }] of points.entries()) {
      const { value, low, high } = chart.points[i]!;
      close(value, p);
      close(low, lcl);
      close(high, ucl);
      expect(signals[i]!.length > 0).toBe(out_of_control);
    }
  });

  it("handling times in weather_amt", () => {
    const { n, min, max, median, ...others } = reference("weather_amt").handling_time_s;
    const seconds = rowsOf("weather_amt").map(({ duration_s }) => Number(duration_s));
    expect(seconds).toHaveLength(n);
    const shares: [number, number][] = [[0, min], [0.5, median], [1, max], ...[25, 75, 90, 95, 99].map((each): [number, number] => [each / 100, others[`p${each}`]])];
    for (const [share, expected] of shares) close(percentile(seconds, share), expected);
  });
});
