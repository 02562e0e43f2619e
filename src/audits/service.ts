import { checkMost, MAX_ITEMS, type Targets } from "../core/bulk.ts";
import { NotFound } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { mayOnly, SYSTEM_VIEWER } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import type { Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { AUDIT_MACHINE, auditAudience, auditParts } from "./rules.ts";
import { windowsIn } from "./publication.rules.ts";
import { type AuditFilter, changeAudit, findAuditKeys, listTimeZones, lockAudit, type Place, type Published, publishDueRows } from "./store.ts";
import type { AuditRow } from "./table.ts";

type State = AuditRow["state"];

/** Audits that a bulk verb is to act on. */
export type AuditTargets = Targets<AuditFilter>;

/** The targets by their keys; those of a filter are looked up. Refuses more than one call takes. */
export async function keysOf(db: Db, targets: AuditTargets): Promise<{ path: readonly string[]; keys: readonly ProjectKey[] }> {
  if ("keys" in targets) return targets;
  const keys = await findAuditKeys(db, targets.filter, MAX_ITEMS + 1);
  checkMost(keys.length, targets.path);
  return { path: targets.path, keys };
}

/**
 * Until when audits published at this time may be contested, in the order of the rows: `windowDueAt` of every audit that becomes
 * PUBLISHED, whoever publishes it.
 */
export async function windowsFrom(db: Db, publishedAt: Date, rows: readonly Place[]): Promise<Date[]> {
  const places = new Map(rows.map((row) => [`${row.projectId} ${row.siteId}`, row]));
  const ends = windowsIn(publishedAt, places.size === 0 ? [] : await listTimeZones(db, [...places.values()]));
  const byPlace = new Map([...places.keys()].map((place, i) => [place, ends[i]!]));
  return rows.map((row) => byPlace.get(`${row.projectId} ${row.siteId}`)!);
}

/** The event of an audit that moves; seen by more once it is published. */
export function auditEvent(audit: Published, fromState: State, toState: State, payload: Record<string, string> = {}): EventDraft {
  const subject = { projectId: audit.projectId, type: `audit.${toState.toLowerCase()}`, subjectType: "Audit", subjectId: audit.id };
  return { ...subject, fromState, toState, payload, audience: auditAudience(audit, toState === "PUBLISHED") };
}

/** Publishes a submitted audit before its delay is over: its vendor and labeler see it from now on. */
export async function publishAudit(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  mayOnly(verb.viewer, "publishAudit", ["QA_LEAD", "VENDOR_MANAGER"]);
  const audit = await lockAudit(verb.db, key);
  if (!audit) throw new NotFound("There is no such audit.", ["auditId"]);
  checkVersion(audit.version, expectedVersion);
  walk(AUDIT_MACHINE, audit.state, "publishAudit", auditParts(verb.viewer, audit));
  await changeAudit(verb.db, key, { state: "PUBLISHED", publishedAt: verb.now, isPartnerVisible: true }, verb.now);
  await append(verb, [auditEvent(audit, "SUBMITTED", "PUBLISHED")]);
  return key;
}

const BATCH = 500;

/**
 * Publishes submitted audits whose delay is over, a batch at a time: how many. Each call is one transaction under the worker's identity;
 * call again until it answers 0.
 */
export async function publishDue(db: Db, now: Date): Promise<number> {
  const published = await publishDueRows(db, now, BATCH);
  await append({ db, viewer: SYSTEM_VIEWER, now }, published.map((audit) => auditEvent(audit, "SUBMITTED", "PUBLISHED")));
  return published.length;
}
