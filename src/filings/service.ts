import { firstTier, stateIn, walkAppeal } from "../appeals/rules.ts";
import { type Move, moveAppeals, takeAppeal, takeAppealsOfCase } from "../appeals/service.ts";
import type { AppealCaseRow, AppealRow } from "../appeals/table.ts";
import { appealAudits } from "../audits/service.ts";
import { type BulkItem, decideEach, type Decided, itemsOf, throwRefusal } from "../core/bulk.ts";
import { checkName } from "../core/checks.ts";
import { Conflict, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { actsIn } from "../core/viewer.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { checkComplete, checkContestable } from "./rules.ts";
import { type Contested, insertCase, listContests, lockContested, markCaseFiled } from "./store.ts";

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
  const decided = decideEach("appeal", { keys: rows, path, read: null }, rows, (row) => fileOne(verb, row, byAudit.get(row.auditId)!, contests.get(row.id)?.length ?? 0));
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
  if (!actsIn(viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  const { vendorId, teamId, labelerId, principalId: openedById } = viewer;
  const row = { projectId, id: newId(now), layer, title: checkName(input.title, ["title"]), openedById, vendorId: vendorId!, teamId, labelerId };
  await insertCase(verb.db, { ...row, createdAt: now, updatedAt: now });
  return { projectId, id: row.id };
}

/** Files the viewer's drafts of a case, each under the rules of the single verb; those that can't be stay drafts. */
export async function fileAppealCase(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey & { items: BulkItem[] }> {
  const rows = (await takeAppealsOfCase(verb, key, "fileAppeal", expectedVersion)).filter(({ raisedById }) => raisedById === verb.viewer.principalId);
  if (rows.length === 0) throw new Conflict("The case has no drafts of yours.", ["appealCaseId"]);
  const decided = await fileEach(verb, rows, ["appealCaseId"]);
  if (decided.accepted.length > 0) await markCaseFiled(verb.db, key, verb.now);
  return { ...key, items: itemsOf(decided, false) };
}
