import { checkCode, checkName } from "../core/checks.ts";
import { NotFound } from "../core/errors.ts";
import { type Key, newId, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { mayOnly } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import type { Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { checkCriteria, type NewCriterion, SCORECARD_VERSION_MACHINE } from "./rules.ts";
import {
  changeScorecard, findVersionWithCriteria, getPublishedVersion, insertScorecard, insertVersion, isScorecard, listLiveLeaves, setVersionState,
} from "./store.ts";
import type { CriterionRow, ErrorCodeRow, ScorecardVersionRow } from "./table.ts";

const audience = { isProjectVisible: true };

function versionEvent(subjectId: string, fromState: string | null, toState: string): EventDraft {
  const type = `scorecard_version.${toState.toLowerCase()}`;
  return { projectId: SYSTEM_PROJECT_ID, type, subjectType: "ScorecardVersion", subjectId, fromState, toState, audience };
}

function scorecardEvent(what: string, subjectId: string): EventDraft {
  return { projectId: SYSTEM_PROJECT_ID, type: `scorecard.${what}`, subjectType: "Scorecard", subjectId, audience };
}

// Ids in the order of the criteria, so that a list by id reads as the scorecard does.
async function publish(verb: Verb, scorecardId: string, number: number, criteria: readonly NewCriterion[]): Promise<string> {
  const id = newId(verb.now);
  const ids = criteria.map(() => newId(verb.now)).sort();
  const own = { scorecardId, scorecardVersionId: id };
  const rows = criteria.map((criterion, index) => ({ ...criterion, ...own, id: ids[index]!, position: index + 1 }));
  await insertVersion(verb.db, { id, scorecardId, number, state: "PUBLISHED", publishedAt: verb.now }, rows);
  return id;
}

/** Adds a scorecard with its first version, published at once. */
export async function createScorecard(
  verb: Verb,
  input: { code: string; name: string; criteria: readonly NewCriterion[] },
): Promise<{ id: string }> {
  mayOnly(verb.viewer, "createScorecard", ["ADMIN", "QA_LEAD"]);
  const criteria = checkCriteria(input.criteria);
  const id = newId(verb.now);
  await insertScorecard(verb.db, { id, code: checkCode(input.code), name: checkName(input.name) });
  const versionId = await publish(verb, id, 1, criteria);
  await append(verb, [scorecardEvent("created", id), versionEvent(versionId, null, "PUBLISHED")]);
  return { id };
}

/** Publishes the next version and archives the one before: audits keep the version that they were made with. */
export async function reviseScorecard(
  verb: Verb,
  key: Key,
  input: { criteria: readonly NewCriterion[]; expectedVersion?: number | null },
): Promise<{ id: string }> {
  mayOnly(verb.viewer, "reviseScorecard", ["ADMIN", "QA_LEAD"]);
  const criteria = checkCriteria(input.criteria);
  await changeScorecard(verb.db, key, input.expectedVersion, {}, verb.now);
  const before = await getPublishedVersion(verb.db, key.id);
  const { to } = walk(SCORECARD_VERSION_MACHINE, before.state, "reviseScorecard", new Set([verb.viewer.role]));
  await setVersionState(verb.db, before.id, to!, verb.now);
  const versionId = await publish(verb, key.id, before.number + 1, criteria);
  await append(verb, [versionEvent(before.id, before.state, to!), versionEvent(versionId, null, "PUBLISHED")]);
  return { id: key.id };
}

/** Gives a scorecard another name; its code never changes. */
export async function renameScorecard(
  verb: Verb,
  key: Key,
  input: { name: string; expectedVersion?: number | null },
): Promise<{ id: string }> {
  mayOnly(verb.viewer, "renameScorecard", ["ADMIN", "QA_LEAD"]);
  await changeScorecard(verb.db, key, input.expectedVersion, { name: checkName(input.name) }, verb.now);
  await append(verb, [scorecardEvent("renamed", key.id)]);
  return { id: key.id };
}

/** Refuses an input's `scorecardId` that names no scorecard the viewer sees. */
export async function checkScorecard(db: Db, id: string): Promise<void> {
  if (!(await isScorecard(db, id))) throw new NotFound("There is no such scorecard.", ["scorecardId"]);
}

/** What an audit is made with: a version, its criteria in their order, and the error codes that findings may name now. */
export interface ScorecardContent {
  version: ScorecardVersionRow;
  criteria: CriterionRow[];
  /** Leaves that aren't retired. */
  errorCodes: ErrorCodeRow[];
}

/** The content of the version that an audit is pinned to, whatever the version's state, in two statements. */
export async function scorecardOf(db: Db, scorecardVersionId: string): Promise<ScorecardContent> {
  const found = await findVersionWithCriteria(db, scorecardVersionId);
  if (!found) throw new NotFound("There is no such version of a scorecard.", ["scorecardVersionId"]);
  return { ...found, errorCodes: await listLiveLeaves(db, found.version.scorecardId) };
}
