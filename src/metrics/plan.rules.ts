import { InvalidInput } from "../core/errors.ts";
import type { Role } from "../core/viewer.ts";
import type { AuditReading, Dimension, Period, Reach } from "../measures/reach.table.ts";

/**
 * What published audits are read from. ROLLUP: sums by day, market, vendor, run and stratum, and by queue and policy where these are kept.
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

/** What is read of one project. */
export interface Step {
  projectId: string;
  path: Path;
  /** Cells by queue and policy too, of a ROLLUP. */
  isByQueue: boolean;
}

const HEADLINE: readonly (Dimension | keyof Reach)[] = [
  "PROJECT", "MARKET", "VENDOR", "LAYER", "PURPOSE", "DAY", "WEEK", "MONTH", "projectIds", "markets", "vendorIds",
];
const BY_QUEUE: readonly (Dimension | keyof Reach)[] = ["QUEUE", "POLICY", "HARM_CATEGORY", "queueIds", "policyIds"];

/** What is read for a need, project by project: the shortest that has all of the answer, to the last commit. */
export function planOf(grounds: readonly Ground[], need: Need): Step[] {
  const { dimensions, reach, reading, period, seesWhole, shortest = "ROLLUP" } = need;
  const named = [...dimensions, ...(Object.keys(reach) as (keyof Reach)[]).filter((name) => reach[name] !== undefined)];
  const beyond = named.filter((name) => !HEADLINE.includes(name));
  const isKept = shortest !== "DIRECT" && reading.score === "CURRENT" && reading.asOf === null;
  const isCelled = shortest === "ROLLUP" && seesWhole && reading.timeAxis === "DECIDED_AT" && beyond.every((name) => BY_QUEUE.includes(name));
  const isByQueue = beyond.length > 0;
  return grounds.map(({ projectId, isReady, timeZone, hasQueuePolicy }) => {
    if (!isKept || !isReady) return { projectId, path: "DIRECT", isByQueue: false };
    if (!isCelled || timeZone !== period.timeZone || (isByQueue && !hasQueuePolicy)) return { projectId, path: "FACTS", isByQueue: false };
    return { projectId, path: "ROLLUP", isByQueue };
  });
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
