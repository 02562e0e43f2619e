import { Conflict, NotFound } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import { pauseClocks, recomputeClocks, resumeClocks, startClocks, stopClocks, voidClocks } from "../clocks/service.ts";
import { CLOCK_KINDS } from "../clocks/table.ts";
import { contactsFor } from "../contacts/service.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append, type Audience, type EventDraft } from "../events/outbox.ts";
import { CLIENT_CLOCKS, clockChanges } from "./clocks.rules.ts";
import { type EscalationVerb, isOpen, isWaiting, walkEscalation } from "./rules.ts";
import { changeEscalation, type EscalationChange, findSeen, lockEscalation } from "./store.ts";
import type { EscalationRow } from "./table.ts";

type State = EscalationRow["state"];
type Seen = Pick<EscalationRow, "vendorId" | "isPartnerVisible">;

/** What else is told of a step. */
export type Told = Pick<EventDraft, "reason" | "payload">;

/** Who may see an escalation, and what happens to it: staff of the project, and once it is shared its vendor. */
export function audienceOf({ vendorId, isPartnerVisible }: Seen): Audience {
  return { isStaffVisible: true, isPartnerVisible, vendorId: isPartnerVisible ? vendorId : null };
}

/** Who may see the escalation with this key, read under the viewer's identity; null where they don't. */
export async function audienceOfEscalation(db: Db, key: ProjectKey): Promise<Audience | null> {
  const seen = await findSeen(db, key);
  return seen && audienceOf(seen);
}

/** What happened to an escalation; `what` is the state it came to, or the verb that left it where it was. */
export function escalationEvent(row: ProjectKey & Seen, what: string, from: State | null, to: State | null, told: Told = {}): EventDraft {
  const subject = { projectId: row.projectId, type: `escalation.${what}`, subjectType: "Escalation", subjectId: row.id };
  return { ...subject, ...told, fromState: from, toState: to, audience: audienceOf(row) };
}

/**
 * The escalation, locked, once the viewer may use the verb on it now; and the state that the table leads to, where it leads to one (null
 * keeps the state). Severity and ownership are considered, conditions on its analyses and actions are the caller's.
 */
export async function takeEscalation(verb: Verb, key: ProjectKey, name: EscalationVerb, expectedVersion: ExpectedVersion) {
  const row = await lockEscalation(verb.db, key);
  if (!row) throw new NotFound("There is no such escalation.", ["escalationId"]);
  checkVersion(row.version, expectedVersion);
  return { row, to: walkEscalation(verb.viewer, row, name).to };
}

/** The escalation, locked, for verbs on what belongs to it, which its machine doesn't have; refused once it is over. */
export async function takeOpenEscalation(verb: Verb, key: ProjectKey): Promise<EscalationRow> {
  const row = await lockEscalation(verb.db, key);
  if (!row) throw new NotFound("There is no such escalation.", ["escalationId"]);
  if (!isOpen(row.state)) throw new Conflict(`It is ${row.state}: nothing is added to what is over.`, ["escalationId"]);
  return row;
}

const ALL_CLOCKS = CLOCK_KINDS.filter((kind) => kind.startsWith("ESCALATION_"));

// The client's clocks, as the escalation's new standing has them.
async function settleClocks(verb: Verb, before: EscalationRow, after: EscalationRow, reason: string): Promise<void> {
  const { projectId, id, severity, market } = after;
  const ids = [id];
  if (!isOpen(after.state)) {
    await (after.state === "CLOSED" ? stopClocks : voidClocks)(verb, projectId, ids, ALL_CLOCKS);
    return;
  }
  const { stopped, voided, started, isRecomputed } = clockChanges(before, after);
  if (isWaiting(before.state) && !isWaiting(after.state)) await resumeClocks(verb, projectId, ids, CLIENT_CLOCKS);
  if (stopped.length > 0) await stopClocks(verb, projectId, ids, stopped);
  if (voided.length > 0) await voidClocks(verb, projectId, ids, voided);
  if (isRecomputed) await recomputeClocks(verb, projectId, ids, ALL_CLOCKS, severity);
  // What is looked for again, in another cycle, is due from then on.
  const startedAt = before.state === "VERIFYING" ? verb.now : after.openedAt;
  const subject = { projectId, subjectType: "Escalation", subjectId: id, severity, market, startedAt, audience: { isStaffVisible: true } };
  if (started.length > 0) await startClocks(verb, started.map((kind) => ({ ...subject, kind })));
  if (isWaiting(after.state) && (!isWaiting(before.state) || started.length > 0)) await pauseClocks(verb, projectId, ids, CLIENT_CLOCKS, reason);
}

async function change(verb: Verb, row: EscalationRow, given: EscalationChange, reason: string | null | undefined): Promise<EscalationRow> {
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const after = { ...row, ...known } as EscalationRow;
  await settleClocks(verb, row, after, reason ?? after.state);
  await asSystem(verb, (db) => changeEscalation(db, row, given, verb.now));
  return after;
}

/**
 * Takes a locked escalation to another state, with what else changes of it, and tells of it. The client's clocks follow by themselves: they
 * pause while it waits, stop when what they are about is done, and end with it; ESCALATION_PARTNER is the caller's, to be changed before.
 * A waiting one remembers the state that it left, unless `given.heldState` names another.
 */
export async function moveEscalation(verb: Verb, row: EscalationRow, to: State, given: EscalationChange = {}, told: Told = {}): Promise<ProjectKey> {
  const heldState = isWaiting(to) ? (given.heldState ?? row.heldState ?? row.state) : null;
  const closedAt = isOpen(to) ? undefined : verb.now;
  const after = await change(verb, row, { ...given, state: to, heldState, closedAt, stateReason: told.reason ?? null }, told.reason);
  await append(verb, [escalationEvent(after, to.toLowerCase(), row.state, to, told)]);
  return { projectId: row.projectId, id: row.id };
}

/** Changes a locked escalation without taking it anywhere, and tells of it by the verb's name. */
export async function changeStanding(
  verb: Verb,
  row: EscalationRow,
  name: string,
  given: EscalationChange,
  told: Told = {},
): Promise<ProjectKey> {
  const after = await change(verb, row, given, told.reason);
  await append(verb, [escalationEvent(after, name, null, null, told)]);
  return { projectId: row.projectId, id: row.id };
}

/** Who watches an escalation once its contacts are told, and by which duties they are: an event names these, not the people. */
export async function route(verb: Verb, row: EscalationRow): Promise<{ watcherIds: string[]; duties: string[] }> {
  const contacts = await contactsFor(verb, row);
  const watcherIds = [...new Set([...row.watcherIds, ...contacts.map(({ principalId }) => principalId)])];
  return { watcherIds, duties: [...new Set(contacts.map(({ duty }) => duty))].sort() };
}
