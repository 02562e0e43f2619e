import { type CoefficientCount, type CoefficientFigure, type Keys, reachOfGroup } from "../measures/groups.rules.ts";
import { definitionOf, type Measure, type MEASURES } from "../measures/measures.rules.ts";
import type { Dimension } from "../reach/table.ts";
import type { Raters } from "../reach/sources.table.ts";
import type { Coefficient } from "../stats/agreement.ts";
import { alphaOf, binary, type Cell, checkWork, COEFFICIENTS, type Judgements, judgementsOf, kappaOf, type Pattern, type SchemePolicy, workOf } from "./judgements.rules.ts";

/** A policy that a project uses. */
export interface UsedPolicy extends SchemePolicy {
  projectId: string;
  isLeaf: boolean;
}

/** Items of one group that were judged alike; with cells of the two raters of each, where they have an order. */
export interface Rated {
  keys: Keys;
  patterns: Pattern[];
  cells: Cell[] | null;
}

type Name = { [Each in Measure]: (typeof MEASURES)[Each]["source"] extends "AGREEMENT" ? Each : never }[Measure];

const RECKONED: Readonly<Record<Name, (judged: Judgements) => Pick<Coefficient, "value" | "interval" | "items"> & { reason: string | null }>> = {
  PERCENT_AGREEMENT: COEFFICIENTS.percentAgreement,
  FLEISS_KAPPA: COEFFICIENTS.fleissKappa,
  KRIPPENDORFF_ALPHA: (judged) => alphaOf(judged, "NOMINAL"),
  GWET_AC1: COEFFICIENTS.gwetAc1,
  COHEN_KAPPA: ({ square, scale }) => kappaOf(square, scale, "NOMINAL")!,
};

/** The measures that are coefficients of these judgements. */
export function coefficientsAmong(measures: readonly Measure[], raters: Raters): Name[] {
  return measures.filter((measure): measure is Name => {
    const definition = definitionOf(measure);
    return definition.source === "AGREEMENT" && definition.raters === raters;
  });
}

/** Counted rows as groups of what was judged alike: of patterns, or of the cells of two raters, which are patterns of two. */
export function ratedGroups(rows: readonly ({ keys: Keys } & (Pattern | Cell))[]): Rated[] {
  const groups = new Map<string, Rated>();
  for (const row of rows) {
    const name = JSON.stringify(row.keys);
    const group = groups.get(name) ?? { keys: row.keys, patterns: [], cells: "one" in row ? [] : null };
    groups.set(name, group);
    group.patterns.push("one" in row ? { pattern: patternOf(row), times: row.n } : row);
    if ("one" in row) group.cells!.push(row);
  }
  return [...groups.values()];
}

function patternOf({ one, other }: Cell): string {
  return one === other ? `${one}:2` : `${one}:1 ${other}:1`;
}

/**
 * The coefficients of each group. The scheme is of the projects that a group is of: its size (K) is the number of their leaf policies, or of the
 * policies chosen if these are more. Grouped by POLICY, each policy chosen is a group of a scheme of two: it, or another. Refuses more work than
 * a moment's.
 */
export function reckonGroups(
  groups: readonly Rated[],
  measures: readonly Name[],
  groupBy: readonly Dimension[],
  used: readonly UsedPolicy[],
  isTotal: boolean,
): CoefficientCount[] {
  let work = 0;
  const place = groupBy.indexOf("POLICY");
  const others = groupBy.filter((_, index) => index !== place);
  return groups.flatMap(({ keys, patterns, cells }) => {
    const { projectIds } = reachOfGroup(others, keys);
    const scheme = [...new Map(used.filter(({ projectId }) => projectIds?.includes(projectId) ?? true).map((policy) => [policy.id, policy])).values()];
    const judged = judgementsOf(patterns, cells, scheme, null, scheme.filter(({ isLeaf }) => isLeaf).length);
    checkWork(work += workOf(patterns.length, judged.table.categories, judged.scale.policies.length));
    const figures = (of: Judgements, named: Keys) => measures.map((measure) => ({ keys: named, isTotal, measure, figure: figureOf(RECKONED[measure](of)) }));
    if (place < 0) return figures(judged, keys);
    return judged.scale.policies.flatMap(({ id }, index) => figures(binary(judged, index), keys.toSpliced(place, 0, id)));
  });
}

function figureOf({ value, interval, items, reason }: ReturnType<(typeof RECKONED)[Name]>): CoefficientFigure {
  return {
    value, numerator: null, denominator: null, n: items, weighted: false, interval: interval && { ...interval, level: 0.95, method: "JACKKNIFE" },
    reason: reason as CoefficientFigure["reason"],
  };
}
