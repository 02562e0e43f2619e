import { Decision } from "../decisions/graphql.ts";
import { Principal } from "../grants/graphql.ts";
import { principalEntity } from "../grants/table.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { byKey, defineEntity, entityRef, loadEntity } from "../graphql/entity.ts";
import { one } from "../graphql/fields.ts";
import { childList, defineList } from "../graphql/list.ts";
import { Policy } from "../policies/graphql.ts";
import { policyEntity } from "../policies/table.ts";
import { Modality } from "../projects/queues.graphql.ts";
import { PolicyQuestion } from "../questions/graphql.ts";
import { policyQuestionEntity } from "../questions/table.ts";
import { Market } from "../vendors/graphql.ts";
import { CalibrationSession } from "./graphql.ts";
import { isDiscussed, readsWords } from "./rules.ts";
import { consensusByItem, itemList, voteList } from "./store.ts";
import { type CalibrationConsensusRow, calibrationItemEntity, calibrationSessionEntity, calibrationVoteEntity } from "./table.ts";

export const CalibrationItem = entityRef(calibrationItemEntity);
export const CalibrationVote = entityRef(calibrationVoteEntity);

const ACTION = "The action that goes with it; null for none.";
const WORDS = "Why; null where nothing was said, and for analysts.";

const voteListType = defineList(CalibrationVote, voteList, {
  orders: { ID: "Order in which they were first cast.", CAST_AT: "By when they were last cast." },
  filter: (t: InputFields) => ({ isMine: t.boolean({ description: "If true, the viewer's own." }) }),
  read: ({ isMine }: { isMine?: boolean | null }, { viewer }) => ({ raterId: isMine ? viewer.principalId : null }),
});

const itemListType = defineList(CalibrationItem, itemList, {
  orders: { ID: "As they are to be judged.", POSITION: "By their place in the session." },
  filter: (t: InputFields) => ({ contentRefs: t.stringList({ description: "Those about one of these contents." }) }),
  read: (input: { contentRefs?: string[] | null }) => input,
});

defineEntity(CalibrationVote, {
  description:
    "What one rater says of one item. While voting is open everybody sees their own alone; once it is over, leads, analysts and administrators see all, from the " +
    "discussion on other staff too. Partners and labelers never see another's.",
  fields: (t) => ({
    action: t.exposeString("action", { nullable: true, description: ACTION }),
    rationale: t.string({ nullable: true, description: WORDS, ...shownTo(readsWords), resolve: (row, _, { viewer }) => (readsWords(viewer) ? row.rationale : null) }),
    castAt: t.field({ type: "DateTime", description: "When it was last cast.", resolve: ({ castAt }) => castAt }),
    isMine: t.boolean({ description: "It is the viewer's own.", resolve: ({ principalId }, _, { viewer }) => principalId === viewer.principalId }),
    item: one(t, "item", CalibrationItem, "What it is about."),
    policy: one(t, "policy", Policy, "The policy that was chosen; null where the viewer may not see it."),
    rater: one(t, "principal", Principal, "Whose it is; null where the viewer may not see the person."),
  }),
});

const Consensus = builder.objectRef<CalibrationConsensusRow>("CalibrationConsensus").implement({
  description: "What all agreed on for an item, or the question that it left open: one of the two.",
  fields: (t) => ({
    policy: t.field({
      type: Policy, nullable: true, description: "The right policy; null where it is a question, or the viewer may not see it.",
      resolve: ({ policyId: id }, _, context, info) => (id ? loadEntity(policyEntity, { projectId: null, id }, context, info) : null),
    }),
    action: t.exposeString("action", { nullable: true, description: ACTION }),
    rationale: t.string({ nullable: true, description: WORDS, ...shownTo(readsWords), resolve: (row, _, { viewer }) => (readsWords(viewer) ? row.rationale : null) }),
    question: t.field({
      type: PolicyQuestion, nullable: true, description: "What is asked about the policy; null where it is an answer, or the viewer may not see the question.",
      resolve: ({ projectId, questionId: id }, _, context, info) => (id ? loadEntity(policyQuestionEntity, { projectId, id }, context, info) : null),
    }),
    isGolden: t.exposeBoolean("isGolden", { description: "A golden item was made of it." }),
    setAt: t.field({ type: "DateTime", description: "When it was set.", resolve: ({ setAt }) => setAt }),
    setBy: t.field({
      type: Principal, nullable: true, description: "Who wrote it down; null where the viewer may not see the person.",
      resolve: ({ setById: id }, _, context, info) => loadEntity(principalEntity, { projectId: null, id }, context, info),
    }),
  }),
});

defineEntity(CalibrationItem, {
  description: "One thing to judge in a calibration session. Whoever sees the session sees its items.",
  fields: (t) => ({
    position: t.exposeInt("position", { description: "Its place in the session, from 1." }),
    contentRef: t.exposeString("contentRef", { description: "Where the content is; never the content itself." }),
    contentHash: t.string({ description: "SHA-256 in hex that tells equal content.", resolve: ({ contentHash }) => contentHash.toString("hex") }),
    modality: t.field({ type: Modality, description: "The kind of content.", resolve: ({ modality }) => modality }),
    language: t.exposeString("language", { nullable: true, description: "BCP 47 tag of the content; null if unknown." }),
    market: one(t, "marketRow", Market, "Where it came up; null if unknown."),
    session: one(t, "session", CalibrationSession, "The session that it is judged in."),
    decision: t.field({
      type: Decision,
      nullable: true,
      description: "The decision that was made on it. Null before DISCUSSION, whoever asks; where it was none; and where the viewer may not see it.",
      extensions: { relation: "decision" },
      resolve: async ({ projectId, sessionId, decision }, _, context) => {
        const session = await context.load(byKey(calibrationSessionEntity, {}), { projectId, id: sessionId });
        return session && isDiscussed(session.state) ? (decision ?? null) : null;
      },
    }),
    votes: childList(t, voteListType, "itemId", "The votes on it that the viewer may see."),
    consensus: t.field({
      type: Consensus,
      nullable: true,
      description: "What all agreed on; null while nothing is, and for partners and labelers before PUBLISHED.",
      resolve: ({ projectId, id }, _, context) => context.load({ name: "consensusByItem", load: consensusByItem }, { projectId, id }),
    }),
  }),
});

builder.objectFields(CalibrationSession, (t) => ({ items: childList(t, itemListType, "sessionId", "What is to be judged, in order.") }));
