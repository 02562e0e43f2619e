import { takeAppeal } from "../appeals/service.ts";
import type { AppealCaseRow, AppealRow } from "../appeals/table.ts";
import { walkAudit } from "../audits/publication.rules.ts";
import { type AuditTargets, keysOf } from "../audits/service.ts";
import { type BulkItem, decideEach, type Decided, itemsOf, MAX_ITEMS, only, throwRefusal } from "../core/bulk.ts";
import { checkReferences, checkText } from "../core/checks.ts";
import { InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { checkContestable, checkContests, checkJoin, type Contest } from "./rules.ts";
import { type Contested, insertAppeals, listVisibleAudits, lockCase, lockContested, replaceCriteria, saveWords } from "./store.ts";

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
  const asked = await keysOf(verb.db, targets);
  const joined = words.caseKey && (await joinCase(verb, words.caseKey, asked.keys.length));
  const seen = await listVisibleAudits(verb.db, asked.keys);
  const contested = await asSystem(verb, (db) => lockContested(db, seen, []));
  const rows = contested.map((each) => ({ ...each, projectId: each.audit.projectId, id: each.audit.id, version: each.audit.version }));
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
