import { type BulkItem, checkMost, type Targets } from "../core/bulk.ts";
import { InvalidInput } from "../core/errors.ts";
import { encodeId, type ProjectKey } from "../core/ids.ts";
import type { Access } from "../core/viewer.ts";
import type { Verb } from "../db/verb.ts";
import { builder, type InputFields } from "./builder.ts";
import type { Context } from "./context.ts";
import { keyOf } from "./entity.ts";
import type { ListType } from "./list.ts";
import { Code, defineVerb } from "./verb.ts";

const Outcome = builder.enumType("BulkOutcome", {
  description: "What became of one row of a bulk verb.",
  values: {
    DONE: { description: "The verb was done." },
    WOULD_DO: { description: "It would have been done: the call was a dry run." },
    REFUSED: { description: "Refused; nothing about this row was changed, and the others did not suffer for it." },
  } satisfies Record<BulkItem["outcome"], object>,
});

const ItemRefusal = builder.objectRef<NonNullable<BulkItem["refusal"]>>("BulkRefusal").implement({
  description: "Why a bulk verb left a row as it is: what the verb for one row would have answered.",
  fields: (t) => ({
    code: t.field({ type: Code, description: "Its family.", resolve: ({ code }) => code }),
    message: t.exposeString("message", { description: "For people: why, and what is possible instead." }),
    path: t.exposeStringList("path", { description: "The input's field that it is about; empty if none." }),
  }),
});

export const BulkItemType = builder.objectRef<Omit<BulkItem, "projectId">>("BulkItem").implement({
  description: "A bulk verb's answer for one row.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "The row's id." }),
    outcome: t.field({ type: Outcome, description: "What became of it.", resolve: ({ outcome }) => outcome }),
    refusal: t.field({ type: ItemRefusal, nullable: true, description: "Why not; null unless REFUSED.", resolve: ({ refusal }) => refusal }),
  }),
});

interface BulkInput {
  expectedVersions?: readonly number[] | null;
  filter?: Record<string, unknown> | null;
  isDryRun?: boolean | null;
}

const VERSIONS = ["expectedVersions"] as const;

function readTargets<Row, Filter>(name: string, list: ListType<Row, Filter>, input: BulkInput, context: Context): Targets<Filter> {
  const ids = (input as Record<string, readonly string[] | null | undefined>)[name];
  const { filter, expectedVersions } = input;
  if ((ids == null) === (filter == null)) throw new InvalidInput(`${name}: give ${name} or filter, and not both.`, [name]);
  if (ids) {
    checkMost(ids.length, [name]);
    if (expectedVersions && expectedVersions.length !== ids.length) {
      throw new InvalidInput(`expectedVersions: these are ${expectedVersions.length}, of ${ids.length} rows; give one for each of ${name}, in their order.`, VERSIONS);
    }
    const keys = ids.map((id) => keyOf(list.list.entity, id, [name]) as ProjectKey);
    return { path: [name], keys, read: expectedVersions ? { field: VERSIONS[0], versions: expectedVersions } : null };
  }
  if (expectedVersions) throw new InvalidInput(`expectedVersions: a filter names no rows that they could be of; give ${name} instead.`, VERSIONS);
  const isNarrow = Object.values(filter!).some((value) => value != null);
  if (!isNarrow) throw new InvalidInput("filter: say at least in one field which rows it is about.", ["filter"]);
  return { path: ["filter"], filter: list.read(filter as never, context) };
}

/**
 * A verb on up to 500 rows of a list, by their ids (the field `ids`) or by the list's own filter, with a dry run and an answer per row.
 * `input` declares the fields that the verb needs beside; `run` is its service.
 */
export function defineBulkVerb<Input, Row, Filter>(
  name: string,
  options: {
    description: string;
    for: Access;
    list: ListType<Row, Filter>;
    ids: string;
    input?: (t: InputFields) => Record<string, unknown>;
    run: (verb: Verb, targets: Targets<Filter>, input: Input & { isDryRun: boolean }) => Promise<BulkItem[]>;
  },
): void {
  const { list, ids } = options;
  defineVerb<Input & BulkInput, { items: Omit<BulkItem, "projectId">[] }>(name, {
    description: `${options.description} At most 500 at a time, named by id or filter; each is judged by itself, and answered.`,
    for: options.for,
    input: (t) => ({
      ...options.input?.(t),
      [ids]: t.idList({ description: "Which, by their ids. Give these or a filter." }),
      filter: t.field({ type: list.filter, description: "Which, as the list of this type finds them: refused if more than 500 pass, or if it says nothing." }),
      expectedVersions: t.intList({
        description: "The versions that were read, one for each id, in their order; a row that has moved on is refused by itself. Any version if absent, as for a filter.",
      }),
      isDryRun: t.boolean({ defaultValue: false, description: "If true, nothing is changed; the answer says what would be." }),
    }),
    payload: (t) => ({
      items: t.field({ type: [BulkItemType], description: "An answer for each, in the order of the ids; by id for a filter.", resolve: ({ items }) => items }),
    }),
    resolve: (input, context) => {
      const targets = readTargets(ids, list, input, context);
      return context.perform(name, input, async (verb) => {
        const items = await options.run(verb, targets, { ...input, isDryRun: input.isDryRun ?? false });
        return { items: items.map(({ projectId, id, ...item }) => ({ ...item, id: encodeId(list.list.entity.name, { projectId, id }) })) };
      });
    },
  });
}
