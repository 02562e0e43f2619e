import { type Access } from "../core/viewer.ts";
import type { InputRef, ObjectRef } from "@pothos/core";
import type { GraphQLResolveInfo } from "graphql";
import { keyText, type ProjectKey } from "../core/ids.ts";
import { type Page, readPage } from "../core/pages.ts";
import { isOwned } from "../db/entities.ts";
import { keyOfSelection } from "../db/plans.ts";
import { countAll, countByParent, cursorOf, findPage, findPagesByParent, type List, type ListQuery, type Slice } from "../db/lists.ts";
import { builder, type Fields, type InputFields, type Types } from "./builder.ts";
import type { Context, LoaderFactory } from "./context.ts";
import { connectionSelectionOf } from "./selection.ts";

interface Connection<Row> extends Slice<Row> {
  /** Absent where nobody asks. */
  totalCount?: number;
}

/** A list as doors offer it: type, filter input and sort enum of its connections. */
export interface ListType<Row, Filter> {
  list: List<Row, Filter>;
  connection: ObjectRef<Types, Connection<Row>>;
  filter: InputRef<unknown>;
  order: InputRef<{ field: string; direction: "ASC" | "DESC" }>;
  /** Decodes the filter input; refuses what the viewer may not filter by. */
  read: (input: never, context: Context) => Filter;
  /** Sorted so where no order is asked for. */
  isNewestFirst: boolean;
}

export const Direction = builder.enumType("OrderDirection", {
  description: "Which way rows are sorted.",
  values: { ASC: { description: "Smallest, earliest or first in byte order first." }, DESC: { description: "Largest or latest first." } },
});

const PageInfo = builder.pageInfoRef();

/**
 * The connection type of an entity, its filter input and its sort enum. `orders` names each sort key of the list with its description, as
 * `personal` where it is; `filter` declares the filter's fields, `read` decodes them.
 */
export function defineList<Row extends { id: string }, Filter>(
  ref: ObjectRef<Types, Row>,
  list: List<Row, Filter>,
  options: {
    orders: Record<string, string | { description: string; extensions: { personal: boolean } }>;
    filter: (t: InputFields) => Record<string, unknown>;
    read: (input: never, context: Context) => Filter;
    isNewestFirst?: boolean;
  },
): ListType<Row, Filter> {
  const { name } = list.entity;
  const edge = builder.objectRef<{ row: Row; cursor: string }>(`${name}Edge`).implement({
    description: `A ${name} in a list.`,
    fields: (t) => ({
      cursor: t.exposeString("cursor", { description: "Give it as `after` to continue behind this one." }),
      node: t.field({ type: ref, description: `The ${name}.`, resolve: ({ row }) => row as never }),
    }),
  });
  const connection = builder.objectRef<Connection<Row>>(`${name}Connection`).implement({
    description: `A page of a list of ${name}.`,
    fields: (t) => ({
      nodes: t.field({ type: [ref], description: "The page's objects.", resolve: ({ rows }) => rows as never }),
      edges: t.field({ type: [edge], description: "The page's objects with their cursors.", resolve: (page) => page.rows.map((row, place) => ({ row, cursor: cursorOf(page, place) })) }),
      totalCount: t.int({ description: "How many objects pass the filter, on all pages. Counted only if asked for.", resolve: ({ totalCount }) => totalCount! }),
      pageInfo: t.field({
        type: PageInfo,
        description: "Whether more follow, and from where.",
        resolve: (page) => {
          const ends = page.rows.length > 0 ? { startCursor: cursorOf(page, 0), endCursor: cursorOf(page, page.rows.length - 1) } : { startCursor: null, endCursor: null };
          return { hasNextPage: page.hasNextPage, hasPreviousPage: false, ...ends };
        },
      }),
    }),
  });
  const field = builder.enumType(`${name}OrderField`, {
    description: `What a list of ${name} can be sorted by; ties go by id.`,
    values: Object.fromEntries(Object.entries(options.orders).map(([key, told]) => [key, typeof told === "string" ? { description: told } : told])),
  });
  const order = builder.inputType(`${name}Order`, {
    description: `How a list of ${name} is sorted.`,
    fields: (t) => ({
      field: t.field({ type: field, required: true, description: "The sort key." }),
      direction: t.field({ type: Direction, required: true, defaultValue: "ASC", description: "Which way." }),
    }),
  });
  const filter = builder.inputType(`${name}Filter`, { description: `Which ${name} objects a list holds: those that pass every field given.`, fields: options.filter as never });
  return { list, connection: connection as never, filter: filter as never, order: order as never, read: options.read, isNewestFirst: options.isNewestFirst ?? false };
}

function listArgs<Row, Filter>(t: unknown, type: ListType<Row, Filter>) {
  const { arg } = t as PothosSchemaTypes.QueryFieldBuilder<Types, object>;
  return {
    first: arg.int({ description: "Objects on the page: 0 to 100, default 20." }),
    after: arg.string({ description: "Start behind this cursor." }),
    filter: arg({ type: type.filter, description: "Which objects; all if absent." }),
    orderBy: arg({ type: type.order, description: `How they are sorted; by id (${type.isNewestFirst ? "newest" : "oldest"} first) if absent.` }),
  };
}

interface ListArgs {
  first?: number | null;
  after?: string | null;
  filter?: unknown;
  orderBy?: { field: string; direction: "ASC" | "DESC" } | null;
}

function readQuery<Row, Filter>(type: ListType<Row, Filter>, args: ListArgs, context: Context, info: GraphQLResolveInfo) {
  const page: Page = readPage(args);
  const filter = type.read((args.filter ?? {}) as never, context);
  const { selection, hasTotal, hasRows, hasPageInfo } = connectionSelectionOf(info, type.list.entity.name, true);
  const sorting = { orderBy: args.orderBy?.field ?? "ID", isDescending: args.orderBy ? args.orderBy.direction === "DESC" : type.isNewestFirst };
  const query: ListQuery<Filter> = { filter, ...sorting, page, looksFurther: hasPageInfo, selection };
  return { query, hasTotal, hasRows };
}

const EMPTY: Slice<never> = { rows: [], sortTexts: null, hasNextPage: false };

/**
 * A field that lists every row the viewer sees: one statement, and one more if `totalCount` is asked for. It is for whoever reads the type,
 * unless `access` says for whom alone.
 */
export function rootList<Row, Filter>(type: ListType<Row, Filter>, name: string, description: string, access?: Access): void {
  builder.queryField(name, (t) =>
    t.field({
      type: type.connection,
      description,
      extensions: access && { for: access },
      args: listArgs(t, type) as never,
      resolve: async (_, args, context, info) => {
        const { query, hasTotal, hasRows } = readQuery(type, args as ListArgs, context, info);
        const [slice, totalCount] = await Promise.all([
          hasRows ? context.read((db) => findPage(db, type.list, query).then((page) => context.tally.counted(page))) : EMPTY,
          hasTotal ? context.read((db) => countAll(db, type.list, query.filter)) : 0,
        ]);
        return { ...slice, totalCount } as never;
      },
    }),
  );
}

// What a field asks of each parent of its level, as loaders of the rows and of their number; null for what nobody asks for.
function levelOf<Row, Filter>(type: ListType<Row, Filter>, column: string, args: ListArgs, context: Context, info: GraphQLResolveInfo) {
  const { query, hasTotal, hasRows } = readQuery(type, args, context, info);
  const { selection, ...page } = query;
  const place = `${type.list.entity.name}By${column}:${JSON.stringify(page)}`;
  const rows: LoaderFactory<ProjectKey, Slice<Row>> = {
    name: `page:${place}:${keyOfSelection(selection)}`, load: (db, keys) => findPagesByParent(db, type.list, column, query, keys), textOf: keyText,
  };
  const count: LoaderFactory<ProjectKey, number> = {
    name: `count:${place}`, load: (db, keys) => countByParent(db, type.list, column, query.filter, keys), textOf: keyText,
  };
  return { rows: hasRows ? rows : null, count: hasTotal ? count : null };
}

/** A field that lists rows below a parent: one statement for all parents of the level. `column` holds the parent's id. */
export function childList<Parent extends { id: string }, Row, Filter>(
  t: Fields<Parent>,
  type: ListType<Row, Filter>,
  column: string,
  description: string,
) {
  return t.field({
    type: type.connection,
    description,
    args: listArgs(t, type) as never,
    extensions: { reads: ["id"] },
    resolve: (parent: Parent, args: unknown, context: Context, info: GraphQLResolveInfo) => {
      const { rows, count } = context.once(info.fieldNodes, () => levelOf(type, column, args as ListArgs, context, info));
      const { projectId = null, id } = parent as unknown as { projectId?: string; id: string };
      // A project's own lists are keyed by the project itself.
      const key = { projectId: column === "projectId" || !isOwned(type.list.entity) ? null : projectId, id } as ProjectKey;
      if (rows && !count) return context.load(rows, key);
      return Promise.all([rows ? context.load(rows, key) : EMPTY, count && context.load(count, key)]).then(([page, totalCount]) => ({ ...page, totalCount }));
    },
  } as never);
}
