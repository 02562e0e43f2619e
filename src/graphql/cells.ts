import {
  getNamedType, type GraphQLField, type GraphQLLeafType, type GraphQLObjectType, type GraphQLOutputType, type GraphQLSchema, isLeafType, isListType, isNonNullType,
} from "graphql";
import type { Cell, CellKind, Column } from "../core/cells.ts";
import type { Selection } from "../db/entities.ts";
import type { Context } from "./context.ts";
import { nodeId } from "./entity.ts";

/** A path of fields from an object, such as `labeler.pseudonym`. */
export type Path = string;

/** Objects of a type, and what else their reader puts beside them: the types of such properties, by name. */
export interface Root {
  type: string;
  parts: Readonly<Record<string, string>>;
  /** Properties of their reader's own that no field shows. */
  extras: Readonly<Record<string, CellKind>>;
}

/** A column that reads its own cell from an object. */
export interface CellReader extends Column {
  read: (row: object) => Cell;
}

const KINDS: Readonly<Record<string, CellKind>> = { Int: "INTEGER", Float: "REAL", Boolean: "BOOLEAN", DateTime: "TIME", Date: "DAY" };

function kindOf(type: GraphQLOutputType): CellKind {
  const nullable = isNonNullType(type) ? type.ofType : type;
  return isListType(nullable) ? "TEXTS" : (KINDS[getNamedType(type).name] ?? "TEXT");
}

function leaf(type: GraphQLLeafType, value: unknown): Cell {
  if (value == null) return null;
  return (Array.isArray(value) ? value.map((each) => type.serialize(each)) : type.serialize(value)) as Cell;
}

function objectType(schema: GraphQLSchema, name: string): GraphQLObjectType {
  return schema.getType(name) as GraphQLObjectType;
}

function fieldOf(type: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> {
  const field = type.getFields()[name];
  if (!field) throw new Error(`${type.name} has no field ${name}`);
  return field;
}

type Property = (row: object) => unknown;

const property = (name: string): Property => (row) => (row as Record<string, unknown>)[name];

// As the executor calls it; a field that needs more than its object and the viewer is no cell. Ids alone are resolved by promise.
function resolverOf(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, context: Context): Property {
  const { name, resolve } = field;
  if (name === "id") return (row) => nodeId(type.name, (row as { projectId: string }).projectId, (row as { id: string }).id);
  return resolve ? (row) => resolve(row, {}, context, undefined as never) : property(name);
}

const bare = (type: string): Root => ({ type, parts: {}, extras: {} });

function readerOf(schema: GraphQLSchema, root: Root, [head, ...rest]: readonly string[], context: Context): Omit<CellReader, "name"> {
  const name = head!;
  if (Object.hasOwn(root.extras, name)) return { kind: root.extras[name]!, read: property(name) as CellReader["read"] };
  if (Object.hasOwn(root.parts, name)) {
    const next = readerOf(schema, bare(root.parts[name]!), rest, context);
    const part = property(name) as (row: object) => object | null;
    const read = (row: object) => {
      const other = part(row);
      return other && next.read(other);
    };
    return { kind: next.kind, read };
  }
  const type = objectType(schema, root.type);
  const field = fieldOf(type, name);
  const value = resolverOf(type, field, context);
  const named = getNamedType(field.type);
  if (isLeafType(named)) return { kind: kindOf(field.type), read: (row) => leaf(named, value(row)) };
  const next = readerOf(schema, bare(named.name), rest, context);
  // Many rows share what they point to.
  const known = new WeakMap<object, Cell>();
  const read = (row: object): Cell => {
    const other = value(row) as object | null;
    if (!other) return null;
    let cell = known.get(other);
    if (cell === undefined) known.set(other, (cell = next.read(other)));
    return cell;
  };
  return { kind: next.kind, read };
}

/** A column's name: that of its field, behind the name of the object it is of: `decision.labeler.pseudonym` is labelerPseudonym. */
export function columnName(path: Path): string {
  return path.split(".").slice(-2).map((name, place) => (place === 0 ? name : name[0]!.toUpperCase() + name.slice(1))).join("");
}

/**
 * Columns that read their cells from objects by the schema's own resolvers, so that a cell is what the same viewer would be answered by
 * GraphQL, and tells no more.
 */
export function cellReaders(schema: GraphQLSchema, root: Root, paths: readonly Path[], context: Context): CellReader[] {
  return paths.map((path) => ({ name: columnName(path), ...readerOf(schema, root, path.split("."), context) }));
}

/** The to-one relations that an object must hold for these paths; those of a part stand under its name. */
export function selectionOfPaths(schema: GraphQLSchema, root: Root, paths: readonly Path[]): Selection {
  const selection: Selection = {};
  for (const path of paths) {
    const names = path.split(".");
    let [into, type] = [selection, root.type];
    names.slice(0, -1).forEach((name, place) => {
      const part = place === 0 ? root.parts[name] : undefined;
      const field = part ? null : fieldOf(objectType(schema, type), name);
      into = into[field ? (field.extensions.relation as string) : name] ??= {};
      type = part ?? getNamedType(field!.type).name;
    });
  }
  return selection;
}

/** What a field holds that a path from a type leads to. */
export function kindOfPath(schema: GraphQLSchema, typeName: string, path: Path): CellKind {
  const [name, ...rest] = path.split(".") as [string, ...string[]];
  const { type } = fieldOf(objectType(schema, typeName), name);
  return rest.length === 0 ? kindOf(type) : kindOfPath(schema, getNamedType(type).name, rest.join("."));
}
