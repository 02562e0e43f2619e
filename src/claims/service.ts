import { auditAudience, minutesAfter } from "../audits/rules.ts";
import type { AuditRow } from "../audits/table.ts";
import { Forbidden, NotFound } from "../core/errors.ts";
import { encodeId, type ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { actsIn, mayOnly, type Role, SYSTEM_VIEWER, type Viewer } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { settingsOf } from "../projects/service.ts";
import { AUDITING, SAMPLE_MACHINE, sampleParts } from "../samples/rules.ts";
import { type Claim, leaseSamples, lockSample, openAudits, returnEnded, returnSample, type Voided, voidKept } from "./store.ts";
import { checkCount } from "./rules.ts";

const CLAIMING: Record<AuditRow["layer"], readonly Role[]> = { CLIENT: ["AUDITOR", "QA_LEAD"], VENDOR: ["VENDOR_QA"] };

/** What claimSamples takes. */
export interface ClaimRequest {
  projectId: string;
  layer: AuditRow["layer"];
  count: number;
}

function leasedEvent({ projectId, auditorId, leaseUntil }: Claim, id: string, auditId: string): EventDraft {
  const subject = { projectId, type: "sample.in_audit", subjectType: "Sample", subjectId: id };
  const payload = { auditId: encodeId("Audit", { projectId, id: auditId }), leaseUntil: leaseUntil.toISOString() };
  return { ...subject, fromState: "DRAWN", toState: "IN_AUDIT", payload, audience: { auditorId } };
}

function returnedEvent(projectId: string, id: string, auditorId: string): EventDraft {
  const subject = { projectId, type: "sample.drawn", subjectType: "Sample", subjectId: id };
  return { ...subject, fromState: "IN_AUDIT", toState: "DRAWN", audience: { auditorId } };
}

function voidedEvent(audit: Voided): EventDraft {
  const { projectId, id, state } = audit;
  const subject = { projectId, type: "audit.voided", subjectType: "Audit", subjectId: id };
  return { ...subject, fromState: state, toState: "VOIDED", audience: auditAudience(audit, false) };
}

function mayClaim(viewer: Viewer, { projectId, layer }: ClaimRequest): void {
  mayOnly(viewer, "claimSamples", AUDITING);
  const roles = CLAIMING[layer];
  if (!roles.includes(viewer.role)) throw new Forbidden(`Samples of layer ${layer} are for ${roles.join(", ")}; you act as ${viewer.role}.`);
  if (!actsIn(viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
}

// Runs as the system: who may audit what goes beyond the samples that an auditor sees.
async function lease(db: Db, claim: Claim): Promise<{ claimed: string[]; voided: Voided[]; audits: Map<string, string> }> {
  const samples = await leaseSamples(db, claim);
  const ids = samples.map((sample) => sample.id);
  const kept = samples.filter(({ heldById }) => heldById !== null && heldById !== claim.auditorId).map((sample) => sample.id);
  const voided = kept.length > 0 ? await voidKept(db, claim, kept) : [];
  const opened = ids.length > 0 ? await openAudits(db, claim, ids) : [];
  return { claimed: ids, voided, audits: new Map(opened.map(({ id, sampleId }) => [sampleId, id])) };
}

/**
 * Leases the next samples of a project and layer to the auditor who asks, each with a draft audit. No sample is ever leased to two. An
 * auditor whose lease ended gets the same audit again, first of all, unless somebody else has claimed the sample; nobody gets their own
 * decisions. An empty answer means that nothing waits.
 */
export async function claimSamples(verb: Verb, request: ClaimRequest): Promise<{ projectId: string; auditIds: string[] }> {
  const { db, viewer, now } = verb;
  mayClaim(viewer, request);
  const { projectId, layer } = request;
  const { leaseMinutes } = await settingsOf(db, projectId);
  const isVendors = layer === "VENDOR";
  const claim: Claim = {
    projectId, layer, now,
    auditorId: viewer.principalId,
    count: checkCount(request.count),
    vendorId: isVendors ? viewer.vendorId : null,
    teamId: isVendors ? viewer.teamId : null,
    ownLabelerIds: viewer.grants.flatMap(({ labelerId }) => labelerId ?? []),
    leaseUntil: minutesAfter(now, leaseMinutes),
  };
  const { claimed, voided, audits } = await asSystem(verb, (system) => lease(system, claim));
  await append(verb, [
    ...voided.map(voidedEvent),
    ...claimed.map((id) => leasedEvent(claim, id, audits.get(id)!)),
  ]);
  return { projectId, auditIds: claimed.map((id) => audits.get(id)!) };
}

/** Gives a leased sample back, for its assignee or a lead: the audit is void, and the sample waits again. */
export async function releaseSample(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  mayOnly(verb.viewer, "releaseSample", AUDITING);
  const sample = await lockSample(verb.db, key);
  if (!sample) throw new NotFound("There is no such sample.", ["sampleId"]);
  checkVersion(sample.version, expectedVersion);
  walk(SAMPLE_MACHINE, sample.state, "releaseSample", sampleParts(verb.viewer, sample));
  const voided = await asSystem(verb, (db) => returnSample(db, key, verb.now));
  await append(verb, [voidedEvent(voided), returnedEvent(key.projectId, key.id, voided.auditorId)]);
  return key;
}

const BATCH = 500;

/**
 * Returns samples whose lease is over, a batch at a time: how many. Each call is one transaction under the worker's identity; call again
 * until it answers 0. The audits stay drafts of their auditors.
 */
export async function endLeases(db: Db, now: Date): Promise<number> {
  const ended = await returnEnded(db, now, BATCH);
  const drafts = ended.map(({ projectId, id, auditorId }) => returnedEvent(projectId, id, auditorId));
  await append({ db, viewer: SYSTEM_VIEWER, now }, drafts);
  return ended.length;
}
