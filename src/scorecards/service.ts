import { checkCode, checkName } from "../core/checks.ts";
import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import type { RowRefusal } from "../core/fields.ts";
import { type Key, newId, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import { checkVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import type { Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { checkCriteria, MOST_CODES, type NewCriterion, type NewErrorCode, planErrorCodes, type ScorecardContent } from "./rules.ts";
import {
  changeScorecard, getErrorCode, insertCodes, insertScorecard, isScorecard, listCodes, listContents, lockCodes, lockCodesBeside,
  renameCode, retireCodes, unleaf,
} from "./store.ts";
import { addVersion, versionEvent } from "./versions.service.ts";

interface Renaming {
  name: string;
  expectedVersion?: number | null;
}

function event(subjectType: "Scorecard" | "ErrorCode", what: string, subjectId: string): EventDraft {
  const type = `${subjectType === "Scorecard" ? "scorecard" : "error_code"}.${what}`;
  return { projectId: SYSTEM_PROJECT_ID, type, subjectType, subjectId, audience: { isProjectVisible: true } };
}

/** Adds a scorecard with its first version, published at once. */
export async function createScorecard(
  verb: Verb,
  input: { code: string; name: string; criteria: readonly NewCriterion[] },
): Promise<{ id: string }> {
  const criteria = checkCriteria(input.criteria);
  const id = newId(verb.now);
  await insertScorecard(verb.db, { id, code: checkCode(input.code), name: checkName(input.name) });
  const versionId = await addVersion(verb, { scorecardId: id, number: 1, state: "PUBLISHED" }, criteria);
  await append(verb, [event("Scorecard", "created", id), versionEvent(versionId, null, "PUBLISHED")]);
  return { id };
}

/** Gives a scorecard another name; its code never changes. */
export async function renameScorecard(verb: Verb, key: Key, input: Renaming): Promise<{ id: string }> {
  await changeScorecard(verb.db, key, input.expectedVersion, { name: checkName(input.name) }, verb.now);
  await append(verb, [event("Scorecard", "renamed", key.id)]);
  return { id: key.id };
}

/** Refuses an input's `scorecardId` that names no scorecard the viewer sees. */
export async function checkScorecard(db: Db, id: string): Promise<void> {
  if (!(await isScorecard(db, id))) throw new NotFound("There is no such scorecard.", ["scorecardId"]);
}

/**
 * The content of the versions that audits are pinned to, whatever the versions' state, by their ids. Called as the system: a vendor doesn't
 * see a scorecard that its queue has left.
 */
export async function scorecardsOf(db: Db, versionIds: readonly string[]): Promise<Map<string, ScorecardContent>> {
  return versionIds.length > 0 ? listContents(db, versionIds) : new Map();
}

/** What came of one row of error codes. */
export interface ErrorCodeResult {
  row: number;
  code: string;
  outcome: "CREATED" | "UNCHANGED" | "REFUSED";
  /** Null if the row was refused. */
  errorCodeId: string | null;
  refusal: RowRefusal | null;
}

/**
 * Adds error codes to a scorecard's tree, each row with an outcome of its own. A code that gets others below it is no leaf any more:
 * findings that name it keep it, new ones don't.
 */
export async function createErrorCodes(
  verb: Verb,
  scorecardId: string,
  rows: readonly NewErrorCode[],
): Promise<{ results: ErrorCodeResult[] }> {
  if (rows.length < 1 || rows.length > MOST_CODES) {
    throw new InvalidInput(`errorCodes: bring 1 to ${MOST_CODES} a call, not ${rows.length}.`, ["errorCodes"]);
  }
  if (!(await lockCodes(verb.db, scorecardId))) throw new NotFound("There is no such scorecard.", ["scorecardId"]);
  const named = rows.flatMap(({ code, parentCode }) => (parentCode == null ? [code] : [code, parentCode]));
  const plans = planErrorCodes(rows, await listCodes(verb.db, scorecardId, [...new Set(named)]));
  const ids = rows.map(() => newId(verb.now)).sort();
  const added = rows.flatMap((row, index) => {
    if (plans[index]!.outcome !== "CREATED") return [];
    return [{ ...row, id: ids[index]!, name: checkName(row.name), parentCode: row.parentCode ?? null }];
  });
  if (added.length > 0) {
    await insertCodes(verb.db, scorecardId, added, verb.now);
    await unleaf(verb.db, scorecardId, verb.now);
    await append(verb, added.map(({ id }) => event("ErrorCode", "created", id)));
  }
  const results = plans.map((plan, row): ErrorCodeResult => {
    const own = { row, code: rows[row]!.code, outcome: plan.outcome };
    if (plan.outcome === "REFUSED") return { ...own, errorCodeId: null, refusal: { row, ...plan.refusal } };
    return { ...own, errorCodeId: plan.outcome === "UNCHANGED" ? plan.id : ids[row]!, refusal: null };
  });
  return { results };
}

/** Gives an error code another name; its code, severity and place never change, since findings rest on them. */
export async function renameErrorCode(verb: Verb, key: Key, input: Renaming): Promise<{ id: string }> {
  await renameCode(verb.db, key, input.expectedVersion, checkName(input.name), verb.now);
  await append(verb, [event("ErrorCode", "renamed", key.id)]);
  return { id: key.id };
}

/** Takes an error code, and all below it, out of use: new findings don't name them, those that do keep them. */
export async function retireErrorCode(verb: Verb, key: Key, input: { expectedVersion?: number | null }): Promise<{ id: string }> {
  if (!(await lockCodesBeside(verb.db, key.id))) throw new NotFound("There is no such error code.", ["id"]);
  const { version, code, retiredAt } = await getErrorCode(verb.db, key.id);
  if (retiredAt) throw new Conflict(`id: "${code}" is retired since ${retiredAt.toISOString()}; nothing is left to do.`, ["id"]);
  checkVersion(version, input.expectedVersion);
  const retired = await retireCodes(verb.db, key.id, verb.now);
  await append(verb, retired.map((id) => event("ErrorCode", "retired", id)));
  return { id: key.id };
}
