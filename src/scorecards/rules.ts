import { checkCode, checkName } from "../core/checks.ts";
import { InvalidInput } from "../core/errors.ts";
import type { Machine } from "../core/machine.ts";
import type { Role } from "../core/viewer.ts";
import type { CriterionRow, ScorecardVersionRow } from "./table.ts";

/** A scorecard is published as a whole; its next version archives the one before. */
export const SCORECARD_VERSION_MACHINE: Machine<ScorecardVersionRow["state"], "reviseScorecard", Role> = {
  entity: "ScorecardVersion",
  arrows: [{ from: ["PUBLISHED"], verb: "reviseScorecard", to: "ARCHIVED", who: ["ADMIN", "QA_LEAD"] }],
};

/** One criterion as an input names it. */
export interface NewCriterion {
  code: string;
  name: string;
  section?: string | null;
  kind: CriterionRow["kind"];
  weight: number;
  severity: CriterionRow["severity"];
  isBonus: boolean;
  isNaAllowed: boolean;
  isBlindSafe: boolean;
}

const MOST = 100;

/** Refuses a set of criteria that can't be scored: none or over 100, a code used twice, a weight that is not above 0. */
export function checkCriteria(criteria: readonly NewCriterion[]): NewCriterion[] {
  if (criteria.length < 1 || criteria.length > MOST) {
    throw new InvalidInput(`criteria: ${criteria.length} given; a scorecard has 1 to ${MOST}.`, ["criteria"]);
  }
  const seen = new Set<string>();
  return criteria.map((criterion, index) => {
    const at = (field: string) => ["criteria", String(index), field];
    const code = checkCode(criterion.code, at("code"));
    if (seen.has(code)) throw new InvalidInput(`code: "${code}" names two criteria; each has a code of its own.`, at("code"));
    seen.add(code);
    if (!(criterion.weight > 0)) throw new InvalidInput(`weight: ${criterion.weight} must be above 0.`, at("weight"));
    const section = criterion.section == null ? null : checkName(criterion.section, at("section"));
    return { ...criterion, code, name: checkName(criterion.name, at("name")), section };
  });
}
