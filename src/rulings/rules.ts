import { checkText } from "../core/checks.ts";
import { InvalidInput, NotIndependent } from "../core/errors.ts";
import type { Machine } from "../core/machine.ts";
import type { Viewer } from "../core/viewer.ts";
import type { ScorecardContent } from "../scorecards/rules.ts";
import { SEVERITIES } from "../scorecards/table.ts";
import type { Answer, Basis, Found, NewVerdict } from "../verdicts/findings.rules.ts";
import { isWorse } from "../verdicts/rules.ts";
import type { AppealRulingRow, PrecedentRow, RulingFindingRow } from "./table.ts";

export type RulingOutcome = AppealRulingRow["outcome"];
type Severity = NonNullable<RulingFindingRow["severity"]>;

/** What a ruling says of one criterion, by its code. */
export interface FindingRuling {
  criterion: string;
  result: RulingFindingRow["result"];
  /** What becomes of an overturned one of kind PROCESS; PASS if absent. */
  newResult?: Found["result"] | null;
  severity?: Severity | null;
  note?: string | null;
}

/** The same of a criterion that is contested, in range. */
export type Ruled = Pick<RulingFindingRow, "criterionId" | "result" | "severity" | "note"> & { newResult: Found["result"] };

type Criterion = ScorecardContent["criteria"][number];

/** What an appeal contests: criteria, and the decision as a whole, which no criterion or one of the decision stands for. */
export interface Contested {
  criterionIds: readonly string[];
  isDecisionContested: boolean;
}

function readFinding(criterion: Criterion, said: FindingRuling, isFailed: boolean, path: readonly string[]): Ruled {
  const refuse = (field: string, why: string) => new InvalidInput(`${[...path, field].join(".")}: ${why}`, [...path, field]);
  const { result, severity = null, newResult = null, note = null } = said;
  if (result !== "FINDING_UPHELD" && !isFailed) throw refuse("result", `"${criterion.code}" did not fail, so it can only be FINDING_UPHELD.`);
  if ((result === "FINDING_SEVERITY_CHANGED") !== (severity !== null)) {
    throw refuse("severity", "say how grave it is with FINDING_SEVERITY_CHANGED, and else leave it out.");
  }
  if (newResult !== null && (result !== "FINDING_OVERTURNED" || criterion.kind === "DECISION")) {
    throw refuse("newResult", "it goes with FINDING_OVERTURNED of a PROCESS criterion; the system fills those of the decision. Leave it out.");
  }
  if (newResult === "FAIL") throw refuse("newResult", "what is overturned fails no more; say PASS or NA.");
  if (newResult === "NA" && !criterion.isNaAllowed) throw refuse("newResult", `"${criterion.code}" always applies; say PASS.`);
  return { criterionId: criterion.id, result, severity, newResult: newResult ?? "PASS", note: note === null ? null : checkText(note, [...path, "note"]) };
}

/**
 * What a ruling says of each contested criterion, in the scorecard's order. Where nothing is said of one, an audit that is upheld or overturned
 * as a whole says it; refuses to leave one out otherwise, and to speak of what isn't contested.
 */
export function readFindings(
  { criteria }: ScorecardContent,
  { criterionIds }: Contested,
  failedIds: ReadonlySet<string>,
  outcome: RulingOutcome,
  said: readonly FindingRuling[],
): Ruled[] {
  const contested = criteria.filter(({ id }) => criterionIds.includes(id));
  const read = new Map<string, Ruled>();
  said.forEach((each, index) => {
    const path = ["findings", String(index)];
    const criterion = contested.find(({ code }) => code === each.criterion);
    const why = !criterion ? "is not contested by the appeal." : read.has(criterion.id) ? "stands there twice." : null;
    if (!criterion || why) throw new InvalidInput(`${path.join(".")}.criterion: "${each.criterion}" ${why}`, [...path, "criterion"]);
    read.set(criterion.id, readFinding(criterion, each, failedIds.has(criterion.id), path));
  });
  const missing = contested.filter(({ id }) => !read.has(id) && failedIds.has(id));
  if (missing.length > 0 && outcome !== "AUDIT_UPHELD" && outcome !== "AUDIT_OVERTURNED") {
    throw new InvalidInput(`findings: say what becomes of ${missing.map(({ code }) => code).join(", ")} too.`, ["findings"]);
  }
  const implied = (id: string) => (outcome === "AUDIT_OVERTURNED" && failedIds.has(id) ? "FINDING_OVERTURNED" : "FINDING_UPHELD");
  return contested.map(({ id }) => read.get(id) ?? { criterionId: id, result: implied(id), severity: null, newResult: "PASS", note: null });
}

/** What a ruling says of contested criteria as the words of a verdict: answers of PROCESS criteria, and severities. */
export function wordsOf({ criteria }: ScorecardContent, findings: readonly Ruled[]) {
  const byId = new Map(criteria.map((criterion) => [criterion.id, criterion]));
  const answers = findings.flatMap(({ criterionId, result, newResult, note }): Answer[] => {
    const { kind, code } = byId.get(criterionId)!;
    return result === "FINDING_OVERTURNED" && kind === "PROCESS" ? [{ criterion: code, result: newResult, note }] : [];
  });
  const changed = findings.flatMap(({ criterionId, severity }) => (severity ? [[criterionId, { severity, isSeverityRuled: true }] as const] : []));
  return { answers, severities: new Map(changed) };
}

/** A verdict of an audit, with its findings. */
export type Standing = Pick<NewVerdict, "outcome" | "errorType" | "attribution" | "truthPolicyId" | "truthAction" | "isGraceApplied" | "severity" | "score" | "findings">;

/** The verdict before, as it stood. */
export function standingOf({ before, findings }: Basis): Standing {
  return { ...before!, findings };
}

const failedIn = ({ findings }: Standing) => new Set(findings.filter(({ result }) => result === "FAIL").map(({ criterionId }) => criterionId));
const JUDGED = ["outcome", "errorType", "attribution", "truthPolicyId", "truthAction", "isGraceApplied"] as const;
const judgementOf = (verdict: Standing) => JUDGED.map((name) => String(verdict[name])).join(" ");
const resultsOf = ({ findings }: Standing) => findings.map(({ criterionId, result }) => `${criterionId} ${result}`).sort().join();
const severitiesOf = ({ severity, findings }: Standing) => [severity, ...findings.map(({ criterionId, severity: own }) => `${criterionId} ${own}`).sort()].join();

/**
 * What a ruling makes of an audit, told from its verdicts before and after: upheld if they judge alike; overturned if none of the errors that
 * were contested is left, partially if some are or another error took their place; a severity is changed if nothing else is.
 */
export function outcomeOf(before: Standing, after: Standing, { criterionIds, isDecisionContested }: Contested): RulingOutcome {
  const [failed, stillFailed] = [failedIn(before), failedIn(after)];
  const errors = criterionIds.filter((id) => failed.has(id)).map((id) => ({ isFallen: !stillFailed.has(id) }));
  if (isDecisionContested && before.outcome === "INCORRECT") errors.push({ isFallen: isDecisionCleared(before, after) });
  const fallen = errors.filter(({ isFallen }) => isFallen);
  if (fallen.length > 0) return fallen.length === errors.length ? "AUDIT_OVERTURNED" : "AUDIT_PARTIALLY_OVERTURNED";
  if (judgementOf(before) !== judgementOf(after) || resultsOf(before) !== resultsOf(after)) return "AUDIT_PARTIALLY_OVERTURNED";
  return severitiesOf(before) === severitiesOf(after) ? "AUDIT_UPHELD" : "AUDIT_SEVERITY_CHANGED";
}

// It was right, or an error of the labeler's is the process' now.
function isDecisionCleared(before: Standing, after: Standing): boolean {
  return after.outcome === "CORRECT" || (before.attribution === "LABELER" && after.attribution === "PROCESS");
}

function checkFinding({ criterionId, result }: Ruled, code: string, before: Standing, after: Standing): void {
  const [was, is] = [before, after].map(({ findings }) => findings.find((each) => each.criterionId === criterionId));
  const isGradedAnew = was?.severity !== is?.severity || before.severity !== after.severity;
  const fits =
    was?.result === "FAIL" && is?.result !== "FAIL" ? "FINDING_OVERTURNED" : result === "FINDING_SEVERITY_CHANGED" && isGradedAnew ? result : "FINDING_UPHELD";
  if (fits === result) return;
  throw new InvalidInput(`findings: by what the ruling says is right, "${code}" is ${fits}, not ${result}.`, ["findings"]);
}

/**
 * Refuses a ruling that says something else than it does: of a criterion, or of the audit; the refusal names what fits. And one that leaves the
 * labeler worse off, since nobody should fear to appeal.
 */
export function checkRuling(
  said: { outcome: RulingOutcome; findings: readonly Ruled[] },
  { criteria }: ScorecardContent,
  [before, after]: readonly [Standing, Standing],
  contested: Contested,
): void {
  for (const finding of said.findings) checkFinding(finding, criteria.find(({ id }) => id === finding.criterionId)!.code, before, after);
  const severityIn = ({ findings }: Standing, id: string) => SEVERITIES.indexOf(findings.find(({ criterionId }) => criterionId === id)!.severity);
  const isGraver = said.findings.some(({ criterionId: id, severity }) => severity && severityIn(after, id) < severityIn(before, id));
  if (isGraver || isWorse(before, after)) {
    throw new InvalidInput("truth: this would leave the labeler worse off than before the appeal; if it must be, a lead corrects the verdict, with a new window.", ["truth"]);
  }
  const outcome = outcomeOf(before, after, contested);
  if (outcome === said.outcome) return;
  throw new InvalidInput(`outcome: by what the ruling changes it is ${outcome}, not ${said.outcome}.`, ["outcome"]);
}

/** Who is party to an appeal, and their teams. */
export interface Parties {
  appellantId: string;
  auditorId: string;
  labelerPrincipalIds: readonly string[];
  /** Whoever ruled on the audit before, adjudicated it, corrected its verdict, or judged the decision beside its auditor, in a double or an expert audit. */
  earlierAdjudicatorIds: readonly string[];
  teamIds: readonly string[];
}

/** Refuses to rule on one's own case: as the labeler, the appellant or the auditor. */
export function checkNoParty({ principalId }: Viewer, { appellantId, auditorId, labelerPrincipalIds }: Parties): void {
  const part = labelerPrincipalIds.includes(principalId) ? "labeler" : appellantId === principalId ? "appellant" : auditorId === principalId ? "auditor" : null;
  if (part) throw new NotIndependent(`You are the ${part} of the audit that is appealed; somebody else has to rule.`);
}

/**
 * Refuses to rule again, and, where the project asks for it, for one's own team. A team is one that a grant names: of the vendor's people the
 * own team's, and of nobody on the staff.
 */
export function checkIndependent({ principalId, grants }: Viewer, parties: Parties, hasTeamIndependence: boolean): void {
  if (parties.earlierAdjudicatorIds.includes(principalId)) {
    throw new NotIndependent("You have judged this audit before, by a ruling, an adjudication, a correction or an audit beside it; somebody else has to rule.");
  }
  if (hasTeamIndependence && grants.some(({ teamId }) => teamId !== null && parties.teamIds.includes(teamId))) {
    throw new NotIndependent("The labeler, appellant or auditor is of your team, and the project has other teams rule.");
  }
}

export type PrecedentVerb = "retirePrecedent";

/** A precedent holds until somebody who writes the policies ends it. */
export const PRECEDENT_MACHINE: Machine<PrecedentRow["state"], PrecedentVerb, "POLICY_MANAGER"> = {
  entity: "precedent",
  arrows: [{ from: ["ACTIVE"], verb: "retirePrecedent", to: "RETIRED", who: ["POLICY_MANAGER"] }],
};

/** What a viewer is to a precedent. */
export function precedentParts({ role }: Viewer): Set<"POLICY_MANAGER"> {
  return new Set(role === "POLICY_MANAGER" ? [role] : []);
}
