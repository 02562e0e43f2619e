import { checkCode, checkName } from "../core/checks.ts";
import { InvalidInput, Refusal } from "../core/errors.ts";
import { type FieldRefusal, showValue } from "../core/fields.ts";
import type { Machine } from "../core/machine.ts";
import type { Role } from "../core/viewer.ts";
import { type CriterionRow, ERROR_TYPES, type ErrorCodeRow, type ScorecardVersionRow } from "./table.ts";

/** Who writes scorecards and their error codes. */
export const WRITERS = ["ADMIN", "QA_LEAD"] as const satisfies readonly Role[];

export type ScorecardVersionVerb =
  | "draftScorecardVersion" | "changeScorecardVersion" | "publishScorecardVersion" | "reviseScorecard" | "archiveScorecardVersion";

/** One version is a draft at most, and one published: who drafts or revises takes up the draft that stands, else the published one. */
export const SCORECARD_VERSION_MACHINE: Machine<ScorecardVersionRow["state"], ScorecardVersionVerb, Role> = {
  entity: "ScorecardVersion",
  arrows: [
    { from: ["PUBLISHED"], verb: "draftScorecardVersion", to: null, who: WRITERS },
    { from: ["PUBLISHED"], verb: "reviseScorecard", to: "ARCHIVED", who: WRITERS },
    { from: ["DRAFT"], verb: "changeScorecardVersion", to: null, who: WRITERS },
    { from: ["DRAFT"], verb: "publishScorecardVersion", to: "PUBLISHED", who: WRITERS },
    { from: ["DRAFT", "PUBLISHED"], verb: "archiveScorecardVersion", to: "ARCHIVED", who: WRITERS },
  ],
};

/** What an audit is made with: its version's criteria in their order, and every error code of the scorecard, retired ones too. */
export interface ScorecardContent {
  state: ScorecardVersionRow["state"];
  criteria: Omit<CriterionRow, "name" | "section" | "position" | "scorecardId" | "scorecardVersionId">[];
  errorCodes: (Pick<ErrorCodeRow, "id" | "code" | "severity" | "isLeaf"> & { isRetired: boolean })[];
}

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
  failsOn?: readonly ErrorType[] | null;
}

/** A criterion that can be scored. */
export type CheckedCriterion = Omit<CriterionRow, "id" | "scorecardId" | "scorecardVersionId" | "position">;

type ErrorType = (typeof ERROR_TYPES)[number];

const MOST = 100;
// A platform's failure says nothing of the labeler's choice.
const FAILS_ON = ERROR_TYPES.filter((type) => type !== "TECHNICAL");

// Whoever answers a DECISION criterion is the system, once the truth is known: it can't be asked before, nor answered as not applicable.
function checkKind({ kind, failsOn, isBlindSafe, isNaAllowed }: NewCriterion, at: (field: string) => string[]): ErrorType[] {
  const isOfDecision = kind === "DECISION";
  const no = (field: string, why: string) => new InvalidInput(`${field}: ${why}`, at(field));
  if (isOfDecision && isBlindSafe) throw no("isBlindSafe", "true is for PROCESS; a DECISION criterion is filled once the truth is known.");
  if (isOfDecision && isNaAllowed) throw no("isNaAllowed", "true is for PROCESS; a DECISION criterion is filled by the system alone.");
  if (!isOfDecision && failsOn?.length) throw no("failsOn", `${failsOn.join(", ")} is for DECISION; auditors answer a PROCESS criterion.`);
  if (isOfDecision && failsOn?.length === 0) throw no("failsOn", `is empty; name one of ${ERROR_TYPES.join(", ")}, or leave it out.`);
  return isOfDecision ? ERROR_TYPES.filter((type) => (failsOn ?? FAILS_ON).includes(type)) : [];
}

/** Refuses criteria that can't be scored: none or over 100, all bonuses, a code twice, a weight not above 0, or one against its kind. */
export function checkCriteria(criteria: readonly NewCriterion[]): CheckedCriterion[] {
  if (criteria.length < 1 || criteria.length > MOST) {
    throw new InvalidInput(`criteria: ${criteria.length} given; a scorecard has 1 to ${MOST}.`, ["criteria"]);
  }
  const seen = new Set<string>();
  const checked = criteria.map((criterion, index) => {
    const at = (field: string) => ["criteria", String(index), field];
    const code = checkCode(criterion.code, at("code"));
    if (seen.has(code)) throw new InvalidInput(`code: "${code}" names two criteria; each has a code of its own.`, at("code"));
    seen.add(code);
    if (!(criterion.weight > 0)) throw new InvalidInput(`weight: ${criterion.weight} must be above 0.`, at("weight"));
    const section = criterion.section == null ? null : checkName(criterion.section, at("section"));
    return { ...criterion, code, name: checkName(criterion.name, at("name")), section, failsOn: checkKind(criterion, at) };
  });
  if (checked.every(({ isBonus }) => isBonus)) throw new InvalidInput("criteria: all are bonuses; at least one must not be.", ["criteria"]);
  return checked;
}

/** How many error codes one call may bring. */
export const MOST_CODES = 500;

/** One error code as an input names it. */
export interface NewErrorCode {
  code: string;
  name: string;
  parentCode?: string | null;
  severity: ErrorCodeRow["severity"];
}

/** An error code that is there already, with its parent's code. */
export type PresentCode = Pick<ErrorCodeRow, "id" | "code" | "name" | "severity"> & { parentCode: string | null; isRetired: boolean };

/** What a row of error codes comes to. */
export type CodePlan = { outcome: "CREATED" } | { outcome: "UNCHANGED"; id: string } | { outcome: "REFUSED"; refusal: FieldRefusal };

function refuse(code: FieldRefusal["code"], field: keyof NewErrorCode, row: NewErrorCode, message: string): CodePlan {
  return { outcome: "REFUSED", refusal: { field, value: showValue(row[field]), code, message } };
}

function checkWords(row: NewErrorCode): CodePlan | null {
  try {
    checkCode(row.code);
    checkName(row.name);
    return null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refuse(error.code, error.path[0] as "code" | "name", row, error.message);
  }
}

function compare(row: NewErrorCode, present: PresentCode): CodePlan {
  const isSame = present.name === row.name.trim() && present.severity === row.severity && present.parentCode === (row.parentCode ?? null);
  if (isSame && !present.isRetired) return { outcome: "UNCHANGED", id: present.id };
  const why = present.isRetired ? "is retired; take another." : "is there already, with another name, severity or parent.";
  return refuse("CONFLICT", "code", row, why);
}

/**
 * What each row comes to beside the codes that are there: all that any row names as its code or its parent's. Rows may stand in any order;
 * a refused one takes those below it along, so every code that is created hangs on the top or on a code in use, and none below itself.
 */
export function planErrorCodes(rows: readonly NewErrorCode[], present: readonly PresentCode[]): CodePlan[] {
  const presentByCode = new Map(present.map((each) => [each.code, each]));
  const firstRow = new Map([...rows.entries()].reverse().map(([index, { code }]) => [code, index]));
  const plans = new Map<number, CodePlan>();
  const decide = (index: number, below: ReadonlySet<number>): CodePlan => {
    const row = rows[index]!;
    const wrong = checkWords(row);
    if (wrong) return wrong;
    const first = firstRow.get(row.code)!;
    if (first < index) return refuse("CONFLICT", "code", row, `stands in row ${first} already.`);
    const same = presentByCode.get(row.code);
    if (same) return compare(row, same);
    if (row.parentCode == null) return { outcome: "CREATED" };
    const parent = presentByCode.get(row.parentCode);
    if (parent?.isRetired) return refuse("CONFLICT", "parentCode", row, "is retired; nothing new stands below it.");
    if (parent) return { outcome: "CREATED" };
    const parentRow = firstRow.get(row.parentCode);
    if (parentRow === undefined) return refuse("NOT_FOUND", "parentCode", row, "the scorecard has no such error code, nor do the rows.");
    if (below.has(parentRow)) return refuse("INVALID_INPUT", "parentCode", row, "stands below this code itself.");
    const isRefused = planOf(parentRow, below).outcome === "REFUSED";
    return isRefused ? refuse("CONFLICT", "parentCode", row, `was refused in row ${parentRow}.`) : { outcome: "CREATED" };
  };
  const planOf = (index: number, below: ReadonlySet<number>): CodePlan => {
    const plan = plans.get(index) ?? decide(index, new Set([...below, index]));
    plans.set(index, plan);
    return plan;
  };
  return rows.map((_, index) => planOf(index, new Set()));
}
