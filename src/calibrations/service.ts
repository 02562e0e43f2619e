import { checkName, checkText } from "../core/checks.ts";
import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { actsIn } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { checkSubjects } from "../questions/clarifications.service.ts";
import { checkMarkets } from "../vendors/service.ts";
import {
  CALIBRATION_MACHINE, type CalibrationVerb, checkClosesAt, checkMany, FACILITATING, isVotedOn, MOST_ITEMS, MOST_RATERS, type NewContent,
  RATING, readContent, sessionParts,
} from "./rules.ts";
import {
  areInvited, changeSession, countInvited, insertSession, isVisible, listContents, listGranted, lockSession, replaceItems, replaceRaters,
  type SessionChange,
} from "./store.ts";
import type { CalibrationItemRow, CalibrationSessionRow } from "./table.ts";

type State = CalibrationSessionRow["state"];
type Session = Pick<CalibrationSessionRow, "projectId" | "id" | "facilitatorId">;
type Told = Pick<EventDraft, "reason" | "payload">;

/** What happened to a session: leads and its facilitator hear of it, all staff once voting is over. */
export function sessionEvent({ projectId, id, facilitatorId }: Session, what: string, from: State | null, to: State | null, told: Told = {}): EventDraft {
  const subject = { projectId, type: `calibration_session.${what}`, subjectType: "CalibrationSession", subjectId: id };
  const isStaffVisible = [from, to].some((state) => state !== null && isVotedOn(state));
  return { ...subject, ...told, fromState: from, toState: to, audience: { isStaffVisible, auditorId: facilitatorId } };
}

/** The session, locked, once the viewer may use the verb on it now, and where that takes it. */
export async function takeSession(verb: Verb, key: ProjectKey, name: CalibrationVerb, expectedVersion: ExpectedVersion) {
  if (!(await isVisible(verb.db, key))) throw new NotFound("There is no such calibration session.", ["calibrationSessionId"]);
  const row = await asSystem(verb, (db) => lockSession(db, key, name === "castVotes"));
  checkVersion(row.version, expectedVersion);
  const [isInvited] = await areInvited(verb.db, verb.viewer.principalId, [key]);
  const arrow = walk(CALIBRATION_MACHINE, row.state, name, sessionParts(verb.viewer, row, isInvited!));
  return { row, to: arrow.to };
}

/** Takes a session on, and tells of it. */
export async function moveSession(verb: Verb, row: CalibrationSessionRow, to: State, change: SessionChange = {}, told: Told = {}): Promise<ProjectKey> {
  const key = { projectId: row.projectId, id: row.id };
  await changeSession(verb.db, key, { ...change, state: to }, verb.now);
  await append(verb, [sessionEvent(row, to.toLowerCase(), row.state, to, told)]);
  return key;
}

/** One thing to judge: what a decision was made on, or content that is named here. */
export type NewItem = { decisionId: string } | NewContent;

/** What a session is made of; of one that is there already, absent fields stay. */
export interface SessionContent {
  name?: string | null;
  /** Null for several. */
  policyId?: string | null;
  facilitatorId?: string | null;
  closesAt?: Date | null;
  items?: readonly NewItem[] | null;
  raterIds?: readonly string[] | null;
}

type Facts = Pick<CalibrationItemRow, "decisionId" | "contentRef" | "contentHash" | "modality" | "language" | "market">;

async function factsOf(verb: Verb, projectId: string, items: readonly NewItem[]): Promise<Facts[]> {
  const decisionIds = items.flatMap((item) => ("decisionId" in item ? item.decisionId : []));
  const contents = decisionIds.length === 0 ? new Map() : await listContents(verb.db, projectId, decisionIds);
  const pathOf = (index: number, field: string) => ["items", String(index), field];
  const facts = items.map((item, index): Facts => {
    if ("decisionId" in item) {
      const { id: decisionId, ...content } = contents.get(item.decisionId) ?? {};
      if (!decisionId) throw new NotFound("There is no such decision in the project.", pathOf(index, "decisionId"));
      return { decisionId, ...content };
    }
    const read = readContent(item);
    if (!("facts" in read)) throw new InvalidInput(`items[${index}].${read.field}: ${read.message}`, pathOf(index, read.field));
    return { decisionId: null, language: null, market: null, ...read.facts };
  });
  const named = items.flatMap((item, index) => ("contentRef" in item && item.market != null ? [{ market: item.market, index }] : []));
  await checkMarkets(verb.db, named.map(({ market }) => market), (place) => pathOf(named[place]!.index, "market"));
  return facts;
}

async function fill(verb: Verb, key: ProjectKey, { items, raterIds }: SessionContent): Promise<void> {
  const { projectId, id: sessionId } = key;
  if (items) {
    const facts = await factsOf(verb, projectId, items);
    checkMany(facts.map(({ contentHash }) => contentHash.toString("hex")), MOST_ITEMS, "items");
    // In the order of their places, also where nobody asks for that.
    const ids = facts.map(() => newId(verb.now)).sort();
    await replaceItems(verb.db, key, facts.map((each, index) => ({ ...each, projectId, sessionId, id: ids[index]!, position: index + 1 })));
  }
  if (raterIds) {
    checkMany(raterIds, MOST_RATERS, "raterIds");
    const granted = await asSystem(verb, (db) => listGranted(db, projectId, raterIds, RATING, verb.now));
    const stranger = raterIds.findIndex((rater) => !granted.has(rater));
    if (stranger >= 0) throw new InvalidInput(`raterIds[${stranger}]: they have no grant in the project as ${RATING.join(", ")}.`, ["raterIds", String(stranger)]);
    await replaceRaters(verb.db, key, raterIds.map((principalId) => ({ principalId, vendorId: granted.get(principalId)! })));
  }
}

async function checkFacilitator(verb: Verb, projectId: string, facilitatorId: string): Promise<string> {
  const granted = await asSystem(verb, (db) => listGranted(db, projectId, [facilitatorId], FACILITATING, verb.now));
  if (granted.size === 0) throw new InvalidInput(`facilitatorId: they have no grant in the project as ${FACILITATING.join(", ")}.`, ["facilitatorId"]);
  return facilitatorId;
}

async function checkPolicy(verb: Verb, projectId: string, policyId: string | null | undefined): Promise<void> {
  if (policyId) await checkSubjects(verb.db, projectId, [{ policyId }], (_, field) => [field]);
}

/** Prepares a session; the viewer facilitates it unless somebody else is named. */
export async function createCalibration(verb: Verb, projectId: string, given: SessionContent & { name: string }): Promise<ProjectKey> {
  if (!actsIn(verb.viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  const { policyId = null } = given;
  await checkPolicy(verb, projectId, policyId);
  const facilitatorId = given.facilitatorId ? await checkFacilitator(verb, projectId, given.facilitatorId) : verb.viewer.principalId;
  const key = { projectId, id: newId(verb.now) };
  const named = { name: checkName(given.name), policyId, facilitatorId, closesAt: checkClosesAt(given.closesAt, verb.now) };
  await insertSession(verb.db, { ...key, ...named, state: "DRAFT", createdAt: verb.now, updatedAt: verb.now });
  await fill(verb, key, given);
  await append(verb, [sessionEvent({ ...key, facilitatorId }, "draft", null, "DRAFT")]);
  return key;
}

/** Changes a session that nobody votes in yet. Items and raters that are given take the place of those before. */
export async function changeCalibration(verb: Verb, key: ProjectKey, given: SessionContent, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row } = await takeSession(verb, key, "changeCalibration", expectedVersion);
  const { projectId } = key;
  await checkPolicy(verb, projectId, given.policyId);
  const facilitatorId = given.facilitatorId == null ? undefined : await checkFacilitator(verb, projectId, given.facilitatorId);
  const name = given.name == null ? undefined : checkName(given.name);
  const closesAt = given.closesAt === undefined ? undefined : checkClosesAt(given.closesAt, verb.now);
  await changeSession(verb.db, key, { name, facilitatorId, closesAt, policyId: given.policyId }, verb.now);
  await fill(verb, key, given);
  await append(verb, [sessionEvent({ ...row, facilitatorId: facilitatorId ?? row.facilitatorId }, "changeCalibration", null, null)]);
  return key;
}

/** Lets the raters vote, each blind to the others: at least one item and two raters. */
export async function openCalibration(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeSession(verb, key, "openCalibration", expectedVersion);
  const { items, raters } = await countInvited(verb.db, key);
  if (items < 1 || raters < 2) throw new Conflict(`It has ${items} items and ${raters} raters; give it at least 1 item and 2 raters first.`, ["calibrationSessionId"]);
  if (row.closesAt && row.closesAt <= verb.now) throw new Conflict(`closesAt: ${row.closesAt.toISOString()} is over; change it first.`, ["calibrationSessionId"]);
  return moveSession(verb, row, to!, { openedAt: verb.now }, { payload: { closesAt: row.closesAt?.toISOString() ?? null } });
}

/** Gives up a session before its voting is over. Its votes stay their raters' own. */
export async function cancelCalibration(verb: Verb, key: ProjectKey, reason: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeSession(verb, key, "cancelCalibration", expectedVersion);
  const cancelReason = checkText(reason, ["reason"]);
  return moveSession(verb, row, to!, { cancelReason }, { reason: cancelReason });
}
