import { decodeProjectId } from "../core/ids.ts";
import { idOf } from "../graphql/entity.ts";
import { Queue } from "../projects/queues.graphql.ts";
import { queueEntity } from "../projects/table.ts";
import { queuesWithParts } from "./about.ts";
import { defineEvents, loadAbout } from "./streams.graphql.ts";

interface Filter {
  queueIds?: string[] | null;
  markets?: string[] | null;
  types?: string[] | null;
  toStates?: string[] | null;
}

export const queueEvents = defineEvents("queueEvents", {
  about: queuesWithParts(queueEntity),
  description: `What happens in queues, each event once and in order, as far as the viewer may see its subject: draws, samples claimed and voided, audits submitted and published,
double audits, lots and levels of inspection, assignments of labelers, and changes of the queue itself. A machine client needs scope events:read.`,
  message: {
    name: "QueueEvent",
    description: "Something that happened in a queue.",
    fields: (t) => ({
      queueIds: t.idList({
        description: "The ids of the queues that it happened in, of those asked for: one, or those that a draw took from. Empty for a gap.",
        resolve: ({ projectId, aboutIds = [] }) => aboutIds.map((id) => idOf(queueEntity, { projectId, id })),
      }),
      queue: t.field({
        type: Queue,
        nullable: true,
        description: "The queue that it happened in, as it is now. Null if there are several, and for a gap.",
        resolve: (row, _, context, info) => loadAbout(row, queueEntity, context, info),
      }),
    }),
  },
  filter: {
    description: "Which events of queues.",
    fields: (t) => ({
      queueIds: t.idList({ description: "In one of these queues." }),
      markets: t.stringList({ description: "In a queue of one of these markets, by its code." }),
      types: t.stringList({ description: "Of one of these types, such as audit.published." }),
      toStates: t.stringList({ description: "Into one of these states of the subject, such as PUBLISHED." }),
    }),
    read: ({ queueIds, markets, types, toStates }: Filter, path) => ({
      chosen: { id: queueIds?.map((id) => decodeProjectId("Queue", id, [...path, "queueIds"]).id), market: markets },
      happening: { types, toStates },
    }),
  },
});
