import { expect } from "vitest";

const ALL = ["ID-VIDEO", "ID-LIVE", "MY-VIDEO", "PH-ADS"];
const STORY = { from: "2025-12-24", to: "2026-03-18", timeZone: "Asia/Jakarta" };
const MONTH = { from: "2026-02-01", to: "2026-03-01", timeZone: "Asia/Jakarta" };
const all = { projects: ALL, range: STORY };
const degraded = { project: "MY-VIDEO", range: STORY };

/** Opaque ids of what documents are asked about. */
export interface Ids {
  project: string;
  queue: string;
  version: string;
  policy: string;
  vendor: string;
  session: string;
  snapshot: string;
}

/** What a document is asked with, and what its answer must hold. */
export interface Asked {
  /** The lead, unless it is for somebody else. */
  as?: string;
  variables?: (ids: Ids) => object;
  /** At least so many figures have a value. */
  figures?: number;
  /** Why figures may have none; what is not named here may not be null. */
  nulls?: readonly (string | null)[];
  check?: (data: any) => void;
}

const valueOf = (row: any) => row.values[0].value as number;
const isBetween = (value: number, low: number, high: number) => {
  expect(value).toBeGreaterThanOrEqual(low);
  expect(value).toBeLessThanOrEqual(high);
};

/** Every query of the folder by its name. The demo is told at 0.4 of its volume, so that what it tells is more than chance. */
export const QUESTIONS: Readonly<Record<string, Asked>> = {
  WeeklyAccuracyByMarket: {
    variables: () => all, figures: 70,
    check: ({ metrics }) => {
      expect(metrics.rows.length).toBeGreaterThanOrEqual(36);
      expect(metrics.rows.every((row: any) => row.values.every(({ interval }: any) => interval !== null))).toBe(true);
      isBetween(valueOf(metrics.totals), 0.85, 0.97);
    },
  },
  TargetStatusByQueue: {
    variables: () => all, figures: 24,
    check: ({ metrics }) => {
      const statuses = metrics.rows.map((row: any) => row.values[0].target.status);
      expect(statuses.length).toBe(12);
      for (const status of ["BELOW", "MET"]) expect(statuses).toContain(status);
    },
  },
  MonthAgainstPrevious: {
    variables: () => ({ projects: ALL, range: MONTH }), figures: 48,
    check: ({ metrics }) => {
      const { comparison } = metrics.rows.find((row: any) => row.market === "ms-MY" && row.queue.code === "COMMENTS").values[0];
      expect(comparison.isSignificant).toBe(true);
      expect(comparison.differenceInterval.high).toBeLessThan(0);
    },
  },
  DistanceToTargets: { variables: () => all, figures: 32, check: ({ metrics }) => expect(metrics.rows.length).toBe(8) },
  EnforcementByPolicy: {
    variables: () => ({ ...all, projects: ["MY-VIDEO"] }), figures: 20, nulls: ["ZERO_DENOMINATOR"],
    check: ({ under }) => expect(under.rows.slice(0, 6).map((row: any) => row.truthPolicy.code)).toContain("HATE-IMPLICIT"),
  },
  PrecisionAndRecallByPolicy: { variables: () => all, figures: 40, nulls: ["ZERO_DENOMINATOR"], check: ({ metrics }) => isBetween(metrics.totals.values[2].value, 0.3, 1) },
  AccuracyByPolicyVersion: {
    variables: ({ policy }) => ({ ...all, policyIds: [policy] }), figures: 4,
    check: ({ metrics }) => expect(metrics.rows.map((row: any) => row.policyVersion.semver).sort()).toEqual(["1.0.0", "2.0.0"]),
  },
  PolicyVersionImpact: {
    variables: ({ queue, version }) => ({ project: "MY-VIDEO", policyVersionId: version, days: 42, queueIds: [queue] }), figures: 4,
    check: ({ policyImpact: { policy } }) => {
      expect(policy.difference).toBeGreaterThan(0);
      expect(policy.isSignificant).toBe(true);
    },
  },
  QualityScoreByTenure: {
    variables: () => all, figures: 6,
    check: ({ metrics: { rows } }) => expect(rows.find((row: any) => row.tenureBucket === "D0_30").values[0].value).toBeLessThan(rows.find((row: any) => row.tenureBucket === "D181_UP").values[0].value),
  },
  CriticalErrorsByQueue: { variables: () => all, figures: 30, check: ({ severities }) => expect(new Set(severities.rows.map((row: any) => row.severity)).size).toBe(3) },
  AccuracyCorrectedForAuditors: {
    variables: () => ({ project: "ID-VIDEO", range: STORY }), figures: 3,
    check: ({ auditorCorrected: { accuracy, correctedAccuracy } }) => {
      isBetween(accuracy.value, 0.85, 0.97);
      isBetween(correctedAccuracy, 0.8, 0.97);
    },
  },
  ControlChartOfQueue: {
    variables: ({ queue }) => ({ ...degraded, queueIds: [queue], baselineRange: { from: "2025-12-24", to: "2026-02-04" } }),
    check: ({ controlChart: { points, signals, n } }) => {
      expect([points.length, signals.length > 0]).toEqual([13, true]);
      expect(n).toBeGreaterThan(200);
    },
  },
  AuditsStillNeeded: {
    variables: () => ({ projects: ALL, range: { ...STORY, from: "2026-03-04" } }), figures: 3,
    check: ({ precisionPlan }) => expect(precisionPlan.missing).toBeGreaterThan(50),
  },
  FiguresThenAndNow: {
    variables: () => ({ ...all, asOf: "2026-03-01T00:00:00Z" }), figures: 3,
    check: ({ asAudited, current, then }) => {
      expect(valueOf(asAudited.totals)).not.toBe(valueOf(current.totals));
      expect(then.totals.values[0].n).toBeLessThan(current.totals.values[0].n);
    },
  },
  WorstErrorCodes: {
    variables: () => degraded, figures: 5,
    check: ({ errorPareto: { rows } }) => {
      expect(rows.length).toBeGreaterThanOrEqual(5);
      expect(rows[0].cumulativeShare).toBe(rows[0].share);
      expect(rows.map(({ errorCode }: any) => errorCode.code)).toContain("MISSED-CODED");
    },
  },
  ErrorCausesByVendor: { variables: () => all, figures: 9, check: ({ metrics }) => expect(new Set(metrics.rows.map((row: any) => row.vendor.code)).size).toBe(2) },
  DefectsByQueue: { variables: () => all, figures: 24 },
  ConfusionMatrix: {
    variables: () => degraded, figures: 20, nulls: [null],
    check: ({ confusionMatrix: { n, counts, labels } }) => {
      expect(counts.flat().reduce((sum: number, each: number) => sum + each, 0)).toBe(n);
      expect(counts.length).toBe(labels.length);
      expect(n).toBeGreaterThan(500);
    },
  },
  GoldenAccuracyByRule: { variables: () => all, figures: 10, check: ({ metrics }) => expect(metrics.rows.every((row: any) => row.goldenRule)).toBe(true) },
  LabelersBelowTarget: {
    variables: () => all, figures: 2,
    check: ({ metrics: { rows } }) => {
      expect(rows.length).toBeGreaterThan(0);
      for (const { values: [{ interval, target, n }] } of rows) {
        expect([target.status, interval.high < target.value, n >= 30]).toEqual(["BELOW", true, true]);
      }
    },
  },
  LabelerAccuracy: { variables: ({ queue }) => ({ ...degraded, queueIds: [queue] }), figures: 10 },
  FunnelOfQueue: {
    variables: ({ queue }) => ({ ...degraded, queueIds: [queue] }), figures: 10,
    check: ({ funnel }) => expect(funnel.groups.some(({ points }: any) => points.some(({ rank }: any) => rank !== null))).toBe(true),
  },
  GoldenAccuracyByLabeler: { variables: () => all, figures: 50 },
  AuditorAccuracy: { variables: () => ({ ...all, projects: ["ID-VIDEO"] }), figures: 6 },
  PeopleAgainstModels: { variables: () => ({ project: "ID-VIDEO", range: STORY, source: "GOLDEN" }), check: ({ pairedComparison: { n } }) => expect(n).toBeGreaterThan(4) },
  VendorAgainstInternalAudits: {
    variables: ({ queue, vendor }) => ({ projects: ["MY-VIDEO"], range: { ...STORY, from: "2026-01-28" }, queueIds: [queue], vendorIds: [vendor] }), figures: 3,
    check: ({ layers }) => expect(layers.rows.map((row: any) => row.layer).sort()).toEqual(["CLIENT", "VENDOR"]),
  },
  VendorsSideBySide: { variables: () => all, figures: 18, check: ({ metrics }) => expect(metrics.rows.length).toBe(6) },
  VendorAmongOthers: {
    as: "vendorManager", variables: () => ({ project: "ID-VIDEO", market: "id-ID", from: "2026-02-09", weeks: 4 }), figures: 1,
    // Two vendors are too few to hide one another.
    check: ({ vendorBenchmark: { p50, reason } }) => expect([p50, reason]).toEqual([null, "TOO_FEW"]),
  },
  AuditorAgreementByPolicy: { variables: () => ({ project: "ID-VIDEO", range: STORY }), figures: 10, nulls: ["NO_VARIATION", "NO_DATA", null] },
  LabelerAgreement: { variables: () => ({ project: "ID-VIDEO", range: STORY }), figures: 3, nulls: ["NO_VARIATION"], check: ({ agreement }) => expect(agreement.items).toBeGreaterThan(100) },
  CalibrationOutcomes: {
    figures: 4,
    check: ({ calibrationSessions: { nodes: [held] } }) => {
      expect([held.agreement.items, held.agreement.raters, held.clarifications.nodes.length]).toEqual([12, 5, 1]);
      expect(new Set(held.raters.map(({ againstConsensus }: any) => againstConsensus.agreed)).size).toBeGreaterThan(1);
    },
  },
  RaterLeans: {
    variables: ({ session }) => ({ project: "MY-VIDEO", calibrationSessionId: session }), figures: 4,
    check: ({ agreement }) => expect([agreement.raterLeans.length, agreement.items]).toEqual([5, 12]),
  },
  OpenPolicyQuestions: {
    as: "policyManager",
    check: ({ policyQuestions: { nodes, totalCount } }) => {
      expect(totalCount).toBe(2);
      expect(nodes.map(({ state, isOverdue }: any) => [state, isOverdue])[0]).toEqual(["ASSIGNED", true]);
    },
  },
  HandleTimeAndOutput: { variables: () => ({ projects: ["MY-VIDEO"], range: { from: "2026-03-04", to: "2026-03-18" } }), figures: 84, nulls: ["NO_HOURS"] },
  CoverageAndPlanAttainment: { variables: () => ({ projects: ALL, range: MONTH }), figures: 24, check: ({ metrics }) => isBetween(valueOf(metrics.totals), 0.1, 0.6) },
  ProcessErrors: { variables: () => all, figures: 13, check: ({ metrics }) => expect(valueOf(metrics.totals)).toBeGreaterThan(0) },
  ClosedWeeks: {
    variables: () => ({ first: 20 }), figures: 40,
    check: ({ reportingPeriods: { nodes } }) => {
      const reported = nodes.filter(({ project }: any) => project.code === "MY-VIDEO");
      expect(reported.map(({ snapshots }: any) => snapshots.nodes.length)).toEqual([4, 4, 4, 4]);
      expect(reported.some(({ adjustments }: any) => adjustments.nodes.some(({ reason, correctDelta }: any) => reason === "CORRECTION" && correctDelta === 1))).toBe(true);
    },
  },
  VerifyReport: { variables: ({ snapshot }) => ({ snapshotId: snapshot }), check: ({ verifyReportSnapshot: { isIntact, isReproduced } }) => expect([isIntact, isReproduced]).toEqual([true, true]) },
  MyReports: {
    as: "vendorManager", figures: 20,
    check: ({ reportDefinitions: { nodes } }) => {
      expect(nodes.map(({ audience }: any) => audience)).toEqual(["PARTNER"]);
      expect(nodes[0].snapshots.nodes.map(({ vendor }: any) => vendor.code)).toEqual(Array(4).fill("NUSA"));
    },
  },
  TargetsInForce: { variables: () => ({ validOn: "2026-03-18" }), figures: 14, check: ({ qualityTargets }) => expect(qualityTargets.totalCount).toBe(14) },
  Definitions: {
    as: "analyst",
    check: ({ metricDefinitions, dimensionDefinitions }) => {
      expect(metricDefinitions.length).toBeGreaterThan(25);
      expect(dimensionDefinitions.length).toBeGreaterThan(25);
    },
  },
  WhoAmI: { as: "analyst", check: ({ viewer }) => expect(viewer.role).toBe("ANALYST") },
};
