import { builder } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { CRITERION_KINDS, criterionEntity, ERROR_TYPES, SEVERITIES } from "./table.ts";

export const Criterion = entityRef(criterionEntity);

export const Severity = builder.enumType("Severity", {
  description: "The weight of an error.",
  values: {
    CRITICAL: { description: "Harm to people or an unlawful outcome." },
    MAJOR: { description: "A wrong outcome." },
    MINOR: { description: "A flaw that leaves the outcome as it is." },
  } satisfies Record<(typeof SEVERITIES)[number], object>,
});

export const CriterionKind = builder.enumType("CriterionKind", {
  description: "Who answers a criterion.",
  values: {
    DECISION: { description: "About the outcome: filled by the system from decision and truth." },
    PROCESS: { description: "About how it was reached: answered by the auditor." },
  } satisfies Record<(typeof CRITERION_KINDS)[number], object>,
});

export const ErrorType = builder.enumType("ErrorType", {
  description: "How a decision was wrong; the first that fits.",
  values: {
    TECHNICAL: { description: "The platform failed: rendering, routing." },
    UNDER_ENFORCEMENT: { description: "Labeled not violating, and it is." },
    OVER_ENFORCEMENT: { description: "Labeled violating, and it isn't." },
    WRONG_POLICY: { description: "Another policy, though both are violating or both are not." },
    WRONG_ACTION: { description: "The policy is right, the action is not." },
  } satisfies Record<(typeof ERROR_TYPES)[number], object>,
});

defineEntity(Criterion, {
  description: "One thing that is judged.",
  fields: (t) => ({
    code: t.exposeString("code", { description: "Unique within the version." }),
    name: t.exposeString("name", { description: "For people." }),
    section: t.exposeString("section", { nullable: true, description: "Groups criteria for people; null for none." }),
    position: t.exposeInt("position", { description: "Place in the scorecard, from 1." }),
    kind: t.field({ type: CriterionKind, description: "Who answers it.", resolve: (row) => row.kind }),
    weight: t.exposeFloat("weight", { description: "Its part of the score beside the others' weights; above 0." }),
    severity: t.field({ type: Severity, description: "The weight of an error in it.", resolve: (row) => row.severity }),
    isBonus: t.exposeBoolean("isBonus", { description: "Passing it adds to the score, failing it takes nothing." }),
    isNaAllowed: t.exposeBoolean("isNaAllowed", { description: "It may be answered as not applicable." }),
    failsOn: t.field({
      type: [ErrorType],
      description: "How a decision must be wrong to fail it, if it is a DECISION criterion; empty for PROCESS.",
      resolve: (row) => row.failsOn as (typeof ERROR_TYPES)[number][],
    }),
    isBlindSafe: t.exposeBoolean("isBlindSafe", {
      description: "It can be answered without seeing the decision: a blind audit asks it before the truth is locked.",
    }),
  }),
});
