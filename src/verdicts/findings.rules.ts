import type { AuditRow } from "../audits/table.ts";
import { checkText } from "../core/checks.ts";
import { InvalidInput } from "../core/errors.ts";
import type { PolicyVersionRow } from "../policies/table.ts";
import type { ScorecardContent } from "../scorecards/rules.ts";
import { SEVERITIES } from "../scorecards/table.ts";
import { scoreOf, type Severity } from "../stats/scores.ts";
import { checkPolicy, errorTypeOf, isInGrace, type Judgement, judgementOf, type NamedPolicy, type Ruling, type Truth } from "./rules.ts";
import type { FindingRow, VerdictRow } from "./table.ts";

/** What an auditor says of one criterion; scorecards' codes name criterion and error code. */
export interface Answer {
  criterion: string;
  result: FindingRow["result"];
  errorCode?: string | null;
  cause?: FindingRow["cause"];
  note?: string | null;
}

type Criterion = ScorecardContent["criteria"][number];

/** A finding that is not part of a verdict yet. */
export type Found = Pick<FindingRow, "criterionId" | "errorCodeId" | "result" | "severity" | "cause" | "note"> & Partial<Pick<FindingRow, "isSeverityRuled">>;

/** What an audit is made with whose queue had no scorecard. */
export const NO_SCORECARD: ScorecardContent = { state: "PUBLISHED", criteria: [], errorCodes: [] };

function higher(a: Severity, b: Severity | undefined): Severity {
  return b && SEVERITIES.indexOf(b) < SEVERITIES.indexOf(a) ? b : a;
}

function codeSeverity({ errorCodes }: ScorecardContent, { errorCodeId }: Pick<Found, "errorCodeId">): Severity | undefined {
  return errorCodes.find(({ id }) => id === errorCodeId)?.severity;
}

function errorCodeOf({ errorCodes }: ScorecardContent, { errorCode }: Answer, path: readonly string[]): string | null {
  if (errorCode == null) return null;
  const found = errorCodes.find(({ code }) => code === errorCode);
  const refuse = (why: string) => new InvalidInput(`${path.join(".")}: "${errorCode}" ${why}`, path);
  if (!found) throw refuse("is no error code of the audit's scorecard.");
  if (!found.isLeaf) throw refuse("has error codes below it; name the one that fits.");
  if (found.isRetired) throw refuse("was retired; name one that is in use.");
  return found.id;
}

function readAnswer(scorecard: ScorecardContent, criterion: Criterion, answer: Answer, at: (field: string) => string[]): Found {
  const { result, cause = null, note } = answer;
  const refuse = (field: string, why: string) => new InvalidInput(`${at(field).join(".")}: ${why}`, at(field));
  if (result === "NA" && !criterion.isNaAllowed) throw refuse("result", `"${criterion.code}" always applies; answer PASS or FAIL.`);
  const misplaced = result === "FAIL" ? null : answer.errorCode != null ? "errorCode" : cause !== null ? "cause" : null;
  if (misplaced) throw refuse(misplaced, `only what fails has one, and "${criterion.code}" is ${result}; leave it out.`);
  const errorCodeId = errorCodeOf(scorecard, answer, at("errorCode"));
  const severity = higher(criterion.severity, codeSeverity(scorecard, { errorCodeId }));
  return { criterionId: criterion.id, errorCodeId, result, severity, cause, note: note == null ? null : checkText(note, at("note")) };
}

/**
 * The findings that answers name, by criterion. Refuses a criterion that the scorecard doesn't have, is answered twice, or of which `whyNot`
 * says why it isn't asked; and NA, error codes and causes where there is no place for them.
 */
export function readAnswers(
  scorecard: ScorecardContent,
  answers: readonly Answer[],
  whyNot: (criterion: Criterion, answer: Answer) => string | null,
): Map<string, Found> {
  const found = new Map<string, Found>();
  answers.forEach((answer, index) => {
    const at = (field: string) => ["answers", String(index), field];
    const criterion = scorecard.criteria.find(({ code }) => code === answer.criterion);
    const why = !criterion ? "is no criterion of the audit's scorecard." : found.has(criterion.id) ? "is answered twice." : whyNot(criterion, answer);
    if (!criterion || why) throw new InvalidInput(`${at("criterion").join(".")}: "${answer.criterion}" ${why}`, at("criterion"));
    found.set(criterion.id, readAnswer(scorecard, criterion, answer, at));
  });
  return found;
}

/** Refuses answers that leave out a criterion which is asked now, and names all that are left out. */
export function checkComplete(
  { criteria }: ScorecardContent,
  answered: ReadonlyMap<string, Found>,
  isAsked: (criterion: Criterion) => boolean,
): void {
  const missing = criteria.filter((criterion) => criterion.kind === "PROCESS" && isAsked(criterion) && !answered.has(criterion.id));
  if (missing.length === 0) return;
  throw new InvalidInput(`answers: ${missing.map(({ code }) => code).join(", ")} must be answered too.`, ["answers"]);
}

type ErrorType = VerdictRow["errorType"];

/**
 * What the system finds at a criterion of kind DECISION: FAIL for an error type that fails it, else PASS; NA where the platform failed and
 * the criterion doesn't judge that.
 */
export function decisionResult({ failsOn }: Pick<Criterion, "failsOn">, errorType: ErrorType): Found["result"] {
  if (errorType !== null && failsOn.includes(errorType)) return "FAIL";
  return errorType === "TECHNICAL" ? "NA" : "PASS";
}

// A failed DECISION criterion has the verdict's cause unless an answer names another; what doesn't fail has neither.
function decide(criterion: Criterion, errorType: ErrorType, cause: Found["cause"], answer: Found | undefined): Found {
  const result = decisionResult(criterion, errorType);
  const blank = { criterionId: criterion.id, errorCodeId: null, result, severity: criterion.severity, cause: null, note: null };
  return result === "FAIL" ? { ...blank, cause, ...answer, ...(answer?.cause ? {} : { cause }) } : blank;
}

/** Every finding of a verdict in the scorecard's order: PROCESS criteria as answered, DECISION ones by the error type. */
export function findingsOf(
  { criteria }: ScorecardContent,
  errorType: ErrorType,
  cause: Found["cause"],
  answered: ReadonlyMap<string, Found>,
): Found[] {
  const of = ({ id }: Criterion) => answered.get(id);
  return criteria.flatMap((criterion) => (criterion.kind === "DECISION" ? [decide(criterion, errorType, cause, of(criterion))] : (of(criterion) ?? [])));
}

/** How grave an error is: the highest of the policy's severity and those of error codes on failed DECISION criteria, or what a ruling says instead. */
export function severityOf(scorecard: ScorecardContent, findings: readonly Found[], policySeverity: Severity): Severity {
  const decisions = new Set(scorecard.criteria.filter(({ kind }) => kind === "DECISION").map(({ id }) => id));
  const failed = findings.filter(({ criterionId, result }) => result === "FAIL" && decisions.has(criterionId));
  const grades = failed.map((each) => (each.isSeverityRuled ? each.severity : higher(policySeverity, codeSeverity(scorecard, each))));
  return grades.length === 0 ? policySeverity : grades.reduce(higher);
}

/** The score of findings by `metrics.md` section 2; null without a scorecard, or if nothing applied. */
export function scoreFor({ criteria }: ScorecardContent, findings: readonly Found[]): number | null {
  const byId = new Map(criteria.map((criterion) => [criterion.id, criterion]));
  return scoreOf(findings.map(({ criterionId, result, severity: raisedSeverity }) => ({ ...byId.get(criterionId)!, result, raisedSeverity })));
}

/** What a verdict of an audit follows from. */
export interface Basis {
  labeled: Ruling & { severity: Severity };
  /** Those that were named; null if the project doesn't use them. */
  truth: NamedPolicy | null;
  previous: NamedPolicy | null;
  /** The agreed answer, of a golden sample. */
  golden: (NamedPolicy & { action: string | null }) | null;
  /** The latest verdict with the severity of its true policy, and its findings. */
  before: (Stated & Pick<VerdictRow, "id" | "number" | "severity" | "score" | "cause"> & { policySeverity: Severity }) | null;
  findings: Found[];
}

type Stated = Judgement & Pick<VerdictRow, "truthPolicyId" | "truthAction" | "truthTags">;

/** A verdict's judgement, and how grave its policy makes an error. */
export interface Judged extends Stated {
  policySeverity: Severity;
  /** The policy that was named; a golden sample's truth may be another. */
  namedId: string | null;
}

type Versions = ReadonlyMap<string, readonly PolicyVersionRow[]>;

/**
 * What a truth makes of the decision; without one what the verdict before says. `isGolden`: the golden item's truth stands in for what the
 * auditor named, and nothing refuses what it wouldn't refuse otherwise.
 */
export function judge(
  { market, decidedAt }: Pick<AuditRow, "market" | "decidedAt">,
  truth: Truth | null,
  basis: Basis,
  versions: Versions,
  isGolden: boolean,
): Judged {
  const { labeled, golden, before } = basis;
  if (!truth) {
    const policySeverity = before!.errorType === "OVER_ENFORCEMENT" ? labeled.severity : before!.policySeverity;
    return { ...before!, policySeverity, namedId: null };
  }
  const named = checkPolicy(basis.truth, truth.policy, ["truth"]);
  const previous = truth.previous && rulingOf(checkPolicy(basis.previous, truth.previous.policy, ["truth", "previous"]), truth.previous.action);
  const right = isGolden && golden ? { policy: golden, action: golden.action, tags: [] } : { ...truth, policy: named };
  const errorType = errorTypeOf(labeled, rulingOf(right.policy, right.action), truth.isTechnicalFailure);
  const ofBoth = new Map([labeled.policyId, right.policy.id].map((id) => [id, versions.get(id) ?? []]));
  const isGraceApplied = isInGrace(errorType, { labeled, market, decidedAt }, previous, ofBoth);
  return {
    ...judgementOf(errorType, isGraceApplied),
    truthPolicyId: right.policy.id,
    truthAction: right.action,
    truthTags: right.tags,
    policySeverity: errorType === "OVER_ENFORCEMENT" ? labeled.severity : right.policy.severity,
    namedId: named.id,
  };
}

const rulingOf = ({ id, isViolating }: NamedPolicy, action: string | null): Ruling => ({ policyId: id, isViolating, action });

/** What a verdict gets when its audit is submitted, and anew with every later version. */
export type Completion = Pick<VerdictRow, "severity" | "score" | "cause"> & { findings: Found[] };

/** A verdict to be given. */
export type NewVerdict = Stated & Completion
  & Pick<VerdictRow, "projectId" | "auditId" | "id" | "number" | "reason" | "explanation" | "isAfterReveal">;

// Failed DECISION criteria keep what was said of them, but a cause that was only the verdict's follows the verdict, and what a ruling said of an
// error's severity is said of no other error.
function carried(scorecard: ScorecardContent, { before, findings }: Basis, { errorType, truthPolicyId }: Judged): Map<string, Found> {
  const decisions = new Map(scorecard.criteria.filter(({ kind }) => kind === "DECISION").map((criterion) => [criterion.id, criterion]));
  const isSameError = before?.errorType === errorType && before.truthPolicyId === truthPolicyId;
  const kept = findings.filter(({ criterionId, result }) => !decisions.has(criterionId) || result === "FAIL");
  return new Map(kept.map((each) => {
    const criterion = decisions.get(each.criterionId);
    const own = criterion && each.cause === before!.cause ? { ...each, cause: null } : each;
    if (!criterion || !each.isSeverityRuled || isSameError) return [each.criterionId, own];
    return [each.criterionId, { ...own, severity: higher(criterion.severity, codeSeverity(scorecard, each)), isSeverityRuled: false }];
  }));
}

/** What somebody says of a verdict beside its truth; what is absent stays as it was. */
export interface Words {
  answers: readonly Answer[];
  cause: VerdictRow["cause"] | undefined;
  /** How grave a ruling says that failed criteria are, by their ids. */
  severities?: ReadonlyMap<string, Pick<FindingRow, "severity" | "isSeverityRuled">>;
}

/**
 * Findings, severity, score and cause of a judgement: answers go before findings of the verdict before, and the system fills DECISION
 * criteria. `whyNot` says which criteria aren't asked; a DECISION criterion is asked only where it fails.
 */
export function complete(
  scorecard: ScorecardContent,
  judged: Judged,
  basis: Basis,
  { answers, cause: said, severities }: Words,
  whyNot: (criterionId: string) => string | null = () => null,
): Completion & { answered: ReadonlyMap<string, Found> } {
  const { errorType } = judged;
  const given = readAnswers(scorecard, answers, (criterion, { result }) => {
    if (criterion.kind === "PROCESS") return whyNot(criterion.id);
    const found = decisionResult(criterion, errorType);
    if (found === "FAIL" && result === "FAIL") return null;
    return `is filled by the system, which finds ${found}: leave it out, or say FAIL with error code, cause or note where it finds FAIL.`;
  });
  const answered = new Map([...carried(scorecard, basis, judged), ...given]);
  const cause = judged.outcome === "INCORRECT" ? (said ?? basis.before?.cause ?? null) : null;
  const findings = findingsOf(scorecard, errorType, cause, answered).map((each) => ({ ...each, ...severities?.get(each.criterionId) }));
  const severity = judged.outcome === "INCORRECT" ? severityOf(scorecard, findings, judged.policySeverity) : null;
  return { severity, score: scoreFor(scorecard, findings), cause, findings, answered };
}

const SAID = ["outcome", "errorType", "truthPolicyId", "truthAction", "truthTags", "severity", "score", "cause", "isGraceApplied"] as const;
const textOf = ({ criterionId, result, severity, errorCodeId, cause, note }: Found) => [criterionId, result, severity, errorCodeId, cause, note].join(" ");

/** True if a verdict says nothing that the one before doesn't say, whatever its reason. */
export function saysSame(verdict: NewVerdict, { before, findings }: Basis): boolean {
  const isSame = SAID.every((name) => String(verdict[name]) === String(before?.[name]));
  return isSame && verdict.findings.map(textOf).sort().join() === findings.map(textOf).sort().join();
}
