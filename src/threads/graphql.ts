import type { GraphQLResolveInfo } from "graphql";
import { Principal } from "../grants/graphql.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef, loadNode, nodeId } from "../graphql/entity.ts";
import { one } from "../graphql/fields.ts";
import { childList, defineList } from "../graphql/list.ts";
import { Project } from "../projects/graphql.ts";
import { checkReading, mayRead, seesAuthor } from "./rules.ts";
import { type MessageFilter, messageList, type ThreadFilter, threadList } from "./store.ts";
import { messageEntity, THREAD_VISIBILITIES, threadEntity, type ThreadRow } from "./table.ts";

export const Thread = entityRef(threadEntity);
export const Message = entityRef(messageEntity);

export const ThreadVisibility = builder.enumType("ThreadVisibility", {
  description: "Who hears what is said in a thread.",
  values: {
    INTERNAL: { description: "Staff who see what it is about." },
    PARTNER: { description: "They, and the people of the vendor concerned who see it; a labeler only of what is their own." },
  } satisfies Record<(typeof THREAD_VISIBILITIES)[number], object>,
});

const Side = builder.enumType("MessageSide", {
  description: "For whom the author of a message spoke.",
  values: { STAFF: { description: "Those who run the project." }, PARTNER: { description: "The vendor and its labelers." } },
});

defineEntity(Message, {
  isFor: mayRead,
  description: "Something said in a thread. It never changes. Analysts read none.",
  fields: (t) => ({
    text: t.exposeString("text", { description: "The words." }),
    attachments: t.exposeStringList("attachments", { description: "Where attachments lie: references as they were given, never fetched." }),
    sentAt: t.field({ type: "DateTime", description: "When it was said.", resolve: ({ sentAt }) => sentAt }),
    side: t.field({ type: Side, description: "For whom its author spoke.", resolve: ({ authorVendorId }) => (authorVendorId ? "PARTNER" : "STAFF") }),
    isMine: t.boolean({ description: "The viewer said it.", resolve: ({ authorId }, _, { viewer }) => authorId === viewer.principalId }),
    author: one(t, "author", Principal, "Who said it; null where the viewer may not see the person. Partners see nobody of the staff.", { isVisible: seesAuthor }),
    thread: one(t, "thread", Thread, "Where it was said."),
  }),
});

const messageListType = defineList(Message, messageList, {
  orders: { ID: "Order in which they were said." },
  filter: (t: InputFields) => ({ sentAfter: t.field({ type: "DateTime", description: "Those said after this time." }) }),
  read: (filter: MessageFilter, { viewer }) => {
    checkReading(viewer);
    return filter;
  },
});

const subjectOf = ({ subjectType, projectId, subjectId }: ThreadRow) => nodeId(subjectType, projectId, subjectId);

defineEntity(Thread, {
  isFor: mayRead,
  description: "What is said about something, such as an appeal or an escalation: one thread among staff and one with the partner concerned, each from its first message on.",
  fields: (t) => ({
    visibility: t.field({ type: ThreadVisibility, description: "Who hears it.", resolve: ({ visibility }) => visibility }),
    subjectType: t.exposeString("subjectType", { description: "The GraphQL type of what it is about, such as Appeal." }),
    subjectId: t.id({ description: "The id of what it is about, for `node`.", resolve: subjectOf }),
    subject: t.field({
      type: builder.nodeInterfaceRef() as never,
      nullable: true,
      description: "What it is about, as it is now. Null where the viewer may not see it.",
      resolve: (row: ThreadRow, _: object, context: Context, info: GraphQLResolveInfo) => loadNode(subjectOf(row), context, info) as never,
    }),
    lastMessageAt: t.field({ type: "DateTime", nullable: true, description: "When something was said last.", resolve: ({ lastMessageAt }) => lastMessageAt }),
    createdAt: t.field({ type: "DateTime", description: "When it was opened.", resolve: ({ createdAt }) => createdAt }),
    updatedAt: t.field({ type: "DateTime", description: "When it was last changed; lists take `updatedAfter`.", resolve: ({ updatedAt }) => updatedAt }),
    messages: childList(t, messageListType, "threadId", "What was said."),
    project: one(t, "project", Project, "In which project."),
  }),
});

const threadListType = defineList(Thread, threadList, {
  orders: { ID: "Order in which they were opened.", UPDATED_AT: "By the last message." },
  filter: (t: InputFields) => ({
    visibilities: t.field({ type: [ThreadVisibility], description: "Those with one of these visibilities." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those in which something was said after this time." }),
  }),
  read: (filter: ThreadFilter, { viewer }) => {
    checkReading(viewer);
    return filter;
  },
});

/** The field of a type that threads are about: its threads that the viewer may see, two at most. */
export function threadsOf<Row extends { id: string }>(t: Fields<Row>) {
  return childList(t, threadListType, "subjectId", "What is said about it, as far as the viewer may hear it: among staff, and with the partner concerned. Empty for analysts.");
}
