import { pickWeighted, type Random } from "../stats/random.ts";
import type { ScorecardContent } from "../scorecards/rules.ts";
import { type Basis, complete, type Completion, judge, type Judged } from "../verdicts/findings.rules.ts";
import type { NamedPolicy } from "../verdicts/rules.ts";
import type { VerdictRow } from "../verdicts/table.ts";
import type { QueuePlan } from "./organisation.rules.ts";
import { type Call, mistakenFor } from "./policies.rules.ts";
import { answersOn, answersOnHandling, causeOf } from "./scorecard.rules.ts";

/** What all verdicts follow from. */
export interface Rulebook {
  scorecard: ScorecardContent;
  policiesById: ReadonlyMap<string, NamedPolicy>;
  policiesByCode: ReadonlyMap<string, NamedPolicy>;
}

/** A decision that is judged. */
export interface Case {
  policyId: string;
  action: string | null;
  market: string;
  decidedAt: Date;
  /** The policy had just changed where it was made. */
  isNews: boolean;
}

/** What an auditor says of it. */
export interface Said extends Call {
  isTechnicalFailure: boolean;
}

/** Which verdict of an audit it is, whose, when and why. */
export type Signature = Pick<
  VerdictRow,
  "id" | "auditId" | "number" | "reason" | "explanation" | "isAfterReveal" | "actorId" | "recordedAt"
>;

/** A verdict as the product's own rules make it, with its findings. */
export type VerdictPlan = Signature & Judged & Completion;

/** Two calls that say the same. */
export function isSameCall(one: Call, other: Call): boolean {
  return one.policy === other.policy && one.action === other.action;
}

/** How often an auditor takes a wrong decision for right, and a right one for wrong. */
export interface Slips {
  missed: number;
  invented: number;
}

/** What an auditor takes for right, who may miss an error, or see one where there is none. */
export function sayOf(random: Random, called: Call, truth: Call, queue: QueuePlan, { missed, invented }: Slips): Call {
  const roll = random();
  if (!isSameCall(called, truth)) return roll < missed ? called : truth;
  return roll < invented ? mistakenFor(random, truth, queue) : truth;
}

// Nothing in the story is excused by a period of grace.
const NO_VERSIONS = new Map<string, never[]>();

/**
 * The verdict that an auditor, or whoever decides past them, gives: judged and completed by the product's rules. The first one answers
 * every criterion; later ones carry on what was found of the handling.
 */
export function giveVerdict(
  random: Random, rulebook: Rulebook, decision: Case, said: Said, signature: Signature, before: VerdictPlan | null,
): VerdictPlan {
  const { isViolating, severity } = rulebook.policiesById.get(decision.policyId)!;
  const basis: Basis = {
    labeled: { policyId: decision.policyId, action: decision.action, isViolating, severity },
    truth: rulebook.policiesByCode.get(said.policy) ?? null,
    previous: null, golden: null, before, findings: before?.findings ?? [],
  };
  const { isTechnicalFailure, action } = said;
  const truth = { policy: { code: said.policy }, action, tags: [], isTechnicalFailure, previous: null };
  const judged = judge(decision, truth, basis, NO_VERSIONS, false);
  const { errorType } = judged;
  const cause = causeOf(random, errorType, decision.isNews);
  const answers = [...answersOn(errorType, said, decision.isNews), ...(before ? [] : answersOnHandling(random, said))];
  const { answered: _, ...completion } = complete(rulebook.scorecard, judged, basis, { answers, cause });
  return { ...judged, ...completion, ...signature };
}

const WORDS = {
  CORRECTION: {
    "A second look by the lead: the policy's examples are clear here.": 2,
    "Found when the week's errors were read together.": 1,
  },
  ADJUDICATION: {
    "The first auditor missed the decisive part.": 2,
    "Neither convinces in all; by the policy's text it is this.": 1,
  },
} as const;

/** Why a verdict takes the place of the one before, in words. */
export function explanationOf(random: Random, reason: keyof typeof WORDS): string {
  return pickWeighted<string>(random, WORDS[reason]);
}
