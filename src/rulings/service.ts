import { type AppealState, turnOf, walkAppeal } from "../appeals/rules.ts";
import { type AppealTargets, keysOf, type Move, moveAppeals, takeAppeals, takeAppealsOfCase } from "../appeals/service.ts";
import type { AppealRow } from "../appeals/table.ts";
import { type Asked, type BulkItem, decideEach, type Decided, itemsOf, only, throwRefusal } from "../core/bulk.ts";
import { checkText } from "../core/checks.ts";
import { Conflict } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { checkTruth, type Truth, type TruthInput } from "../verdicts/rules.ts";
import { followingVerdict, type Given, lockVerdicts, type Opened, overturn } from "../verdicts/service.ts";
import { checkLessons, keepLessons, type Left, type Lessons } from "./precedents.service.ts";
import {
  checkIndependent, checkNoParty, checkRuling, type FindingRuling, readFindings, type Ruled, type RulingOutcome, type Standing, standingOf, wordsOf,
} from "./rules.ts";
import { type Dossier, insertRulings, listDossiers, type NewRuling, type NewRulingFinding } from "./store.ts";

/** What a ruling says. */
export interface Ruling extends Lessons {
  outcome: RulingOutcome;
  /** Why, in words for the labeler's side. */
  reason: string;
  /** What is right; if absent of what was wrong and is overturned, what the labeler decided, and else what the verdict before says. */
  truth?: TruthInput | null;
  findings?: readonly FindingRuling[] | null;
}

/** A locked appeal with all that a ruling on it goes by. */
interface Case extends Pick<AppealRow, "projectId" | "id" | "version"> {
  appeal: AppealRow;
  dossier: Dossier;
  opened: Opened;
}

/** A ruling that the rules let pass. */
interface Plan {
  appeal: AppealRow;
  to: AppealState;
  dossier: Dossier;
  opened: Opened;
  rulingId: string;
  findings: Ruled[];
  before: Standing;
  after: Standing;
  /** The verdict that it gives; null where the audit is upheld. */
  given: Given | null;
}

// The labeler's own decision is what is right where nothing else is said and it is no longer wrong.
function truthOf(truth: Truth | null, outcome: RulingOutcome, { policyId }: AppealRow, { isWrong, isDecisionContested, action }: Dossier): Truth | null {
  if (truth || outcome !== "AUDIT_OVERTURNED" || !isWrong || !isDecisionContested) return truth;
  return { policy: { id: policyId }, action, tags: [], isTechnicalFailure: false, previous: null };
}

async function openCases(verb: Verb, appeals: readonly AppealRow[], truth: Truth | null, outcome: RulingOutcome): Promise<Case[]> {
  if (appeals.length === 0) return [];
  const dossiers = await asSystem(verb, (db) => listDossiers(db, appeals));
  const asks = appeals.map((appeal, i) => (
    { key: { projectId: appeal.projectId, id: appeal.auditId }, truth: truthOf(truth, outcome, appeal, dossiers[i]!) }
  ));
  const opened = await lockVerdicts(verb, asks);
  return appeals.map((appeal, i) => (
    { projectId: appeal.projectId, id: appeal.id, version: appeal.version, appeal, dossier: dossiers[i]!, opened: opened[i]! }
  ));
}

type Name = "decideAppeal" | "decideAppealCase";

// Who may rule on it now, and what the ruling makes of its audit.
function rule(verb: Verb, name: Name, { appeal, dossier, opened }: Case, ruling: Ruling): Plan {
  checkNoParty(verb.viewer, dossier);
  const { to } = walkAppeal(verb, appeal, name);
  checkIndependent(verb.viewer, dossier, dossier.hasTeamIndependence);
  checkLessons(ruling, [appeal.tier]);
  const { scorecard, basis } = opened;
  const before = standingOf(basis);
  const failed = new Set(before.findings.filter(({ result }) => result === "FAIL").map(({ criterionId }) => criterionId));
  const findings = readFindings(scorecard, dossier, failed, ruling.outcome, ruling.findings ?? []);
  const said = { ...wordsOf(scorecard, findings), reason: "APPEAL" as const, explanation: ruling.reason };
  // What nobody says is wrong is not judged anew, by severities that may be others today.
  const isAsItWas = !ruling.truth && findings.every(({ result }) => result === "FINDING_UPHELD") && ruling.outcome !== "AUDIT_OVERTURNED";
  const given = isAsItWas ? null : followingVerdict(opened, said, verb.now);
  const after = given?.verdict ?? before;
  checkRuling({ outcome: ruling.outcome, findings }, scorecard, [before, after], dossier);
  const isUpheld = ruling.outcome === "AUDIT_UPHELD";
  return { appeal, to: to!, dossier, opened, rulingId: newId(verb.now), findings, before, after: isUpheld ? before : after, given: isUpheld ? null : given };
}

function rulingRow({ appeal: { projectId, id: appealId, tier }, rulingId: id, dossier, given }: Plan, { outcome, reason }: Ruling, { viewer }: Verb): NewRuling {
  const { appellantId, auditorId, labelerPrincipalIds, earlierAdjudicatorIds } = dossier;
  return {
    projectId, id, appealId, tier: tier!, outcome, reason, verdictId: given?.verdict.id ?? null, adjudicatorId: viewer.principalId, appellantId, auditorId,
    labelerPrincipalIds: [...labelerPrincipalIds], earlierAdjudicatorIds: [...earlierAdjudicatorIds],
  };
}

function findingRows({ appeal: { projectId }, rulingId, findings }: Plan, { now }: Verb): NewRulingFinding[] {
  // In the scorecard's order, also where nobody asks for that.
  const ids = findings.map(() => newId(now)).sort();
  return findings.map(({ criterionId, result, severity, note }, i) => ({ projectId, id: ids[i]!, rulingId, criterionId, result, severity, note }));
}

// Verdicts first, whose audits tell of them; then the rulings, and the appeals, which settle the audits where nothing more can come.
async function writeRulings(verb: Verb, plans: readonly Plan[], ruling: Ruling): Promise<Left> {
  const { outcome, reason } = ruling;
  await overturn(verb, plans.flatMap(({ opened: { audit }, given }) => (given ? [{ audit, ...given }] : [])));
  await insertRulings(verb.db, plans.map((plan) => rulingRow(plan, ruling, verb)), plans.flatMap((plan) => findingRows(plan, verb)), verb.now);
  await moveAppeals(verb, plans.map(({ appeal: row, to }): Move => ({ row, to, change: { outcome, ruledAt: verb.now }, reason })));
  return keepLessons(verb, ruling, plans.map((plan) => ({ ...plan, audit: plan.opened.audit })));
}

async function decide(verb: Verb, name: Name, asked: Asked, rows: readonly AppealRow[], input: Ruling) {
  const ruling = { ...input, reason: checkText(input.reason, ["reason"]) };
  const cases = await openCases(verb, rows, input.truth ? checkTruth(input.truth) : null, ruling.outcome);
  const decided: Decided<Case, Plan> = decideEach("appeal", asked, cases, (each) => rule(verb, name, each, ruling));
  const plans = decided.accepted.map(({ plan }) => plan);
  const write = async (): Promise<Left> => (plans.length === 0 ? { precedentId: null, questionId: null } : writeRulings(verb, plans, ruling));
  return { decided, plans, write };
}

/** What came of a ruling: the appeal or the case, and what an arbitration leaves. */
export interface Decision extends ProjectKey, Left {
  rulingIds: string[];
}

/**
 * Rules on an appeal, for somebody who is independent of it, which the database checks too. Anything but upholding the audit is its next verdict:
 * every figure follows at once, and closed periods get a line of adjustment. In L2 the appellant may appeal once more; a ruling of L3, or of the
 * vendor in its own layer, closes the appeal.
 */
export async function decideAppeal(verb: Verb, key: ProjectKey, ruling: Ruling, expectedVersion: ExpectedVersion): Promise<Decision> {
  const rows = await takeAppeals(verb, [key]);
  const { decided, plans, write } = await decide(verb, "decideAppeal", only(key, "appealId", expectedVersion), rows, ruling);
  throwRefusal(decided);
  return { ...key, ...(await write()), rulingIds: plans.map(({ rulingId }) => rulingId) };
}

/**
 * One ruling on all appeals of a case that wait in the viewer's tier, with a row of its own on each: all of them or none, and none that came
 * or moved since the version that was read.
 */
export async function decideAppealCase(verb: Verb, key: ProjectKey, ruling: Ruling, expectedVersion: ExpectedVersion): Promise<Decision> {
  const waiting = turnOf(verb.viewer).reviews;
  const rows = (await takeAppealsOfCase(verb, key, "decideAppealCase", expectedVersion)).filter(({ state }) => waiting.includes(state));
  if (rows.length === 0) throw new Conflict(`No appeal of the case is in ${waiting.join(" or ")}, where you rule.`, ["appealCaseId"]);
  const { decided, plans, write } = await decide(verb, "decideAppealCase", { keys: rows, path: ["appealCaseId"], read: null }, rows, ruling);
  throwRefusal(decided);
  return { ...key, ...(await write()), rulingIds: plans.map(({ rulingId }) => rulingId) };
}

/** Rules alike on up to 500 appeals, each under the rules of the single verb. */
export async function decideAppeals(verb: Verb, targets: AppealTargets, ruling: Ruling, isDryRun: boolean): Promise<BulkItem[]> {
  const asked = await keysOf(verb.db, targets);
  const rows = await takeAppeals(verb, asked.keys);
  const { decided, write } = await decide(verb, "decideAppeal", asked, rows, ruling);
  if (!isDryRun) await write();
  return itemsOf(decided, isDryRun);
}
