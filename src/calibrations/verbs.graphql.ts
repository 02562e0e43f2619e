import { InvalidInput } from "../core/errors.ts";
import { decodeId, decodeIfGiven, decodeProjectId, type ProjectKey } from "../core/ids.ts";
import { type Role } from "../core/viewer.ts";
import type { Verb } from "../db/verb.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { Modality } from "../projects/queues.graphql.ts";
import { projectEntity } from "../projects/table.ts";
import { CalibrationSession } from "./graphql.ts";
import type { NewContent } from "./rules.ts";
import { FACILITATING, RATING } from "./rules.ts";
import {
  cancelCalibration, changeCalibration, createCalibration, type NewItem, openCalibration, type SessionContent,
} from "./service.ts";
import { calibrationSessionEntity } from "./table.ts";
import { type Agreed, castVotes, type Choice, closeCalibration, publishCalibration, setConsensus, startDiscussion } from "./voting.service.ts";

const payload = (t: Fields<RowPayload>) => ({ calibrationSession: rowField(t, calibrationSessionEntity, CalibrationSession, "The session.") });

type ItemInput = Partial<NewContent> & { decisionId?: string | null };

const Item = builder.inputRef<ItemInput>("CalibrationItemInput").implement({
  description: "One thing to judge: what a decision was made on, or content named here.",
  fields: (t) => ({
    decisionId: t.id({ description: "A decision, whose content is judged; nobody sees it before the discussion. Give it alone, or contentRef and modality." }),
    contentRef: t.string({ description: "Content by reference, 1 to 2,000 characters." }),
    contentHash: t.string({ description: "SHA-256 of the content in hex; that of contentRef if absent." }),
    modality: t.field({ type: Modality, description: "The kind of content; needed with contentRef." }),
    language: t.string({ description: "BCP 47 tag of the content, 1 to 35 characters." }),
    market: t.string({ description: "Where it came up, by the market's code." }),
  }),
});

function readItem({ decisionId, contentRef, modality, ...rest }: ItemInput, index: number): NewItem {
  const path = ["items", String(index)];
  const isDecision = decisionId != null && contentRef == null && modality == null && Object.values(rest).every((value) => value == null);
  if (isDecision) return { decisionId: decodeProjectId("Decision", decisionId, [...path, "decisionId"]).id };
  if (decisionId != null || contentRef == null || modality == null) {
    throw new InvalidInput(`items[${index}]: give decisionId alone, or contentRef and modality.`, path);
  }
  return { contentRef, modality, ...rest };
}

interface ContentInput extends Omit<SessionContent, "items"> {
  items?: ItemInput[] | null;
}

function readGiven({ name, policyId, facilitatorId, closesAt, items, raterIds }: ContentInput): SessionContent {
  return {
    name, closesAt,
    policyId: policyId === undefined ? undefined : decodeIfGiven("Policy", policyId, ["policyId"]),
    facilitatorId: decodeIfGiven("Principal", facilitatorId, ["facilitatorId"]),
    items: items?.map(readItem),
    raterIds: raterIds?.map((id, index) => decodeId("Principal", id, ["raterIds", String(index)]).id),
  };
}

const content = (t: InputFields, absent: string) => ({
  policyId: t.id({ description: "The policy that it is about; null for several." }),
  facilitatorId: t.id({ description: `Who leads it: a QA_LEAD, AUDITOR or POLICY_MANAGER of the project. ${absent}` }),
  closesAt: t.field({ type: "DateTime", description: "When voting ends by itself, to come; null for only by hand." }),
  items: t.field({ type: [Item], description: "What is to be judged, in order: at most 200, each content once. They take the place of those before." }),
  raterIds: t.idList({
    description: "Who votes: at most 100 principals with a grant in the project as QA_LEAD, AUDITOR, POLICY_MANAGER, LABELER, VENDOR_QA or " +
      "VENDOR_MANAGER. They take the place of those before.",
  }),
});

defineVerb<ContentInput & { projectId: string; name: string }, RowPayload>("createCalibration", {
  description: "Prepares a calibration session.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    projectId: t.id({ required: true, description: "Whose session." }),
    name: t.string({ required: true, description: "For people, 1 to 200 characters." }),
    ...content(t, "The viewer if absent."),
  }),
  payload,
  resolve: (input, context) => {
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    const given = { ...readGiven(input), name: input.name };
    return context.perform("createCalibration", input, (verb) => createCalibration(verb, projectId, given));
  },
});

interface OnSession {
  calibrationSessionId: string;
  expectedVersion?: number | null;
}

// Verbs on one session, whose answer is the session.
function define<Input extends object>(
  name: string,
  roles: readonly Role[],
  description: string,
  input: (t: InputFields) => Record<string, unknown>,
  run: (input: Input & OnSession) => (verb: Verb, key: ProjectKey) => Promise<ProjectKey>,
): void {
  defineVerb<Input & OnSession, RowPayload>(name, {
    description,
    for: { roles: roles },
    input: (t) => ({
      calibrationSessionId: t.id({ required: true, description: "The session." }),
      expectedVersion: t.int({ description: EXPECTED }),
      ...input(t),
    }),
    payload,
    resolve: (given, context) => {
      const key = decodeProjectId(calibrationSessionEntity.name, given.calibrationSessionId, ["calibrationSessionId"]);
      const work = run(given);
      return context.perform(name, given, (verb) => work(verb, key));
    },
  });
}

const STAY = "Stays if absent.";

define<ContentInput>(
  "changeCalibration", ["QA_LEAD"],
  "Changes a session that is a DRAFT. What is absent stays.",
  (t) => ({ name: t.string({ description: "For people, 1 to 200 characters." }), ...content(t, STAY) }),
  (input) => {
    const given = readGiven(input);
    return (verb, key) => changeCalibration(verb, key, given, input.expectedVersion);
  },
);

const PLAIN = [
  ["openCalibration", openCalibration, "Lets the raters vote, each blind to the others; refused without an item and two raters. QA_LEAD, its facilitator."],
  ["closeCalibration", closeCalibration, "Ends the voting: votes are locked, and how far they agree is frozen. Its facilitator; the system at closesAt."],
  ["startDiscussion", startDiscussion, "Shows staff the votes, and the decisions on the items. Its facilitator."],
] as const;

for (const [name, service, description] of PLAIN) {
  define(name, FACILITATING, description, () => ({}), ({ expectedVersion }) => (verb, key) => service(verb, key, expectedVersion));
}

const choice = (t: InputFields, isNeeded: boolean) => ({
  itemId: t.id({ required: true, description: "The item, of this session." }),
  policyId: t.id({ required: isNeeded, description: "What is right: a policy that the project uses, with none below it." }),
  action: t.string({ description: "The action that goes with it, 1 to 64 characters." }),
  rationale: t.string({ description: "Why, 1 to 2,000 characters." }),
});

const Vote = builder.inputRef<Choice>("CalibrationVoteInput").implement({ description: "What the viewer says of one item.", fields: (t) => choice(t as never, true) as never });

const readChoice = <Given extends Choice>(given: Given, path: readonly string[]): Given => ({
  ...given,
  itemId: decodeProjectId("CalibrationItem", given.itemId, [...path, "itemId"]).id,
  policyId: decodeId("Policy", given.policyId, [...path, "policyId"]).id,
});

define<{ votes: Choice[] }>(
  "castVotes", RATING,
  "Keeps the viewer's votes, each in the place of an earlier one on its item, while the session is OPEN. Nobody else sees them before it is CLOSED. For its raters.",
  (t) => ({ votes: t.field({ type: [Vote], required: true, description: "1 to 200 votes, on different items." }) }),
  ({ votes, expectedVersion }) => {
    const choices = votes.map((vote, index) => readChoice(vote, ["votes", String(index)]));
    return (verb, key) => castVotes(verb, key, choices, expectedVersion);
  },
);

define<{ reason: string }>(
  "cancelCalibration", ["QA_LEAD"],
  "Gives up a session that is DRAFT or OPEN.",
  (t) => ({ reason: t.string({ required: true, description: "Why, 1 to 2,000 characters." }) }),
  ({ reason, expectedVersion }) => (verb, key) => cancelCalibration(verb, key, reason, expectedVersion),
);

interface OpenQuestion {
  policyId: string;
  title: string;
  question: string;
}

const Question = builder.inputRef<OpenQuestion>("CalibrationQuestionInput").implement({
  description: "What an item leaves open, to be asked of the policy managers.",
  fields: (t) => ({
    policyId: t.id({ required: true, description: "About which policy of the project." }),
    title: t.string({ required: true, description: "What it is about, in a line of 1 to 200 characters." }),
    question: t.string({ required: true, description: "What is asked, 1 to 2,000 characters." }),
  }),
});

interface AgreedInput extends Omit<Choice, "policyId"> {
  policyId?: string | null;
  question?: OpenQuestion | null;
}

const Agreement = builder.inputRef<AgreedInput>("CalibrationConsensusInput").implement({
  description: "What all agree on for an item (policyId, action, rationale), or what is to be asked about it (question).",
  fields: (t) => ({ ...(choice(t as never, false) as object), question: t.field({ type: Question, description: "Where they don't agree: asked as a policy question on the content." }) }) as never,
});

function readAgreed({ question, policyId, ...given }: AgreedInput, index: number): Agreed {
  const path = ["items", String(index)];
  if (policyId != null && question == null) return readChoice({ ...given, policyId }, path);
  if (policyId != null || question == null || given.action != null || given.rationale != null) {
    throw new InvalidInput(`items[${index}]: give policyId, with action and rationale if there are any, or question alone.`, path);
  }
  const itemId = decodeProjectId("CalibrationItem", given.itemId, [...path, "itemId"]).id;
  return { itemId, question: { ...question, policyId: decodeId("Policy", question.policyId, [...path, "question", "policyId"]).id } };
}

define<{ items: AgreedInput[] }>(
  "setConsensus", FACILITATING,
  "Keeps what was agreed on items, in the place of what was before, while the session is in DISCUSSION; it goes on to CONSENSUS once every item has something. Its facilitator, POLICY_MANAGER.",
  (t) => ({ items: t.field({ type: [Agreement], required: true, description: "1 to 200 items, each once." }) }),
  ({ items, expectedVersion }) => {
    const agreed = items.map(readAgreed);
    return (verb, key) => setConsensus(verb, key, agreed, expectedVersion);
  },
);

interface ClarificationInput {
  policyId: string;
  policyVersionId?: string | null;
  market?: string | null;
  text: string;
}

const ClarificationInputType = builder.inputRef<ClarificationInput>("CalibrationClarificationInput").implement({
  description: "How a policy is to be read, for everybody in the project.",
  fields: (t) => ({
    policyId: t.id({ required: true, description: "A policy of the project." }),
    policyVersionId: t.id({ description: "The version of it that it is about; absent for all." }),
    market: t.string({ description: "Where it holds, by the market's code; everywhere if absent." }),
    text: t.string({ required: true, description: "The words, 1 to 2,000 characters." }),
  }),
});

define<{ clarifications?: ClarificationInput[] | null; promotedItemIds?: string[] | null }>(
  "publishCalibration", ["QA_LEAD"],
  "Shows everybody invited what was agreed; publishes clarifications and makes golden items of consensus, where asked. All of it or nothing.",
  (t) => ({
    clarifications: t.field({ type: [ClarificationInputType], description: "At most 50." }),
    promotedItemIds: t.idList({ description: "Items whose consensus becomes the answer of a golden item; refused where it is a question, or another answer is active." }),
  }),
  ({ clarifications, promotedItemIds, expectedVersion }) => {
    const outcome = {
      promotedItemIds: (promotedItemIds ?? []).map((id, index) => decodeProjectId("CalibrationItem", id, ["promotedItemIds", String(index)]).id),
      clarifications: (clarifications ?? []).map((each, index) => ({
        ...each,
        policyId: decodeId("Policy", each.policyId, ["clarifications", String(index), "policyId"]).id,
        policyVersionId: decodeIfGiven("PolicyVersion", each.policyVersionId, ["clarifications", String(index), "policyVersionId"]),
      })),
    };
    return (verb, key) => publishCalibration(verb, key, outcome, expectedVersion);
  },
);
