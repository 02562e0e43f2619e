import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef, keyOf, loadPayload, rowField, type RowPayload } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList } from "../graphql/list.ts";
import { RowRefusalType } from "../graphql/rows.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { Severity } from "./criteria.graphql.ts";
import { Scorecard } from "./graphql.ts";
import type { NewErrorCode } from "./rules.ts";
import { WRITERS } from "./rules.ts";
import { createErrorCodes, type ErrorCodeResult, renameErrorCode, retireErrorCode } from "./service.ts";
import { type ErrorCodeFilter, errorCodeList } from "./store.ts";
import { errorCodeEntity, scorecardEntity } from "./table.ts";

export const ErrorCode = entityRef(errorCodeEntity);

const SEVERITY = "The least weight of a finding that names it.";
const listType = defineList(ErrorCode, errorCodeList, {
  orders: { ID: "Order of creation.", CODE: "By code, byte by byte.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    codes: t.stringList({ description: "Those with one of these codes." }),
    isLeaf: t.boolean({ description: "True: those that a finding may name; false: those with others below them." }),
    isRetired: t.boolean({ description: "True: those out of use; false: those in use." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: ErrorCodeFilter) => input,
});

defineEntity(ErrorCode, {
  description: "A kind of error. A scorecard's error codes are a tree, the same for all its versions; findings name its leaves.",
  fields: (t) => ({
    code: t.exposeString("code", { description: "Unique within the scorecard; never changes." }),
    name: t.exposeString("name", { description: "For people." }),
    scorecard: one(t, "scorecard", Scorecard, "The scorecard."),
    parent: one(t, "parent", ErrorCode, "The code it stands below; null at the top. Never changes."),
    children: childList(t, listType, "parentId", "The codes below it, retired ones too."),
    severity: t.field({ type: Severity, description: `${SEVERITY} Never changes.`, resolve: (row) => row.severity }),
    isLeaf: t.exposeBoolean("isLeaf", { description: "No code stands below it, retired ones counted, so that a finding may name it." }),
    retiredAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "Since when new findings don't name it; null while it is in use. Findings that name it keep it.",
      resolve: (row) => row.retiredAt,
    }),
    ...versionedFields(t),
  }),
});

builder.objectFields(Scorecard, (t) => ({
  errorCodes: childList(t, listType, "scorecardId", "Its error codes, at every depth of the tree."),
}));

const ErrorCodeInput = builder.inputRef<NewErrorCode>("ErrorCodeInput").implement({
  description: "An error code to be added. One that is there already with the same name, severity and parent stays as it is.",
  fields: (t) => ({
    code: t.string({ required: true, description: '1 to 64 letters, digits, ".", "_" or "-"; unique in the scorecard. Never changes.' }),
    name: t.string({ required: true, description: "1 to 200 characters." }),
    parentCode: t.string({ description: "The code it stands below, of the scorecard or of any row of this call; at the top if absent." }),
    severity: t.field({ type: Severity, required: true, description: `${SEVERITY} Never changes.` }),
  }),
});

const Outcome = builder.enumType("ErrorCodeOutcome", {
  description: "What came of a row of error codes.",
  values: {
    CREATED: { description: "An error code was added." },
    UNCHANGED: { description: "The error code was like that already." },
    REFUSED: { description: "Nothing came of it; `refusal` says why." },
  } satisfies Record<ErrorCodeResult["outcome"], object>,
});

const ResultType = builder.objectRef<ErrorCodeResult>("ErrorCodeResult").implement({
  description: "What came of one row of error codes.",
  fields: (t) => ({
    row: t.exposeInt("row", { description: "The row's place in the input, from 0." }),
    code: t.exposeString("code", { description: "The row's code." }),
    outcome: t.field({ type: Outcome, description: "What came of it.", resolve: ({ outcome }) => outcome }),
    errorCode: t.field({
      type: ErrorCode,
      nullable: true,
      description: "The error code; null if the row was refused.",
      resolve: ({ errorCodeId: id }, _, context, info) => {
        return id ? loadPayload(errorCodeEntity, { projectId: null, id }, context, info) : null;
      },
    }),
    refusal: t.field({ type: RowRefusalType, nullable: true, description: "Why not; null if taken.", resolve: ({ refusal }) => refusal }),
  }),
});

defineVerb<{ scorecardId: string; errorCodes: NewErrorCode[] }, { results: ErrorCodeResult[] }>("createErrorCodes", {
  description:
    "Adds error codes to a scorecard's tree, each row with an outcome of its own; a refused one takes what is below along.",
  for: { roles: WRITERS },
  input: (t) => ({
    scorecardId: t.id({ required: true, description: "The scorecard." }),
    errorCodes: t.field({ type: [ErrorCodeInput], required: true, description: "1 to 500 error codes, each once, in any order." }),
  }),
  payload: (t) => ({
    results: t.field({ type: [ResultType], description: "One for each row, in their order.", resolve: ({ results }) => results }),
  }),
  resolve: (input, context) => {
    const { id } = keyOf(scorecardEntity, input.scorecardId, ["scorecardId"]);
    return context.perform("createErrorCodes", input, (verb) => createErrorCodes(verb, id, input.errorCodes));
  },
});

defineVerb<{ id: string; name: string; expectedVersion?: number | null }, RowPayload>("renameErrorCode", {
  description: "Gives an error code another name, retired or not.",
  for: { roles: WRITERS },
  input: (t) => ({
    id: t.id({ required: true, description: "The error code." }),
    name: t.string({ required: true, description: "1 to 200 characters." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ errorCode: rowField(t, errorCodeEntity, ErrorCode, "The error code.") }),
  resolve: (input, context) => {
    const key = keyOf(errorCodeEntity, input.id, ["id"]);
    return context.perform("renameErrorCode", input, (verb) => renameErrorCode(verb, key, input));
  },
});

defineVerb<{ id: string; expectedVersion?: number | null }, RowPayload>("retireErrorCode", {
  description: "Takes an error code, and all below it, out of use for ever; findings that name them keep them.",
  for: { roles: WRITERS },
  input: (t) => ({ id: t.id({ required: true, description: "The error code." }), expectedVersion: t.int({ description: EXPECTED }) }),
  payload: (t) => ({ errorCode: rowField(t, errorCodeEntity, ErrorCode, "The error code.") }),
  resolve: (input, context) => {
    const key = keyOf(errorCodeEntity, input.id, ["id"]);
    return context.perform("retireErrorCode", input, (verb) => retireErrorCode(verb, key, input));
  },
});
