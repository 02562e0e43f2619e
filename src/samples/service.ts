import { dueTimes } from "../calendars/places.service.ts";
import { type BulkItem, checkMost, decideEach, itemsOf } from "../core/bulk.ts";
import { checkText } from "../core/checks.ts";
import { Conflict, NotFound } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { actsIn } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, asWorker, type Verb } from "../db/verb.ts";
import { append, type Audience, type EventDraft } from "../events/outbox.ts";
import { SAMPLE_MACHINE, sampleParts } from "./rules.ts";
import type { SampleRow } from "./table.ts";
import {
  type EndedAudit, endSample, expireSamples, insertTargeted, listDecisions, listWaiting, lockSample, lockTargets, replaceSample, type Waiting,
} from "./writes.store.ts";

/** What addTargetedSamples takes: decisions by their keys. */
export interface TargetRequest {
  projectId: string;
  decisions: readonly ProjectKey[];
  reason: string;
  layer: SampleRow["layer"];
  isBlind: boolean;
}

/** What became of each decision, and the samples drawn, in the order in which they were asked for. */
export interface Targeted {
  items: BulkItem[];
  samples: ProjectKey[];
}

const PATH = ["decisionIds"];

// By when what is drawn now is audited: by the calendar that draws of the project's plans go by.
async function dueOf({ db, now }: Verb, projectId: string): Promise<Date> {
  return (await dueTimes(db, "AUDIT_DUE", [{ projectId, side: "CLIENT", from: now }]))[0]!;
}

/**
 * Draws up to 500 decisions by hand, each judged by itself: one that waits for an audit of the layer already is refused. They are marked
 * TARGETED and are in no inferential figure. The event doesn't name the samples: they are to be audited blindly, by a lead too.
 */
export async function addTargetedSamples(verb: Verb, request: TargetRequest): Promise<Targeted> {
  const { projectId, decisions, layer, isBlind } = request;
  if (!actsIn(verb.viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  checkMost(decisions.length, PATH);
  const reason = checkText(request.reason, ["reason"]);
  await lockTargets(verb.db, projectId);
  const ids = decisions.filter((each) => each.projectId === projectId).map(({ id }) => id);
  const visible = await listDecisions(verb.db, projectId, ids);
  const waiting = await asSystem(verb, (db) => listWaiting(db, projectId, layer, ids));
  const decided = decideEach("decision", { keys: decisions, path: PATH, read: null }, visible, ({ id }) => {
    if (waiting.has(id)) throw new Conflict(`The decision waits for an audit of layer ${layer} already; audit that sample.`, PATH);
  });
  const drawn = new Set(decided.accepted.map(({ row }) => row.id));
  const inOrder = [...new Set(ids)].filter((id) => drawn.has(id));
  if (inOrder.length === 0) return { items: itemsOf(decided, false), samples: [] };
  const target = { projectId, layer, isBlind, reason, dueAt: await dueOf(verb, projectId), drawnAt: verb.now };
  const made = await asSystem(verb, (db) => insertTargeted(db, target, inOrder));
  const subject = { projectId, type: "samples.drawn", subjectType: "Project", subjectId: projectId };
  await append(verb, [{ ...subject, reason, payload: { purpose: "TARGETED", layer, count: made.length }, audience: {} }]);
  return { items: itemsOf(decided, false), samples: made.map((id) => ({ projectId, id })) };
}

type Ending = "voidSample" | "expireSample";

async function takeSample(verb: Verb, key: ProjectKey, name: Ending, expectedVersion: ExpectedVersion): Promise<SampleRow> {
  const sample = await lockSample(verb.db, key);
  if (!sample) throw new NotFound("There is no such sample.", ["sampleId"]);
  checkVersion(sample.version, expectedVersion);
  walk(SAMPLE_MACHINE, sample.state, name, sampleParts(verb.viewer, sample));
  return sample;
}

type Ended = Pick<SampleRow, "projectId" | "id" | "state" | "assigneeId" | "layer" | "vendorId" | "teamId">;

// Vendors' people see what becomes of their own layer's audits; else its auditor does.
function audienceOf({ layer, vendorId, teamId }: Ended, auditorId: string): Audience {
  return layer === "VENDOR" ? { auditorId, isPartnerVisible: true, vendorId, teamId } : { auditorId };
}

function endedEvents(sample: Ended, toState: "VOID" | "EXPIRED", payload: Record<string, unknown>, audit: EndedAudit | null): EventDraft[] {
  const { projectId, id, state: fromState, assigneeId } = sample;
  const ofSample = { projectId, type: `sample.${toState.toLowerCase()}`, subjectType: "Sample", subjectId: id };
  const events: EventDraft[] = [{ ...ofSample, fromState, toState, payload, audience: { auditorId: assigneeId } }];
  if (!audit) return events;
  const ofAudit = { projectId, type: "audit.voided", subjectType: "Audit", subjectId: audit.id };
  return [{ ...ofAudit, fromState: audit.state, toState: "VOIDED", audience: audienceOf(sample, audit.auditorId) }, ...events];
}

/**
 * Takes a sample that can't be audited out of the work, for its assignee or a lead: its open audit is void, its probability stays, and the
 * next decision in the seeded order of its stratum is drawn in its place, if there is one. Neither that nor which does an event say: its
 * assignee would learn how it was drawn, and the next auditor their stratum.
 */
export async function voidSample(
  verb: Verb,
  key: ProjectKey,
  { reason, expectedVersion }: { reason: NonNullable<SampleRow["voidReason"]>; expectedVersion?: ExpectedVersion },
): Promise<{ sample: ProjectKey; replacement: ProjectKey | null }> {
  const sample = await takeSample(verb, key, "voidSample", expectedVersion);
  const dueAt = await dueOf(verb, key.projectId);
  const { audit, id } = await asSystem(verb, async (db) => ({
    audit: await endSample(db, key, { state: "VOID", reason }, verb.now),
    id: sample.stratumId ? await replaceSample(db, sample, dueAt, verb.now) : null,
  }));
  await append(verb, endedEvents(sample, "VOID", { reason }, audit));
  return { sample: key, replacement: id ? { projectId: key.projectId, id } : null };
}

/** Gives a waiting sample up, for a lead: it is never audited, and weighs as one not yet audited. */
export async function expireSample(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const sample = await takeSample(verb, key, "expireSample", expectedVersion);
  const audit = await asSystem(verb, (db) => endSample(db, key, { state: "EXPIRED", reason: null }, verb.now));
  await append(verb, endedEvents(sample, "EXPIRED", {}, audit));
  return key;
}

const BATCH = 500;

/**
 * Gives up, as the system, samples of a closed period's decisions that waited at its closing, a batch at a time: how many. Those in an audit
 * then are not touched. Call again until it answers 0.
 */
export async function expireWaiting(db: Db, waiting: Waiting, now: Date): Promise<number> {
  const expired = await expireSamples(db, waiting, BATCH, now);
  const events = expired.flatMap(({ audit, ...sample }) => endedEvents({ ...sample, state: "DRAWN" }, "EXPIRED", {}, audit));
  await append(asWorker(db, now), events);
  return expired.length;
}
