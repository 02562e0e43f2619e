import type { ObjectRef } from "@pothos/core";
import type { GraphQLResolveInfo } from "graphql";
import { type Entity, keysByCode } from "../db/entities.ts";
import { builder, type Types } from "./builder.ts";
import type { Context } from "./context.ts";
import { loadEntity } from "./entity.ts";

/** A query field that finds a global row by its code, batched with its neighbours. */
export function rootByCode<Row>(entity: Entity<Row>, ref: ObjectRef<Types, Row>, name: string, description: string): void {
  const resolve = async (_: object, { code }: { code: string }, context: Context, info: GraphQLResolveInfo) => {
    const key = await context.load({ name, load: (db, codes: readonly string[]) => keysByCode(db, entity, codes) }, code);
    return key ? loadEntity(entity, key, context, info) : null;
  };
  builder.queryField(name, (t) =>
    t.field({
      type: ref,
      nullable: true,
      description,
      args: { code: t.arg.string({ required: true, description: "Its code." }) },
      resolve: resolve as never,
    }),
  );
}
