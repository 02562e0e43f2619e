import { InvalidInput } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import type { Day } from "../core/time.ts";
import { builder } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { ReportingPeriod } from "../periods/graphql.ts";
import type { PeriodKind } from "../periods/rules.ts";
import type { PeriodRef } from "../periods/service.ts";
import { reportingPeriodEntity } from "../periods/table.ts";
import { PeriodKind as PeriodKindEnum } from "../projects/graphql.ts";
import { projectEntity } from "../projects/table.ts";
import { closePeriod } from "./closing.service.ts";

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
    "listed as an adjustment. Samples of its decisions that still wait are given up soon afterwards, those in an audit are not. QA_LEAD.",
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
