import type { Day } from "../core/time.ts";
import { type Viewer } from "../core/viewer.ts";
import { Principal } from "../grants/graphql.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { PeriodKind, Project } from "../projects/graphql.ts";
import { periodActions } from "./rules.ts";
import { type PeriodFilter, periodList } from "./store.ts";
import { PERIOD_STATES, reportingPeriodEntity } from "./table.ts";

export const ReportingPeriod = entityRef(reportingPeriodEntity);

const PeriodState = builder.enumType("ReportingPeriodState", {
  description: "Whether the figures of a period still move.",
  values: {
    OPEN: { description: "It has ended, and its figures may still be asked for as they are now." },
    CLOSED: { description: "Its reports are frozen; what changes its figures from now on is listed as adjustments." },
  } satisfies Record<(typeof PERIOD_STATES)[number], object>,
});

const readsReasons = ({ role }: Viewer) => ["ADMIN", "QA_LEAD", "AUDITOR", "POLICY_MANAGER"].includes(role);

defineEntity(ReportingPeriod, {
  description:
    "A calendar week or month of a project that is reported on. It is there from its end on, and closes by a lead's verb or by itself. Not " +
    "for labelers.",
  fields: (t) => ({
    kind: t.field({ type: PeriodKind, description: "Week or month.", resolve: ({ kind }) => kind }),
    from: t.field({ type: "Date", description: "First day, in the project's time zone.", resolve: ({ from }) => from }),
    to: t.field({ type: "Date", description: "Day after the last, in the project's time zone.", resolve: ({ to }) => to }),
    state: t.field({ type: PeriodState, description: "Where it stands.", resolve: ({ state }) => state }),
    closeDueAt: t.field({
      type: "DateTime",
      description: "When it closes by itself while OPEN: some business days after its end, or after it was reopened (project setting).",
      resolve: ({ closeDueAt }) => closeDueAt,
    }),
    closedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "Up to when what was known is in its frozen figures, of the last closing; null while OPEN.",
      resolve: ({ closedAt }) => closedAt,
    }),
    closedBy: one(t, "closedBy", Principal, "Who closed it; null while OPEN, and for those who may not see the person."),
    closings: t.exposeInt("closings", { description: "How often it was closed." }),
    reopenReason: t.string({
      nullable: true,
      description: "Why it was opened again, the last time; null where it never was, and for analysts and partners.",
      ...shownTo(readsReasons),
      resolve: ({ reopenReason }, _, { viewer }) => (readsReasons(viewer) ? reopenReason : null),
    }),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now.",
      resolve: (row, _, { viewer }) => periodActions(viewer, row),
    }),
    project: one(t, "project", Project, "Whose period it is."),
    ...versionedFields(t),
  }),
});

const periodListType = defineList(ReportingPeriod, periodList, {
  orders: { ID: "Order of their ends.", CLOSE_DUE_AT: "By when they close by themselves.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    kinds: t.field({ type: [PeriodKind], description: "Weeks, months, or both." }),
    states: t.field({ type: [PeriodState], description: "Those in one of these states." }),
    from: t.field({ type: "Date", description: "Those that begin on this day or later." }),
    to: t.field({ type: "Date", description: "Those whose day after the last is this one or an earlier." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: PeriodFilter & { from?: Day | null }) => input,
});

rootList(periodListType, "reportingPeriods", "Reporting periods of the viewer's projects. Not for labelers.");
builder.objectFields(Project, (t) => ({ reportingPeriods: childList(t, periodListType, "projectId", "Weeks and months that it reports on.") }));
