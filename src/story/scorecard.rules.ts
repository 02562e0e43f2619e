import type { AuditRow } from "../audits/table.ts";
import type { NewCriterion, NewErrorCode } from "../scorecards/rules.ts";
import { pickWeighted, type Random } from "../stats/random.ts";
import type { Answer, Judged } from "../verdicts/findings.rules.ts";
import { type Call, IN_CONTEXT, isViolating, severityOf } from "./policies.rules.ts";

const PLAIN = { isBonus: false, isNaAllowed: false, isBlindSafe: false };

/** What auditors look at beside the decision itself. The wrong action follows from the wrong answer to what it is. */
export const CRITERIA: readonly NewCriterion[] = [
  {
    code: "POLICY", name: "The right policy was chosen", section: "Decision", kind: "DECISION", weight: 3, severity: "MAJOR", ...PLAIN,
    failsOn: ["OVER_ENFORCEMENT", "UNDER_ENFORCEMENT", "WRONG_POLICY"],
  },
  {
    code: "ACTION", name: "The right action was taken", section: "Decision", kind: "DECISION", weight: 2, severity: "MAJOR", ...PLAIN,
    failsOn: ["OVER_ENFORCEMENT", "UNDER_ENFORCEMENT", "WRONG_ACTION"],
  },
  { code: "TAGS", name: "Tags are complete", section: "Handling", kind: "PROCESS", weight: 1, severity: "MINOR", ...PLAIN, isNaAllowed: true },
  { code: "TIME", name: "Handled within the queue's time", section: "Handling", kind: "PROCESS", weight: 1, severity: "MINOR", ...PLAIN },
];

type Code = readonly [code: string, name: string, severity: NewErrorCode["severity"]];

const CODES: readonly (readonly [group: Code, leaves: readonly Code[]])[] = [
  [["MISSED", "Missed what is there", "MAJOR"], [
    ["MISSED-SIGNAL", "Missed a signal in picture, sound or text", "MAJOR"],
    ["MISSED-CODED", "Did not know a coded term or sign", "MAJOR"],
    ["MISSED-HARM", "Let grave harm pass", "CRITICAL"],
  ]],
  [["MISREAD", "Saw what is not there", "MAJOR"], [
    ["MISREAD-CONTEXT", "Did not see that the context allows it", "MINOR"],
    ["MISREAD-INTENT", "Took something harmless for a violation", "MAJOR"],
  ]],
  [["MIXED-UP", "Took one rule for another", "MINOR"], [
    ["MIXED-UP-POLICY", "Took the policy beside it", "MINOR"],
    ["MIXED-UP-STEP", "Took a step too hard or too soft", "MINOR"],
  ]],
  [["HANDLING", "Handling", "MINOR"], [
    ["TAG-MISSING", "A tag is missing", "MINOR"],
    ["TAG-WRONG", "A tag doesn't fit", "MINOR"],
    ["LATE", "Decided after the queue's time", "MINOR"],
  ]],
];

/** The tree of error codes, each group before its leaves. */
export const ERROR_CODES: readonly NewErrorCode[] = CODES.flatMap(([[code, name, severity], leaves]) => [
  { code, name, severity, parentCode: null },
  ...leaves.map((leaf): NewErrorCode => ({ code: leaf[0], name: leaf[1], severity: leaf[2], parentCode: code })),
]);

type ErrorType = Judged["errorType"];
type Cause = NonNullable<AuditRow["proposedCause"]>;

const CAUSES: Readonly<Partial<Record<Cause, number>>> = {
  OVERSIGHT: 5, KNOWLEDGE_GAP: 3, POLICY_UNCLEAR: 1.5, LOCAL_CONTEXT: 1, OTHER: 0.3,
};

/** Why a labeler erred, as an auditor or the vendor sees it; null if the decision was right. `isNews`: the policy had just changed. */
export function causeOf(random: Random, errorType: ErrorType, isNews: boolean): Cause | null {
  if (errorType === null) return null;
  if (errorType === "TECHNICAL") return "TOOL";
  return isNews && random() < 0.7 ? "POLICY_CHANGE" : pickWeighted(random, CAUSES);
}

const GUIDANCE: Readonly<Record<NonNullable<ErrorType>, string | null>> = {
  UNDER_ENFORCEMENT: "Look at all of it before you let it pass, sound and comments too, and hold it against the policy's examples.",
  OVER_ENFORCEMENT: "Ask what the post is for: news, education and satire may show what they may not praise.",
  WRONG_POLICY: "Both policies are close. Decide by the target of the post, and open the comparison in the guide.",
  WRONG_ACTION: "The policy was right. The table of actions says what follows from it.",
  TECHNICAL: null,
};

/** What an auditor tells the labeler to do another time; null if there is nothing that the labeler could do. */
export function guidanceOf(errorType: ErrorType): string | null {
  return errorType === null ? null : GUIDANCE[errorType];
}

function policyCodeOf(errorType: ErrorType, truth: Call, isNews: boolean): string {
  if (errorType === "WRONG_POLICY") return "MIXED-UP-POLICY";
  if (errorType === "OVER_ENFORCEMENT") return truth.policy === IN_CONTEXT ? "MISREAD-CONTEXT" : "MISREAD-INTENT";
  if (severityOf(truth.policy) === "CRITICAL") return "MISSED-HARM";
  return isNews ? "MISSED-CODED" : "MISSED-SIGNAL";
}

/** The answers to what an error type fails: the error code that says how. */
export function answersOn(errorType: ErrorType, truth: Call, isNews: boolean): Answer[] {
  if (errorType === null || errorType === "TECHNICAL") return [];
  if (errorType === "WRONG_ACTION") return [{ criterion: "ACTION", result: "FAIL", errorCode: "MIXED-UP-STEP" }];
  return [{ criterion: "POLICY", result: "FAIL", errorCode: policyCodeOf(errorType, truth, isNews) }];
}

/** What an auditor finds of the handling: mostly nothing wrong, and no tags to judge where nothing breaks a rule. */
export function answersOnHandling(random: Random, truth: Call): Answer[] {
  const [tags, time] = [random(), random()];
  const tagCode = tags < 0.04 ? "TAG-MISSING" : tags < 0.06 ? "TAG-WRONG" : null;
  const onTags = !isViolating(truth.policy) ? "NA" : tagCode ? "FAIL" : "PASS";
  const isLate = time < 0.02;
  return [
    { criterion: "TAGS", result: onTags, errorCode: onTags === "FAIL" ? tagCode : null },
    isLate ? { criterion: "TIME", result: "FAIL", errorCode: "LATE", cause: "OVERSIGHT" } : { criterion: "TIME", result: "PASS" },
  ];
}

const ACKNOWLEDGEMENTS = { "Taken up with the labeler.": 2, "Brought to the team's weekly calibration.": 1 } as const;

/** What a vendor's quality staff says when it has read of an error; null for nothing. */
export function acknowledgementOf(random: Random): string | null {
  return random() < 0.5 ? pickWeighted<string>(random, ACKNOWLEDGEMENTS) : null;
}
