/** A figure: counts by group and their intervals. What it may read at most is limited for itself. */
const FIGURE = 100;
/** What takes seconds, in short reads. */
const LONG = 500;
/** A count of all rows that pass a filter. */
const COUNT = 10;
/** A transaction, beside its rows. */
const VERB = 10;

/** What reads or computes more than its answer shows, by type and field. */
export const WEIGHTS: Readonly<Record<string, number>> = {
  "Query.agreement": FIGURE,
  "Query.auditorCorrected": FIGURE,
  "Query.confusionMatrix": FIGURE,
  "Query.controlChart": FIGURE,
  "Query.errorPareto": FIGURE,
  "Query.funnel": FIGURE,
  "Query.metrics": FIGURE,
  "Query.pairedComparison": FIGURE,
  "Query.policyImpact": FIGURE,
  "Query.precisionPlan": FIGURE,
  "Query.vendorBenchmark": FIGURE,
  "Agreement.pairs": FIGURE,
  "Agreement.raterLeans": FIGURE,
  "Query.escalationRulePreview": LONG,
  "Query.retentionPreview": LONG,
  "Query.verifyReportSnapshot": LONG,
  "SamplingPlan.preview": LONG,
  "SamplingRun.redraw": LONG,
  "Viewer.work": FIGURE,
};

const INTROSPECTION: Readonly<Record<string, number>> = { __schema: 100, __type: 10 };

/** What a field costs beside its objects. */
export function weightOf(type: string, field: string): number {
  if (type === "Mutation") return VERB;
  if (field === "totalCount" && type.endsWith("Connection")) return COUNT;
  return WEIGHTS[`${type}.${field}`] ?? INTROSPECTION[field] ?? 0;
}
