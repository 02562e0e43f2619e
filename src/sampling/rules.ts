import { InvalidInput } from "../core/errors.ts";
import type { Machine } from "../core/machine.ts";
import { addDays, dayOf, startOfDay } from "../core/time.ts";
import type { Role, Viewer } from "../core/viewer.ts";
import type { FrameFilter, SampleRow, SamplingPlanRow } from "./table.ts";

export type PlanVerb =
  | "changeSamplingPlan" | "activateSamplingPlan" | "pauseSamplingPlan" | "resumeSamplingPlan" | "archiveSamplingPlan" | "drawSamples";

/** A plan changes only as a draft; what it drew stays when it is archived. */
export const PLAN_MACHINE: Machine<SamplingPlanRow["state"], PlanVerb, "QA_LEAD"> = {
  entity: "sampling plan",
  arrows: [
    { from: ["DRAFT"], verb: "changeSamplingPlan", to: null, who: ["QA_LEAD"] },
    { from: ["DRAFT"], verb: "activateSamplingPlan", to: "ACTIVE", who: ["QA_LEAD"] },
    { from: ["PAUSED"], verb: "resumeSamplingPlan", to: "ACTIVE", who: ["QA_LEAD"] },
    { from: ["ACTIVE"], verb: "drawSamples", to: null, who: ["QA_LEAD"] },
    { from: ["ACTIVE"], verb: "pauseSamplingPlan", to: "PAUSED", who: ["QA_LEAD"] },
    { from: ["DRAFT", "ACTIVE", "PAUSED"], verb: "archiveSamplingPlan", to: "ARCHIVED", who: ["QA_LEAD"] },
  ],
};

/** What a viewer is to a plan. */
export function planParts(viewer: Viewer): Set<"QA_LEAD"> {
  return new Set(viewer.role === "QA_LEAD" ? ["QA_LEAD"] : []);
}

export type SampleVerb = "claimSamples" | "releaseSample" | "endLease" | "submitAudit";
export type SampleActor = "AUDITOR" | "QA_LEAD" | "VENDOR_QA" | "ASSIGNEE" | "SYS";

/** From the draw to the audit; its verbs are the audits' service. */
export const SAMPLE_MACHINE: Machine<SampleRow["state"], SampleVerb, SampleActor> = {
  entity: "sample",
  arrows: [
    { from: ["DRAWN"], verb: "claimSamples", to: "IN_AUDIT", who: ["AUDITOR", "QA_LEAD", "VENDOR_QA"] },
    { from: ["IN_AUDIT"], verb: "submitAudit", to: "AUDITED", who: ["ASSIGNEE"] },
    { from: ["IN_AUDIT"], verb: "releaseSample", to: "DRAWN", who: ["ASSIGNEE", "QA_LEAD"] },
    { from: ["IN_AUDIT"], verb: "endLease", to: "DRAWN", who: ["SYS"] },
  ],
};

/** Roles that audit. */
export const AUDITING: readonly Role[] = ["AUDITOR", "QA_LEAD", "VENDOR_QA"];

/** What a viewer is to a sample: each layer has auditors of its own, and only the layer CLIENT has a lead. */
export function sampleParts(viewer: Viewer, sample: Pick<SampleRow, "layer" | "assigneeId">): Set<SampleActor> {
  const parts = new Set<SampleActor>();
  if (viewer.role === "QA_LEAD") parts.add("QA_LEAD");
  if (sample.layer === "CLIENT" ? viewer.role === "AUDITOR" : viewer.role === "VENDOR_QA") parts.add(viewer.role as SampleActor);
  if (sample.assigneeId === viewer.principalId && AUDITING.includes(viewer.role)) parts.add("ASSIGNEE");
  return parts;
}

/** Roles that see how a sample was drawn; its auditor and partners never do. */
const DRAW_ROLES: readonly Role[] = ["ADMIN", "QA_LEAD", "ANALYST"];

/** True for those who may see purposes, strata, probabilities and runs at all. */
export function maySeeDraws(viewer: Viewer): boolean {
  return DRAW_ROLES.includes(viewer.role);
}

/** True while a blind sample waits for this viewer's own audit, whatever other grants they hold. */
export function isBlindTo(viewer: Viewer, sample: Pick<SampleRow, "isBlind" | "assigneeId" | "state">): boolean {
  return sample.isBlind && sample.assigneeId === viewer.principalId && ["DRAWN", "IN_AUDIT"].includes(sample.state);
}

/** True if this viewer sees how this sample was drawn. */
export function seesDraw(viewer: Viewer, sample: Pick<SampleRow, "isBlind" | "assigneeId" | "state">): boolean {
  return maySeeDraws(viewer) && !isBlindTo(viewer, sample);
}

/** True once its audit should have been submitted and isn't. */
export function isOverdue(sample: Pick<SampleRow, "state" | "dueAt">, now: Date): boolean {
  return ["DRAWN", "IN_AUDIT"].includes(sample.state) && sample.dueAt < now;
}

const MAX_LIST = 1_000;

/** Lists of at most 1,000. */
export function checkFrame(frame: FrameFilter): void {
  for (const [name, values] of Object.entries(frame)) {
    if (values.length > MAX_LIST) throw new InvalidInput(`frame.${name}: ${values.length} are too many; name at most ${MAX_LIST}.`, ["frame", name]);
  }
}

/** A rate above 0 and up to 1, or a whole size of at least 1, and not both. */
export function checkSize(rate: number | null, size: number | null): void {
  if ((rate === null) === (size === null)) throw new InvalidInput("rate, size: give exactly one of them.", ["rate"]);
  if (rate !== null && !(rate > 0 && rate <= 1)) throw new InvalidInput(`rate: ${rate} must be above 0 and at most 1.`, ["rate"]);
  if (size !== null && size < 1) throw new InvalidInput(`size: ${size} must be 1 or more.`, ["size"]);
}

/** 1 to 200 characters of the caller's choice. */
export function checkSeed(seed: string): string {
  if (seed.length < 1 || seed.length > 200) throw new InvalidInput(`seed: must have 1 to 200 characters, has ${seed.length}.`, ["seed"]);
  return seed;
}

/** A window that has ended: a decision made later in it could never be drawn, since windows of a plan don't overlap. */
export function checkWindow(from: Date, to: Date, now: Date): void {
  if (from >= to) throw new InvalidInput(`windowTo: ${to.toISOString()} must be after windowFrom.`, ["windowTo"]);
  if (to > now) throw new InvalidInput(`windowTo: ${to.toISOString()} has not come yet; draw once the window is over.`, ["windowTo"]);
}

type Framed = Pick<SamplingPlanRow, "frame" | "frameCovers">;

const DIMENSIONS = ["queueIds", "markets", "vendorIds", "labelerIds", "policyIds"] as const satisfies readonly (keyof FrameFilter)[];

/** True if the filters alone make sure that no decision is in both frames. */
export function areDisjoint(one: Framed, other: Framed): boolean {
  const covers = new Set([one.frameCovers, other.frameCovers]);
  if (covers.has("VIOLATING_ONLY") && covers.has("NON_VIOLATING_ONLY")) return true;
  return DIMENSIONS.some((dimension) => {
    const [left, right] = [one.frame[dimension] ?? [], other.frame[dimension] ?? []];
    return left.length > 0 && right.length > 0 && !left.some((each) => right.includes(each));
  });
}

const INFERENTIAL: readonly SamplingPlanRow["purpose"][] = ["RANDOM", "RISK", "RAMP"];

/** The first other active plan of its layer whose frame may share decisions with this plan's (`metrics.md` section 1). */
export function findOverlap<Plan extends SamplingPlanRow>(plan: Plan, plans: readonly Plan[]): Plan | null {
  const isRival = (other: Plan) =>
    other.id !== plan.id && other.state === "ACTIVE" && other.layer === plan.layer && INFERENTIAL.includes(other.purpose) &&
    !areDisjoint(plan, other);
  return (INFERENTIAL.includes(plan.purpose) && plans.find(isRival)) || null;
}

const AUDIT_BUSINESS_DAYS = 2;

function isOpen(day: string): boolean {
  return ![0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
}

/** When the audit of a sample drawn at this time is due: the same time on the second open day after, Monday to Friday in the zone. */
export function auditDueAt(drawnAt: Date, timeZone: string): Date {
  let day = dayOf(drawnAt, timeZone);
  let timeOfDay = drawnAt.getTime() - startOfDay(day, timeZone).getTime();
  while (!isOpen(day)) [day, timeOfDay] = [addDays(day, 1), 0];
  for (let left = AUDIT_BUSINESS_DAYS; left > 0; ) {
    day = addDays(day, 1);
    if (isOpen(day)) left -= 1;
  }
  return new Date(startOfDay(day, timeZone).getTime() + timeOfDay);
}
