import type { ObjectRef } from "@pothos/core";
import { accessOfRule, type Viewer } from "../core/viewer.ts";
import type { Fields, Types } from "./builder.ts";
import type { Context } from "./context.ts";
import { isTypeFor } from "./entity.ts";

/** What hides a relation itself, and from whom. */
interface Hiding<Row> {
  isVisible: (viewer: Viewer, row: Row) => boolean;
  /** The columns that tell; the whole row if absent. */
  reads?: readonly (keyof Row & string)[];
  /** Who doesn't pass never sees it. */
  sees?: (viewer: Viewer) => boolean;
}

/**
 * A to-one field: joined into the row by whoever loads it, since the operation selects it, so its resolver is synchronous. Null where
 * absent, where the viewer may not see the other, or where the relation itself is hidden.
 */
export function one<Row, Other>(
  t: Fields<Row>,
  relation: string,
  type: ObjectRef<Types, Other>,
  description: string,
  hiding?: Hiding<Row>,
) {
  return t.field({
    type,
    nullable: true,
    description,
    extensions: { relation, reads: hiding ? hiding.reads : [], isHidden: hiding !== undefined, ...(hiding?.sees ? { for: accessOfRule(hiding.sees) } : {}) },
    resolve: (row: Row, _: object, { viewer }: Context) => {
      const isShown = (!hiding || hiding.isVisible(viewer, row)) && isTypeFor(type.name, viewer);
      return (isShown ? ((row as Record<string, unknown>)[relation] ?? null) : null) as never;
    },
  } as never);
}

/** The fields that every changeable row has. */
export function versionedFields<Row extends { version: number; createdAt: Date; updatedAt: Date }>(t: Fields<Row>) {
  return {
    version: t.expose("version" as never, { type: "Int", description: "Counts changes; give it as `expectedVersion`." } as never),
    createdAt: t.expose("createdAt" as never, { type: "DateTime", description: "When the row was made." } as never),
    updatedAt: t.expose("updatedAt" as never, { type: "DateTime", description: "When it was last changed; lists take `updatedAfter`." } as never),
  };
}
