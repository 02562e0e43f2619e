import { decodeId } from "../core/ids.ts";
import { builder } from "../graphql/builder.ts";
import { loadEntity } from "../graphql/entity.ts";
import { MetricsMeta } from "../metrics/graphql.ts";
import { figureArgs, readFigure } from "../metrics/inputs.graphql.ts";
import { FIGURES } from "../metrics/query.rules.ts";
import { BasisEnum, ConfidenceInterval, MetricValueType, Reason } from "../metrics/values.graphql.ts";
import { policyVersionEntity } from "../policies/table.ts";
import { PolicyVersion } from "../policies/versions.graphql.ts";
import { type ImpactLine, measureImpact, type PolicyImpact } from "./impact.service.ts";
import type { Window } from "./rules.ts";
import { type AuditorCorrected, type AuditorRate, correctErrorRate } from "./service.ts";

const Rate = builder.objectRef<AuditorRate>("AuditorErrorRate").implement({
  description: "How often auditors err in one direction.",
  fields: (t) => ({
    value: t.exposeFloat("value", { nullable: true, description: "x / n, 0..1; null without such audits." }),
    x: t.exposeInt("x", { description: "Audits that erred so." }),
    n: t.exposeInt("n", { description: "Audits that could." }),
  }),
});

const Corrected = builder.objectRef<AuditorCorrected>("AuditorCorrected").implement({
  description: "Error rate and accuracy as audited, and as they would be had auditors made no errors. Show both; the second never replaces the first.",
  fields: (t) => ({
    errorRate: t.field({ type: MetricValueType, description: "ERROR_RATE as audited.", resolve: ({ errorRate }) => errorRate }),
    accuracy: t.field({ type: MetricValueType, description: "ACCURACY as audited.", resolve: ({ accuracy }) => accuracy }),
    missRate: t.field({
      type: Rate,
      description: "m: of true errors, those that the first auditor passed.",
      resolve: ({ missRate }) => missRate,
    }),
    falseFlagRate: t.field({
      type: Rate,
      description: "f: of right decisions, those in which the first auditor found an error.",
      resolve: ({ falseFlagRate }) => falseFlagRate,
    }),
    correctedErrorRate: t.exposeFloat("correctedErrorRate", {
      nullable: true,
      description: "(error rate - f) / (1 - m - f), cut to 0..1 (Rogan & Gladen 1978). Null with a reason.",
    }),
    correctedAccuracy: t.exposeFloat("correctedAccuracy", { nullable: true, description: "1 - correctedErrorRate." }),
    standardError: t.exposeFloat("standardError", {
      nullable: true,
      description: "Of both: √([Var e + (1-ê)² Var f + ê² Var m]) / (1 - m - f), so with what is uncertain of m and f.",
    }),
    reason: t.field({
      type: Reason,
      nullable: true,
      description: "Why nothing is corrected: that of errorRate; else NO_AUDITOR_RATES, with fewer than 20 true errors among double audits, without a right " +
        "decision among them, and where m + f is 1 or more.",
      resolve: ({ reason }) => reason,
    }),
    meta: t.field({ type: MetricsMeta, description: "What the figures are made of.", resolve: (answer) => answer }),
  }),
});

builder.queryField("auditorCorrected", (t) =>
  t.field({
    type: Corrected,
    description:
      "The error rate beside the one corrected for auditors' own errors, known from random double audits of the same range and filter alone: the first " +
      "auditor's verdict before it was resolved against the resolved one. Overturned audits tell nothing of it, since nobody appeals at random. " +
      "For administrators, leads and analysts.",
    extensions: { for: { roles: ["ADMIN", "QA_LEAD", "ANALYST"] } },
    args: {
      project: t.arg.id({ required: true, description: "Code or id of the project." }),
      ...figureArgs(t.arg),
      basis: t.arg({ type: BasisEnum, required: true, defaultValue: "POPULATION", description: "What the intervals as audited are about." }),
    },
    resolve: (_, { project, basis, ...figure }, context) =>
      context.read((db) => correctErrorRate(db, context.viewer, { ...readFigure([project], figure), basis })),
  }),
);

const WindowType = builder.objectRef<Window>("ImpactWindow").implement({
  description: "A stretch of decision times.",
  fields: (t) => ({
    from: t.field({ type: "DateTime", description: "Start, inclusive.", resolve: ({ from }) => from }),
    to: t.field({ type: "DateTime", description: "End, exclusive.", resolve: ({ to }) => to }),
  }),
});

const Line = builder.objectRef<ImpactLine>("ImpactLine").implement({
  description: "Error rates before and after, and what lies between them.",
  fields: (t) => ({
    before: t.field({ type: MetricValueType, description: "ERROR_RATE of the decisions before.", resolve: ({ before }) => before }),
    after: t.field({ type: MetricValueType, description: "ERROR_RATE of the decisions after.", resolve: ({ after }) => after }),
    difference: t.exposeFloat("difference", { nullable: true, description: "after - before, -1..1. Null where either is." }),
    interval: t.field({
      type: ConfidenceInterval,
      nullable: true,
      description: "Of the difference, 95 %, from both intervals (MOVER, Zou & Donner 2008; of plain Wilson Newcombe's method 10). Null where the difference is.",
      resolve: ({ interval }) => interval,
    }),
    isSignificant: t.exposeBoolean("isSignificant", { nullable: true, description: "The interval leaves out 0. Null where there is none." }),
  }),
});

const Impact = builder.objectRef<PolicyImpact>("PolicyImpact").implement({
  description: "What became of error rates when a policy version took effect. Compare both lines: what moved both was hardly the version.",
  fields: (t) => ({
    policyVersion: t.field({
      type: PolicyVersion,
      nullable: true,
      description: "The version; null if the viewer may not see it.",
      resolve: ({ versionId: id }, _, context, info) => loadEntity(policyVersionEntity, { projectId: null, id }, context, info),
    }),
    before: t.field({ type: WindowType, description: "The days before it took effect.", resolve: ({ windows }) => windows.before }),
    after: t.field({ type: WindowType, description: "The days from then on, as far as they have come.", resolve: ({ windows }) => windows.after }),
    graceUntil: t.field({
      type: "DateTime",
      description: "Until then a decision right under the previous version was no error, so that errors of the new one may show only afterwards.",
      resolve: ({ windows }) => windows.graceUntil,
    }),
    isComplete: t.boolean({ description: "False while the days after have not all passed.", resolve: ({ windows }) => windows.isComplete }),
    policy: t.field({ type: Line, description: "Decisions in which the version's policy was chosen or true.", resolve: ({ policy }) => policy }),
    others: t.field({ type: Line, description: "All other decisions of the same markets and filter, to compare with.", resolve: ({ others }) => others }),
    meta: t.field({ type: MetricsMeta, description: "What the figures are made of.", resolve: (answer) => answer }),
  }),
});

builder.queryField("policyImpact", (t) => {
  const { range: _, timeAxis: __, ...args } = figureArgs(t.arg);
  return t.field({
    type: Impact,
    description:
      "Error rates of the rows the viewer may see before and after a policy version took effect, by the time of decision: of a version for one market, of " +
      "decisions of that market. Refused with INVALID_INPUT for a version that has not taken effect.",
    extensions: { for: FIGURES },
    args: {
      project: t.arg.id({ required: true, description: "Code or id of the project." }),
      policyVersionId: t.arg.id({ required: true, description: "The version." }),
      days: t.arg.int({ required: true, defaultValue: 14, description: "How many days, of 24 hours, on either side: 1 to 366." }),
      ...args,
      basis: t.arg({ type: BasisEnum, required: true, defaultValue: "PROCESS", description: "What the intervals are about." }),
    },
    resolve: (_, { project, policyVersionId, days, basis, ...figure }, context) => {
      const { id } = decodeId("PolicyVersion", policyVersionId, ["policyVersionId"]);
      const asked = readFigure([project], { ...figure, range: { last: { unit: "DAY", n: 1 } }, timeAxis: "DECIDED_AT" });
      return context.read((db) => measureImpact(db, context.viewer, { ...asked, versionId: id, days, basis }));
    },
  });
});
