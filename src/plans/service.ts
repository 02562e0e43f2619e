import { checkName } from "../core/checks.ts";
import { Conflict, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { actsIn, mayOnly } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { checkFrame, checkSize, findOverlap, PLAN_MACHINE, planParts, type PlanVerb } from "./rules.ts";
import { changePlanRow, insertPlan, findMissing, lockPlans } from "./store.ts";
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
  const { plan, plans, arrow } = await takePlan(verb, key, name, expectedVersion);
  const state = arrow.to!;
  const rival = state === "ACTIVE" ? findOverlap(plan, plans) : null;
  if (rival) {
    const remedy = "narrow one of the frames, or pause that plan";
    throw new Conflict(`OVERLAPPING_FRAME: the active plan "${rival.name}" may draw the same decisions; ${remedy}.`, ["id"]);
  }
  await changePlanRow(verb.db, key, { state }, verb.now);
  await announce(verb, key, state.toLowerCase(), plan.state, state);
  return key;
}
