import { InvalidInput } from "../core/errors.ts";
import type { Machine } from "../core/machine.ts";
import type { Viewer } from "../core/viewer.ts";
import type { FrameFilter, SamplingPlanRow } from "./table.ts";

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

const MAX_LIST = 1_000;

/** Lists of at most 1,000. */
export function checkFrame(frame: FrameFilter): void {
  for (const [name, values] of Object.entries(frame)) {
    if (Array.isArray(values) && values.length > MAX_LIST) throw new InvalidInput(`frame.${name}: ${values.length} are too many; name at most ${MAX_LIST}.`, ["frame", name]);
  }
}

/** A rate above 0 and up to 1, or a whole size of at least 1, and not both. */
export function checkSize(rate: number | null, size: number | null): void {
  if ((rate === null) === (size === null)) throw new InvalidInput("rate, size: give exactly one of them.", ["rate"]);
  if (rate !== null && !(rate > 0 && rate <= 1)) throw new InvalidInput(`rate: ${rate} must be above 0 and at most 1.`, ["rate"]);
  if (size !== null && size < 1) throw new InvalidInput(`size: ${size} must be 1 or more.`, ["size"]);
}

/** What tells whether a plan may draw the same decisions as another. */
export type Framed = Pick<SamplingPlanRow, "id" | "purpose" | "layer" | "frame" | "frameCovers">;

const LISTS = [
  "queueIds", "markets", "vendorIds", "labelerIds", "policyIds", "actions", "modalities", "languages", "labelerKinds", "tenureBuckets",
] as const satisfies readonly (keyof FrameFilter)[];

// Scores from one bound up to the other, which is out.
function areRisksApart(one: FrameFilter, other: FrameFilter): boolean {
  const isBelow = (low: FrameFilter, high: FrameFilter) => (low.riskTo ?? Infinity) <= (high.riskFrom ?? 0);
  return isBelow(one, other) || isBelow(other, one);
}

/** True if the filters alone make sure that no decision is in both frames. */
export function areDisjoint(one: Pick<Framed, "frame" | "frameCovers">, other: Pick<Framed, "frame" | "frameCovers">): boolean {
  const covers = new Set([one.frameCovers, other.frameCovers]);
  if (covers.has("VIOLATING_ONLY") && covers.has("NON_VIOLATING_ONLY")) return true;
  if (areRisksApart(one.frame, other.frame)) return true;
  return LISTS.some((name) => {
    const [left, right]: (readonly string[])[] = [one.frame[name] ?? [], other.frame[name] ?? []];
    return left!.length > 0 && right!.length > 0 && !left!.some((each) => right!.includes(each));
  });
}

const INFERENTIAL: readonly SamplingPlanRow["purpose"][] = ["RANDOM", "RISK", "RAMP"];

/**
 * The first other active plan of its layer whose frame may share decisions with this plan's (`metrics.md` section 1). Labelers in nesting
 * are in the frames of purpose RAMP and in no others, so that these never meet.
 */
export function findOverlap<Plan extends SamplingPlanRow>(plan: Framed, plans: readonly Plan[]): Plan | null {
  const isRival = (other: Plan) =>
    other.id !== plan.id && other.state === "ACTIVE" && other.layer === plan.layer && INFERENTIAL.includes(other.purpose) &&
    (other.purpose === "RAMP") === (plan.purpose === "RAMP") && !areDisjoint(plan, other);
  return (INFERENTIAL.includes(plan.purpose) && plans.find(isRival)) || null;
}
