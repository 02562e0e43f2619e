import { FIGURES } from "./query.rules.ts";
import type { ObjectRef } from "@pothos/core";
import type { GraphQLResolveInfo } from "graphql";
import { ErrorCause } from "../audits/graphql.ts";
import type { Key } from "../core/ids.ts";
import type { Entity } from "../db/entities.ts";
import { ClockKinds } from "../clocks/graphql.ts";
import { EscalationSeverity } from "../contacts/graphql.ts";
import { Principal } from "../grants/graphql.ts";
import { principalEntity } from "../grants/table.ts";
import { builder, type Fields, type Types } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { loadEntities, loadEntity } from "../graphql/entity.ts";
import { fieldsBelow } from "../graphql/selection.ts";
import { Labeler } from "../labelers/graphql.ts";
import { labelerEntity } from "../labelers/table.ts";
import type { AnsweredValue, Row } from "../measures/answers.rules.ts";
import { DimensionEnum, MeasureEnum, MeasureSource } from "../measures/graphql.ts";
import { readQueueKey } from "../measures/groups.rules.ts";
import { DEFINITION_VERSION } from "../measures/measures.rules.ts";
import type { Dimension } from "../reach/table.ts";
import { TenureBucket } from "../plans/frame.graphql.ts";
import { AuditLayer, SamplePurpose } from "../plans/graphql.ts";
import { Policy } from "../policies/graphql.ts";
import { policyEntity, policyVersionEntity } from "../policies/table.ts";
import { PolicyVersion } from "../policies/versions.graphql.ts";
import { Project } from "../projects/graphql.ts";
import { Modality, Queue } from "../projects/queues.graphql.ts";
import { projectEntity, queueEntity } from "../projects/table.ts";
import { ErrorCode } from "../scorecards/codes.graphql.ts";
import { Criterion, ErrorType, Severity } from "../scorecards/criteria.graphql.ts";
import { criterionEntity, errorCodeEntity } from "../scorecards/table.ts";
import { Site, Team, Vendor } from "../vendors/graphql.ts";
import { siteEntity, teamEntity, vendorEntity } from "../vendors/table.ts";
import type { Planned } from "./counting.service.ts";
import { figureArgs, MetricCompareTo, MetricCondition, MetricOrder, readFigure } from "./inputs.graphql.ts";
import type { PATHS } from "./plan.rules.ts";
import { type Freshness, measureQuality, type MetricsAnswer } from "./service.ts";
import { BasisEnum, MetricValueType } from "./values.graphql.ts";

/** The objects that rows of one answer name, by entity and value, where they were loaded before the rows are shown. */
type Named = ReadonlyMap<Entity, ReadonlyMap<string, unknown>>;

/** A row as GraphQL shows it, with what it is grouped by. */
interface ShownRow {
  groupBy: readonly Dimension[];
  row: Row;
  named?: Named;
}

/** A row as `MetricRow` takes it. */
export function showRow(groupBy: readonly Dimension[], row: Row): ShownRow {
  return { groupBy, row };
}

const valueIn = ({ groupBy, row }: ShownRow, dimension: Dimension) => row.keys[groupBy.indexOf(dimension)] ?? null;

// What the values of a dimension name, by the dimension.
const OBJECTS: Partial<Record<Dimension, { field: string; entity: Entity; keyOf?: (value: string) => Key }>> = {
  PROJECT: { field: "project", entity: projectEntity },
  QUEUE: { field: "queue", entity: queueEntity, keyOf: readQueueKey },
  VENDOR: { field: "vendor", entity: vendorEntity },
  SITE: { field: "site", entity: siteEntity },
  TEAM: { field: "team", entity: teamEntity },
  LABELER: { field: "labeler", entity: labelerEntity },
  AUDITOR: { field: "auditor", entity: principalEntity },
  APPELLANT: { field: "appellant", entity: principalEntity },
  POLICY: { field: "policy", entity: policyEntity },
  TRUTH_POLICY: { field: "truthPolicy", entity: policyEntity },
  POLICY_VERSION: { field: "policyVersion", entity: policyVersionEntity },
  ERROR_CODE: { field: "errorCode", entity: errorCodeEntity },
  CRITERION: { field: "criterion", entity: criterionEntity },
};
const keyOfId = (id: string): Key => ({ projectId: null, id });

// What the operation selects of the objects that rows name, a statement for each kind of them: to ask row by row, though all would be loaded
// together, costs a promise a row.
async function nameAll(groupBy: readonly Dimension[], rows: readonly Row[], context: Context, info: GraphQLResolveInfo): Promise<Named> {
  const entities = new Set(groupBy.flatMap((dimension) => OBJECTS[dimension]?.entity ?? []));
  const named = await Promise.all([...entities].map(async (entity) => {
    const own = groupBy.flatMap((dimension, place) => (OBJECTS[dimension]?.entity === entity ? [{ ...OBJECTS[dimension]!, place }] : []));
    const selecting = fieldsBelow(info, MetricRow.name, own.map(({ field }) => field));
    const values = selecting ? [...new Set(own.flatMap(({ place }) => rows.flatMap(({ keys }) => keys[place] ?? [])))] : [];
    const objects = selecting ? await loadEntities(entity, values.map(own[0]!.keyOf ?? keyOfId), context, selecting) : [];
    return [entity, new Map(values.map((value, index) => [value, objects[index]]))] as const;
  }));
  return new Map(named);
}

// An object of a dimension, with what the operation selects of it.
function object<Loaded>(t: Fields<ShownRow>, dimension: Dimension, type: ObjectRef<Types, Loaded>) {
  const { entity, keyOf = keyOfId } = OBJECTS[dimension]!;
  const resolve = (shown: ShownRow, _: object, context: Context, info: GraphQLResolveInfo) => {
    const value = valueIn(shown, dimension);
    if (value === null) return null;
    return shown.named ? shown.named.get(entity)!.get(value) ?? null : loadEntity(entity, keyOf(value), context, info);
  };
  const description = `Null unless grouped by ${dimension}, where there is none, or if the viewer may not see it.`;
  return t.field({ type, nullable: true, description, resolve } as never);
}

function plain<Type extends "String" | "Date" | object>(t: Fields<ShownRow>, dimension: Dimension, type: Type, what: string) {
  const description = `${what}. Null unless grouped by ${dimension}${type === "Date" ? "" : ", or where there is none"}.`;
  return t.field({ type, nullable: true, description, resolve: (shown: ShownRow) => valueIn(shown, dimension) } as never) as ReturnType<typeof t.string>;
}

export const MetricRow = builder.objectRef<ShownRow>("MetricRow").implement({
  description: "The figures of one group. A dimension's field is null unless it is grouped by.",
  fields: (t) => ({
    project: object(t, "PROJECT", Project),
    queue: object(t, "QUEUE", Queue),
    market: plain(t, "MARKET", "String", "Code of the market"),
    vendor: object(t, "VENDOR", Vendor),
    site: object(t, "SITE", Site),
    team: object(t, "TEAM", Team),
    labeler: object(t, "LABELER", Labeler),
    auditor: object(t, "AUDITOR", Principal),
    appellant: object(t, "APPELLANT", Principal),
    policy: object(t, "POLICY", Policy),
    truthPolicy: object(t, "TRUTH_POLICY", Policy),
    policyVersion: object(t, "POLICY_VERSION", PolicyVersion),
    action: plain(t, "ACTION", "String", "The labeler's action"),
    harmCategory: plain(t, "HARM_CATEGORY", "String", "Harm category of the labeler's policy"),
    errorType: plain(t, "ERROR_TYPE", ErrorType, "How decisions were wrong"),
    severity: plain(t, "SEVERITY", Severity, "How much the errors weigh"),
    errorCode: object(t, "ERROR_CODE", ErrorCode),
    criterion: object(t, "CRITERION", Criterion),
    errorCause: plain(t, "ERROR_CAUSE", ErrorCause, "Why the labelers erred"),
    goldenRule: plain(t, "GOLDEN_RULE", "String", "The rule that the golden items cite"),
    modality: plain(t, "MODALITY", Modality, "The kind of content"),
    language: plain(t, "LANGUAGE", "String", "The content's language"),
    tenureBucket: plain(t, "TENURE_BUCKET", TenureBucket, "How long labelers had been there"),
    layer: plain(t, "LAYER", AuditLayer, "Whose audits"),
    purpose: plain(t, "PURPOSE", SamplePurpose, "Why decisions were drawn"),
    clockKind: plain(t, "CLOCK_KIND", ClockKinds, "What the clocks are of"),
    escalationSeverity: plain(t, "ESCALATION_SEVERITY", EscalationSeverity, "How grave the escalations are"),
    day: plain(t, "DAY", "Date", "The day, in the range's time zone"),
    week: plain(t, "WEEK", "Date", "The week's first day, in the range's time zone"),
    month: plain(t, "MONTH", "Date", "The month's first day, in the range's time zone"),
    rank: t.int({
      nullable: true,
      description:
        "Place by the first measure of orderBy, in its direction, among the rows that pass having; equal values share one. Null without such a measure, and " +
        "where it has no value or an n below 30, whose place would be chance.",
      resolve: ({ row }) => row.rank ?? null,
    }),
    values: t.field({ type: [MetricValueType], description: "In the order of `measures`.", resolve: ({ row }) => row.values as AnsweredValue[] }),
  }),
});

const MetricPath = builder.enumType("MetricPath", {
  description: "Where figures were read from; all are exact to the last commit.",
  values: {
    ROLLUP: { description: "Sums by day, market, vendor and stratum, with what has changed since they were made." },
    FACTS: { description: "A row for each published audit, with what has changed since they were made." },
    DIRECT: { description: "The rows themselves." },
  } satisfies Record<(typeof PATHS)[number], object>,
});

const MetricPlan = builder.objectRef<Planned>("MetricPlan").implement({
  description: "Where one source of one project was read from.",
  fields: (t) => ({
    project: t.field({
      type: Project,
      nullable: true,
      description: "The project.",
      resolve: ({ projectId }, _, context, info) => loadEntity(projectEntity, { projectId: null, id: projectId }, context, info),
    }),
    source: t.field({ type: MeasureSource, description: "What was counted.", resolve: ({ source }) => source }),
    path: t.field({ type: MetricPath, description: "Where it was read from.", resolve: ({ path }) => path }),
  }),
});

export const MetricsMeta = builder.objectRef<Freshness>("MetricsMeta").implement({
  description: "What figures are made of.",
  fields: (t) => ({
    asOf: t.field({
      type: "DateTime",
      description: "Publications and verdicts up to this time are in the figures. Give it back to page through rows that stand still.",
      resolve: ({ asOf }) => asOf,
    }),
    freshTo: t.field({ type: "DateTime", description: "All that was committed before was seen.", resolve: ({ freshTo }) => freshTo }),
    definitionVersion: t.int({ description: "Counts up whenever a definition changes.", resolve: () => DEFINITION_VERSION }),
    plan: t.field({ type: [MetricPlan], description: "Where the figures were read from, by project and source.", resolve: ({ plan = [] }) => [...plan] }),
  }),
});

const MetricsResult = builder.objectRef<MetricsAnswer>("MetricsResult").implement({
  description: "Figures by group.",
  fields: (t) => ({
    rows: t.field({
      type: [MetricRow],
      description: "One row a group that has data; without groupBy the one row of everything.",
      resolve: async ({ groupBy, page }, _, context, info) => {
        const named = await nameAll(groupBy, page.rows, context, info);
        return page.rows.map((row) => ({ groupBy, row, named }));
      },
    }),
    totals: t.field({
      type: MetricRow,
      nullable: true,
      description: "Everything as one group, estimated anew, not summed from rows. Null unless asked for.",
      resolve: ({ totals }) => totals && showRow([], totals),
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
    extensions: { for: FIGURES },
    args: {
      projects: t.arg.idList({ required: true, description: "Codes or ids of projects." }),
      measures: t.arg({ type: [MeasureEnum], required: true, description: "What is measured; each once." }),
      groupBy: t.arg({ type: [DimensionEnum], required: true, defaultValue: [], description: "What figures are cut by; each once." }),
      ...figureArgs(t.arg),
      basis: t.arg({ type: BasisEnum, required: true, defaultValue: "POPULATION", description: "What the intervals are about." }),
      compareTo: t.arg({ type: MetricCompareTo, description: "What each figure is set against; nothing if absent." }),
      having: t.arg({ type: [MetricCondition], required: true, defaultValue: [], description: "Rows are shown that pass all of these; totals are of all." }),
      orderBy: t.arg({ type: [MetricOrder], required: true, defaultValue: [], description: "How rows are sorted; then by groupBy." }),
      totals: t.arg.boolean({ required: true, defaultValue: false, description: "Everything as one group, too." }),
      first: t.arg.int({ required: true, defaultValue: 1000, description: "Rows on the page: 0 to 10,000." }),
      after: t.arg.string({ description: "Start behind this cursor." }),
    },
    resolve: (_, { projects, measures, groupBy, basis, compareTo, having, orderBy, totals, first, after, ...figure }, context) => {
      const conditions = having.map(({ targetStatuses, ...condition }) => ({ ...condition, statuses: targetStatuses ?? null }));
      const table = { measures, groupBy, basis, compareTo: compareTo ?? null, having: conditions, orderBy, totals, first, after: after ?? null };
      return context.read((db) => measureQuality(db, context.viewer, { ...readFigure(projects, figure), ...table }));
    },
  }),
);
