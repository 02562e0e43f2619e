import { checkText } from "../core/checks.ts";
import { dueTimes } from "../calendars/places.service.ts";
import { type Asked, type BulkItem, checkMost, decideEach, type Decided, itemsOf, MAX_ITEMS, only, type Targets, throwRefusal } from "../core/bulk.ts";
import { Forbidden, NotFound } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, asWorker, type Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { type FigureChange, noteAdjustments } from "../periods/adjustments.service.ts";
import { walkAudit } from "./publication.rules.ts";
import { auditAudience, isShown } from "./rules.ts";
import { type AuditFilter, findAuditKeys, listAudits, lockAudits, lockWithSamples, type Place, type WithSample } from "./store.ts";
import type { AuditRow } from "./table.ts";
import {
  type Announced, finalizeDue, lockDue, saveAcknowledgement, saveAppealed, savePublished, type Settled, settleRows, voidRows,
} from "./writes.store.ts";

type State = AuditRow["state"];

/** Audits that a bulk verb is to act on. */
export type AuditTargets = Targets<AuditFilter>;

/** The targets by their keys; those of a filter are looked up. Refuses more than one call takes. */
export async function keysOf(db: Db, targets: AuditTargets): Promise<Asked> {
  if ("keys" in targets) return targets;
  const keys = await findAuditKeys(db, targets.filter, MAX_ITEMS + 1);
  checkMost(keys.length, targets.path);
  return { path: targets.path, keys, read: null };
}

/** Until when audits may be contested, each published at a time of its own, in the order of the rows: as long as their vendor's people have for it. */
export async function windowsOf(db: Db, rows: readonly (Place & { publishedAt: Date })[]): Promise<Date[]> {
  return dueTimes(db, "APPEAL_FILING", rows.map(({ projectId, vendorId, siteId, publishedAt: from }) => ({ projectId, side: "PARTNER", vendorId, siteId, from })));
}

/** The same of audits published at one time: `windowDueAt` of every audit that becomes PUBLISHED, whoever publishes it. */
export async function windowsFrom(db: Db, publishedAt: Date, rows: readonly Place[]): Promise<Date[]> {
  return windowsOf(db, rows.map(({ projectId, vendorId, siteId }) => ({ projectId, vendorId, siteId, publishedAt })));
}

/** The event of an audit that moves; seen by vendor, labeler and auditors where the audit is published, or was. */
export function auditEvent(audit: Announced, fromState: State, toState: State, payload: Record<string, string> = {}): EventDraft {
  const subject = { projectId: audit.projectId, type: `audit.${toState.toLowerCase()}`, subjectType: "Audit", subjectId: audit.id };
  return { ...subject, fromState, toState, payload, audience: auditAudience(audit, isShown(fromState) || isShown(toState)) };
}

async function publishRows(verb: Verb, rows: readonly (Announced & Place)[]): Promise<void> {
  if (rows.length === 0) return;
  const windows = await windowsFrom(verb.db, verb.now, rows);
  await savePublished(verb.db, rows, windows, verb.now);
  await append(verb, rows.map((audit, i) => auditEvent(audit, "SUBMITTED", "PUBLISHED", { windowDueAt: windows[i]!.toISOString() })));
}

async function publishEach(verb: Verb, targets: AuditTargets, isDryRun: boolean): Promise<Decided<AuditRow, unknown>> {
  const asked = await keysOf(verb.db, targets);
  const decided = decideEach("audit", asked, await lockAudits(verb.db, asked.keys), (audit) => {
    walkAudit(verb, audit, audit.lease, "publishAudit");
  });
  if (!isDryRun) await publishRows(verb, decided.accepted.map(({ row }) => row));
  return decided;
}

/** Publishes a submitted audit before its delay is over: its vendor and labeler see it from now on, and may contest it in its window. */
export async function publishAudit(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  throwRefusal(await publishEach(verb, only(key, "auditId", expectedVersion), false));
  return key;
}

/** Publishes up to 500 submitted audits, each under the rules of the single verb. */
export async function publishAudits(verb: Verb, targets: AuditTargets, isDryRun: boolean): Promise<BulkItem[]> {
  return itemsOf(await publishEach(verb, targets, isDryRun), isDryRun);
}

/** What acknowledgeAudit takes. */
export interface AcknowledgeInput {
  cause?: AuditRow["proposedCause"];
  comment?: string | null;
  expectedVersion?: ExpectedVersion;
}

/**
 * Says that an audit was read, for its labeler or their vendor's QA, who may propose why the labeler erred. Its window stays open. It is
 * kept by the system: labelers write no audits.
 */
export async function acknowledgeAudit(verb: Verb, key: ProjectKey, { cause = null, comment, expectedVersion }: AcknowledgeInput): Promise<ProjectKey> {
  if (cause && verb.viewer.role === "LABELER") throw new Forbidden("cause: it is proposed by VENDOR_QA; say it in the comment.", ["cause"]);
  const acknowledgement = comment == null ? null : checkText(comment, ["comment"]);
  const isVisible = (await listAudits(verb.db, [key])).length > 0;
  const [audit] = isVisible ? await asSystem(verb, (db) => lockAudits(db, [key])) : [];
  if (!audit) throw new NotFound("There is no such audit.", ["auditId"]);
  checkVersion(audit.version, expectedVersion);
  walkAudit(verb, audit, audit.lease, "acknowledgeAudit");
  const said = { state: "ACKNOWLEDGED", acknowledgedAt: verb.now, acknowledgedById: verb.viewer.principalId, proposedCause: cause, acknowledgement } as const;
  await asSystem(verb, (db) => saveAcknowledgement(db, key, said, verb.now));
  await append(verb, [auditEvent(audit, "PUBLISHED", "ACKNOWLEDGED", cause ? { cause } : {})]);
  return key;
}

const returnedEvent = ({ projectId, sampleId, auditorId, lease }: WithSample): EventDraft => {
  const subject = { projectId, type: "sample.drawn", subjectType: "Sample", subjectId: sampleId };
  return { ...subject, fromState: lease.state, toState: "DRAWN", audience: { auditorId } };
};

const endedEvent = ({ projectId, id }: ProjectKey): EventDraft =>
  ({ projectId, type: "double_audit.expired", subjectType: "DoubleAudit", subjectId: id, toState: "EXPIRED", audience: {} });

async function voidEach(verb: Verb, targets: AuditTargets, input: { reason: string; isDryRun: boolean }) {
  const reason = checkText(input.reason, ["reason"]);
  const asked = await keysOf(verb.db, targets);
  const seen = await listAudits(verb.db, asked.keys);
  const decided = decideEach("audit", asked, await asSystem(verb, (db) => lockWithSamples(db, seen)), (audit) => {
    walkAudit(verb, audit, audit.lease, "voidAudit");
  });
  const rows = decided.accepted.map(({ row }) => row);
  if (input.isDryRun || rows.length === 0) return decided;
  const { doubles, seconds, counted } = await asSystem(verb, (db) => voidRows(db, rows, reason, verb.now));
  const auditOf = new Map(rows.map((audit) => [audit.id, audit]));
  await noteAdjustments(verb, counted.map((before): FigureChange => ({ audit: auditOf.get(before.auditId)!, before, after: null, reason: "VOID" })));
  // The lead's words are the audit's, which not everybody reads who hears of it.
  const voided = [...rows, ...seconds].map((audit) => auditEvent(audit, audit.state, "VOIDED"));
  const waiting = rows.filter(({ role, lease }) => role === "PRIMARY" && ["IN_AUDIT", "AUDITED"].includes(lease.state));
  await append(verb, [...voided, ...waiting.map(returnedEvent), ...doubles.map(endedEvent)]);
  return decided;
}

/** Voids an audit: it counts for nothing. The sample of a first audit waits for another auditor, and its open double audit ends. */
export async function voidAudit(verb: Verb, key: ProjectKey, reason: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  throwRefusal(await voidEach(verb, only(key, "auditId", expectedVersion), { reason, isDryRun: false }));
  return key;
}

/** Voids up to 500 audits for one reason, each under the rules of the single verb. */
export async function voidAudits(verb: Verb, targets: AuditTargets, input: { reason: string; isDryRun: boolean }): Promise<BulkItem[]> {
  return itemsOf(await voidEach(verb, targets, input), input.isDryRun);
}

/** Contests locked audits: each stands still until its appeal has ended. As the system, since labelers write no audits. */
export async function appealAudits(verb: Verb, rows: readonly (Announced & Pick<AuditRow, "state">)[]): Promise<void> {
  await asSystem(verb, (db) => saveAppealed(db, rows, verb.now));
  await append(verb, rows.map((audit) => auditEvent(audit, audit.state, "APPEALED")));
}

/** Ends the contest of audits whose appeals have ended: FINAL once nothing more can come, else as they were before. */
export async function settleAppeals(verb: Verb, ends: readonly Settled[]): Promise<void> {
  if (ends.length === 0) return;
  const settled = await asSystem(verb, (db) => settleRows(db, ends, verb.now));
  await append(verb, settled.map((audit) => auditEvent(audit, "APPEALED", audit.state)));
}

const BATCH = 500;
/**
 * Publishes submitted audits whose delay is over, a batch at a time: how many. Each call is one transaction under the worker's identity;
 * call again until it answers 0.
 */
export async function publishDue(db: Db, now: Date): Promise<number> {
  const due = await lockDue(db, now, BATCH);
  await publishRows(asWorker(db, now), due);
  return due.length;
}

/** Makes audits FINAL whose window is over, a batch at a time: how many. What nobody acknowledged by then is taken as acknowledged. */
export async function finalizeOver(db: Db, now: Date): Promise<number> {
  const over = await finalizeDue(db, now, BATCH);
  await append(asWorker(db, now), over.map((audit) => auditEvent(audit, audit.state, "FINAL")));
  return over.length;
}
