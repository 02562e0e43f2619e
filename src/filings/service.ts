import { APPEALING, firstTier, stateIn, walkAppeal } from "../appeals/rules.ts";
import { type Move, moveAppeals, takeAppeal, takeAppealsOfCase } from "../appeals/service.ts";
import type { AppealCaseRow, AppealRow } from "../appeals/table.ts";
import { walkAudit } from "../audits/publication.rules.ts";
import { appealAudits, type AuditTargets, keysOf } from "../audits/service.ts";
import { type BulkItem, decideEach, type Decided, itemsOf, MAX_ITEMS, only, throwRefusal } from "../core/bulk.ts";
import { checkName, checkReferences, checkText } from "../core/checks.ts";
import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { actsIn, mayOnly } from "../core/viewer.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { checkComplete, checkContestable, checkContests, checkJoin, type Contest } from "./rules.ts";
import {
  type Contested, insertAppeals, insertCase, listContests, listVisibleAudits, lockCase, lockContested, markCaseFiled, replaceCriteria, saveWords,
} from "./store.ts";

/** What an appellant says; absent fields stay. */
export interface Words {
  reason?: string | null;
  evidence?: readonly string[] | null;
  /** What is contested; of a new draft, what the verdict found wrong if absent. */
  criteria?: readonly Contest[] | null;
}

const wordsOf = ({ reason, evidence }: Words) => ({
  reason: reason == null ? undefined : checkText(reason, ["reason"]),
  evidence: evidence == null ? undefined : checkReferences(evidence, ["evidence"]),
});

const CASE = ["appealCaseId"];

// The case that so many more appeals join, locked.
async function joinCase(verb: Verb, key: ProjectKey, count: number): Promise<AppealCaseRow> {
  const found = await lockCase(verb.db, key);
  if (!found) throw new NotFound("There is no such appeal case.", CASE);
  if (found.size + count <= MAX_ITEMS) return found.row;
  throw new InvalidInput(`appealCaseId: a case has at most ${MAX_ITEMS} appeals, and this one has ${found.size}; open another.`, CASE);
}

type AppealInsert = Parameters<typeof insertAppeals>[1][number];
type CriterionInsert = Parameters<typeof insertAppeals>[2][number];

interface Draft {
  appeal: AppealInsert;
  criteria: CriterionInsert[];
}

function criteriaOf(verb: Verb, { projectId, id }: ProjectKey, contests: readonly { criterionId: string; argument: string | null }[]): CriterionInsert[] {
  // In the order in which they were named, also where nobody asks for that.
  const ids = contests.map(() => newId(verb.now)).sort();
  return contests.map((contest, i) => ({ projectId, id: ids[i]!, appealId: id, ...contest }));
}

function draftOf(verb: Verb, contested: Contested, words: Words, joined: AppealCaseRow | null): Draft {
  const { audit, verdictId, failedIds, criterionIds } = contested;
  const { viewer, now } = verb;
  walkAudit(verb, audit, contested.lease, "draftAppeal");
  checkContestable(contested, now, ["auditId"]);
  if (joined) checkJoin(joined, audit);
  const { projectId, id: auditId, decisionId, auditorId, layer, windowDueAt: dueAt } = audit;
  const { queueId, labelerId, vendorId, siteId, teamId, policyId, market, decidedAt } = audit;
  const key = { projectId, id: newId(now) };
  const contests = checkContests(words.criteria ?? failedIds.map((criterionId) => ({ criterionId })), criterionIds);
  const appeal = {
    ...key, ...wordsOf(words), auditId, decisionId, auditorId, layer, verdictId, dueAt, caseId: joined?.id ?? null, state: "DRAFT" as const,
    raisedById: viewer.principalId, raisedAs: viewer.role as AppealRow["raisedAs"],
    queueId, labelerId, vendorId, siteId, teamId, policyId, market, decidedAt, createdAt: now, updatedAt: now,
  };
  return { appeal, criteria: criteriaOf(verb, key, contests) };
}

async function draftEach(verb: Verb, targets: AuditTargets, words: Words & { caseKey: ProjectKey | null; isDryRun?: boolean }): Promise<Decided<ProjectKey, Draft>> {
  mayOnly(verb.viewer, "draftAppeal", APPEALING);
  const asked = await keysOf(verb.db, targets);
  const joined = words.caseKey && (await joinCase(verb, words.caseKey, asked.keys.length));
  const seen = await listVisibleAudits(verb.db, asked.keys);
  const contested = await asSystem(verb, (db) => lockContested(db, seen, []));
  const rows = contested.map((each) => ({ ...each, projectId: each.audit.projectId, id: each.audit.id }));
  const decided = decideEach("audit", asked, rows, (row) => draftOf(verb, row, words, joined));
  const drafts = decided.accepted.map(({ plan }) => plan);
  if (!words.isDryRun && drafts.length > 0) {
    await insertAppeals(verb.db, drafts.map(({ appeal }) => appeal), drafts.flatMap(({ criteria }) => criteria));
  }
  return decided;
}

/**
 * Begins an appeal of an audit, for its labeler or their vendor: a draft, which only their side sees. It can be filed until the audit's
 * window ends. The audit stays as it is.
 */
export async function draftAppeal(verb: Verb, auditKey: ProjectKey, words: Words & { caseKey: ProjectKey | null }): Promise<ProjectKey> {
  const decided = await draftEach(verb, only(auditKey, "auditId"), words);
  throwRefusal(decided);
  const { projectId, id } = decided.accepted[0]!.plan.appeal;
  return { projectId, id };
}

/** Begins appeals of up to 500 audits in one case, alike, each under the rules of the single verb; of each what was found wrong is contested. */
export async function draftAppeals(
  verb: Verb,
  targets: AuditTargets,
  words: Omit<Words, "criteria"> & { caseKey: ProjectKey; isDryRun: boolean },
): Promise<BulkItem[]> {
  return itemsOf(await draftEach(verb, targets, words), words.isDryRun);
}

/** Changes what a draft says; what is absent stays. */
export async function saveAppealDraft(
  verb: Verb,
  key: ProjectKey,
  words: Words & { caseKey?: ProjectKey | null },
  expectedVersion: ExpectedVersion,
): Promise<ProjectKey> {
  const { row } = await takeAppeal(verb, key, "saveAppealDraft", expectedVersion);
  const joined = words.caseKey && (await joinCase(verb, words.caseKey, 1));
  if (joined) checkJoin(joined, row);
  if (words.criteria) {
    const [contested] = await asSystem(verb, (db) => lockContested(db, [{ projectId: row.projectId, id: row.auditId }], [row.id]));
    await replaceCriteria(verb.db, key, criteriaOf(verb, key, checkContests(words.criteria, contested!.criterionIds)));
  }
  await saveWords(verb.db, key, { ...wordsOf(words), caseId: joined?.id }, verb.now);
  return key;
}

type Filing = Move & { contested: Contested };

function fileOne(verb: Verb, row: AppealRow, contested: Contested, contests: number): Filing {
  const { audit, verdictId, criterionIds } = contested;
  walkAppeal(verb, row, "fileAppeal");
  if (audit.state !== "PUBLISHED" && audit.state !== "ACKNOWLEDGED") throw new Conflict(`The audit can't be contested any more: it is ${audit.state}.`, ["appealId"]);
  checkContestable(contested, verb.now, ["appealId"]);
  checkComplete(row, contests, criterionIds.length);
  const tier = firstTier(row);
  if (!tier) throw new Conflict("The project has no tier for appeals that the vendor raises.", ["appealId"]);
  return { row, contested, to: stateIn(tier), change: { filedAt: verb.now, verdictId, auditState: audit.state }, reason: row.reason };
}

async function fileEach(verb: Verb, rows: readonly AppealRow[], path: readonly string[]): Promise<Decided<AppealRow, Filing>> {
  const auditKeys = rows.map(({ projectId, auditId }) => ({ projectId, id: auditId }));
  const found = await asSystem(verb, (db) => lockContested(db, auditKeys, rows.map(({ id }) => id)));
  const byAudit = new Map(found.map((contested) => [contested.audit.id, contested]));
  const contests = await listContests(verb.db, rows);
  const decided = decideEach("appeal", { keys: rows, path }, rows, (row) => fileOne(verb, row, byAudit.get(row.auditId)!, contests.get(row.id)?.length ?? 0));
  const filings = decided.accepted.map(({ plan }) => plan);
  if (filings.length > 0) await appealAudits(verb, filings.map(({ contested }) => contested.audit));
  await moveAppeals(verb, filings);
  return decided;
}

/**
 * Files a draft before its audit's window ends. It contests the latest verdict, in the first tier that is for it; the audit stands still
 * until the appeal has ended.
 */
export async function fileAppeal(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row } = await takeAppeal(verb, key, "fileAppeal", expectedVersion);
  throwRefusal(await fileEach(verb, [row], ["appealId"]));
  if (row.caseId) await markCaseFiled(verb.db, { projectId: row.projectId, id: row.caseId }, verb.now);
  return key;
}

/** Opens a case, for audits to be contested together: its labeler's own, or the vendor's. */
export async function openAppealCase(verb: Verb, input: { projectId: string; layer: AppealCaseRow["layer"]; title: string }): Promise<ProjectKey> {
  const { viewer, now } = verb;
  const { projectId, layer } = input;
  mayOnly(viewer, "openAppealCase", APPEALING);
  if (!actsIn(viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  const { vendorId, teamId, labelerId, principalId: openedById } = viewer;
  const row = { projectId, id: newId(now), layer, title: checkName(input.title, ["title"]), openedById, vendorId: vendorId!, teamId, labelerId };
  await insertCase(verb.db, { ...row, createdAt: now, updatedAt: now });
  return { projectId, id: row.id };
}

/** Files the viewer's drafts of a case, each under the rules of the single verb; those that can't be stay drafts. */
export async function fileAppealCase(verb: Verb, key: ProjectKey): Promise<ProjectKey & { items: BulkItem[] }> {
  const rows = (await takeAppealsOfCase(verb, key, "fileAppeal")).filter(({ raisedById }) => raisedById === verb.viewer.principalId);
  if (rows.length === 0) throw new Conflict("The case has no drafts of yours.", CASE);
  const decided = await fileEach(verb, rows, CASE);
  if (decided.accepted.length > 0) await markCaseFiled(verb.db, key, verb.now);
  return { ...key, items: itemsOf(decided, false) };
}
