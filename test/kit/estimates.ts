import { type DrawnStratum, type EstimatePlan, estimator } from "../../src/measures/estimates.rules.ts";
import { formGroups, NO_COUNTS } from "../../src/measures/groups.rules.ts";
import type { Dimension } from "../../src/reach/table.ts";
import type { AuditCount } from "../../src/reach/sources.table.ts";

/** What audits tell, as tests of estimates write it. */
export interface Facts {
  isCorrect: boolean;
  isLabeledViolating: boolean;
  isTrulyViolating: boolean;
  isProcessError: boolean;
}

/** Counts of audits that are alike. */
export const audits = (count: number, of: Partial<AuditCount & Facts> = {}): AuditCount => {
  const { isCorrect = true, isLabeledViolating = false, isTrulyViolating = false, ...rest } = of;
  const [label, truth] = [Number(isLabeledViolating), Number(isTrulyViolating)];
  return {
    keys: [], layer: "CLIENT", runId: "r1", stratumId: "s1", inclusionProbability: null, isProcessError: false, audits: count,
    correct: isCorrect ? count : 0, trulyViolating: truth * count, overEnforced: label * (1 - truth) * count, underEnforced: (1 - label) * truth * count, ...rest,
  };
};
/** Their groups. */
export const formed = (counts: AuditCount[], groupBy: Dimension[] = []) => formGroups({ ...NO_COUNTS, audits: counts }, groupBy, null);

export const january = { from: new Date("2026-01-01T00:00:00Z"), to: new Date("2026-02-01T00:00:00Z") };
/** A stratum of 400, of which 100 were audited, unless said otherwise. */
export const stratum = (of: Partial<DrawnStratum> = {}): DrawnStratum => ({
  projectId: "p1",
  layer: "CLIENT",
  runId: "r1",
  stratumId: "s1",
  stratumKey: "k1",
  frameSize: 400,
  audited: 100,
  voided: 0,
  frameCovers: "ALL",
  frame: {},
  windowFrom: january.from,
  windowTo: january.to,
  ...of,
});
/** A query for ACCURACY over all of January, unless said otherwise. */
export const plan = (of: Partial<EstimatePlan> = {}): EstimatePlan => ({
  measures: ["ACCURACY"],
  groupBy: [],
  reach: { projectIds: ["p1"] },
  period: { ...january, timeZone: "UTC", weekStart: 0 },
  layer: "CLIENT",
  basis: "POPULATION",
  includeProcessErrors: false,
  isWeighted: true,
  isByDecision: true,
  strata: [stratum()],
  minima: { minCoverageRate: 0.9, labelerMinAudits: 30 },
  ...of,
});
/** The values of everything as one group. */
export const estimate = (of: Partial<EstimatePlan>, counts: AuditCount[]) => estimator(plan(of))(formed(counts)[0]!);
