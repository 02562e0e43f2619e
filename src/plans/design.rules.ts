import { InvalidInput } from "../core/errors.ts";
import { showValue } from "../core/fields.ts";
import type { SamplingPlanRow, StratumDimension } from "./table.ts";

/** What decides how a plan draws: its purpose, and all that `changeSamplingPlan` may change beside its frame. */
export type PlanDesign = Pick<
  SamplingPlanRow,
  | "purpose" | "method" | "strataBy" | "allocation" | "rate" | "size" | "halfWidth" | "precisionBy" | "expectedAccuracy" | "minPerStratum"
  | "minPerLabeler" | "capPerLabeler" | "doubleAuditRate" | "schedule" | "windowUnit" | "windowLength" | "seed"
>;

/** How a plan draws where nothing else is said. */
export const PLAIN_DESIGN: Readonly<PlanDesign> = {
  purpose: "RANDOM", method: "SIMPLE_RANDOM", strataBy: [], allocation: "PROPORTIONAL", rate: null, size: null, halfWidth: null,
  precisionBy: [], expectedAccuracy: null, minPerStratum: null, minPerLabeler: null, capPerLabeler: null, doubleAuditRate: 0,
  schedule: null, windowUnit: null, windowLength: null, seed: null,
};

/** The design of a plan, apart from the rest of its row. */
export function designOf(plan: SamplingPlanRow): PlanDesign {
  return Object.fromEntries(Object.keys(PLAIN_DESIGN).map((field) => [field, plan[field as keyof PlanDesign]])) as PlanDesign;
}

const SIZES = ["rate", "size", "halfWidth"] as const;
const SCHEDULE = ["schedule", "windowUnit", "windowLength"] as const;
const SIZED: readonly PlanDesign["purpose"][] = ["RISK", "GOLDEN"];
const MAX_SCHEDULE = 200;
const MAX_WINDOW = 366;
const MAX_SEED = 100;
const FOR_STRATIFIED = "is for method STRATIFIED; give that method, or";
const NEEDS_LABELER = "needs LABELER in strataBy; add it there, or give null";
const COUNTS = ["minPerStratum", "minPerLabeler", "capPerLabeler"] as const;

const isTwice = (each: string, place: number, all: readonly string[]) => all.indexOf(each) < place;
const isInside = (value: number | null, low: number, high: number) => value === null || (value > low && value < high);

type Fault = readonly [field: keyof PlanDesign, isWrong: (design: PlanDesign) => boolean, remedy: string];

// What may be wrong with a field, and the remedy. The first that is wrong is said.
const FAULTS: readonly Fault[] = [
  ["purpose", ({ purpose }) => purpose === "TARGETED", "is no plan's; draw by hand with addTargetedSamples"],
  ["method", ({ purpose, method }) => purpose === "RISK" && method !== "PPS", "doesn't go with purpose RISK; give PPS"],
  ["method", ({ purpose, method }) => purpose !== "RISK" && method === "PPS", "is for purpose RISK; give that, or another method"],
  ["method", ({ purpose, method }) => purpose === "GOLDEN" && method !== "SIMPLE_RANDOM", "is not for purpose GOLDEN; give SIMPLE_RANDOM"],
  ["halfWidth", ({ purpose, halfWidth }) => SIZED.includes(purpose) && halfWidth !== null, "is not for purpose RISK or GOLDEN; give rate or size"],
  ["rate", ({ rate }) => rate !== null && !(rate > 0 && rate <= 1), "must be above 0 and at most 1"],
  ["size", ({ size }) => size !== null && size < 1, "must be 1 or more"],
  ["halfWidth", ({ halfWidth }) => !isInside(halfWidth, 0, 0.5), "must be above 0 and below 0.5, such as 0.03 for 3 points"],
  ["strataBy", ({ strataBy }) => strataBy.some(isTwice), "names a dimension twice; name it once"],
  ["strataBy", ({ method, strataBy }) => method === "STRATIFIED" && strataBy.length === 0, "must name a dimension or more for STRATIFIED"],
  ["strataBy", ({ method, strataBy }) => method !== "STRATIFIED" && strataBy.length > 0, `${FOR_STRATIFIED} an empty list`],
  ["allocation", ({ method, allocation }) => method !== "STRATIFIED" && allocation !== "PROPORTIONAL", `${FOR_STRATIFIED} PROPORTIONAL`],
  ["minPerStratum", ({ method, minPerStratum }) => method !== "STRATIFIED" && minPerStratum !== null, `${FOR_STRATIFIED} null`],
  ["minPerLabeler", ({ strataBy, minPerLabeler }) => minPerLabeler !== null && !strataBy.includes("LABELER"), NEEDS_LABELER],
  ["capPerLabeler", ({ strataBy, capPerLabeler }) => capPerLabeler !== null && !strataBy.includes("LABELER"), NEEDS_LABELER],
  ...COUNTS.map((field): Fault => [field, (design) => (design[field] ?? 1) < 1, "must be 1 or more, or null for none"]),
  ["capPerLabeler", ({ minPerLabeler: min, capPerLabeler: cap }) => (cap ?? Infinity) < (min ?? 1), "must not be below minPerLabeler"],
  ["precisionBy", ({ precisionBy }) => precisionBy.some(isTwice), "names a dimension twice; name it once"],
  ["precisionBy", ({ halfWidth, precisionBy: by }) => halfWidth === null && by.length > 0, "is for a halfWidth; give one, or leave it out"],
  [
    "precisionBy", ({ strataBy, precisionBy }) => !precisionBy.every((each) => strataBy.includes(each)),
    "names what is not in strataBy; add it there, or leave it out",
  ],
  ["expectedAccuracy", ({ expectedAccuracy }) => !isInside(expectedAccuracy, 0, 1), "must be above 0 and below 1, or null"],
  ["doubleAuditRate", ({ doubleAuditRate: rate }) => !(rate >= 0 && rate <= 1), "must be 0 to 1"],
  ["doubleAuditRate", ({ purpose, doubleAuditRate }) => purpose === "GOLDEN" && doubleAuditRate > 0, "is not for purpose GOLDEN; give 0"],
  ["schedule", ({ schedule }) => (schedule ?? "").length > MAX_SCHEDULE, `must have at most ${MAX_SCHEDULE} characters`],
  ["windowLength", ({ windowLength }) => !isInside(windowLength, 0, MAX_WINDOW + 1), `must be 1 to ${MAX_WINDOW}`],
  ["seed", ({ seed }) => seed !== null && !isInside(seed.length, 0, MAX_SEED + 1), `must have 1 to ${MAX_SEED} characters, or be null`],
];

// The first group of fields of which the wrong number is given.
function checkGiven(design: PlanDesign): void {
  const sizes = SIZES.filter((field) => design[field] !== null);
  if (sizes.length !== 1) {
    const given = sizes.map((field) => `${field} ${design[field]}`).join(" and ") || "none";
    throw new InvalidInput(`rate, size, halfWidth: ${given} given; give exactly one of them.`, ["rate"]);
  }
  const missing = SCHEDULE.filter((field) => design[field] === null);
  if (missing.length !== 1 && missing.length !== 2) return;
  throw new InvalidInput(`${missing[0]}: is missing; give schedule, windowUnit and windowLength together, or none of them.`, [missing[0]!]);
}

/** Refuses a design whose parts don't go together, or are out of range, by the first field that is wrong. */
export function checkDesign(design: PlanDesign): void {
  checkGiven(design);
  const fault = FAULTS.find(([, isWrong]) => isWrong(design));
  if (!fault) return;
  const [field, , remedy] = fault;
  const value = design[field];
  throw new InvalidInput(`${field}: ${showValue(Array.isArray(value) ? `[${value.join(", ")}]` : value)} ${remedy}.`, [field]);
}

/** The groups that each get a target precision where none are named: all that strata are made by, but the labelers. */
export function precisionGroups(strataBy: readonly StratumDimension[]): StratumDimension[] {
  return strataBy.filter((dimension) => dimension !== "LABELER");
}

/** What `changeSamplingPlan` may change of a design: absent fields stay, and null takes one away that may be absent. */
export type DesignChange = { [Field in keyof Omit<PlanDesign, "purpose">]?: PlanDesign[Field] | null };

const REMOVABLE = [
  "expectedAccuracy", "seed", ...COUNTS, ...SCHEDULE,
] as const satisfies readonly (keyof DesignChange)[];

/**
 * A design after a change: a rate, size or half-width takes the place of the one there was, a schedule that is taken away takes its window
 * along, and groups of precision follow the strata unless they are named.
 */
export function changeDesign(before: PlanDesign, change: DesignChange): PlanDesign {
  const isSized = SIZES.some((field) => change[field] != null);
  const removed = REMOVABLE.filter((field) => change[field] === null);
  const given = Object.entries(change).filter(([field, value]) => field in before && value != null);
  const after: PlanDesign = {
    ...before,
    ...(isSized ? { rate: null, size: null, halfWidth: null } : {}),
    ...(change.schedule === null ? { windowUnit: null, windowLength: null } : {}),
    ...Object.fromEntries(removed.map((field) => [field, null])),
    ...Object.fromEntries(given),
  };
  if (change.precisionBy != null) return after;
  if (after.halfWidth === null) return { ...after, precisionBy: [] };
  const isNew = before.halfWidth === null || change.strataBy != null;
  return isNew ? { ...after, precisionBy: precisionGroups(after.strataBy) } : after;
}
