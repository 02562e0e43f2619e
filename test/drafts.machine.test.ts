import { afterAll, beforeAll, expect, test } from "vitest";
import { POLICY_VERSION_MACHINE, type VersionActor } from "../src/drafts/rules.ts";
import { POLICY_VERSION_STATES } from "../src/policies/table.ts";
import { makeProject } from "./kit/factories.ts";
import { type Call, walkAll } from "./kit/machines.ts";
import { globalId } from "./kit/samples.ts";
import { type Actor, makeActors } from "./kit/stages.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let actors: Actor[];
let calls: Record<string, Call>;
let id: string;
let rawId: string;
const managers: VersionActor[] = ["ADMIN", "POLICY_MANAGER"];
beforeAll(async () => {
  world = await createWorld();
  const project = await makeProject(world.sql);
  actors = await makeActors(world, project);
  const named = async (name: string, projectId: string): Promise<Actor> =>
    ({ ...actors[0]!, name, role: "POLICY_MANAGER", caller: await world.caller({ role: "POLICY_MANAGER", projectId }) });
  const elsewhere = await makeProject(world.sql);
  actors.push(await named("its author", project.projectId), await named("a policy manager of another project", elsewhere.projectId));
  const policyId = globalId("Policy", project.policies.hate);
  const author = actors.find(({ name }) => name === "its author")!.caller;
  const { policyVersion } = await author.verb("createPolicyVersion", { policyId, semver: "2.0.0" }, "policyVersion { id }");
  id = policyVersion.id;
  const [row] = await world.sql`select id from policy_versions where semver = '2.0.0'`;
  rawId = row!.id as string;
  const on = "PolicyVersion";
  calls = {
    submitPolicyVersion: { on, input: { policyVersionId: id } },
    returnPolicyVersion: { on, input: { policyVersionId: id, reason: "Say which." } },
    approvePolicyVersion: { on, input: { policyVersionId: id, effectiveFrom: "2099-01-01T00:00:00Z" } },
    withdrawPolicyVersion: { on, input: { policyVersionId: id, reason: "Not needed." } },
  };
});
afterAll(() => world.close());

const TIMES: Readonly<Record<string, [string, string | null]>> = {
  SCHEDULED: ["2099-01-01", null], EFFECTIVE: ["2026-01-01", null], SUPERSEDED: ["2026-01-01", "2026-02-01"],
};
const reset = (state: string) => async () => {
  const [from, to] = TIMES[state] ?? [null, null];
  // The one that was in force before makes way where periods would overlap.
  const makesWay = state === "EFFECTIVE" || state === "SUPERSEDED";
  const first = world.sql`id in (select f.id from policy_versions f join policy_versions v using (policy_id) where v.id = ${rawId} and f.id <> v.id)`;
  await world.sql`update policy_versions set state = 'DRAFT', effective_from = null, effective_to = null where id = ${rawId}`;
  await world.sql`update policy_versions set state = ${makesWay ? "SUPERSEDED" : "EFFECTIVE"}, effective_to = ${makesWay ? "2026-01-01" : null} where ${first}`;
  await world.sql`update policy_versions set state = ${state}, effective_from = ${from}, effective_to = ${to} where id = ${rawId}`;
};
const snapshot = async () => {
  const [row] = await world.sql`select (select state from policy_versions where id = ${rawId}) as state, (select count(*) from events)::text as events,
    md5((select jsonb_agg(v order by v.id) from policy_versions v)::text) as rows`;
  return { rows: `${row!.rows} ${row!.events}`, states: { PolicyVersion: row!.state as string } };
};
// Of versions in force: that history can be imported around them is tested beside the import.
const machine = { ...POLICY_VERSION_MACHINE, arrows: POLICY_VERSION_MACHINE.arrows.filter(({ verb }) => verb !== "importPolicyVersions") };

test("every verb of the machine that is somebody's is walked", () => {
  const verbs = machine.arrows.filter(({ who }) => who.some((actor) => actor !== "SYS")).map(({ verb }) => verb);
  expect(Object.keys(calls).sort()).toEqual([...new Set(verbs)].sort());
});

test.each(POLICY_VERSION_STATES)("a version that is %s does for everybody what the machine says, and nothing else", async (state) => {
  const whole = state === "EFFECTIVE" ? POLICY_VERSION_MACHINE : machine;
  const wrong: string[] = [];
  for (const { name, role, caller } of actors) {
    const isOf = managers.some((each) => each === role) && !name.endsWith("another project");
    const parts = [...(isOf ? [role] : []), ...(isOf && name !== "its author" ? ["REVIEWER"] : [])];
    const subject = { type: "PolicyVersion", id, field: "state" as const, machine: whole, state, parts };
    const found = await walkAll(caller, { subjects: [subject], calls, reset: reset(state), snapshot });
    wrong.push(...found.map((each) => `${name}: ${each}`));
  }
  expect(wrong).toEqual([]);
});
