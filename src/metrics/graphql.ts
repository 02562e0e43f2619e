import type { ObjectRef } from "@pothos/core";
import type { GraphQLResolveInfo } from "graphql";
import type { Key } from "../core/ids.ts";
import type { Entity } from "../db/entities.ts";
import { Principal } from "../grants/graphql.ts";
import { principalEntity } from "../grants/table.ts";
import { builder, type Fields, type Types } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { loadEntity } from "../graphql/entity.ts";
import { Labeler } from "../labelers/graphql.ts";
import { labelerEntity } from "../labelers/table.ts";
import { Policy } from "../policies/graphql.ts";
import { policyEntity } from "../policies/table.ts";
import { Project } from "../projects/graphql.ts";
import { Queue } from "../projects/queues.graphql.ts";
import { projectEntity, queueEntity } from "../projects/table.ts";
import { Vendor } from "../vendors/graphql.ts";
import { vendorEntity } from "../vendors/table.ts";
import { type Dimension, readQueueKey } from "./dimensions.rules.ts";
import { figureArgs, MetricOrder, readFigure } from "./inputs.graphql.ts";
import { DEFINITION_VERSION } from "./measures.rules.ts";
import { confuse, type ConfusionAnswer, type Freshness, measureQuality, type MetricsAnswer, type Row } from "./service.ts";
import { BasisEnum, DimensionEnum, MeasureEnum, MetricValueType } from "./values.graphql.ts";

/** A row as GraphQL shows it: the values of its dimensions by name. */
interface ShownRow extends Pick<Row, "values"> {
  keys: Partial<Record<Dimension, string>>;
}

function show(groupBy: readonly Dimension[], { keys, values }: Row): ShownRow {
  return { keys: Object.fromEntries(keys.map((key, index) => [groupBy[index]!, key])), values };
}

// An object of a dimension, loaded for all rows at once with what the operation selects of it.
function object<Loaded>(
  t: Fields<ShownRow>,
  dimension: Dimension,
  entity: Entity<Loaded>,
  type: ObjectRef<Types, Loaded>,
  keyOf: (value: string) => Key = (id) => ({ projectId: null, id }),
) {
  const resolve = ({ keys }: ShownRow, _: object, context: Context, info: GraphQLResolveInfo) => {
    const value = keys[dimension];
    return value === undefined ? null : loadEntity(entity, keyOf(value), context, info);
  };
  const description = `Null unless grouped by ${dimension}, or if the viewer may not see it.`;
  return t.field({ type, nullable: true, description, resolve } as never);
}

function day(t: Fields<ShownRow>, dimension: Dimension, what: string) {
  const description = `${what}, in the range's time zone. Null unless grouped by ${dimension}.`;
  return t.field({ type: "Date", nullable: true, description, resolve: ({ keys }) => keys[dimension] ?? null });
}

const MetricRow = builder.objectRef<ShownRow>("MetricRow").implement({
  description: "The figures of one group. A dimension's field is null unless it is grouped by.",
  fields: (t) => ({
    project: object(t, "PROJECT", projectEntity, Project),
    queue: object(t, "QUEUE", queueEntity, Queue, readQueueKey),
    market: t.string({
      nullable: true,
      description: "Code of the market. Null unless grouped by MARKET.",
      resolve: ({ keys }) => keys.MARKET ?? null,
    }),
    vendor: object(t, "VENDOR", vendorEntity, Vendor),
    labeler: object(t, "LABELER", labelerEntity, Labeler),
    auditor: object(t, "AUDITOR", principalEntity, Principal),
    policy: object(t, "POLICY", policyEntity, Policy),
    day: day(t, "DAY", "The day"),
    week: day(t, "WEEK", "The week's first day"),
    month: day(t, "MONTH", "The month's first day"),
    values: t.field({ type: [MetricValueType], description: "In the order of `measures`.", resolve: ({ values }) => [...values] }),
  }),
});

const MetricsMeta = builder.objectRef<Freshness>("MetricsMeta").implement({
  description: "What figures are made of.",
  fields: (t) => ({
    asOf: t.field({
      type: "DateTime",
      description: "Publications and verdicts up to this time are in the figures. Give it back to page through rows that stand still.",
      resolve: ({ asOf }) => asOf,
    }),
    freshTo: t.field({ type: "DateTime", description: "All that was committed before was seen.", resolve: ({ freshTo }) => freshTo }),
    definitionVersion: t.int({ description: "Counts up whenever a definition changes.", resolve: () => DEFINITION_VERSION }),
  }),
});

const MetricsResult = builder.objectRef<MetricsAnswer>("MetricsResult").implement({
  description: "Figures by group.",
  fields: (t) => ({
    rows: t.field({
      type: [MetricRow],
      description: "One row a group that has data; without groupBy the one row of everything.",
      resolve: ({ groupBy, page }) => page.rows.map((row) => show(groupBy, row)),
    }),
    totals: t.field({
      type: MetricRow,
      nullable: true,
      description: "Everything as one group, estimated anew, not summed from rows. Null unless asked for.",
      resolve: ({ totals }) => totals && show([], totals),
    }),
    meta: t.field({ type: MetricsMeta, description: "What the figures are made of.", resolve: (answer) => answer }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description: "Whether more rows follow, and from where.",
      resolve: ({ page: { hasNextPage, startCursor, endCursor } }) => ({ hasNextPage, hasPreviousPage: false, startCursor, endCursor }),
    }),
  }),
});

builder.queryField("metrics", (t) =>
  t.field({
    type: MetricsResult,
    description:
      "Quality figures of the rows the viewer may see, each with its count and its 95 % interval. Partners' and labelers' figures are of " +
      "their own audits, with the weights that everybody's have.",
    args: {
      projects: t.arg.idList({ required: true, description: "Codes or ids of projects." }),
      measures: t.arg({ type: [MeasureEnum], required: true, description: "What is measured; each once." }),
      groupBy: t.arg({ type: [DimensionEnum], required: true, defaultValue: [], description: "What figures are cut by; each once." }),
      ...figureArgs(t.arg),
      basis: t.arg({ type: BasisEnum, required: true, defaultValue: "POPULATION", description: "What the intervals are about." }),
      orderBy: t.arg({ type: [MetricOrder], required: true, defaultValue: [], description: "How rows are sorted; then by groupBy." }),
      totals: t.arg.boolean({ required: true, defaultValue: false, description: "Everything as one group, too." }),
      first: t.arg.int({ required: true, defaultValue: 1000, description: "Rows on the page: 0 to 10,000." }),
      after: t.arg.string({ description: "Start behind this cursor." }),
    },
    resolve: (_, { projects, measures, groupBy, basis, orderBy, totals, first, after, ...figure }, context) => {
      const table = { measures, groupBy, basis, orderBy, totals, first, after: after ?? null };
      return context.read((db) => measureQuality(db, context.viewer, { ...readFigure(projects, figure), ...table }));
    },
  }),
);

const ConfusionMatrix = builder.objectRef<ConfusionAnswer>("ConfusionMatrix").implement({
  description: "What labelers chose against what was true: exact counts, unweighted.",
  fields: (t) => ({
    labels: t.field({
      type: [Policy],
      nullable: { list: false, items: true },
      description: "The policies that occur, by rank, then code; null for one that the viewer may not see.",
      resolve: ({ policyIds }, _, context, info) => policyIds.map((id) => loadEntity(policyEntity, { projectId: null, id }, context, info)),
    }),
    counts: t.field({
      type: t.listRef(t.listRef("Int")),
      description: "A row for each label as the truth; in it a count for each label as the labeler's choice.",
      resolve: ({ counts }) => counts,
    }),
    n: t.exposeInt("n", { description: "The sum of all counts." }),
    meta: t.field({ type: MetricsMeta, description: "What the counts are made of.", resolve: (answer) => answer }),
  }),
});

const ConfusionSource = builder.enumType("ConfusionSource", {
  description: "What the truth is taken from.",
  values: {
    AUDITS: { description: "Published primary audits; the verdict in force." },
    GOLDEN: {
      description: "Golden items active when the decision was made; audits play no part. Not for partners, labelers and auditors.",
    },
  },
});

builder.queryField("confusionMatrix", (t) =>
  t.field({
    type: ConfusionMatrix,
    description: "Labels against truth, over the rows the viewer may see.",
    args: {
      project: t.arg.id({ required: true, description: "Code or id of the project." }),
      source: t.arg({ type: ConfusionSource, required: true, defaultValue: "AUDITS", description: "What the truth is taken from." }),
      ...figureArgs(t.arg),
    },
    resolve: (_, { project, source, ...figure }, context) =>
      context.read((db) => confuse(db, context.viewer, { ...readFigure([project], figure), source })),
  }),
);
