import { decodeIfGiven, decodeProjectId, encodeId } from "../core/ids.ts";
import { EscalationKind, EscalationSeverity } from "../contacts/graphql.ts";
import { EscalationTrigger } from "../escalations/graphql.ts";
import { EscalationRule } from "../signals/rules.graphql.ts";
import { escalationRuleEntity } from "../escalations/table.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { projectEntity } from "../projects/table.ts";
import { type Parameters, readParameters } from "./parameters.rules.ts";
import { ParametersInput, ParametersRef } from "./parameters.graphql.ts";
import type { Foreseen, Sighting } from "./rules.ts";
import { changeEscalationRule, createEscalationRule, previewEscalationRule, type RuleWish, turnEscalationRule } from "./service.ts";

interface Scoped {
  name?: string | null;
  kind?: RuleWish["kind"] | null;
  severity?: RuleWish["severity"] | null;
  queueIds?: string[] | null;
  market?: string | null;
  vendorId?: string | null;
  policyId?: string | null;
  parameters?: Parameters | null;
}

const scopeFields = (t: InputFields) => ({
  queueIds: t.idList({ description: "Queues of the project where it looks; all if absent or empty." }),
  market: t.string({ description: "The one market where it looks, by its code; all if absent." }),
  vendorId: t.id({ description: "The one vendor that it looks at; all if absent." }),
  policyId: t.id({ description: "The one policy, as labelers chose it, that it looks at; all if absent. Not for LOT_REJECTED, SLA_FORECAST, SLA_BREACH and AGREEMENT_LOW." }),
  parameters: t.field({ type: ParametersInput, description: "What it goes by; the trigger's defaults if absent." }),
});

// What is given, with rows' own ids; absent fields stay absent.
function scopeOf({ queueIds, market, vendorId, policyId, parameters, name, kind, severity }: Scoped): Partial<RuleWish> {
  return {
    ...(name == null ? {} : { name }), ...(kind == null ? {} : { kind }), ...(severity == null ? {} : { severity }),
    ...(queueIds === undefined ? {} : { queueIds: (queueIds ?? []).map((id, i) => decodeProjectId("Queue", id, ["queueIds", String(i)]).id) }),
    ...(market === undefined ? {} : { market }),
    ...(vendorId === undefined ? {} : { vendorId: decodeIfGiven("Vendor", vendorId, ["vendorId"]) }),
    ...(policyId === undefined ? {} : { policyId: decodeIfGiven("Policy", policyId, ["policyId"]) }),
    ...(parameters === undefined ? {} : { parameters: { ...parameters } }),
  };
}

const NOWHERE = { queueIds: [], market: null, vendorId: null, policyId: null, parameters: {} };
const payload = (t: Fields<RowPayload>) => ({ escalationRule: rowField(t, escalationRuleEntity, EscalationRule, "The rule.") });

interface Named {
  escalationRuleId: string;
  expectedVersion?: number | null;
}

const named = (t: InputFields) => ({
  escalationRuleId: t.id({ required: true, description: "The rule." }),
  expectedVersion: t.int({ description: EXPECTED }),
});
const keyIn = ({ escalationRuleId }: Named) => decodeProjectId(escalationRuleEntity.name, escalationRuleId, ["escalationRuleId"]);

interface NewRule extends Scoped {
  projectId: string;
  name: string;
  trigger: RuleWish["trigger"];
  kind: RuleWish["kind"];
  severity: RuleWish["severity"];
}

const ruleFields = (t: InputFields) => ({
  name: t.string({ required: true, description: "What it is called, and what it raises: 1 to 200 characters." }),
  trigger: t.field({ type: EscalationTrigger, required: true, description: "What it looks for; MANUAL and EXPOSURE_CAP are raised by no rule." }),
  kind: t.field({ type: EscalationKind, required: true, description: "The kind of what it raises." }),
  severity: t.field({ type: EscalationSeverity, required: true, description: "How grave what it raises is at first." }),
  ...scopeFields(t),
});
const wishOf = (input: NewRule): RuleWish => ({ ...NOWHERE, trigger: input.trigger, ...scopeOf(input) }) as RuleWish;

defineVerb<NewRule, RowPayload>("createEscalationRule", {
  description:
    "Sets a rule that raises escalations from now on: figures are looked at every quarter of an hour, the rest within a minute. What it sees again is added to the " +
    "escalation that is open. It fires on the whole interval, never on the point.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({ projectId: t.id({ required: true, description: "In which project." }), ...ruleFields(t) }),
  payload,
  resolve: (input, context) => {
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    return context.perform("createEscalationRule", input, (verb) => createEscalationRule(verb, projectId, wishOf(input)));
  },
});

defineVerb<Named & Scoped, RowPayload>("changeEscalationRule", {
  description: "Changes a rule from its next look on; absent fields stay, and parameters are replaced whole. Its trigger stays what it is.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    ...named(t),
    name: t.string({ description: "What it is called; as it is if absent." }),
    kind: t.field({ type: EscalationKind, description: "The kind of what it raises; as it is if absent." }),
    severity: t.field({ type: EscalationSeverity, description: "How grave what it raises is; as it is if absent." }),
    ...scopeFields(t),
  }),
  payload,
  resolve: (input, context) =>
    context.perform("changeEscalationRule", input, (verb) => changeEscalationRule(verb, keyIn(input), scopeOf(input), input.expectedVersion)),
});

for (const [name, description] of [
  ["pauseEscalationRule", "Has a rule look no more; what it has raised stays."],
  ["resumeEscalationRule", "Has a rule look again, from now on: what happened meanwhile it passes over."],
] as const) {
  defineVerb<Named, RowPayload>(name, {
    description,
    for: { roles: ["QA_LEAD"] },
    input: named,
    payload,
    resolve: (input, context) => context.perform(name, input, (verb) => turnEscalationRule(verb, keyIn(input), name, input.expectedVersion)),
  });
}

const RuleInput = builder.inputType("EscalationRuleInput", {
  description: "A rule as it might be set.",
  fields: (t) => ruleFields(t as InputFields) as never,
});

const Seen = builder.objectRef<Sighting & { at: Date }>("ForeseenSignal").implement({
  description: "What a rule would have seen.",
  fields: (t) => ({
    seenAt: t.field({ type: "DateTime", description: "At the end of which day.", resolve: ({ at }) => at }),
    measure: t.string({ nullable: true, description: "Name of the measure; null where it isn't a figure.", resolve: ({ measure }) => measure }),
    value: t.float({ nullable: true, description: "The figure; null where there is none.", resolve: ({ value }) => value }),
    low: t.float({ nullable: true, description: "Lower end of its interval.", resolve: ({ low }) => low }),
    high: t.float({ nullable: true, description: "Upper end of its interval.", resolve: ({ high }) => high }),
    n: t.int({ nullable: true, description: "Cases, or how many of a kind.", resolve: ({ n }) => n }),
    threshold: t.float({ nullable: true, description: "What it missed; null where it isn't a figure.", resolve: ({ threshold }) => threshold }),
    details: t.field({ type: "JSON", description: "Codes, ids and counts that say where and what, an object.", resolve: ({ details }) => details ?? {} }),
  }),
});

const ForeseenRef = builder.objectRef<Foreseen & { projectId: string }>("ForeseenEscalation").implement({
  description: "An escalation that a rule would have opened.",
  fields: (t) => ({
    fingerprint: t.exposeString("fingerprint", { description: "Equal for the same problem in this preview." }),
    queueIds: t.idList({ description: "Ids of the queues that it would be about; empty: any.", resolve: ({ first, projectId }) => (first.scope.queueIds ?? []).map((id) => encodeId("Queue", { projectId, id })) }),
    first: t.field({ type: Seen, description: "What would have opened it.", resolve: ({ first }) => first }),
    last: t.field({ type: Seen, description: "What was seen of it last.", resolve: ({ last }) => last }),
    signals: t.int({ description: "How often it was seen: the first time, and those that would have been added.", resolve: ({ sightings }) => sightings }),
  }),
});

builder.queryField("escalationRulePreview", (t) =>
  t.field({
    type: [ForeseenRef],
    description:
      "What a rule would have raised in the project's past, looking at the end of each day: figures as they are known now, and no escalation ever ended. " +
      "Nothing is written. QA_LEAD.",
    extensions: { for: { roles: ["QA_LEAD"] } },
    args: {
      projectId: t.arg.id({ required: true, description: "The project." }),
      rule: t.arg({ type: RuleInput, required: true, description: "The rule." }),
      from: t.arg({ type: "Date", required: true, description: "The first day, in the project's zone." }),
      to: t.arg({ type: "Date", required: true, description: "The day behind the last: 1 to 31 days after the first." }),
    },
    resolve: (_, { projectId, rule, from, to }, context) => {
      const { id } = keyOf(projectEntity, projectId, ["projectId"]);
      const wish = wishOf(rule as unknown as NewRule);
      return context.compute((reads) => previewEscalationRule(reads, context.viewer, id, wish, { from, to }));
    },
  }),
);

builder.objectFields(EscalationRule, (t) => ({
  parameters: t.field({
    type: ParametersRef,
    description: "What it goes by, with its trigger's defaults.",
    resolve: ({ trigger, parameters }) => readParameters(trigger, parameters),
  }),
}));
