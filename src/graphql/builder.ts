import SchemaBuilder from "@pothos/core";
import RelayPlugin from "@pothos/plugin-relay";
import type { Context } from "./context.ts";

export interface SchemaTypes {
  Context: Context;
  DefaultFieldNullability: false;
  DefaultInputFieldRequiredness: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    Date: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
    EventCursor: { Input: string; Output: string };
  };
}

/** The builder's types, as its helpers need them. */
export type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;
/** Declares fields of an object type. */
export type Fields<Row> = PothosSchemaTypes.ObjectFieldBuilder<Types, Row>;
/** Declares fields of an input. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<Types, "InputObject">;

/** The one schema builder. */
export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodeTypeOptions: { description: "An object with an id of its own, readable by `node`." },
    idFieldOptions: { description: "Opaque; the same for ever." },
    hasNextPageFieldOptions: { description: "Whether more objects follow this page." },
    hasPreviousPageFieldOptions: { description: "Always false: lists are paged forward." },
    startCursorFieldOptions: { description: "Cursor of the page's first object; null if it is empty." },
    endCursorFieldOptions: { description: "Cursor of the page's last object, for the next page's `after`; null if it is empty." },
    pageInfoTypeOptions: { description: "Where a page of a connection stands (GraphQL Cursor Connections Specification)." },
  },
});

builder.queryType({ description: "Everything that can be read. One operation reads one snapshot of the database." });
builder.mutationType({ description: "Every change. Each field is one transaction, and answers with its payload or a typed refusal." });
