import { addBusinessHours } from "../core/business.ts";
import { Forbidden, InvalidInput } from "../core/errors.ts";
import type { Machine } from "../core/machine.ts";
import type { Viewer } from "../core/viewer.ts";
import type { Audience } from "../events/outbox.ts";
import { AUDITING, maySeeDraws } from "../samples/rules.ts";
import type { AuditRow } from "./table.ts";

export type AuditVerb = "lockTruth" | "submitAudit" | "publishAudit" | "releaseSample" | "claimSamples";
export type AuditActor = "ITS_AUDITOR" | "ITS_AUDITOR_IF_NOT_BLIND" | "QA_LEAD" | "VENDOR_MANAGER" | "SYS";

/** From the claim to publication. What a sample's verb does to its audit stands here too. */
export const AUDIT_MACHINE: Machine<AuditRow["state"], AuditVerb, AuditActor> = {
  entity: "audit",
  arrows: [
    { from: ["DRAFT"], verb: "lockTruth", to: "REVEALED", who: ["ITS_AUDITOR"] },
    { from: ["REVEALED"], verb: "submitAudit", to: "SUBMITTED", who: ["ITS_AUDITOR"] },
    { from: ["DRAFT"], verb: "submitAudit", to: "SUBMITTED", who: ["ITS_AUDITOR_IF_NOT_BLIND"] },
    { from: ["SUBMITTED"], verb: "publishAudit", to: "PUBLISHED", who: ["QA_LEAD", "VENDOR_MANAGER", "SYS"] },
    { from: ["DRAFT", "REVEALED"], verb: "releaseSample", to: "VOIDED", who: ["ITS_AUDITOR", "QA_LEAD"] },
    // Another auditor claims a sample whose lease has ended.
    { from: ["DRAFT", "REVEALED"], verb: "claimSamples", to: "VOIDED", who: ["SYS"] },
  ],
};

/** What a viewer is to an audit. */
export function auditParts(viewer: Viewer, audit: Pick<AuditRow, "auditorId" | "isBlind" | "layer">): Set<AuditActor> {
  const parts = new Set<AuditActor>();
  if (audit.auditorId === viewer.principalId && AUDITING.includes(viewer.role)) {
    parts.add("ITS_AUDITOR");
    if (!audit.isBlind) parts.add("ITS_AUDITOR_IF_NOT_BLIND");
  }
  if (viewer.role === "QA_LEAD") parts.add("QA_LEAD");
  if (viewer.role === "VENDOR_MANAGER" && audit.layer === "VENDOR") parts.add("VENDOR_MANAGER");
  return parts;
}

/**
 * Who sees events of an audit: its auditor; its vendor's people where the audit is theirs to see; once published, auditors and the labeler
 * too. Before that its events name no labeler, and those of layer CLIENT no vendor.
 */
export function auditAudience(
  audit: Pick<AuditRow, "auditorId" | "layer" | "vendorId" | "teamId"> & { labelerId?: string },
  isPublished: boolean,
): Audience {
  const isPartnerVisible = isPublished || audit.layer === "VENDOR";
  return {
    auditorId: audit.auditorId,
    isStaffVisible: isPublished,
    isPartnerVisible,
    vendorId: isPartnerVisible ? audit.vendorId : null,
    teamId: isPartnerVisible ? audit.teamId : null,
    labelerId: isPublished ? (audit.labelerId ?? null) : null,
  };
}

/** True for people, and for clients that are for reading audits. */
export function mayRead({ role, scopes }: Viewer): boolean {
  return role !== "SERVICE" || scopes?.has("audits:read") === true;
}

/** Refuses lists of audits to clients that aren't for reading them. */
export function checkReading(viewer: Viewer): void {
  if (!mayRead(viewer)) throw new Forbidden("Audits are read by clients with scope audits:read.");
}

/** True while a blind audit of this viewer's own has no truth, whatever other grants they hold. */
export function isBlindTo(viewer: Viewer, audit: Pick<AuditRow, "auditorId" | "isBlind" | "revealedAt">): boolean {
  return audit.isBlind && audit.revealedAt === null && audit.auditorId === viewer.principalId;
}

/** True if this viewer sees why the audited decision was drawn. */
export function seesPurpose(viewer: Viewer, audit: Pick<AuditRow, "auditorId" | "isBlind" | "revealedAt">): boolean {
  return (maySeeDraws(viewer) || viewer.role === "POLICY_MANAGER") && !isBlindTo(viewer, audit);
}

const MAX_COMMENT = 10_000;

/** At most 10,000 characters, trimmed; null for none. */
export function checkComment(comment: string | null | undefined): string | null {
  const trimmed = comment?.trim() || null;
  if (trimmed && trimmed.length > MAX_COMMENT) {
    throw new InvalidInput(`comment: must have at most ${MAX_COMMENT} characters, has ${trimmed.length}.`, ["comment"]);
  }
  return trimmed;
}

const MINUTE_MS = 60_000;

/** So many minutes later. */
export function minutesAfter(time: Date, minutes: number): Date {
  return new Date(time.getTime() + minutes * MINUTE_MS);
}

const WINDOW_HOURS = 48;

/**
 * Until when audits published at this time may be contested: 48 open hours later in each of these zones (`domain.md` section 8,
 * APPEAL_FILING).
 */
export function windowsIn(publishedAt: Date, timeZones: readonly string[]): Date[] {
  const ends = new Map([...new Set(timeZones)].map((zone) => [zone, addBusinessHours(publishedAt, WINDOW_HOURS, zone)]));
  return timeZones.map((zone) => ends.get(zone)!);
}
