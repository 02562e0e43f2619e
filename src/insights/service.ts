import type { Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import { type EstimatePlan, estimator, type MetricValue } from "../measures/estimates.rules.ts";
import { type Counts, formGroups, type Group, NO_COUNTS, poolGroups } from "../measures/groups.rules.ts";
import type { Measure } from "../measures/measures.rules.ts";
import type { Dimension } from "../reach/table.ts";
import { checkedSource, countAll } from "../metrics/counting.service.ts";
import { checkAccess, checkShape, isWeighted } from "../metrics/query.rules.ts";
import { type FigureQuery, type Freshness, openScope, type Scope } from "../metrics/service.ts";
import { correctForAuditors } from "../stats/corrected.ts";
import type { Basis } from "../stats/estimation.ts";
import { checkTop, type ClassErrors, countedOf, type ErrorClass, paretoOf, type ParetoRest, type Ranked, sizeOf, weightOf } from "./rules.ts";
import { countAuditorErrors, judgedTwiceOf } from "./store.ts";

/** What an insight counts, and how it estimates from that. */
export interface CountingQuery extends FigureQuery {
  measures: readonly Measure[];
  groupBy: readonly Dimension[];
  basis: Basis;
}

/** What was counted, with all that estimates take. */
export interface Counted {
  fresh: Freshness;
  counts: Counts;
  plan: EstimatePlan;
}

/** Opens what an insight is counted over, once the viewer may ask for it. */
export async function openCounting(db: Db, viewer: Viewer, query: CountingQuery): Promise<Scope> {
  checkShape(query.measures, query.groupBy, query.choice.timeAxis, query.filter);
  checkAccess(viewer, query.measures, query.groupBy, query.filter, query.choice);
  return openScope(db, viewer, query, query.groupBy.includes("WEEK"));
}

/** Counts of the viewer's rows as `metrics` has them, before they are estimated from, so that groups may be formed otherwise. */
export async function countFigures(db: Db, viewer: Viewer, query: CountingQuery, scope: Scope): Promise<Counted> {
  const { measures, groupBy, basis, includeProcessErrors, choice } = query;
  const { counts, strata, planned } = await countAll(db, viewer, { ...scope, measures, groupBy, layer: choice.layer, includeProcessErrors });
  const { reach, period, fresh, minima } = scope;
  const plan: EstimatePlan = {
    measures, groupBy, reach, period, layer: choice.layer, basis, includeProcessErrors, isWeighted: isWeighted(choice),
    isByDecision: choice.timeAxis === "DECIDED_AT", strata, minima,
  };
  return { fresh: { ...fresh, plan: planned }, counts, plan };
}

/** What `errorPareto` is asked. */
export interface ParetoQuery extends FigureQuery {
  by: ErrorClass;
  top: number;
  basis: Basis;
}

/** A class of errors with its rate over all audits. */
export type ParetoRow = Ranked<ClassErrors & { by: ErrorClass; rate: MetricValue }>;

/** Errors by class, heaviest first. */
export interface Pareto extends Freshness {
  rows: ParetoRow[];
  rest: ParetoRest | null;
  errorRate: MetricValue;
}

/** The classes of errors of the viewer's rows, by how much of all errors they make up. */
export async function rankErrors(db: Db, viewer: Viewer, query: ParetoQuery): Promise<Pareto> {
  const { by, top } = query;
  checkTop(top);
  const counting: CountingQuery = { ...query, measures: ["ERROR_RATE"], groupBy: [by] };
  const { fresh, counts, plan } = await countFigures(db, viewer, counting, await openCounting(db, viewer, counting));
  const estimate = estimator(plan);
  const classes = formGroups(counts, [by], null).map((group) => {
    const [rate] = estimate(group) as [MetricValue];
    const audits = sizeOf(countedOf(group.errors, plan));
    return { by, key: group.keys[0]!, audits, weight: rate.numerator ?? audits, rate };
  });
  const whole = poolGroups({ ...NO_COUNTS, audits: counts.audits }, null);
  const [errorRate] = estimator({ ...plan, groupBy: [] })(whole) as [MetricValue];
  return { ...fresh, ...paretoOf(classes, top), errorRate };
}

/** What `auditorCorrected` is asked. */
export interface CorrectedQuery extends FigureQuery {
  basis: Basis;
}

/** How often auditors err in one direction. */
export interface AuditorRate {
  value: number | null;
  x: number;
  n: number;
}

/** An error rate as audited, and as it would be had auditors made no errors. */
export interface AuditorCorrected extends Freshness {
  errorRate: MetricValue;
  accuracy: MetricValue;
  missRate: AuditorRate;
  falseFlagRate: AuditorRate;
  correctedErrorRate: number | null;
  correctedAccuracy: number | null;
  standardError: number | null;
  reason: MetricValue["reason"];
}

/** The error rate beside the one corrected for what auditors miss and flag falsely, known from random double audits of the same rows alone. */
export async function correctErrorRate(db: Db, viewer: Viewer, query: CorrectedQuery): Promise<AuditorCorrected> {
  const counting: CountingQuery = { ...query, measures: ["ERROR_RATE", "ACCURACY"], groupBy: [] };
  const scope = await openCounting(db, viewer, counting);
  const { fresh, counts, plan } = await countFigures(db, viewer, counting, scope);
  const [group] = formGroups(counts, [], null) as [Group];
  const [errorRate, accuracy] = estimator(plan)(group) as [MetricValue, MetricValue];
  const errors = await countAuditorErrors(db, await checkedSource(db, viewer, judgedTwiceOf(scope, query.includeProcessErrors)));
  const rateOf = (x: number, n: number): AuditorRate => ({ value: n === 0 ? null : x / n, x, n });
  const { value } = errorRate;
  const variance = value === null ? 0 : (value * (1 - value)) / weightOf(group, plan).effectiveN;
  const corrected = correctForAuditors({ value: value ?? 0, variance }, errors);
  const known = value === null ? null : corrected.value;
  return {
    ...fresh,
    errorRate,
    accuracy,
    missRate: rateOf(errors.missed, errors.trueErrors),
    falseFlagRate: rateOf(errors.falselyFlagged, errors.trueRights),
    correctedErrorRate: known,
    correctedAccuracy: known === null ? null : 1 - known,
    standardError: known === null ? null : corrected.standardError,
    reason: value === null ? errorRate.reason : corrected.reason,
  };
}
