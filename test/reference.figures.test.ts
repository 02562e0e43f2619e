import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answersOf } from "./kit/answers.ts";
import { at, figuresByKind, isSame, spell } from "./kit/figures.ts";
import { DATA, importFile, importMhc, LABELED, leadOf, reference } from "./kit/reference.ts";
import { createWorld, type World } from "./kit/world.ts";

const ORDINAL = ["-3", "-2", "-1", "0", "1"];
// Codes of labels that can't be codes as they are.
const CODES: Record<string, string> = { "-3": "m3", "-2": "m2", "-1": "m1", "0": "p0", "1": "p1" };
const GIVEN = ["--set", "queue=cases", "--set", "market=en", "--set", "modality=TEXT", "--start", "2026-01-05T00:00:00Z", "--every", "1s"];

// By set: what its labels are imported with beside their columns, and how many figures its reference has that the API answers.
const SETS: Record<string, { options: string[]; hasGold: boolean; figures: number }> = {
  adult2: { options: [...GIVEN, "--non-violating", "G", "--rank", "G", "P", "R", "X"], hasGold: true, figures: 7_126 },
  hatecheck: { options: [...GIVEN, "--non-violating", "non-hateful"], hasGold: true, figures: 375 },
  mhc_a: { options: [], hasGold: true, figures: 512 },
  convabuse: {
    options: [...GIVEN, "--non-violating", "1", ...ORDINAL.flatMap((label) => ["--label", `${label}=${CODES[label]}`, "--rank", label])],
    hasGold: false,
    figures: 223,
  },
  weather_amt: { options: [...GIVEN, "--handle-seconds", "duration_s"], hasGold: true, figures: 2_075 },
};

const NO_MEASURE = { why: "no measure: handle time has its mean, median and 90th percentile" };
const FEW_PAIRS = { why: "pairs lists 500 at most, and here there are more", of: ["adult2", "weather_amt"] };

// Places of the references that the API has no answer for, each with the reason. A place that is neither here nor answered fails, and so
// does one that is both.
const NOT_COVERED: Record<string, { why: string; of?: string[] }> = {
  dataset: { why: "a name" },
  policy: { why: "always empty" },
  // Percent agreement is the mean over items; over pairs of judgements it can be had where every pair of labelers is listed.
  "agreement_first_decisions.percent_agreement_pooled_pairs": FEW_PAIRS,
  "agreement_first_decisions.labeler_pairs_total": FEW_PAIRS,
  "agreement_first_decisions.labeler_pairs_overlap_20plus": FEW_PAIRS,
  "handling_time_s.sd_sample": NO_MEASURE,
  "handling_time_s.min": NO_MEASURE,
  "handling_time_s.p25": NO_MEASURE,
  "handling_time_s.p75": NO_MEASURE,
  "handling_time_s.p95": NO_MEASURE,
  "handling_time_s.p99": NO_MEASURE,
  "handling_time_s.max": NO_MEASURE,
};

const projectOf = (name: string): string => (name === "mhc_a" ? "mhc" : name);

async function importSet(world: World, name: string): Promise<void> {
  const { options, hasGold } = SETS[name]!;
  const file = (kind: string) => ["--project", projectOf(name), "--file", join(DATA!, name, `${kind}.csv`)];
  if (name === "mhc_a") await importMhc(world);
  else await importFile(world, "decisions", ...file("labels"), ...LABELED, ...options);
  const columns = ["--content", "item_id", "--truth", "gold_label", "--source", "gold_source", "--rule", "gold_policy_rule"];
  if (hasGold) await importFile(world, "gold", ...file("gold"), ...columns);
}

const isThere = Boolean(DATA && existsSync(DATA));

describe.skipIf(!isThere)(`figures of real data${isThere ? "" : " (skipped: ASSAY_REFERENCE_DATA names no folder)"}`, () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  describe.each(isThere ? Object.keys(SETS) : [])("%s", (name) => {
    const { figures } = SETS[name]!;
    const expected = reference(name);
    const byKind = figuresByKind(expected);
    const notCovered = Object.keys(NOT_COVERED).filter((kind) => (NOT_COVERED[kind]!.of ?? [name]).includes(name));
    const kinds = [...byKind.keys()].filter((kind) => !notCovered.includes(kind));
    let answers: unknown;

    beforeAll(async () => {
      const began = performance.now();
      await importSet(world, name);
      const imported = performance.now();
      const { lead } = await leadOf(world, projectOf(name));
      const labels = new Map(Object.entries(CODES).map(([label, code]) => [code, label]));
      answers = await answersOf(lead, projectOf(name), expected, (code) => (name === "convabuse" ? labels.get(code)! : code));
      console.info(`${name}: imported in ${Math.round(imported - began)} ms, answered in ${Math.round(performance.now() - imported)} ms`);
    }, 300_000);

    test.each(kinds.map((kind) => [kind, byKind.get(kind)!.length]))("%s (%i)", (kind) => {
      const wrong = byKind.get(kind as string)!.flatMap(({ path, expected: figure }) => {
        const answer = at(answers, path);
        return isSame(answer, figure) ? [] : [`${spell(path)}: ${answer} instead of ${figure}`];
      });
      expect(wrong).toEqual([]);
    });

    test("counts", () => {
      // Names are held to the reference too, but are no figures.
      const covered = kinds.flatMap((kind) => byKind.get(kind)!).filter(({ expected: figure }) => typeof figure !== "string").length;
      const others = notCovered.filter((kind) => byKind.has(kind)).map((kind) => `${kind} (${NOT_COVERED[kind]!.why})`);
      console.info([`${name}: ${covered} figures at ${kinds.length} places are the reference's; not covered:`, ...others].join("\n  "));
      expect(covered).toBe(figures);
      // What is said to have no answer has none.
      expect(notCovered.flatMap((kind) => byKind.get(kind) ?? []).filter(({ path }) => at(answers, path) !== undefined)).toEqual([]);
    });
  });

  test("adult2: imported again it stays what it was", { timeout: 240_000 }, async () => {
    await importSet(world, "adult2");
    const [row] = await world.sql`select (select count(*)::int from decisions d where d.project_id = p.id) as decisions,
      (select count(*)::int from golden_items g where g.project_id = p.id) as gold from projects p where p.code = 'adult2'`;
    expect(row).toEqual({ decisions: 92_721, gold: 1_517 });
  });

  test("no place is left out that no reference has", () => {
    const known = new Set(Object.keys(SETS).flatMap((name) => [...figuresByKind(reference(name)).keys()]));
    expect(Object.keys(NOT_COVERED).filter((kind) => !known.has(kind))).toEqual([]);
  });
});
