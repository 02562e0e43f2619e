import { MAX_ITEMS } from "../core/bulk.ts";
import { LIMITS } from "../core/limits.ts";
import { MAX_FIRST } from "../core/pages.ts";
import type { Viewer } from "../core/viewer.ts";
import { EVERYBODY } from "./access.ts";
import { builder } from "./builder.ts";
import { mostBytesOf } from "./plugins/bodies.ts";

export const Limits = builder.objectRef<Viewer>("Limits").implement({
  description:
    "What one operation may be, ask for and take at most, over HTTP, WebSocket and SSE alike. What is over a limit is refused before any of it runs, but for `nodes`, with an error whose code stands below.",
  extensions: { for: EVERYBODY },
  fields: (t) => {
    const most = (name: keyof typeof LIMITS, description: string) => t.int({ description, resolve: () => LIMITS[name] });
    return {
      bodyBytes: t.int({
        description: "Bytes of a request's body: more for administrators and for clients that record rows. Over it: status 413. A WebSocket's message has 100,000 at most, and an import's body any number.",
        resolve: (viewer) => mostBytesOf(viewer),
      }),
      tokens: most("tokens", "Tokens of a document: its names, values and marks. TOO_MANY_TOKENS."),
      depth: most("depth", "Fields inside fields; introspection is not counted. TOO_DEEP."),
      aliases: most("aliases", "Fields with an alias, counted wherever their fragment is spread. TOO_MANY_ALIASES."),
      directives: most("directives", "Directives, counted wherever their fragment is spread. TOO_MANY_DIRECTIVES."),
      rootFields: most("rootFields", "Fields of the operation itself. TOO_MANY_ROOT_FIELDS."),
      introspections: most("introspections", "Times that `__schema` or `__type` is asked for. TOO_MANY_INTROSPECTIONS."),
      fields: most("fields", "Fields of all the document's operations, counted wherever their fragment is spread. TOO_MANY_FIELDS."),
      cost: most(
        "cost",
        "Points that it could cost: 1 for each object with an id of its own that its answer could hold if every page were full (a list without pages is taken for 20), 10 for a `totalCount`, 100 for a figure, 500 for what computes for seconds, 10 for a mutation and 1 for each item in its input; of a subscription, for 100 events. `extensions.cost` of every answer tells it as `requested`; with header `x-assay-dry-run: cost`, in connectionParams of a WebSocket, without running anything. TOO_EXPENSIVE.",
      ),
      nodes: most("nodes", "Rows of its lists and nodes, each as often as the answer has it; relations that are joined to a row are not counted. `extensions.cost` of every answer tells them as `nodes`. TOO_MANY_NODES, and no data."),
      pageSize: t.int({ description: "The `first` of a list of objects. INVALID_INPUT.", resolve: () => MAX_FIRST }),
      bulkItems: t.int({ description: "Rows that one call of a bulk verb acts on. INVALID_INPUT.", resolve: () => MAX_ITEMS }),
      sockets: t.int({
        description: "WebSockets and streams of server-sent events that the caller, by all keys and sign-ins together, may have open on one process. Past it a socket is closed with 1008, and a stream is TOO_MANY_STREAMS.",
        resolve: (_, __, { mostSockets }) => mostSockets,
      }),
      socketOperations: most("socketOperations", "Operations that may be under way on one WebSocket. TOO_MANY_OPERATIONS."),
      seconds: most("seconds", "Seconds after which it begins nothing more; what reads from one snapshot has 7 of them, or all if the caller is an ANALYST. DEADLINE_EXCEEDED."),
    };
  },
});

builder.queryField("limits", (t) =>
  t.field({
    type: Limits,
    description: "What the caller's operations may be at most.",
    extensions: { for: EVERYBODY },
    resolve: (_, __, { viewer }) => viewer,
  }),
);
