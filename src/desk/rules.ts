import { defaultCalendar } from "../core/business.ts";
import { addUnits, dayOf, startOfUnit } from "../core/time.ts";
import type { Measure } from "../measures/measures.rules.ts";
import { type Calendar, closeDueAfter, instantsOf, type PeriodKind, type Span, weekStartOf } from "../periods/rules.ts";
import type { ReportQuery } from "../reports/rules.ts";
import { PROJECTS } from "../story/organisation.rules.ts";
import { DAYS, DEGRADED, type DemoOptions, dateOf } from "../story/rules.ts";

/** What a measure should reach: in a project, and there in one market or of one vendor. */
export interface TargetPlan {
  project: string;
  measure: Measure;
  market: string | null;
  vendor: string | null;
  value: number;
}

const EVERYWHERE: readonly (readonly [measure: Measure, value: number])[] = [
  ["ACCURACY", 0.93], ["CRITICAL_ERROR_RATE", 0.01], ["GOLDEN_ACCURACY", 0.9],
];

/** From how many cases on a target has a status. */
export const TARGET_MIN = 30;

/** The targets of each project, with a stricter one where a market is watched, and one that was agreed with a vendor. */
export const TARGETS: readonly TargetPlan[] = [
  ...PROJECTS.flatMap(({ code: project }) => EVERYWHERE.map(([measure, value]) => ({ project, measure, value, market: null, vendor: null }))),
  { project: "ID-LIVE", measure: "ACCURACY", market: "id-ID", vendor: null, value: 0.95 },
  { project: "PH-ADS", measure: "ACCURACY", market: null, vendor: "LUZON", value: 0.92 },
];

/** A report that is frozen whenever a period closes. */
export interface ReportPlan {
  name: string;
  kinds: readonly PeriodKind[];
  audience: "STAFF" | "PARTNER";
  query: ReportQuery;
}

const ASKED = {
  timeAxis: "DECIDED_AT", layer: "CLIENT", purposes: ["RANDOM", "RISK"], score: "CURRENT", basis: "POPULATION", includeProcessErrors: false,
  having: [], orderBy: [],
} as const;

/** The reports of a project, for its staff and for its partners. */
export const REPORTS: readonly ReportPlan[] = [
  {
    name: "Queues of the period", kinds: ["WEEK", "MONTH"], audience: "STAFF",
    query: { ...ASKED, measures: ["ACCURACY", "OVER_ENFORCEMENT_RATE", "UNDER_ENFORCEMENT_RATE", "CRITICAL_ERROR_RATE"], groupBy: ["QUEUE"] },
  },
  {
    name: "Accuracy and score for partners", kinds: ["WEEK"], audience: "PARTNER",
    query: { ...ASKED, measures: ["ACCURACY", "QUALITY_SCORE"], groupBy: ["QUEUE"] },
  },
];

/** The project whose reports are frozen; what its figures show is the story's turn. */
export const REPORTED = DEGRADED.project;

// As many as show a turn, and no more: each takes the computing of all reports.
const CLOSED: Readonly<Record<PeriodKind, number>> = { WEEK: 4, MONTH: 1 };

/** A period that has closed by itself by now, and when. */
export interface Closing extends Span {
  kind: PeriodKind;
  closedAt: Date;
}

/** The latest periods of a project that are closed by now, those that close first before others. None begins before the story. */
export function closingsOf(calendar: Calendar, { now }: DemoOptions): Closing[] {
  const { timeZone } = calendar;
  const today = dayOf(now, timeZone);
  const spans = (["WEEK", "MONTH"] as const).flatMap((kind) => {
    const closed: Closing[] = [];
    let to = startOfUnit(today, kind, weekStartOf(calendar));
    for (let back = 1; back <= DAYS && closed.length < CLOSED[kind]; back += 1) {
      const from = addUnits(to, kind, -1);
      const closedAt = closeDueAfter(instantsOf({ from, to }, timeZone).to, calendar, defaultCalendar(timeZone));
      if (from < dateOf(timeZone, now, 0)) break;
      if (closedAt <= now) closed.push({ kind, from, to, closedAt });
      to = from;
    }
    return closed;
  });
  return spans.sort((one, other) => one.closedAt.getTime() - other.closedAt.getTime());
}
