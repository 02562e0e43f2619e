import type { ObjectRef } from "@pothos/core";
import { accessOfRule, type Viewer } from "../core/viewer.ts";
import type { Fields, Types } from "./builder.ts";
import type { Context } from "./context.ts";
import { isTypeFor } from "./entity.ts";

/**
 * A to-one field: joined into the row by whoever loads it, since the operation selects it, so its resolver is synchronous. Null where
 * absent, or where the viewer may not see the other; `isVisible` hides the relation itself, from whole roles if they don't pass `sees`.
 */
export function one<Row, Other>(
  t: Fields<Row>,
  relation: string,
  type: ObjectRef<Types, Other>,
  description: string,
  isVisible?: (viewer: Viewer, row: Row) => boolean,
  sees?: (viewer: Viewer) => boolean,
) {
  return t.field({
    type,
    nullable: true,
    description,
    extensions: { relation, ...(isVisible ? {} : { reads: [], isHidden: false }), ...(sees ? { for: accessOfRule(sees) } : {}) },
    resolve: (row: Row, _: object, { viewer }: Context) => {
      const isShown = (!isVisible || isVisible(viewer, row)) && isTypeFor(type.name, viewer);
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
