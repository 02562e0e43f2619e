import { afterAll, beforeAll, expect, test } from "vitest";
import { QUESTION_MACHINE } from "../src/questions/rules.ts";
import { POLICY_QUESTION_STATES } from "../src/questions/table.ts";
import { makeProject } from "./kit/factories.ts";
import { type Call, walkAll } from "./kit/machines.ts";
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

test.each(POLICY_QUESTION_STATES)("a question that is %s does for everybody what the machine says, and nothing else", async (state) => {
  const wrong: string[] = [];
  for (const { name, role, caller } of actors) {
    const parts = [role, ...(name === asker ? ["ASKER"] : [])];
    const subject = { type: "PolicyQuestion", id, field: "state" as const, machine: QUESTION_MACHINE, state, parts };
    const found = await walkAll(caller, { subjects: [subject], calls, reset: reset(state), snapshot });
    wrong.push(...found.map((each) => `${name}: ${each}`));
  }
  expect(wrong).toEqual([]);
});
