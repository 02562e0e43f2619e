import type { OnError, Recorded } from "../core/fields.ts";
import { decodeProjectId, type ProjectKey } from "../core/ids.ts";
import { OnErrorEnum } from "../decisions/verbs.graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { loadPayload, rowField, type RowPayload } from "../graphql/entity.ts";
import { RowRefusalType } from "../graphql/rows.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { GoldenItem } from "./graphql.ts";
import { type GoldenInput, KEEPERS, MOST_GOLDEN_ITEMS, RECORDERS } from "./rules.ts";
import { retireGoldenItem, type Review, reviewGoldenItem } from "./life.service.ts";
import { recordGoldenItems } from "./service.ts";
import { goldenItemEntity } from "./table.ts";

// What an answer is, of an item recorded or reviewed.
const answer = (t: InputFields) => ({
  truthPolicyCode: t.string({
    required: true,
    description: "The right policy: a leaf of those that the project uses. NV for no violation.",
  }),
  truthAction: t.string({ description: "The right action, 1 to 64 characters; absent if it isn't part of the answer." }),
  activeTo: t.field({
    type: "DateTime",
    description: "When it stops counting, after activeFrom; it is retired then. Absent if it doesn't expire.",
  }),
});

const Input = builder.inputRef<GoldenInput>("GoldenItemInput").implement({
  description: "Content with its agreed answer.",
  fields: (t) => ({
    contentRef: t.string({ required: true, description: "What the answer is about, 1 to 2,000 characters." }),
    contentHash: t.string({
      description: "SHA-256 of the content in hex; that of contentRef if absent. Decisions with the same hash are graded.",
    }),
    ...answer(t as never),
    source: t.string({ description: "Where the answer comes from, 1 to 200 characters." }),
    rule: t.string({ description: "Which rule of the policy decides it, 1 to 500 characters." }),
    activeFrom: t.field({ type: "DateTime", description: "Since when it counts; since its policy version took effect if absent." }),
  }),
});

defineVerb<{ projectCode: string; items: GoldenInput[]; onError: OnError }, Recorded>("recordGoldenItems", {
  description:
    `Records up to ${MOST_GOLDEN_ITEMS} golden items of a project; more go to POST /import/gold. Content with the same answer as its active item is counted as alreadyPresent; with another answer it is refused. ADMIN, QA_LEAD, POLICY_MANAGER, and clients with scope gold:write that are no vendor's.`,
  for: RECORDERS,
  input: (t) => ({
    projectCode: t.string({ required: true, description: "The project's code." }),
    items: t.field({ type: [Input], required: true, description: `1 to ${MOST_GOLDEN_ITEMS} items.` }),
    onError: t.field({
      type: OnErrorEnum,
      required: true,
      defaultValue: "SKIP",
      description: "What becomes of the others if a row is refused.",
    }),
  }),
  payload: (t) => ({
    recorded: t.exposeInt("recorded", { description: "Items recorded by this call." }),
    alreadyPresent: t.exposeInt("alreadyPresent", { description: "Items whose content has the same answer already." }),
    refused: t.exposeInt("refused", { description: "Items refused." }),
    refusals: t.field({ type: [RowRefusalType], description: "Each refused item, in order.", resolve: ({ refusals }) => refusals }),
  }),
  resolve: (input, context) => context.perform("recordGoldenItems", input, (verb) => recordGoldenItems(verb, input)),
});

defineVerb<{ id: string; reason: string; expectedVersion?: number | null }, RowPayload>("retireGoldenItem", {
  description:
    "Ends a golden item: decisions from now on are not graded by it, and its content may get another answer.",
  for: { roles: KEEPERS },
  input: (t) => ({
    id: t.id({ required: true, description: "The golden item." }),
    reason: t.string({ required: true, description: "Why, 1 to 2,000 characters." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ goldenItem: rowField(t, goldenItemEntity, GoldenItem, "The item.") }),
  resolve: (input, context) => {
    const key = decodeProjectId(goldenItemEntity.name, input.id, ["id"]);
    return context.perform("retireGoldenItem", input, (verb) => retireGoldenItem(verb, key, input));
  },
});

defineVerb<Review & { id: string }, { item: ProjectKey; reviewed: ProjectKey }>("reviewGoldenItem", {
  description:
    "Ends the review of an item that NEEDS_REVIEW: it goes on as a new one under the version of its policy in force, with the answer given. " +
    "The old one is retired, and still counts for decisions made before.",
  for: { roles: KEEPERS },
  input: (t) => ({
    id: t.id({ required: true, description: "The golden item." }),
    ...answer(t),
    source: t.string({ description: "Where the answer comes from, 1 to 200 characters; as before if absent." }),
    rule: t.string({ description: "Which rule of the policy decides it, 1 to 500 characters; as before if absent." }),
    activeFrom: t.field({
      type: "DateTime",
      description:
        "Since when the new one counts, not before the old one's activeTo; since that or the policy version in force, the later, if absent.",
    }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({
    goldenItem: t.field({
      type: GoldenItem,
      description: "The new item.",
      resolve: ({ item }, _, context, info) => loadPayload(goldenItemEntity, item, context, info),
    }),
    reviewed: t.field({
      type: GoldenItem,
      description: "The old one, retired.",
      resolve: ({ reviewed }, _, context, info) => loadPayload(goldenItemEntity, reviewed, context, info),
    }),
  }),
  resolve: (input, context) => {
    const key = decodeProjectId(goldenItemEntity.name, input.id, ["id"]);
    return context.perform("reviewGoldenItem", input, (verb) => reviewGoldenItem(verb, key, input));
  },
});
