import { checkName } from "../core/checks.ts";
import { Conflict, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { actsIn, mayOnly } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { checkFrame, checkSize, findOverlap, type Framed, PLAN_MACHINE, planParts, type PlanVerb } from "./rules.ts";
import { changePlanRow, findMissing, insertPlan, lockActivation, lockPlans } from "./store.ts";
import type { FrameFilter, SamplingPlanRow } from "./table.ts";

/** What a plan is made of. */
export interface NewPlan {
  projectId: string;
  name: string;
  layer: SamplingPlanRow["layer"];
  frame: FrameFilter;
  frameCovers: SamplingPlanRow["frameCovers"];
  rate: number | null;
  size: number | null;
  isBlind: boolean;
}

/** What changeSamplingPlan takes; absent and null fields stay. A rate takes the place of a size, and the other way round. */
export interface ChangedPlan {
  name?: string | null;
  frame?: FrameFilter | null;
  frameCovers?: SamplingPlanRow["frameCovers"] | null;
  rate?: number | null;
  size?: number | null;
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

/** Adds a plan as a draft. Its samples are of purpose RANDOM: every decision of a frame has the same chance. */
export async function createSamplingPlan(verb: Verb, input: NewPlan): Promise<ProjectKey> {
  mayOnly(verb.viewer, "createSamplingPlan", ["QA_LEAD"]);
  if (!actsIn(verb.viewer, input.projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  checkSize(input.rate, input.size);
  await checkNamed(verb, input.projectId, input.frame);
  const key = { projectId: input.projectId, id: newId(verb.now) };
  const { layer, frame, frameCovers, rate, size, isBlind } = input;
  const row = { ...key, name: checkName(input.name), layer, frame, frameCovers, rate, size, isBlind };
  await insertPlan(verb.db, { ...row, state: "DRAFT", purpose: "RANDOM" });
  await announce(verb, key, "draft", null, "DRAFT");
  return key;
}

/** The plan and its neighbours, locked, once the viewer may use the verb on it now; the machine's arrow with them. */
export async function takePlan(verb: Verb, key: ProjectKey, name: PlanVerb, expectedVersion: ExpectedVersion) {
  mayOnly(verb.viewer, name, ["QA_LEAD"]);
  const plans = await lockPlans(verb.db, key);
  const plan = plans.find(({ id }) => id === key.id);
  if (!plan) throw new NotFound("There is no such sampling plan.");
  checkVersion(plan.version, expectedVersion);
  return { plan, plans, arrow: walk(PLAN_MACHINE, plan.state, name, planParts(verb.viewer)) };
}

/** Changes a draft. */
export async function changeSamplingPlan(verb: Verb, key: ProjectKey, change: ChangedPlan, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { plan } = await takePlan(verb, key, "changeSamplingPlan", expectedVersion);
  const isResized = change.rate != null || change.size != null;
  const [rate, size] = isResized ? [change.rate ?? null, change.size ?? null] : [plan.rate, plan.size];
  checkSize(rate, size);
  if (change.frame) await checkNamed(verb, key.projectId, change.frame);
  const changes = {
    name: change.name == null ? undefined : checkName(change.name),
    frame: change.frame ?? undefined,
    frameCovers: change.frameCovers ?? undefined,
    isBlind: change.isBlind ?? undefined,
    rate,
    size,
  };
  await changePlanRow(verb.db, key, changes, verb.now);
  await announce(verb, key, "changeSamplingPlan", null, null);
  return key;
}

function checkOverlap(plan: Framed, plans: readonly SamplingPlanRow[]): void {
  const rival = findOverlap(plan, plans);
  if (!rival) return;
  const remedy = "narrow one of the frames, or pause that plan";
  throw new Conflict(`OVERLAPPING_FRAME: the active plan "${rival.name}" may draw the same decisions; ${remedy}.`, ["id"]);
}

/**
 * Moves a plan along its machine. A plan becomes active only if no other active plan of its project and layer may draw the same
 * decisions (OVERLAPPING_FRAME).
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
  if (state === "ACTIVE") checkOverlap(plan, plans);
  await changePlanRow(verb.db, key, { state }, verb.now);
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
  const row = { ...key, name: checkName(name), layer, frame, frameCovers: "ALL", isBlind, state: "ACTIVE", purpose: "RANDOM", isForLots: true } as const;
  checkOverlap(row, await lockPlans(verb.db, key));
  await insertPlan(verb.db, row);
  await announce(verb, key, "active", null, "ACTIVE");
  return key;
}
