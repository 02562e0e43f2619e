import { Audit } from "../audits/graphql.ts";
import { clocksOf } from "../clocks/graphql.ts";
import { Forbidden } from "../core/errors.ts";
import { decodeId } from "../core/ids.ts";
import { timelineOf } from "../events/graphql.ts";
import { Principal } from "../grants/graphql.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Labeler } from "../labelers/graphql.ts";
import { AuditLayer } from "../plans/graphql.ts";
import { Policy } from "../policies/graphql.ts";
import { AppealTier, Project } from "../projects/graphql.ts";
import { Queue } from "../projects/queues.graphql.ts";
import { Criterion } from "../scorecards/criteria.graphql.ts";
import { threadsOf } from "../threads/graphql.ts";
import { defineSubject } from "../threads/service.ts";
import { Market, Vendor } from "../vendors/graphql.ts";
import { Verdict } from "../verdicts/graphql.ts";
import { checkReading, isOverdue, mayRead, possibleActions, readsWords, turnOf } from "./rules.ts";
import { audienceOfAppeal } from "./service.ts";
import { type AppealFilter, appealCriterionList, appealList } from "./store.ts";
import {
  APPEAL_OUTCOMES, APPEAL_STATES, appealCriterionEntity, type AppealCriterionRow, appealEntity, type AppealRow, APPELLANT_ROLES,
} from "./table.ts";

export const Appeal = entityRef(appealEntity);
const AppealCriterion = entityRef(appealCriterionEntity);

defineSubject("Appeal", audienceOfAppeal);

export const AppealState = builder.enumType("AppealState", {
  description: "How far an appeal is.",
  values: {
    DRAFT: { description: "Being prepared by the appellant; seen by the labeler and their vendor alone." },
    L1_REVIEW: { description: "Waits for the vendor's reviewers." },
    L2_REVIEW: { description: "Waits for the client's reviewers." },
    L3_ARBITRATION: { description: "Waits for those who write the policies." },
    RETURNED_FOR_INFO: { description: "Waits for the appellant's answer to a reviewer; the tier's clock stands still." },
    DECIDED: { description: "Ruled on; the appellant may appeal once more until it is due." },
    DECLINED: { description: "Declined by the vendor; the appellant may go on to the client's reviewers until it is due." },
    WITHDRAWN: { description: "Taken back by the appellant." },
    INVALID: { description: "None that could be ruled on." },
    EXPIRED: { description: "Never filed in the audit's window." },
    CLOSED: { description: "Ruled on for good." },
  } satisfies Record<(typeof APPEAL_STATES)[number], object>,
});

export const AppealOutcome = builder.enumType("AppealOutcome", {
  description: "What a ruling makes of the audit.",
  values: {
    AUDIT_UPHELD: { description: "The audit stands as it is." },
    AUDIT_OVERTURNED: { description: "The labeler was right." },
    AUDIT_PARTIALLY_OVERTURNED: { description: "The labeler was right in part." },
    AUDIT_SEVERITY_CHANGED: { description: "The error stands, with another weight." },
  } satisfies Record<(typeof APPEAL_OUTCOMES)[number], object>,
});

const AppellantRole = builder.enumType("AppellantRole", {
  description: "As what somebody appeals.",
  values: {
    LABELER: { description: "The labeler whose decision was audited." },
    VENDOR_QA: { description: "Quality assurance of their vendor." },
    VENDOR_MANAGER: { description: "A manager of their vendor." },
  } satisfies Record<(typeof APPELLANT_ROLES)[number], object>,
});

const UNREAD = "Null for analysts, who read no words of people.";

function words(t: Fields<AppealRow>, name: "asked" | "answer" | "endReason", description: string) {
  return t.string({ nullable: true, description: `${description} ${UNREAD}`, ...shownTo(readsWords), resolve: (row, _, { viewer }) => (readsWords(viewer) ? row[name] : null) });
}

function when(t: Fields<AppealRow>, name: "filedAt" | "ruledAt" | "closedAt" | "dueAt", description: string) {
  return t.expose(name, { type: "DateTime", nullable: true, description });
}

defineEntity(AppealCriterion, {
  isFor: mayRead,
  description: "A criterion that an appeal contests. Who sees the appeal sees it.",
  fields: (t) => ({
    argument: t.string({
      nullable: true,
      description: `Why, in the appellant's words; null if the appeal's reason says it all. ${UNREAD}`,
      ...shownTo(readsWords),
      resolve: (row: AppealCriterionRow, _, { viewer }) => (readsWords(viewer) ? row.argument : null),
    }),
    criterion: one(t, "criterion", Criterion, "The criterion."),
  }),
});

const criterionListType = defineList(AppealCriterion, appealCriterionList, {
  orders: { ID: "As the appellant named them." },
  filter: (t: InputFields) => ({ criterionIds: t.idList({ description: "Those that are one of these criteria." }) }),
  read: ({ criterionIds }: { criterionIds?: string[] | null }) => ({ criterionIds: criterionIds?.map((id) => decodeId("Criterion", id, ["filter", "criterionIds"]).id) }),
});

defineEntity(Appeal, {
  isFor: mayRead,
  description:
    "The labeler's side contests a published audit. Leads, policy managers and analysts see those of their projects that were filed; auditors those of their own audits, " +
    "those they handled and, if they may adjudicate, those that have come to L2; partners those of their vendor; labelers those of their own decisions.",
  fields: (t) => ({
    state: t.expose("state", { type: AppealState, description: "How far it is." }),
    tier: t.expose("tier", { type: AppealTier, nullable: true, description: "The tier it is in, was returned from, or reached last; null in a draft." }),
    layer: t.expose("layer", { type: AuditLayer, description: "Whose audit it contests." }),
    raisedAs: t.expose("raisedAs", { type: AppellantRole, description: "As what the appellant raised it." }),
    reason: t.string({ nullable: true, description: `Why the audit is wrong; empty in a draft that doesn't say yet. ${UNREAD}`, ...shownTo(readsWords), resolve: (row, _, { viewer }) => (readsWords(viewer) ? row.reason : null) }),
    evidence: t.stringList({
      nullable: true, description: `References to what shows it, in order; never content itself. ${UNREAD}`,
      ...shownTo(readsWords),
      resolve: (row, _, { viewer }) => (readsWords(viewer) ? row.evidence : null),
    }),
    asked: words(t, "asked", "What a reviewer asked last; null if nothing."),
    answer: words(t, "answer", "What the appellant answered to that; null before."),
    endReason: words(t, "endReason", "Why it was declined, invalid or withdrawn, as it was said last; null otherwise."),
    hasContinued: t.exposeBoolean("hasContinued", { description: "The appellant went on past a decline." }),
    hasReappealed: t.exposeBoolean("hasReappealed", { description: "The appellant appealed a ruling." }),
    outcome: t.expose("outcome", { type: AppealOutcome, nullable: true, description: "What the last ruling made of the audit; null before there is one." }),
    filedAt: when(t, "filedAt", "When it was filed; null in a draft, and for drafts that never were."),
    ruledAt: when(t, "ruledAt", "When a tier ruled on it last; null before."),
    closedAt: when(t, "closedAt", "When it was over: WITHDRAWN, INVALID, EXPIRED or CLOSED; null before."),
    dueAt: when(t, "dueAt", "When what it waits for is due: a tier's ruling, an answer, an appeal of the ruling, the filing of a draft; null if it waits for nothing."),
    isOverdue: t.boolean({ description: "A tier, or the appellant who was asked, is late. No tier rules by being late.", resolve: (row, _, { now }) => isOverdue(row, now) }),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now.",
      extensions: { relation: "project" },
      resolve: (row, _, { viewer, now }) => possibleActions(viewer, row, now),
    }),
    project: one(t, "project", Project, "In which project."),
    audit: one(t, "audit", Audit, "The audit; null where the viewer may not see it."),
    verdict: one(t, "verdict", Verdict, "The verdict that is contested; null where the viewer may not see it."),
    raisedBy: one(t, "raisedBy", Principal, "The appellant; null where the viewer may not see the person."),
    labeler: one(t, "labeler", Labeler, "Whose decision was audited; null where the viewer may not see them."),
    vendor: one(t, "vendor", Vendor, "The labeler's vendor."),
    queue: one(t, "queue", Queue, "The queue of the decision."),
    market: one(t, "marketRow", Market, "The market of the decision."),
    policy: one(t, "policy", Policy, "The policy that the labeler chose; null where the viewer may not see it."),
    criteria: childList(t, criterionListType, "appealId", "What it contests, beside the decision as a whole."),
    slaClocks: clocksOf(t, "The clocks of its tiers, of answers and of appeals of its rulings."),
    timeline: timelineOf(t),
    threads: threadsOf(t),
    ...versionedFields(t),
  }),
});

type IdFilter = "projectIds" | "auditIds" | "caseIds" | "labelerIds" | "queueIds" | "policyIds" | "vendorIds";

const TYPE_OF: Readonly<Record<IdFilter, string>> = {
  projectIds: "Project", auditIds: "Audit", caseIds: "AppealCase", labelerIds: "Labeler", queueIds: "Queue", policyIds: "Policy", vendorIds: "Vendor",
};

interface FilterInput extends Omit<AppealFilter, "raisedById" | "turn"> {
  isMine?: boolean | null;
  isWaitingForMe?: boolean | null;
}

function readFilter({ isMine, isWaitingForMe, ...input }: FilterInput, { viewer }: Context): AppealFilter {
  checkReading(viewer);
  if (input.labelerIds && viewer.role === "POLICY_MANAGER") {
    throw new Forbidden("filter.labelerIds is of what you may not see as POLICY_MANAGER.", ["filter", "labelerIds"]);
  }
  const ids = Object.entries(TYPE_OF).map(([name, type]) => [name, input[name as IdFilter]?.map((id) => decodeId(type, id, ["filter", name]).id)]);
  return { ...input, ...Object.fromEntries(ids), raisedById: isMine ? viewer.principalId : null, turn: isWaitingForMe ? turnOf(viewer) : null };
}

export const appealListType = defineList(Appeal, appealList, {
  orders: {
    ID: "Order in which they were drafted.",
    DUE_AT: "By when they are due; those that wait for nothing come behind all others.",
    RULED_AT: "By the last ruling; those without one come behind all others.",
    UPDATED_AT: "By the last change.",
  },
  filter: (t: InputFields) => ({
    projectIds: t.idList({ description: "Those of one of these projects." }),
    states: t.field({ type: [AppealState], description: "Those in one of these states." }),
    tiers: t.field({ type: [AppealTier], description: "Those that are in one of these tiers, were returned from it, or reached it last." }),
    outcomes: t.field({ type: [AppealOutcome], description: "Those whose last ruling has one of these outcomes." }),
    layers: t.field({ type: [AuditLayer], description: "Those of audits of one of these layers." }),
    auditIds: t.idList({ description: "Those of one of these audits." }),
    caseIds: t.idList({ description: "Those of one of these appeal cases." }),
    labelerIds: t.idList({ description: "Those of decisions of one of these labelers. Refused to policy managers." }),
    queueIds: t.idList({ description: "Those of one of these queues." }),
    policyIds: t.idList({ description: "Those of decisions for one of these policies." }),
    vendorIds: t.idList({ description: "Those of one of these vendors." }),
    markets: t.stringList({ description: "Those of one of these markets, by its code." }),
    isMine: t.boolean({ description: "If true, those the viewer has raised." }),
    isWaitingForMe: t.boolean({ description: "If true, those in which it is the viewer's turn: to file or to answer, or to review as somebody who is not party to it." }),
    dueBefore: t.field({ type: "DateTime", description: "Those due before this time." }),
    filedFrom: t.field({ type: "DateTime", description: "Those filed at this time or later." }),
    filedTo: t.field({ type: "DateTime", description: "Those filed before this time." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: readFilter,
});

rootList(appealListType, "appeals", "Appeals the viewer may see.");
builder.objectFields(Project, (t) => ({ appeals: childList(t, appealListType, "projectId", "Its appeals that the viewer may see.") }));
builder.objectFields(Audit, (t) => ({ appeals: childList(t, appealListType, "auditId", "What was contested of it, as far as the viewer may see it; one at most is open.") }));
builder.objectFields(Labeler, (t) => ({ appeals: childList(t, appealListType, "labelerId", "Appeals of audits of their decisions that the viewer may see.") }));
