import { NotFound } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { mayOnly, SYSTEM_VIEWER } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import type { Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { AUDIT_MACHINE, auditAudience, auditParts } from "./rules.ts";
import { changeAudit, lockAudit, type Published, publishDueRows } from "./store.ts";
import type { AuditRow } from "./table.ts";

type State = AuditRow["state"];

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
