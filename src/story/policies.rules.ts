import { pickWeighted, type Random } from "../stats/random.ts";
import type { QueuePlan } from "./organisation.rules.ts";
import { DEGRADED } from "./rules.ts";

/** A policy of the tree; groups have children, decisions name leaves. */
export interface PolicyPlan {
  code: string;
  name: string;
  parent: string | null;
  isViolating: boolean;
  severity: "CRITICAL" | "MAJOR" | "MINOR";
  harmCategory: string | null;
  /** What is done with content that breaks it; null for groups. */
  action: string | null;
}

/** The reserved "no violation" policy that every database has. */
export const NO_VIOLATION = "NV";
/** The other way of not breaking a rule: news, education, satire. */
export const IN_CONTEXT = "NV-CONTEXT";
/** The policy whose second version comes mid-way. */
export const UPDATED_POLICY = "HATE-IMPLICIT";

type Severity = PolicyPlan["severity"];
type Leaf = readonly [code: string, name: string, severity: Severity, action: string];

const GROUPS: readonly (readonly [code: string, name: string, harmCategory: string, leaves: readonly Leaf[]])[] = [
  ["HATE", "Hate", "HATE", [
    ["HATE-SLUR", "Slurs and dehumanisation", "MAJOR", "REMOVE"],
    ["HATE-IMPLICIT", "Coded and implicit hate", "MAJOR", "REMOVE"],
  ]],
  ["HARASSMENT", "Harassment and bullying", "HARASSMENT", [
    ["HARASSMENT-INSULT", "Targeted insults", "MINOR", "REMOVE"],
    ["HARASSMENT-THREAT", "Threats and doxxing", "CRITICAL", "BAN"],
  ]],
  ["ADULT", "Adult nudity and sexual content", "SEXUAL", [
    ["ADULT-NUDITY", "Nudity", "MAJOR", "REMOVE"],
    ["ADULT-SUGGESTIVE", "Sexually suggestive", "MINOR", "RESTRICT"],
  ]],
  ["VIOLENCE", "Violence", "VIOLENCE", [
    ["VIOLENCE-GRAPHIC", "Graphic violence", "MAJOR", "RESTRICT"],
    ["VIOLENCE-EXTREMISM", "Praise of violent extremism", "CRITICAL", "BAN"],
  ]],
  ["SELF-HARM", "Suicide and self-harm", "SELF_HARM", [["SELF-HARM-PROMOTION", "Promotion or instructions", "CRITICAL", "REMOVE"]]],
  ["MINOR-SAFETY", "Minor safety", "MINOR_SAFETY", [
    ["MINOR-SAFETY-EXPLOITATION", "Sexual exploitation of minors", "CRITICAL", "BAN"],
    ["MINOR-SAFETY-RISK", "Dangerous acts by minors", "MAJOR", "RESTRICT"],
  ]],
  ["SPAM", "Spam and deception", "DECEPTION", [
    ["SPAM-ENGAGEMENT", "Engagement bait", "MINOR", "RESTRICT"],
    ["SPAM-SCAM", "Scams and fraud", "MAJOR", "REMOVE"],
  ]],
  ["REGULATED", "Regulated goods", "REGULATED_GOODS", [
    ["REGULATED-GAMBLING", "Gambling", "MAJOR", "REMOVE"],
    ["REGULATED-DRUGS", "Drugs and tobacco", "MAJOR", "REMOVE"],
  ]],
];

const RANKS: readonly Severity[] = ["MINOR", "MAJOR", "CRITICAL"];

function highest(severities: readonly Severity[]): Severity {
  return RANKS[Math.max(...severities.map((each) => RANKS.indexOf(each)))]!;
}

/** The tree, every parent before its children; `NV` is not in it, since every database has it. */
export const POLICIES: readonly PolicyPlan[] = [
  ...GROUPS.flatMap(([code, name, harmCategory, leaves]): PolicyPlan[] => [
    { code, name, parent: null, isViolating: true, severity: highest(leaves.map((leaf) => leaf[2])), harmCategory, action: null },
    ...leaves.map((leaf): PolicyPlan => ({
      code: leaf[0], name: leaf[1], parent: code, isViolating: true, severity: leaf[2], harmCategory, action: leaf[3],
    })),
  ]),
  { code: IN_CONTEXT, name: "Allowed in context: news, education, satire", parent: null, isViolating: false, severity: "MINOR", harmCategory: null, action: "ALLOW" },
];

const BY_CODE = new Map(POLICIES.map((policy) => [policy.code, policy]));

/** The leaves that break a rule. */
export const VIOLATING_LEAVES: readonly PolicyPlan[] = POLICIES.filter((policy) => policy.isViolating && policy.action !== null);

/** True if the policy is a way of breaking a rule. */
export function isViolating(code: string): boolean {
  return BY_CODE.get(code)?.isViolating ?? false;
}

/** How grave it is to break this policy. */
export function severityOf(code: string): Severity {
  return BY_CODE.get(code)?.severity ?? "MINOR";
}

/** What the rules ask for on content of this policy. */
export function actionFor(code: string): string {
  return BY_CODE.get(code)?.action ?? "ALLOW";
}

/** The leaf that is most easily taken for this one: its sibling, or insults for what stands alone. */
export function lookalikeOf(code: string): string {
  const parent = BY_CODE.get(code)?.parent;
  return VIOLATING_LEAVES.find((leaf) => leaf.parent === parent && leaf.code !== code)?.code ?? "HARASSMENT-INSULT";
}

/** What a decision says, or should say. */
export interface Call {
  policy: string;
  action: string;
}

/** What content of a queue really is. */
export function truthOf(random: Random, queue: QueuePlan, degraded: boolean): Call {
  if (degraded && random() < DEGRADED.share) return { policy: UPDATED_POLICY, action: actionFor(UPDATED_POLICY) };
  const policy = random() < queue.violatingRate ? pickWeighted(random, queue.policies) : random() < 0.08 ? IN_CONTEXT : NO_VIOLATION;
  return { policy, action: actionFor(policy) };
}

// Errors on violating and other content, so that together they are `errorRate`, and a miss is `leniency` times as likely as a false alarm.
function errorRateGiven(truth: Call, queue: QueuePlan, errorRate: number): number {
  const rateOnOther = errorRate / (queue.leniency * queue.violatingRate + 1 - queue.violatingRate);
  return isViolating(truth.policy) ? rateOnOther * queue.leniency : rateOnOther;
}

/** What content is taken for by somebody who errs. */
export function mistakenFor(random: Random, truth: Call, queue: QueuePlan): Call {
  const kind = random();
  if (!isViolating(truth.policy)) {
    const policy = kind < 0.85 ? pickWeighted(random, queue.policies) : truth.policy === NO_VIOLATION ? IN_CONTEXT : NO_VIOLATION;
    return { policy, action: actionFor(policy) };
  }
  if (kind < 0.6) return { policy: NO_VIOLATION, action: actionFor(NO_VIOLATION) };
  if (kind < 0.85) return { policy: lookalikeOf(truth.policy), action: actionFor(lookalikeOf(truth.policy)) };
  return { policy: truth.policy, action: truth.action === "REMOVE" ? "RESTRICT" : "REMOVE" };
}

/** What a labeler makes of the content. */
export function callOf(random: Random, truth: Call, queue: QueuePlan, errorRate: number, degraded: boolean): Call {
  if (degraded && truth.policy === UPDATED_POLICY) {
    return random() < DEGRADED.missRate ? { policy: NO_VIOLATION, action: actionFor(NO_VIOLATION) } : truth;
  }
  return random() < errorRateGiven(truth, queue, errorRate) ? mistakenFor(random, truth, queue) : truth;
}
