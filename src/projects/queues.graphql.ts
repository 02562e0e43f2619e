import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef, loadEntity } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Scorecard } from "../scorecards/graphql.ts";
import { Market } from "../vendors/graphql.ts";
import { Project } from "./graphql.ts";
import { findQueueKeys, type QueueFilter, queueList } from "./store.ts";
import { MODALITIES, queueEntity } from "./table.ts";

export const Queue = entityRef(queueEntity);

export const Modality = builder.enumType("Modality", {
  description: "What kind of content it is.",
  values: {
    TEXT: { description: "Posts, comments, messages." },
    IMAGE: { description: "Still pictures." },
    VIDEO: { description: "Recorded moving pictures." },
    AUDIO: { description: "Recorded sound." },
    LIVE: { description: "A live stream." },
    PROFILE: { description: "An account: name, picture, description." },
  } satisfies Record<(typeof MODALITIES)[number], object>,
});

defineEntity(Queue, {
  description: "A stream of like work in a project, in one market.",
  fields: (t) => ({
    code: t.exposeString("code", { description: "Unique within the project; never changes." }),
    name: t.exposeString("name", { description: "For people." }),
    modality: t.expose("modality", { type: Modality, description: "The kind of its content." }),
    slaMinutes: t.exposeInt("slaMinutes", { nullable: true, description: "Minutes in which an item should be decided; null if open." }),
    requiredSkills: t.stringList({
      description: "What its auditors must be able to do, in the project's own words; empty if anybody will do.",
      resolve: (row) => row.requiredSkills,
    }),
    project: one(t, "project", Project, "Whose queue it is."),
    market: one(t, "marketRow", Market, "The market it serves."),
    scorecard: one(t, "scorecard", Scorecard, "What auditors of its decisions look at; null where none is set."),
    ...versionedFields(t),
  }),
});

const queueListType = defineList(Queue, queueList, {
  orders: { ID: "Order of creation.", CODE: "By code, byte by byte.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    codes: t.stringList({ description: "Those with one of these codes." }),
    markets: t.stringList({ description: "Those that serve one of these markets, by its code." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: QueueFilter) => input,
});

builder.objectFields(Project, (t) => ({ queues: childList(t, queueListType, "projectId", "Its queues; labelers see their own.") }));

rootList(queueListType, "queues", "Queues of the viewer's projects; labelers see their own.");

builder.queryField("queueByCode", (t) =>
  t.field({
    type: Queue,
    nullable: true,
    description: "The queue with this code in that project; null if there is none, or the viewer may not see it.",
    args: {
      projectCode: t.arg.string({ required: true, description: "The project's code." }),
      code: t.arg.string({ required: true, description: "The queue's code." }),
    },
    resolve: async (_, { projectCode, code }, context, info) => {
      const key = await context.load({ name: "queueByCode", load: findQueueKeys }, { projectCode, code });
      return key ? loadEntity(queueEntity, key, context, info) : null;
    },
  }),
);
