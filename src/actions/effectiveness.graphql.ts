import type { Day } from "../core/time.ts";
import { isPartner } from "../core/viewer.ts";
import { Escalation } from "../escalations/graphql.ts";
import { OWNING } from "../escalations/rules.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef, rowField, type RowPayload } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList } from "../graphql/list.ts";
import { defineVerb } from "../graphql/verb.ts";
import { MeasureEnum } from "../measures/graphql.ts";
import type { Measure } from "../measures/measures.rules.ts";
import { MetricFilter } from "../metrics/inputs.graphql.ts";
import { keyOfEscalation, onEscalation } from "../rcas/verbs.graphql.ts";
import { EFFECTIVENESS_LEVEL } from "../stats/effectiveness.ts";
import { type NewCheck, planEffectivenessCheck } from "./effectiveness.service.ts";
import { seesFigures } from "./rules.ts";
import { type CheckFilter, checkList } from "./store.ts";
import { type CheckedRate, type CheckFigures, EFFECTIVENESS_RESULTS, effectivenessCheckEntity, type EffectivenessCheckRow } from "./table.ts";

const EffectivenessCheck = entityRef(effectivenessCheckEntity);

const EffectivenessResult = builder.enumType("EffectivenessResult", {
  description: "Whether what was done works.",
  values: {
    EFFECTIVE: { description: "The rate is on its target and fell by more than chance: the upper limit of the 90 % interval of the rise is below 0." },
    NOT_EFFECTIVE: { description: "The rate is over its target; or nothing could be said twice." },
    INCONCLUSIVE: { description: "Too few audits, or a fall that may be chance. The first time, the check window becomes twice as long." },
  } satisfies Record<(typeof EFFECTIVENESS_RESULTS)[number], object>,
});

const CheckedRateType = builder.objectRef<CheckedRate>("EffectivenessRate").implement({
  description: "The error rate of a window, as `metrics` has it with basis PROCESS, but with its 90 % interval.",
  fields: (t) => ({
    value: t.exposeFloat("value", { nullable: true, description: "The rate, 0..1; null where nothing can be said." }),
    numerator: t.exposeFloat("numerator", { nullable: true, description: "Errors, weighted where weights differ; null where nothing can be said." }),
    denominator: t.exposeFloat("denominator", { nullable: true, description: "What they are a share of, weighted alike; null where nothing can be said." }),
    n: t.exposeInt("n", { description: "Audits that it is made of." }),
    low: t.exposeFloat("low", { nullable: true, description: "Lower limit of the interval; null where there is none." }),
    high: t.exposeFloat("high", { nullable: true, description: "Upper limit of the interval; null where there is none." }),
  }),
});

const ofDifference = (t: Fields<CheckFigures>, name: "value" | "low" | "high", description: string) =>
  t.float({ nullable: true, description, resolve: ({ difference }) => difference?.[name] ?? null });

const Figures = builder.objectRef<CheckFigures>("EffectivenessFigures").implement({
  description: "What a result goes by.",
  fields: (t) => ({
    baseline: t.field({ type: CheckedRateType, description: "Before the actions.", resolve: ({ baseline }) => baseline }),
    check: t.field({ type: CheckedRateType, description: "In the check window.", resolve: ({ check }) => check }),
    difference: ofDifference(t, "value", "Check window less baseline: negative if the rate fell; null where one of them has no value."),
    low: ofDifference(t, "low", "Lower limit of the difference (MOVER, 90 %); null with it."),
    high: ofDifference(t, "high", "Upper limit of the difference (MOVER, 90 %); null with it."),
    level: t.float({ description: "The level of the intervals: 0.9.", resolve: () => EFFECTIVENESS_LEVEL }),
  }),
});

type DayRange = Record<"from" | "to", Day>;
const FROM = "First day, in the project's time zone.";
const TO = "Day after the last one.";

const Window = builder.objectRef<DayRange>("EffectivenessWindow").implement({
  description: "Days whose decisions an effectiveness check is about.",
  fields: (t) => ({
    from: t.field({ type: "Date", description: FROM, resolve: ({ from }) => from }),
    to: t.field({ type: "Date", description: TO, resolve: ({ to }) => to }),
  }),
});

const WindowInput = builder.inputRef<DayRange>("EffectivenessWindowInput").implement({
  description: "Days whose decisions an effectiveness check is about.",
  fields: (t) => ({ from: t.field({ type: "Date", required: true, description: FROM }), to: t.field({ type: "Date", required: true, description: TO }) }),
});

function when(t: Fields<EffectivenessCheckRow>, name: "lockedAt" | "dueAt" | "computedAt", description: string) {
  return t.field({ type: "DateTime", nullable: true, description, resolve: (row) => row[name] });
}

defineEntity(EffectivenessCheck, {
  description:
    "How it will be known whether what is done about an escalation works: fixed when the plan is approved, computed when the check window is over. One a " +
    "cycle. Seen by whoever sees the escalation.",
  fields: (t) => ({
    cycle: t.exposeInt("cycle", { description: "Which cycle of the escalation it is of, from 1." }),
    measure: t.field({ type: MeasureEnum, description: "The error rate.", resolve: ({ measure }) => measure as Measure }),
    filter: t.field({
      type: "JSON",
      nullable: true,
      description: "Which decisions, as `MetricFilter` takes it; {} for all of the project. Null for partners.",
      ...shownTo((viewer) => !isPartner(viewer)),
      resolve: ({ filter }, _, { viewer }) => (isPartner(viewer) ? null : filter),
    }),
    baselineWindow: t.field({ type: Window, description: "Before the actions.", resolve: ({ baselineFrom: from, baselineTo: to }) => ({ from, to }) }),
    checkWindow: t.field({
      type: Window,
      description: "When they should show; twice as long as planned where isExtended.",
      resolve: ({ checkFrom: from, checkTo: to }) => ({ from, to }),
    }),
    target: t.exposeFloat("target", { description: "What the rate must come down to, 0..1." }),
    nMin: t.exposeInt("nMin", { description: "How many audits in the check window it takes to say anything." }),
    lockedAt: when(t, "lockedAt", "When it was fixed, with the approval of the plan; null before."),
    dueAt: when(t, "dueAt", "When it is computed: at the end of the check window; null before VERIFYING, and once it is settled."),
    isExtended: t.exposeBoolean("isExtended", { description: "The first result said nothing, and the check window became twice as long." }),
    result: t.field({ type: EffectivenessResult, nullable: true, description: "What came out last; null before.", resolve: ({ result }) => result }),
    computedAt: when(t, "computedAt", "When that was computed; null before."),
    figures: t.field({
      type: Figures,
      nullable: true,
      description: "What it goes by; null before. Partners see them where the filter names their vendor alone, and none who see one team.",
      resolve: (row, _, { viewer }) => (seesFigures(viewer, row) ? row.figures : null),
    }),
    escalation: one(t, "escalation", Escalation, "What it is of."),
    ...versionedFields(t),
  }),
});

const listType = defineList(EffectivenessCheck, checkList, {
  orders: { ID: "Order in which they were planned." },
  filter: (t: InputFields) => ({
    results: t.field({ type: [EffectivenessResult], description: "Those with one of these results." }),
    cycle: t.int({ description: "That of this cycle, from 1." }),
  }),
  read: (input: CheckFilter) => input,
});

builder.objectFields(Escalation, (t) => ({
  effectivenessChecks: childList(t, listType, "escalationId", "How it is, or was, found out whether what is done works: one a cycle."),
}));

interface PlanInput extends Pick<NewCheck, "measure" | "target" | "nMin"> {
  escalationId: string;
  baselineWindow: DayRange;
  checkWindow: DayRange;
  expectedVersion?: number | null;
  filter?: NewCheck["filter"] | null;
}

defineVerb<PlanInput, RowPayload>("planEffectivenessCheck", {
  description:
    "Says how it will be known whether what is done about an escalation works, in the place of what was said before. approveActionPlan fixes it. Its owner, QA_LEAD.",
  for: { roles: OWNING },
  input: (t) => ({
    ...onEscalation(t, "The version of the check that was read, if there is one; refused if it has moved on. Any version if absent."),
    measure: t.field({ type: MeasureEnum, required: true, description: "A rate of errors: of all, critical or process errors, of over- or under-enforcement." }),
    filter: t.field({ type: MetricFilter, description: "Which decisions; all of the project if absent." }),
    baselineWindow: t.field({ type: WindowInput, required: true, description: "Before the actions." }),
    checkWindow: t.field({ type: WindowInput, required: true, description: "When they should show: from today or later on, and not before the baseline has ended." }),
    target: t.float({ required: true, description: "What the rate must come down to, 0..1." }),
    nMin: t.int({ required: true, description: "How many audits in the check window it takes to say anything: 1 to 1,000,000." }),
  }),
  payload: (t) => ({ effectivenessCheck: rowField(t, effectivenessCheckEntity, EffectivenessCheck, "The check.") }),
  resolve: (input, context) => {
    const { measure, target, nMin, baselineWindow, checkWindow, expectedVersion } = input;
    const windows = { baselineFrom: baselineWindow.from, baselineTo: baselineWindow.to, checkFrom: checkWindow.from, checkTo: checkWindow.to };
    const given = { measure, target, nMin, ...windows, filter: input.filter ?? {} };
    return context.perform("planEffectivenessCheck", input, (verb) => planEffectivenessCheck(verb, keyOfEscalation(input), given, expectedVersion));
  },
});
