import { afterAll, beforeAll, expect, test } from "vitest";
import { CALIBRATION_MACHINE } from "../src/calibrations/rules.ts";
import { CALIBRATION_STATES } from "../src/calibrations/table.ts";
import { closeEndedCalibration } from "../src/calibrations/voting.service.ts";
import { SYSTEM_PRINCIPAL_ID } from "../src/core/ids.ts";
import { makeProject } from "./kit/factories.ts";
import { personId } from "./kit/calibrations.ts";
import { openPool } from "./kit/events.ts";
import { type Call, type Subject, tellingOf, toldAbout, walkAll } from "./kit/machines.ts";
import { asWorker } from "./kit/publication.ts";
import { globalId, projectGid, rawId } from "./kit/samples.ts";
import { type Actor, makeActors } from "./kit/stages.ts";
import { createWorld, type World } from "./kit/world.ts";

const FACILITATOR = "another auditor";
const RATERS = ["an adjudicator", "its vendor's QA", "its vendor's manager", "its labeler", "a policy manager"];
let world: World;
let actors: Actor[];
let calls: Record<string, Call>;
let id: string;
/** Of both items, which ends the discussion; `calls` have it of one. */
let consensus: Call;
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
  const [choice, other] = calibrationSession.items.nodes.map((item: { id: string }) => ({ itemId: item.id, policyId: globalId("Policy", project.policies.hate) }));
  const on = "CalibrationSession";
  consensus = { on, input: { calibrationSessionId: id, items: [choice, other] } };
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

const told = () => toldAbout(world, rawId(id));
const subjectIn = (state: string, parts: string[]): Subject => ({ type: "CalibrationSession", id, field: "state", machine: CALIBRATION_MACHINE, state, parts });

test.each([...CALIBRATION_STATES.map((state) => [state, "one item"] as const), ["DISCUSSION", "all items"] as const])(
  "a session that is %s does for everybody what the machine says and tells of it once, and nothing else; consensus on %s",
  async (state, on) => {
    const wrong: string[] = [];
    for (const { name, role, caller } of actors) {
      const subject = subjectIn(state, [role, ...(name === FACILITATOR ? ["FACILITATOR"] : []), ...(RATERS.includes(name) ? ["RATER"] : [])]);
      const stand = { subjects: [subject], calls: on === "all items" ? { ...calls, setConsensus: consensus } : calls, reset: reset(state), snapshot, told };
      wrong.push(...(await walkAll(caller, stand)).map((each) => `${name}: ${each}`));
    }
    expect(wrong).toEqual([]);
  },
);

test("the system takes each where the machine says once its time is over, tells of it once, and leaves all others", async () => {
  const pool = openPool(world, 2);
  const closesAt = new Date();
  const end = (now: Date) => asWorker(pool, (db) => closeEndedCalibration(db, now));
  for (const state of CALIBRATION_STATES) {
    await reset(state)();
    await world.sql`update calibration_sessions set closes_at = ${closesAt}`;
    const before = await told();
    const arrow = CALIBRATION_MACHINE.arrows.find(({ from, who }) => from.includes(state) && who.includes("SYS"));
    expect([await end(new Date(closesAt.getTime() - 1)), await end(closesAt), await end(closesAt)]).toEqual([0, arrow ? 1 : 0, 0]);
    expect((await snapshot()).states.CalibrationSession).toBe(arrow?.to ?? state);
    const expected = arrow ? [tellingOf(subjectIn(state, []), arrow.verb, arrow.to!, SYSTEM_PRINCIPAL_ID)] : [];
    expect((await told()).slice(before.length)).toEqual(expected);
  }
  await pool.end();
});

test("each arrow of the machine was walked and told", async () => {
  const walked = (await told()).map(({ type, from, to }) => (from ? `${from}>${to}` : type.split(".")[1]!));
  const arrows = CALIBRATION_MACHINE.arrows.flatMap(({ from, verb, to }) => from.map((each) => (to ? `${each}>${to}` : verb)));
  expect([...new Set(walked.slice(1))].sort()).toEqual([...new Set(arrows)].sort());
});
