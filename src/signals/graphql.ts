import { shownTo } from "../graphql/access.ts";
import type { GraphQLResolveInfo } from "graphql";
import { LINKED_AT_ONCE } from "../core/limits.ts";
import { Escalation } from "../escalations/graphql.ts";
import { readsWords } from "../escalations/rules.ts";
import { Principal } from "../grants/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef, loadNode, nodeId } from "../graphql/entity.ts";
import { one } from "../graphql/fields.ts";
import { childList, defineList } from "../graphql/list.ts";
import { EscalationRule } from "./rules.graphql.ts";
import { linkList, signalList } from "./store.ts";
import { escalationLinkEntity, type EscalationLinkRow, escalationSignalEntity, LINKABLE } from "./table.ts";

const EscalationSignal = entityRef(escalationSignalEntity);
const EscalationLink = entityRef(escalationLinkEntity);

const subjectOf = ({ projectId, subjectType, subjectId }: EscalationLinkRow) => nodeId(subjectType, projectId, subjectId);

defineEntity(EscalationSignal, {
  description: "Why an escalation was opened by a rule, or what was seen of the same since: a figure with its interval, or what happened. For staff.",
  fields: (t) => ({
    seenAt: t.expose("seenAt", { type: "DateTime", description: "When it was seen." }),
    measure: t.exposeString("measure", { nullable: true, description: "Name of the Measure; null where it is no figure." }),
    value: t.exposeFloat("value", { nullable: true, description: "The figure, in its measure's unit; null where it is none." }),
    low: t.exposeFloat("low", { nullable: true, description: "Lower limit of its interval; null where it has none." }),
    high: t.exposeFloat("high", { nullable: true, description: "Upper limit of its interval; null where it has none." }),
    n: t.exposeInt("n", { nullable: true, description: "What it is computed from, such as audits: 0 or more; null where it is no figure." }),
    threshold: t.exposeFloat("threshold", { nullable: true, description: "What it should have kept, in the same unit; null where there is no such." }),
    details: t.field({ type: "JSON", description: `Codes, ids and counts that say where and what: an object. Of more than ${LINKED_AT_ONCE} audits, lots or other objects, \`unlinked\` says how many are not linked.`, resolve: ({ details }) => details }),
    rule: one(t, "rule", EscalationRule, "The rule that saw it; null where none did, or the viewer may not see rules."),
  }),
});

const signalListType = defineList(EscalationSignal, signalList, {
  orders: { ID: "As they were added." },
  filter: (t: InputFields) => ({ seenAfter: t.field({ type: "DateTime", description: "Those seen after this time." }) }),
  read: (filter: { seenAfter?: Date | null }) => filter,
});

defineEntity(EscalationLink, {
  description: "An object that an escalation goes by, or has to do with. Seen by whoever sees both.",
  fields: (t) => ({
    subjectType: t.exposeString("subjectType", { description: "The GraphQL type of the object, such as Audit." }),
    subjectId: t.id({ description: "The id of the object, for `node`.", resolve: subjectOf }),
    subject: t.field({
      type: builder.nodeInterfaceRef() as never,
      nullable: true,
      description: "The object, as it is now. Null where the viewer may not see it.",
      resolve: (row: EscalationLinkRow, _: object, context: Context, info: GraphQLResolveInfo) => loadNode(subjectOf(row), context, info) as never,
    }),
    note: t.string({
      nullable: true,
      description: "What it shows, in the words of who linked it; null if they said nothing. Null for analysts, who read no words of people.",
      ...shownTo(readsWords),
      resolve: ({ note }, _, { viewer }) => (readsWords(viewer) ? note : null),
    }),
    addedAt: t.expose("addedAt", { type: "DateTime", description: "When it was linked." }),
    addedBy: one(t, "addedBy", Principal, "Who linked it; null where the viewer may not see the person."),
  }),
});

const linkListType = defineList(EscalationLink, linkList, {
  orders: { ID: "As they were linked." },
  filter: (t: InputFields) => ({ subjectTypes: t.stringList({ description: `Links to objects of one of these types: ${Object.keys(LINKABLE).join(", ")}.` }) }),
  read: (filter: { subjectTypes?: string[] | null }) => filter,
});

builder.objectFields(Escalation, (t) => ({
  signals: childList(t, signalListType, "escalationId", "Why it was raised, and what was seen of the same since. Empty for those who are not staff."),
  links: childList(t, linkListType, "escalationId", "What it goes by and has to do with, as far as the viewer may see the objects."),
}));
