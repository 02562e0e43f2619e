export type Severity = "CRITICAL" | "MAJOR" | "MINOR";

/** What an audit found at one criterion of its scorecard. */
export type ScoredFinding = {
  /** The criterion's. */
  severity: Severity;
  /** The finding's own, where an error code made it another one. */
  raisedSeverity?: Severity | null;
  weight: number;
  isBonus: boolean;
  result: "PASS" | "FAIL" | "NA";
};

export type SeverityWeights = Readonly<Record<Severity, number>>;

export const SEVERITY_WEIGHTS: SeverityWeights = { CRITICAL: 10, MAJOR: 3, MINOR: 1 };

function pointsOf(findings: readonly ScoredFinding[], weights: SeverityWeights): number {
  return findings.reduce((sum, { severity, weight }) => sum + weights[severity] * weight, 0);
}

// As PostgreSQL rounds numeric: halves away from zero, once the quotient is clear of binary noise.
function toMillionths(share: number): number {
  return Math.floor(Number((share * 1e6).toFixed(6)) + 0.5) / 1e6;
}

/**
 * The score q of an audit, 0 to 1 in six decimals: the weighted share that passed of the criteria that apply, plus what passed bonus
 * criteria add. A failed critical one makes it 0, whatever else passed; null if no criterion outside the bonus applied. Severities weigh
 * as the scorecard says, so that an error code moves no weight but may make a failure critical.
 */
export function scoreOf(findings: readonly ScoredFinding[], weights: SeverityWeights = SEVERITY_WEIGHTS): number | null {
  const applicable = findings.filter(({ isBonus, result }) => !isBonus && result !== "NA");
  if (applicable.length === 0) return null;
  const failed = failuresAmong(findings);
  if (failed.some(({ severity, raisedSeverity }) => (raisedSeverity ?? severity) === "CRITICAL")) return 0;
  const bonus = findings.filter(({ isBonus, result }) => isBonus && result === "PASS");
  const points = pointsOf(applicable, weights);
  return toMillionths(Math.min(1, (points - pointsOf(failed, weights) + pointsOf(bonus, weights)) / points));
}

/** The findings that count as failed criteria (defects per unit and per million); a bonus that wasn't earned is no failure. */
export function failuresAmong<Finding extends ScoredFinding>(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ isBonus, result }) => !isBonus && result === "FAIL");
}
