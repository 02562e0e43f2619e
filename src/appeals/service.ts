import { settleAppeals } from "../audits/service.ts";
import type { AuditRow } from "../audits/table.ts";
import { type ClockStart, pauseClocks, resumeClocks, startClocks, stopClocks, voidClocks } from "../clocks/service.ts";
import { type Asked, checkMost, MAX_ITEMS, type Targets } from "../core/bulk.ts";
import { Conflict, NotFound } from "../core/errors.ts";
import { type ProjectKey, SYSTEM_PRINCIPAL_ID } from "../core/ids.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append, type Audience, type EventDraft } from "../events/outbox.ts";
import { appealAudience, type AppealState, type AppealVerb, clockIn, isOver, statesFor, tierIn, walkAppeal } from "./rules.ts";
import { type AppealFilter, findAppeal, findAppealKeys, findCaseVersion, lockAppeals, lockAppealsOfCase, type Moved, renewCases, saveMoves } from "./store.ts";
import type { AppealRow } from "./table.ts";

/** What a move writes beside state, tier and times. */
export type AppealChange = Partial<
  Pick<Moved, "outcome" | "ruledAt" | "asked" | "answer" | "endReason" | "hasContinued" | "hasReappealed" | "filedAt" | "verdictId" | "auditState">
>;

/** A locked appeal, the state that it goes to, and what its event tells: `reason` in words for people, `payload` in ids, codes and times. */
export interface Move extends Pick<EventDraft, "reason" | "payload"> {
  row: AppealRow;
  to: AppealState;
  change?: AppealChange;
}

const CLOCKS = ["APPEAL_L1", "APPEAL_L2", "APPEAL_L3", "APPEAL_REPLY", "APPEAL_REAPPEAL"] as const;
type Kind = (typeof CLOCKS)[number];

function startOf({ row, to }: Move, kind: Kind): ClockStart {
  const { projectId, id, vendorId, siteId, market, queueId } = row;
  return { projectId, subjectType: "Appeal", subjectId: id, kind, vendorId, siteId, market, queueId, audience: appealAudience(row, tierIn(to) ?? row.tier) };
}

const isAnswered = ({ row, to }: Move) => row.state === "RETURNED_FOR_INFO" && tierIn(to) !== null;
// A window that nobody used is no work that came late, and what was withdrawn is none any more.
const isVoid = ({ row, to }: Move) => to === "WITHDRAWN" || (to === "CLOSED" && row.state === "DECIDED");

// Stops the clocks of the states that appeals leave and starts those of the states that they come to; the due times, in the order of the moves.
async function turnClocks(verb: Verb, moves: readonly Move[]): Promise<(Date | null)[]> {
  const due = new Map<string, Date>();
  for (const projectId of new Set(moves.map(({ row }) => row.projectId))) {
    const filed = moves.filter(({ row }) => row.projectId === projectId && row.state !== "DRAFT");
    const idsOf = (some: readonly Move[]) => some.map(({ row }) => row.id);
    const [answered, returned] = [filed.filter(isAnswered), filed.filter(({ to }) => to === "RETURNED_FOR_INFO")];
    const left = filed.filter((move) => !isAnswered(move) && move.to !== "RETURNED_FOR_INFO");
    if (returned.length > 0) await pauseClocks(verb, projectId, idsOf(returned), CLOCKS, "RETURNED_FOR_INFO");
    if (answered.length > 0) {
      await stopClocks(verb, projectId, idsOf(answered), ["APPEAL_REPLY"]);
      for (const [id, at] of await resumeClocks(verb, projectId, idsOf(answered), CLOCKS)) due.set(id, at);
    }
    const [unused, done] = [left.filter(isVoid), left.filter((move) => !isVoid(move))];
    if (unused.length > 0) await voidClocks(verb, projectId, idsOf(unused), CLOCKS);
    if (done.length > 0) await stopClocks(verb, projectId, idsOf(done), CLOCKS);
  }
  const starting = moves.filter((move) => clockIn(move.to) !== null && !isAnswered(move));
  const started = await startClocks(verb, starting.map((move) => startOf(move, clockIn(move.to) as Kind)));
  starting.forEach(({ row }, i) => due.set(row.id, started[i]!));
  return moves.map(({ row }) => due.get(row.id) ?? null);
}

function movedTo(move: Move, dueAt: Date | null, now: Date): Moved {
  const { row, to, change } = move;
  return { ...row, ...change, state: to, tier: tierIn(to) ?? row.tier, dueAt, closedAt: isOver(to) ? now : null };
}

function eventOf({ row, to, reason, payload }: Move, { tier, outcome, dueAt }: Moved): EventDraft {
  const subject = { projectId: row.projectId, type: `appeal.${to.toLowerCase()}`, subjectType: "Appeal", subjectId: row.id };
  const told = { tier, outcome, dueAt: dueAt?.toISOString() ?? null, ...payload };
  return { ...subject, fromState: row.state, toState: to, reason, payload: told, audience: appealAudience(row, tier) };
}

/**
 * Moves locked appeals to other states, each with its clocks, its event and, once it is over, its audit. Whoever isn't its appellant has
 * handled it from then on, and a case has another version once an appeal of it is filed or moves. What happens to a draft that is never
 * filed is told to nobody.
 */
export async function moveAppeals(verb: Verb, moves: readonly Move[]): Promise<void> {
  if (moves.length === 0) return;
  const due = await turnClocks(verb, moves);
  const moved = moves.map((move, i) => movedTo(move, due[i]!, verb.now));
  const { principalId } = verb.viewer;
  const isHandler = principalId !== SYSTEM_PRINCIPAL_ID && moves.every(({ row }) => row.raisedById !== principalId);
  await saveMoves(verb.db, moved, isHandler ? principalId : null, verb.now);
  await append(verb, moves.flatMap((move, i) => (moved[i]!.filedAt ? [eventOf(move, moved[i]!)] : [])));
  const cases = moves.flatMap(({ row: { projectId, caseId } }, i) => (caseId && moved[i]!.filedAt ? [{ projectId, id: caseId }] : []));
  if (cases.length > 0) await asSystem(verb, (db) => renewCases(db, cases, verb.now));
  const over = moved.filter(({ state, filedAt }) => isOver(state) && filedAt);
  const auditOf = new Map(moves.map(({ row }) => [row.id, row.auditId]));
  await settleAppeals(verb, over.map(({ projectId, id, outcome, auditState }) =>
    // What was ruled on is over for good, also where its re-appeal was none that could be ruled on.
    ({ projectId, id: auditOf.get(id)!, isClosed: outcome !== null, back: auditState as AuditRow["state"] })));
}

/** Appeals that a bulk verb is to act on. */
export type AppealTargets = Targets<AppealFilter>;

/** The targets by their keys; those of a filter are looked up. Refuses more than one call takes. */
export async function keysOf(db: Db, targets: AppealTargets): Promise<Asked> {
  if ("keys" in targets) return targets;
  const keys = await findAppealKeys(db, targets.filter, MAX_ITEMS + 1);
  checkMost(keys.length, targets.path);
  return { path: targets.path, keys, read: null };
}

/** Who may see an appeal that the viewer sees; null of one that they don't. Refuses one that was never filed: it is its appellant's own. */
export async function audienceOfAppeal(db: Db, key: ProjectKey): Promise<Audience | null> {
  const row = await findAppeal(db, key);
  if (row && !row.filedAt) throw new Conflict("The appeal was not filed: there is nobody yet to talk to about it.", ["subjectId"]);
  return row && appealAudience(row, row.tier);
}

/** The appeals that the viewer sees of those named, locked; `walkAppeal` says of each what a verb does. */
export async function takeAppeals(verb: Verb, keys: readonly ProjectKey[]): Promise<AppealRow[]> {
  return lockAppeals(verb.db, keys);
}

/** The appeals of a case that are in a state that the verb leaves, locked, as far as the viewer sees them: those of the version that was read. */
export async function takeAppealsOfCase(verb: Verb, key: ProjectKey, name: AppealVerb, expectedVersion: ExpectedVersion): Promise<AppealRow[]> {
  const rows = await lockAppealsOfCase(verb.db, key, statesFor(name));
  if (rows.length > 0 && expectedVersion == null) return rows;
  const version = await findCaseVersion(verb.db, key);
  if (version === null) throw new NotFound("There is no such appeal case.", ["appealCaseId"]);
  checkVersion(version, expectedVersion);
  return rows;
}

/** An appeal, locked, and the state that the verb takes it to; null where it stays. Where the table has several tiers, the caller says which. */
export async function takeAppeal(
  verb: Verb,
  key: ProjectKey,
  name: AppealVerb,
  expectedVersion: ExpectedVersion,
): Promise<{ row: AppealRow; to: AppealState | null }> {
  const [row] = await takeAppeals(verb, [key]);
  if (!row) throw new NotFound("There is no such appeal.", ["appealId"]);
  checkVersion(row.version, expectedVersion);
  return { row, to: walkAppeal(verb, row, name).to };
}
