import { EscalationKind, EscalationSeverity } from "../contacts/graphql.ts";
import { Escalation, escalationListType, EscalationTrigger } from "../escalations/graphql.ts";
import { escalationRuleEntity } from "../escalations/table.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef, idOf } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Policy } from "../policies/graphql.ts";
import { Project } from "../projects/graphql.ts";
import { queueEntity } from "../projects/table.ts";
import { Market, Vendor } from "../vendors/graphql.ts";
import { type RuleFilter, ruleList } from "./store.ts";

export const EscalationRule = entityRef(escalationRuleEntity);

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

builder.objectFields(Escalation, (t) => ({
  rule: one(t, "rule", EscalationRule, "The rule that raised it; null where none did, or the viewer may not see rules."),
}));

rootList(ruleListType, "escalationRules", "Rules that raise escalations, of the viewer's projects.");
builder.objectFields(Project, (t) => ({ escalationRules: childList(t, ruleListType, "projectId", "When escalations are raised without anybody's doing.") }));
