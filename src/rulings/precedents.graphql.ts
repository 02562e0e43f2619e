import { Appeal } from "../appeals/graphql.ts";
import { InvalidInput } from "../core/errors.ts";
import { decodeId, decodeProjectId } from "../core/ids.ts";
import { allowedActions } from "../core/machine.ts";
import type { Db } from "../db/lease.ts";
import { Principal } from "../grants/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { byKey, defineEntity, entityRef, rowField, type RowPayload } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { connectionSelectionOf } from "../graphql/selection.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { Policy } from "../policies/graphql.ts";
import { PolicyVersion } from "../policies/versions.graphql.ts";
import { Project } from "../projects/graphql.ts";
import { ErrorCode } from "../scorecards/codes.graphql.ts";
import { ErrorType } from "../scorecards/criteria.graphql.ts";
import { Market } from "../vendors/graphql.ts";
import { AppealRuling } from "./graphql.ts";
import { retirePrecedent } from "./precedents.service.ts";
import { listSimilar, type PrecedentFilter, precedentList } from "./precedents.store.ts";
import { PRECEDENT_MACHINE, precedentParts } from "./rules.ts";
import { PRECEDENT_STATES, precedentEntity } from "./table.ts";

export const Precedent = entityRef(precedentEntity);

const PrecedentState = builder.enumType("PrecedentState", {
  description: "Whether later appeals are held against a precedent.",
  values: { ACTIVE: { description: "They are." }, RETIRED: { description: "Not any more." } } satisfies Record<(typeof PRECEDENT_STATES)[number], object>,
});

defineEntity(Precedent, {
  description:
    "An arbitration that later ones go by: how a policy is to be read in a kind of case. Everybody in the project reads those that are ACTIVE, labelers no others.",
  fields: (t) => ({
    title: t.exposeString("title", { description: "The kind of case, in a line." }),
    summary: t.exposeString("summary", { description: "What the case was, and why it was ruled so." }),
    state: t.expose("state", { type: PrecedentState, description: "Whether it holds." }),
    errorType: t.expose("errorType", { type: ErrorType, nullable: true, description: "The error that the audit had found; null if it found none." }),
    retiredAt: t.expose("retiredAt", { type: "DateTime", nullable: true, description: "When it was retired; null before." }),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now.",
      resolve: ({ state }, _, { viewer }) => allowedActions(PRECEDENT_MACHINE, state, precedentParts(viewer)),
    }),
    project: one(t, "project", Project, "In which project it holds."),
    policy: one(t, "policy", Policy, "The policy that it is about; null for labelers while that is not in force."),
    policyVersion: one(t, "policyVersion", PolicyVersion, "The version that it goes by; null for none, or where the viewer may not see it."),
    market: one(t, "marketRow", Market, "Where it holds; null is everywhere."),
    truthPolicy: one(t, "truthPolicy", Policy, "What was found to be right; null for labelers while that policy is not in force."),
    errorCode: one(t, "errorCode", ErrorCode, "The kind of error that the audit had found; null for none, or where the viewer may not see its scorecard."),
    ruling: one(t, "ruling", AppealRuling, "The ruling that it comes of; null where the viewer may not see the appeal, or it is no longer kept."),
    createdBy: one(t, "createdBy", Principal, "Who made it; null where the viewer may not see the person."),
    ...versionedFields(t),
  }),
});

const MAX_SEARCH = 200;

function readFilter({ policyIds, policyVersionIds, search, ...filter }: PrecedentFilter): PrecedentFilter {
  if (search != null && (search.trim() === "" || search.length > MAX_SEARCH)) {
    throw new InvalidInput(`filter.search: must have 1 to ${MAX_SEARCH} characters that aren't all spaces.`, ["filter", "search"]);
  }
  return {
    ...filter,
    search,
    policyIds: policyIds?.map((id) => decodeId("Policy", id, ["filter", "policyIds"]).id),
    policyVersionIds: policyVersionIds?.map((id) => decodeId("PolicyVersion", id, ["filter", "policyVersionIds"]).id),
  };
}

const precedentListType = defineList(Precedent, precedentList, {
  orders: { ID: "Order in which they were made.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    states: t.field({ type: [PrecedentState], description: "Those in one of these states." }),
    policyIds: t.idList({ description: "Those about one of these policies." }),
    policyVersionIds: t.idList({ description: "Those that go by one of these policy versions." }),
    markets: t.stringList({ description: "Those that hold in one of these markets, by its code: its own, and those for all." }),
    errorTypes: t.field({ type: [ErrorType], description: "Those of one of these errors." }),
    search: t.string({
      description: "Those whose title or summary has these words, whole and in any order; in double quotes beside each other, `or` between alternatives, `-` before what is not to occur. 1 to 200 characters.",
    }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (filter: PrecedentFilter) => readFilter(filter),
});

rootList(precedentListType, "precedents", "Precedents of the viewer's projects.");
builder.objectFields(Project, (t) => ({ precedents: childList(t, precedentListType, "projectId", "Its precedents that the viewer may see.") }));
builder.objectFields(Policy, (t) => ({ precedents: childList(t, precedentListType, "policyId", "How it was read in arbitrations of the viewer's projects.") }));

const MOST_SIMILAR = 10;
const similar = { name: "similarPrecedents", load: (db: Db, keys: Parameters<typeof listSimilar>[1]) => listSimilar(db, keys, MOST_SIMILAR) };

builder.objectFields(Appeal, (t) => ({
  similarPrecedents: t.field({
    type: precedentListType.connection,
    description:
      `Up to ${MOST_SIMILAR} ACTIVE precedents of its project and market that are most like it, best first: of the policy that the labeler chose or the audit found right, then ` +
      "of the same error code, then of the same error type; among these, those that share words with its reason. All on one page.",
    resolve: async ({ projectId, id }, _, context, info) => {
      const { selection } = connectionSelectionOf(info, "Precedent", true);
      const ids = await context.load(similar, { projectId, id });
      const found = await Promise.all(ids.map((each) => context.load(byKey(precedentEntity, selection), { projectId, id: each })));
      const rows = found.filter((row) => row !== null);
      return { rows, sortTexts: null, hasNextPage: false, totalCount: rows.length };
    },
  }),
}));

defineVerb<{ precedentId: string; reason: string; expectedVersion?: number | null }, RowPayload>("retirePrecedent", {
  description: "Ends a precedent: later appeals are no longer held against it, and labelers see it no more.",
  for: { roles: ["POLICY_MANAGER"] },
  input: (t) => ({
    precedentId: t.id({ required: true, description: "The precedent, ACTIVE." }),
    reason: t.string({ required: true, description: "Why, 1 to 2,000 characters; told with the event." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ precedent: rowField(t, precedentEntity, Precedent, "The precedent.") }),
  resolve: (input, context) => {
    const key = decodeProjectId("Precedent", input.precedentId, ["precedentId"]);
    return context.perform("retirePrecedent", input, (verb) => retirePrecedent(verb, key, input.reason, input.expectedVersion));
  },
});
