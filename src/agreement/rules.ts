import { Forbidden } from "../core/errors.ts";
import { PARTNER_ROLES, type Viewer } from "../core/viewer.ts";
import { type AgreementSource, CLOSED_RATINGS } from "../ratings/rules.ts";

/** Refuses a source to those who see only a part of it, or must not. */
export function checkSource({ role }: Viewer, source: AgreementSource): void {
  const { to, why } = CLOSED_RATINGS[source];
  if (to.includes(role)) throw new Forbidden(`source ${source} ${why}; you act as ${role}.`, ["source"]);
}

/** True for who may see single raters of the source: policy managers see no labelers. */
export function seesRaters({ role }: Viewer, source: AgreementSource): boolean {
  return source !== "LABELS" || role !== "POLICY_MANAGER";
}

/** True for who may know which content carries an agreed answer. */
export function seesGold({ role }: Viewer): boolean {
  return ![...PARTNER_ROLES, "SERVICE", "AUDITOR"].includes(role);
}

/** The states of sessions whose votes the viewer sees whole. */
export function votedStates({ role }: Viewer): readonly string[] {
  const discussed = ["DISCUSSION", "CONSENSUS", "PUBLISHED"];
  return role === "AUDITOR" || role === "POLICY_MANAGER" ? discussed : ["CLOSED", ...discussed];
}
