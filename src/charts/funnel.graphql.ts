import { builder } from "../graphql/builder.ts";
import { loadEntity } from "../graphql/entity.ts";
import { Labeler } from "../labelers/graphql.ts";
import { labelerEntity } from "../labelers/table.ts";
import { MetricsMeta } from "../metrics/graphql.ts";
import { figureArgs, readFigure } from "../metrics/inputs.graphql.ts";
import { FIGURES } from "../metrics/query.rules.ts";
import { MetricValueType, Reason } from "../metrics/values.graphql.ts";
import { TenureBucket } from "../plans/frame.graphql.ts";
import { Queue } from "../projects/queues.graphql.ts";
import { queueEntity } from "../projects/table.ts";
import { Team, Vendor } from "../vendors/graphql.ts";
import { teamEntity, vendorEntity } from "../vendors/table.ts";
import { FUNNEL_MEMBERS, type FunnelPosition, type Peers, type Placed } from "./funnel.rules.ts";
import { comparePeers, type Funnel } from "./funnel.service.ts";

const Members = builder.enumType("FunnelMembers", {
  description: "Who is compared with whom.",
  values: {
    LABELER: { description: "Labelers with those of the same queue and tenure bucket. Not for policy managers." },
    TEAM: { description: "Teams with those on the same queue." },
    VENDOR: { description: "Vendors with those on the same queue." },
  } satisfies Record<(typeof FUNNEL_MEMBERS)[number], object>,
});

const Position = builder.enumType("FunnelPosition", {
  description: "Where an error rate lies among the limits of chance around the reference rate, at its own count.",
  values: {
    BELOW_998: { description: "Below the lower 99.8 % limit (z 3.09)." },
    BELOW_95: { description: "Below the lower 95 % limit (z 1.96)." },
    IN: { description: "Between the 95 % limits: no different from the reference by more than chance." },
    ABOVE_95: { description: "Above the upper 95 % limit." },
    ABOVE_998: { description: "Above the upper 99.8 % limit." },
  } satisfies Record<FunnelPosition, object>,
});

const Point = builder.objectRef<Placed>("FunnelPoint").implement({
  description: "One of the peers.",
  fields: (t) => ({
    labeler: t.field({
      type: Labeler,
      nullable: true,
      description: "Who, if of LABELER; analysts see them by pseudonym.",
      resolve: ({ of, id }, _, context, info) => (of === "LABELER" ? loadEntity(labelerEntity, { projectId: null, id }, context, info) : null),
    }),
    team: t.field({
      type: Team,
      nullable: true,
      description: "Which, if of TEAM.",
      resolve: ({ of, id }, _, context, info) => (of === "TEAM" ? loadEntity(teamEntity, { projectId: null, id }, context, info) : null),
    }),
    vendor: t.field({
      type: Vendor,
      nullable: true,
      description: "Which, if of VENDOR.",
      resolve: ({ of, id }, _, context, info) => (of === "VENDOR" ? loadEntity(vendorEntity, { projectId: null, id }, context, info) : null),
    }),
    errorRate: t.field({ type: MetricValueType, description: "ERROR_RATE with its 95 % interval, on basis PROCESS.", resolve: ({ errorRate }) => errorRate }),
    effectiveN: t.exposeFloat("effectiveN", {
      description: "How many equally weighted audits would tell as much: (Σw)² / Σw² (Kish 1965). What limits, test and shrinkage reckon with.",
    }),
    shrunken: t.exposeFloat("shrunken", {
      nullable: true,
      description:
        "The error rate drawn towards the peers' by how little is known of it: (x + a) / (n + a + b) of the beta-binomial whose a and b the peers' " +
        "rates show (metrics.md 8). 0..1; null with fewer than 5 peers.",
    }),
    low95: t.float({ nullable: true, description: "Lower limit of chance at 95 %, 0..1. Null without a reference rate.", resolve: ({ inner }) => inner?.low ?? null }),
    high95: t.float({ nullable: true, description: "Upper limit of chance at 95 %, 0..1.", resolve: ({ inner }) => inner?.high ?? null }),
    low998: t.float({ nullable: true, description: "Lower limit of chance at 99.8 %, 0..1.", resolve: ({ outer }) => outer?.low ?? null }),
    high998: t.float({ nullable: true, description: "Upper limit of chance at 99.8 %, 0..1.", resolve: ({ outer }) => outer?.high ?? null }),
    position: t.field({ type: Position, nullable: true, description: "Where the rate lies; null without a reference rate.", resolve: ({ position }) => position }),
    pValue: t.exposeFloat("pValue", {
      nullable: true,
      description: "One-sided score test of a rate above the reference: how likely one so high is by chance. Null without a reference rate.",
    }),
    isFlagged: t.exposeBoolean("isFlagged", {
      description: "Worse than the reference by more than chance, with at most 5 % false alarms among all flags of the query (Benjamini & Hochberg 1995).",
    }),
    rank: t.exposeInt("rank", { nullable: true, description: "Place by `shrunken`, 1 the lowest error rate; equals share one. Null under 30 audits and with fewer than 5 peers." }),
  }),
});

const Group = builder.objectRef<Peers>("FunnelGroup").implement({
  description: "Peers: those who do the same work, and for labelers for about as long.",
  fields: (t) => ({
    queue: t.field({
      type: Queue,
      nullable: true,
      description: "The queue they work on.",
      resolve: ({ queue }, _, context, info) => loadEntity(queueEntity, queue, context, info),
    }),
    tenureBucket: t.field({
      type: TenureBucket,
      nullable: true,
      description: "Of labelers: days since hire at the decision. Null where that is unknown, and of teams and vendors.",
      resolve: ({ tenureBucket }) => tenureBucket,
    }),
    k: t.exposeInt("k", { description: "How many peers have audits." }),
    reference: t.exposeFloat("reference", {
      nullable: true,
      description: "The error rate that they are held against: the target asked for, else that of all peers, Σx/Σn. Null with fewer than 5 peers and no target.",
    }),
    rho: t.exposeFloat("rho", {
      nullable: true,
      description: "How alike audits of one peer are beyond chance, 0 to below 1; 0 says that peers differ by no more than chance. Null with fewer than 5 peers.",
    }),
    reason: t.field({
      type: Reason,
      nullable: true,
      description: "TOO_FEW with fewer than 5 peers: nobody is shrunken or ranked, nor held against the others. Else null.",
      resolve: ({ reason }) => reason,
    }),
    points: t.field({ type: [Point], description: "By shrunken rate from the highest, where there is one, else by rate.", resolve: ({ points }) => points }),
  }),
});

const FunnelType = builder.objectRef<Funnel>("Funnel").implement({
  description: "Error rates of peers, and which of them are out of the ordinary.",
  fields: (t) => ({
    groups: t.field({ type: [Group], description: "Groups of peers, those with most audits first.", resolve: ({ groups }) => groups }),
    meta: t.field({ type: MetricsMeta, description: "What the figures are made of.", resolve: (answer) => answer }),
  }),
});

builder.queryField("funnel", (t) =>
  t.field({
    type: FunnelType,
    description:
      "Peers against each other, or against a target, of the rows the viewer may see: error rates with limits of chance at their counts " +
      "(Spiegelhalter 2005), a rate that small counts don't exaggerate, and flags that hold though many are tested.",
    extensions: { for: FIGURES },
    args: {
      project: t.arg.id({ required: true, description: "Code or id of the project." }),
      of: t.arg({ type: Members, required: true, defaultValue: "LABELER", description: "Who is compared." }),
      target: t.arg.float({ description: "The highest error rate that is good, above 0 and below 1; the peers' own rate if absent." }),
      ...figureArgs(t.arg),
    },
    resolve: (_, { project, of, target, ...figure }, context) =>
      context.read((db) => comparePeers(db, context.viewer, { ...readFigure([project], figure), of, target: target ?? null })),
  }),
);
