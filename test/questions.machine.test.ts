import { afterAll, beforeAll, expect, test } from "vitest";
import { SYSTEM_PRINCIPAL_ID } from "../src/core/ids.ts";
import { QUESTION_MACHINE } from "../src/questions/rules.ts";
import { closeQuestions } from "../src/questions/service.ts";
import { POLICY_QUESTION_STATES } from "../src/questions/table.ts";
import { makeProject } from "./kit/factories.ts";
import { openPool } from "./kit/events.ts";
import { type Call, type Subject, tellingOf, toldAbout, walkAll } from "./kit/machines.ts";
import { asWorker } from "./kit/publication.ts";
import { inProject } from "./kit/roster.ts";
import { globalId, projectGid } from "./kit/samples.ts";
import { type Actor, makeActors } from "./kit/stages.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let actors: Actor[];
let calls: Record<string, Call>;
let id: string;
let rawId: string;
const asker = "another auditor";
beforeAll(async () => {
  world = await createWorld();
  const project = await makeProject(world.sql);
  actors = await makeActors(world, project);
  const by = (name: string) => actors.find((actor) => actor.name === name)!.caller;
  const { policyQuestion } = await by(asker).verb(
    "askQuestion",
    { projectId: projectGid(project), policyId: globalId("Policy", project.policies.hate), title: "Slurs", question: "Quoted ones too?" },
    "policyQuestion { id }",
  );
  const [row] = await world.sql`select id from policy_questions`;
  rawId = row!.id as string;
  id = inProject("PolicyQuestion", project.projectId, rawId);
  expect(policyQuestion.id).toBe(id);
  const [version] = await world.sql`select id from policy_versions where policy_id = ${project.policies.hate}`;
  const on = "PolicyQuestion";
  calls = {
    assignQuestion: { on, input: { policyQuestionId: id, assigneeId: globalId("Principal", by("a policy manager").principalId) } },
    answerQuestion: { on, input: { policyQuestionId: id, answer: "Not those." } },
    publishClarification: { on, input: { policyQuestionId: id, text: "Not those." } },
    confirmGap: { on, input: { policyQuestionId: id, answer: "It doesn't say." } },
    linkUpdate: { on, input: { policyQuestionId: id, policyVersionId: globalId("PolicyVersion", version!.id) } },
    reopenQuestion: { on, input: { policyQuestionId: id, reason: "What of songs?" } },
    closeQuestion: { on, input: { policyQuestionId: id } },
  };
});
afterAll(() => world.close());

const reset = (state: string) => async () => {
  await world.sql`delete from clarifications`;
  const isAsked = state === "ASKED";
  await world.sql`update policy_questions set state = ${state}, assignee_id = ${isAsked ? null : world.admin.principalId}, answer = 'So.',
    linked_version_id = case when ${state} = 'UPDATE_LINKED' then (select id from policy_versions where policy_id = policy_questions.policy_id limit 1) end,
    closed_at = ${state === "CLOSED" ? new Date() : null} where id = ${rawId}`;
};
const snapshot = async () => {
  const [row] = await world.sql`select (select state from policy_questions where id = ${rawId}) as state,
    md5(concat((select jsonb_agg(q) from policy_questions q), (select jsonb_agg(c) from clarifications c))) as rows`;
  return { rows: row!.rows as string, states: { PolicyQuestion: row!.state as string } };
};

test("every verb of the machine is walked", () => {
  expect(Object.keys(calls).sort()).toEqual([...new Set(QUESTION_MACHINE.arrows.map(({ verb }) => verb))].sort());
});

const told = () => toldAbout(world, rawId);
const subjectIn = (state: string, parts: string[]): Subject => ({ type: "PolicyQuestion", id, field: "state", machine: QUESTION_MACHINE, state, parts });

test.each(POLICY_QUESTION_STATES)("a question that is %s does for everybody what the machine says and tells of it once, and nothing else", async (state) => {
  const wrong: string[] = [];
  for (const { name, role, caller } of actors) {
    const subject = subjectIn(state, [role, ...(name === asker ? ["ASKER"] : [])]);
    const found = await walkAll(caller, { subjects: [subject], calls, reset: reset(state), snapshot, told });
    wrong.push(...found.map((each) => `${name}: ${each}`));
  }
  expect(wrong).toEqual([]);
});

const closing = QUESTION_MACHINE.arrows.filter(({ who }) => who.includes("SYS"));

test("the system takes each where the machine says once its time is over, tells of it once, and leaves all others", async () => {
  const pool = openPool(world, 2);
  const arrows = closing.flatMap(({ from, verb, to }) => from.map((state) => ({ state, verb, to: to! })));
  expect(arrows.map(({ verb, to }) => `${verb} ${to}`)).toEqual(arrows.map(() => "closeQuestion CLOSED"));
  for (const state of POLICY_QUESTION_STATES) {
    await reset(state)();
    const dueAt = new Date();
    // Only what has an answer is given a time to close.
    const arrow = arrows.find((each) => each.state === state);
    await world.sql`update policy_questions set close_due_at = ${arrow ? dueAt : null} where id = ${rawId}`;
    const before = await told();
    expect(await asWorker(pool, (db) => closeQuestions(db, new Date(dueAt.getTime() - 1)))).toBe(0);
    expect(await asWorker(pool, (db) => closeQuestions(db, dueAt))).toBe(arrow ? 1 : 0);
    expect(await asWorker(pool, (db) => closeQuestions(db, dueAt))).toBe(0);
    const { states } = await snapshot();
    expect(states.PolicyQuestion).toBe(arrow?.to ?? state);
    const expected = arrow ? [tellingOf(subjectIn(state, []), arrow.verb, arrow.to, SYSTEM_PRINCIPAL_ID)] : [];
    expect((await told()).slice(before.length)).toEqual(expected);
  }
  await pool.end();
});

test("each arrow of the machine was walked and told", async () => {
  const walked = (await told()).flatMap(({ from, to }) => (from ? [`${from}>${to}`] : []));
  expect([...new Set(walked)].sort()).toEqual([...new Set(QUESTION_MACHINE.arrows.flatMap(({ from, to }) => from.map((each) => `${each}>${to}`)))].sort());
});
