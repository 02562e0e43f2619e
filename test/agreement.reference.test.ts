import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { close, DATA, importFile, LABELED, leadOf, reference } from "./kit/reference.ts";
import { createWorld, type World } from "./kit/world.ts";

const VALUE = "value items observed expected raters";
const QUERY = `query ($project: ID!, $categories: Int) {
  labels: agreement(project: $project, source: LABELS, categories: $categories) {
    items ratings raters ratersPerItem { raters items } categories prevalence { policy { code } ratings }
    percentAgreement { ${VALUE} interval { low high } } gwetAc1 { ${VALUE} } fleissKappa { ${VALUE} }
    nominal: krippendorffAlpha { ${VALUE} } ordinal: krippendorffAlpha(level: ORDINAL) { ${VALUE} } interval: krippendorffAlpha(level: INTERVAL) { ${VALUE} }
    pairs(first: 400) { items one { labeler { externalRef } } other { labeler { externalRef } }
      cohenKappa { ${VALUE} } linear: cohenKappa(weights: LINEAR) { value } quadratic: cohenKappa(weights: QUADRATIC) { value } }
    majorityVote { items ties graded correct accuracy }
  }
  repeats: agreement(project: $project, source: REPEATS) { items percentAgreement { value } cohenKappa { value } }
}`;

// What a set is imported with beside its labels, and the codes of labels that can't be codes as they are.
const SETS = {
  hatecheck: ["--non-violating", "non-hateful"],
  // An option can't begin with a minus, but its value can if it stands alone.
  convabuse: [...["-3=m3", "-2=m2", "-1=m1", "0=p0", "1=p1"].flatMap((label) => ["--label", label]), "--non-violating", "1", ...["-3", "-2", "-1", "0", "1"].flatMap((label) => ["--rank", label])],
} as const;

describe.skipIf(!DATA || !existsSync(DATA))(`agreement of real data${DATA ? "" : " (skipped: ASSAY_REFERENCE_DATA names no folder)"}`, () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  test.each(Object.keys(SETS) as (keyof typeof SETS)[])("%s", { timeout: 240_000 }, async (name) => {
    const { agreement_first_decisions: expected, intra_labeler_first_vs_second: intra, labels } = reference(name);
    await importFile(world, "decisions", "--project", name, "--file", join(DATA!, name, "labels.csv"), ...LABELED, "--set", "queue=cases", "--set", "market=en",
      "--set", "modality=TEXT", "--start", "2026-01-05T00:00:00Z", "--every", "1s", ...SETS[name]);
    const { lead } = await leadOf(world, name);
    const started = performance.now();
    const data = await lead.ask(QUERY, { project: name, categories: labels.length });
    console.info(`${name}: ${Math.round(performance.now() - started)} ms`);
    const { labels: found, repeats } = data;
    expect(found.items).toBe(expected.n_items);
    expect(found.ratersPerItem).toEqual(Object.entries(expected.raters_per_item).map(([raters, items]) => ({ raters: Number(raters), items })));
    close(found.percentAgreement.value, expected.percent_agreement_mean_over_items);
    close(found.gwetAc1.value, expected.gwet_ac1.ac1);
    close(found.gwetAc1.expected, expected.gwet_ac1.pe);
    close(found.fleissKappa.value, expected.fleiss.kappa);
    expect([found.fleissKappa.raters, found.fleissKappa.items]).toEqual([expected.fleiss.raters, expected.fleiss.n_items]);
    for (const level of ["nominal", "ordinal", "interval"] as const) {
      if (expected.krippendorff_alpha[level] !== undefined) close(found[level].value, expected.krippendorff_alpha[level]);
    }
    expect(found.majorityVote.ties).toBe(expected.majority_vote.ties);
    const nameOf = (one: string, other: string) => [one, other].sort().join(" ");
    const pairs = new Map<string, any>(found.pairs.map((pair: any) => [nameOf(pair.one.labeler.externalRef, pair.other.labeler.externalRef), pair]));
    for (const each of expected.cohen_pairs) {
      const pair = pairs.get(nameOf(each.a, each.b));
      expect(pair.items).toBe(each.n);
      close(pair.cohenKappa.value, each.kappa);
      close(pair.cohenKappa.observed, each.po);
      close(pair.cohenKappa.expected, each.pe);
      if (each.kappa_linear !== undefined) close(pair.linear.value, each.kappa_linear);
      if (each.kappa_quadratic !== undefined) close(pair.quadratic.value, each.kappa_quadratic);
    }
    if (!intra) return;
    expect(repeats.items).toBe(intra.n);
    close(repeats.percentAgreement.value, intra.po);
    close(repeats.cohenKappa.value, intra.kappa);
  });
});
