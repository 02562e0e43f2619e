import { InvalidInput } from "../core/errors.ts";
import { versionInGrace } from "../policies/rules.ts";
import type { PolicyVersionRow } from "../policies/table.ts";
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
export type Judgement = Pick<VerdictRow, "outcome" | "errorType" | "attribution" | "isGraceApplied">;

/** The judgement of an error type. With `isGraceApplied` the decision was right under the policy version before, and counts as right. */
export function judgementOf(errorType: VerdictRow["errorType"], isGraceApplied: boolean): Judgement {
  if (errorType === null || isGraceApplied) return { outcome: "CORRECT", errorType: null, attribution: null, isGraceApplied };
  return { outcome: "INCORRECT", errorType, attribution: attributionOf(errorType), isGraceApplied };
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

const MAX_ACTION = 64;

/** 1 to 64 characters; null where the action isn't judged. */
export function checkAction(action: string | null | undefined, path: readonly string[]): string | null {
  if (action == null) return null;
  if (action.length < 1 || action.length > MAX_ACTION) throw new InvalidInput(`${path.join(".")}: must have 1 to ${MAX_ACTION} characters.`, path);
  return action;
}
