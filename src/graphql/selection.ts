import { type FieldNode, getNamedType, type GraphQLField, type GraphQLObjectType, type GraphQLResolveInfo, isObjectType, type SelectionSetNode } from "graphql";
import { type Selection, WHOLE } from "../db/entities.ts";

/** What of a resolver's info says what the operation selects below its field. */
export type Selecting = Pick<GraphQLResolveInfo, "fieldNodes" | "fragments" | "schema">;

// The fields of a selection set as a type sees them, fragments opened, each fragment once, since its fields merge; two spreads in each of thirty
// fragments would be a billion.
function* fieldsOf(info: Selecting, set: SelectionSetNode | undefined, typeName: string, opened = new Set<string>()): Generator<FieldNode> {
  for (const each of set?.selections ?? []) {
    if (each.kind === "Field") yield each;
    else if (each.kind === "InlineFragment" || !opened.has(each.name.value)) {
      if (each.kind === "FragmentSpread") opened.add(each.name.value);
      const fragment = each.kind === "InlineFragment" ? each : info.fragments[each.name.value]!;
      const condition = fragment.typeCondition?.name.value;
      const isOther = condition !== undefined && condition !== typeName && isObjectType(info.schema.getType(condition));
      if (!isOther) yield* fieldsOf(info, fragment.selectionSet, typeName, opened);
    }
  }
}

function merge(into: Selection, from: Selection): Selection {
  for (const [relation, deeper] of Object.entries(from)) into[relation] = merge(into[relation] ?? {}, deeper);
  return into;
}

// What a field's resolver reads of a row: the column that it shows as it is, those that it says it shows or asks for being there, or anything.
function readBy({ name, extensions }: GraphQLField<unknown, unknown>): Selection {
  const { reads, pothosExposedField } = extensions as { reads?: readonly string[]; pothosExposedField?: string };
  if (name === "id") return { id: {} };
  if (pothosExposedField !== undefined) return { [pothosExposedField]: {} };
  return Object.fromEntries((reads ?? [WHOLE]).map((column) => [column, {}]));
}

function relationsIn(info: Selecting, nodes: Iterable<FieldNode>, type: GraphQLObjectType, isNarrow: boolean): Selection {
  const selection: Selection = {};
  let hasColumns = false;
  for (const node of nodes) {
    for (const field of fieldsOf(info, node.selectionSet, type.name)) {
      const definition = type.getFields()[field.name.value];
      if (!definition) continue;
      const relation = definition.extensions.relation as string | undefined;
      if (relation) merge(selection, { [relation]: relationsIn(info, [field], getNamedType(definition.type) as GraphQLObjectType, isNarrow) });
      if (!isNarrow) continue;
      if (relation && !definition.extensions.reads) merge(selection, { [relation]: { [WHOLE]: {} } });
      const read = readBy(definition);
      hasColumns ||= Object.keys(read).length > 0;
      merge(selection, read);
    }
  }
  // Of rows that are only counted, or whose relations alone are shown.
  if (isNarrow && !hasColumns) merge(selection, { id: {} });
  return selection;
}

/** The to-one relations that the operation selects below this field, whose objects are of that type. */
export function selectionOf(info: GraphQLResolveInfo, typeName: string): Selection {
  return relationsIn(info, info.fieldNodes, info.schema.getType(typeName) as GraphQLObjectType, false);
}

const keptOfRows = new WeakMap<readonly FieldNode[], Map<string, Selection>>();

/** As `selectionOf`, with the columns that the operation selects and these, for a row that nobody reads but the resolvers of its fields. */
export function narrowSelectionOf(info: Selecting, typeName: string, reads: readonly string[] = []): Selection {
  const known = keptOfRows.get(info.fieldNodes)?.get(typeName);
  if (known) return known;
  const selection = relationsIn(info, info.fieldNodes, info.schema.getType(typeName) as GraphQLObjectType, true);
  for (const name of ["id", ...reads]) merge(selection, { [name]: { [WHOLE]: {} } });
  keptOfRows.set(info.fieldNodes, new Map([...(keptOfRows.get(info.fieldNodes) ?? []), [typeName, selection]]));
  return selection;
}

function below(info: Selecting, nodes: readonly FieldNode[], typeName: string, name: string): FieldNode[] {
  return nodes.flatMap((node) => [...fieldsOf(info, node.selectionSet, typeName)].filter((field) => field.name.value === name));
}

const keptBelow = new WeakMap<readonly FieldNode[], Map<string, readonly FieldNode[]>>();

/** The fields with these names that the operation selects below this field, whose objects are of that type, as if they were one; null if there are none. */
export function fieldsBelow(info: Selecting, typeName: string, names: readonly string[]): Selecting | null {
  const known = keptBelow.get(info.fieldNodes) ?? new Map<string, readonly FieldNode[]>();
  keptBelow.set(info.fieldNodes, known);
  const fieldNodes = known.get(names.join()) ?? names.flatMap((name) => below(info, info.fieldNodes, typeName, name));
  known.set(names.join(), fieldNodes);
  return fieldNodes.length > 0 ? { fieldNodes, fragments: info.fragments, schema: info.schema } : null;
}

interface ConnectionSelection {
  readonly selection: Selection;
  readonly hasTotal: boolean;
  readonly hasRows: boolean;
  /** Whether anybody asks if more follow. */
  readonly hasPageInfo: boolean;
}

// Each parent of a level asks for the same, and a compiled query each time; a field's nodes are of one document and one type.
const kept = new WeakMap<readonly FieldNode[], ConnectionSelection>();

/**
 * As `selectionOf` for a connection: what its nodes select, and whether the count and the rows are asked for at all. A narrow one has the
 * columns as well, for rows that nobody reads but the resolvers of these fields.
 */
export function connectionSelectionOf(info: GraphQLResolveInfo, typeName: string, isNarrow = false): ConnectionSelection {
  const known = kept.get(info.fieldNodes);
  if (known) return known;
  const selection = readConnection(info, typeName, isNarrow);
  kept.set(info.fieldNodes, selection);
  return selection;
}

function readConnection(info: GraphQLResolveInfo, typeName: string, isNarrow: boolean): ConnectionSelection {
  const connection = getNamedType(info.returnType).name;
  const edges = below(info, info.fieldNodes, connection, "edges");
  const nodes = [...below(info, info.fieldNodes, connection, "nodes"), ...below(info, edges, `${typeName}Edge`, "node")];
  const pageInfos = below(info, info.fieldNodes, connection, "pageInfo");
  const selection = relationsIn(info, nodes, info.schema.getType(typeName) as GraphQLObjectType, isNarrow);
  // Cursors are made of ids, and rows are found by them.
  if (isNarrow) merge(selection, { id: {} });
  return {
    selection,
    hasTotal: below(info, info.fieldNodes, connection, "totalCount").length > 0,
    hasRows: nodes.length + edges.length + pageInfos.length > 0,
    hasPageInfo: pageInfos.length > 0,
  };
}
