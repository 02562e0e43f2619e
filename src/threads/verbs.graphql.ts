import type { Context } from "../graphql/context.ts";
import { loadPayload, rowField } from "../graphql/entity.ts";
import { defineVerb } from "../graphql/verb.ts";
import { Message, Thread, ThreadVisibility } from "./graphql.ts";
import { SPEAKING } from "./rules.ts";
import { type NewMessage, type Posted, postMessage } from "./service.ts";
import { messageEntity, threadEntity } from "./table.ts";

defineVerb<NewMessage, Posted>("postMessage", {
  description:
    "Says something about an object that has threads. INTERNAL: QA_LEAD, POLICY_MANAGER. PARTNER: they, VENDOR_MANAGER, VENDOR_QA, LABELER, of what the partner sees.",
  for: { roles: SPEAKING.PARTNER },
  input: (t) => ({
    subjectId: t.id({ required: true, description: "What it is about: an object that has `threads`." }),
    visibility: t.field({ type: ThreadVisibility, required: true, description: "Who is to hear it. Can't be changed afterwards." }),
    text: t.string({ required: true, description: "The words, 1 to 2,000 characters." }),
    attachments: t.stringList({ description: "Where attachments lie: at most 20 references of 1 to 2,000 characters, never content or script." }),
  }),
  payload: (t) => ({
    thread: rowField(t as never, threadEntity, Thread, "The thread."),
    postedMessage: t.field({
      type: Message,
      description: "What was said.",
      resolve: ({ projectId, messageId: id }, _: object, context: Context, info) => loadPayload(messageEntity, { projectId, id }, context, info),
    }),
  }),
  resolve: (input, context) => context.perform("postMessage", input, (verb) => postMessage(verb, input)),
});
