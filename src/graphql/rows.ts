import type { RowRefusal } from "../core/fields.ts";
import { builder } from "./builder.ts";
import { Code } from "./verb.ts";

/** Why one row of many was not taken, by every verb that brings rows. */
export const RowRefusalType = builder.objectRef<RowRefusal>("RowRefusal").implement({
  description: "Why one row of many was not taken. The other rows don't suffer for it, unless the verb says so.",
  fields: (t) => ({
    row: t.exposeInt("row", { description: "The row's place in the input, from 0." }),
    field: t.exposeString("field", { description: "The row's field that it is about." }),
    value: t.exposeString("value", { nullable: true, description: "The field's value, shortened; null if absent." }),
    code: t.field({ type: Code, description: "Its family.", resolve: ({ code }) => code }),
    message: t.exposeString("message", { description: "For people: what is wrong with the value, and the remedy." }),
  }),
});
