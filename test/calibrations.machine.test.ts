import { afterAll, beforeAll, expect, test } from "vitest";
import { CALIBRATION_MACHINE } from "../src/calibrations/rules.ts";
import { CALIBRATION_STATES } from "../src/calibrations/table.ts";
import { makeProject } from "./kit/factories.ts";
import { personId } from "./kit/calibrations.ts";
import { type Call, walkAll } from "./kit/machines.ts";
import { globalId, projectGid, rawId } from "./kit/samples.ts";
import { type Actor, makeActors } from "./kit/stages.ts";
import { createWorld, type World } from "./kit/world.ts";

const FACILITATOR = "another auditor";
const RATERS = ["an adjudicator", "its vendor's QA", "its vendor's manager", "its labeler", "a policy manager"];
let world: World;
let actors: Actor[];
let calls: Record<string, Call>;
let id: string;
beforeAll(async () => {
  world = await createWorld();
  const project = await makeProject(world.sql);
  actors = await makeActors(world, project);
  const by = (name: string) => actors.find((actor) => actor.name === name)!.caller;
  const { calibrationSession } = await by("a lead").verb(
    "createCalibration",
    {
      projectId: projectGid(project), name: "Week 2", facilitatorId: personId(by(FACILITATOR)), raterIds: RATERS.map((name) => personId(by(name))),
      items: ["a", "b"].map((contentRef) => ({ contentRef, modality: "TEXT" })),
    },
    "calibrationSession { id items { nodes { id } } }",
  );
  id = calibrationSession.id;
  const itemId = calibrationSession.items.nodes[0].id;
  const choice = { itemId, policyId: globalId("Policy", project.policies.hate) };
  const on = "CalibrationSession";
  calls = {
    changeCalibration: { on, input: { calibrationSessionId: id, name: "Week 3" } },
    openCalibration: { on, input: { calibrationSessionId: id } },
    castVotes: { on, input: { calibrationSessionId: id, votes: [choice] } },
    closeCalibration: { on, input: { calibrationSessionId: id } },
    startDiscussion: { on, input: { calibrationSessionId: id } },
    setConsensus: { on, input: { calibrationSessionId: id, items: [choice] } },
    publishCalibration: { on, input: { calibrationSessionId: id } },
    cancelCalibration: { on, input: { calibrationSessionId: id, reason: "Not needed." } },
  };
});
afterAll(() => world.close());

const reset = (state: string) => async () => {
  await world.sql`delete from calibration_consensus`;
  await world.sql`delete from calibration_votes`;
  await world.sql`update calibration_sessions set state = ${state}, cancel_reason = ${state === "CANCELLED" ? "So." : null}`;
};
const snapshot = async () => {
  const all = ["sessions", "items", "raters", "votes", "consensus"].map((name) => `(select jsonb_agg(t order by t::text) from calibration_${name} t)`);
  const [row] = await world.sql.unsafe(`select md5(concat(${all.join(", ")})) as rows, (select state from calibration_sessions where id = '${rawId(id)}') as state`);
  return { rows: row!.rows as string, states: { CalibrationSession: row!.state as string } };
};

test("every verb of the machine is walked", () => {
  expect(Object.keys(calls).sort()).toEqual([...new Set(CALIBRATION_MACHINE.arrows.map(({ verb }) => verb))].sort());
});

test.each(CALIBRATION_STATES)("a session that is %s does for everybody what the machine says, and nothing else", async (state) => {
  const wrong: string[] = [];
  for (const { name, role, caller } of actors) {
    const parts = [role, ...(name === FACILITATOR ? ["FACILITATOR"] : []), ...(RATERS.includes(name) ? ["RATER"] : [])];
    const subject = { type: "CalibrationSession", id, field: "state" as const, machine: CALIBRATION_MACHINE, state, parts };
    const found = await walkAll(caller, { subjects: [subject], calls, reset: reset(state), snapshot });
    wrong.push(...found.map((each) => `${name}: ${each}`));
  }
  expect(wrong).toEqual([]);
});
