import { calendarsFor } from "../calendars/places.service.ts";
import { startClocks, stopClocks } from "../clocks/service.ts";
import { checkName, checkText } from "../core/checks.ts";
import { InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { actsIn } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, asWorker, type Verb } from "../db/verb.ts";
import { append, type Audience, type EventDraft } from "../events/outbox.ts";
import { checkSubjects, publishClarifications, type Subject } from "./clarifications.service.ts";
import { checkContentRef, closeDueAt, QUESTION_MACHINE, questionParts, type QuestionVerb } from "./rules.ts";
import {
  canAnswer, changeQuestion, closeDue, insertQuestions, listAskers, listPoliciesOfVersions, lockQuestion, type QuestionChange,
} from "./store.ts";
import type { PolicyQuestionRow } from "./table.ts";

/** What is asked about a policy. */
export interface NewQuestion extends Subject {
  title: string;
  question: string;
  contentRef?: string | null;
}

type Asked = Pick<PolicyQuestionRow, "projectId" | "id" | "askedById" | "vendorId">;
type State = PolicyQuestionRow["state"];
type Told = Pick<EventDraft, "reason" | "payload">;

type Asker = Awaited<ReturnType<typeof listAskers>>[number];

// Staff of the project, the asker's vendor, and the asker hear of it.
async function audiencesOf(verb: Verb, asked: readonly Asked[]): Promise<Audience[]> {
  const askers = asked.some(({ vendorId }) => vendorId) ? await asSystem(verb, (db) => listAskers(db, asked)) : [];
  return asked.map((row, index) => audienceOf(row, askers[index]));
}

const audienceOf = ({ vendorId }: Asked, asker: Asker | undefined): Audience => ({ isStaffVisible: true, isPartnerVisible: vendorId !== null, vendorId, ...asker });

function eventOf({ projectId, id }: Asked, fromState: State | null, toState: State, audience: Audience, told: Told): EventDraft {
  const subject = { projectId, type: `policy_question.${toState.toLowerCase()}`, subjectType: "PolicyQuestion", subjectId: id };
  return { ...subject, ...told, fromState, toState, audience };
}

// Starts the clock of each question: when its answer is due.
async function startAnswers(verb: Verb, asked: readonly (Asked & { market: string | null })[], audiences: readonly Audience[]): Promise<Date[]> {
  return startClocks(verb, asked.map(({ projectId, id, market }, index) => ({
    projectId, subjectType: "PolicyQuestion", subjectId: id, kind: "POLICY_QUESTION", market, audience: audiences[index]!,
  })));
}

const stopAnswer = (verb: Verb, { projectId, id }: ProjectKey) => stopClocks(verb, projectId, [id], ["POLICY_QUESTION"]);

/**
 * Asks about policies that the project uses; the questions, in their order. A clock runs for each answer.
 * `pathOf` names the input's field of a question by its index.
 */
export async function askQuestions(
  verb: Verb,
  projectId: string,
  questions: readonly NewQuestion[],
  pathOf: (index: number, field: string) => string[],
): Promise<ProjectKey[]> {
  if (questions.length === 0) return [];
  const { viewer, now } = verb;
  await checkSubjects(verb.db, projectId, questions, pathOf);
  const asked = questions.map(({ policyId, policyVersionId = null, market = null, title, question, contentRef }, index) => ({
    projectId, id: newId(now), policyId, policyVersionId, market,
    title: checkName(title, pathOf(index, "title")),
    question: checkText(question, pathOf(index, "question")),
    contentRef: checkContentRef(contentRef, pathOf(index, "contentRef")),
    state: "ASKED" as const,
    askedById: viewer.principalId,
    vendorId: viewer.vendorId,
    createdAt: now,
    updatedAt: now,
  }));
  const audiences = await audiencesOf(verb, asked);
  const due = await startAnswers(verb, asked, audiences);
  await insertQuestions(verb.db, asked.map((row, index) => ({ ...row, dueAt: due[index]! })));
  await append(verb, asked.map((row, index) => eventOf(row, null, "ASKED", audiences[index]!, { payload: { dueAt: due[index]!.toISOString() } })));
  return asked.map(({ id }) => ({ projectId, id }));
}

/** Asks about a policy that the project uses. */
export async function askQuestion(verb: Verb, input: NewQuestion & { projectId: string }): Promise<ProjectKey> {
  if (!actsIn(verb.viewer, input.projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  const [key] = await askQuestions(verb, input.projectId, [input], (_, field) => [field]);
  return key!;
}

// A question, locked, and the state that the verb takes it to.
async function takeQuestion(verb: Verb, key: ProjectKey, name: QuestionVerb, expectedVersion: ExpectedVersion) {
  const row = await lockQuestion(verb.db, key);
  if (!row) throw new NotFound("There is no such policy question.", ["policyQuestionId"]);
  checkVersion(row.version, expectedVersion);
  return { row, to: walk(QUESTION_MACHINE, row.state, name, questionParts(verb.viewer, row)).to! };
}

async function move(verb: Verb, row: PolicyQuestionRow, to: State, change: QuestionChange, told: Told = {}): Promise<ProjectKey> {
  const key = { projectId: row.projectId, id: row.id };
  await changeQuestion(verb.db, key, { ...change, state: to }, verb.now);
  const [audience] = await audiencesOf(verb, [row]);
  await append(verb, [eventOf(row, row.state, to, audience!, told)]);
  return key;
}

/** Gives a question to a policy manager of its project; to the viewer, who is one, if nobody is named. */
export async function assignQuestion(verb: Verb, key: ProjectKey, given: string | null, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeQuestion(verb, key, "assignQuestion", expectedVersion);
  const { viewer, now } = verb;
  const assigneeId = given ?? (viewer.role === "POLICY_MANAGER" ? viewer.principalId : null);
  if (!assigneeId) throw new InvalidInput("assigneeId: name a policy manager; as QA_LEAD you can't take it yourself.", ["assigneeId"]);
  if (!(await asSystem(verb, (db) => canAnswer(db, key.projectId, assigneeId, now)))) {
    throw new InvalidInput("assigneeId: they are no policy manager of the project.", ["assigneeId"]);
  }
  return move(verb, row, to, { assigneeId });
}

async function closing(verb: Verb, { projectId, market }: PolicyQuestionRow): Promise<{ closeDueAt: Date; told: Told }> {
  const [place] = await calendarsFor(verb.db, [{ projectId, side: "CLIENT", market }]);
  const due = closeDueAt(verb.now, place!.calendar);
  return { closeDueAt: due, told: { payload: { closeDueAt: due.toISOString() } } };
}

const answerOf = (verb: Verb, answer: string, field: string) =>
  ({ answer: checkText(answer, [field]), answeredById: verb.viewer.principalId, answeredAt: verb.now });

/** Answers a question, for its asker and whoever else may see it. */
export async function answerQuestion(verb: Verb, key: ProjectKey, answer: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeQuestion(verb, key, "answerQuestion", expectedVersion);
  const answered = answerOf(verb, answer, "answer");
  const { told, ...due } = await closing(verb, row);
  await stopAnswer(verb, key);
  return move(verb, row, to, { ...answered, ...due }, told);
}

/** Answers a question with a clarification, which everybody in the project reads. */
export async function publishClarification(
  verb: Verb,
  key: ProjectKey,
  text: string,
  expectedVersion: ExpectedVersion,
): Promise<ProjectKey & { clarification: ProjectKey }> {
  const { row, to } = await takeQuestion(verb, key, "publishClarification", expectedVersion);
  const answer = answerOf(verb, text, "text");
  const { policyId, policyVersionId, market } = row;
  const words = { policyId, policyVersionId, market, text: answer.answer, questionId: key.id };
  const [clarification] = await publishClarifications(verb, key.projectId, [words]);
  const { told, ...due } = await closing(verb, row);
  await stopAnswer(verb, key);
  return { ...(await move(verb, row, to, { ...answer, ...due }, told)), clarification: clarification! };
}

/** Says that the policy is silent on it; a version that says something is to follow. */
export async function confirmGap(verb: Verb, key: ProjectKey, answer: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeQuestion(verb, key, "confirmGap", expectedVersion);
  const answered = answerOf(verb, answer, "answer");
  await stopAnswer(verb, key);
  return move(verb, row, to, answered);
}

/** Names the version of the question's policy that closes the gap. */
export async function linkUpdate(verb: Verb, key: ProjectKey, versionId: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeQuestion(verb, key, "linkUpdate", expectedVersion);
  const policyId = (await listPoliciesOfVersions(verb.db, [versionId])).get(versionId);
  if (!policyId) throw new NotFound("There is no such policy version.", ["policyVersionId"]);
  if (policyId !== row.policyId) {
    throw new InvalidInput("policyVersionId: it is a version of another policy than the question's.", ["policyVersionId"]);
  }
  const { told, ...due } = await closing(verb, row);
  return move(verb, row, to, { linkedVersionId: versionId, ...due }, told);
}

/** Asks again, whom the answer does not help: the same policy manager has it, and a new clock runs for the answer. */
export async function reopenQuestion(verb: Verb, key: ProjectKey, reason: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeQuestion(verb, key, "reopenQuestion", expectedVersion);
  const told = { reason: checkText(reason, ["reason"]) };
  const [dueAt] = await startAnswers(verb, [row], await audiencesOf(verb, [row]));
  return move(verb, row, to, { closeDueAt: null, dueAt: dueAt! }, { ...told, payload: { dueAt: dueAt!.toISOString() } });
}

/** Ends a question that has its answer. */
export async function closeQuestion(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeQuestion(verb, key, "closeQuestion", expectedVersion);
  return move(verb, row, to, { closedAt: verb.now, closeDueAt: null });
}

const BATCH = 200;

/** Closes what was answered five business days ago and nobody reopened, a batch at a time: how many. Call again until it answers 0. */
export async function closeQuestions(db: Db, now: Date): Promise<number> {
  const closed = await closeDue(db, now, BATCH);
  if (closed.length === 0) return 0;
  const askers = await listAskers(db, closed);
  await append(asWorker(db, now), closed.map((row, index) => eventOf(row, row.state, "CLOSED", audienceOf(row, askers[index]), {})));
  return closed.length;
}
