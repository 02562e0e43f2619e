import { auditAudience, minutesAfter } from "../audits/rules.ts";
import { type BulkItem, decideEach, itemsOf, only, throwRefusal } from "../core/bulk.ts";
import { Forbidden, NotFound } from "../core/errors.ts";
import { encodeId, type ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { actsIn, type Viewer } from "../core/viewer.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { SAMPLE_MACHINE, sampleParts } from "../samples/rules.ts";
import type { SampleRow } from "../samples/table.ts";
import { keysOf, type SampleTargets } from "../samples/targets.service.ts";
import { checkMarkets } from "../vendors/service.ts";
import { type Claim, giveSamples, leaseSamples, openAudits, type Taker, type Voided, voidKept } from "./leases.store.ts";
import { checkAssignee, checkCount, CLAIMING, isBoundless, reachOf, reachOfWish, type Wish } from "./rules.ts";
import { findTerms, lockSamples } from "./store.ts";

/** What claimSamples takes. */
export interface ClaimRequest extends Wish {
  projectId: string;
  layer: SampleRow["layer"];
  count: number;
}

/** The event of an audit that a sample's verb has voided. */
export function voidedEvent(audit: Voided, reason: string | null = null): EventDraft {
  const { projectId, id, state } = audit;
  const subject = { projectId, type: "audit.voided", subjectType: "Audit", subjectId: id };
  return { ...subject, fromState: state, toState: "VOIDED", reason, audience: auditAudience(audit, false) };
}

interface Leased {
  /** The sample's. */
  key: ProjectKey;
  fromState: SampleRow["state"];
  auditId: string;
  leaseUntil: Date;
}

function leasedEvent({ key: { projectId, id }, fromState, auditId, leaseUntil }: Leased, auditorId: string): EventDraft {
  const subject = { projectId, type: fromState === "DRAWN" ? "sample.in_audit" : "sample.reassignSample", subjectType: "Sample", subjectId: id };
  const payload = { auditId: encodeId("Audit", { projectId, id: auditId }), leaseUntil: leaseUntil.toISOString() };
  return { ...subject, fromState, toState: "IN_AUDIT", payload, audience: { auditorId } };
}

// The taker's audits of samples that are theirs now; those that others keep on them are void.
async function openFor(db: Db, taker: Taker, samples: readonly ProjectKey[], kept: readonly ProjectKey[]) {
  const voided = kept.length > 0 ? await voidKept(db, taker, kept) : [];
  const opened = samples.length > 0 ? await openAudits(db, taker, samples) : [];
  return { voided, auditIds: new Map(opened.map(({ id, sampleId }) => [sampleId, id])) };
}

function mayClaim(viewer: Viewer, { projectId, layer }: ClaimRequest): void {
  const roles = CLAIMING[layer];
  if (!roles.includes(viewer.role)) throw new Forbidden(`Samples of layer ${layer} are for ${roles.join(", ")}; you act as ${viewer.role}.`);
  if (!actsIn(viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
}

async function claimOf(db: Db, { viewer, now }: Verb, request: ClaimRequest): Promise<Claim> {
  const { projectId, layer, count, queueIds } = request;
  const { auditor, settings, queues } = (await findTerms(db, viewer.principalId, [projectId], queueIds ?? [], now)).get(projectId)!;
  const isKnown = (id: string) => queues.some((queue) => queue.id === id);
  if (queueIds && !queueIds.every(isKnown)) throw new NotFound("There is no such queue in the project.", ["queueIds"]);
  const offered = reachOf(auditor, request, queues);
  const isVendors = layer === "VENDOR";
  return {
    projectId, layer, now, count,
    auditorId: viewer.principalId,
    wished: reachOfWish(request, queues),
    offered: isBoundless(offered) && !isVendors ? null : offered,
    vendorId: isVendors ? viewer.vendorId : null,
    teamId: isVendors ? viewer.teamId : null,
    ownLabelerIds: auditor.labelerIds,
    leaseUntil: minutesAfter(now, settings.leaseMinutes),
  };
}

/**
 * Leases the next samples of a project and layer to the auditor who asks, each with a draft audit. No sample is ever leased to two. An
 * auditor whose lease ended gets the same audit again, first of all, unless somebody else has claimed the sample; nobody gets their own
 * decisions, what they have skipped, or what their profile keeps from them. An empty answer means that nothing waits for them.
 */
export async function claimSamples(verb: Verb, request: ClaimRequest): Promise<{ projectId: string; auditIds: string[] }> {
  mayClaim(verb.viewer, request);
  checkCount(request.count);
  if (request.markets) await checkMarkets(verb.db, request.markets, () => ["markets"]);
  const { projectId } = request;
  const { claim, claimed, voided, auditIds } = await asSystem(verb, async (db) => {
    const claim = await claimOf(db, verb, request);
    const claimed = await leaseSamples(db, claim);
    const keys = claimed.map(({ id }) => ({ projectId, id }));
    const kept = keys.filter((_, i) => claimed[i]!.heldById !== null && claimed[i]!.heldById !== claim.auditorId);
    return { claim, claimed, ...(await openFor(db, claim, keys, kept)) };
  });
  const leased = claimed.map(({ id }) =>
    ({ key: { projectId, id }, fromState: "DRAWN", auditId: auditIds.get(id)!, leaseUntil: claim.leaseUntil }) as const);
  await append(verb, [...voided.map((audit) => voidedEvent(audit)), ...leased.map((each) => leasedEvent(each, claim.auditorId))]);
  return { projectId, auditIds: leased.map(({ auditId }) => auditId) };
}

/** What reassignSamples takes beside the samples. */
export interface Reassignment {
  assigneeId: string;
  isDryRun: boolean;
}

async function reassignEach(verb: Verb, targets: SampleTargets, { assigneeId, isDryRun }: Reassignment) {
  const { viewer, now } = verb;
  const asked = await keysOf(verb.db, targets);
  const rows = await lockSamples(verb.db, asked.keys);
  const projectIds = [...new Set(rows.map(({ projectId }) => projectId))];
  const terms = await asSystem(verb, (db) => findTerms(db, assigneeId, projectIds, [], now));
  const decided = decideEach("sample", asked, rows, (sample) => {
    walk(SAMPLE_MACHINE, sample.state, "reassignSample", sampleParts(viewer, sample));
    const { auditor, queues, settings } = terms.get(sample.projectId)!;
    checkAssignee(auditor, queues, sample);
    return minutesAfter(now, settings.leaseMinutes);
  });
  if (isDryRun || decided.accepted.length === 0) return decided;
  const taker = { auditorId: assigneeId, now };
  const given = decided.accepted.map(({ row: { projectId, id, state }, plan }) => ({ key: { projectId, id }, fromState: state, leaseUntil: plan }));
  const { voided, auditIds } = await asSystem(verb, async (db) => {
    await giveSamples(db, taker, given);
    const keys = given.map(({ key }) => key);
    return openFor(db, taker, keys, keys);
  });
  const leased = given.map((each) => ({ ...each, auditId: auditIds.get(each.key.id)! }));
  await append(verb, [...voided.map((audit) => voidedEvent(audit)), ...leased.map((each) => leasedEvent(each, assigneeId))]);
  return decided;
}

/** Gives a sample, waiting or leased to somebody, to an auditor who could have claimed it: a lease of its own, with a new draft. */
export async function reassignSample(verb: Verb, key: ProjectKey, assigneeId: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  throwRefusal(await reassignEach(verb, only(key, "sampleId", expectedVersion), { assigneeId, isDryRun: false }));
  return key;
}

/** Gives up to 500 samples to one auditor, each under the rules of the single verb. */
export async function reassignSamples(verb: Verb, targets: SampleTargets, reassignment: Reassignment): Promise<BulkItem[]> {
  return itemsOf(await reassignEach(verb, targets, reassignment), reassignment.isDryRun);
}
