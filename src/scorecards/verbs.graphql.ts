import { builder } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb } from "../graphql/verb.ts";
import { CriterionKind, ErrorType, Severity } from "./criteria.graphql.ts";
import { Scorecard, ScorecardVersion } from "./graphql.ts";
import type { NewCriterion } from "./rules.ts";
import { WRITERS } from "./rules.ts";
import { createScorecard, renameScorecard } from "./service.ts";
import { scorecardEntity, scorecardVersionEntity } from "./table.ts";
import {
  archiveScorecardVersion, changeScorecardVersion, draftScorecardVersion, publishScorecardVersion, reviseScorecard,
} from "./versions.service.ts";

const EXPECTED = "The scorecard's version that was read; refused if the row has moved on. Any version if absent.";
const CRITERIA = "What is judged, in this order: 1 to 100, each with a code of its own, and not bonuses alone.";
const OF_VERSION = "The version's own version that was read; refused if the row has moved on. Any version if absent.";

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
    isNaAllowed: t.boolean({ required: true, defaultValue: false, description: "It may be answered as not applicable; PROCESS alone." }),
    isBlindSafe: t.boolean({ required: true, defaultValue: false, description: "It needs no sight of the decision; PROCESS alone." }),
    failsOn: t.field({
      type: [ErrorType],
      description: "How a decision must be wrong to fail it; DECISION alone, at least one. Every type but TECHNICAL if absent.",
    }),
  }),
});

defineVerb<{ code: string; name: string; criteria: NewCriterion[] }, RowPayload>("createScorecard", {
  description: "Adds a scorecard, its first version published at once.",
  for: { roles: WRITERS },
  input: (t) => ({
    code: t.string({ required: true, description: '1 to 64 letters, digits, ".", "_" or "-". Never changes.' }),
    name: t.string({ required: true, description: "1 to 200 characters." }),
    criteria: t.field({ type: [CriterionInput], required: true, description: CRITERIA }),
  }),
  payload: (t) => ({ scorecard: rowField(t, scorecardEntity, Scorecard, "The new scorecard.") }),
  resolve: (input, context) => context.perform("createScorecard", input, (verb) => createScorecard(verb, input)),
});

defineVerb<{ id: string; criteria: NewCriterion[]; expectedVersion?: number | null }, RowPayload>("reviseScorecard", {
  description: "Publishes the next version of a scorecard and archives the one before; refused while it has a draft.",
  for: { roles: WRITERS },
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
  description: "Gives a scorecard another name.",
  for: { roles: WRITERS },
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

interface Draft {
  scorecardId: string;
  criteria?: NewCriterion[] | null;
  expectedVersion?: number | null;
}

defineVerb<Draft, RowPayload>("draftScorecardVersion", {
  description: "Begins the next version of a scorecard, which has one draft at a time.",
  for: { roles: WRITERS },
  input: (t) => ({
    scorecardId: t.id({ required: true, description: "The scorecard." }),
    criteria: t.field({ type: [CriterionInput], description: `${CRITERIA} A copy of the published version's if absent.` }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ scorecardVersion: rowField(t, scorecardVersionEntity, ScorecardVersion, "The draft.") }),
  resolve: (input, context) => {
    const key = keyOf(scorecardEntity, input.scorecardId, ["scorecardId"]);
    return context.perform("draftScorecardVersion", input, (verb) => draftScorecardVersion(verb, key, input));
  },
});

defineVerb<{ id: string; criteria: NewCriterion[]; expectedVersion?: number | null }, RowPayload>("changeScorecardVersion", {
  description: "Puts other criteria in the place of a draft's.",
  for: { roles: WRITERS },
  input: (t) => ({
    id: t.id({ required: true, description: "The version: a draft." }),
    criteria: t.field({ type: [CriterionInput], required: true, description: `${CRITERIA} They take the place of all that were.` }),
    expectedVersion: t.int({ description: OF_VERSION }),
  }),
  payload: (t) => ({ scorecardVersion: rowField(t, scorecardVersionEntity, ScorecardVersion, "The draft.") }),
  resolve: (input, context) => {
    const key = keyOf(scorecardVersionEntity, input.id, ["id"]);
    return context.perform("changeScorecardVersion", input, (verb) => changeScorecardVersion(verb, key, input));
  },
});

const STEPS = {
  publishScorecardVersion: {
    perform: publishScorecardVersion,
    description: "Makes a draft what new audits are made with, and archives the version that was; audits keep theirs.",
  },
  archiveScorecardVersion: {
    perform: archiveScorecardVersion,
    description: "Withdraws a draft, or takes the published version out of use: new audits then have no scorecard.",
  },
};

for (const [name, { perform, description }] of Object.entries(STEPS)) {
  defineVerb<{ id: string; expectedVersion?: number | null }, RowPayload>(name, {
    description,
    for: { roles: WRITERS },
    input: (t) => ({ id: t.id({ required: true, description: "The version." }), expectedVersion: t.int({ description: OF_VERSION }) }),
    payload: (t) => ({ scorecardVersion: rowField(t, scorecardVersionEntity, ScorecardVersion, "The version.") }),
    resolve: (input, context) => {
      const key = keyOf(scorecardVersionEntity, input.id, ["id"]);
      return context.perform(name, input, (verb) => perform(verb, key, input));
    },
  });
}
