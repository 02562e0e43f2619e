import { decodeId, decodeIfGiven, encodeId, type Key } from "../core/ids.ts";
import type { Day } from "../core/time.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { keyOf, loadNode, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { BusinessCalendar, Weekday } from "./graphql.ts";
import { type OpenHours, type Owner, ownerIn } from "./rules.ts";
import {
  addHolidays, assignCalendar, changeBusinessCalendar, type ChangedCalendar, createBusinessCalendar, type GivenHoliday, type NewCalendar, removeHolidays,
} from "./service.ts";
import { businessCalendarEntity } from "./table.ts";

const CALENDAR = "The calendar.";
const ZONE = "IANA time zone that hours and holidays are of, such as Asia/Jakarta.";
const NAME = "1 to 200 characters.";
const HOURS = "One interval or more; those of a weekday don't overlap, and together they are open at least a minute a week.";
const HOLIDAYS = "1 to 400 days of the years 1970 to 2199, each once. Refused where nobody would work for more than 365 days from now.";

const HoursInput = builder.inputRef<OpenHours>("OpenHoursInput").implement({
  description: "An interval of a weekday in which work is done. A shift over midnight is two: until 24:00, and from 00:00 on the next weekday.",
  fields: (t) => ({
    weekday: t.field({ type: Weekday, required: true, description: "On which day." }),
    opens: t.string({ required: true, description: "From this time of day on, such as 09:00." }),
    closes: t.string({ required: true, description: "Until this time of day, later than `opens`; 24:00 is the end of the day." }),
  }),
});

const HolidayInput = builder.inputRef<GivenHoliday>("HolidayInput").implement({
  description: "A day on which nobody works.",
  fields: (t) => ({
    heldOn: t.field({ type: "Date", required: true, description: "The day, in the calendar's zone." }),
    name: t.string({ description: `For people: ${NAME.toLowerCase()}` }),
  }),
});

const calendar = (t: Parameters<typeof rowField>[0]) => ({ businessCalendar: rowField(t, businessCalendarEntity, BusinessCalendar, CALENDAR) });
const target = (t: InputFields) => ({
  calendarId: t.id({ required: true, description: CALENDAR }),
  expectedVersion: t.int({ description: EXPECTED }),
});

interface OnCalendar {
  calendarId: string;
  expectedVersion?: number | null;
}

const keyOfCalendar = ({ calendarId }: OnCalendar) => keyOf(businessCalendarEntity, calendarId, ["calendarId"]);

defineVerb<NewCalendar, RowPayload>("createBusinessCalendar", {
  description: "Adds a calendar. It counts for nothing until it is assigned.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    code: t.string({ required: true, description: '1 to 64 letters, digits, ".", "_" or "-". Never changes.' }),
    name: t.string({ required: true, description: NAME }),
    timeZone: t.string({ required: true, description: ZONE }),
    hours: t.field({ type: [HoursInput], required: true, description: HOURS }),
    holidays: t.field({ type: [HolidayInput], description: `Days on which nobody works; more may be added later. ${HOLIDAYS}` }),
  }),
  payload: calendar,
  resolve: (input, context) => context.perform("createBusinessCalendar", input, (verb) => createBusinessCalendar(verb, input)),
});

defineVerb<ChangedCalendar & OnCalendar, RowPayload>("changeBusinessCalendar", {
  description:
    "Changes a calendar; absent and null fields stay. Due times that stand are kept: what starts from now on, or goes on after a pause, counts by the new hours.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    ...target(t),
    name: t.string({ description: NAME }),
    timeZone: t.string({ description: `${ZONE} Its holidays keep their days.` }),
    hours: t.field({ type: [HoursInput], description: `Replace those it has. ${HOURS}` }),
  }),
  payload: calendar,
  resolve: (input, context) => {
    const key = keyOfCalendar(input);
    return context.perform("changeBusinessCalendar", input, (verb) => changeBusinessCalendar(verb, key, input));
  },
});

defineVerb<OnCalendar & { holidays: GivenHoliday[] }, RowPayload & { added: number }>("addHolidays", {
  description: "Adds days on which nobody works by a calendar. Those that it has already stay as they are. Due times that stand are kept.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({ ...target(t), holidays: t.field({ type: [HolidayInput], required: true, description: HOLIDAYS }) }),
  payload: (t) => ({ ...calendar(t as never), added: t.exposeInt("added", { description: "How many of them it did not have." }) }),
  resolve: (input, context) => {
    const key = keyOfCalendar(input);
    return context.perform("addHolidays", input, (verb) => addHolidays(verb, key, input.holidays, input.expectedVersion));
  },
});

defineVerb<OnCalendar & { heldOn: Day[] }, RowPayload & { removed: number }>("removeHolidays", {
  description: "Takes days away on which nobody works by a calendar. Due times that stand are kept.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({ ...target(t), heldOn: t.field({ type: ["Date"], required: true, description: "1 to 400 days, each once; those that are no holidays are passed over." }) }),
  payload: (t) => ({ ...calendar(t as never), removed: t.exposeInt("removed", { description: "How many of them were holidays." }) }),
  resolve: (input, context) => {
    const key = keyOfCalendar(input);
    return context.perform("removeHolidays", input, (verb) => removeHolidays(verb, key, input.heldOn, input.expectedVersion));
  },
});

interface Assignment {
  targetId: string;
  calendarId?: string | null;
  expectedVersion?: number | null;
}

defineVerb<Assignment, { owner: Owner; key: Key }>("assignCalendar", {
  description:
    "Says by which calendar clocks count. Of what partners owe, that of the site counts, else the vendor's; of what the client owes, that of the market, " +
    "else the project's; else Monday to Friday around the clock, in the zone of the site or project. Due times that stand are kept.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    targetId: t.id({ required: true, description: "A vendor, site, market or project." }),
    calendarId: t.id({ description: "The calendar; null takes away the one it has." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({
    target: t.field({
      type: builder.nodeInterfaceRef() as never,
      description: "The vendor, site, market or project.",
      resolve: ({ owner, key }, _: object, context: Context, info) => loadNode(encodeId(owner, key), context, info) as never,
    }),
  }),
  resolve: (input, context) => {
    const owner = ownerIn(input.targetId, ["targetId"]);
    const key = decodeId(owner, input.targetId, ["targetId"]);
    const calendarId = decodeIfGiven(businessCalendarEntity.name, input.calendarId, ["calendarId"]);
    return context.perform("assignCalendar", input, async (verb) => ({ owner, key: await assignCalendar(verb, owner, key, calendarId, input.expectedVersion) }));
  },
});
