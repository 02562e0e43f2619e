import { builder } from "../graphql/builder.ts";
import { selectionOf } from "../graphql/selection.ts";
import { defineStream } from "../graphql/stream.ts";
import { type EventRow, listEventsUpTo } from "./feed.store.ts";
import { Event, READERS } from "./graphql.ts";
import { sourceOf, STREAM_ARGS, type StreamArgs } from "./streams.graphql.ts";

builder.subscriptionType({
  description: "What happens from now on, or since a cursor: every message is one event, read under the viewer's rights of that moment. Over WebSocket (graphql-ws) or SSE.",
});

defineStream<EventRow, StreamArgs & { types?: string[] | null }>("projectEvents", {
  type: Event,
  description: "A project's events as far as the viewer may see their subjects, each once and in order.",
  for: READERS,
  args: (t) => ({
    projectId: t.arg.id({ required: true, description: STREAM_ARGS.projectId }),
    after: t.arg({ type: "EventCursor", description: STREAM_ARGS.after }),
    types: t.arg.stringList({ description: "Only events of these types; all if absent." }),
  }),
  source: async ({ types, ...args }, context, info) => {
    const query = { types: types ?? null, selection: selectionOf(info, "Event") };
    return sourceOf(args, context, (projectId) => ({
      interest: types ? ({ type }) => types.includes(type) : undefined,
      read: (db, range) => listEventsUpTo(db, projectId, { ...query, ...range }),
    }));
  },
});
