import { shownTo } from "../graphql/access.ts";
import type { GraphQLResolveInfo } from "graphql";
import { BusinessCalendar } from "../calendars/graphql.ts";
import { calendarsById } from "../calendars/places.service.ts";
import type { Calendar } from "../core/business.ts";
import { decodeId } from "../core/ids.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import type { Context, LoaderFactory } from "../graphql/context.ts";
import { defineEntity, entityRef, loadNode, nodeId } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Project } from "../projects/graphql.ts";
import { Queue } from "../projects/queues.graphql.ts";
import { Market, Vendor } from "../vendors/graphql.ts";
import { calendarOfClock } from "./rules.ts";
import { breachOf, checkReading, CLOCK_STATES, isAtRisk, mayRead, percentElapsed, readsPauses, remainingAt, stateOf } from "./standing.rules.ts";
import { type ClockFilter, clockList } from "./store.ts";
import { type ClockKind, slaClockEntity, type SlaClockRow } from "./table.ts";

export const SlaClock = entityRef(slaClockEntity);

export const ClockKinds = builder.enumType("SlaClockKind", {
  description: "What a clock gives time for.",
  values: {
    APPEAL_L1: { description: "The vendor's own review of an appeal." },
    APPEAL_L2: { description: "The client's review of an appeal." },
    APPEAL_L3: { description: "Arbitration of an appeal." },
    APPEAL_REPLY: { description: "The appellant's answer to a question." },
    APPEAL_REAPPEAL: { description: "The window in which a ruled or declined appeal may be taken further." },
    POLICY_QUESTION: { description: "The answer to a question of policy." },
    AUDIT_DUE: { description: "The audits of the samples of a draw." },
    ESCALATION_ACK: { description: "Triage of an escalation." },
    ESCALATION_CONTAIN: { description: "Containment of an escalation." },
    ESCALATION_RCA: { description: "The root cause of an escalation." },
    ESCALATION_ACTIONS: { description: "The actions of an escalation." },
    ESCALATION_PARTNER: { description: "The root-cause analysis that was asked of a vendor." },
  } satisfies Record<ClockKind, object>,
});

const State = builder.enumType("SlaClockState", {
  description: "How a clock stands.",
  values: {
    RUNNING: { description: "It counts open time." },
    PAUSED: { description: "It stands still; the open time that is left is frozen." },
    STOPPED: { description: "The work was done, in time or not." },
    VOID: { description: "It was for nothing: neither in time nor late." },
  } satisfies Record<(typeof CLOCK_STATES)[number], object>,
});

const CALENDARS: LoaderFactory<string, Calendar> = {
  name: "calendarsById",
  load: async (db, ids) => {
    const found = await calendarsById(db, ids);
    return ids.map((id) => found.get(id)!);
  },
};

// A figure of a clock by the calendar that it counts by, read once for all clocks of the operation.
async function counted<T>(row: SlaClockRow, context: Context, read: (row: SlaClockRow, now: Date, calendar: Calendar) => T): Promise<T> {
  const { calendarId, isAlwaysOpen } = row;
  const calendars = calendarId && !isAlwaysOpen ? new Map([[calendarId, await context.load(CALENDARS, calendarId)]]) : new Map<string, Calendar>();
  return read(row, context.now, calendarOfClock(row, calendars));
}

function when(t: Fields<SlaClockRow>, name: "pausedAt" | "stoppedAt" | "voidedAt", description: string) {
  return t.field({ type: "DateTime", nullable: true, description, resolve: (row) => row[name] });
}

const subjectOf = ({ subjectType, projectId, subjectId }: SlaClockRow) => nodeId(subjectType, projectId, subjectId);

defineEntity(SlaClock, {
  isFor: mayRead,
  description: "The time that a piece of work has, in the open hours of a calendar. Seen by whoever may see what it is about. A machine client needs scope events:read.",
  fields: (t) => ({
    kind: t.field({ type: ClockKinds, description: "What it gives time for.", resolve: ({ kind }) => kind }),
    state: t.field({ type: State, description: "How it stands.", resolve: (row) => stateOf(row) }),
    subjectType: t.exposeString("subjectType", { description: "The GraphQL type of what it is about, such as Appeal." }),
    subjectId: t.id({ description: "The id of what it is about, for `node`.", resolve: subjectOf }),
    subject: t.field({
      type: builder.nodeInterfaceRef() as never,
      nullable: true,
      description: "What it is about, as it is now. Null where the viewer may not see it.",
      resolve: (row: SlaClockRow, _: object, context: Context, info: GraphQLResolveInfo) => loadNode(subjectOf(row), context, info) as never,
    }),
    startedAt: t.field({ type: "DateTime", description: "From when it counts.", resolve: ({ startedAt }) => startedAt }),
    dueAt: t.field({ type: "DateTime", description: "When the work is due. While it is PAUSED, as it was before; it moves on once it runs again.", resolve: ({ dueAt }) => dueAt }),
    pausedAt: when(t, "pausedAt", "Since when it is PAUSED; null otherwise."),
    pauseReason: t.string({
      nullable: true,
      description: "Why it is PAUSED; null otherwise, and for partners and analysts.",
      ...shownTo(readsPauses),
      resolve: ({ pauseReason }, _, { viewer }) => (readsPauses(viewer) ? pauseReason : null),
    }),
    pausedSeconds: t.exposeInt("pausedSeconds", { description: "Seconds by the clock on the wall that it stood still, in pauses that have ended." }),
    stoppedAt: when(t, "stoppedAt", "When the work was done; null before, and if it is VOID."),
    breachedAt: t.field({
      type: "DateTime", nullable: true, description: "When the time was over and the work not done; null if that didn't happen, or not yet.",
      resolve: (row, _, { now }) => breachOf(row, now),
    }),
    voidedAt: when(t, "voidedAt", "When it became VOID; null otherwise."),
    isBreached: t.boolean({ description: "The work is, or was, not done when it was due.", resolve: (row, _, { now }) => breachOf(row, now) !== null }),
    isAtRisk: t.boolean({
      description: "It is RUNNING or PAUSED, and three quarters of its open time are over.",
      resolve: (row, _, { now }) => isAtRisk(row, now),
    }),
    percentElapsed: t.float({
      description: "How much of its open time is over, or was when it ended, by the calendar as it is now: 0 to 100.",
      resolve: (row, _, context) => counted(row, context, percentElapsed),
    }),
    openSeconds: t.exposeInt("openSeconds", { description: "Open seconds that it gives, from start to due time without pauses." }),
    remainingOpenSeconds: t.int({
      description: "Open seconds that are left, or were when it ended, by the calendar as it is now; 0 once it is due.",
      resolve: (row, _, context) => counted(row, context, remainingAt),
    }),
    isAlwaysOpen: t.exposeBoolean("isAlwaysOpen", { description: "It counts every hour, whatever the calendar." }),
    calendar: one(t, "calendar", BusinessCalendar, "What it counts by; null for Monday to Friday around the clock."),
    timeZone: t.exposeString("timeZone", { description: "IANA time zone of the days that it counts." }),
    project: one(t, "project", Project, "In which project."),
    queue: one(t, "queue", Queue, "The queue that the work is about; null for none in particular, or where the viewer may not see it."),
    market: one(t, "marketRow", Market, "The market that the work is about; null for none in particular."),
    vendor: one(t, "vendor", Vendor, "The vendor that the work is about; null for none, or where the viewer may not see it."),
    ...versionedFields(t),
  }),
});

type FilterInput = Omit<ClockFilter, "now">;

const rawIds = (type: string, field: string, ids: readonly string[] | null | undefined) => ids?.map((id) => decodeId(type, id, ["filter", field]).id);

function readFilter({ projectIds, vendorIds, queueIds, ...filter }: FilterInput, { viewer, now }: Context): ClockFilter {
  checkReading(viewer);
  const places = { projectIds: rawIds("Project", "projectIds", projectIds), vendorIds: rawIds("Vendor", "vendorIds", vendorIds) };
  return { ...filter, ...places, queueIds: rawIds("Queue", "queueIds", queueIds), now };
}

const listType = defineList(SlaClock, clockList, {
  orders: { ID: "Order in which they were started.", DUE_AT: "By when they are due.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    projectIds: t.idList({ description: "Those in one of these projects." }),
    kinds: t.field({ type: [ClockKinds], description: "Those of one of these kinds." }),
    states: t.field({ type: [State], description: "Those that stand like one of these." }),
    vendorIds: t.idList({ description: "Those about work of one of these vendors." }),
    markets: t.stringList({ description: "Those about one of these markets, by its code." }),
    queueIds: t.idList({ description: "Those about one of these queues." }),
    isBreached: t.boolean({ description: "True for those whose work is, or was, not done when it was due; false for the others." }),
    isAtRisk: t.boolean({ description: "True for those that have not ended and have used three quarters of their open time; false for the others." }),
    dueBefore: t.field({ type: "DateTime", description: "Those due before this time, ended or not." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: FilterInput, context) => readFilter(input, context),
});

rootList(listType, "slaClocks", "Clocks of what the viewer may see.");
builder.objectFields(Project, (t) => ({ slaClocks: childList(t, listType, "projectId", "Clocks of what happens in it, as far as the viewer may see it.") }));

/** The list of the clocks of an object, for the door of its type. */
export function clocksOf<Row extends { id: string }>(t: Fields<Row>, description: string) {
  return childList(t, listType, "subjectId", description);
}
