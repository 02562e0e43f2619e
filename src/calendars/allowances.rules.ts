import { addBusinessDays, addOpenMs, type Calendar, defaultCalendar } from "../core/business.ts";
import { InvalidInput } from "../core/errors.ts";
import { type Allowance, type AllowanceName, ALLOWANCES } from "./table.ts";

/** What a project has set of its own. */
export type Allowances = Partial<Record<AllowanceName, Allowance>>;

const minutes = (amount: number): Allowance => ({ unit: "OPEN_MINUTES", amount });
const hours = (amount: number): Allowance => minutes(amount * 60);
const days = (amount: number): Allowance => ({ unit: "BUSINESS_DAYS", amount });
// Days of clocks that run around the clock.
const wholeDays = (amount: number): Allowance => hours(amount * 24);

/** How long things may take where a project has set nothing else (`domain.md` section 8). */
export const DEFAULT_ALLOWANCES: Readonly<Record<AllowanceName, Allowance>> = {
  APPEAL_FILING: hours(48),
  APPEAL_L1: hours(24),
  APPEAL_L2: hours(48),
  APPEAL_L3: days(5),
  APPEAL_REPLY: hours(24),
  APPEAL_REAPPEAL: hours(24),
  POLICY_QUESTION: days(2),
  AUDIT_DUE: days(2),
  DOUBLE_AUDIT_DUE: days(2),
  ESCALATION_ACK_SEV1: minutes(30),
  ESCALATION_ACK_SEV2: hours(4),
  ESCALATION_ACK_SEV3: days(1),
  ESCALATION_ACK_SEV4: days(2),
  ESCALATION_CONTAIN_SEV1: hours(4),
  ESCALATION_CONTAIN_SEV2: hours(24),
  ESCALATION_CONTAIN_SEV3: days(3),
  ESCALATION_RCA_SEV1: hours(24),
  ESCALATION_RCA_SEV2: wholeDays(3),
  ESCALATION_RCA_SEV3: days(5),
  ESCALATION_RCA_SEV4: days(10),
  ESCALATION_ACTIONS_SEV1: wholeDays(3),
  ESCALATION_ACTIONS_SEV2: wholeDays(10),
  ESCALATION_ACTIONS_SEV3: days(20),
  ESCALATION_ACTIONS_SEV4: days(30),
  ESCALATION_PARTNER_SEV1: hours(8),
  ESCALATION_PARTNER_SEV2: hours(24),
  ESCALATION_PARTNER_SEV3: days(3),
  ESCALATION_PARTNER_SEV4: days(5),
};

/** How long something may take in a project; null for what has no time of its own, such as containing SEV4. */
export function allowanceOf(own: Allowances, name: string): Allowance | null {
  const known = ALLOWANCES.find((each) => each === name);
  return known ? (own[known] ?? DEFAULT_ALLOWANCES[known]) : null;
}

/** An allowance as callers give and read it. */
export interface NamedAllowance extends Allowance {
  clock: AllowanceName;
}

/** How long everything may take in a project, in the order of `ALLOWANCES`, and where that is the default. */
export function effectiveAllowances(own: Allowances): (NamedAllowance & { isDefault: boolean })[] {
  return ALLOWANCES.map((clock) => ({ clock, ...(own[clock] ?? DEFAULT_ALLOWANCES[clock]), isDefault: own[clock] === undefined }));
}

/** When what starts then is due. */
export function dueAfter(startedAt: Date, { unit, amount }: Allowance, calendar: Calendar): Date {
  return unit === "OPEN_MINUTES" ? addOpenMs(startedAt, amount * 60_000, calendar) : addBusinessDays(startedAt, amount, calendar);
}

/** The same in a project that has set nothing else, at a place of that zone without a calendar. */
export function dueByDefault(name: AllowanceName, startedAt: Date, timeZone: string): Date {
  return dueAfter(startedAt, DEFAULT_ALLOWANCES[name], defaultCalendar(timeZone));
}

const MOST = { OPEN_MINUTES: 525_600, BUSINESS_DAYS: 250 } as const;

/** Refuses an allowance that is not 1 minute to a year of open time, or 1 to 250 business days; and what is named twice. */
export function checkAllowances(given: readonly NamedAllowance[]): Allowances {
  const allowances: Allowances = {};
  for (const [index, { clock, unit, amount }] of given.entries()) {
    const path = ["settings", "clockAllowances", String(index)];
    if (allowances[clock]) throw new InvalidInput(`clockAllowances: ${clock} stands there twice.`, path);
    if (amount < 1 || amount > MOST[unit]) throw new InvalidInput(`amount: ${amount} must be 1 to ${MOST[unit]} where the unit is ${unit}.`, [...path, "amount"]);
    allowances[clock] = { unit, amount };
  }
  return allowances;
}
