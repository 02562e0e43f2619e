import { Forbidden, InvalidInput } from "../core/errors.ts";
import type { Role, Viewer } from "../core/viewer.ts";

/** Where the judgements come from. */
export const AGREEMENT_SOURCES = ["LABELS", "DOUBLE_AUDITS", "CALIBRATION", "REPEATS"] as const;
export type AgreementSource = (typeof AGREEMENT_SOURCES)[number];

const PARTNERS: readonly Role[] = ["VENDOR_MANAGER", "VENDOR_QA", "LABELER"];

// Whom a source is not for: others would take a part of it for the whole.
const CLOSED: Readonly<Record<AgreementSource, { to: readonly Role[]; why: string }>> = {
  LABELS: { to: ["AUDITOR", "LABELER"], why: "needs the decisions of others, all of them" },
  REPEATS: { to: ["AUDITOR", "LABELER", "POLICY_MANAGER"], why: "is about what single labelers decide" },
  DOUBLE_AUDITS: { to: [...PARTNERS, "SERVICE", "POLICY_MANAGER"], why: "is about auditors" },
  CALIBRATION: { to: [...PARTNERS, "SERVICE"], why: "would tell the votes of others" },
};

/** Refuses a source to those who see only a part of it, or must not. */
export function checkSource({ role }: Viewer, source: AgreementSource): void {
  const { to, why } = CLOSED[source];
  if (to.includes(role)) throw new Forbidden(`source ${source} ${why}; you act as ${role}.`, ["source"]);
}

/** True for who may see single raters of the source: policy managers see no labelers. */
export function seesRaters({ role }: Viewer, source: AgreementSource): boolean {
  return source !== "LABELS" || role !== "POLICY_MANAGER";
}

/** True for who may know which content carries an agreed answer. */
export function seesGold({ role }: Viewer): boolean {
  return ![...PARTNERS, "SERVICE", "AUDITOR"].includes(role);
}

/** The states of sessions whose votes the viewer sees whole. */
export function votedStates({ role }: Viewer): readonly string[] {
  const discussed = ["DISCUSSION", "CONSENSUS", "PUBLISHED"];
  return role === "AUDITOR" || role === "POLICY_MANAGER" ? discussed : ["CLOSED", ...discussed];
}

const NARROWING = ["queueIds", "markets", "vendorIds", "siteIds", "teamIds", "labelerIds", "modalities", "languages"];

/** Refuses filters that say nothing of the source's items, and those by what was chosen, which would leave agreement alone. */
export function checkFilter(filter: Readonly<Record<string, unknown>>, source: AgreementSource): void {
  const fine = source === "CALIBRATION" ? ["markets"] : NARROWING;
  const strange = Object.keys(filter).find((name) => filter[name] != null && !fine.includes(name));
  if (strange) throw new InvalidInput(`filter.${strange}: agreement of ${source} is filtered by ${fine.join(", ")}; byPolicy has each policy.`, ["filter", strange]);
}
