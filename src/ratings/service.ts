import { InvalidInput } from "../core/errors.ts";
import type { Db } from "../db/lease.ts";
import type { CoefficientCount } from "../measures/groups.rules.ts";
import type { Measure } from "../measures/measures.rules.ts";
import type { Dimension } from "../reach/table.ts";
import type { Raters, Reading, RowSource } from "../reach/sources.table.ts";
import { coefficientsAmong, ratedGroups, reckonGroups } from "./figures.rules.ts";
import { countCells, countPatterns, listScheme, MOST_RATINGS } from "./store.ts";

/** Which coefficients are reckoned of judgements, by which groups. */
export interface Reckoning extends Pick<Reading, "reach" | "period"> {
  measures: readonly Measure[];
  groupBy: readonly Dimension[];
  /** Everything as one group, too. */
  totals?: boolean;
}

/** Coefficients of agreement by group, from what `source` reads: three statements at most, however many groups, raters and policies there are. */
export async function reckonAgreement(db: Db, raters: Raters, source: RowSource, query: Reckoning): Promise<CoefficientCount[]> {
  const { reach, period, groupBy, totals = false } = query;
  const measures = coefficientsAmong(query.measures, raters);
  const count = raters === "LABELS" ? countPatterns : countCells;
  const splits = groupBy.filter((dimension) => dimension !== "POLICY");
  const used = await listScheme(db, reach.projectIds!);
  const read = async (by: readonly Dimension[]) => {
    const rows = await count(db, source, by, period.weekStart);
    if (rows.length <= MOST_RATINGS) return ratedGroups(rows);
    throw new InvalidInput("groupBy: too many different judgements; group by less, filter more or ask for a shorter range.", ["groupBy"]);
  };
  const groups = await read(splits);
  const figures = reckonGroups(groups, measures, groupBy, used, groupBy.length === 0);
  if (!totals || groupBy.length === 0) return figures;
  return [...figures, ...reckonGroups(splits.length === 0 ? groups : await read([]), measures, [], used, true)];
}
