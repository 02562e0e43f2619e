import type { GraphQLResolveInfo } from "graphql";
import { clocksOf } from "../clocks/graphql.ts";
import { EscalationKind, EscalationSeverity } from "../contacts/graphql.ts";
import { Principal } from "../grants/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef, idOf, loadNode, nodeId } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Policy } from "../policies/graphql.ts";
import { Project } from "../projects/graphql.ts";
import { queueEntity } from "../projects/table.ts";
import { Market, Vendor } from "../vendors/graphql.ts";
import { Escalation, escalationListType, EscalationTrigger } from "./graphql.ts";
import { readsWords } from "./rules.ts";
import { linkList, type RuleFilter, ruleList, signalList } from "./store.ts";
import { escalationLinkEntity, type EscalationLinkRow, escalationRuleEntity, escalationSignalEntity, LINKABLE } from "./table.ts";

export const EscalationRule = entityRef(escalationRuleEntity);
export const EscalationSignal = entityRef(escalationSignalEntity);
export const EscalationLink = entityRef(escalationLinkEntity);

const subjectOf = ({ projectId, subjectType, subjectId }: EscalationLinkRow) => nodeId(subjectType, projectId, subjectId);

const EVERYWHERE = "Null: everywhere in the project.";

defineEntity(EscalationRule, {
  description: "When an escalation is raised without anybody's doing. For administrators, leads, policy managers and analysts.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "What it is called." }),
    trigger: t.expose("trigger", { type: EscalationTrigger, description: "What it looks for." }),
    isActive: t.exposeBoolean("isActive", { description: "It looks." }),
    kind: t.expose("kind", { type: EscalationKind, description: "What the escalations that it raises are about." }),
    severity: t.expose("severity", { type: EscalationSeverity, description: "How grave they are, until somebody has looked at them." }),
    evaluatedAt: t.expose("evaluatedAt", { type: "DateTime", nullable: true, description: "Up to when it has looked; null before it first did." }),
    queueIds: t.idList({
      description: "The queues that it looks at; empty for all of the project.",
      resolve: ({ projectId, queueIds }) => queueIds.map((id) => idOf(queueEntity, { projectId, id })),
    }),
    market: one(t, "marketRow", Market, `The market that it looks at. ${EVERYWHERE}`),
    vendor: one(t, "vendor", Vendor, `The vendor that it looks at. ${EVERYWHERE}`),
    policy: one(t, "policy", Policy, `The policy that it looks at. ${EVERYWHERE}`),
    project: one(t, "project", Project, "In which project."),
    escalations: childList(t, escalationListType, "ruleId", "What it has raised."),
    ...versionedFields(t),
  }),
});

const ruleListType = defineList(EscalationRule, ruleList, {
  orders: { ID: "Order of creation.", NAME: "By name, byte by byte.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    triggers: t.field({ type: [EscalationTrigger], description: "Those that look for one of these." }),
    isActive: t.boolean({ description: "True for those that look, false for the others." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (filter: RuleFilter) => filter,
});

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
    details: t.field({ type: "JSON", description: "Codes, ids and counts that say where and what: an object.", resolve: ({ details }) => details }),
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
  rule: one(t, "rule", EscalationRule, "The rule that raised it; null where none did, or the viewer may not see rules."),
  signals: childList(t, signalListType, "escalationId", "Why it was raised, and what was seen of the same since. Empty for those who are not staff."),
  links: childList(t, linkListType, "escalationId", "What it goes by and has to do with, as far as the viewer may see the objects."),
  slaClocks: clocksOf(t, "Its clocks, as far as the viewer may see them: the vendor sees its own alone."),
}));

rootList(ruleListType, "escalationRules", "Rules that raise escalations, of the viewer's projects.");
builder.objectFields(Project, (t) => ({ escalationRules: childList(t, ruleListType, "projectId", "When escalations are raised without anybody's doing.") }));
