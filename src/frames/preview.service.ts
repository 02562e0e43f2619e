import { Conflict, Forbidden } from "../core/errors.ts";
import type { Viewer } from "../core/viewer.ts";
import type { Reads } from "../db/steps.ts";
import type { SamplingPlanRow } from "../plans/table.ts";
import { settingsOf } from "../projects/service.ts";
import { expectPrecision } from "../stats/precision.ts";
import { type ExpectedAccuracy, expectedAccuracy, sizesOf } from "../stats/sizing.ts";
import { findHandling } from "./past.store.ts";
import { checkOrder, checkSampleSize, codeOf, specOfPlan, type StratumValues, type Window } from "./rules.ts";
import { countFrame, type Frame, withPast } from "./service.ts";
import { listAssigned, listLabelers } from "./store.ts";

/** A stratum as it would be drawn from. */
export interface PreviewStratum {
  projectId: string;
  values: StratumValues;
  frameSize: number;
  sampleSize: number;
  accuracy: ExpectedAccuracy;
  /** Null where nothing would be known. */
  halfWidth: number | null;
}

/** What a draw would take, as far as today's decisions tell. */
export interface Preview {
  frameSize: number;
  excludedCount: number;
  sampleSize: number;
  /** Largest frames first. */
  strata: PreviewStratum[];
  halfWidth: number | null;
  /** Audits that the time of one is known from. */
  handlingCount: number;
  auditHours: number | null;
  /** Labelers with decisions in the frame of whom none would be drawn, and labelers at work on it without any; sorted ids. */
  leftOutIds: string[];
  absentIds: string[];
}

const LEAST_HANDLED = 5;
const SECONDS = 3_600;

async function findLeftOut(reads: Reads, { spec, slices, strata }: Frame, sizes: readonly number[], now: Date) {
  const codes = strata.filter((_, index) => sizes[index]! > 0).map(({ values }) => codeOf(spec.strataBy, values));
  const present = new Map<string, boolean>();
  for (const slice of slices) {
    const labelers = await reads((db) => listLabelers(db, spec, slice, codes));
    for (const { labelerId, isDrawn } of labelers) present.set(labelerId, isDrawn || present.get(labelerId) === true);
  }
  const assigned = await reads((db) => listAssigned(db, spec, now));
  const leftOut = [...present].filter(([, isDrawn]) => !isDrawn).map(([id]) => id);
  return { leftOutIds: leftOut.sort(), absentIds: assigned.filter((id) => !present.has(id)) };
}

/**
 * What a draw of this window would take now, whatever state the plan is in; it draws nothing. Half-widths are of the rules by which the
 * figures will be estimated, and unknown where chances differ (PPS) or nothing is inferred (GOLDEN). For leads and administrators.
 */
export async function previewPlan(reads: Reads, viewer: Viewer, plan: SamplingPlanRow, window: Window, now: Date): Promise<Preview> {
  if (!["QA_LEAD", "ADMIN"].includes(viewer.role)) throw new Forbidden(`preview is for QA_LEAD, ADMIN; you act as ${viewer.role}.`);
  if (plan.isForLots) throw new Conflict("An inspection stream says how many this plan draws of each lot; ask the stream.");
  checkOrder(window.from, window.to);
  const frame = await countFrame(reads, specOfPlan(plan, window));
  const past = await withPast(reads, frame, plan, true);
  const sizes = sizesOf(plan, past);
  const sampleSize = sizes.reduce((sum, n) => sum + n, 0);
  checkSampleSize(sampleSize);
  const accuracies = past.map((stratum) => expectedAccuracy(plan.expectedAccuracy, [stratum]));
  const isInferred = plan.purpose !== "GOLDEN" && plan.method !== "PPS";
  const planned = past.map(({ key, frameSize }, index) => ({ key, frameSize, sampleSize: sizes[index]!, p: accuracies[index]!.value }));
  const { minCoverageRate } = await reads((db) => settingsOf(db, plan.projectId));
  const precision = isInferred ? expectPrecision(planned, "POPULATION", minCoverageRate) : null;
  const { count, medianSeconds } = await reads((db) => findHandling(db, plan.projectId, now));
  const strata = past.map(({ values, frameSize }, index): PreviewStratum => ({
    projectId: plan.projectId, values, frameSize, sampleSize: sizes[index]!, accuracy: accuracies[index]!,
    halfWidth: precision?.strata[index]!.halfWidth ?? null,
  }));
  return {
    frameSize: frame.size,
    excludedCount: frame.excludedCount,
    sampleSize,
    strata: strata.sort((a, b) => b.frameSize - a.frameSize),
    halfWidth: precision?.halfWidth ?? null,
    handlingCount: count,
    auditHours: count < LEAST_HANDLED ? null : (medianSeconds! * sampleSize) / SECONDS,
    ...(await findLeftOut(reads, frame, sizes, now)),
  };
}
