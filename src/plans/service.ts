import { checkName } from "../core/checks.ts";
import { Conflict, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { actsIn } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { calendarOf } from "../projects/service.ts";
import { changeDesign, checkDesign, type DesignChange, designOf, PLAIN_DESIGN, type PlanDesign } from "./design.rules.ts";
import { checkByHand, checkFrame, findOverlap, type Framed, planMachine, planParts, type PlanVerb } from "./rules.ts";
import { nextDraw } from "./schedule.service.ts";
import { changePlanRow, findMissing, insertPlan, lockActivation, lockPlans } from "./store.ts";
import type { FrameFilter, SamplingPlanRow } from "./table.ts";

/** What a plan is made of; what its design leaves out is plain. */
export interface NewPlan extends DesignChange {
  projectId: string;
  name: string;
  layer: SamplingPlanRow["layer"];
  /** RANDOM if absent. */
  purpose?: SamplingPlanRow["purpose"];
  frame: FrameFilter;
  frameCovers: SamplingPlanRow["frameCovers"];
  isBlind: boolean;
}

/** What changeSamplingPlan takes; absent and null fields stay, but for those of a design that null takes away. */
export interface ChangedPlan extends DesignChange {
  name?: string | null;
  frame?: FrameFilter | null;
  frameCovers?: SamplingPlanRow["frameCovers"] | null;
  isBlind?: boolean | null;
}

type State = SamplingPlanRow["state"];

async function announce(verb: Verb, key: ProjectKey, what: string, from: State | null, to: State | null): Promise<void> {
  const type = `sampling_plan.${what}`;
  const subject = { projectId: key.projectId, subjectType: "SamplingPlan", subjectId: key.id };
  await append(verb, [{ ...subject, type, fromState: from, toState: to, audience: {} }]);
}

async function checkNamed(verb: Verb, projectId: string, frame: FrameFilter): Promise<void> {
  checkFrame(frame);
  const missing = await findMissing(verb.db, projectId, frame);
  if (!missing) return;
  const { dimension, place } = missing;
  throw new NotFound(`frame.${dimension}[${place}]: the project has no such thing.`, ["frame", dimension, String(place)]);
}

async function nextDrawOf(verb: Verb, projectId: string, schedule: string | null): Promise<Date | null> {
  if (schedule === null) return null;
  const { timeZone } = await calendarOf(verb.db, projectId);
  return nextDraw(schedule, timeZone, verb.now);
}

// A schedule must name a time that comes, also where nothing draws yet.
async function checkWhole(verb: Verb, projectId: string, design: PlanDesign): Promise<void> {
  checkDesign(design);
  await nextDrawOf(verb, projectId, design.schedule);
}

/** Adds a plan as a draft. */
export async function createSamplingPlan(verb: Verb, input: NewPlan): Promise<ProjectKey> {
  const { projectId, layer, frame, frameCovers, isBlind } = input;
  if (!actsIn(verb.viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  const design = changeDesign({ ...PLAIN_DESIGN, purpose: input.purpose ?? PLAIN_DESIGN.purpose }, input);
  await checkWhole(verb, projectId, design);
  await checkNamed(verb, projectId, frame);
  const key = { projectId, id: newId(verb.now) };
  await insertPlan(verb.db, { ...key, ...design, name: checkName(input.name), layer, frame, frameCovers, isBlind, state: "DRAFT" });
  await announce(verb, key, "draft", null, "DRAFT");
  return key;
}

/** The plan and its neighbours, locked, once the viewer may use the verb on it now; the machine's arrow with them. */
export async function takePlan(verb: Verb, key: ProjectKey, name: PlanVerb, expectedVersion: ExpectedVersion) {
  const plans = await lockPlans(verb.db, key);
  const plan = plans.find(({ id }) => id === key.id);
  if (!plan) throw new NotFound("There is no such sampling plan.");
  checkVersion(plan.version, expectedVersion);
  checkByHand(plan, name);
  return { plan, plans, arrow: walk(planMachine(plan), plan.state, name, planParts(verb.viewer)) };
}

/** Changes a plan that doesn't draw at present; what it has drawn keeps the design that it was drawn by. */
export async function changeSamplingPlan(
  verb: Verb,
  key: ProjectKey,
  change: ChangedPlan,
  expectedVersion: ExpectedVersion,
): Promise<ProjectKey> {
  const { plan } = await takePlan(verb, key, "changeSamplingPlan", expectedVersion);
  const design = changeDesign(designOf(plan), change);
  await checkWhole(verb, key.projectId, design);
  if (change.frame) await checkNamed(verb, key.projectId, change.frame);
  const name = change.name == null ? undefined : checkName(change.name);
  const { frame, frameCovers, isBlind } = change;
  const changes = { ...design, name, frame: frame ?? undefined, frameCovers: frameCovers ?? undefined, isBlind: isBlind ?? undefined };
  await changePlanRow(verb.db, key, changes, verb.now);
  await announce(verb, key, "changeSamplingPlan", null, null);
  return key;
}

function checkOverlap(plan: Framed, plans: readonly SamplingPlanRow[], path: readonly string[]): void {
  const rival = findOverlap(plan, plans);
  if (!rival) return;
  const remedy = "narrow one of the frames, or pause that plan";
  throw new Conflict(`OVERLAPPING_FRAME: the active plan "${rival.name}" may draw the same decisions; ${remedy}.`, path);
}

/**
 * Moves a plan along its machine. A plan becomes active only if no other active plan of its project and layer may draw the same
 * decisions (OVERLAPPING_FRAME), and then knows when its schedule comes next.
 */
export async function movePlan(
  verb: Verb,
  key: ProjectKey,
  name: "activateSamplingPlan" | "pauseSamplingPlan" | "resumeSamplingPlan" | "archiveSamplingPlan",
  expectedVersion: ExpectedVersion,
): Promise<ProjectKey> {
  if (name === "activateSamplingPlan" || name === "resumeSamplingPlan") await lockActivation(verb.db, key.projectId);
  const { plan, plans, arrow } = await takePlan(verb, key, name, expectedVersion);
  const state = arrow.to!;
  if (state === "ACTIVE") checkOverlap(plan, plans, ["id"]);
  const nextDrawAt = state === "ACTIVE" ? await nextDrawOf(verb, key.projectId, plan.schedule) : null;
  await changePlanRow(verb.db, key, { state, nextDrawAt }, verb.now);
  await announce(verb, key, state.toLowerCase(), plan.state, state);
  return key;
}

/** What an inspection stream needs a plan for: the decisions of a vendor in a queue. */
export interface LotPlan {
  projectId: string;
  name: string;
  layer: SamplingPlanRow["layer"];
  vendorId: string;
  queueId: string;
  isBlind: boolean;
}

/**
 * Adds the plan that an inspection stream draws its lots by: active at once, and without a size, since each lot says how many. Refused
 * (OVERLAPPING_FRAME) while another active plan may draw the same decisions. Its caller has checked the viewer, the vendor and the queue.
 */
export async function createLotPlan(verb: Verb, { projectId, name, layer, vendorId, queueId, isBlind }: LotPlan): Promise<ProjectKey> {
  await lockActivation(verb.db, projectId);
  const key = { projectId, id: newId(verb.now) };
  const frame = { vendorIds: [vendorId], queueIds: [queueId] };
  const words = { frameCovers: "ALL", state: "ACTIVE", purpose: "RANDOM" } as const;
  const row = { ...key, ...words, name: checkName(name), layer, frame, isBlind, isForLots: true };
  checkOverlap(row, await lockPlans(verb.db, key), ["queueId"]);
  await insertPlan(verb.db, row);
  await announce(verb, key, "active", null, "ACTIVE");
  return key;
}
