import type { GraphQLSchema } from "graphql";
import { columnName } from "../graphql/cells.ts";
import { personalOfPath } from "../graphql/personal.ts";
import { type AskedFigures, figureColumns } from "./figures.graphql.ts";
import { type Dataset, isRows, LAYOUTS } from "./rules.ts";

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
