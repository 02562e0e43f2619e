import { Conflict, InvalidInput } from "../core/errors.ts";
import type { Machine } from "../core/machine.ts";
import type { Viewer } from "../core/viewer.ts";
import type { FrameFilter, SamplingPlanRow } from "./table.ts";

export type PlanVerb =
  | "changeSamplingPlan" | "activateSamplingPlan" | "pauseSamplingPlan" | "resumeSamplingPlan" | "archiveSamplingPlan" | "drawSamples";

/** A plan changes only while it doesn't draw; what it drew stays when it is archived. */
export const PLAN_MACHINE: Machine<SamplingPlanRow["state"], PlanVerb, "QA_LEAD"> = {
  entity: "sampling plan",
  arrows: [
    { from: ["DRAFT", "PAUSED"], verb: "changeSamplingPlan", to: null, who: ["QA_LEAD"] },
    { from: ["DRAFT"], verb: "activateSamplingPlan", to: "ACTIVE", who: ["QA_LEAD"] },
    { from: ["PAUSED"], verb: "resumeSamplingPlan", to: "ACTIVE", who: ["QA_LEAD"] },
    { from: ["ACTIVE"], verb: "drawSamples", to: null, who: ["QA_LEAD"] },
    { from: ["ACTIVE"], verb: "pauseSamplingPlan", to: "PAUSED", who: ["QA_LEAD"] },
    { from: ["DRAFT", "ACTIVE", "PAUSED"], verb: "archiveSamplingPlan", to: "ARCHIVED", who: ["QA_LEAD"] },
  ],
};

const STREAMS_OWN: readonly PlanVerb[] = ["drawSamples", "changeSamplingPlan"];
const LOT_PLAN_MACHINE = { ...PLAN_MACHINE, arrows: PLAN_MACHINE.arrows.filter(({ verb }) => !STREAMS_OWN.includes(verb)) };

/** The machine of a plan: that of an inspection stream is neither changed nor drawn from by hand. */
export function planMachine({ isForLots }: Pick<SamplingPlanRow, "isForLots">): typeof PLAN_MACHINE {
  return isForLots ? LOT_PLAN_MACHINE : PLAN_MACHINE;
}

/** Refuses verbs on an inspection stream's plan that are the stream's own. */
export function checkByHand({ isForLots, name }: Pick<SamplingPlanRow, "isForLots" | "name">, verb: PlanVerb): void {
  if (!isForLots || !STREAMS_OWN.includes(verb)) return;
  throw new Conflict(
    `${verb}: "${name}" is the plan of an inspection stream, which draws its lots by it; use the stream, or a plan of your own.`,
    [verb === "drawSamples" ? "planId" : "id"],
  );
}

/** What a viewer is to a plan. */
export function planParts(viewer: Viewer): Set<"QA_LEAD"> {
  return new Set(viewer.role === "QA_LEAD" ? ["QA_LEAD"] : []);
}

const MAX_LIST = 1_000;
const LONGEST = { actions: 64, languages: 35 } as const;

function checkWords(frame: FrameFilter, name: keyof typeof LONGEST): void {
  const most = LONGEST[name];
  (frame[name] ?? []).forEach((word, place) => {
    const path = ["frame", name, String(place)];
    if (word.length < 1 || word.length > most) {
      throw new InvalidInput(
        `frame.${name}[${place}]: "${word.slice(0, most)}" must have 1 to ${most} characters, has ${word.length}.`,
        path,
      );
    }
  });
}

/** Lists of at most 1,000, words no longer than decisions have them, and risk scores of 0 or more from a lower to a higher one. */
export function checkFrame(frame: FrameFilter): void {
  for (const [name, values] of Object.entries(frame)) {
    if (Array.isArray(values) && values.length > MAX_LIST) {
      throw new InvalidInput(`frame.${name}: ${values.length} are too many; name at most ${MAX_LIST}.`, ["frame", name]);
    }
  }
  checkWords(frame, "actions");
  checkWords(frame, "languages");
  const { riskFrom, riskTo } = frame;
  if (riskFrom !== undefined && !(riskFrom >= 0)) {
    throw new InvalidInput(`frame.riskFrom: ${riskFrom} must be 0 or more.`, ["frame", "riskFrom"]);
  }
  if (riskTo !== undefined && !(riskTo > (riskFrom ?? 0))) {
    throw new InvalidInput(`frame.riskTo: ${riskTo} must be above riskFrom, ${riskFrom ?? 0}.`, ["frame", "riskTo"]);
  }
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
