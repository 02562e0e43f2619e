import { InvalidInput } from "../core/errors.ts";
import { addUnits, type Day, dayOf, startOfUnit } from "../core/time.ts";
import type { Row } from "../measures/answers.rules.ts";
import type { MetricValue } from "../measures/estimates.rules.ts";
import type { Dimension } from "../reach/table.ts";
import { sizeForPrecision } from "../stats/sizes.ts";

/** Below these a group says too much of single people (domain.md section 7, rule 6). */
export const LEAST_LABELERS = 5;
export const LEAST_AUDITS = 10;
/** With fewer vendors, one could tell from quartiles and one's own value what the other's is. */
export const LEAST_VENDORS = 3;

/** What was found of one vendor. */
export interface VendorFigure {
  vendorId: string;
  /** Null where nothing can be said of it. */
  value: number | null;
  audits: number;
  labelers: number;
}

/** Which vendors a benchmark may be of, or why there is none. */
export type Benchmarked = { values: number[]; reason: null } | { values: null; reason: "NO_DATA" | "SMALL_GROUP" | "TOO_FEW" };

/**
 * The values that quartiles are taken of, from the lowest up. Vendors with too few labelers or audits are left out, since they would be
 * too few people; and where too few vendors are left, there is no benchmark at all, so that nobody's value can be computed back.
 */
export function benchmarkedValues(vendors: readonly VendorFigure[]): Benchmarked {
  const found = vendors.filter(({ value }) => value !== null);
  if (found.length === 0) return { values: null, reason: "NO_DATA" };
  const large = found.filter(({ audits, labelers }) => audits >= LEAST_AUDITS && labelers >= LEAST_LABELERS);
  if (large.length === 0) return { values: null, reason: "SMALL_GROUP" };
  if (large.length < LEAST_VENDORS) return { values: null, reason: "TOO_FEW" };
  return { values: large.map(({ value }) => value!).sort((a, b) => a - b), reason: null };
}

/** Quartiles of vendors, and the viewer's own. */
export interface Benchmark {
  p25: number | null;
  p50: number | null;
  p75: number | null;
  reason: Benchmarked["reason"];
  own: MetricValue | null;
  from: Day;
  to: Day;
  asOf: Date;
}

const MAX_WEEKS = 53;

/** The days of whole weeks that have ended: from the first day, which must begin one, up to and without the last. */
export function wholeWeeks(from: Day, weeks: number, calendar: { timeZone: string; weekStart: number }, now: Date): { from: Day; to: Day } {
  if (weeks < 1 || weeks > MAX_WEEKS) throw new InvalidInput(`weeks: ${weeks} is out of range; ask for 1 to ${MAX_WEEKS}.`, ["weeks"]);
  const start = startOfUnit(from, "WEEK", calendar.weekStart);
  if (start !== from) throw new InvalidInput(`from: ${from} begins no week; the project's week that holds it begins on ${start}.`, ["from"]);
  const to = addUnits(from, "WEEK", weeks);
  if (to <= dayOf(now, calendar.timeZone)) return { from, to };
  throw new InvalidInput(`weeks: the week before ${to} has not ended yet; ask for whole weeks that have.`, ["weeks"]);
}

/** What is known of a group, and how large the population is that it was drawn from (null: unknown). */
export interface KnownGroup {
  value: number;
  n: number;
  halfWidth: number;
  population: number | null;
  /** How many audits of these weights tell as much as one of equal weights: n Σw² / (Σw)² (Kish 1965), 1 or more. */
  designEffect: number;
}

/** How many audits a half-width needs in all, and how many are still to be made. */
export interface Needed {
  needed: number;
  missing: number;
}

/**
 * Audits for a wanted half-width at the accuracy seen (Cochran 1977, 4.1 and 4.4), times the design effect of the weights. A group without an
 * error, or without a right decision, counts by (x + 1) / (n + 2): its own rate would ask for a single audit. Never more than the population;
 * none are missing where the interval is narrow enough already.
 */
export function auditsNeeded({ value, n, halfWidth, population, designEffect }: KnownGroup, wanted: number): Needed {
  const least = 1 / (n + 2);
  const p = Math.min(Math.max(value, least), 1 - least);
  const frameSize = population === null ? undefined : Math.max(n, Math.round(population));
  const size = Math.ceil(Number((sizeForPrecision({ halfWidth: wanted, p, frameSize }) * designEffect).toFixed(9)));
  const needed = Math.min(size, frameSize ?? size);
  return { needed, missing: halfWidth <= wanted ? 0 : Math.max(1, needed - n) };
}

/** What a group needs for the half-width asked for; null where nothing is known of it. */
export interface PlannedGroup {
  row: Row;
  groupBy: readonly Dimension[];
  halfWidth: number | null;
  population: number | null;
  needed: number | null;
  missing: number | null;
}

/** How many more audits groups need. */
export interface PrecisionPlan {
  rows: PlannedGroup[];
  missing: number;
}

/** Refuses a half-width that no interval of a share has. */
export function checkHalfWidth(halfWidth: number): void {
  if (halfWidth > 0 && halfWidth < 0.5) return;
  throw new InvalidInput(`halfWidth: ${halfWidth} must be above 0 and below 0.5, such as 0.02 for 2 points.`, ["halfWidth"]);
}
