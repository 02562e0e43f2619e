import type { ArgBuilder } from "@pothos/core";
import { decodeId, decodeProjectId } from "../core/ids.ts";
import { builder, type Types } from "../graphql/builder.ts";
import { Direction } from "../graphql/list.ts";
import { AuditLayer, SamplePurpose } from "../plans/graphql.ts";
import { type AskedRange, type AuditChoice, DEFAULT_PURPOSES, type Filter } from "./query.rules.ts";
import type { FigureQuery } from "./service.ts";
import { CalendarUnitEnum, DimensionEnum, MeasureEnum, ScoreTimeEnum, TimeAxisEnum } from "./values.graphql.ts";

const MetricLast = builder.inputType("MetricLast", {
  description: "The last whole units that ended at or before asOf.",
  fields: (t) => ({
    unit: t.field({ type: CalendarUnitEnum, required: true, description: "Of which kind." }),
    n: t.int({ required: true, description: "How many: 1 to 10,000." }),
  }),
});

export const MetricRange = builder.inputType("MetricRange", {
  description: "A period: either from and to, or last.",
  fields: (t) => ({
    from: t.field({ type: "Date", description: "First day, inclusive." }),
    to: t.field({ type: "Date", description: "Day after the last, exclusive." }),
    last: t.field({ type: MetricLast, description: "The last whole days, weeks or months." }),
    timeZone: t.string({ description: "IANA time zone of its days, weeks and months; the project's if absent. Required if they differ." }),
  }),
});

export const MetricFilter = builder.inputType("MetricFilter", {
  description: "Which decisions: those that pass every list given.",
  fields: (t) => ({
    queueIds: t.idList({ description: "Those of these queues, which must be of the projects asked for." }),
    markets: t.stringList({ description: "Those of these markets, by code." }),
    vendorIds: t.idList({ description: "Those of these vendors' labelers." }),
    labelerIds: t.idList({ description: "Those of these labelers. Not for policy managers." }),
    policyIds: t.idList({ description: "Those for which the labeler chose one of these policies." }),
  }),
});

export const MetricOrder = builder.inputType("MetricOrder", {
  description: "What rows are sorted by: either a dimension or a measure. Nulls come last.",
  fields: (t) => ({
    dimension: t.field({ type: DimensionEnum, description: "One of groupBy: days in time, markets by code, objects as they were made." }),
    measure: t.field({ type: MeasureEnum, description: "A measure of measures, by its value." }),
    direction: t.field({ type: Direction, required: true, defaultValue: "ASC", description: "Which way." }),
  }),
});

/** The arguments of every figure. */
export function figureArgs(t: ArgBuilder<Types>) {
  return {
    filter: t({ type: MetricFilter, description: "Which decisions; all if absent." }),
    range: t({ type: MetricRange, required: true, description: "Which period, on the time axis." }),
    timeAxis: t({ type: TimeAxisEnum, required: true, defaultValue: "DECIDED_AT", description: "Which time counts." }),
    layer: t({ type: AuditLayer, required: true, defaultValue: "CLIENT", description: "Whose audits; layers are never mixed." }),
    purposes: t({
      type: [SamplePurpose],
      required: true,
      defaultValue: [...DEFAULT_PURPOSES],
      description:
        "Which samples' audits. TARGETED or GOLDEN can only be read alone, unweighted: they have no inclusion probability (else " +
        "INVALID_INPUT, MIXED_PURPOSES). Partners can't choose in layer CLIENT.",
    }),
    score: t({ type: ScoreTimeEnum, required: true, defaultValue: "CURRENT", description: "Which verdict of an audit." }),
    includeProcessErrors: t.boolean({
      required: true,
      defaultValue: false,
      description: "True counts errors that the process answers for as errors; else these audits are left out.",
    }),
    asOf: t({ type: "DateTime", description: "Only audits published and verdicts recorded by then; now if absent. States are today's." }),
  };
}

type AskedFilter = { [Name in keyof Filter]?: string[] | null };

interface FigureArgs extends AuditChoice {
  filter?: AskedFilter | null;
  range: AskedRange;
  includeProcessErrors: boolean;
  asOf?: Date | null;
}

/** Decodes what `figureArgs` declares. */
export function readFigure(projects: readonly string[], args: FigureArgs): FigureQuery {
  const { filter, range, includeProcessErrors, asOf, ...choice } = args;
  const global = (type: string, ids: AskedFilter["vendorIds"], name: string) => ids?.map((id) => decodeId(type, id, ["filter", name]).id);
  return {
    projects,
    filter: {
      queueIds: filter?.queueIds?.map((id) => decodeProjectId("Queue", id, ["filter", "queueIds"])),
      markets: filter?.markets,
      vendorIds: global("Vendor", filter?.vendorIds, "vendorIds"),
      labelerIds: global("Labeler", filter?.labelerIds, "labelerIds"),
      policyIds: global("Policy", filter?.policyIds, "policyIds"),
    },
    range,
    includeProcessErrors,
    asOf: asOf ?? null,
    choice,
  };
}
