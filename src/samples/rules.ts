import { addBusinessDays } from "../core/business.ts";
import type { Machine } from "../core/machine.ts";
import type { Role, Viewer } from "../core/viewer.ts";
import type { SampleRow } from "./table.ts";

export type SampleVerb = "claimSamples" | "releaseSample" | "endLease" | "submitAudit";
export type SampleActor = "AUDITOR" | "QA_LEAD" | "VENDOR_QA" | "ASSIGNEE" | "SYS";

/** From the draw to the audit; its verbs are the audits' service. */
export const SAMPLE_MACHINE: Machine<SampleRow["state"], SampleVerb, SampleActor> = {
  entity: "sample",
  arrows: [
    { from: ["DRAWN"], verb: "claimSamples", to: "IN_AUDIT", who: ["AUDITOR", "QA_LEAD", "VENDOR_QA"] },
    { from: ["IN_AUDIT"], verb: "submitAudit", to: "AUDITED", who: ["ASSIGNEE"] },
    { from: ["IN_AUDIT"], verb: "releaseSample", to: "DRAWN", who: ["ASSIGNEE", "QA_LEAD"] },
    { from: ["IN_AUDIT"], verb: "endLease", to: "DRAWN", who: ["SYS"] },
  ],
};

/** Roles that audit. */
export const AUDITING: readonly Role[] = ["AUDITOR", "QA_LEAD", "VENDOR_QA"];

/** What a viewer is to a sample: each layer has auditors of its own, and only the layer CLIENT has a lead. */
export function sampleParts(viewer: Viewer, sample: Pick<SampleRow, "layer" | "assigneeId">): Set<SampleActor> {
  const parts = new Set<SampleActor>();
  if (viewer.role === "QA_LEAD") parts.add("QA_LEAD");
  if (sample.layer === "CLIENT" ? viewer.role === "AUDITOR" : viewer.role === "VENDOR_QA") parts.add(viewer.role as SampleActor);
  if (sample.assigneeId === viewer.principalId && AUDITING.includes(viewer.role)) parts.add("ASSIGNEE");
  return parts;
}

/** Roles that see how a sample was drawn; its auditor and partners never do. */
const DRAW_ROLES: readonly Role[] = ["ADMIN", "QA_LEAD", "ANALYST"];

/** True for those who may see purposes, strata, probabilities and runs at all. */
export function maySeeDraws(viewer: Viewer): boolean {
  return DRAW_ROLES.includes(viewer.role);
}

/** True while a blind sample waits for this viewer's own audit, whatever other grants they hold. */
export function isBlindTo(viewer: Viewer, sample: Pick<SampleRow, "isBlind" | "assigneeId" | "state">): boolean {
  return sample.isBlind && sample.assigneeId === viewer.principalId && ["DRAWN", "IN_AUDIT"].includes(sample.state);
}

/** True if this viewer sees how this sample was drawn. */
export function seesDraw(viewer: Viewer, sample: Pick<SampleRow, "isBlind" | "assigneeId" | "state">): boolean {
  return maySeeDraws(viewer) && !isBlindTo(viewer, sample);
}

/** True once its audit should have been submitted and isn't. */
export function isOverdue(sample: Pick<SampleRow, "state" | "dueAt">, now: Date): boolean {
  return ["DRAWN", "IN_AUDIT"].includes(sample.state) && sample.dueAt < now;
}

const AUDIT_BUSINESS_DAYS = 2;

/** When the audit of a sample drawn at this time is due: the second business day after. */
export function auditDueAt(drawnAt: Date, timeZone: string): Date {
  return addBusinessDays(drawnAt, AUDIT_BUSINESS_DAYS, timeZone);
}
