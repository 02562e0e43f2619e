import { allowedActions } from "../core/machine.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { rootByCode } from "../graphql/code.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Criterion, CriterionKind } from "./criteria.graphql.ts";
import { SCORECARD_VERSION_MACHINE } from "./rules.ts";
import {
  type CriterionFilter, criterionList, type ScorecardFilter, scorecardList, type ScorecardVersionFilter, scorecardVersionList,
} from "./store.ts";
import { SCORECARD_VERSION_STATES, scorecardEntity, scorecardVersionEntity } from "./table.ts";

export const Scorecard = entityRef(scorecardEntity);
export const ScorecardVersion = entityRef(scorecardVersionEntity);

const State = builder.enumType("ScorecardVersionState", {
  description: "How far a version of a scorecard is.",
  values: {
    DRAFT: { description: "Being written; no audit uses it." },
    PUBLISHED: { description: "What new audits are made with; one a scorecard." },
    ARCHIVED: { description: "Followed by a later version, taken out of use, or withdrawn as a draft; audits made with it keep it." },
  } satisfies Record<(typeof SCORECARD_VERSION_STATES)[number], object>,
});

const scorecardListType = defineList(Scorecard, scorecardList, {
  orders: { ID: "Order of creation.", CODE: "By code, byte by byte.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    codes: t.stringList({ description: "Those with one of these codes." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: ScorecardFilter) => input,
});

const versionListType = defineList(ScorecardVersion, scorecardVersionList, {
  orders: { ID: "Order of creation.", NUMBER: "By number." },
  filter: (t: InputFields) => ({
    states: t.field({ type: [State], description: "Those in one of these states." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: ScorecardVersionFilter) => input,
});

const criterionListType = defineList(Criterion, criterionList, {
  orders: { ID: "The scorecard's order." },
  filter: (t: InputFields) => ({ kinds: t.field({ type: [CriterionKind], description: "Those of one of these kinds." }) }),
  read: (input: CriterionFilter) => input,
});

defineEntity(Scorecard, {
  description: "What auditors look at: a named series of versions, of which one is published.",
  fields: (t) => ({
    code: t.exposeString("code", { description: "Unique; never changes." }),
    name: t.exposeString("name", { description: "For people." }),
    versions: childList(t, versionListType, "scorecardId", "Its versions."),
    ...versionedFields(t),
  }),
});

defineEntity(ScorecardVersion, {
  description: "One state of a scorecard. Once it is no draft, its criteria never change; an audit pins the version it was made with.",
  fields: (t) => ({
    number: t.exposeInt("number", { description: "1 for the first, and so on." }),
    state: t.field({ type: State, description: "How far it is.", resolve: (row) => row.state }),
    publishedAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "When it was published; null for a draft, also a withdrawn one.",
      resolve: (row) => row.publishedAt,
    }),
    scorecard: one(t, "scorecard", Scorecard, "The scorecard."),
    criteria: childList(t, criterionListType, "scorecardVersionId", "What is judged, in its order."),
    allowedActions: t.stringList({
      description:
        "The viewer's verbs that are possible now. Those that begin another version are refused all the same while a draft stands by.",
      resolve: (row, _, context) => allowedActions(SCORECARD_VERSION_MACHINE, row.state, new Set([context.viewer.role])),
    }),
    ...versionedFields(t),
  }),
});

rootList(scorecardListType, "scorecards", "Scorecards: staff see all, others those of a queue that they see.");
rootByCode(scorecardEntity, Scorecard, "scorecardByCode", "The scorecard with this code; null if none, or the viewer may not see it.");
