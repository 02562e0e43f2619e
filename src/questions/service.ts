import { checkName, checkText } from "../core/checks.ts";
import { InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { actsIn, mayOnly, type Role } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, asWorker, type Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { calendarOf } from "../projects/service.ts";
import { checkSubjects, publishClarifications, type Subject } from "./clarifications.service.ts";
import { answerDueAt, ASKING, checkContentRef, closeDueAt, QUESTION_MACHINE, questionParts, type QuestionVerb } from "./rules.ts";
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
async function announce(verb: Verb, from: State | null, to: State, asked: readonly Asked[], told: Told = {}): Promise<void> {
  const askers = asked.some(({ vendorId }) => vendorId) ? await asSystem(verb, (db) => listAskers(db, asked)) : [];
  await append(verb, asked.map((row, index) => eventOf(row, from, to, askers[index], told)));
}

function eventOf({ projectId, id, vendorId }: Asked, fromState: State | null, toState: State, asker: Asker | undefined, told: Told): EventDraft {
  const subject = { projectId, type: `policy_question.${toState.toLowerCase()}`, subjectType: "PolicyQuestion", subjectId: id };
  return { ...subject, ...told, fromState, toState, audience: { isStaffVisible: true, isPartnerVisible: vendorId !== null, vendorId, ...asker } };
}

/**
 * Asks about policies that the project uses; the questions, in their order. Their answers are due on the second business day in the
 * project's zone. `pathOf` names the input's field of a question by its index.
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
  const { timeZone } = await calendarOf(verb.db, projectId);
  const rows = questions.map(({ policyId, policyVersionId = null, market = null, title, question, contentRef }, index) => ({
    projectId, id: newId(now), policyId, policyVersionId, market,
    title: checkName(title, pathOf(index, "title")),
    question: checkText(question, pathOf(index, "question")),
    contentRef: checkContentRef(contentRef, pathOf(index, "contentRef")),
    state: "ASKED" as const,
    askedById: viewer.principalId,
    vendorId: viewer.vendorId,
    dueAt: answerDueAt(now, timeZone),
    createdAt: now,
    updatedAt: now,
  }));
  await insertQuestions(verb.db, rows);
  await announce(verb, null, "ASKED", rows, { payload: { dueAt: rows[0]!.dueAt.toISOString() } });
  return rows.map(({ id }) => ({ projectId, id }));
}

/** Asks about a policy that the project uses. */
export async function askQuestion(verb: Verb, input: NewQuestion & { projectId: string }): Promise<ProjectKey> {
  mayOnly(verb.viewer, "askQuestion", ASKING);
  if (!actsIn(verb.viewer, input.projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  const [key] = await askQuestions(verb, input.projectId, [input], (_, field) => [field]);
  return key!;
}

const MAY: Readonly<Record<QuestionVerb, readonly Role[]>> = {
  assignQuestion: ["POLICY_MANAGER", "QA_LEAD"],
  answerQuestion: ["POLICY_MANAGER"],
  publishClarification: ["POLICY_MANAGER"],
  confirmGap: ["POLICY_MANAGER"],
  linkUpdate: ["POLICY_MANAGER"],
  reopenQuestion: ASKING,
  closeQuestion: ASKING,
};

// A question, locked, and the state that the verb takes it to.
async function takeQuestion(verb: Verb, key: ProjectKey, name: QuestionVerb, expectedVersion: ExpectedVersion) {
  mayOnly(verb.viewer, name, MAY[name]);
  const row = await lockQuestion(verb.db, key);
  if (!row) throw new NotFound("There is no such policy question.", ["policyQuestionId"]);
  checkVersion(row.version, expectedVersion);
  return { row, to: walk(QUESTION_MACHINE, row.state, name, questionParts(verb.viewer, row)).to! };
}

async function move(verb: Verb, row: PolicyQuestionRow, to: State, change: QuestionChange, told: Told = {}): Promise<ProjectKey> {
  const key = { projectId: row.projectId, id: row.id };
  await changeQuestion(verb.db, key, { ...change, state: to }, verb.now);
  await announce(verb, row.state, to, [row], told);
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

async function closing(verb: Verb, { projectId }: ProjectKey): Promise<{ closeDueAt: Date; told: Told }> {
  const { timeZone } = await calendarOf(verb.db, projectId);
  const due = closeDueAt(verb.now, timeZone);
  return { closeDueAt: due, told: { payload: { closeDueAt: due.toISOString() } } };
}

const answerOf = (verb: Verb, answer: string, field: string) =>
  ({ answer: checkText(answer, [field]), answeredById: verb.viewer.principalId, answeredAt: verb.now });

/** Answers a question, for its asker and whoever else may see it. */
export async function answerQuestion(verb: Verb, key: ProjectKey, answer: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeQuestion(verb, key, "answerQuestion", expectedVersion);
  const { told, ...due } = await closing(verb, key);
  return move(verb, row, to, { ...answerOf(verb, answer, "answer"), ...due }, told);
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
  const { told, ...due } = await closing(verb, key);
  return { ...(await move(verb, row, to, { ...answer, ...due }, told)), clarification: clarification! };
}

/** Says that the policy is silent on it; a version that says something is to follow. */
export async function confirmGap(verb: Verb, key: ProjectKey, answer: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeQuestion(verb, key, "confirmGap", expectedVersion);
  return move(verb, row, to, answerOf(verb, answer, "answer"));
}

/** Names the version of the question's policy that closes the gap. */
export async function linkUpdate(verb: Verb, key: ProjectKey, versionId: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeQuestion(verb, key, "linkUpdate", expectedVersion);
  const policyId = (await listPoliciesOfVersions(verb.db, [versionId])).get(versionId);
  if (!policyId) throw new NotFound("There is no such policy version.", ["policyVersionId"]);
  if (policyId !== row.policyId) {
    throw new InvalidInput("policyVersionId: it is a version of another policy than the question's.", ["policyVersionId"]);
  }
  const { told, ...due } = await closing(verb, key);
  return move(verb, row, to, { linkedVersionId: versionId, ...due }, told);
}

/** Asks again, whom the answer does not help: the same policy manager has it, due on the second business day from now. */
export async function reopenQuestion(verb: Verb, key: ProjectKey, reason: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeQuestion(verb, key, "reopenQuestion", expectedVersion);
  const { timeZone } = await calendarOf(verb.db, key.projectId);
  const dueAt = answerDueAt(verb.now, timeZone);
  return move(verb, row, to, { closeDueAt: null, dueAt }, { reason: checkText(reason, ["reason"]), payload: { dueAt: dueAt.toISOString() } });
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
  await append(asWorker(db, now), closed.map((row, index) => eventOf(row, row.state, "CLOSED", askers[index], {})));
  return closed.length;
}
