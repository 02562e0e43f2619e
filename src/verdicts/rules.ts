import { InvalidInput } from "../core/errors.ts";
import { versionInGrace } from "../policies/rules.ts";
import type { PolicyRow, PolicyVersionRow } from "../policies/table.ts";
import { SEVERITIES } from "../scorecards/table.ts";
import type { VerdictRow } from "./table.ts";

/** What a decision says, or should have said. An action of null was not given. */
export interface Ruling {
  policyId: string;
  isViolating: boolean;
  action: string | null;
}

/** How a decision was wrong, by the table of `domain.md` section 5; null if it was right. A truth without an action judges none. */
export function errorTypeOf(labeled: Ruling, truth: Ruling, isTechnicalFailure: boolean): VerdictRow["errorType"] {
  if (isTechnicalFailure) return "TECHNICAL";
  if (!labeled.isViolating && truth.isViolating) return "UNDER_ENFORCEMENT";
  if (labeled.isViolating && !truth.isViolating) return "OVER_ENFORCEMENT";
  if (labeled.policyId !== truth.policyId) return "WRONG_POLICY";
  return truth.action !== null && labeled.action !== truth.action ? "WRONG_ACTION" : null;
}

/** Who answers for an error of this type: the process for technical failures, else the labeler. */
export function attributionOf(errorType: VerdictRow["errorType"]): VerdictRow["attribution"] {
  return errorType === null ? null : errorType === "TECHNICAL" ? "PROCESS" : "LABELER";
}

/** The part of a verdict that follows from decision and truth. */
export type Judgement = Pick<VerdictRow, "outcome" | "errorType" | "attribution" | "processReason" | "isGraceApplied">;

/** The judgement of an error type. With `isGraceApplied` the decision was right under the policy version before, and counts as right. */
export function judgementOf(errorType: VerdictRow["errorType"], isGraceApplied: boolean): Judgement {
  const right = { outcome: "CORRECT", errorType: null, attribution: null, processReason: null, isGraceApplied } as const;
  if (errorType === null || isGraceApplied) return right;
  const processReason = errorType === "TECHNICAL" ? errorType : null;
  return { outcome: "INCORRECT", errorType, attribution: attributionOf(errorType), processReason, isGraceApplied };
}

/**
 * True if a decision that is wrong now was right under the version before, while grace lasts: of the labeler's policy or of the true one,
 * since either may have changed. Grace never excuses a technical failure.
 */
export function isInGrace(
  errorType: VerdictRow["errorType"],
  decision: { labeled: Ruling; market: string; decidedAt: Date },
  previous: Ruling | null,
  versionsByPolicy: ReadonlyMap<string, readonly PolicyVersionRow[]>,
): boolean {
  if (errorType === null || errorType === "TECHNICAL" || !previous || errorTypeOf(decision.labeled, previous, false) !== null) return false;
  return [...versionsByPolicy.values()].some((versions) => versionInGrace(versions, decision.market, decision.decidedAt) !== null);
}

/** A policy as an auditor names it. */
export interface PolicyName {
  id?: string | null;
  code?: string | null;
}

/** A policy of the project that somebody named. */
export type NamedPolicy = Pick<PolicyRow, "id" | "code" | "isViolating" | "isLeaf" | "severity">;

/** The policy that a truth names. Refuses one that the project doesn't use, or that has policies below it. */
export function checkPolicy(policy: NamedPolicy | null, name: PolicyName, path: readonly string[]): NamedPolicy {
  const place = [...path, name.id ? "policyId" : "policyCode"];
  if (!policy) throw new InvalidInput(`${place.join(".")}: the project uses no such policy; take one of its policies.`, place);
  if (!policy.isLeaf) throw new InvalidInput(`${place.join(".")}: "${policy.code}" has policies below it; name the one that fits.`, place);
  return policy;
}

/** What is right, as somebody says it. Without an action the action is not judged. */
export interface TruthInput {
  policy: PolicyName;
  action?: string | null;
  tags?: readonly string[] | null;
  isTechnicalFailure?: boolean | null;
  /** What was right under the policy version before; counts in its grace period. */
  previous?: { policy: PolicyName; action?: string | null } | null;
}

/** What is right, in range. */
export interface Truth {
  policy: PolicyName;
  action: string | null;
  tags: string[];
  isTechnicalFailure: boolean;
  previous: { policy: PolicyName; action: string | null } | null;
}

/** A truth whose words are in range; whether its policies can be named is `checkPolicy`'s to say. */
export function checkTruth({ policy, action, tags, isTechnicalFailure, previous }: TruthInput): Truth {
  const before = previous ? { policy: previous.policy, action: checkAction(previous.action, ["truth", "previous", "action"]) } : null;
  return {
    policy, action: checkAction(action, ["truth", "action"]), tags: checkTags(tags), isTechnicalFailure: isTechnicalFailure ?? false, previous: before,
  };
}

const MAX_TAGS = 50;
const MAX_TAG = 64;

function checkTags(tags: readonly string[] | null | undefined): string[] {
  const path = ["truth", "tags"];
  const words = [...new Set(tags ?? [])];
  if (words.length > MAX_TAGS) throw new InvalidInput(`truth.tags: ${words.length} are too many; name at most ${MAX_TAGS}.`, path);
  const wrong = words.find((tag) => tag.length < 1 || tag.length > MAX_TAG);
  if (wrong === undefined) return words;
  throw new InvalidInput(`truth.tags: "${wrong.slice(0, MAX_TAG)}" must have 1 to ${MAX_TAG} characters.`, path);
}

const MAX_ACTION = 64;

/** 1 to 64 characters; null where the action isn't judged. */
export function checkAction(action: string | null | undefined, path: readonly string[]): string | null {
  if (action == null) return null;
  if (action.length < 1 || action.length > MAX_ACTION) throw new InvalidInput(`${path.join(".")}: must have 1 to ${MAX_ACTION} characters.`, path);
  return action;
}

/** What of a verdict makes it better or worse for its labeler. */
export type Standing = Pick<VerdictRow, "outcome" | "attribution" | "severity" | "score">;

const weightOf = ({ severity }: Standing) => (severity ? SEVERITIES.length - SEVERITIES.indexOf(severity) : 0);
const isLabelersError = ({ attribution }: Standing) => attribution === "LABELER";

/**
 * True if a labeler has more to answer for than before: right became wrong, the process' error theirs, the severity higher or the score
 * lower. No score counts as a full one, since neither can be contested.
 */
export function isWorse(before: Standing, after: Standing): boolean {
  if (before.outcome === "CORRECT" && after.outcome === "INCORRECT") return true;
  if (isLabelersError(after) && !isLabelersError(before)) return true;
  return weightOf(after) > weightOf(before) || (after.score ?? 1) < (before.score ?? 1);
}

/** What of a verdict the next one may change. */
export const CHANGES = ["OUTCOME", "ERROR_TYPE", "TRUTH_POLICY", "TRUTH_ACTION", "SEVERITY", "SCORE"] as const;

/** What two verdicts are compared in. */
export type Compared = Pick<VerdictRow, "outcome" | "errorType" | "truthPolicyId" | "truthAction" | "severity" | "score">;

/** In what two verdicts of an audit differ. */
export function changesBetween(before: Compared, after: Compared): (typeof CHANGES)[number][] {
  const read = { OUTCOME: "outcome", ERROR_TYPE: "errorType", TRUTH_POLICY: "truthPolicyId", TRUTH_ACTION: "truthAction", SEVERITY: "severity", SCORE: "score" } as const;
  return CHANGES.filter((name) => before[read[name]] !== after[read[name]]);
}
