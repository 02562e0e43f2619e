import { Conflict, NotFound } from "../core/errors.ts";
import { encodeId, newId, type ProjectKey } from "../core/ids.ts";
import { checkText } from "../core/checks.ts";
import { walk } from "../core/machine.ts";
import { dayOf, startOfDay } from "../core/time.ts";
import { actsIn } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { findRaised } from "../signals/service.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { createLotPlan, type LotPlan } from "../plans/service.ts";
import { calendarOf } from "../projects/service.ts";
import { enterLevel, hasEarnedReduced, type InspectionLevel, SCORE_FOR_REDUCED } from "../stats/switching.ts";
import {
  awaiting, checkReducible, checkStart, checkTerms, entering, type Outlook, periodAt, periodFrom, STREAM_MACHINE, streamParts,
  type StreamVerb, type Terms,
} from "./rules.ts";
import { changeStream, findPlace, insertStream, lockStream } from "./store.ts";
import type { InspectionStreamRow } from "./table.ts";

/** The event of a stream that comes to a level. For leads and analysts, as streams are. */
export function levelEvent(
  { projectId, id }: ProjectKey,
  from: InspectionLevel | null,
  to: InspectionLevel,
  reason: string | null = null,
): EventDraft {
  const subject = { projectId, type: `inspection_stream.${to.toLowerCase()}`, subjectType: "InspectionStream", subjectId: id };
  return { ...subject, fromState: from, toState: to, reason, audience: {} };
}

/** What createInspectionStream takes. */
export interface NewStream extends Omit<LotPlan, "name"> {
  period: InspectionStreamRow["period"];
  terms: Terms;
  /** The first period's first day, in the project's zone. */
  startsOn: string;
}

async function checkPlace(verb: Verb, { projectId, vendorId, queueId }: NewStream): Promise<string> {
  const { vendor, queue, streamId } = await findPlace(verb.db, projectId, vendorId, queueId);
  if (vendor === null) throw new NotFound("There is no such vendor.", ["vendorId"]);
  if (queue === null) throw new NotFound("The project has no such queue.", ["queueId"]);
  if (streamId === null) return `Lots of ${vendor} in ${queue}`;
  const stream = encodeId("InspectionStream", { projectId, id: streamId });
  throw new Conflict(`Lots of ${vendor} in ${queue} are inspected already, by stream ${stream}; use that.`, ["vendorId"]);
}

/**
 * Begins to inspect the decisions of a vendor in a queue by lots, at the level NORMAL. The stream draws by an active sampling plan of its
 * own, which is refused (OVERLAPPING_FRAME) while another active plan may draw the same decisions; to archive that plan ends the stream.
 */
export async function createInspectionStream(verb: Verb, input: NewStream): Promise<ProjectKey> {
  const { projectId, vendorId, queueId, layer, period, isBlind } = input;
  if (!actsIn(verb.viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  const terms = checkTerms(input.terms);
  const name = await checkPlace(verb, input);
  const { timeZone } = await calendarOf(verb.db, projectId);
  const startsAt = startOfDay(checkStart(input.startsOn, dayOf(verb.now, timeZone)), timeZone);
  const plan = await createLotPlan(verb, { projectId, name, layer, vendorId, queueId, isBlind });
  const key = { projectId, id: newId(verb.now) };
  const outlook = awaiting(periodFrom(startsAt, period, timeZone));
  const { recentVerdicts, rejectedLots } = enterLevel("NORMAL");
  await insertStream(verb.db, {
    ...key, ...terms, vendorId, queueId, period, startsAt, planId: plan.id, level: "NORMAL",
    switching: { ...outlook, enteredAt: verb.now.toISOString(), recentVerdicts: [...recentVerdicts], rejectedLots },
  });
  await append(verb, [levelEvent(key, null, "NORMAL")]);
  return key;
}

/** The stream, locked, once the viewer may use the verb on it now; and the level that the verb leads to. */
export async function takeStream(verb: Verb, key: ProjectKey, name: StreamVerb, expectedVersion: ExpectedVersion) {
  const stream = await lockStream(verb.db, key);
  if (!stream) throw new NotFound("There is no such inspection stream.", ["inspectionStreamId"]);
  checkVersion(stream.version, expectedVersion);
  return { stream, to: walk(STREAM_MACHINE, stream.level, name, streamParts(verb.viewer)).to ?? stream.level };
}

async function enter(
  verb: Verb,
  stream: InspectionStreamRow,
  to: InspectionLevel,
  reason: string | null = null,
  outlook: Partial<Outlook> = {},
): Promise<ProjectKey> {
  const { level, switchingScore, switching } = entering(to, { ...stream.switching, ...outlook }, verb.now);
  const key = { projectId: stream.projectId, id: stream.id };
  await changeStream(verb.db, key, { level, switchingScore, switching }, verb.now);
  await append(verb, [levelEvent(key, stream.level, to, reason)]);
  return key;
}

/** Inspects less of the lots of a stream that has earned it by its switching score. Only computed plans can be reduced. */
export async function approveReduced(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { stream, to } = await takeStream(verb, key, "approveReduced", expectedVersion);
  checkReducible(stream, to);
  if (hasEarnedReduced({ ...stream, ...stream.switching })) return enter(verb, stream, to);
  const score = `the switching score is ${stream.switchingScore}; it must be ${SCORE_FOR_REDUCED} or more`;
  throw new Conflict(`approveReduced: ${score}, which accepted lots bring.`);
}

/** Goes back from reduced to normal inspection. */
export async function revokeReduced(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { stream, to } = await takeStream(verb, key, "revokeReduced", expectedVersion);
  return enter(verb, stream, to);
}

/** What a stream that is discontinued is escalated as: the same for each time. */
export function problemOf({ projectId, id, vendorId, queueId }: Pick<InspectionStreamRow, "projectId" | "id" | "vendorId" | "queueId">) {
  return { projectId, trigger: "LOT_REJECTED" as const, about: [id], vendorId, queueIds: [queueId] };
}

/**
 * Inspects the lots of a discontinued stream again, tightened, once the escalation that this raised is over. Periods that ended meanwhile make no lots; the one that it is now will.
 */
export async function resumeInspection(verb: Verb, key: ProjectKey, reason: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { stream, to } = await takeStream(verb, key, "resumeInspection", expectedVersion);
  const raised = await findRaised(verb, problemOf(stream));
  if (raised) {
    const escalation = encodeId("Escalation", raised);
    throw new Conflict(`resumeInspection: escalation ${escalation}, which this raised, is ${raised.state}; see it through first.`, ["inspectionStreamId"]);
  }
  const { timeZone } = await calendarOf(verb.db, stream.projectId);
  const period = periodAt(verb.now, new Date(stream.switching.nextFrom), stream.period, timeZone);
  return enter(verb, stream, to, checkText(reason, ["reason"]), awaiting(period));
}
