import { NotFound } from "../core/errors.ts";
import { builder } from "../graphql/builder.ts";
import { byKey, keyOf } from "../graphql/entity.ts";
import { selectionOf } from "../graphql/selection.ts";
import { defineStream } from "../graphql/stream.ts";
import { projectEntity } from "../projects/table.ts";
import { readEventCursor } from "./cursor.ts";
import { type EventRow, gapEvent, listEventsByProject } from "./feed.store.ts";
import { Event, mayRead } from "./graphql.ts";

builder.subscriptionType({
  description: "What happens from now on, or since a cursor: every message is one event, read under the viewer's rights of that moment. Over WebSocket (graphql-ws) or SSE.",
});

defineStream<EventRow, { projectId: string; after?: string | null; types?: string[] | null }>("projectEvents", {
  type: Event,
  description: "A project's events as far as the viewer may see their subjects, each once and in order. A machine client needs scope events:read.",
  args: (t) => ({
    projectId: t.arg.id({ required: true, description: "The project." }),
    after: t.arg({ type: "EventCursor", description: "Replay what came behind this event, then follow; only follow if absent." }),
    types: t.arg.stringList({ description: "Only events of these types; all if absent." }),
  }),
  source: async ({ projectId: opaque, after, types }, context, info) => {
    mayRead(context.viewer);
    const { id: projectId } = keyOf(projectEntity, opaque, ["projectId"]);
    if (!(await context.load(byKey(projectEntity, {}), { projectId: null, id: projectId }))) throw new NotFound("There is no such project.", ["projectId"]);
    const query = { types: types ?? null, selection: selectionOf(info, "Event") };
    return {
      projectId,
      after: after == null ? null : readEventCursor(projectId, after),
      gap: (lost, lostTo) => gapEvent(projectId, lost, lostTo, context.now),
      read: async (db, range) => (await listEventsByProject(db, { ...query, ...range }, [projectId]))[0]!.events,
    };
  },
});
