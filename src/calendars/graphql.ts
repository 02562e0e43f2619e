import type { OpenWeekday } from "../core/business.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { rootByCode } from "../graphql/code.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import type { NamedAllowance } from "./allowances.rules.ts";
import { type OpenHours, showHours } from "./rules.ts";
import { type CalendarFilter, calendarList, type HolidayFilter, holidayList } from "./store.ts";
import { ALLOWANCE_UNITS, type AllowanceName, ALLOWANCES, businessCalendarEntity, calendarHolidayEntity } from "./table.ts";

export const Weekday = builder.enumType("Weekday", {
  description: "A day of the week.",
  values: {
    MONDAY: { description: "Monday, the first day of an ISO week." },
    TUESDAY: { description: "Tuesday." },
    WEDNESDAY: { description: "Wednesday." },
    THURSDAY: { description: "Thursday." },
    FRIDAY: { description: "Friday." },
    SATURDAY: { description: "Saturday." },
    SUNDAY: { description: "Sunday." },
  } satisfies Record<OpenWeekday, object>,
});

const Hours = builder.objectRef<OpenHours>("OpenHours").implement({
  description: "An interval of a weekday in which work is done, by the clocks of the calendar's time zone.",
  fields: (t) => ({
    weekday: t.field({ type: Weekday, description: "On which day.", resolve: ({ weekday }) => weekday }),
    opens: t.exposeString("opens", { description: "From this time of day on, such as 09:00." }),
    closes: t.exposeString("closes", { description: "Until this time of day; 24:00 is the end of the day." }),
  }),
});

export const CalendarHoliday = entityRef(calendarHolidayEntity);
defineEntity(CalendarHoliday, {
  description: "A day on which nobody works by a calendar, from its first minute to its last in the calendar's zone.",
  fields: (t) => ({
    heldOn: t.field({ type: "Date", description: "The day.", resolve: ({ heldOn }) => heldOn }),
    name: t.exposeString("name", { description: "For people; empty where it was given none." }),
  }),
});

const holidayListType = defineList(CalendarHoliday, holidayList, {
  orders: { ID: "By day." },
  filter: (t: InputFields) => ({
    from: t.field({ type: "Date", description: "Those on this day or later." }),
    to: t.field({ type: "Date", description: "Those before this day." }),
  }),
  read: (input: HolidayFilter) => input,
});

export const BusinessCalendar = entityRef(businessCalendarEntity);
defineEntity(BusinessCalendar, {
  description: "When work is done somewhere: open hours of each weekday in a time zone, less holidays. Clocks count these. Everybody may read it.",
  fields: (t) => ({
    code: t.exposeString("code", { description: "Unique; never changes." }),
    name: t.exposeString("name", { description: "For people." }),
    timeZone: t.exposeString("timeZone", { description: "IANA time zone that hours and holidays are of." }),
    hours: t.field({
      type: [Hours],
      description: "When it is open, from Monday on; a weekday without any is closed. A shift over midnight stands there as two.",
      resolve: ({ hours }) => showHours(hours),
    }),
    holidays: childList(t, holidayListType, "calendarId", "Days on which nobody works, in order."),
    ...versionedFields(t),
  }),
});

const listType = defineList(BusinessCalendar, calendarList, {
  orders: { ID: "Order of creation.", CODE: "By code, byte by byte.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    codes: t.stringList({ description: "Those with one of these codes." }),
    timeZones: t.stringList({ description: "Those of one of these time zones, as they were written." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time; a changed holiday changes its calendar." }),
  }),
  read: (input: CalendarFilter) => input,
});

rootList(listType, "businessCalendars", "All calendars.");
rootByCode(businessCalendarEntity, BusinessCalendar, "businessCalendarByCode", "The calendar with this code; null if there is none.");

const AllowanceUnit = builder.enumType("AllowanceUnit", {
  description: "What the time that something may take is counted in.",
  values: {
    OPEN_MINUTES: { description: "Minutes of open time." },
    BUSINESS_DAYS: { description: "Days: due at the same local time on the n-th open day after. A start in closed time counts from the next opening." },
  } satisfies Record<(typeof ALLOWANCE_UNITS)[number], object>,
});

const STEPS: Readonly<Record<string, string>> = {
  ACK: "triage", CONTAIN: "containment, of SEV3 only once it is entered", RCA: "the root cause", ACTIONS: "the actions to be done", PARTNER: "the partner's root-cause analysis, from the request",
};
const WAITS: Readonly<Partial<Record<AllowanceName, string>>> = {
  APPEAL_FILING: "From publication of an audit to the end of its appeal window.",
  APPEAL_L1: "For the vendor's own review of an appeal.",
  APPEAL_L2: "For the client's review of an appeal.",
  APPEAL_L3: "For arbitration of an appeal.",
  APPEAL_REPLY: "For the appellant's answer to a question.",
  APPEAL_REAPPEAL: "From a ruling, or a declined appeal, to the end of the window in which it may be taken further.",
  POLICY_QUESTION: "For the answer to a question of policy.",
  AUDIT_DUE: "From a draw to the last audit of its samples.",
  DOUBLE_AUDIT_DUE: "From a first audit to the second.",
};

function describe(name: AllowanceName): string {
  const [, step, severity] = /^ESCALATION_([A-Z]+)_(SEV\d)$/.exec(name) ?? [];
  return WAITS[name] ?? `Of an escalation of ${severity}, for ${STEPS[step!]}.${/SEV[12]/.test(severity!) ? " Every hour is open." : ""}`;
}

const AllowanceNames = builder.enumType("ClockAllowanceName", {
  description: "What has a time to be done in; of escalations, one of each severity.",
  values: Object.fromEntries(ALLOWANCES.map((name) => [name, { description: describe(name) }])) as Record<AllowanceName, object>,
});

export const ClockAllowance = builder.objectRef<NamedAllowance & { isDefault: boolean }>("ClockAllowance").implement({
  description: "How long something may take in a project. What runs already keeps what it was given.",
  fields: (t) => ({
    clock: t.field({ type: AllowanceNames, description: "What it is for.", resolve: ({ clock }) => clock }),
    unit: t.field({ type: AllowanceUnit, description: "What it is counted in.", resolve: ({ unit }) => unit }),
    amount: t.exposeInt("amount", { description: "How many: 1 to 525,600 minutes, 1 to 250 business days." }),
    isDefault: t.exposeBoolean("isDefault", { description: "The project has set nothing of its own." }),
  }),
});

export const ClockAllowanceInput = builder.inputRef<NamedAllowance>("ClockAllowanceInput").implement({
  description: "How long something may take.",
  fields: (t) => ({
    clock: t.field({ type: AllowanceNames, required: true, description: "What it is for." }),
    unit: t.field({ type: AllowanceUnit, required: true, description: "What it is counted in." }),
    amount: t.int({ required: true, description: "How many: 1 to 525600 minutes, 1 to 250 business days." }),
  }),
});
