import { checkText } from "../core/checks.ts";
import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import { voidClocks } from "../clocks/service.ts";
import { checkVendor } from "../contacts/service.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { OWNING } from "./rules.ts";
import { audienceOf, changeStanding, moveEscalation, route, takeEscalation } from "./service.ts";
import { changeWatchers, findGranted, lockEscalation, withdrawRequest } from "./store.ts";
import type { EscalationRow } from "./table.ts";

async function checkOwner(verb: Verb, projectId: string, ownerId: string): Promise<string> {
  const granted = await asSystem(verb, (db) => findGranted(db, projectId, ownerId, OWNING, verb.now));
  if (!granted) throw new InvalidInput(`ownerId: they have no grant in the project as ${OWNING.join(", ")}.`, ["ownerId"]);
  return ownerId;
}

/** What triageEscalation takes. */
export interface Triage {
  ownerId: string;
  severity: EscalationRow["severity"];
  problemStatement: string;
}

/** Gives an escalation its owner, severity and problem statement; whom the project's contacts name for it watches it from now on. */
export async function triageEscalation(verb: Verb, key: ProjectKey, given: Triage, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeEscalation(verb, key, "triageEscalation", expectedVersion);
  const ownerId = await checkOwner(verb, key.projectId, given.ownerId);
  const problemStatement = checkText(given.problemStatement, ["problemStatement"]);
  const { severity } = given;
  const { watcherIds, duties } = await route(verb, { ...row, severity });
  const change = { ownerId, severity, problemStatement, watcherIds, triagedAt: verb.now };
  return moveEscalation(verb, row, to!, change, { payload: { severity, duties } });
}

/** Ends an escalation that is about the same as another one. */
export async function markEscalationDuplicate(
  verb: Verb,
  key: ProjectKey,
  { duplicateOf, reason }: { duplicateOf: ProjectKey; reason: string },
  expectedVersion: ExpectedVersion,
): Promise<ProjectKey> {
  const { row, to } = await takeEscalation(verb, key, "markEscalationDuplicate", expectedVersion);
  const path = ["duplicateOfId"];
  if (duplicateOf.id === key.id) throw new InvalidInput("duplicateOfId: it can't be a duplicate of itself; name the other one.", path);
  const target = duplicateOf.projectId === key.projectId ? await lockEscalation(verb.db, duplicateOf) : null;
  if (!target) throw new NotFound("There is no such escalation in the project.", path);
  if (target.state === "DUPLICATE") throw new Conflict("duplicateOfId: that one is a duplicate itself; name the one that it is of.", path);
  return moveEscalation(verb, row, to!, { duplicateOfId: duplicateOf.id }, { reason: checkText(reason, ["reason"]) });
}

/** Ends an escalation, for a reason: one that is none, or one that is given up. Its vendor is asked for nothing more. */
export async function endEscalation(
  verb: Verb,
  key: ProjectKey,
  name: "rejectEscalation" | "cancelEscalation",
  reason: string,
  expectedVersion: ExpectedVersion,
): Promise<ProjectKey> {
  const { row, to } = await takeEscalation(verb, key, name, expectedVersion);
  await withdrawAsked(verb, row);
  return moveEscalation(verb, row, to!, {}, { reason: checkText(reason, ["reason"]) });
}

// An analysis that its vendor was asked for and hasn't handed in is asked no more; the vendor's clock is void then, or stopped where it was breached.
async function withdrawAsked(verb: Verb, row: EscalationRow): Promise<void> {
  const { projectId, id } = row;
  const withdrawn = await withdrawRequest(verb.db, row, verb.now);
  if (!withdrawn) return;
  const subject = { projectId, type: "rca.withdrawn", subjectType: "Rca", subjectId: withdrawn.id };
  await append(verb, [{ ...subject, fromState: withdrawn.state, toState: "WITHDRAWN", audience: audienceOf(row) }]);
  await voidClocks(verb, projectId, [id], ["ESCALATION_PARTNER"]);
}

/** Begins to keep the harm from going on, before anybody knows why it does. */
export async function containEscalation(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeEscalation(verb, key, "containEscalation", expectedVersion);
  return moveEscalation(verb, row, to!);
}

/** The short way: closes a SEV3 or SEV4 with a reason, without analysis and check. */
export async function resolveEscalation(
  verb: Verb,
  key: ProjectKey,
  { closeReason, reason }: { closeReason: "NO_ACTION" | "FALSE_SIGNAL" | "KNOWN_CAUSE" | "FIXED"; reason: string },
  expectedVersion: ExpectedVersion,
): Promise<ProjectKey> {
  const { row, to } = await takeEscalation(verb, key, "resolveEscalation", expectedVersion);
  return moveEscalation(verb, row, to!, { closeReason }, { reason: checkText(reason, ["reason"]), payload: { closeReason } });
}

/** Waits for others: the client's clocks pause until it is resumed. */
export async function waitEscalation(
  verb: Verb,
  key: ProjectKey,
  { waitsFor, reason }: { waitsFor: "PARTNER" | "POLICY"; reason: string },
  expectedVersion: ExpectedVersion,
): Promise<ProjectKey> {
  const { row } = await takeEscalation(verb, key, "waitEscalation", expectedVersion);
  return moveEscalation(verb, row, `WAITING_${waitsFor}`, {}, { reason: checkText(reason, ["reason"]) });
}

/** Goes on in the state that a waiting escalation left; what its vendor was asked for and hasn't handed in is asked no more. */
export async function resumeEscalation(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row } = await takeEscalation(verb, key, "resumeEscalation", expectedVersion);
  await withdrawAsked(verb, row);
  return moveEscalation(verb, row, row.heldState!);
}

/** Hands an escalation over to another owner. */
export async function reassignEscalation(verb: Verb, key: ProjectKey, given: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row } = await takeEscalation(verb, key, "reassignEscalation", expectedVersion);
  return changeStanding(verb, row, "reassignEscalation", { ownerId: await checkOwner(verb, key.projectId, given) });
}

/** Says how grave it is, found later: its clocks are reckoned anew from their start, and who is to be told of the like is. */
export async function changeSeverity(
  verb: Verb,
  key: ProjectKey,
  { severity, reason }: { severity: EscalationRow["severity"]; reason: string },
  expectedVersion: ExpectedVersion,
): Promise<ProjectKey> {
  const { row } = await takeEscalation(verb, key, "changeSeverity", expectedVersion);
  if (severity === row.severity) throw new InvalidInput(`severity: it is ${severity} already.`, ["severity"]);
  const { watcherIds, duties } = await route(verb, { ...row, severity });
  const told = { reason: checkText(reason, ["reason"]), payload: { from: row.severity, to: severity, duties } };
  return changeStanding(verb, row, "changeSeverity", { severity, watcherIds }, told);
}

/** Shows an escalation to the vendor concerned, for good; `vendorId` where it names none yet. */
export async function shareWithPartner(verb: Verb, key: ProjectKey, given: string | null, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row } = await takeEscalation(verb, key, "shareWithPartner", expectedVersion);
  const path = ["vendorId"];
  if (row.isPartnerVisible) throw new Conflict("shareWithPartner: its vendor sees it already.", ["escalationId"]);
  if (given && row.vendorId && given !== row.vendorId) {
    throw new Conflict("vendorId: it concerns another vendor; open one of its own for this one, and link it.", path);
  }
  const vendorId = row.vendorId ?? given;
  if (!vendorId) throw new InvalidInput("vendorId: it concerns no vendor yet; name the one that is to see it.", path);
  if (!row.vendorId) await checkVendor(verb.db, vendorId);
  const { watcherIds, duties } = await route(verb, { ...row, vendorId, isPartnerVisible: true });
  return changeStanding(verb, row, "shareWithPartner", { vendorId, isPartnerVisible: true, watcherIds }, { payload: { duties } });
}

/** Follows an escalation, or follows it no more: whoever may see it may. */
export async function watchEscalation(verb: Verb, key: ProjectKey, isWatching: boolean): Promise<ProjectKey> {
  const { viewer, now } = verb;
  if (await changeWatchers(verb.db, key, viewer.principalId, isWatching, now)) return key;
  throw new NotFound("There is no such escalation.", ["escalationId"]);
}
