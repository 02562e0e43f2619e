import type { ObjectRef } from "@pothos/core";
import type { GraphQLResolveInfo } from "graphql";
import { decodeId, decodeProjectId, encodeId, type Key, keyText, readId } from "../core/ids.ts";
import { InvalidInput } from "../core/errors.ts";
import { accessOfRule, type Viewer } from "../core/viewer.ts";
import { type Entity, isOwned, type Selection } from "../db/entities.ts";
import { keyOfSelection, rowsByKey } from "../db/plans.ts";
import { rolesReading } from "../db/policies.ts";
import { EVERYBODY, inWords } from "./access.ts";
import { builder, type Fields, type Types } from "./builder.ts";
import type { Context, LoaderFactory } from "./context.ts";
import { narrowSelectionOf, type Selecting } from "./selection.ts";

const entities = new Map<string, Entity>();
const readers = new Map<string, (viewer: Viewer) => boolean>();

interface RowKey {
  projectId?: string;
  id: string;
}

/** The reference of an entity's GraphQL type, to be given its fields by `defineEntity`. */
export function entityRef<Row extends RowKey>(entity: Entity<Row>): ObjectRef<Types, Row> {
  entities.set(entity.name, entity);
  return builder.objectRef<Row>(entity.name);
}

/**
 * Makes an entity a GraphQL type: a Node with an opaque id and these fields. For viewers whom it is not for (a client without the scope)
 * its objects don't exist, whatever rows their database role reads. It declares who sees some of them: whom a policy of its table names.
 */
export function defineEntity<Row extends RowKey>(
  ref: ObjectRef<Types, Row>,
  options: { description: string; isFor?: (viewer: Viewer) => boolean; fields: (t: Fields<Row>) => Record<string, unknown> },
): void {
  if (options.isFor) readers.set(ref.name, options.isFor);
  const access = accessOfRule(options.isFor ?? (() => true), rolesReading(entities.get(ref.name)!.table));
  builder.objectType(ref, {
    description: `${options.description} Read by ${inWords(access)}.`,
    extensions: { for: access },
    interfaces: [builder.nodeInterfaceRef()],
    // The relay plugin's own would be a promise an object.
    fields: (t: Fields<RowKey>) => ({
      id: t.id({ description: "Opaque; the same for ever.", resolve: ({ projectId, id }) => encodeId(ref.name, { projectId: projectId ?? null, id }) }),
      ...options.fields(t as unknown as Fields<Row>),
    }),
  } as never);
}

/** True if the type's objects exist for everybody whose database role reads their rows. */
export function isTypeForAll(typeName: string): boolean {
  return !readers.has(typeName);
}

/** False if the type's objects don't exist for the viewer. */
export function isTypeFor(typeName: string, viewer: Viewer): boolean {
  return readers.get(typeName)?.(viewer) ?? true;
}

/** The batch reader of an entity with some of its to-one relations joined. */
export function byKey<Row>(entity: Entity<Row>, selection: Selection): LoaderFactory<Key, Row | null> {
  return { name: `${entity.name}:${keyOfSelection(selection)}`, load: (db, keys) => rowsByKey(db, entity, selection, keys), textOf: keyText };
}

/** The row with this key as the operation selects it below this field, and these columns; null if absent or hidden. */
export async function loadEntity<Row>(
  entity: Entity<Row>,
  key: Key,
  context: Context,
  info: GraphQLResolveInfo,
  reads?: readonly (keyof Row & string)[],
): Promise<Row | null> {
  if (!isTypeFor(entity.name, context.viewer)) return null;
  return context.load(byKey(entity, narrowSelectionOf(info, entity.name, reads)), key);
}

/** The rows with these keys as the operation selects them by these fields, in one statement; null where absent or hidden. */
export async function loadEntities<Row>(entity: Entity<Row>, keys: readonly Key[], context: Context, info: Selecting): Promise<(Row | null)[]> {
  if (!isTypeFor(entity.name, context.viewer) || keys.length === 0) return keys.map(() => null);
  const selection = narrowSelectionOf(info, entity.name);
  return context.tally.counted(await context.read((db) => rowsByKey(db, entity, selection, keys)));
}

/** As `loadEntity`, for rows a payload names: the verb that has just run made sure that they are there. */
export async function loadPayload<Row>(entity: Entity<Row>, key: Key, context: Context, info: GraphQLResolveInfo): Promise<Row> {
  return (await loadEntity(entity, key, context, info))!;
}

/** The key that an opaque id of this entity carries; it names a project if and only if the entity is owned by one. */
export function keyOf(entity: Entity, opaque: string, path: readonly string[]): Key {
  return isOwned(entity) ? decodeProjectId(entity.name, opaque, path) : { ...decodeId(entity.name, opaque, path), projectId: null };
}

/** The opaque id of an entity's row. */
export function idOf(entity: Entity, key: Key): string {
  return encodeId(entity.name, key);
}

function known(opaque: string): { entity: Entity; key: Key } | null {
  const read = readId(opaque);
  const entity = read && entities.get(read.type);
  return entity && isOwned(entity) === (read.key.projectId !== null) ? { entity, key: read.key } : null;
}

/** The opaque id of a row by the name of its type; what no project owns has no project in its id. */
export function nodeId(type: string, projectId: string | null, id: string): string {
  const entity = entities.get(type);
  return encodeId(type, { projectId: entity && !isOwned(entity) ? null : projectId, id });
}

/** Any object by its opaque id, as the operation selects it below this field; null if absent, hidden, or no object's id. */
export function loadNode(opaque: string, context: Context, info: GraphQLResolveInfo): Promise<unknown> | null {
  const found = known(opaque);
  return found ? loadEntity(found.entity, found.key, context, info) : null;
}

/** True if the viewer sees the object of an opaque id; those that one operation asks for are read together. */
export async function isSeen(opaque: string, context: Context): Promise<boolean> {
  const { entity, key } = known(opaque) ?? {};
  return entity !== undefined && isTypeFor(entity.name, context.viewer) && (await context.load(byKey(entity, {}), key!)) !== null;
}

const MAX_NODES = 100;

builder.queryFields((t) => ({
  node: t.field({
    description: "Any object by its id. Null if there is none, or the viewer may not see it.",
    extensions: { for: EVERYBODY },
    type: builder.nodeInterfaceRef() as never,
    nullable: true,
    args: { id: t.arg.id({ required: true, description: "From any object's `id` field." }) },
    resolve: (_, { id }, context, info) => loadNode(id, context, info) as never,
  }),
  nodes: t.field({
    description: "Objects by their ids, in that order; null where there is none, or the viewer may not see it. At most 100.",
    extensions: { for: EVERYBODY },
    type: [builder.nodeInterfaceRef()] as never,
    nullable: { list: false, items: true } as never,
    args: { ids: t.arg.idList({ required: true, description: "From objects' `id` fields; 1 to 100." }) },
    resolve: (_, { ids }, context, info) => {
      if (ids.length > MAX_NODES) throw new InvalidInput(`ids: ${ids.length} are too many; ask for at most ${MAX_NODES} at a time.`, ["ids"]);
      return ids.map((id) => loadNode(id, context, info)) as never;
    },
  }),
}));

/** A payload that names one row. */
export type RowPayload = RowKey;

/** The payload field that holds the row a verb wrote, read anew after the write. */
export function rowField<Row extends RowKey>(t: Fields<RowPayload>, entity: Entity<Row>, ref: ObjectRef<Types, Row>, description: string) {
  return t.field({
    type: ref,
    description,
    resolve: ({ projectId, id }: RowPayload, _: object, context: Context, info: GraphQLResolveInfo) => loadPayload(entity, { projectId: projectId ?? null, id }, context, info),
  } as never);
}
