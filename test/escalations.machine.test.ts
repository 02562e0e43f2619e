import { afterAll, beforeAll, expect, test } from "vitest";
import { ESCALATION_MACHINE } from "../src/escalations/rules.ts";
import { ESCALATION_STATES, type EscalationRow } from "../src/escalations/table.ts";
import { makeStage } from "./kit/escalations.ts";
import { walkAll } from "./kit/machines.ts";
import { type Escalating, makeEscalating, toldOf } from "./kit/rcas.ts";
import { type Actor, makeActors } from "./kit/stages.ts";
import { createWorld, type World } from "./kit/world.ts";

type State = EscalationRow["state"];
let world: World;
let of: Escalating;
let actors: Actor[];
let staged: Awaited<ReturnType<typeof makeStage>>;
beforeAll(async () => {
  world = await createWorld();
  of = await makeEscalating(world);
  // To an escalation, those who differ in what they are to an audit are the same.
  actors = (await makeActors(world, of.project)).filter(({ name }) => !/adjudicat|second auditor|^its auditor/.test(name));
  staged = await makeStage(of);
});
afterAll(() => world.close());

/** Those who stand before it twice: as anybody of their role, and as who has opened and owns it. */
const TWICE = ["a lead", "a policy manager", "another auditor", "an analyst", "its vendor's manager"];
const OWNS = ["QA_LEAD", "POLICY_MANAGER"];
const OPENS = [...OWNS, "AUDITOR", "VENDOR_MANAGER"];

// What the domain has it that somebody is.
function partsOf({ name, role }: Actor, isTheirs: boolean): string[] {
  return [
    ...(["QA_LEAD", "POLICY_MANAGER"].includes(role) ? [role] : []),
    ...(["its vendor's manager", "its vendor's QA"].includes(name) ? [role] : []),
    ...(isTheirs && OWNS.includes(role) ? ["OWNER"] : []),
    ...(isTheirs && OPENS.includes(role) ? ["OPENER"] : []),
  ];
}

// Where the table has an arrow that this severity, or this owner, has not.
function withheldOf(state: State, severity: string, isTheirs: boolean): string[] {
  if (severity === "SEV3") return [];
  return ["resolveEscalation", "waiveEffectiveness", ...(state === "TRIAGED" ? ["investigateEscalation"] : []), ...(isTheirs ? ["approveActionPlan"] : [])];
}

test("every verb of the machine that people use is walked", () => {
  const used = ESCALATION_MACHINE.arrows.filter(({ who }) => who.some((actor) => actor !== "SYS")).map(({ verb }) => verb);
  expect(Object.keys(staged.calls).sort()).toEqual([...new Set(used)].sort());
});

const SMALL = ESCALATION_STATES.map((state) => ["SEV3", state] as const);
const GRAVE = (["TRIAGED", "CONTAINING", "ROOT_CAUSE_IDENTIFIED", "VERIFYING"] as const).map((state) => ["SEV2", state] as const);

test.each([...SMALL, ...GRAVE])(
  "a %s that is %s does for everybody what the machine says, and nothing else",
  async (severity, state) => {
    const wrong: string[] = [];
    for (const actor of actors) {
      for (const isTheirs of TWICE.includes(actor.name) ? [true, false] : [false]) {
        const isShared = !(isTheirs && OWNS.includes(actor.role));
        const withheld = withheldOf(state, severity, isTheirs);
        const subject = { type: "Escalation", id: staged.id, field: "state" as const, machine: ESCALATION_MACHINE, state, parts: partsOf(actor, isTheirs), withheld };
        const principalId = isTheirs ? actor.caller.principalId : of.auditor.principalId;
        const reset = () => staged.stage({ state, severity, principalId, isShared });
        const found = await walkAll(actor.caller, { subjects: [subject], calls: staged.calls, reset, snapshot: staged.snapshot });
        wrong.push(...found.map((each) => `${actor.name}${isTheirs ? ", whose it is" : ""}: ${each}`));
      }
    }
    expect(wrong).toEqual([]);
  },
  60_000,
);

const LEADS = ["QA_LEAD", "OWNER"];
const told = ESCALATION_MACHINE.arrows.flatMap(({ from, verb, to, who }) => {
  // One that waits was INVESTIGATING, and waits for the partner.
  const isStaged = verb === "resumeEscalation" ? to === "INVESTIGATING" : to !== "WAITING_POLICY";
  return isStaged && !who.every((actor) => actor === "SYS") ? from.map((state) => [verb, state, to, LEADS.includes(who[0]!) ? "QA_LEAD" : who[0]!] as const) : [];
});

test.each(told)("%s of one that is %s tells that it is %s", async (verb, state, to, part) => {
  const by = part === "QA_LEAD" ? of.owner : of.manager;
  const isShared = verb !== "shareWithPartner";
  await staged.stage({ state, severity: "SEV3", principalId: of.owner.principalId, isShared });
  const before = (await toldOf(world, staged.row)).length;
  await by.verb(verb, staged.calls[verb]!.input, "escalation { state }");
  const found = (await toldOf(world, staged.row)).slice(before);
  expect(found).toMatchObject([{
    type: `escalation.${to?.toLowerCase() ?? verb}`, from: to && state, to, actorId: by.principalId, isStaffVisible: true, isPartnerVisible: true,
    vendorId: of.project.vendors[0]!.id,
  }]);
});
