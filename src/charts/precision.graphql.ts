import { builder } from "../graphql/builder.ts";
import { DimensionEnum } from "../measures/graphql.ts";
import { MetricRow, MetricsMeta, showRow } from "../metrics/graphql.ts";
import { figureArgs, readFigure } from "../metrics/inputs.graphql.ts";
import { FIGURES } from "../metrics/query.rules.ts";
import type { Freshness } from "../metrics/service.ts";
import { BasisEnum } from "../metrics/values.graphql.ts";
import type { PlannedGroup, PrecisionPlan } from "./rules.ts";
import { planPrecision } from "./service.ts";

const Row = builder.objectRef<PlannedGroup>("PrecisionPlanRow").implement({
  description: "What a group needs for the half-width asked for.",
  fields: (t) => ({
    group: t.field({ type: MetricRow, description: "The group, with its ACCURACY as the one value.", resolve: ({ row, groupBy }) => showRow(groupBy, row) }),
    halfWidth: t.exposeFloat("halfWidth", {
      nullable: true,
      description: "Half the width of the 95 % interval of ACCURACY now, 0 to 0.5. Null where that has none, for the reason that it gives.",
    }),
    population: t.exposeFloat("population", {
      nullable: true,
      description: "Decisions of the frames that the group's audits stand for, Σw: what the correction for finite populations reckons with. Null of " +
        "purposes without an inclusion probability, and on basis PROCESS.",
    }),
    needed: t.exposeInt("needed", {
      nullable: true,
      description:
        "Audits that the half-width takes at this accuracy: n0 / (1 + (n0 - 1) / N) with n0 = z² p(1-p) / e², rounded up (Cochran 1977), times the " +
        "design effect n Σw² / (Σw)² of the weights (Kish 1965), at most N. Null where halfWidth is.",
    }),
    missing: t.exposeInt("missing", {
      nullable: true,
      description: "How many of these are still to be made; 0 where the interval is narrow enough already. Null where halfWidth is.",
    }),
  }),
});

const Plan = builder.objectRef<PrecisionPlan & Freshness>("PrecisionPlan").implement({
  description: "How many more audits groups need for a half-width.",
  fields: (t) => ({
    rows: t.field({ type: [Row], description: "Those that need most first; those of which nothing is known last.", resolve: ({ rows }) => rows }),
    missing: t.exposeInt("missing", { description: "All audits that are missing, of the groups in which that is known." }),
    meta: t.field({ type: MetricsMeta, description: "What the figures are made of.", resolve: (answer) => answer }),
  }),
});

builder.queryField("precisionPlan", (t) =>
  t.field({
    type: Plan,
    description:
      "How many more audits each group needs before the 95 % interval of its ACCURACY is as narrow as asked, given what is known of it now, of the rows " +
      "the viewer may see.",
    extensions: { for: FIGURES },
    args: {
      projects: t.arg.idList({ required: true, description: "Codes or ids of projects." }),
      halfWidth: t.arg.float({ required: true, description: "Half the width wanted, above 0 and below 0.5, such as 0.02 for 2 points." }),
      groupBy: t.arg({ type: [DimensionEnum], required: true, defaultValue: [], description: "What makes groups; each once." }),
      ...figureArgs(t.arg),
      basis: t.arg({ type: BasisEnum, required: true, defaultValue: "POPULATION", description: "What the intervals are about." }),
    },
    resolve: (_, { projects, halfWidth, groupBy, basis, ...figure }, context) =>
      context.read((db) => planPrecision(db, context.viewer, { ...readFigure(projects, figure), halfWidth, groupBy, basis })),
  }),
);
