import { InvalidInput } from "../core/errors.ts";
import { PARTNER_ROLES, type Role } from "../core/viewer.ts";

/** Where judgements of the same items come from. */
export const AGREEMENT_SOURCES = ["LABELS", "DOUBLE_AUDITS", "CALIBRATION", "REPEATS"] as const;
export type AgreementSource = (typeof AGREEMENT_SOURCES)[number];

/** Whom a source is not for: others would take a part of it for the whole. */
export const CLOSED_RATINGS: Readonly<Record<AgreementSource, { to: readonly Role[]; why: string }>> = {
  LABELS: { to: ["AUDITOR", "LABELER"], why: "needs the decisions of others, all of them" },
  REPEATS: { to: ["AUDITOR", "LABELER", "POLICY_MANAGER"], why: "is about what single labelers decide" },
  DOUBLE_AUDITS: { to: [...PARTNER_ROLES, "SERVICE", "POLICY_MANAGER"], why: "is about auditors" },
  CALIBRATION: { to: [...PARTNER_ROLES, "SERVICE"], why: "would tell the votes of others" },
};

const NARROWING = ["queueIds", "markets", "vendorIds", "siteIds", "teamIds", "labelerIds", "modalities", "languages"];

/** Refuses filters that say nothing of the source's items, and those by what was chosen, which would leave agreement alone. */
export function checkFilter(filter: Readonly<Record<string, unknown>>, source: AgreementSource): void {
  const fine = source === "CALIBRATION" ? ["markets"] : NARROWING;
  const strange = Object.keys(filter).find((name) => filter[name] != null && !fine.includes(name));
  if (!strange) return;
  const advice = "each policy for itself is had by the field byPolicy, or by metrics grouped by POLICY";
  throw new InvalidInput(`filter.${strange}: agreement of ${source} is filtered by ${fine.join(", ")}; ${advice}.`, ["filter", strange]);
}
