import { settleAppeals } from "../audits/service.ts";
import type { AuditRow } from "../audits/table.ts";
import { type ClockStart, pauseClocks, resumeClocks, startClocks, stopClocks, voidClocks } from "../clocks/service.ts";
import { checkText } from "../core/checks.ts";
import { Conflict, NotFound } from "../core/errors.ts";
import { type ProjectKey, SYSTEM_PRINCIPAL_ID } from "../core/ids.ts";
import { mayOnly } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asWorker, type Verb } from "../db/verb.ts";
import { append, type Audience, type EventDraft } from "../events/outbox.ts";
import {
  appealAudience, type AppealState, type AppealTier, type AppealVerb, clockIn, isOver, rolesFor, stateIn, statesFor, tierFor, tierIn, walkAppeal,
} from "./rules.ts";
import { endWindows, findAppeal, hasCase, lockAppeals, lockAppealsOfCase, lockDue, type Moved, renewDrafts, saveMoves } from "./store.ts";
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
 * handled it from then on. What happens to a draft that is never filed is told to nobody.
 */
export async function moveAppeals(verb: Verb, moves: readonly Move[]): Promise<void> {
  if (moves.length === 0) return;
  const due = await turnClocks(verb, moves);
  const moved = moves.map((move, i) => movedTo(move, due[i]!, verb.now));
  const { principalId } = verb.viewer;
  const isHandler = principalId !== SYSTEM_PRINCIPAL_ID && moves.every(({ row }) => row.raisedById !== principalId);
  await saveMoves(verb.db, moved, isHandler ? principalId : null, verb.now);
  await append(verb, moves.flatMap((move, i) => (moved[i]!.filedAt ? [eventOf(move, moved[i]!)] : [])));
  const over = moved.filter(({ state, filedAt }) => isOver(state) && filedAt);
  const auditOf = new Map(moves.map(({ row }) => [row.id, row.auditId]));
  await settleAppeals(verb, over.map(({ projectId, id, state, auditState }) =>
    ({ projectId, id: auditOf.get(id)!, isClosed: state === "CLOSED", back: auditState as AuditRow["state"] })));
}

/** Who may see an appeal that the viewer sees; null of one that they don't. */
export async function audienceOfAppeal(db: Db, key: ProjectKey): Promise<Audience | null> {
  const row = await findAppeal(db, key);
  return row && appealAudience(row, row.tier);
}

/** The appeals that the viewer sees of those named, locked; `walkAppeal` says of each what the verb does. */
export async function takeAppeals(verb: Verb, keys: readonly ProjectKey[], name: AppealVerb): Promise<AppealRow[]> {
  mayOnly(verb.viewer, name, rolesFor(name));
  return lockAppeals(verb.db, keys);
}

/** The appeals of a case that are in a state that the verb leaves, locked, as far as the viewer sees them. */
export async function takeAppealsOfCase(verb: Verb, key: ProjectKey, name: AppealVerb): Promise<AppealRow[]> {
  mayOnly(verb.viewer, name, rolesFor(name));
  const rows = await lockAppealsOfCase(verb.db, key, statesFor(name));
  if (rows.length === 0 && !(await hasCase(verb.db, key))) throw new NotFound("There is no such appeal case.", ["appealCaseId"]);
  return rows;
}

/** An appeal, locked, and the state that the verb takes it to; null where it stays. Where the table has several tiers, the caller says which. */
export async function takeAppeal(
  verb: Verb,
  key: ProjectKey,
  name: AppealVerb,
  expectedVersion: ExpectedVersion,
): Promise<{ row: AppealRow; to: AppealState | null }> {
  const [row] = await takeAppeals(verb, [key], name);
  if (!row) throw new NotFound("There is no such appeal.", ["appealId"]);
  checkVersion(row.version, expectedVersion);
  return { row, to: walkAppeal(verb, row, name).to };
}

// The state of the first tier from this one on that the appeal can go to.
function stateFrom(row: AppealRow, tier: AppealTier): AppealState {
  const next = tierFor(row, tier);
  if (!next) throw new Conflict("The project's appeals have no further tier.", ["appealId"]);
  return stateIn(next);
}

// Refuses what comes after the time that the appeal's state has.
function checkWindow({ dueAt }: AppealRow, now: Date): void {
  if (!dueAt || dueAt <= now) throw new Conflict("The time for it is over; what was ruled stands.", ["appealId"]);
}

type Given = Omit<Move, "row" | "to">;

// A verb on one appeal: where the rules let it go, and what it writes and tells.
async function go(
  verb: Verb,
  key: ProjectKey,
  name: AppealVerb,
  expectedVersion: ExpectedVersion,
  decide: (row: AppealRow, to: AppealState | null) => Given & { to?: AppealState },
): Promise<ProjectKey> {
  const { row, to } = await takeAppeal(verb, key, name, expectedVersion);
  const move = decide(row, to);
  await moveAppeals(verb, [{ row, to: to!, ...move }]);
  return key;
}

/** Hands an appeal on to the client's reviewers: it deserves their judgement. */
export async function forwardAppeal(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  return go(verb, key, "forwardAppeal", expectedVersion, (row) => ({ to: stateFrom(row, "L2") }));
}

/** Declines an appeal for the vendor. Its appellant may go on to the client's reviewers within a window. */
export async function declineAppeal(verb: Verb, key: ProjectKey, reason: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const endReason = checkText(reason, ["reason"]);
  return go(verb, key, "declineAppeal", expectedVersion, () => ({ change: { endReason }, reason: endReason }));
}

/** Goes on past a decline, in its window. */
export async function continueAppeal(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  return go(verb, key, "continueAppeal", expectedVersion, (row) => {
    checkWindow(row, verb.now);
    return { to: stateFrom(row, "L2"), change: { hasContinued: true } };
  });
}

/** Takes an appeal back. Its audit can be appealed again while its window lasts. */
export async function withdrawAppeal(verb: Verb, key: ProjectKey, reason: string | null, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const endReason = reason === null ? null : checkText(reason, ["reason"]);
  return go(verb, key, "withdrawAppeal", expectedVersion, () => ({ change: { endReason }, reason: endReason }));
}

/** Asks the appellant for what is missing; the tier's clock stands still until they have answered, or the time for it is over. */
export async function returnAppeal(verb: Verb, key: ProjectKey, question: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const asked = checkText(question, ["question"]);
  return go(verb, key, "returnAppeal", expectedVersion, () => ({ change: { asked, answer: null }, reason: asked }));
}

/** Answers what a reviewer asked; the appeal is back in the tier that asked. */
export async function answerAppeal(verb: Verb, key: ProjectKey, answer: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const change = { answer: checkText(answer, ["answer"]) };
  return go(verb, key, "answerAppeal", expectedVersion, (row) => ({ to: stateIn(row.tier!), change }));
}

/** Leaves an appeal to those who write the policies. */
export async function escalateAppeal(verb: Verb, key: ProjectKey, reason: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const words = checkText(reason, ["reason"]);
  return go(verb, key, "escalateAppeal", expectedVersion, (row) => ({ to: stateFrom(row, "L3"), reason: words }));
}

/** Appeals a ruling, in its window, to those who write the policies. */
export async function fileReappeal(verb: Verb, key: ProjectKey, reason: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const words = checkText(reason, ["reason"]);
  return go(verb, key, "fileReappeal", expectedVersion, (row) => {
    if (row.outcome === "AUDIT_OVERTURNED") throw new Conflict("The audit was overturned: there is nothing left to appeal.", ["appealId"]);
    checkWindow(row, verb.now);
    return { to: stateFrom(row, "L3"), change: { hasReappealed: true }, reason: words };
  });
}

/** Ends an appeal without a ruling: it is none that could be ruled on. */
export async function markAppealInvalid(verb: Verb, key: ProjectKey, reason: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const endReason = checkText(reason, ["reason"]);
  return go(verb, key, "markAppealInvalid", expectedVersion, () => ({ change: { endReason }, reason: endReason }));
}

// What time alone makes of an appeal that is due; a declined one stays so, and one that a tier should have ruled on waits on.
function passedTo(row: AppealRow): AppealState | null {
  switch (row.state) {
    case "DRAFT":
      return "EXPIRED";
    case "L1_REVIEW":
      return stateFrom(row, "L2");
    case "RETURNED_FOR_INFO":
      return stateIn(row.tier!);
    case "DECIDED":
      return "CLOSED";
    default:
      return null;
  }
}

const BATCH = 200;

/**
 * Does what time does to appeals, a batch at a time: drafts expire at their window's end, the vendor's review that is late is forwarded,
 * questions that nobody answered go back, rulings that nobody appealed close, and audits whose decline nobody contested are settled. No tier
 * is ever decided by its clock. How many; call again until it answers 0.
 */
export async function passAppeals(db: Db, now: Date): Promise<number> {
  const verb = asWorker(db, now);
  await renewDrafts(db, now);
  const due = await lockDue(db, now, BATCH);
  const moves = due.flatMap((row): Move[] => (row.state === "DECLINED" ? [] : [{ row, to: passedTo(row)! }]));
  await moveAppeals(verb, moves);
  const declined = due.filter(({ state }) => state === "DECLINED");
  if (declined.length > 0) {
    await endWindows(db, declined, now);
    await settleAppeals(verb, declined.map(({ projectId, auditId, auditState }) => ({ projectId, id: auditId, isClosed: false, back: auditState as AuditRow["state"] })));
  }
  return due.length;
}
