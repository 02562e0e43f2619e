import { checkAllowances, type NamedAllowance } from "../calendars/allowances.rules.ts";
import { InvalidInput } from "../core/errors.ts";
import { MIN_COVERAGE } from "../stats/estimation.ts";
import { PERIOD_KINDS, type ProjectSettings, RECURRENCE_DAYS } from "./table.ts";

/** What a project does where it has no setting of its own. */
export const DEFAULT_SETTINGS: Readonly<ProjectSettings> = {
  publication: "DELAYED",
  publishDelayMinutes: 30,
  leaseMinutes: 60,
  weekStartsOn: "MONDAY",
  goldenMaxExposures: 500,
  periodKinds: [...PERIOD_KINDS],
  closeAfterBusinessDays: 3,
  appealTiers: ["L1", "L2", "L3"],
  hasTeamIndependence: false,
  minCoverageRate: MIN_COVERAGE,
  labelerMinAudits: 30,
  recurrenceDays: RECURRENCE_DAYS,
  clockAllowances: {},
};

/** Settings to store: null returns to the default, absent ones stay. */
export type SettingsChange = { [Name in keyof ProjectSettings]?: ProjectSettings[Name] | null };

/** Settings as callers give them. */
export type GivenSettings = Omit<SettingsChange, "clockAllowances"> & { clockAllowances?: readonly NamedAllowance[] | null };

/** The settings a project works by: its own, and defaults for the rest. */
export function effectiveSettings(stored: Partial<ProjectSettings>): ProjectSettings {
  return { ...DEFAULT_SETTINGS, ...stored };
}

const RANGES = {
  publishDelayMinutes: [0, 10_080],
  leaseMinutes: [1, 1_440],
  goldenMaxExposures: [1, 1_000_000],
  closeAfterBusinessDays: [1, 60],
  minCoverageRate: [0.5, 1],
  labelerMinAudits: [1, 1_000],
  recurrenceDays: [1, 730],
} as const;

/**
 * Refuses settings out of range: publication within a week, leases from a minute to a day, golden items for 1 to 1,000,000 decisions, periods
 * open for 1 to 60 business days after their end, figures of frames of which less than half is covered, labelers covered by 1 to 1,000 audits,
 * recurrence within two years, a kind of period named twice, and tiers that no client's appeal would get a ruling from.
 */
export function checkSettings({ clockAllowances, ...change }: GivenSettings): SettingsChange {
  for (const [name, [least, most]] of Object.entries(RANGES) as [keyof typeof RANGES, readonly [number, number]][]) {
    const value = change[name];
    if (value == null || (value >= least && value <= most)) continue;
    throw new InvalidInput(`${name}: ${value} must be ${least} to ${most}.`, ["settings", name]);
  }
  const kinds = change.periodKinds ?? [];
  const repeated = kinds.find((kind, place) => kinds.indexOf(kind) !== place);
  if (repeated) throw new InvalidInput(`periodKinds: ${repeated} stands there twice.`, ["settings", "periodKinds"]);
  if (change.appealTiers) checkTiers(change.appealTiers);
  if (clockAllowances === undefined) return change;
  return { ...change, clockAllowances: clockAllowances && checkAllowances(clockAllowances) };
}

// The first tier is the vendor's, which rules on its own layer alone.
function checkTiers(tiers: ProjectSettings["appealTiers"]): void {
  const path = ["settings", "appealTiers"];
  const isInOrder = tiers.every((tier, place) => place === 0 || tiers[place - 1]! < tier);
  if (!isInOrder) throw new InvalidInput(`appealTiers: ${tiers.join(", ")} must be in order, each once.`, path);
  if (!tiers.some((tier) => tier !== "L1")) throw new InvalidInput("appealTiers: L2 or L3 must be among them; L1 rules on the vendor's own layer alone.", path);
}

/** Refuses a processing target that is not at least a minute. */
export function checkSlaMinutes(minutes: number | null | undefined): void {
  if (minutes == null || minutes >= 1) return;
  throw new InvalidInput(`slaMinutes: ${minutes} must be 1 or more, or null for no target.`, ["slaMinutes"]);
}
