import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { APPEAL_MACHINE, type AppealActor, type AppealState } from "../src/appeals/rules.ts";
import { APPEAL_STATES, type AppealRow } from "../src/appeals/table.ts";
import { allowedActions } from "../src/core/machine.ts";
import { type Contested, contested, draft } from "./kit/appeals.ts";
import { type Call, walkAll } from "./kit/machines.ts";
import { projectGid, rawId } from "./kit/samples.ts";
import { type Actor, makeActors } from "./kit/stages.ts";
import { createWorld, type World } from "./kit/world.ts";

/** Where an appeal stands, who raised it, and against whose audit. */
interface Stage {
  state: AppealState;
  tier?: AppealRow["tier"];
  layer?: AppealRow["layer"];
  raisedAs?: AppealRow["raisedAs"];
  /** A tier has ruled on it before: it is a re-appeal. */
  isRuled?: true;
}

const TIER: Partial<Record<AppealState, AppealRow["tier"]>> = { DRAFT: null, EXPIRED: null, L2_REVIEW: "L2", DECIDED: "L2", INVALID: "L2", L3_ARBITRATION: "L3", CLOSED: "L3" };
const OVER: readonly AppealState[] = ["WITHDRAWN", "INVALID", "EXPIRED", "CLOSED"];
const tierOf = ({ state, tier }: Stage) => (tier !== undefined ? tier : state in TIER ? TIER[state]! : "L1");
const nameOf = ({ state, tier, layer = "CLIENT", raisedAs = "LABELER", isRuled }: Stage) => `${isRuled ? "re-appealed " : ""}${state}${tier ? ` of ${tier}` : ""}, layer ${layer}, raised as ${raisedAs}`;

const STAGES: Stage[] = [
  ...APPEAL_STATES.map((state): Stage => ({ state })),
  { state: "RETURNED_FOR_INFO", tier: "L2" },
  { state: "RETURNED_FOR_INFO", tier: "L3" },
  { state: "RETURNED_FOR_INFO", tier: "L3", isRuled: true },
  { state: "L3_ARBITRATION", isRuled: true },
  ...(["DRAFT", "L1_REVIEW", "L2_REVIEW", "DECLINED", "DECIDED"] as const).map((state): Stage => ({ state, raisedAs: "VENDOR_QA" })),
  ...(["DRAFT", "L1_REVIEW", "RETURNED_FOR_INFO", "CLOSED"] as const).map((state): Stage => ({ state, layer: "VENDOR" })),
  { state: "L1_REVIEW", layer: "VENDOR", raisedAs: "VENDOR_QA" },
];

let world: World;
let made: Contested;
let actors: Actor[];
let calls: Record<string, Call>;
let id: string;
let caseId: string;
beforeAll(async () => {
  world = await createWorld();
  made = await contested(world);
  actors = await makeActors(world, made.project);
  const { appealCase } = await made.labeler.verb("openAppealCase", { projectId: projectGid(made.project), layer: "CLIENT", title: "Quotes" }, "appealCase { id }");
  caseId = appealCase.id;
  ({ id } = await draft(made.labeler, made.auditIds[0]!, { appealCaseId: caseId }));
  // Every step that the service makes, as the database sees it; resets are made past the service.
  await world.sql.unsafe(`create table walked (number serial, step text);
    create function walk_appeal() returns trigger language plpgsql security definer set search_path = public as $$
      begin insert into walked (step) values (old.state || '>' || new.state); return new; end $$;
    create trigger walked after update on appeals for each row when (old.state <> new.state and session_user = 'assay_login') execute function walk_appeal()`);
  const on = "Appeal";
  const reason = "So it is.";
  calls = {
    saveAppealDraft: { on, input: { appealId: id, reason } },
    fileAppeal: { on, input: { appealId: id } },
    forwardAppeal: { on, input: { appealId: id } },
    declineAppeal: { on, input: { appealId: id, reason } },
    continueAppeal: { on, input: { appealId: id } },
    withdrawAppeal: { on, input: { appealId: id }, guard: /is appealed for the only time; answerAppeal/ },
    returnAppeal: { on, input: { appealId: id, question: "Why?" } },
    answerAppeal: { on, input: { appealId: id, answer: reason } },
    escalateAppeal: { on, input: { appealId: id, reason } },
    fileReappeal: { on, input: { appealId: id, reason } },
    markAppealInvalid: { on, input: { appealId: id, reason } },
    decideAppeal: { on, input: { appealId: id, outcome: "AUDIT_UPHELD", reason } },
  };
});
afterAll(() => world.close());

// Who raised it is the one of that role that stands for its own side.
const appellantOf = ({ raisedAs = "LABELER" }: Stage) => actors.find(({ name }) => name === (raisedAs === "LABELER" ? "its labeler" : "its vendor's QA"))!;

function partsOf(actor: Actor, stage: Stage): string[] {
  const { name, role, isItsAuditor } = actor;
  const { layer = "CLIENT" } = stage;
  if (actor === appellantOf(stage)) return ["APPELLANT"];
  if (isItsAuditor || name.includes("another vendor") || name.includes("another project")) return [];
  if (role === "QA_LEAD" || name.includes("adjudicat")) return ["ADJUDICATOR"];
  if (role === "POLICY_MANAGER") return ["ARBITER"];
  return role === "VENDOR_QA" || role === "VENDOR_MANAGER" ? ["L1_REVIEWER", `L1_REVIEWER_IN_LAYER_${layer}`] : [];
}

// An auditor of the vendor stands before an audit of the vendor's own layer alone, staff before those of the client's.
const isOf = ({ name, isItsAuditor }: Actor, { layer = "CLIENT" }: Stage) => !isItsAuditor || (name === "its auditor of the vendor") === (layer === "VENDOR");

const reset = (stage: Stage, { isItsAuditor, caller }: Actor) => async () => {
  const { state, layer = "CLIENT", raisedAs = "LABELER" } = stage;
  const appealId = rawId(id);
  const auditorId = isItsAuditor ? caller.principalId : made.lead.principalId;
  const isDraft = state === "DRAFT" || state === "EXPIRED";
  const isRuled = stage.isRuled || state === "DECIDED" || state === "CLOSED";
  const isSettled = isDraft || OVER.includes(state);
  await world.sql`delete from sla_clocks where subject_id = ${appealId}`;
  await world.sql`delete from appeal_rulings`;
  await world.sql`update audits set layer = ${layer}, auditor_id = ${auditorId}, state = ${isSettled ? "PUBLISHED" : "APPEALED"} where id = ${rawId(made.auditIds[0]!)}`;
  await world.sql`update appeal_cases set layer = ${layer}, filed_at = ${isDraft ? null : new Date()}, version = 1`;
  await world.sql`update appeals set state = ${state}, tier = ${tierOf(stage)}, layer = ${layer}, auditor_id = ${auditorId}, raised_as = ${raisedAs},
    raised_by_id = ${appellantOf(stage).caller.principalId}, filed_at = ${isDraft ? null : new Date()}, due_at = ${OVER.includes(state) ? null : new Date("2099-01-01")},
    outcome = ${isRuled ? "AUDIT_UPHELD" : null}, ruled_at = ${isRuled ? new Date() : null},
    closed_at = ${OVER.includes(state) ? new Date() : null}, audit_state = ${isDraft ? null : "PUBLISHED"}, handled_by_ids = '{}', version = 1 where id = ${appealId}`;
};

const snapshot = async () => {
  const all = ["appeals", "appeal_cases", "appeal_criteria", "appeal_rulings", "audits", "sla_clocks"].map((name) => `(select jsonb_agg(t order by t::text) from ${name} t)`);
  const [row] = await world.sql.unsafe(`select md5(concat(${all.join(", ")})) as rows, (select state from appeals where id = '${rawId(id)}') as state`);
  return { rows: row!.rows as string, states: { Appeal: row!.state as string } };
};

// A case is ruled on by whom the table has for its appeals, and refused to all others: as none that waits for them, or none that they see.
async function decideCase(actor: Actor, stage: Stage): Promise<string[]> {
  const isOffered = allowedActions(APPEAL_MACHINE, stage.state, new Set(partsOf(actor, stage) as AppealActor[])).includes("decideAppealCase");
  await reset(stage, actor)();
  const before = await snapshot();
  const { result } = await actor.caller.ask("mutation ($input: DecideAppealCaseInput!) { result: decideAppealCase(input: $input) { __typename ... on Refusal { code message } } }", {
    input: { appealCaseId: caseId, outcome: "AUDIT_UPHELD", reason: "So it is." },
  });
  const after = await snapshot();
  const isDone = result.__typename === "DecideAppealCasePayload" && after.states.Appeal === (stage.state === "L2_REVIEW" ? "DECIDED" : "CLOSED");
  const isRefused = ["NOT_FOUND", "FORBIDDEN", "CONFLICT"].includes(result.code) && after.rows === before.rows;
  return (isOffered ? isDone : isRefused) ? [] : [`decideAppealCase answers ${JSON.stringify(result)}`];
}

// The last of them, since it is about what all others did.
const steps = async () => (await world.sql`select step from walked order by number`).map(({ step }) => step as string);
const told = async () => (await world.sql`select from_state || '>' || to_state as step from events where subject_id = ${rawId(id)} order by id`).map(({ step }) => step as string);

test("every verb of the machine that somebody may use is walked", () => {
  const verbs = APPEAL_MACHINE.arrows.filter(({ who }) => who.some((actor) => actor !== "SYS")).map(({ verb }) => verb);
  expect([...Object.keys(calls), "decideAppealCase"].sort()).toEqual([...new Set(verbs)].sort());
});

describe("an appeal does for everybody what the machine says, and nothing else", () => {
  test.each(STAGES.map((stage) => [nameOf(stage), stage] as const))("%s", async (_, stage) => {
    const wrong: string[] = [];
    for (const actor of actors.filter((each) => isOf(each, stage))) {
      const subject = { type: "Appeal", id, field: "state" as const, machine: APPEAL_MACHINE, state: stage.state, parts: partsOf(actor, stage), withheld: stage.isRuled ? ["withdrawAppeal"] : [] };
      const found = await walkAll(actor.caller, { subjects: [subject], calls, reset: reset(stage, actor), snapshot });
      wrong.push(...[...found, ...(await decideCase(actor, stage))].map((each) => `${actor.name}: ${each}`));
    }
    expect(wrong).toEqual([]);
  });
});

test("each step was told by one event, but of what is never filed", async () => {
  const walked = await steps();
  const arrows = APPEAL_MACHINE.arrows.filter(({ to, who }) => to && who.some((actor) => actor !== "SYS")).flatMap(({ from, to }) => from.map((each) => `${each}>${to}`));
  // A project has one tier behind each.
  const skipped = ["DRAFT>L3_ARBITRATION", "L1_REVIEW>L3_ARBITRATION", "DECLINED>L3_ARBITRATION"];
  expect([...new Set(walked)].sort()).toEqual([...new Set(arrows)].filter((step) => !skipped.includes(step)).sort());
  expect(await told()).toEqual(walked.filter((step) => step !== "DRAFT>WITHDRAWN"));
});
