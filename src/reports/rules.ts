import { createHash } from "node:crypto";
import { InvalidInput } from "../core/errors.ts";
import { encodeId } from "../core/ids.ts";
import type { Day } from "../core/time.ts";
import { SYSTEM_VIEWER, type Viewer } from "../core/viewer.ts";
import type { Condition, Ordering } from "../measures/answers.rules.ts";
import type { Minima } from "../measures/estimates.rules.ts";
import { definitionOf, type Measure } from "../measures/measures.rules.ts";
import type { Dimension } from "../reach/table.ts";
import { type AskedFilter, type AskedRange, type AuditChoice, checkAccess, decodeFilter } from "../metrics/query.rules.ts";
import type { PeriodKind } from "../periods/rules.ts";
import { DEFAULT_SETTINGS } from "../projects/rules.ts";
import { PERIOD_KINDS } from "../projects/table.ts";
import type { Basis } from "../stats/estimation.ts";
import type { TargetStatus } from "../targets/rules.ts";

/** What a report asks: the arguments of `metrics` but period and page, as a client gives them. Ids are opaque. */
export interface ReportQuery extends AuditChoice {
  measures: readonly Measure[];
  groupBy: readonly Dimension[];
  filter?: AskedFilter | null;
  includeProcessErrors: boolean;
  basis: Basis;
  having: readonly (Condition & { targetStatuses?: readonly TargetStatus[] | null })[];
  orderBy: readonly Ordering[];
  /** The period before, if anything. */
  compareTo?: { previous?: boolean | null; range?: AskedRange | null; target?: boolean | null } | null;
}

/** The days that a report is of, and how their weeks are cut. */
export interface ReportRange {
  from: Day;
  to: Day;
  timeZone: string;
  weekStart: number;
}

/** All that a report's figures follow from, beside the rows themselves. */
export interface FrozenQuery extends ReportQuery {
  /** Opaque id. */
  project: string;
  range: ReportRange;
  /** Null for now. */
  asOf: string | null;
  /** Those of the project at the closing; absent in what was frozen before projects had any of their own. */
  minima?: Minima;
}

/** What a project's figures take at the least, of its settings. */
export function minimaOf({ minCoverageRate, labelerMinAudits }: Minima): Minima {
  return { minCoverageRate, labelerMinAudits };
}

/** A page holds so many rows; a report keeps one. */
export const MOST_ROWS = 10_000;

/** The question as the metric engine takes it. */
export function metricsQuery({ project, range, asOf, filter, timeAxis, layer, purposes, score, minima = minimaOf(DEFAULT_SETTINGS), ...rest }: FrozenQuery) {
  const choice = { timeAxis, layer, purposes, score };
  const page = { totals: true, first: MOST_ROWS, after: null };
  return { ...rest, ...page, minima, projects: [project], range, asOf: asOf === null ? null : new Date(asOf), filter: decodeFilter(filter, ["query", "filter"]), choice };
}

/** As whom a report is computed: past row security, but limited to one vendor's rows as its managers are, if it is of one. */
export function readerOf(vendorId: string | null): Viewer {
  return vendorId === null ? SYSTEM_VIEWER : { ...SYSTEM_VIEWER, role: "VENDOR_MANAGER", vendorId };
}

/**
 * Refuses what can't be computed again as of a time: FINAL, since no state tells what an audit's was then; how figures stand to targets, which
 * may be set for days past; agreement; and clocks and escalations, whose due times, severity, vendor and visibility are kept as they are now.
 */
export function checkRepeatable({ score, measures, having, compareTo }: ReportQuery): void {
  if (score === "FINAL") {
    const why = "which audits were final at the closing can't be told later; take CURRENT or AS_AUDITED.";
    throw new InvalidInput(`score: FINAL can't be frozen, since ${why}`, ["query", "score"]);
  }
  const index = having.findIndex(({ targetStatuses }) => targetStatuses != null);
  if (index >= 0) {
    const why = "targets may be set later for these days; take gte or lte.";
    throw new InvalidInput(`having[${index}].targetStatuses: can't be frozen, since ${why}`, ["query", "having", String(index), "targetStatuses"]);
  }
  const against = (["range", "target"] as const).find((name) => compareTo?.[name]);
  if (against) {
    const path = ["query", "compareTo", against];
    throw new InvalidInput(`compareTo.${against}: can't be frozen, since targets and calendars may be set later for days past; take previous.`, path);
  }
  const agreed = measures.find((measure) => definitionOf(measure).source === "AGREEMENT");
  if (agreed) throw new InvalidInput(`measures: ${agreed} can't be frozen by a report; calibrations freeze their own agreement.`, ["query", "measures"]);
  const moving = measures.find((measure) => ["CLOCKS", "ESCALATIONS"].includes(definitionOf(measure).source));
  if (moving) throw new InvalidInput(`measures: ${moving} can't be frozen, since what it is of changes and isn't kept as of a time; ask metrics for it.`, ["query", "measures"]);
}

/** One or both kinds of period, each once. */
export function checkKinds(kinds: readonly PeriodKind[]): PeriodKind[] {
  const distinct = PERIOD_KINDS.filter((kind) => kinds.includes(kind));
  if (distinct.length === kinds.length && kinds.length > 0) return distinct;
  throw new InvalidInput("kinds: name WEEK, MONTH or both, each once.", ["kinds"]);
}

/** Cuts that name people or places below a vendor. */
const BELOW_VENDOR: readonly string[] = ["LABELER", "TEAM", "SITE"];

/**
 * True if the viewer may see these frozen figures: what they may ask `metrics` for. Partners who see one team alone see none that are cut
 * below their vendor.
 */
export function seesFigures(viewer: Viewer, query: ReportQuery): boolean {
  try {
    checkAccess(viewer, query.measures, query.groupBy, decodeFilter(query.filter, ["query", "filter"]), query);
    return viewer.teamId === null || !query.groupBy.some((dimension) => BELOW_VENDOR.includes(dimension));
  } catch {
    return false;
  }
}

/** True for staff, who see how a report asks: its filter may name other vendors. */
export function seesQuery({ role }: Viewer): boolean {
  return ["ADMIN", "QA_LEAD", "POLICY_MANAGER", "AUDITOR", "ANALYST"].includes(role);
}

/** JSON with sorted keys and without spaces, numbers as JavaScript prints them: equal values are equal bytes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    const isObject = typeof inner === "object" && inner !== null && !Array.isArray(inner);
    return isObject ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1))) : inner;
  });
}

/** SHA-256 of a text's UTF-8 bytes. */
export function hashOf(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}

/** The types of the objects that dimensions' values name; others' values say it themselves. */
export const DIMENSION_TYPES = {
  PROJECT: "Project", QUEUE: "Queue", VENDOR: "Vendor", SITE: "Site", TEAM: "Team", LABELER: "Labeler", AUDITOR: "Principal", APPELLANT: "Principal", POLICY: "Policy",
  TRUTH_POLICY: "Policy", POLICY_VERSION: "PolicyVersion", ERROR_CODE: "ErrorCode", CRITERION: "Criterion",
} as const;

/** The opaque id of a dimension's value; null where it names no object. */
export function objectIdOf(dimension: string, value: string): string | null {
  const type = DIMENSION_TYPES[dimension as keyof typeof DIMENSION_TYPES];
  if (!type) return null;
  const [first, second] = value.split(":") as [string, string?];
  return encodeId(type, second ? { projectId: first, id: second } : { projectId: null, id: first });
}
