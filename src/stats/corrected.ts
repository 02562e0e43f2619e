import { type Count, readCount } from "./counts.ts";

/** Of random double audits: of `trueErrors` the first auditor missed some, of `trueRights` flagged some falsely. */
export type AuditorErrors = { missed: Count; trueErrors: Count; falselyFlagged: Count; trueRights: Count };

/** An error rate as audited, with its variance. */
export type Observed = { value: number; variance: number };

export type CorrectedRate = { value: number | null; standardError: number | null; reason: "NO_AUDITOR_RATES" | null };

/** Fewer true errors than this say too little of how often they are missed. */
export const MIN_TRUE_ERRORS = 20;

const NONE: CorrectedRate = { value: null, standardError: null, reason: "NO_AUDITOR_RATES" };

/**
 * The error rate had auditors made no errors, ê = (ē - f)/(1 - m - f) cut to [0,1] (Rogan & Gladen 1978), with a standard error that has
 * the uncertainty of m and f in it. For showing beside the observed rate, never instead.
 */
export function correctForAuditors(observed: Observed, errors: AuditorErrors): CorrectedRate {
  const read = { missed: readCount(errors.missed, "missed"), trueErrors: readCount(errors.trueErrors, "trueErrors") };
  const [flagged, rights] = [readCount(errors.falselyFlagged, "falselyFlagged"), readCount(errors.trueRights, "trueRights")];
  if (read.missed > read.trueErrors || flagged > rights) throw new RangeError("more auditors' errors than audits");
  if (read.trueErrors < MIN_TRUE_ERRORS || rights === 0) return NONE;
  const [m, f] = [read.missed / read.trueErrors, flagged / rights];
  const told = 1 - m - f;
  if (told <= 1e-12) return NONE;
  const value = Math.min(1, Math.max(0, (observed.value - f) / told));
  const variance = observed.variance + (1 - value) ** 2 * ((f * (1 - f)) / rights) + value ** 2 * ((m * (1 - m)) / read.trueErrors);
  return { value, standardError: Math.sqrt(variance) / told, reason: null };
}
