import { afterAll, beforeAll, expect, test } from "vitest";
import { ACTION_MACHINE } from "../src/actions/rules.ts";
import { ACTION_STATES, type ActionRow } from "../src/actions/table.ts";
import { type Call, toldAbout, walkAll } from "./kit/machines.ts";
import { type Escalating, escalationGid, makeEscalating, makeEscalation, onEscalation, actionOf, toldOf } from "./kit/rcas.ts";
import { rawId } from "./kit/samples.ts";
import { type Actor, makeActors } from "./kit/stages.ts";
import { createWorld, type World } from "./kit/world.ts";

type State = ActionRow["state"];
const ACTING = ["QA_LEAD", "AUDITOR", "POLICY_MANAGER", "VENDOR_MANAGER", "VENDOR_QA"];
let world: World;
let of: Escalating;
let actors: Actor[];
let calls: Record<string, Call>;
let id: string;
/** An escalation that another may be a duplicate of. */
let other: string;
beforeAll(async () => {
  world = await createWorld();
  of = await makeEscalating(world);
  actors = await makeActors(world, of.project);
  other = await makeEscalation(of);
  const escalationId = escalationGid(of, await makeEscalation(of));
  id = (await onEscalation(of.lead, "proposeAction", escalationId, actionOf(of.auditor), "action { id }")).action.id;
  const on = "Action";
  const guard = /: its escalation is (CLOSED: what was not approved by then|(DUPLICATE|REJECTED|CANCELLED): nothing) is begun/;
  calls = {
    approveAction: { on, input: { actionId: id }, guard },
    startAction: { on, input: { actionId: id }, guard },
    completeAction: { on, input: { actionId: id, evidence: ["Version 1.1.0"] } },
    verifyAction: { on, input: { actionId: id } },
    reopenAction: { on, input: { actionId: id, reason: "Not in MY." }, guard },
    waiveAction: { on, input: { actionId: id, reason: "Not needed." } },
  };
});
afterAll(() => world.close());

async function stage(state: State, kind: ActionRow["kind"], ownerId: string, escalation = "INVESTIGATING"): Promise<void> {
  await world.sql`update escalations set state = ${escalation}, closed_at = ${escalation === "INVESTIGATING" ? null : new Date()},
    close_reason = ${escalation === "CLOSED" ? "FIXED" : null}, duplicate_of_id = ${escalation === "DUPLICATE" ? other : null} where id <> ${other}`;
  const isDone = state === "DONE" || state === "VERIFIED";
  await world.sql`update actions set state = ${state}, kind = ${kind}, owner_id = ${ownerId}, completed_at = ${isDone ? new Date() : null},
    verified_at = ${state === "VERIFIED" ? new Date() : null}, verified_by_id = null, waive_reason = ${state === "WAIVED" ? "So." : null} where id = ${rawId(id)}`;
}
const snapshot = async () => {
  const [row] = await world.sql`select (select state from actions where id = ${rawId(id)}) as state, md5((select jsonb_agg(a) from actions a)::text) as rows`;
  return { rows: row!.rows as string, states: { Action: row!.state as string } };
};

function partsOf(role: string, isOwner: boolean, kind: ActionRow["kind"]): string[] {
  const acts = isOwner && ACTING.includes(role);
  return [
    ...(role === "QA_LEAD" ? ["QA_LEAD", ...(isOwner ? [] : ["QA_LEAD_IF_NOT_OWNER"])] : []),
    ...(acts ? ["OWNER", ...(kind === "CONTAINMENT" ? ["OWNER_IF_CONTAINMENT"] : [])] : []),
  ];
}

test("every verb of the machine is walked", () => {
  expect(Object.keys(calls).sort()).toEqual([...new Set(ACTION_MACHINE.arrows.map(({ verb }) => verb))].sort());
});

test.each(ACTION_STATES.flatMap((state) => (["CORRECTIVE", "CONTAINMENT"] as const).map((kind) => [state, kind] as const)))(
  "an action that is %s, of kind %s, does for everybody what the machine says, and nothing else",
  async (state, kind) => {
    const wrong: string[] = [];
    for (const { name, role, caller } of actors) {
      for (const isOwner of kind === "CORRECTIVE" || ACTING.includes(role) ? [true, false] : [true]) {
        const subject = { type: "Action", id, field: "state" as const, machine: ACTION_MACHINE, state, parts: partsOf(role, isOwner, kind) };
        const reset = () => stage(state, kind, isOwner ? caller.principalId : of.auditor.principalId);
        const found = await walkAll(caller, { subjects: [subject], calls, reset, snapshot });
        wrong.push(...found.map((each) => `${name}${isOwner ? ", its owner" : ""}: ${each}`));
      }
    }
    expect(wrong).toEqual([]);
  },
);

// What an escalation that is over leaves to be done: of a CLOSED one what was approved, of one that came to nothing what was begun.
const isWithheld = (escalation: string, state: State, verb: string) =>
  verb === "approveAction" || (verb === "startAction" && state === "PROPOSED") || (escalation !== "CLOSED" && (verb === "startAction" || verb === "reopenAction"));

test.each(["CLOSED", "DUPLICATE", "REJECTED", "CANCELLED"])("once its escalation is %s an action goes on as far as that leaves something to be done", async (escalation) => {
  const wrong: string[] = [];
  const acting = actors.filter(({ name }) => ["a lead", "another auditor", "its vendor's manager"].includes(name));
  expect(acting).toHaveLength(3);
  for (const state of ACTION_STATES) {
    const withheld = Object.keys(calls).filter((verb) => isWithheld(escalation, state, verb));
    for (const { name, role, caller } of acting) {
      for (const kind of ["CORRECTIVE", "PREVENTIVE", "CONTAINMENT"] as const) {
        const subject = { type: "Action", id, field: "state" as const, machine: ACTION_MACHINE, state, parts: partsOf(role, true, kind), withheld };
        const reset = () => stage(state, kind, caller.principalId, escalation);
        const found = await walkAll(caller, { subjects: [subject], calls, reset, snapshot, told: () => toldAbout(world, rawId(id)) });
        wrong.push(...found.map((each) => `${name}, ${kind} ${state}: ${each}`));
      }
    }
  }
  expect(wrong).toEqual([]);
});

test.each(ACTION_MACHINE.arrows.flatMap(({ from, verb, to, who }) => from.map((state) => [verb, state, to!, who[0]!] as const)))(
  "%s of one that is %s tells that it is %s",
  async (verb, state, to, who) => {
    const by = who.startsWith("OWNER") ? of.auditor : of.lead;
    await stage(state, who === "OWNER_IF_CONTAINMENT" ? "CONTAINMENT" : "CORRECTIVE", of.auditor.principalId);
    await by.verb(verb, calls[verb]!.input, "action { state }");
    const told = (await toldOf(world, rawId(id))).at(-1);
    expect(told).toMatchObject({
      type: `action.${to.toLowerCase()}`, from: state, to, actorId: by.principalId, isStaffVisible: true, isPartnerVisible: true, vendorId: of.project.vendors[0]!.id,
    });
  },
);
