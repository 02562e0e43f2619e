import { Principal } from "../grants/graphql.ts";
import { principalEntity } from "../grants/table.ts";
import { builder, type Fields } from "../graphql/builder.ts";
import { loadEntity } from "../graphql/entity.ts";
import { Labeler } from "../labelers/graphql.ts";
import { labelerEntity } from "../labelers/table.ts";
import { Policy } from "../policies/graphql.ts";
import { policyEntity } from "../policies/table.ts";
import { kappaOf } from "../ratings/judgements.rules.ts";
import type { AgreementSource } from "../ratings/rules.ts";
import type { gradeMajority, RaterLean, RaterPair } from "./service.ts";
import { AgreementValueType, KappaWeightsEnum } from "./values.graphql.ts";

/** A field that holds the policy a row names. */
export function policyField<Row>(t: Fields<Row>, idOf: (row: Row) => string) {
  return t.field({
    type: Policy, nullable: true, description: "The policy; null where the viewer may not see it.",
    resolve: (row, _: object, context, info) => loadEntity(policyEntity, { projectId: null, id: idOf(row) }, context, info),
  });
}

/** A rater as an answer has it. */
interface Rater {
  source: AgreementSource;
  id: string;
}

const RaterType = builder.objectRef<Rater>("AgreementRater").implement({
  description: "Who judged: a labeler or an auditor, or a rater of calibrations.",
  fields: (t) => ({
    labeler: t.field({
      type: Labeler, nullable: true, description: "The labeler, of LABELS; null for others.",
      resolve: ({ source, id }, _, context, info) => (source === "LABELS" ? loadEntity(labelerEntity, { projectId: null, id }, context, info) : null),
    }),
    principal: t.field({
      type: Principal, nullable: true, description: "The person, of DOUBLE_AUDITS and CALIBRATION; null for others, and where the viewer may not see them.",
      resolve: ({ source, id }, _, context, info) => (source === "LABELS" ? null : loadEntity(principalEntity, { projectId: null, id }, context, info)),
    }),
  }),
});

export const Pair = builder.objectRef<RaterPair & { source: AgreementSource }>("AgreementPair").implement({
  description: "Two raters, on the items that both judged.",
  fields: (t) => ({
    one: t.field({ type: RaterType, description: "One of them.", resolve: ({ source, one: id }) => ({ source, id }) }),
    other: t.field({ type: RaterType, description: "The other.", resolve: ({ source, other: id }) => ({ source, id }) }),
    items: t.exposeInt("items", { description: "Items that both judged." }),
    cohenKappa: t.field({
      type: AgreementValueType, description: "Cohen's kappa of the two.",
      args: { weights: t.arg({ type: KappaWeightsEnum, required: true, defaultValue: "NOMINAL", description: "What a disagreement counts." }) },
      resolve: ({ square, scale }, { weights }) => kappaOf(square, scale, weights)!,
    }),
  }),
});

const PolicyLean = builder.objectRef<{ policyId: string; bias: number }>("AgreementPolicyLean").implement({
  description: "How a rater leans towards a policy, or away from it.",
  fields: (t) => ({
    policy: policyField(t, ({ policyId }) => policyId),
    bias: t.exposeFloat("bias", { description: "Share of the rater's judgements for it less the others' on the same items, in -1..1; all add to 0." }),
  }),
});

export const Lean = builder.objectRef<RaterLean & { source: AgreementSource }>("AgreementRaterLean").implement({
  description: "A rater beside what most of the others chose; of calibrations beside the consensus.",
  fields: (t) => ({
    rater: t.field({ type: RaterType, description: "Who.", resolve: ({ source, rater: id }) => ({ source, id }) }),
    items: t.int({ description: "Items of theirs on which the others had a majority, or there is a consensus.", resolve: ({ n }) => n }),
    agreed: t.exposeInt("agreed", { description: "Those on which they chose the same." }),
    agreement: t.exposeFloat("agreement", { description: "agreed / items, in 0..1." }),
    byPolicy: t.field({
      type: [PolicyLean], description: "How they lean, by policy.",
      resolve: ({ bias, policyIds }) => policyIds.map((policyId, place) => ({ policyId, bias: bias[place]! })),
    }),
  }),
});

type Majority = NonNullable<Awaited<ReturnType<typeof gradeMajority>>>;

export const MajorityType = builder.objectRef<Majority>("AgreementMajority").implement({
  description: "What most labelers of an item chose, against golden items that were active then. Null figures for who must not know which content is golden.",
  fields: (t) => ({
    items: t.exposeInt("items", { description: "Items." }),
    ties: t.exposeInt("ties", { description: "Those on which several policies were chosen most often; they are left out of the rest." }),
    graded: t.int({ nullable: true, description: "Other items whose content was golden.", resolve: ({ isGraded, graded }) => (isGraded ? graded : null) }),
    correct: t.int({ nullable: true, description: "Those whose majority chose the right policy.", resolve: ({ isGraded, correct }) => (isGraded ? correct : null) }),
    accuracy: t.float({
      nullable: true, description: "correct / graded, in 0..1; null without graded items.",
      resolve: ({ isGraded, correct, graded }) => (isGraded && graded > 0 ? correct / graded : null),
    }),
  }),
});
