import { Forbidden, InvalidInput } from "../core/errors.ts";
import type { Machine } from "../core/machine.ts";
import type { Viewer } from "../core/viewer.ts";
import type { Audience } from "../events/outbox.ts";
import { AUDITING } from "../samples/rules.ts";
import type { AuditRow } from "./table.ts";

export type AuditVerb =
  | "lockTruth" | "submitAudit" | "amendAudit" | "publishAudit" | "acknowledgeAudit" | "finalizeAudit" | "correctVerdict" | "voidAudit"
  | "draftAppeal" | "fileAppeal" | "settleAppeal" | "resolveDoubleAudit" | "expireDoubleAudit" | "adjudicateAudit" | "claimSecondAudit" | "startAta"
  | "claimSamples" | "saveAuditDraft" | "skipSample" | "releaseSample" | "reassignSample" | "voidSample" | "expireSample";

/** Only a first audit (PRIMARY) is published, and what follows from that; second and expert ones end with their submission. */
export type AuditActor =
  | "ITS_AUDITOR" | "ITS_AUDITOR_IF_NOT_BLIND" | "ITS_AUDITOR_IF_PRIMARY" | "ITS_LABELER" | "ITS_VENDOR_MANAGER" | "VENDOR_QA" | "VENDOR_MANAGER"
  | "QA_LEAD" | "QA_LEAD_IF_PRIMARY" | "QA_LEAD_IF_NOT_ITS_AUDITOR" | "ADJUDICATOR_IF_NOT_ITS_AUDITOR" | "SYS";

/** From the claim to the end of the window (`domain.md` section 6). What verbs of samples and double audits do to an audit stands here too. */
export const AUDIT_MACHINE: Machine<AuditRow["state"], AuditVerb, AuditActor> = {
  entity: "audit",
  arrows: [
    { from: ["DRAFT"], verb: "lockTruth", to: "REVEALED", who: ["ITS_AUDITOR"] },
    { from: ["REVEALED"], verb: "submitAudit", to: "SUBMITTED", who: ["ITS_AUDITOR"] },
    { from: ["DRAFT"], verb: "submitAudit", to: "SUBMITTED", who: ["ITS_AUDITOR_IF_NOT_BLIND"] },
    // Where it was drawn for a double audit.
    { from: ["REVEALED", "DRAFT"], verb: "submitAudit", to: "DOUBLE_PENDING", who: ["SYS"] },
    { from: ["SUBMITTED"], verb: "amendAudit", to: null, who: ["ITS_AUDITOR_IF_PRIMARY"] },
    { from: ["SUBMITTED"], verb: "publishAudit", to: "PUBLISHED", who: ["QA_LEAD_IF_PRIMARY", "VENDOR_MANAGER", "SYS"] },
    // Second audits are claimed by project, not of an audit that one sees.
    { from: ["DOUBLE_PENDING"], verb: "claimSecondAudit", to: null, who: ["SYS"] },
    { from: ["DOUBLE_PENDING"], verb: "resolveDoubleAudit", to: "PUBLISHED", who: ["SYS"] },
    { from: ["DOUBLE_PENDING"], verb: "resolveDoubleAudit", to: "ADJUDICATION", who: ["SYS"] },
    { from: ["DOUBLE_PENDING"], verb: "expireDoubleAudit", to: "PUBLISHED", who: ["QA_LEAD_IF_NOT_ITS_AUDITOR", "SYS"] },
    { from: ["ADJUDICATION"], verb: "adjudicateAudit", to: "PUBLISHED", who: ["QA_LEAD_IF_NOT_ITS_AUDITOR", "ADJUDICATOR_IF_NOT_ITS_AUDITOR"] },
    { from: ["PUBLISHED"], verb: "acknowledgeAudit", to: "ACKNOWLEDGED", who: ["ITS_LABELER", "VENDOR_QA"] },
    { from: ["PUBLISHED", "ACKNOWLEDGED"], verb: "draftAppeal", to: null, who: ["ITS_LABELER", "VENDOR_QA", "ITS_VENDOR_MANAGER"] },
    // By its appellant, as a verb of the appeal.
    { from: ["PUBLISHED", "ACKNOWLEDGED"], verb: "fileAppeal", to: "APPEALED", who: ["SYS"] },
    { from: ["APPEALED"], verb: "settleAppeal", to: "FINAL", who: ["SYS"] },
    // To the state that it was appealed in, while its window lasts and no ruling has closed the appeal.
    { from: ["APPEALED"], verb: "settleAppeal", to: null, who: ["SYS"] },
    { from: ["PUBLISHED", "ACKNOWLEDGED"], verb: "finalizeAudit", to: "FINAL", who: ["SYS"] },
    { from: ["PUBLISHED", "ACKNOWLEDGED", "FINAL"], verb: "correctVerdict", to: null, who: ["QA_LEAD_IF_NOT_ITS_AUDITOR"] },
    // Where it is worse for the labeler: with a new window.
    { from: ["PUBLISHED", "ACKNOWLEDGED", "FINAL"], verb: "correctVerdict", to: "PUBLISHED", who: ["QA_LEAD_IF_NOT_ITS_AUDITOR"] },
    {
      from: ["PUBLISHED", "ACKNOWLEDGED", "APPEALED", "FINAL"], verb: "startAta", to: null,
      who: ["QA_LEAD_IF_NOT_ITS_AUDITOR", "ADJUDICATOR_IF_NOT_ITS_AUDITOR"],
    },
    {
      from: ["DRAFT", "REVEALED", "SUBMITTED", "DOUBLE_PENDING", "ADJUDICATION", "PUBLISHED", "ACKNOWLEDGED", "FINAL"], verb: "voidAudit", to: "VOIDED",
      who: ["QA_LEAD"],
    },
    { from: ["DRAFT", "REVEALED"], verb: "saveAuditDraft", to: null, who: ["ITS_AUDITOR"] },
    { from: ["DRAFT", "REVEALED"], verb: "skipSample", to: "VOIDED", who: ["ITS_AUDITOR_IF_PRIMARY"] },
    { from: ["DRAFT", "REVEALED"], verb: "releaseSample", to: "VOIDED", who: ["ITS_AUDITOR_IF_PRIMARY", "QA_LEAD_IF_PRIMARY"] },
    { from: ["DRAFT", "REVEALED"], verb: "reassignSample", to: "VOIDED", who: ["QA_LEAD_IF_PRIMARY"] },
    { from: ["DRAFT", "REVEALED"], verb: "voidSample", to: "VOIDED", who: ["ITS_AUDITOR_IF_PRIMARY", "QA_LEAD_IF_PRIMARY"] },
    // A sample whose lease has ended is given up, or claimed by another auditor.
    { from: ["DRAFT", "REVEALED"], verb: "expireSample", to: "VOIDED", who: ["QA_LEAD_IF_PRIMARY"] },
    { from: ["DRAFT", "REVEALED"], verb: "claimSamples", to: "VOIDED", who: ["SYS"] },
  ],
};

/** What of an audit says what a viewer is to it. */
export type OfParts = Pick<AuditRow, "projectId" | "auditorId" | "isBlind" | "role" | "layer" | "vendorId" | "labelerId">;

/** True for auditors who were granted to decide between others in the project. */
export function mayAdjudicate({ role, grants }: Viewer, projectId: string): boolean {
  return role === "AUDITOR" && grants.some((grant) => grant.role === "AUDITOR" && grant.projectId === projectId && grant.canAdjudicate);
}

/** What a viewer is to an audit. */
export function auditParts(viewer: Viewer, audit: OfParts): Set<AuditActor> {
  const { role, principalId } = viewer;
  const isPrimary = audit.role === "PRIMARY";
  const isItsAuditor = audit.auditorId === principalId;
  const held: Record<AuditActor, boolean> = {
    ITS_AUDITOR: isItsAuditor && AUDITING.includes(role),
    ITS_AUDITOR_IF_NOT_BLIND: isItsAuditor && AUDITING.includes(role) && !audit.isBlind,
    ITS_AUDITOR_IF_PRIMARY: isItsAuditor && AUDITING.includes(role) && isPrimary,
    ITS_LABELER: role === "LABELER" && viewer.labelerId === audit.labelerId && isPrimary,
    ITS_VENDOR_MANAGER: role === "VENDOR_MANAGER" && viewer.vendorId === audit.vendorId && isPrimary,
    VENDOR_QA: role === "VENDOR_QA" && viewer.vendorId === audit.vendorId && isPrimary,
    VENDOR_MANAGER: role === "VENDOR_MANAGER" && viewer.vendorId === audit.vendorId && audit.layer === "VENDOR" && isPrimary,
    QA_LEAD: role === "QA_LEAD",
    QA_LEAD_IF_PRIMARY: role === "QA_LEAD" && isPrimary,
    QA_LEAD_IF_NOT_ITS_AUDITOR: role === "QA_LEAD" && isPrimary && !isItsAuditor,
    ADJUDICATOR_IF_NOT_ITS_AUDITOR: mayAdjudicate(viewer, audit.projectId) && isPrimary && !isItsAuditor,
    SYS: false,
  };
  return new Set((Object.keys(held) as AuditActor[]).filter((part) => held[part]));
}

const SHOWN: readonly AuditRow["state"][] = ["PUBLISHED", "ACKNOWLEDGED", "APPEALED", "FINAL"];

/** True for states of an audit that vendor and labeler see. */
export function isShown(state: AuditRow["state"]): boolean {
  return SHOWN.includes(state);
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
