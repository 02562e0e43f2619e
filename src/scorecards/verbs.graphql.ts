import { builder } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb } from "../graphql/verb.ts";
import { CriterionKind, Severity } from "./criteria.graphql.ts";
import { Scorecard } from "./graphql.ts";
import type { NewCriterion } from "./rules.ts";
import { createScorecard, renameScorecard, reviseScorecard } from "./service.ts";
import { scorecardEntity } from "./table.ts";

const EXPECTED = "The scorecard's version that was read; refused if the row has moved on. Any version if absent.";
const CRITERIA = "What is judged, in this order: 1 to 100, each with a code of its own.";

const CriterionInput = builder.inputRef<NewCriterion>("CriterionInput").implement({
  description: "One thing that is judged.",
  fields: (t) => ({
    code: t.string({ required: true, description: '1 to 64 letters, digits, ".", "_" or "-".' }),
    name: t.string({ required: true, description: "1 to 200 characters." }),
    section: t.string({ description: "Groups criteria for people." }),
    kind: t.field({ type: CriterionKind, required: true, description: "Who answers it." }),
    weight: t.float({ required: true, description: "Its part of the score beside the others' weights; above 0." }),
    severity: t.field({ type: Severity, required: true, description: "The weight of an error in it." }),
    isBonus: t.boolean({ required: true, defaultValue: false, description: "Passing it adds to the score, failing it takes nothing." }),
    isNaAllowed: t.boolean({ required: true, defaultValue: false, description: "It may be answered as not applicable." }),
    isBlindSafe: t.boolean({ required: true, defaultValue: false, description: "It can be answered without seeing the decision." }),
  }),
});

defineVerb<{ code: string; name: string; criteria: NewCriterion[] }, RowPayload>("createScorecard", {
  description: "Adds a scorecard, its first version published at once. ADMIN, QA_LEAD.",
  input: (t) => ({
    code: t.string({ required: true, description: '1 to 64 letters, digits, ".", "_" or "-". Never changes.' }),
    name: t.string({ required: true, description: "1 to 200 characters." }),
    criteria: t.field({ type: [CriterionInput], required: true, description: CRITERIA }),
  }),
  payload: (t) => ({ scorecard: rowField(t, scorecardEntity, Scorecard, "The new scorecard.") }),
  resolve: (input, context) => context.perform("createScorecard", input, (verb) => createScorecard(verb, input)),
});

defineVerb<{ id: string; criteria: NewCriterion[]; expectedVersion?: number | null }, RowPayload>("reviseScorecard", {
  description: "Publishes the next version of a scorecard and archives the one before. ADMIN, QA_LEAD.",
  input: (t) => ({
    id: t.id({ required: true, description: "The scorecard." }),
    criteria: t.field({ type: [CriterionInput], required: true, description: `${CRITERIA} They take the place of all that were.` }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ scorecard: rowField(t, scorecardEntity, Scorecard, "The scorecard.") }),
  resolve: (input, context) => {
    const key = keyOf(scorecardEntity, input.id, ["id"]);
    return context.perform("reviseScorecard", input, (verb) => reviseScorecard(verb, key, input));
  },
});

defineVerb<{ id: string; name: string; expectedVersion?: number | null }, RowPayload>("renameScorecard", {
  description: "Gives a scorecard another name. ADMIN, QA_LEAD.",
  input: (t) => ({
    id: t.id({ required: true, description: "The scorecard." }),
    name: t.string({ required: true, description: "1 to 200 characters." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ scorecard: rowField(t, scorecardEntity, Scorecard, "The scorecard.") }),
  resolve: (input, context) => {
    const key = keyOf(scorecardEntity, input.id, ["id"]);
    return context.perform("renameScorecard", input, (verb) => renameScorecard(verb, key, input));
  },
});
