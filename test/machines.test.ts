import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AUDIT_MACHINE } from "../src/audits/rules.ts";
import { AUDIT_STATES } from "../src/audits/table.ts";
import type { Machine } from "../src/core/machine.ts";
import type { Role } from "../src/core/viewer.ts";
import { GOLDEN_MACHINE } from "../src/golden/rules.ts";
import { GOLDEN_ITEM_STATUSES } from "../src/golden/table.ts";
import { STREAM_MACHINE } from "../src/inspection/rules.ts";
import { PERIOD_MACHINE } from "../src/periods/rules.ts";
import { PERIOD_STATES } from "../src/periods/table.ts";
import { PLAN_MACHINE } from "../src/plans/rules.ts";
import { SAMPLING_PLAN_STATES } from "../src/plans/table.ts";
import { SAMPLE_MACHINE } from "../src/samples/rules.ts";
import { SAMPLE_STATES } from "../src/samples/table.ts";
import { schema } from "../src/schema.ts";
import { SCORECARD_VERSION_MACHINE } from "../src/scorecards/rules.ts";
import { SCORECARD_VERSION_STATES } from "../src/scorecards/table.ts";
import { INSPECTION_LEVELS } from "../src/stats/switching.ts";
import { makeGoldenItem } from "./kit/audits.ts";
import { makeStream as makeStreamOf } from "./kit/inspection.ts";
import { type Call, type Stand, walkAll } from "./kit/machines.ts";
import { globalId, makePlan, rawId } from "./kit/samples.ts";
import { criterion, makeScorecard } from "./kit/scorecards.ts";
import { inProject } from "./kit/roster.ts";
import { type Actor, isOf, makeActors, makeStages, type Stage } from "./kit/stages.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let stages: Awaited<ReturnType<typeof makeStages>>;
let actors: Actor[];
let lead: Caller;
beforeAll(async () => {
  world = await createWorld();
  stages = await makeStages(world);
  actors = await makeActors(world, stages.project);
  lead = actors.find(({ role }) => role === "QA_LEAD")!.caller;
  await world.sql`update sampling_plans set state = 'ARCHIVED' where project_id = ${stages.project.projectId}`;
});
afterAll(() => world.close());

async function walkWith(some: readonly Actor[], standOf: (actor: Actor) => Stand): Promise<string[]> {
  const wrong: string[] = [];
  for (const actor of some) wrong.push(...(await walkAll(actor.caller, standOf(actor))).map((each) => `${actor.name}: ${each}`));
  return wrong;
}

// The verbs of machines that are in the API: those that are not the system's alone.
function verbsOf(...machines: Machine<any, any, any>[]): string[] {
  const arrows = machines.flatMap((machine) => machine.arrows);
  const namesOf = (some: typeof arrows) => [...new Set(some.map(({ verb }) => verb as string))].sort();
  // An appeal is filed, not its audit: what that does to the audit is the system's.
  const inApi = Object.keys(schema.getMutationType()!.getFields()).filter((verb) => verb !== "fileAppeal");
  const called = namesOf(arrows).filter((verb) => inApi.includes(verb));
  const forPeople = namesOf(arrows.filter(({ who }) => who.some((actor: string) => actor !== "SYS")));
  // Second audits are claimed by project: the audit that one is of is not seen.
  expect(called.filter((verb) => verb !== "claimSecondAudit")).toEqual(forPeople);
  return called;
}

const PLAIN: Stage[] = [
  ...(["DRAFT", "REVEALED"] as const).map((state) => ({ state, sample: "IN_AUDIT" }) as const),
  ...AUDIT_STATES.slice(2, -1).map((state) => ({ state, sample: "AUDITED" }) as const),
  { state: "VOIDED", sample: "DRAWN" },
];
const STAGES: Stage[] = [
  ...PLAIN,
  ...PLAIN.map((stage) => ({ ...stage, layer: "VENDOR" }) as const),
  ...(["SECOND", "ATA"] as const).flatMap((role) =>
    (["DRAFT", "REVEALED", "SUBMITTED", "VOIDED"] as const).map((state) => ({ role, state, sample: "AUDITED" }) as const)),
  ...(["VOID", "EXPIRED"] as const).map((sample) => ({ state: "VOIDED", sample }) as const),
  ...(["DRAFT", "REVEALED"] as const).flatMap((state) =>
    (["IN_AUDIT", "DRAWN"] as const).map((sample) => ({ state, sample, isOver: true }) as const)),
  { state: "DRAFT", sample: "IN_AUDIT", isBlind: false },
  { state: "DRAFT", sample: "DRAWN", isBlind: false, isOver: true },
  { role: "ATA", state: "DRAFT", sample: "AUDITED", isBlind: false },
];
const nameOf = ({ role, layer, isBlind = true, isOver, state, sample }: Stage) =>
  [state, role, layer, sample, isOver ? "its lease over" : null, isBlind ? null : "not blind"].filter(Boolean).join(", ");

describe("an audit and its sample do for everybody what their machines say, and nothing else", () => {
  test.each(STAGES.map((stage) => [nameOf(stage), stage] as const))("%s", async (_, stage) => {
    expect(await walkWith(actors.filter((each) => isOf(each, stage)), (actor) => stages.stand(stage, actor))).toEqual([]);
  });

  test("in every state, and by every verb", () => {
    expect(new Set(STAGES.map(({ state }) => state))).toEqual(new Set(AUDIT_STATES));
    expect(new Set(STAGES.map(({ sample }) => sample))).toEqual(new Set(SAMPLE_STATES));
    const called = Object.keys(stages.stand(PLAIN[0]!, actors[0]!).calls);
    expect(called.sort()).toEqual(verbsOf(AUDIT_MACHINE, SAMPLE_MACHINE));
  });
});

/** A row that is alone on its machine. */
interface Row {
  type: string;
  id: string;
  calls: Record<string, Omit<Call, "on">>;
  /** SQL that puts it where it is to stand, and takes back what verbs have added. */
  reset: (state: string) => string;
  tables: string[];
}

interface Case {
  field: "state" | "status" | "level";
  machine: Machine<any, any, any>;
  states: readonly string[];
  who: readonly Role[];
  withheld?: readonly string[];
  make: () => Promise<Row>;
}

const inOwn = () => `where project_id = '${stages.project.projectId}'`;
const set = (table: string, id: string, to: string) => `update ${table} set ${to} where id = '${rawId(id)}'`;

async function plan(id: string): Promise<Row> {
  const guard = /nothing to draw|is the plan of an inspection stream/;
  const moves = ["activateSamplingPlan", "pauseSamplingPlan", "resumeSamplingPlan", "archiveSamplingPlan"];
  return {
    type: "SamplingPlan", id, tables: ["sampling_plans", "sampling_runs"],
    reset: (state) => set("sampling_plans", id, `state = '${state}'`),
    calls: {
      ...Object.fromEntries(moves.map((verb) => [verb, { input: { id } }])),
      changeSamplingPlan: { input: { id, name: "Other" }, guard, isBarred: true },
      drawSamples: { input: { planId: id, windowFrom: "2025-01-01T00:00:00Z", windowTo: "2025-01-02T00:00:00Z" }, guard, isBarred: true },
    },
  };
}

async function makeStream() {
  const { project } = stages;
  // Its lots are of the second vendor, who has no decisions.
  const id = await makeStreamOf(lead, { ...project, vendors: [project.vendors[1]!] });
  const [row] = await world.sql`select plan_id from inspection_streams where id = ${rawId(id)}`;
  return { id, planId: inProject("SamplingPlan", project.projectId, row!.plan_id) };
}

let stream: ReturnType<typeof makeStream> | undefined;
const theStream = () => (stream ??= makeStream());

const CASES: Record<string, Case> = {
  "a sampling plan": {
    field: "state", machine: PLAN_MACHINE, states: SAMPLING_PLAN_STATES, who: ["QA_LEAD"],
    make: async () => {
      const { project } = stages;
      return plan(await makePlan({ frame: { vendorIds: [globalId("Vendor", project.vendors[0]!.id)] } }, lead, project));
    },
  },
  "the sampling plan of an inspection stream": {
    field: "state", machine: PLAN_MACHINE, states: SAMPLING_PLAN_STATES, who: ["QA_LEAD"], withheld: ["changeSamplingPlan", "drawSamples"],
    make: async () => plan((await theStream()).planId),
  },
  "an inspection stream": {
    field: "level", machine: STREAM_MACHINE, states: INSPECTION_LEVELS, who: ["QA_LEAD"],
    make: async () => {
      const { id } = await theStream();
      const input = { inspectionStreamId: id };
      return {
        type: "InspectionStream", id, tables: ["inspection_streams", "lots"],
        reset: (level) => `${set("inspection_streams", id, `level = '${level}', switching_score = ${level === "NORMAL" ? 30 : 0}`)};
          update sampling_plans set state = 'ACTIVE' ${inOwn()} and is_for_lots`,
        calls: {
          approveReduced: { input }, revokeReduced: { input }, resumeInspection: { input: { ...input, reason: "Trained anew." } },
          formLot: { input, guard: /there are no decisions/ },
        },
      };
    },
  },
  "a reporting period": {
    field: "state", machine: PERIOD_MACHINE, states: PERIOD_STATES, who: ["QA_LEAD"],
    make: async () => {
      const { projectId } = stages.project;
      const [row] = await world.sql`insert into reporting_periods (project_id, id, kind, "from", "to", state, close_due_at)
        values (${projectId}, gen_random_uuid(), 'WEEK', '2025-01-06', '2025-01-13', 'OPEN', now()) returning id`;
      const id = inProject("ReportingPeriod", projectId, row!.id);
      return {
        type: "ReportingPeriod", id, tables: ["reporting_periods"],
        reset: (state) => set("reporting_periods", id, `state = '${state}', closed_at = ${state === "CLOSED" ? "now()" : "null"}`),
        calls: { closePeriod: { input: { periodId: id } }, reopenPeriod: { input: { periodId: id, reason: "Wrong frame." } } },
      };
    },
  },
  "a version of a scorecard": {
    field: "state", machine: SCORECARD_VERSION_MACHINE, states: SCORECARD_VERSION_STATES, who: ["ADMIN", "QA_LEAD"],
    make: async () => {
      const { id: scorecardId, versionId: id } = await makeScorecard(world.admin, "S-machine");
      await world.sql`update queues set scorecard_id = ${rawId(scorecardId)} where project_id = ${stages.project.projectId}`;
      const criteria = [criterion("other")];
      return {
        type: "ScorecardVersion", id, tables: ["scorecard_versions", "scorecards"],
        reset: (state) => `delete from criteria where scorecard_version_id <> '${rawId(id)}';
          delete from scorecard_versions where id <> '${rawId(id)}';
          ${set("scorecard_versions", id, `state = '${state}'`)}`,
        calls: {
          draftScorecardVersion: { input: { scorecardId, criteria } }, reviseScorecard: { input: { id: scorecardId, criteria } },
          changeScorecardVersion: { input: { id, criteria } }, publishScorecardVersion: { input: { id } },
          archiveScorecardVersion: { input: { id } },
        },
      };
    },
  },
  "a golden item": {
    field: "status", machine: GOLDEN_MACHINE, states: GOLDEN_ITEM_STATUSES, who: ["ADMIN", "QA_LEAD", "POLICY_MANAGER"],
    make: async () => {
      const { project } = stages;
      await makeGoldenItem(world.sql, project, { contentRef: "golden", truthPolicyId: project.policies.hate });
      const [item] = await world.sql`select id from golden_items where project_id = ${project.projectId}`;
      const id = inProject("GoldenItem", project.projectId, item!.id);
      return {
        type: "GoldenItem", id, tables: ["golden_items"],
        reset: (status) => `delete from golden_items ${inOwn()} and id <> '${rawId(id)}';
          ${set("golden_items", id, `status = '${status}', active_to = ${status === "ACTIVE" ? "null" : "'2026-01-01'"}`)}`,
        calls: {
          retireGoldenItem: { input: { id, reason: "Too well known." } }, reviewGoldenItem: { input: { id, truthPolicyCode: "NV" } },
        },
      };
    },
  },
};
function standOf({ field, machine, who, withheld }: Case, { type, id, calls, reset, tables }: Row, state: string, role: Role): Stand {
  const all = tables.map((table) => `(select jsonb_agg(t order by t.id) from ${table} t)`).join(", ");
  // A scorecard of which nothing stands begins anew: these two verbs are then its own.
  const isOfScorecard = (verb: string) => state === "ARCHIVED" && ["draftScorecardVersion", "reviseScorecard"].includes(verb);
  const own = Object.entries(calls).filter(([verb]) => !isOfScorecard(verb));
  return {
    subjects: [{ type, id, field, machine, state, withheld, parts: who.includes(role) ? [role] : [] }],
    calls: Object.fromEntries(own.map(([verb, call]) => [verb, { ...call, on: type }])),
    reset: async () => void (await world.sql.unsafe(reset(state))),
    snapshot: async () => {
      const [row] = await world.sql.unsafe(`select md5(concat(${all})) as rows,
        (select ${field} from ${tables[0]} where id = '${rawId(id)}') as state`);
      return { rows: row!.rows, states: { [type]: row!.state } };
    },
  };
}

describe("so do rows that are alone on theirs", () => {
  test.each(Object.keys(CASES))("%s", async (name) => {
    const one = CASES[name]!;
    const row = await one.make();
    expect(Object.keys(row.calls).sort()).toEqual(verbsOf(one.machine));
    const each = actors.filter(({ isItsAuditor, isSecondAuditor }) => !isItsAuditor && !isSecondAuditor);
    for (const state of one.states) expect(await walkWith(each, ({ role }) => standOf(one, row, state, role)), state).toEqual([]);
  });
});
