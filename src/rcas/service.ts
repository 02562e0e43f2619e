import { pauseClocks, resumeClocks, startClocks, stopClocks } from "../clocks/service.ts";
import { checkText } from "../core/checks.ts";
import { Conflict, Forbidden, InvalidInput, InvalidTransition } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { type Role } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { possibleActions } from "../escalations/rules.ts";
import { audienceOf, takeOpenEscalation, moveEscalation, takeEscalation } from "../escalations/service.ts";
import type { EscalationRow } from "../escalations/table.ts";
import { append } from "../events/outbox.ts";
import { ANSWERING, checkComplete, checkDraft, isWritten, mayWrite, type RcaDraft, writingSide } from "./rules.ts";
import { changeRca, insertRca, listGranted, lockOpen, readAnalysis, type RcaChange, saveWritten } from "./store.ts";
import type { RcaRow } from "./table.ts";

type State = RcaRow["state"];

// What happened to an analysis: whoever sees its escalation hears of it.
async function announce(verb: Verb, escalation: EscalationRow, rcaId: string, what: string, from: State | null, to: State | null, reason: string | null = null) {
  const subject = { projectId: escalation.projectId, type: `rca.${what}`, subjectType: "Rca", subjectId: rcaId };
  await append(verb, [{ ...subject, fromState: from, toState: to, reason, audience: audienceOf(escalation) }]);
}

/**
 * The vendors of people who are to answer for something of an escalation, null for staff. Refuses whoever has no such role in the project,
 * and people of a vendor that the escalation isn't shared with.
 */
export async function checkPeople(
  verb: Verb,
  { projectId, vendorId, isPartnerVisible }: EscalationRow,
  principalIds: readonly string[],
  roles: readonly Role[],
  pathOf: (index: number) => string[],
): Promise<(string | null)[]> {
  if (principalIds.length === 0) return [];
  const shared = isPartnerVisible ? vendorId : null;
  const granted = await asSystem(verb, (db) => listGranted(db, { projectId, vendorId: shared }, principalIds, roles, verb.now));
  const stranger = principalIds.findIndex((id) => !granted.has(id));
  if (stranger >= 0) {
    const whom = `${roles.join(", ")} of the project, or of the vendor that the escalation is shared with`;
    throw new InvalidInput(`${pathOf(stranger).join(".")}: they are none of ${whom}.`, pathOf(stranger));
  }
  return principalIds.map((id) => granted.get(id)!);
}

async function change(verb: Verb, escalation: EscalationRow, rca: RcaRow, state: State, given: RcaChange = {}, reason: string | null = null) {
  await changeRca(verb.db, rca, { ...given, state }, verb.now);
  await announce(verb, escalation, rca.id, state.toLowerCase(), rca.state, state, reason);
}

// The open analysis of the escalation's cycle that is written on that side, or a new one of the client's own.
async function takeDraft(verb: Verb, escalation: EscalationRow, side: "CLIENT" | "PARTNER"): Promise<RcaRow> {
  const { projectId, id: escalationId, cycle } = escalation;
  const open = await lockOpen(verb.db, escalation);
  if (open && isWritten(open, side)) return open;
  if (open || side === "PARTNER") throw new Conflict("writeRca: no analysis is asked for that isn't handed in.", ["escalationId"]);
  await insertRca(verb.db, { projectId, id: newId(verb.now), escalationId, cycle, state: "DRAFT", createdAt: verb.now, updatedAt: verb.now });
  return (await lockOpen(verb.db, escalation))!;
}

/**
 * Keeps what is written of an escalation's analysis, in the place of all that was: the client's own while it investigates, that of the vendor
 * while it is asked for one. What is missing yet may be missing.
 */
export async function writeRca(verb: Verb, key: ProjectKey, draft: RcaDraft, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const escalation = await takeOpenEscalation(verb, key);
  const side = writingSide(escalation.state);
  if (!side) {
    const why = "analyses are written while it is INVESTIGATING, and by the vendor while it is WAITING_PARTNER";
    throw new InvalidTransition(`writeRca: the escalation is ${escalation.state}; ${why}.`, escalation.state, possibleActions(verb.viewer, escalation));
  }
  if (!mayWrite(verb.viewer, escalation, side)) throw new Forbidden(`writeRca: while the escalation is ${escalation.state}, the ${side.toLowerCase()}'s side writes.`);
  const written = checkDraft(draft);
  const owners = written.causes.flatMap(({ ownerId }, index) => (ownerId ? [{ ownerId, index }] : []));
  const pathOf = (place: number) => ["causes", String(owners[place]!.index), "ownerId"];
  await checkPeople(verb, escalation, owners.map(({ ownerId }) => ownerId), ANSWERING, pathOf);
  const rca = await takeDraft(verb, escalation, side);
  checkVersion(rca.version, expectedVersion);
  await saveWritten(verb.db, rca, written, verb.now);
  await announce(verb, escalation, rca.id, "writeRca", null, null);
  return { projectId: rca.projectId, id: rca.id };
}

/** What a verb on an analysis moved. */
export interface Moved {
  escalation: ProjectKey;
  rca: ProjectKey;
}

const moved = ({ projectId, id }: RcaRow, escalation: ProjectKey): Moved => ({ escalation, rca: { projectId, id } });

/** Makes the client's own analysis the escalation's, once it is complete. */
export async function identifyRootCause(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<Moved> {
  const { row, to } = await takeEscalation(verb, key, "identifyRootCause", expectedVersion);
  const rca = await lockOpen(verb.db, row);
  if (!rca || !isWritten(rca, "CLIENT")) throw new Conflict("identifyRootCause: no analysis is written yet; begin it by writeRca.", ["escalationId"]);
  checkComplete(await readAnalysis(verb.db, rca));
  await change(verb, row, rca, "ACCEPTED", { acceptedAt: verb.now });
  return moved(rca, await moveEscalation(verb, row, to!, { rootCauseAt: verb.now }));
}

/**
 * Asks the escalation's vendor for its analysis: its clock starts, the client's pause. What the client wrote itself is withdrawn; its problem
 * statement goes along.
 */
export async function requestPartnerRca(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<Moved> {
  const { row, to } = await takeEscalation(verb, key, "requestPartnerRca", expectedVersion);
  const { projectId, id: escalationId, cycle, vendorId, market, severity, isPartnerVisible } = row;
  if (!vendorId || !isPartnerVisible) {
    throw new Conflict("requestPartnerRca: no vendor sees this escalation; shareWithPartner names it first.", ["escalationId"]);
  }
  const own = await lockOpen(verb.db, row);
  if (own) await change(verb, row, own, "WITHDRAWN");
  const { now } = verb;
  const rcaId = newId(now);
  const problemStatement = own?.problemStatement ?? row.problemStatement;
  await insertRca(verb.db, { projectId, id: rcaId, escalationId, cycle, state: "DRAFT", vendorId, requestedAt: now, problemStatement, createdAt: now, updatedAt: now });
  await announce(verb, row, rcaId, "draft", null, "DRAFT");
  const subject = { projectId, subjectType: "Escalation", subjectId: escalationId };
  await startClocks(verb, [{ ...subject, kind: "ESCALATION_PARTNER", severity, vendorId, market, audience: audienceOf(row) }]);
  return { escalation: await moveEscalation(verb, row, to!, { heldState: row.state }), rca: { projectId, id: rcaId } };
}

/** Hands in the analysis that the viewer's vendor was asked for, once it is complete: its clock pauses, the client's run again. */
export async function submitAnalysis(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion) {
  const { row, to } = await takeEscalation(verb, key, "submitPartnerRca", expectedVersion);
  const rca = await lockOpen(verb.db, row);
  if (!rca || !isWritten(rca, "PARTNER")) throw new Conflict("submitPartnerRca: no analysis is asked for.", ["escalationId"]);
  checkComplete(await readAnalysis(verb.db, rca));
  await change(verb, row, rca, "SUBMITTED", { submittedAt: verb.now, submittedById: verb.viewer.principalId });
  await pauseClocks(verb, key.projectId, [key.id], ["ESCALATION_PARTNER"], "RCA_REVIEW");
  return { row, ...moved(rca, await moveEscalation(verb, row, to!)) };
}

async function takeSubmitted(verb: Verb, key: ProjectKey, name: "acceptRca" | "returnRca", expectedVersion: ExpectedVersion) {
  const { row, to } = await takeEscalation(verb, key, name, expectedVersion);
  const rca = await lockOpen(verb.db, row);
  if (rca?.state !== "SUBMITTED") throw new Conflict(`${name}: no analysis is handed in.`, ["escalationId"]);
  return { row, to: to!, rca };
}

/** Makes the vendor's analysis the escalation's. */
export async function acceptRca(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<Moved> {
  const { row, to, rca } = await takeSubmitted(verb, key, "acceptRca", expectedVersion);
  await change(verb, row, rca, "ACCEPTED", { acceptedAt: verb.now });
  await stopClocks(verb, key.projectId, [key.id], ["ESCALATION_PARTNER"]);
  return moved(rca, await moveEscalation(verb, row, to, { rootCauseAt: verb.now }));
}

/** Gives the vendor its analysis back, with a reason: its clock runs again. */
export async function returnRca(verb: Verb, key: ProjectKey, given: string, expectedVersion: ExpectedVersion): Promise<Moved> {
  const { row, to, rca } = await takeSubmitted(verb, key, "returnRca", expectedVersion);
  const reason = checkText(given, ["reason"]);
  await change(verb, row, rca, "RETURNED", { returnReason: reason }, reason);
  await resumeClocks(verb, key.projectId, [key.id], ["ESCALATION_PARTNER"]);
  // Were it resumed, it would be looked for on the client's side again.
  return moved(rca, await moveEscalation(verb, row, to, { heldState: "INVESTIGATING" }, { reason }));
}
