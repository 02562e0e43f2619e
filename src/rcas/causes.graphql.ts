import { Principal } from "../grants/graphql.ts";
import { EVERYBODY, shownTo } from "../graphql/access.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one } from "../graphql/fields.ts";
import { defineList } from "../graphql/list.ts";
import { readsWords } from "../escalations/rules.ts";
import { CAUSE_CODE_LIST, type CauseCode } from "./causes.rules.ts";
import { type CauseFilter, causeList, whyList } from "./store.ts";
import { CAUSE_CATEGORIES, rcaCauseEntity, rcaWhyEntity } from "./table.ts";

const RcaWhy = entityRef(rcaWhyEntity);
export const RcaCause = entityRef(rcaCauseEntity);

export const CauseCategory = builder.enumType("CauseCategory", {
  description: "Where a cause lies (Ishikawa).",
  values: {
    POLICY: { description: "In what the policy says, or doesn't." },
    PEOPLE: { description: "In what people know, can or stand." },
    PROCESS: { description: "In how work is done and handed on." },
    PLATFORM: { description: "In tools and models." },
    CONTENT: { description: "In what comes in." },
    MEASUREMENT: { description: "In how quality is measured." },
    MANAGEMENT: { description: "In goals, means and who answers for what." },
  } satisfies Record<(typeof CAUSE_CATEGORIES)[number], object>,
});

const UNREAD = "Null for analysts, who read no words of people.";

defineEntity(RcaWhy, {
  description: "One step of a root-cause analysis: why what the step before says is so. Seen by whoever sees the escalation.",
  fields: (t) => ({
    position: t.exposeInt("position", { description: "Its place in the chain, 1 to 7." }),
    text: t.string({ nullable: true, description: `What it says. ${UNREAD}`, ...shownTo(readsWords), resolve: ({ text }, _, { viewer }) => (readsWords(viewer) ? text : null) }),
    evidence: t.stringList({
      nullable: true,
      description: `What shows it: words and references. ${UNREAD}`,
      ...shownTo(readsWords),
      resolve: ({ evidence }, _, { viewer }) => (readsWords(viewer) ? evidence : null),
    }),
  }),
});

defineEntity(RcaCause, {
  description: "What caused a problem, by category and code. Seen by whoever sees the escalation.",
  fields: (t) => ({
    category: t.field({ type: CauseCategory, description: "Where it lies.", resolve: ({ category }) => category }),
    code: t.exposeString("code", { description: "Which kind of cause of the category (`rcaCauseCodes`); each once in an analysis." }),
    text: t.string({ nullable: true, description: `What it is here. ${UNREAD}`, ...shownTo(readsWords), resolve: ({ text }, _, { viewer }) => (readsWords(viewer) ? text : null) }),
    isRoot: t.exposeBoolean("isRoot", { description: "True of a root cause: without it, the problem would not have come. Each needs an action." }),
    owner: one(t, "owner", Principal, "Who answers for it: of a root cause always somebody, but null where the viewer may not see the person."),
  }),
});

export const whyListType = defineList(RcaWhy, whyList, {
  orders: { ID: "Order in which they were written.", POSITION: "By their place in the chain." },
  filter: (t: InputFields) => ({ positions: t.intList({ description: "Those at one of these places, 1 to 7." }) }),
  read: (input: { positions?: number[] | null }) => input,
});

export const causeListType = defineList(RcaCause, causeList, {
  orders: { ID: "Order in which they were written." },
  filter: (t: InputFields) => ({
    categories: t.field({ type: [CauseCategory], description: "Those of one of these categories." }),
    isRoot: t.boolean({ description: "True for root causes, false for the others." }),
  }),
  read: (input: CauseFilter) => input,
});

const RcaCauseCode = builder.objectRef<CauseCode>("RcaCauseCode").implement({
  description: "A kind of cause: causes are counted by these.",
  fields: (t) => ({
    category: t.field({ type: CauseCategory, description: "Where it lies.", resolve: ({ category }) => category }),
    code: t.exposeString("code", { description: "Names it within its category." }),
    description: t.exposeString("description", { description: "When it is the one." }),
  }),
});

builder.queryField("rcaCauseCodes", (t) =>
  t.field({
    type: [RcaCauseCode],
    description: "The codes that causes of a root-cause analysis have: the same everywhere.",
    extensions: { for: EVERYBODY },
    resolve: () => [...CAUSE_CODE_LIST],
  }),
);
