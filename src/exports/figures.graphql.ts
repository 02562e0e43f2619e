import { execute, getNamedType, type GraphQLSchema, isObjectType, parse } from "graphql";
import type { Cell, Column, Table } from "../core/cells.ts";
import { builder } from "../graphql/builder.ts";
import { columnName, kindOfPath } from "../graphql/cells.ts";
import type { Context } from "../graphql/context.ts";
import { personalOfPath } from "../graphql/personal.ts";
import { DimensionEnum, MeasureEnum } from "../measures/graphql.ts";
import { figureArgs, MetricCompareTo, MetricCondition, MetricOrder } from "../metrics/inputs.graphql.ts";
import { BasisEnum } from "../metrics/values.graphql.ts";
import { type Dataset, isRows, LAYOUTS } from "./rules.ts";

/** What `metrics` is asked, as JSON: its arguments but for the page. */
export interface AskedFigures extends Record<string, unknown> {
  measures: readonly string[];
  groupBy: readonly string[];
  compareTo?: unknown;
}

export const ExportMetrics = builder.inputRef<AskedFigures>("ExportMetrics").implement({
  description: "The arguments of `metrics` but for its page and totals: all rows are exported.",
  fields: (t) => {
    // The same arguments, as fields of an input.
    const asArg = Object.assign((options: object) => t.field(options as never), { boolean: (options: object) => t.boolean(options as never) });
    return {
      projects: t.idList({ required: true, description: "Codes or ids of projects." }),
      measures: t.field({ type: [MeasureEnum], required: true, description: "What is measured; each once." }),
      groupBy: t.field({ type: [DimensionEnum], required: true, defaultValue: [], description: "What figures are cut by; each once." }),
      ...(figureArgs(asArg as never) as object),
      basis: t.field({ type: BasisEnum, required: true, defaultValue: "POPULATION", description: "What the intervals are about." }),
      compareTo: t.field({ type: MetricCompareTo, description: "What each figure is set against; nothing if absent." }),
      having: t.field({ type: [MetricCondition], required: true, defaultValue: [], description: "Keeps rows that pass every condition." }),
      orderBy: t.field({ type: [MetricOrder], required: true, defaultValue: [], description: "How rows are sorted; then by groupBy." }),
    } as never;
  },
});

/** What stands for an object beside its id. */
const LABELS = ["code", "pseudonym", "semver", "name"];
/** Of each measure: what is put behind its name, and where that stands in its value. */
const OF_VALUE = [
  ["", "value"], ["Numerator", "numerator"], ["Denominator", "denominator"], ["N", "n"], ["Low", "interval.low"], ["High", "interval.high"],
  ["Method", "interval.method"], ["Weighted", "weighted"], ["Suppressed", "suppressed"], ["Reason", "reason"],
  ["Target", "target.value"], ["TargetStatus", "target.status"],
] as const;
const OF_COMPARISON = [
  ["Other", "comparison.value"], ["OtherN", "comparison.n"], ["Difference", "comparison.difference"], ["DifferenceLow", "comparison.differenceInterval.low"],
  ["DifferenceHigh", "comparison.differenceInterval.high"], ["IsSignificant", "comparison.isSignificant"], ["OtherReason", "comparison.reason"],
] as const;

interface FigureColumn extends Column {
  /** Where it stands in a row, of what the row is about. */
  path?: string;
  read: (row: object) => Cell;
}

const camel = (word: string) => word.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function at(object: unknown, path: string): Cell {
  return (path.split(".").reduce((value, name) => (value as Record<string, unknown> | null)?.[name], object) ?? null) as Cell;
}

// Behind a dimension's object, its id and what it is called; a plain dimension is a column of its own.
function pathsOfDimension(schema: GraphQLSchema, dimension: string): string[] {
  const name = camel(dimension);
  const row = schema.getType("MetricRow");
  const type = getNamedType(isObjectType(row) ? row.getFields()[name]!.type : null);
  if (!isObjectType(type)) return [name];
  return [`${name}.id`, `${name}.${LABELS.find((label) => label in type.getFields())!}`];
}

/** The columns of figures: the dimensions they are cut by, their rank, and each measure's value with all that belongs to it. */
export function figureColumns(schema: GraphQLSchema, { measures, groupBy, compareTo }: AskedFigures): FigureColumn[] {
  const ofRow = [...groupBy.flatMap((dimension) => pathsOfDimension(schema, dimension)), "rank"].map((path): FigureColumn => ({
    name: camel(path.replace(".", "_").replace(/([A-Z])/g, "_$1")), path, kind: kindOfPath(schema, "MetricRow", path), read: (row) => at(row, path),
  }));
  const ofValue = measures.flatMap((measure, place) => [...OF_VALUE, ...(compareTo ? OF_COMPARISON : [])].map(([suffix, path]): FigureColumn => ({
    name: camel(measure) + suffix, kind: kindOfPath(schema, "MetricValue", path), read: (row) => at((row as { values: unknown[] }).values[place], path),
  })));
  return [...ofRow, ...ofValue];
}

const selection = (paths: readonly string[]) => paths.map((path) => path.split(".").reduceRight((below, name) => (below ? `${name} { ${below} }` : name), "")).join(" ");

/** Rows of a page of figures, the most that `metrics` gives. */
const PAGE = 10_000;

// The very query, by its own arguments, so that nothing is answered here that it would refuse.
function documentOf(schema: GraphQLSchema, asked: AskedFigures): string {
  const { args } = schema.getQueryType()!.getFields().metrics!;
  const given = args.filter(({ name }) => name in asked || name === "first" || name === "after");
  const paths = [...OF_VALUE, ...OF_COMPARISON].map(([, path]) => path);
  return `query (${given.map(({ name, type }) => `$${name}: ${String(type)}`).join(", ")}) { metrics(${given.map(({ name }) => `${name}: $${name}`).join(", ")}) {
    rows { ${selection([...asked.groupBy.flatMap((dimension) => pathsOfDimension(schema, dimension)), "rank"])} values { ${selection(paths)} } }
    pageInfo { hasNextPage endCursor } } }`;
}

interface Page {
  metrics: { rows: object[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

/** Figures as a flat table: the rows of `metrics`, page by page, in one snapshot. */
export function figureTable(schema: GraphQLSchema, asked: AskedFigures, names: readonly string[], context: Context, most = PAGE): Table {
  const all = new Map(figureColumns(schema, asked).map((column) => [column.name, column]));
  const columns = names.map((name) => all.get(name)!);
  const document = parse(documentOf(schema, asked));
  async function* slices() {
    for (let after: string | null = null; ; ) {
      const { data, errors } = await execute({ schema, document, contextValue: context, variableValues: { ...asked, first: most, after } });
      if (errors?.[0]) throw errors[0].originalError ?? errors[0];
      const { rows, pageInfo } = (data as unknown as Page).metrics;
      if (rows.length > 0) yield rows.map((row) => columns.map((column) => column.read(row)));
      if (!pageInfo.hasNextPage || most === 0) return;
      after = pageInfo.endCursor;
    }
  }
  return { columns: columns.map(({ name, kind }) => ({ name, kind })), slices: slices() };
}

interface Asked {
  columns: readonly string[];
  metrics: Record<string, unknown> | null;
}

function personalColumns(schema: GraphQLSchema, dataset: Dataset, { columns, metrics }: Asked): string[] {
  const isAsked = (name: string) => columns.includes(name);
  if (!isRows(dataset)) return figureColumns(schema, metrics as AskedFigures).flatMap(({ name, path }) => (path && isAsked(name) ? (personalOfPath(schema, "MetricRow", path) ?? []) : []));
  const { type, parts, columns: paths } = LAYOUTS[dataset];
  return paths.filter((path) => isAsked(columnName(path))).flatMap((path) => {
    const [head, ...rest] = path.split(".") as [string, ...string[]];
    return (Object.hasOwn(parts, head) ? personalOfPath(schema, parts[head]!, rest.join(".")) : personalOfPath(schema, type, path)) ?? [];
  });
}

/** What a row of the access log says of taking out a table: which, of what project, and which personal fields its columns show. */
export function exportAccess(schema: GraphQLSchema, id: string, dataset: Dataset, query: Asked & { filter: { projectId: string | null } }) {
  const personalFields = personalColumns(schema, dataset, query);
  const subjects = [{ type: "ExportLink", id }, ...(query.filter.projectId ? [{ type: "Project", id: query.filter.projectId }] : [])];
  return {
    kinds: ["EXPORT" as const, ...(personalFields.length > 0 ? ["PERSONAL_READ" as const] : [])],
    operation: null, fields: [dataset], personalFields, personalCount: null, outcome: "OK" as const, code: null,
    subjects: subjects.map((each) => ({ type: each.type, key: { projectId: null, id: each.id } })),
  };
}
