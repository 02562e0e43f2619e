import { InvalidInput } from "../core/errors.ts";
import { LIMITS } from "../measures/definitions.rules.ts";
import { definitionOf, type Measure } from "../measures/measures.rules.ts";
import type { EscalationRuleRow } from "../escalations/table.ts";

export type Trigger = EscalationRuleRow["trigger"];

export const COUNTED_BY = ["LABELER", "TEAM"] as const;
export const WATCHED_BY = ["PROJECT", "QUEUE", "MARKET", "VENDOR"] as const;

/** What a rule goes by; which of it a trigger takes, and the values where none is given, stand in `TAKES`. */
export interface Parameters {
  /** The figure that is watched. */
  measure?: Measure;
  /** Groups that are watched each by itself. */
  watchedBy?: (typeof WATCHED_BY)[number];
  /** What the whole interval must miss; null: the quality target that holds there. */
  threshold?: number | null;
  /** Cases that a figure needs. */
  nMin?: number;
  /** Days that are looked at, with today. */
  days?: number;
  /** How many of a kind. */
  count?: number;
  countedBy?: (typeof COUNTED_BY)[number];
  /** Share of a clock's open time. */
  percent?: number;
  /** Days after the end of an escalation in which the same signal opens none. */
  quietDays?: number;
}

type Name = keyof Parameters;

const WATCHING = { watchedBy: "QUEUE", nMin: 30, days: 7, quietDays: 7 } as const satisfies Parameters;

/** What each trigger takes, with its defaults (domain.md section 9). One that isn't here can't be a rule's. */
export const TAKES: Readonly<Partial<Record<Trigger, Parameters>>> = {
  METRIC_OFF_TARGET: { ...WATCHING, measure: "ACCURACY", threshold: null },
  SPC_SIGNAL: { ...WATCHING, days: 28 },
  CRITICAL_ERROR: { quietDays: 0 },
  REPEAT_ERROR: { count: 5, countedBy: "LABELER", days: 14, quietDays: 7 },
  LOT_REJECTED: { quietDays: 0 },
  OVERTURN_SPIKE: { ...WATCHING, watchedBy: "VENDOR", threshold: 0.2, nMin: 10, days: 14 },
  AGREEMENT_LOW: { ...WATCHING, watchedBy: "PROJECT", measure: "KRIPPENDORFF_ALPHA", threshold: 0.667, days: 28 },
  GOLDEN_STREAK: { count: 3, days: 28, quietDays: 7 },
  SLA_FORECAST: { percent: 75, quietDays: 1 },
  SLA_BREACH: { quietDays: 1 },
  POLICY_CHANGE_JUMP: { nMin: 30, days: 14, quietDays: 14 },
};

const RANGES: Partial<Record<Name, readonly [least: number, most: number]>> = {
  nMin: [1, 1_000_000], days: [1, 92], count: [2, 1_000], percent: [50, 90], quietDays: [0, 365],
};
const PERCENTS = [50, 75, 90];

function refuse(name: Name, why: string): never {
  throw new InvalidInput(`${name}: ${why}`, ["parameters", name]);
}

function checkMeasure(trigger: Trigger, measure: Measure): void {
  const { source, interval, direction } = definitionOf(measure);
  const isAgreement = source === "AGREEMENT";
  if (trigger === "AGREEMENT_LOW" && !isAgreement) refuse("measure", `${measure} is no measure of agreement, such as KRIPPENDORFF_ALPHA.`);
  if (trigger === "METRIC_OFF_TARGET" && (isAgreement || interval === "NONE" || direction === "NEUTRAL")) {
    refuse("measure", `${measure} can't be watched: it needs an interval and a better direction; AGREEMENT_LOW watches agreement.`);
  }
}

// Lots and clocks are of no policy, and what is chosen alike can't be told from choices of one policy alone.
const OF_NO_POLICY: readonly Trigger[] = ["LOT_REJECTED", "SLA_FORECAST", "SLA_BREACH", "AGREEMENT_LOW"];

/** Refuses to look at one policy where nothing that the trigger sees is of one. */
export function checkPolicyScope(trigger: Trigger, policyId: string | null): void {
  if (policyId === null || !OF_NO_POLICY.includes(trigger)) return;
  throw new InvalidInput(`policyId: what ${trigger} sees is of no one policy; leave it out, and narrow by queueIds, market or vendorId.`, ["policyId"]);
}

/** The parameters of a rule, with the defaults of its trigger; refuses what the trigger doesn't take, and values out of range. */
export function readParameters(trigger: Trigger, given: Readonly<Record<string, unknown>>): Parameters {
  const defaults = TAKES[trigger];
  if (!defaults) throw new InvalidInput(`trigger: ${trigger} is raised by no rule.`, ["trigger"]);
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value != null)) as Parameters;
  for (const name of Object.keys(known) as Name[]) {
    if (!(name in defaults)) refuse(name, `${trigger} takes none; it takes ${Object.keys(defaults).join(", ")}.`);
    const [least, most] = RANGES[name] ?? [];
    const value = known[name];
    if (least !== undefined && !(Number(value) >= least && Number(value) <= most!)) refuse(name, `${String(value)} must be ${least} to ${most}.`);
  }
  const all = { ...defaults, ...known };
  if (all.percent !== undefined && !PERCENTS.includes(all.percent)) refuse("percent", `${all.percent} must be one of ${PERCENTS.join(", ")}.`);
  if (all.measure) checkMeasure(trigger, all.measure);
  if (all.threshold != null) {
    const { low, high } = all.measure ? LIMITS[definitionOf(all.measure).unit] : { low: 0, high: 1 };
    if (all.threshold < low || all.threshold > high) refuse("threshold", `${all.threshold} must be ${low} to ${high}.`);
  }
  return all;
}
