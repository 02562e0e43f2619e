import type { Machine } from "../core/machine.ts";
import type { Role, Viewer } from "../core/viewer.ts";
import type { SampleRow } from "./table.ts";

export type SampleVerb =
  | "claimSamples" | "saveAuditDraft" | "extendLease" | "skipSample" | "releaseSample" | "endLease" | "reassignSample" | "submitAudit"
  | "voidSample" | "expireSample" | "voidAudit";
/** Leads audit layer CLIENT only. What happens to a sample by a verb on its audit is offered there: nobody is ITS_AUDIT. */
export type SampleActor = "AUDITOR" | "QA_LEAD" | "QA_LEAD_IF_CLIENT" | "VENDOR_QA" | "ASSIGNEE" | "ITS_AUDIT" | "SYS";

/** From the draw to the audit (`domain.md` section 6). */
export const SAMPLE_MACHINE: Machine<SampleRow["state"], SampleVerb, SampleActor> = {
  entity: "sample",
  arrows: [
    { from: ["DRAWN"], verb: "claimSamples", to: "IN_AUDIT", who: ["AUDITOR", "QA_LEAD_IF_CLIENT", "VENDOR_QA"] },
    { from: ["IN_AUDIT"], verb: "saveAuditDraft", to: null, who: ["ASSIGNEE"] },
    { from: ["IN_AUDIT"], verb: "extendLease", to: null, who: ["ASSIGNEE"] },
    { from: ["IN_AUDIT"], verb: "skipSample", to: "DRAWN", who: ["ASSIGNEE"] },
    { from: ["IN_AUDIT"], verb: "releaseSample", to: "DRAWN", who: ["ASSIGNEE", "QA_LEAD"] },
    { from: ["IN_AUDIT"], verb: "endLease", to: "DRAWN", who: ["SYS"] },
    { from: ["DRAWN", "IN_AUDIT"], verb: "reassignSample", to: "IN_AUDIT", who: ["QA_LEAD"] },
    { from: ["IN_AUDIT"], verb: "submitAudit", to: "AUDITED", who: ["ITS_AUDIT"] },
    { from: ["DRAWN", "IN_AUDIT"], verb: "voidSample", to: "VOID", who: ["ASSIGNEE", "QA_LEAD"] },
    { from: ["DRAWN"], verb: "expireSample", to: "EXPIRED", who: ["QA_LEAD", "SYS"] },
    { from: ["IN_AUDIT", "AUDITED"], verb: "voidAudit", to: "DRAWN", who: ["ITS_AUDIT"] },
  ],
};

/** Roles that audit. */
export const AUDITING: readonly Role[] = ["AUDITOR", "QA_LEAD", "VENDOR_QA"];

/** What a viewer is to a sample: each layer has auditors of its own, and leads are among those of layer CLIENT. */
export function sampleParts(viewer: Viewer, sample: Pick<SampleRow, "layer" | "assigneeId">): Set<SampleActor> {
  const parts = new Set<SampleActor>();
  if (viewer.role === "QA_LEAD") parts.add("QA_LEAD");
  if (viewer.role === "QA_LEAD" && sample.layer === "CLIENT") parts.add("QA_LEAD_IF_CLIENT");
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

/** True if this viewer reads why this sample was drawn by hand: words for people, so not analysts. */
export function seesReason(viewer: Viewer, sample: Pick<SampleRow, "isBlind" | "assigneeId" | "state">): boolean {
  return seesDraw(viewer, sample) && viewer.role !== "ANALYST";
}

/** True once its audit should have been submitted and isn't. */
export function isOverdue(sample: Pick<SampleRow, "state" | "dueAt">, now: Date): boolean {
  return ["DRAWN", "IN_AUDIT"].includes(sample.state) && sample.dueAt < now;
}
