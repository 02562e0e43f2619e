import { checkText } from "../core/checks.ts";
import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { closeMemberships, insertMemberships } from "./roster.store.ts";
import { checkOwnTeam, checkPresent, LABELER_MACHINE, labelerParts, type LabelerVerb, type Place } from "./rules.ts";
import {
  changeAssignmentEnd, changeLabeler, endAssignments, findAssignment, findLabeler, findOpenSince, findPlace, hasQueue, insertAssignment,
} from "./store.ts";
import type { AssignmentRow, LabelerRow } from "./table.ts";

type Seat = Pick<LabelerRow, "id" | "vendorId" | "siteId" | "teamId">;

/** An event of a labeler, for whoever sees the labeler. */
export function labelerEvent({ id, vendorId, teamId }: Omit<Seat, "siteId">, what: string, rest: Partial<EventDraft>): EventDraft {
  const audience = { isPartnerVisible: true, vendorId, teamId, labelerId: id };
  return { projectId: SYSTEM_PROJECT_ID, type: `labeler.${what}`, subjectType: "Labeler", subjectId: id, audience, ...rest };
}

function assignmentEvent(key: ProjectKey, { id, vendorId, teamId }: Omit<Seat, "siteId">, what: string): EventDraft {
  const audience = { isPartnerVisible: true, vendorId, teamId, labelerId: id };
  return { projectId: key.projectId, type: `labeler_assignment.${what}`, subjectType: "LabelerAssignment", subjectId: key.id, audience };
}

async function getLabeler(verb: Verb, id: string): Promise<LabelerRow> {
  const labeler = await findLabeler(verb.db, id);
  if (!labeler) throw new NotFound("There is no such labeler.", ["labelerId"]);
  return labeler;
}

/** What a verb of the labeler's machine takes. */
export interface LabelerStep {
  labelerId: string;
  reason?: string | null;
  /** pauseLabeler's: why they pause. */
  pauseReason?: LabelerRow["pauseReason"];
  expectedVersion?: ExpectedVersion;
}

/** Moves a labeler along their machine. Whoever leaves gives up their place and their assignments in every project. */
export async function moveAlong(verb: Verb, name: LabelerVerb, input: LabelerStep): Promise<{ id: string }> {
  const labeler = await getLabeler(verb, input.labelerId);
  const arrow = walk(LABELER_MACHINE, labeler.status, name, labelerParts(verb.viewer, labeler));
  const status = arrow.to ?? labeler.pausedFrom!;
  const isPaused = status === "PAUSED";
  const changes = {
    status,
    pausedFrom: isPaused ? labeler.status : null,
    pauseReason: isPaused ? input.pauseReason! : null,
    goLiveAt: name === "goLive" ? verb.now : undefined,
  };
  await changeLabeler(verb.db, labeler.id, input.expectedVersion ?? labeler.version, changes, verb.now);
  const reason = input.reason == null ? null : checkText(input.reason, ["reason"]);
  await append(verb, [labelerEvent(labeler, status.toLowerCase(), { fromState: labeler.status, toState: status, reason })]);
  if (status === "OFFBOARDED") await vacate(verb, labeler);
  return { id: labeler.id };
}

// As the system: not every assignment is in a project of the viewer's.
async function vacate(verb: Verb, labeler: LabelerRow): Promise<void> {
  await asSystem(verb, async (db) => {
    await closeMemberships(db, [labeler.id], verb.now);
    const ended = await endAssignments(db, labeler.id, verb.now);
    await append({ ...verb, db }, ended.map((key) => assignmentEvent(key, labeler, "ended")));
  });
}

/** Closes the memberships of labelers of one vendor who sit elsewhere from this time on, and opens those of their new places. */
export async function reseat(verb: Verb, vendorId: string, seats: readonly Omit<Seat, "vendorId">[], at: Date): Promise<void> {
  if (seats.length === 0) return;
  const closed = await closeMemberships(verb.db, seats.map(({ id }) => id), at);
  const opened = seats.map(({ id: labelerId, siteId, teamId }) => {
    const from = closed.get(labelerId) ?? at;
    return { id: newId(from), labelerId, siteId, teamId, from };
  });
  await insertMemberships(verb.db, vendorId, opened);
}

/** Where a labeler is moved to. */
export interface Move extends Place {
  labelerId: string;
  /** Now if absent. What was decided meanwhile keeps the place it was recorded with. */
  from?: Date | null;
  expectedVersion?: ExpectedVersion;
}

/** Moves a labeler to another site or team of their vendor: their membership ends, and another begins. */
export async function moveLabeler(verb: Verb, input: Move): Promise<{ id: string }> {
  const labeler = await getLabeler(verb, input.labelerId);
  checkPresent(labeler.status);
  checkOwnTeam(verb.viewer, input.teamId, ["teamId"]);
  if (!input.siteId && !input.teamId) throw new InvalidInput("siteId: name a site, or a team.", ["siteId"]);
  const place = await findPlace(verb.db, labeler.vendorId, input);
  if (!place) throw new NotFound("The labeler's vendor has no such site or team there.", [input.teamId ? "teamId" : "siteId"]);
  const at = input.from ?? verb.now;
  const since = await findOpenSince(verb.db, labeler.id);
  if (at > verb.now) throw new InvalidInput(`from: ${at.toISOString()} is ahead; move them on the day.`, ["from"]);
  if (since && at < since) throw new InvalidInput(`from: their present membership began later, at ${since.toISOString()}.`, ["from"]);
  await changeLabeler(verb.db, labeler.id, input.expectedVersion ?? labeler.version, place, verb.now);
  await reseat(verb, labeler.vendorId, [{ id: labeler.id, ...place }], at);
  const payload = { ...place, from: at.toISOString() };
  const { status } = labeler;
  await append(verb, [labelerEvent({ ...labeler, ...place }, "moveLabeler", { fromState: status, toState: status, payload })]);
  return { id: labeler.id };
}

/** What puts a labeler on a queue. */
export interface NewAssignment {
  labelerId: string;
  queue: ProjectKey;
  kind: AssignmentRow["kind"];
  /** Now if absent. */
  from?: Date | null;
  /** Open if absent. */
  to?: Date | null;
}

/** Puts a labeler on a queue. Two assignments of one labeler to one queue never overlap. */
export async function assignLabeler(verb: Verb, input: NewAssignment): Promise<ProjectKey> {
  const labeler = await getLabeler(verb, input.labelerId);
  checkPresent(labeler.status);
  if (!(await hasQueue(verb.db, input.queue))) throw new NotFound("There is no such queue.", ["queueId"]);
  const [from, to] = [input.from ?? verb.now, input.to ?? null];
  if (to && to <= from) throw new InvalidInput(`to: ${to.toISOString()} is not after from, ${from.toISOString()}.`, ["to"]);
  if (from.getTime() < 0) throw new InvalidInput(`from: ${from.toISOString()} is before 1970.`, ["from"]);
  const key = { projectId: input.queue.projectId, id: newId(from) };
  const { id: labelerId, vendorId } = labeler;
  await insertAssignment(verb.db, { ...key, queueId: input.queue.id, labelerId, vendorId, kind: input.kind, from, to });
  await append(verb, [assignmentEvent(key, labeler, "created")]);
  return key;
}

/** Ends an assignment. One that hasn't begun never holds. */
export async function endAssignment(
  verb: Verb,
  key: ProjectKey,
  input: { to?: Date | null; expectedVersion?: ExpectedVersion },
): Promise<ProjectKey> {
  const found = await findAssignment(verb.db, key);
  if (!found) throw new NotFound("There is no such assignment.", ["assignmentId"]);
  const { from, to: end, labelerId, vendorId, version } = found.assignment;
  if (end && end <= verb.now) throw new Conflict(`assignmentId: it ended at ${end.toISOString()}.`, ["assignmentId"]);
  const to = input.to ?? (from > verb.now ? from : verb.now);
  if (to < from) throw new InvalidInput(`to: ${to.toISOString()} lies before from, ${from.toISOString()}.`, ["to"]);
  await changeAssignmentEnd(verb.db, key, input.expectedVersion ?? version, to, verb.now);
  await append(verb, [assignmentEvent(key, { id: labelerId, vendorId, teamId: found.teamId }, "ended")]);
  return key;
}
