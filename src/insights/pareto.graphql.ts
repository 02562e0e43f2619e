import { ErrorCause } from "../audits/graphql.ts";
import { builder } from "../graphql/builder.ts";
import { loadEntity } from "../graphql/entity.ts";
import { MetricsMeta } from "../metrics/graphql.ts";
import { figureArgs, readFigure } from "../metrics/inputs.graphql.ts";
import { FIGURES } from "../metrics/query.rules.ts";
import { BasisEnum, MetricValueType } from "../metrics/values.graphql.ts";
import { ErrorCode } from "../scorecards/codes.graphql.ts";
import { Criterion, ErrorType } from "../scorecards/criteria.graphql.ts";
import { criterionEntity, errorCodeEntity } from "../scorecards/table.ts";
import { ERROR_CLASSES, type ErrorClass, type ParetoRest } from "./rules.ts";
import { type Pareto, type ParetoRow, rankErrors } from "./service.ts";

const ErrorClassEnum = builder.enumType("ErrorClass", {
  description: "What errors are told apart by. Of errors alone: a criterion that fails in an audit whose verdict is CORRECT is none, nor is a bonus that wasn't earned.",
  values: {
    ERROR_CODE: { description: "The error code of a failed criterion." },
    CRITERION: { description: "The criterion that failed, in its version of the scorecard." },
    ERROR_CAUSE: { description: "Why the labeler erred, by the failed criterion." },
    ERROR_TYPE: { description: "How the decision was wrong. An audit has one, so that these shares never overlap." },
  } satisfies Record<ErrorClass, object>,
});

const keyOf = (row: ParetoRow, by: ErrorClass) => (row.by === by ? row.key : null);

const Row = builder.objectRef<ParetoRow>("ErrorParetoRow").implement({
  description: "A class of errors. What it is stands in the field of `by`, unless the viewer may not see it; the others are null.",
  fields: (t) => ({
    errorCode: t.field({
      type: ErrorCode,
      nullable: true,
      description: "The error code, if by ERROR_CODE.",
      resolve: (row, _, context, info) => {
        const id = keyOf(row, "ERROR_CODE");
        return id === null ? null : loadEntity(errorCodeEntity, { projectId: null, id }, context, info);
      },
    }),
    criterion: t.field({
      type: Criterion,
      nullable: true,
      description: "The criterion, if by CRITERION.",
      resolve: (row, _, context, info) => {
        const id = keyOf(row, "CRITERION");
        return id === null ? null : loadEntity(criterionEntity, { projectId: null, id }, context, info);
      },
    }),
    errorCause: t.field({
      type: ErrorCause,
      nullable: true,
      description: "The cause, if by ERROR_CAUSE.",
      resolve: (row) => keyOf(row, "ERROR_CAUSE") as never,
    }),
    errorType: t.field({
      type: ErrorType,
      nullable: true,
      description: "The error type, if by ERROR_TYPE.",
      resolve: (row) => keyOf(row, "ERROR_TYPE") as never,
    }),
    audits: t.exposeInt("audits", { description: "Audits with such an error; an audit counts once in each class that it has." }),
    share: t.exposeFloat("share", { description: "Its share of all mentions of errors, weighted as figures are; above 0, up to 1. Shares add to 1." }),
    cumulativeShare: t.exposeFloat("cumulativeShare", { description: "Its share and those of all rows before it; 1 at the last of all." }),
    rate: t.field({
      type: MetricValueType,
      description: "ERROR_RATE of this class: audits with such an error among all audits of the query, with their weights and 95 % interval.",
      resolve: ({ rate }) => rate,
    }),
  }),
});

const Rest = builder.objectRef<ParetoRest>("ErrorParetoRest").implement({
  description: "The classes behind the first ones.",
  fields: (t) => ({
    classes: t.exposeInt("classes", { description: "How many, 1 or more." }),
    share: t.exposeFloat("share", { description: "Their share of all mentions of errors together." }),
  }),
});

const ErrorPareto = builder.objectRef<Pareto>("ErrorPareto").implement({
  description: "Which errors are most frequent.",
  fields: (t) => ({
    rows: t.field({ type: [Row], description: "The heaviest classes first; of equals the one with more audits.", resolve: ({ rows }) => rows }),
    rest: t.field({ type: Rest, nullable: true, description: "What stands behind them; null if nothing does.", resolve: ({ rest }) => rest }),
    errorRate: t.field({
      type: MetricValueType,
      description: "ERROR_RATE of all. The classes' rates may add to more, since an audit may have several.",
      resolve: ({ errorRate }) => errorRate,
    }),
    meta: t.field({ type: MetricsMeta, description: "What the figures are made of.", resolve: (answer) => answer }),
  }),
});

builder.queryField("errorPareto", (t) =>
  t.field({
    type: ErrorPareto,
    description:
      "The classes of errors of the rows the viewer may see, by how much of all errors they make up (Juran's Pareto principle): each with its " +
      "count, its share and its rate over all audits.",
    extensions: { for: FIGURES },
    args: {
      project: t.arg.id({ required: true, description: "Code or id of the project." }),
      by: t.arg({ type: ErrorClassEnum, required: true, defaultValue: "ERROR_CODE", description: `What errors are told apart by: ${ERROR_CLASSES.join(", ")}.` }),
      top: t.arg.int({ required: true, defaultValue: 10, description: "How many classes are shown: 1 to 200. The others are the rest." }),
      ...figureArgs(t.arg),
      basis: t.arg({ type: BasisEnum, required: true, defaultValue: "POPULATION", description: "What the intervals are about." }),
    },
    resolve: (_, { project, by, top, basis, ...figure }, context) =>
      context.read((db) => rankErrors(db, context.viewer, { ...readFigure([project], figure), by, top, basis })),
  }),
);
