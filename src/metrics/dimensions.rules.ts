import { addUnits, type CalendarUnit, startOfDay } from "../core/time.ts";
import type { Role } from "../core/viewer.ts";
import type { FrameFilter, NamedFrame } from "../plans/table.ts";

/** What a set of decisions is known to be about; an absent list means anything. */
export interface Reach extends NamedFrame {
  projectIds?: string[];
}

/** A stretch of time, and the calendar that cuts it: weeks begin on `weekStart`, 0 for Monday to 6 for Sunday. */
export interface Period {
  from: Date;
  to: Date;
  timeZone: string;
  weekStart: number;
}

interface Definition {
  description: string;
  /** What a value of it narrows a group to. */
  narrows?: keyof Reach;
  /** The stretch of calendar that a value of it is. */
  unit?: CalendarUnit;
  /** Roles that may not see what its values name. */
  hiddenFrom?: readonly Role[];
}

const NO_LABELERS: readonly Role[] = ["POLICY_MANAGER"];
const NO_AUDITORS: readonly Role[] = ["VENDOR_MANAGER", "VENDOR_QA", "LABELER", "SERVICE"];

/** Every dimension. Adding one is an entry here, its column in the store and its field of a row. */
export const DIMENSIONS = {
  PROJECT: { description: "The project.", narrows: "projectIds" },
  QUEUE: { description: "The queue of the decision.", narrows: "queueIds" },
  MARKET: { description: "The market of the decision.", narrows: "markets" },
  VENDOR: { description: "The vendor of the labeler.", narrows: "vendorIds" },
  LABELER: { description: "Who decided. Not for policy managers, who see no labelers.", narrows: "labelerIds", hiddenFrom: NO_LABELERS },
  AUDITOR: { description: "Who audited. For staff only.", hiddenFrom: NO_AUDITORS },
  POLICY: { description: "The policy that the labeler chose.", narrows: "policyIds" },
  DAY: { description: "The calendar day, in the range's time zone, on the query's time axis.", unit: "DAY" },
  WEEK: { description: "The week, from the project's weekStartsOn (MONDAY is ISO 8601).", unit: "WEEK" },
  MONTH: { description: "The calendar month.", unit: "MONTH" },
} as const satisfies Record<string, Definition>;

export type Dimension = keyof typeof DIMENSIONS;

/** The definition of a dimension. */
export function dimensionOf(dimension: Dimension): Definition {
  return DIMENSIONS[dimension];
}

/** The value of QUEUE in a group's key: queues belong to projects, so it names both. */
export function readQueueKey(value: string): { projectId: string; id: string } {
  const [projectId, id] = value.split(":") as [string, string];
  return { projectId, id };
}

/** What both are about. */
export function intersectReach(one: Reach, other: Reach): Reach {
  const both: Reach = { ...one };
  for (const [name, values] of Object.entries(other) as [keyof Reach, string[] | undefined][]) {
    const known = one[name];
    both[name] = known && values ? known.filter((value) => values.includes(value)) : (known ?? values);
  }
  return both;
}

/** What a group is about, by the values of its dimensions. */
export function reachOfGroup(groupBy: readonly Dimension[], keys: readonly string[]): Reach {
  const reach: Reach = {};
  groupBy.forEach((dimension, index) => {
    const { narrows } = dimensionOf(dimension);
    const value = keys[index]!;
    if (dimension === "QUEUE") Object.assign(reach, { projectIds: [readQueueKey(value).projectId], queueIds: [readQueueKey(value).id] });
    else if (narrows) reach[narrows] = [value];
  });
  return reach;
}

/** What a run's frame is about; in a frame an empty list means any, as an absent one does. */
export function reachOfFrame(projectId: string, frame: FrameFilter): Reach {
  const named = Object.entries({
    queueIds: frame.queueIds, markets: frame.markets, vendorIds: frame.vendorIds, labelerIds: frame.labelerIds, policyIds: frame.policyIds,
  });
  return { projectIds: [projectId], ...Object.fromEntries(named.filter(([, values]) => values && values.length > 0)) };
}

/** True unless a list of one leaves out every value of the other's. */
export function canMeet(one: Reach, other: Reach): boolean {
  return (Object.entries(one) as [keyof Reach, string[] | undefined][]).every(([name, values]) => {
    const others = other[name];
    return !values || !others || values.some((value) => others.includes(value));
  });
}

/** The part of a period that a group's days, weeks and months leave. */
export function spanOfGroup(groupBy: readonly Dimension[], keys: readonly string[], period: Period): { from: Date; to: Date } {
  let { from, to } = period;
  groupBy.forEach((dimension, index) => {
    const { unit } = dimensionOf(dimension);
    if (!unit) return;
    const [start, end] = [keys[index]!, addUnits(keys[index]!, unit, 1)].map((day) => startOfDay(day, period.timeZone)) as [Date, Date];
    from = start > from ? start : from;
    to = end < to ? end : to;
  });
  return { from, to };
}
