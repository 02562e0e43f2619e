import { InvalidInput } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import type { Day } from "../core/time.ts";
import { builder } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { DimensionEnum, MeasureEnum } from "../measures/graphql.ts";
import { figureArgs, MetricCompareTo, MetricCondition, MetricOrder } from "../metrics/inputs.graphql.ts";
import { BasisEnum } from "../metrics/values.graphql.ts";
import { ReportingPeriod } from "../periods/graphql.ts";
import type { PeriodKind } from "../periods/rules.ts";
import type { PeriodRef } from "../periods/service.ts";
import { reportingPeriodEntity } from "../periods/table.ts";
import { PeriodKind as PeriodKindEnum } from "../projects/graphql.ts";
import { projectEntity } from "../projects/table.ts";
import { closePeriod } from "./closing.service.ts";
import { ReportAudience, ReportDefinition } from "./graphql.ts";
import { archiveReportDefinition, changeReportDefinition, createReportDefinition, type Defined } from "./service.ts";
import { reportDefinitionEntity } from "./table.ts";

const ReportQueryInput = builder.inputType("ReportQueryInput", {
  description: "What a report asks: the arguments of `metrics`, but for projects, range, asOf and page, which the closing of a period gives.",
  fields: (t) => {
    // The same arguments, as fields of an input.
    const asArg = Object.assign((options: object) => t.field(options as never), { boolean: (options: object) => t.boolean(options as never) });
    const { range: _range, asOf: _asOf, ...figure } = figureArgs(asArg as never);
    return {
      measures: t.field({ type: [MeasureEnum], required: true, description: "What is measured; each once." }),
      groupBy: t.field({ type: [DimensionEnum], required: true, defaultValue: [], description: "What figures are cut by; each once." }),
      ...(figure as object),
      basis: t.field({ type: BasisEnum, required: true, defaultValue: "POPULATION", description: "What the intervals are about." }),
      having: t.field({ type: [MetricCondition], required: true, defaultValue: [], description: "Keeps rows that pass every condition." }),
      orderBy: t.field({ type: [MetricOrder], required: true, defaultValue: [], description: "How rows are sorted; then by groupBy." }),
      compareTo: t.field({ type: MetricCompareTo, description: "What each figure is set against; only `previous` can be frozen, the week or month before." }),
    } as never;
  },
});

interface DefinitionInput extends Defined {
  projectId: string;
}

defineVerb<DefinitionInput, RowPayload>("createReportDefinition", {
  description:
    "Defines a report: whenever a period of its kinds closes, its answer is frozen, computed past what any viewer may see. Asked by the rules " +
    "of `metrics`: what that refuses is refused now; and so is what can't be computed again as of a time (score FINAL, targetStatuses, measures of agreement, " +
    "clocks and escalations, compareTo but `previous`), and, for PARTNER, what partners may not ask.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    projectId: t.id({ required: true, description: "Whose report." }),
    name: t.string({ required: true, description: "1 to 200 characters." }),
    query: t.field({ type: ReportQueryInput, required: true, description: "What it asks." }),
    kinds: t.field({ type: [PeriodKindEnum], required: true, defaultValue: ["WEEK", "MONTH"], description: "At the closing of which periods." }),
    audience: t.field({ type: ReportAudience, required: true, defaultValue: "STAFF", description: "Whom it is for." }),
  }),
  payload: (t) => ({ reportDefinition: rowField(t, reportDefinitionEntity, ReportDefinition, "The new report.") }),
  resolve: (input, context) => {
    const { id } = keyOf(projectEntity, input.projectId, ["projectId"]);
    return context.perform("createReportDefinition", input, (verb) => createReportDefinition(verb, id, input));
  },
});

interface DefinitionRef {
  id: string;
  expectedVersion?: number | null;
}

const definitionKey = ({ id }: DefinitionRef) => keyOf(reportDefinitionEntity, id, ["id"]) as ProjectKey;

defineVerb<DefinitionRef & { [Name in keyof Defined]?: Defined[Name] | null }, RowPayload>("changeReportDefinition", {
  description: "Changes a report from the next closing on; absent and null fields stay, and so do snapshots. Refused once archived.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    id: t.id({ required: true, description: "The report." }),
    name: t.string({ description: "1 to 200 characters." }),
    query: t.field({ type: ReportQueryInput, description: "What it asks, as a whole." }),
    kinds: t.field({ type: [PeriodKindEnum], description: "At the closing of which periods." }),
    audience: t.field({ type: ReportAudience, description: "Whom it is for." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ reportDefinition: rowField(t, reportDefinitionEntity, ReportDefinition, "The report.") }),
  resolve: (input, context) =>
    context.perform("changeReportDefinition", input, (verb) => changeReportDefinition(verb, definitionKey(input), input)),
});

defineVerb<DefinitionRef, RowPayload>("archiveReportDefinition", {
  description: "Freezes a report no longer, for good. Its snapshots stay.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({ id: t.id({ required: true, description: "The report." }), expectedVersion: t.int({ description: EXPECTED }) }),
  payload: (t) => ({ reportDefinition: rowField(t, reportDefinitionEntity, ReportDefinition, "The report.") }),
  resolve: (input, context) =>
    context.perform("archiveReportDefinition", input, (verb) => archiveReportDefinition(verb, definitionKey(input), input.expectedVersion)),
});

interface NamedPeriod {
  projectId: string;
  kind: PeriodKind;
  from: Day;
}

const PeriodInput = builder.inputRef<NamedPeriod>("ReportingPeriodInput").implement({
  description: "A period by its place in the calendar; it may have no id yet.",
  fields: (t) => ({
    projectId: t.id({ required: true, description: "Whose period." }),
    kind: t.field({ type: PeriodKindEnum, required: true, description: "Week or month." }),
    from: t.field({ type: "Date", required: true, description: "Its first day, in the project's time zone." }),
  }),
});

interface CloseInput {
  periodId?: string | null;
  period?: NamedPeriod | null;
  expectedVersion?: number | null;
}

function readRef({ periodId, period }: CloseInput): PeriodRef {
  if ((periodId == null) === (period == null)) throw new InvalidInput("periodId: give periodId or period, and not both.", ["periodId"]);
  if (periodId != null) return keyOf(reportingPeriodEntity, periodId, ["periodId"]) as ProjectKey;
  return { ...period!, projectId: keyOf(projectEntity, period!.projectId, ["period", "projectId"]).id };
}

defineVerb<CloseInput, RowPayload>("closePeriod", {
  description:
    "Closes a week or month that has ended: the reports of its kind are frozen as of now, and from now on what changes a figure of it is " +
    "listed as an adjustment. Samples of its decisions that still wait are given up soon afterwards, those in an audit are not.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    periodId: t.id({ description: "The period. Give this or `period`." }),
    period: t.field({ type: PeriodInput, description: "The period by its place in the calendar: for one of long ago, which was not opened." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ reportingPeriod: rowField(t, reportingPeriodEntity, ReportingPeriod, "The closed period.") }),
  resolve: (input, context) => {
    const ref = readRef(input);
    return context.perform("closePeriod", input, (verb) => closePeriod(verb, ref, input.expectedVersion));
  },
});
