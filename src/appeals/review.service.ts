import { settleAppeals } from "../audits/service.ts";
import type { AuditRow } from "../audits/table.ts";
import { type BulkItem, decideEach, itemsOf, only, throwRefusal } from "../core/bulk.ts";
import { checkText } from "../core/checks.ts";
import { Conflict } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asWorker, type Verb } from "../db/verb.ts";
import { type AppealState, type AppealTier, type AppealVerb, checkUnruled, stateIn, tierFor, walkAppeal } from "./rules.ts";
import { type AppealTargets, keysOf, type Move, moveAppeals, takeAppeals } from "./service.ts";
import { endWindows, lockDue, renewDrafts } from "./store.ts";
import type { AppealRow } from "./table.ts";

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

type Step = (row: AppealRow, to: AppealState | null) => Omit<Move, "row" | "to"> & { to?: AppealState };

// A verb on appeals: where the rules let each go, and what it writes and tells.
async function goEach(verb: Verb, name: AppealVerb, targets: AppealTargets, isDryRun: boolean, step: Step) {
  const asked = await keysOf(verb.db, targets);
  const decided = decideEach("appeal", asked, await takeAppeals(verb, asked.keys), (row): Move => {
    const { to } = walkAppeal(verb, row, name);
    return { row, to: to!, ...step(row, to) };
  });
  if (!isDryRun) await moveAppeals(verb, decided.accepted.map(({ plan }) => plan));
  return decided;
}

async function go(verb: Verb, key: ProjectKey, name: AppealVerb, expectedVersion: ExpectedVersion, step: Step): Promise<ProjectKey> {
  throwRefusal(await goEach(verb, name, only(key, "appealId", expectedVersion), false, step));
  return key;
}

const forwarded: Step = (row) => ({ to: stateFrom(row, "L2") });

/** Hands an appeal on to the client's reviewers: it deserves their judgement. */
export async function forwardAppeal(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  return go(verb, key, "forwardAppeal", expectedVersion, forwarded);
}

/** Hands up to 500 appeals on, each under the rules of the single verb. */
export async function forwardAppeals(verb: Verb, targets: AppealTargets, isDryRun: boolean): Promise<BulkItem[]> {
  return itemsOf(await goEach(verb, "forwardAppeal", targets, isDryRun, forwarded), isDryRun);
}

function declined(reason: string): Step {
  const endReason = checkText(reason, ["reason"]);
  return () => ({ change: { endReason }, reason: endReason });
}

/** Declines an appeal for the vendor. Its appellant may go on to the client's reviewers within a window. */
export async function declineAppeal(verb: Verb, key: ProjectKey, reason: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  return go(verb, key, "declineAppeal", expectedVersion, declined(reason));
}

/** Declines up to 500 appeals for one reason, each under the rules of the single verb. */
export async function declineAppeals(verb: Verb, targets: AppealTargets, input: { reason: string; isDryRun: boolean }): Promise<BulkItem[]> {
  return itemsOf(await goEach(verb, "declineAppeal", targets, input.isDryRun, declined(input.reason)), input.isDryRun);
}

/** Goes on past a decline, in its window. */
export async function continueAppeal(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  return go(verb, key, "continueAppeal", expectedVersion, (row) => {
    checkWindow(row, verb.now);
    return { to: stateFrom(row, "L2"), change: { hasContinued: true } };
  });
}

/** Takes an appeal back that no tier has ruled on. Its audit can be appealed again while its window lasts. */
export async function withdrawAppeal(verb: Verb, key: ProjectKey, reason: string | null, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const endReason = reason === null ? null : checkText(reason, ["reason"]);
  return go(verb, key, "withdrawAppeal", expectedVersion, (row) => {
    checkUnruled(row);
    return { change: { endReason }, reason: endReason };
  });
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
