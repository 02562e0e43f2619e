import type { Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import { checkedSource } from "../metrics/counting.service.ts";
import { checkAccess, checkGolden } from "../metrics/query.rules.ts";
import { type FigureQuery, type Freshness, openScope } from "../metrics/service.ts";
import { SAMPLE_PURPOSES } from "../plans/table.ts";
import { auditsOf, gradedOf } from "../reach/sources.table.ts";
import { readCount } from "../stats/counts.ts";
import { comparePaired, type PairedDifference } from "../stats/paired.ts";
import { checkSides, type Side, type TruthSource } from "./rules.ts";
import { countPairs } from "./store.ts";

/** What pairedComparison is asked. */
export interface ComparisonQuery extends FigureQuery {
  left: Side;
  right: Side;
  source: TruthSource;
}

/** How the two sides compare, with the counts it follows from. */
export interface Comparison extends PairedDifference, Freshness {
  bothRight: number;
  leftOnly: number;
  rightOnly: number;
  neither: number;
}

/**
 * Two labelers, or people and models, on the items that both decided and whose truth is known. It describes these items: they are no random
 * sample of anything unless they were drawn as one for both. Of the rows the viewer may see.
 */
export async function comparePairedly(db: Db, viewer: Viewer, query: ComparisonQuery): Promise<Comparison> {
  checkSides(query.left, query.right);
  checkAccess(viewer, [], [], { ...query.filter, labelerIds: null }, query.choice);
  if (query.source === "GOLDEN") checkGolden(viewer);
  const { fresh, reading, reach, period } = await openScope(db, viewer, query, false);
  const { left, right, source } = query;
  const read = { reading: { ...reading, purposes: SAMPLE_PURPOSES }, reach, period };
  await checkedSource(db, viewer, source === "GOLDEN" ? gradedOf(read) : auditsOf(read, ["audits"]));
  const counts = await countPairs(db, { left, right, source, ...read });
  const [bothRight, leftOnly, rightOnly, neither] = [
    readCount(counts.bothRight, "bothRight"), readCount(counts.leftOnly, "leftOnly"), readCount(counts.rightOnly, "rightOnly"),
    readCount(counts.neither, "neither"),
  ];
  return { ...fresh, ...comparePaired(counts), bothRight, leftOnly, rightOnly, neither };
}
