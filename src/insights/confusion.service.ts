import type { Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import type { FrameCovers, FrameReason } from "../measures/definitions.rules.ts";
import { definitionOf } from "../measures/measures.rules.ts";
import { checkedSource } from "../metrics/counting.service.ts";
import type { FigureQuery, Freshness } from "../metrics/service.ts";
import { auditsOf } from "../reach/sources.table.ts";
import { readCount } from "../stats/counts.ts";
import { type ConfusionSource, figuresOf, inLabelOrder, type LabelPair, type MatrixFigures, matrixOf, type Repeats } from "./confusion.rules.ts";
import { countedOf, sizeOf } from "./rules.ts";
import { countFigures, type CountingQuery, openCounting } from "./service.ts";
import { countFirstAudited, countFirstGraded, listLabels } from "./store.ts";

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
 * told from the others. Statements are as many, whatever the number of labels.
 */
export async function confuse(db: Db, viewer: Viewer, query: ConfusionQuery): Promise<Confusion> {
  const { fresh, pairs, frames } = query.source === "GOLDEN" ? await gradedPairs(db, viewer, query) : await auditedPairs(db, viewer, query);
  const ids = [...new Set(pairs.flatMap(({ truthId, policyId }) => [truthId, policyId]))];
  const known = ids.length > 0 ? await listLabels(db, ids) : [];
  const violating = new Set(known.flatMap(({ id, isViolating }) => (isViolating ? [id] : [])));
  const policyIds = inLabelOrder(ids, known);
  const counts = matrixOf(policyIds, pairs);
  const figures = figuresOf(policyIds, counts, (label) => ({
    precision: violating.has(label) ? excludedBy("PRECISION", frames) : null,
    recall: excludedBy("RECALL", frames),
  }));
  return { ...fresh, ...figures, policyIds, counts, n: pairs.reduce((sum, { count }) => sum + count, 0) };
}

interface Pairs {
  fresh: Freshness;
  pairs: LabelPair[];
  /** Of the runs whose audits are counted. */
  frames: readonly FrameCovers[];
}

const BY_LABEL = { groupBy: ["TRUTH_POLICY", "POLICY"], basis: "PROCESS" } as const;
const pairOf = ([truthId, policyId]: readonly (string | null)[], count: number): LabelPair => ({ truthId: truthId!, policyId: policyId!, count });

async function auditedPairs(db: Db, viewer: Viewer, query: ConfusionQuery): Promise<Pairs> {
  const counting: CountingQuery = { ...query, ...BY_LABEL, measures: ["ACCURACY"] };
  const scope = await openCounting(db, viewer, counting);
  const { fresh, counts, plan } = await countFigures(db, viewer, counting, scope);
  const counted = countedOf(counts.audits, plan);
  const runIds = new Set(counted.map(({ runId }) => runId));
  const frames = plan.strata.filter(({ runId }) => runIds.has(runId)).map(({ frameCovers }) => frameCovers);
  if (query.repeats === "FIRST") {
    await checkedSource(db, viewer, auditsOf(scope, ["audits"]));
    return { fresh, frames, pairs: await countFirstAudited(db, scope, query.includeProcessErrors) };
  }
  return { fresh, frames, pairs: counted.map((count) => pairOf(count.keys, sizeOf([count]))) };
}

async function gradedPairs(db: Db, viewer: Viewer, query: ConfusionQuery): Promise<Pairs> {
  const counting: CountingQuery = { ...query, ...BY_LABEL, measures: ["GOLDEN_ACCURACY"] };
  const scope = await openCounting(db, viewer, counting);
  const { fresh, counts } = await countFigures(db, viewer, counting, scope);
  if (query.repeats === "FIRST") return { fresh, frames: [], pairs: await countFirstGraded(db, scope) };
  return { fresh, frames: [], pairs: counts.shares.map(({ keys, n }) => pairOf(keys, readCount(n, "n"))) };
}

function excludedBy(measure: "PRECISION" | "RECALL", frames: readonly FrameCovers[]): FrameReason | null {
  const definition = definitionOf(measure);
  const reasons = definition.source === "AUDITS" ? frames.flatMap((covers) => definition.undefinedFor?.[covers] ?? []) : [];
  return reasons.sort()[0] ?? null;
}
