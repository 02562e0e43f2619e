import { Forbidden, InvalidInput } from "../core/errors.ts";
import type { Machine } from "../core/machine.ts";
import type { Viewer } from "../core/viewer.ts";
import type { Audience } from "../events/outbox.ts";
import { versionInGrace } from "../policies/rules.ts";
import type { PolicyVersionRow } from "../policies/table.ts";
import { AUDITING, maySeeDraws } from "../sampling/rules.ts";
import type { AuditRow, VerdictRow } from "./table.ts";

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

/** What a decision says, or should have said. An action of null was not given. */
export interface Ruling {
  policyId: string;
  isViolating: boolean;
  action: string | null;
}

/** How a decision was wrong, by the table of `domain.md` section 5; null if it was right. A truth without an action judges none. */
export function errorTypeOf(labeled: Ruling, truth: Ruling, isTechnicalFailure: boolean): VerdictRow["errorType"] {
  if (isTechnicalFailure) return "TECHNICAL";
  if (!labeled.isViolating && truth.isViolating) return "UNDER_ENFORCEMENT";
  if (labeled.isViolating && !truth.isViolating) return "OVER_ENFORCEMENT";
  if (labeled.policyId !== truth.policyId) return "WRONG_POLICY";
  return truth.action !== null && labeled.action !== truth.action ? "WRONG_ACTION" : null;
}

/** Who answers for an error of this type: the process for technical failures, else the labeler. */
export function attributionOf(errorType: VerdictRow["errorType"]): VerdictRow["attribution"] {
  return errorType === null ? null : errorType === "TECHNICAL" ? "PROCESS" : "LABELER";
}

/** The part of a verdict that follows from decision and truth. */
export type Judgement = Pick<VerdictRow, "outcome" | "errorType" | "attribution" | "isGraceApplied">;

/** The judgement of an error type. With `isGraceApplied` the decision was right under the policy version before, and counts as right. */
export function judgementOf(errorType: VerdictRow["errorType"], isGraceApplied: boolean): Judgement {
  if (errorType === null || isGraceApplied) return { outcome: "CORRECT", errorType: null, attribution: null, isGraceApplied };
  return { outcome: "INCORRECT", errorType, attribution: attributionOf(errorType), isGraceApplied };
}

/**
 * True if a decision that is wrong now was right under the version before, while grace lasts: of the labeler's policy or of the true one,
 * since either may have changed. Grace never excuses a technical failure.
 */
export function isInGrace(
  errorType: VerdictRow["errorType"],
  decision: { labeled: Ruling; market: string; decidedAt: Date },
  previous: Ruling | null,
  versionsByPolicy: ReadonlyMap<string, readonly PolicyVersionRow[]>,
): boolean {
  if (errorType === null || errorType === "TECHNICAL" || !previous || errorTypeOf(decision.labeled, previous, false) !== null) return false;
  return [...versionsByPolicy.values()].some((versions) => versionInGrace(versions, decision.market, decision.decidedAt) !== null);
}

const MAX_CLAIM = 20;

/** 1 to 20 samples. */
export function checkCount(count: number): number {
  if (count < 1 || count > MAX_CLAIM) throw new InvalidInput(`count: ${count} must be 1 to ${MAX_CLAIM}.`, ["count"]);
  return count;
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

const MAX_ACTION = 64;

/** 1 to 64 characters; null where the action isn't judged. */
export function checkAction(action: string | null | undefined, path: readonly string[]): string | null {
  if (action == null) return null;
  if (action.length < 1 || action.length > MAX_ACTION) throw new InvalidInput(`${path.join(".")}: must have 1 to ${MAX_ACTION} characters.`, path);
  return action;
}

const MINUTE_MS = 60_000;

/** So many minutes later. */
export function minutesAfter(time: Date, minutes: number): Date {
  return new Date(time.getTime() + minutes * MINUTE_MS);
}
