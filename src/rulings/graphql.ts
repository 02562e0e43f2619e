import { Appeal, AppealOutcome } from "../appeals/graphql.ts";
import { checkReading, mayRead, readsWords } from "../appeals/rules.ts";
import { AuditorProfile } from "../claims/graphql.ts";
import { Forbidden } from "../core/errors.ts";
import { decodeId } from "../core/ids.ts";
import { isPartner } from "../core/viewer.ts";
import { Principal } from "../grants/graphql.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef, loadEntity } from "../graphql/entity.ts";
import { one } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { AppealTier } from "../projects/graphql.ts";
import { Criterion, Severity } from "../scorecards/criteria.graphql.ts";
import { Verdict } from "../verdicts/graphql.ts";
import { CHANGES, changesBetween } from "../verdicts/rules.ts";
import { verdictEntity } from "../verdicts/table.ts";
import { compareVerdicts, countOverturns, type RulingFilter, type RulingFindingFilter, rulingFindingList, rulingList, type Succession } from "./store.ts";
import { appealRulingEntity, type AppealRulingRow, FINDING_RULINGS, rulingFindingEntity } from "./table.ts";

export const AppealRuling = entityRef(appealRulingEntity);
const RulingFinding = entityRef(rulingFindingEntity);

export const FindingRulingEnum = builder.enumType("FindingRuling", {
  description: "What a ruling makes of a criterion.",
  values: {
    FINDING_UPHELD: { description: "The finding stands." },
    FINDING_OVERTURNED: { description: "It had failed, and fails no more." },
    FINDING_SEVERITY_CHANGED: { description: "It fails, with another severity." },
  } satisfies Record<(typeof FINDING_RULINGS)[number], object>,
});

const VerdictChange = builder.enumType("VerdictChange", {
  description: "What of a verdict another one has changed.",
  values: {
    OUTCOME: { description: "Whether the decision was right." },
    ERROR_TYPE: { description: "How it was wrong." },
    TRUTH_POLICY: { description: "The policy that fits." },
    TRUTH_ACTION: { description: "The action that fits." },
    SEVERITY: { description: "How grave the error is." },
    SCORE: { description: "The score." },
  } satisfies Record<(typeof CHANGES)[number], object>,
});

const UNREAD = "Null for analysts, who read no words of people.";

defineEntity(RulingFinding, {
  isFor: mayRead,
  description: "What a ruling says of a criterion that was contested.",
  fields: (t) => ({
    result: t.expose("result", { type: FindingRulingEnum, description: "What it makes of it." }),
    severity: t.expose("severity", { type: Severity, nullable: true, description: "How grave it is now; null unless that was changed." }),
    note: t.string({
      nullable: true, description: `Why, of this criterion; null if the ruling's reason says it all. ${UNREAD}`,
      ...shownTo(readsWords),
      resolve: ({ note }, _, { viewer }) => (readsWords(viewer) ? note : null),
    }),
    criterion: one(t, "criterion", Criterion, "The criterion."),
  }),
});

const findingListType = defineList(RulingFinding, rulingFindingList, {
  orders: { ID: "The scorecard's order." },
  filter: (t: InputFields) => ({ results: t.field({ type: [FindingRulingEnum], description: "Those with one of these results." }) }),
  read: (filter: RulingFindingFilter, { viewer }) => {
    checkReading(viewer);
    return filter;
  },
});

async function compare({ projectId, verdictId }: AppealRulingRow, context: Context): Promise<Succession | null> {
  return verdictId ? context.load({ name: "comparedVerdicts", load: compareVerdicts }, { projectId, id: verdictId }) : null;
}

// Only the vendor rules in the first tier; partners learn of nobody on the staff who did.
const seesAdjudicator = (viewer: Context["viewer"], { tier }: AppealRulingRow) => tier === "L1" || !isPartner(viewer);

defineEntity(AppealRuling, {
  isFor: mayRead,
  description: "What a tier decided of an appeal. It never changes. Who sees the appeal sees it.",
  fields: (t) => ({
    tier: t.expose("tier", { type: AppealTier, description: "Which tier ruled." }),
    outcome: t.expose("outcome", { type: AppealOutcome, description: "What it makes of the audit." }),
    reason: t.string({
      nullable: true, description: `Why, in the adjudicator's words. ${UNREAD}`,
      ...shownTo(readsWords),
      resolve: ({ reason }, _, { viewer }) => (readsWords(viewer) ? reason : null),
    }),
    ruledAt: t.field({ type: "DateTime", description: "When.", resolve: ({ ruledAt }) => ruledAt }),
    changes: t.field({
      type: [VerdictChange],
      description: "What of the verdict it changed; empty where the audit stands, or where only findings changed.",
      resolve: async (row, _, context) => {
        const compared = await compare(row, context);
        return compared ? changesBetween(compared.before, compared.after) : [];
      },
    }),
    findings: childList(t, findingListType, "rulingId", "What it says of each criterion that was contested."),
    appeal: one(t, "appeal", Appeal, "The appeal."),
    verdict: one(t, "verdict", Verdict, "The verdict that it gave; null where the audit stands, or the viewer may not see it."),
    previousVerdict: t.field({
      type: Verdict,
      nullable: true,
      description: "The verdict that this took the place of; null where the audit stands, or the viewer may not see it.",
      resolve: async (row, _, context, info) => {
        const compared = await compare(row, context);
        return compared && loadEntity(verdictEntity, { projectId: row.projectId, id: compared.beforeId }, context, info);
      },
    }),
    adjudicator: one(t, "adjudicator", Principal, "Who ruled; null where the viewer may not see the person. Partners see nobody of the staff.", { isVisible: seesAdjudicator }),
  }),
});

type FilterInput = Pick<RulingFilter, "outcomes" | "ruledAfter" | "auditorIds">;

function readFilter({ auditorIds, ...filter }: FilterInput, { viewer }: Context): RulingFilter {
  checkReading(viewer);
  if (auditorIds && isPartner(viewer)) throw new Forbidden("filter.auditorIds is of what you may not see.", ["filter", "auditorIds"]);
  return { ...filter, auditorIds: auditorIds?.map((id) => decodeId("Principal", id, ["filter", "auditorIds"]).id) };
}

const rulingListType = defineList(AppealRuling, rulingList, {
  orders: { ID: "Order in which they were made." },
  filter: (t: InputFields) => ({
    outcomes: t.field({ type: [AppealOutcome], description: "Those with one of these outcomes." }),
    auditorIds: t.idList({ description: "Those on audits of one of these principals. Refused to partners." }),
    ruledAfter: t.field({ type: "DateTime", description: "Those made after this time; rulings never change." }),
  }),
  read: readFilter,
});

builder.objectFields(Appeal, (t) => ({ rulings: childList(t, rulingListType, "appealId", "What tiers decided of it, one at most each.") }));

// What is learnt from: verdicts that auditors gave themselves and rulings changed; an auditor's own, a lead's projects'.
const overturnListType = {
  ...rulingListType,
  read: (input: FilterInput, context: Context): RulingFilter => {
    const { role, principalId } = context.viewer;
    const filter = { ...readFilter(input, context), isOverturn: true };
    return role === "AUDITOR" ? { ...filter, auditorIds: [principalId] } : filter;
  },
};

rootList(
  overturnListType, "auditorOverturns",
  "What auditors can learn from: rulings that changed verdicts which they had given themselves; auditors, of their own.",
  { roles: ["ADMIN", "QA_LEAD", "AUDITOR"] },
);

builder.objectFields(AuditorProfile, (t) => ({
  overturnedCount: t.int({
    description: "Rulings on appeals that changed verdicts which they had given in the project. Accuracy is another thing: it goes by double and expert audits.",
    args: { ruledAfter: t.arg({ type: "DateTime", description: "Only those made after this time; all if absent." }) },
    resolve: ({ projectId, principalId }, { ruledAfter }, context) =>
      context.load({ name: "overturnsOfAuditors", load: countOverturns }, { projectId, id: principalId, since: ruledAfter ?? null }),
  }),
}));
