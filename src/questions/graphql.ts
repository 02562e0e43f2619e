import { clocksOf } from "../clocks/graphql.ts";
import { decodeId } from "../core/ids.ts";
import { allowedActions } from "../core/machine.ts";
import { Principal } from "../grants/graphql.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Policy } from "../policies/graphql.ts";
import { PolicyVersion } from "../policies/versions.graphql.ts";
import { Project } from "../projects/graphql.ts";
import { Market, Vendor } from "../vendors/graphql.ts";
import { isOverdue, QUESTION_MACHINE, questionParts, readsWords } from "./rules.ts";
import { type QuestionFilter, questionList } from "./store.ts";
import { POLICY_QUESTION_STATES, policyQuestionEntity, type PolicyQuestionRow } from "./table.ts";

export const PolicyQuestion = entityRef(policyQuestionEntity);

const PolicyQuestionState = builder.enumType("PolicyQuestionState", {
  description: "How far a policy question is.",
  values: {
    ASKED: { description: "Nobody has it yet." },
    ASSIGNED: { description: "A policy manager has it." },
    ANSWERED: { description: "It has an answer, for its asker; they may reopen it." },
    CLARIFICATION_PUBLISHED: { description: "It is answered by a clarification, which the whole project reads." },
    GAP_CONFIRMED: { description: "The policy is silent on it; a version that says something is to follow." },
    UPDATE_LINKED: { description: "The version that closes the gap is named." },
    CLOSED: { description: "It is over." },
  } satisfies Record<(typeof POLICY_QUESTION_STATES)[number], object>,
});

const UNREAD = "Null for analysts, who read no words of people.";

function words(t: Fields<PolicyQuestionRow>, name: "title" | "question" | "answer", description: string) {
  return t.string({ nullable: true, description, ...shownTo(readsWords), resolve: (row, _, { viewer }) => (readsWords(viewer) ? row[name] : null) });
}

function when(t: Fields<PolicyQuestionRow>, name: "answeredAt" | "closedAt" | "closeDueAt", description: string) {
  return t.field({ type: "DateTime", nullable: true, description, resolve: (row) => row[name] });
}

defineEntity(PolicyQuestion, {
  description:
    "Something that a policy leaves open, asked of those who write it. Staff see all of their projects, partners those of their vendor, labelers their own.",
  fields: (t) => ({
    state: t.field({ type: PolicyQuestionState, description: "How far it is.", resolve: ({ state }) => state }),
    title: words(t, "title", `What it is about, in a line. ${UNREAD}`),
    question: words(t, "question", `What is asked. ${UNREAD}`),
    contentRef: t.exposeString("contentRef", { nullable: true, description: "What it came up on: content by reference, never itself; null for nothing in particular." }),
    answer: words(t, "answer", `What a policy manager said last, also while it is open again; null before that. ${UNREAD}`),
    answeredAt: when(t, "answeredAt", "When that was said; null before."),
    dueAt: t.field({
      type: "DateTime",
      description: "By when it should be answered, counted from when it was asked, or reopened: by default two business days (settings.clockAllowances).",
      resolve: ({ dueAt }) => dueAt,
    }),
    isOverdue: t.boolean({ description: "It is due, and ASKED or ASSIGNED.", resolve: (row, _, { now }) => isOverdue(row, now) }),
    closeDueAt: when(t, "closeDueAt", "When it closes by itself: the fifth business day after its answer; null while it has none, and once it is closed."),
    closedAt: when(t, "closedAt", "When it was closed; null before."),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now.",
      resolve: (row, _, { viewer }) => allowedActions(QUESTION_MACHINE, row.state, questionParts(viewer, row)),
    }),
    project: one(t, "project", Project, "In which project it was asked."),
    policy: one(t, "policy", Policy, "The policy."),
    policyVersion: one(t, "policyVersion", PolicyVersion, "The version that was read; null where it doesn't matter, or the viewer may not see it."),
    market: one(t, "marketRow", Market, "Where it came up; null for no market in particular."),
    linkedVersion: one(t, "linkedVersion", PolicyVersion, "The version that closes the gap; null before UPDATE_LINKED, or where the viewer may not see it."),
    askedBy: one(t, "askedBy", Principal, "Who asked; null where the viewer may not see the person."),
    vendor: one(t, "vendor", Vendor, "Whose people asked; null for staff."),
    assignee: one(t, "assignee", Principal, "The policy manager who has it; null while nobody does, or where the viewer may not see the person."),
    answeredBy: one(t, "answeredBy", Principal, "Who answered last; null before, or where the viewer may not see the person."),
    slaClocks: clocksOf(t, "Clocks of its answers: one of each time that it was asked or reopened."),
    ...versionedFields(t),
  }),
});

type FilterInput = Omit<QuestionFilter, "askedById" | "assigneeId" | "overdueAt"> & Partial<Record<"isMine" | "isAssignedToMe" | "isOverdue", boolean | null>>;

function readFilter({ isMine, isAssignedToMe, isOverdue, policyIds, ...filter }: FilterInput, { viewer, now }: Context): QuestionFilter {
  return {
    ...filter,
    policyIds: policyIds?.map((id) => decodeId("Policy", id, ["filter", "policyIds"]).id),
    askedById: isMine ? viewer.principalId : null,
    assigneeId: isAssignedToMe ? viewer.principalId : null,
    overdueAt: isOverdue ? now : null,
  };
}

const listType = defineList(PolicyQuestion, questionList, {
  orders: { ID: "Order in which they were asked.", DUE_AT: "By when they are due.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    states: t.field({ type: [PolicyQuestionState], description: "Those in one of these states." }),
    policyIds: t.idList({ description: "Those about one of these policies." }),
    markets: t.stringList({ description: "Those that came up in one of these markets, by its code." }),
    isMine: t.boolean({ description: "If true, those the viewer has asked." }),
    isAssignedToMe: t.boolean({ description: "If true, those the viewer has to answer, or had." }),
    dueBefore: t.field({ type: "DateTime", description: "Those due before this time, answered or not." }),
    isOverdue: t.boolean({ description: "If true, those that are due and ASKED or ASSIGNED." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: FilterInput, context) => readFilter(input, context),
});

rootList(listType, "policyQuestions", "Policy questions the viewer may see.");
builder.objectFields(Project, (t) => ({ policyQuestions: childList(t, listType, "projectId", "What was asked in it, as far as the viewer may see it.") }));
builder.objectFields(Policy, (t) => ({ questions: childList(t, listType, "policyId", "What was asked about it in the viewer's projects, as far as they may see it.") }));
