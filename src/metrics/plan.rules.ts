import { InvalidInput } from "../core/errors.ts";
import type { Role } from "../core/viewer.ts";
import { definitionOf, type Measure } from "../measures/measures.rules.ts";
import type { AuditReading, Dimension, Period, Reach } from "../reach/table.ts";
import type { Grain } from "../rollups/table.ts";

/**
 * What published audits are read from. ROLLUP: sums by day, market, run and stratum, by vendor too, and by queue and policy where these are kept.
 * FACTS: one row an audit. Both with all that has changed since they were folded. DIRECT: the audits and verdicts themselves.
 */
export const PATHS = ["ROLLUP", "FACTS", "DIRECT"] as const;
export type Path = (typeof PATHS)[number];

/** How a project's audits are kept, as of the moment of reading. */
export interface Ground {
  projectId: string;
  timeZone: string;
  /** Its facts are folded, and their days are of its zone. */
  isReady: boolean;
  hasQueuePolicy: boolean;
  /** How many audits it has; null where that isn't known yet. */
  facts: number | null;
  /** Audits that have changed since they were folded, or may have. */
  touched: readonly string[];
}

/** What of the audits is asked, and by whom. */
export interface Need {
  dimensions: readonly Dimension[];
  reach: Reach;
  reading: AuditReading;
  period: Period;
  /** The viewer sees all of a vendor's audits or none, and is blind to no decision. */
  seesWhole: boolean;
  /** The shortest path that may be taken; any if absent. */
  shortest?: Path;
}

/** What is read of one project; of a ROLLUP, which cells. */
export interface Step {
  projectId: string;
  path: Path;
  grain?: Grain;
}

type Named = Dimension | keyof Reach;
const IN_EVERY_CELL: readonly Named[] = ["PROJECT", "MARKET", "LAYER", "PURPOSE", "DAY", "WEEK", "MONTH", "projectIds", "markets"];
const BY_VENDOR: readonly Named[] = ["VENDOR", "vendorIds"];
const BY_QUEUE: readonly Named[] = ["QUEUE", "POLICY", "HARM_CATEGORY", "queueIds", "policyIds"];

// The cells with the fewest parts that still tell apart what is named; null if none do.
function grainOf(named: readonly Named[]): Grain | null {
  const beyond = named.filter((name) => !IN_EVERY_CELL.includes(name));
  if (beyond.length === 0) return "MARKET";
  if (beyond.every((name) => BY_VENDOR.includes(name))) return "HEADLINE";
  return beyond.every((name) => [...BY_VENDOR, ...BY_QUEUE].includes(name)) ? "QUEUE_POLICY" : null;
}

/** What is read for a need, project by project: the shortest that has all of the answer, to the last commit. */
export function planOf(grounds: readonly Ground[], need: Need): Step[] {
  const { dimensions, reach, reading, period, seesWhole, shortest = "ROLLUP" } = need;
  const named = [...dimensions, ...(Object.keys(reach) as (keyof Reach)[]).filter((name) => reach[name] !== undefined)];
  const isKept = shortest !== "DIRECT" && reading.score === "CURRENT" && reading.asOf === null;
  const grain = shortest === "ROLLUP" && seesWhole && reading.timeAxis === "DECIDED_AT" ? grainOf(named) : null;
  return grounds.map(({ projectId, isReady, timeZone, hasQueuePolicy }) => {
    if (!isKept || !isReady) return { projectId, path: "DIRECT" };
    if (!grain || timeZone !== period.timeZone || (grain === "QUEUE_POLICY" && !hasQueuePolicy)) return { projectId, path: "FACTS" };
    return { projectId, path: "ROLLUP", grain };
  });
}

/** Refuses as of a time what is kept as it is now alone: clocks, whose due times their pauses move, and how grave escalations are. */
export function checkAsOf(asOf: Date | null, measures: readonly Measure[], groupBy: readonly Dimension[]): void {
  if (asOf === null) return;
  const ofClocks = measures.find((measure) => definitionOf(measure).source === "CLOCKS");
  const name = ofClocks ?? groupBy.find((dimension) => dimension === "ESCALATION_SEVERITY");
  if (name) throw new InvalidInput(`asOf: ${name} is kept as it is now alone; leave asOf out, or ask for the rest in a query of its own.`, ["asOf"]);
}

// What is surely read before the deadline; analysts have a later one, and connections of their own.
const MOST_ROWS = 3_500_000;
const MOST_ROWS_OF_ANALYSTS = 15_000_000;
// Of an audit itself its verdicts and findings are looked up, of a fact nothing.
const FACTS_PER_AUDIT = 5;

/** How many rows one figure may read; of audits by the path. */
export function mostRows(role: Role, path: Path | null): number {
  return Math.floor((role === "ANALYST" ? MOST_ROWS_OF_ANALYSTS : MOST_ROWS) / (path === "DIRECT" ? FACTS_PER_AUDIT : 1));
}

/** The path whose rows have to be estimated, since these projects may have too many of them; null if they can't. */
export function pathToEstimate(plan: readonly Step[], grounds: readonly Ground[], role: Role): Path | null {
  const steps = plan.filter(({ path }) => path !== "ROLLUP");
  const path = steps.some((step) => step.path === "DIRECT") ? "DIRECT" : "FACTS";
  const sizes = steps.map(({ projectId }) => grounds.find((ground) => ground.projectId === projectId)!.facts ?? Infinity);
  return sizes.reduce((sum, size) => sum + size, 0) > mostRows(role, path) ? path : null;
}

const READS_LESS: Record<Path, string> = {
  ROLLUP: "",
  FACTS: ", or group and filter by no more than project, market, vendor, layer, purpose and the days, weeks or months of the project's time zone",
  DIRECT: ", or leave out asOf and ask for score CURRENT: that is kept ready",
};
const show = (count: number) => Math.round(count).toLocaleString("en");

/** Refuses to read more rows than a figure may, of audits by this path, and says what reads less. */
export function checkRows(rows: number, path: Path | null, role: Role): void {
  const most = mostRows(role, path);
  if (rows <= most) return;
  const advice = `ask for a shorter range, filter by fewer queues, markets or labelers, ask project by project${path ? READS_LESS[path] : ""}`;
  throw new InvalidInput(`range: about ${show(rows)} rows would be read, and ${show(most)} are the most; ${advice}.`, ["range"]);
}
