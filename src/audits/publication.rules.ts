import { allowedActions, type Arrow, walk } from "../core/machine.ts";
import { isPartner, type Viewer } from "../core/viewer.ts";
import type { ProjectSettings } from "../projects/table.ts";
import { maySeeDraws } from "../samples/rules.ts";
import type { SampleRow } from "../samples/table.ts";
import { AUDIT_MACHINE, type AuditActor, auditParts, type AuditVerb, isBlindTo, minutesAfter, type OfParts } from "./rules.ts";
import type { AuditRow } from "./table.ts";

/** What the sample of a first audit says of its auditor's hold on it. */
export type Lease = Pick<SampleRow, "state" | "leaseUntil">;

type Standing = OfParts & Pick<AuditRow, "state" | "windowDueAt">;

// What needs a lease that still lasts, what needs only that the sample has not gone back, and what needs that it has.
const IN_THE_LEASE: readonly AuditVerb[] = ["lockTruth", "saveAuditDraft"];
const WHILE_LEASED: readonly AuditVerb[] = ["submitAudit", "skipSample", "releaseSample"];
const ONCE_RETURNED: readonly AuditVerb[] = ["expireSample"];

/**
 * The viewer's verbs that are possible now: those of the machine, less those that need a lease or a window that has ended. `lease` is the sample of a
 * first audit; null where the viewer doesn't see it.
 */
export function possibleActions(viewer: Viewer, audit: Standing, lease: Lease | null, now: Date): AuditVerb[] {
  const actions = allowedActions(AUDIT_MACHINE, audit.state, auditParts(viewer, audit));
  if (audit.role !== "PRIMARY") return actions;
  const isLeased = lease?.state === "IN_AUDIT";
  const isInLease = isLeased && lease.leaseUntil! > now;
  return actions.filter((verb) => {
    const isWithTruth = verb === "submitAudit" && audit.state === "DRAFT";
    if (IN_THE_LEASE.includes(verb) || isWithTruth) return isInLease;
    if (verb === "draftAppeal") return audit.windowDueAt !== null && audit.windowDueAt > now;
    if (ONCE_RETURNED.includes(verb)) return lease?.state === "DRAWN";
    return WHILE_LEASED.includes(verb) ? isLeased : true;
  });
}

/** The arrow that a verb takes from where an audit stands. A refusal names what is possible while the lease is as it is. */
export function walkAudit(
  { viewer, now }: { viewer: Viewer; now: Date },
  audit: Standing,
  lease: Lease | null,
  verb: AuditVerb,
): Arrow<AuditRow["state"], AuditVerb, AuditActor> {
  return walk(AUDIT_MACHINE, audit.state, verb, auditParts(viewer, audit), () => possibleActions(viewer, audit, lease, now));
}

/**
 * True if this viewer knows that an audit is judged by a second auditor too: staff, but its auditor only once it is submitted, so that they
 * judge it like any other.
 */
export function seesDouble(viewer: Viewer, audit: Pick<AuditRow, "auditorId" | "submittedAt">): boolean {
  return !isPartner(viewer) && (audit.auditorId !== viewer.principalId || audit.submittedAt !== null);
}

/** True for those who may know at all why audited decisions were drawn. */
export function maySeePurposes(viewer: Viewer): boolean {
  return maySeeDraws(viewer) || viewer.role === "POLICY_MANAGER";
}

/** True for those who read the words of auditors and labelers: analysts read none. */
export function mayReadWords({ role }: Viewer): boolean {
  return role !== "ANALYST";
}

/** True if this viewer sees why the audited decision was drawn. */
export function seesPurpose(viewer: Viewer, audit: Pick<AuditRow, "auditorId" | "isBlind" | "revealedAt">): boolean {
  return maySeePurposes(viewer) && !isBlindTo(viewer, audit);
}

/** When an audit submitted now is published by itself, which may be at once; null where the project publishes in batches, by hand. */
export function publishDueAt(now: Date, settings: ProjectSettings): Date | null {
  return settings.publication === "BATCHES" ? null : minutesAfter(now, settings.publishDelayMinutes);
}
