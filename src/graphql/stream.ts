import type { ObjectRef } from "@pothos/core";
import type { GraphQLResolveInfo } from "graphql";
import type { Db } from "../db/lease.ts";
import type { Interest } from "../events/heads.ts";
import { type Access, mayOnly } from "../core/viewer.ts";
import { inWords } from "./access.ts";
import { builder, type Types } from "./builder.ts";
import type { Context } from "./context.ts";

/** Where a subscription reads: things that happen in one project, each named by the number of its event. */
export interface Source {
  projectId: string;
  /** Begin behind this event; null begins with what happens from now on. */
  after: number | null;
  /** What the viewer sees behind `after`, up to and with `upTo`, in order: at most `first`. */
  read: (db: Db, range: { after: number; upTo: number; first: number }) => Promise<{ seq: number; row: unknown }[]>;
  /** What it may read of, so that nothing is read for the rest; anything if absent. */
  interest?: Interest;
  /** The row that tells that what came behind `after`, up to and with `lostTo`, is not replayed any more: only these days are. */
  gap: (after: number, start: { lostTo: number; days: number }) => unknown;
}

/**
 * A subscription field. Whoever it is not `for` is refused; `source` says where it reads, and whoever runs the subscription (`plugins/live.ts`) reads
 * there and executes the document once for each row.
 */
export function defineStream<Row, Args extends object>(
  name: string,
  options: {
    type: ObjectRef<Types, Row>;
    description: string;
    for: Access;
    args: (t: PothosSchemaTypes.SubscriptionFieldBuilder<Types, object>) => object;
    source: (args: Args, context: Context, info: GraphQLResolveInfo) => Promise<Source>;
  },
): void {
  builder.subscriptionField(name, (t) =>
    t.field({
      type: options.type,
      description: `${options.description} For ${inWords(options.for)}.`,
      extensions: { for: options.for },
      args: options.args(t as never) as never,
      subscribe: async (_: unknown, args: unknown, context: Context, info: GraphQLResolveInfo) => {
        mayOnly(context.viewer, name, options.for);
        const source = await options.source(args as Args, context, info);
        return (async function* () {
          yield source;
        })();
      },
      resolve: (row: unknown) => row,
    } as never),
  );
}
