import { effectiveAllowances } from "../calendars/allowances.rules.ts";
import { BusinessCalendar, ClockAllowance, Weekday } from "../calendars/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { rootByCode } from "../graphql/code.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { defineList, rootList } from "../graphql/list.ts";
import { effectiveSettings } from "./rules.ts";
import { type ProjectFilter, projectList } from "./store.ts";
import { PERIOD_KINDS, projectEntity, type ProjectSettings, PUBLICATIONS } from "./table.ts";

export const Project = entityRef(projectEntity);

export const Publication = builder.enumType("Publication", {
  description: "How submitted audits of a project reach vendor and labeler.",
  values: {
    DELAYED: { description: "Each by itself, once the project's delay is over; by hand before." },
    BATCHES: { description: "Never by themselves: a lead publishes them, many at a time." },
  } satisfies Record<(typeof PUBLICATIONS)[number], object>,
});

export const PeriodKind = builder.enumType("PeriodKind", {
  description: "A stretch of calendar that is reported on as a whole.",
  values: {
    WEEK: { description: "Seven days from the project's `weekStartsOn`; fewer, once, where that was changed." },
    MONTH: { description: "A calendar month." },
  } satisfies Record<(typeof PERIOD_KINDS)[number], object>,
});

export const AppealTier = builder.enumType("AppealTier", {
  description: "Who reviews an appeal. Where a project has no such tier, the next takes its place. The vendor's own layer has the first alone.",
  values: {
    L1: { description: "The vendor." },
    L2: { description: "The client: leads, and auditors who may adjudicate." },
    L3: { description: "Those who write the policies." },
  } satisfies Record<ProjectSettings["appealTiers"][number], object>,
});

const Settings = builder.objectRef<ProjectSettings>("ProjectSettings").implement({
  description: "What a project works by: its own settings, and the defaults for the rest.",
  fields: (t) => ({
    publication: t.field({ type: Publication, description: "How audits are published. Default DELAYED.", resolve: (own) => own.publication }),
    publishDelayMinutes: t.exposeInt("publishDelayMinutes", {
      description: "Minutes from submission to publication of an audit where that is DELAYED; 0 publishes at once. Default 30.",
    }),
    leaseMinutes: t.exposeInt("leaseMinutes", { description: "Minutes that a claimed sample stays with its auditor. Default 60." }),
    weekStartsOn: t.field({ type: Weekday, description: "First day of a week. Default MONDAY.", resolve: (own) => own.weekStartsOn }),
    goldenMaxExposures: t.exposeInt("goldenMaxExposures", {
      description: "Decisions on a golden item's content after which it is retired, 1 to 1,000,000. Default 500.",
    }),
    periodKinds: t.field({
      type: [PeriodKind],
      description: "What reporting periods are opened as they end. Default both; empty for none.",
      resolve: (own) => own.periodKinds,
    }),
    closeAfterBusinessDays: t.exposeInt("closeAfterBusinessDays", {
      description: "On which business day after its end, or after it was reopened, a reporting period closes by itself: 1 to 60. Default 3.",
    }),
    appealTiers: t.field({ type: [AppealTier], description: "What appeals of the client's audits go through, from the first. Default all.", resolve: (own) => own.appealTiers }),
    hasTeamIndependence: t.exposeBoolean("hasTeamIndependence", {
      description: "Nobody whose grant names the team of the labeler, the appellant or the auditor may rule on an appeal. Grants of staff name none. Default false.",
    }),
    minCoverageRate: t.exposeFloat("minCoverageRate", {
      description: "Share of a frame that must lie in strata with audits, for figures over it to have a value (else PARTIAL_COVERAGE): 0.5 to 1. Default 0.9.",
    }),
    labelerMinAudits: t.exposeInt("labelerMinAudits", { description: "Audits from which on LABELER_COVERAGE counts a labeler as covered: 1 to 1000. Default 30." }),
    recurrenceDays: t.exposeInt("recurrenceDays", {
      description: "Days after the closing of an effective escalation within which ESCALATION_RECURRENCE counts the same problem: 1 to 730. Default 90.",
    }),
    clockAllowances: t.field({
      type: [ClockAllowance],
      description: "How long things may take, one of each.",
      resolve: (own) => effectiveAllowances(own.clockAllowances),
    }),
  }),
});

defineEntity(Project, {
  description: "One client programme, the unit of isolation.",
  fields: (t) => ({
    code: t.exposeString("code", { description: "Unique; never changes." }),
    name: t.exposeString("name", { description: "For people." }),
    timeZone: t.exposeString("timeZone", { description: "IANA time zone of its days, weeks and months, where a query names no other." }),
    settings: t.field({ type: Settings, description: "The values in effect.", resolve: (row) => effectiveSettings(row.settings) }),
    calendar: one(t, "calendar", BusinessCalendar, "What the client's clocks count by where their market has no calendar; null for Monday to Friday around the clock, in its zone."),
    ...versionedFields(t),
  }),
});

const projectListType = defineList(Project, projectList, {
  orders: { ID: "Order of creation.", CODE: "By code, byte by byte.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    codes: t.stringList({ description: "Those with one of these codes." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: ProjectFilter) => input,
});

rootList(projectListType, "projects", "The viewer's projects.");
rootByCode(projectEntity, Project, "projectByCode", "The project with this code; null if there is none, or the viewer may not see it.");
