import type { Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import type { FrameCovers, FrameReason } from "../measures/definitions.rules.ts";
import { definitionOf } from "../measures/measures.rules.ts";
import { checkAccess, checkGolden } from "../metrics/query.rules.ts";
import { type FigureQuery, type Freshness, openScope } from "../metrics/service.ts";
import { type ConfusionSource, figuresOf, inLabelOrder, type MatrixFigures, matrixOf, type Repeats } from "./confusion.rules.ts";
import { countAuditedPairs, countGoldenPairs, listFrames, listLabels } from "./store.ts";

/** What `confusionMatrix` is asked. */
export interface ConfusionQuery extends FigureQuery {
  source: ConfusionSource;
  repeats: Repeats;
}

/** Labels against truth; ids of policies in order, a row of counts for each as the truth. */
export interface Confusion extends Freshness, MatrixFigures {
  policyIds: string[];
  counts: number[][];
  n: number;
}

/**
 * Labels against truth, of audits or of golden items: exact counts, unweighted, with labels in order of rank, then code; and how well each is
 * told from the others. Four statements at most.
 */
export async function confuse(db: Db, viewer: Viewer, query: ConfusionQuery): Promise<Confusion> {
  const { source, repeats, includeProcessErrors } = query;
  checkAccess(viewer, [], [], query.filter, query.choice);
  if (source === "GOLDEN") checkGolden(viewer);
  const scope = await openScope(db, viewer, query, false);
  const isGolden = source === "GOLDEN";
  const pairs = isGolden ? await countGoldenPairs(db, scope, repeats) : await countAuditedPairs(db, scope, repeats, includeProcessErrors);
  const ids = [...new Set(pairs.flatMap(({ truthId, policyId }) => [truthId, policyId]))];
  const known = ids.length > 0 ? await listLabels(db, ids) : [];
  const frames = isGolden || ids.length === 0 ? [] : await listFrames(db, scope);
  const violating = new Set(known.flatMap(({ id, isViolating }) => (isViolating ? [id] : [])));
  const policyIds = inLabelOrder(ids, known);
  const counts = matrixOf(policyIds, pairs);
  const figures = figuresOf(policyIds, counts, (label) => ({
    precision: violating.has(label) ? excludedBy("PRECISION", frames) : null,
    recall: excludedBy("RECALL", frames),
  }));
  return { ...scope.fresh, ...figures, policyIds, counts, n: pairs.reduce((sum, { count }) => sum + count, 0) };
}

function excludedBy(measure: "PRECISION" | "RECALL", frames: readonly FrameCovers[]): FrameReason | null {
  const definition = definitionOf(measure);
  const reasons = definition.source === "AUDITS" ? frames.flatMap((covers) => definition.undefinedFor?.[covers] ?? []) : [];
  return reasons.sort()[0] ?? null;
}
