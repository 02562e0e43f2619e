import { InvalidInput } from "../core/errors.ts";
import type { ProjectKey } from "../core/ids.ts";
import { ENOUGH_AUDITS } from "../measures/cases.rules.ts";
import type { MetricValue } from "../measures/estimates.rules.ts";
import type { TENURE_BUCKETS } from "../plans/table.ts";
import { SLACK } from "../stats/arithmetic.ts";
import { discoveries } from "../stats/discoveries.ts";
import { FUNNEL_Z, funnelLimits, MIN_PEERS, shrink } from "../stats/funnel.ts";
import type { Limits } from "../stats/proportions.ts";
import { scoreTest } from "../stats/significance.ts";

export const FUNNEL_MEMBERS = ["LABELER", "TEAM", "VENDOR"] as const;
export type FunnelMember = (typeof FUNNEL_MEMBERS)[number];
export const FUNNEL_POSITIONS = ["BELOW_998", "BELOW_95", "IN", "ABOVE_95", "ABOVE_998"] as const;
export type FunnelPosition = (typeof FUNNEL_POSITIONS)[number];

/** One of a group of peers, with the error rate and how many equal audits would tell as much. */
export interface PeerFigure {
  of: FunnelMember;
  id: string;
  errorRate: MetricValue;
  effectiveN: number;
}

/** A group of those who do the same work. */
export interface PeerGroup {
  queue: ProjectKey;
  tenureBucket: (typeof TENURE_BUCKETS)[number] | null;
  members: readonly PeerFigure[];
}

/** A peer's place in the funnel. */
export interface Placed extends PeerFigure {
  shrunken: number | null;
  inner: Limits | null;
  outer: Limits | null;
  position: FunnelPosition | null;
  pValue: number | null;
  isFlagged: boolean;
  rank: number | null;
}

/** A group with its peers in their places. */
export interface Peers extends Omit<PeerGroup, "members"> {
  k: number;
  reference: number | null;
  rho: number | null;
  reason: "TOO_FEW" | null;
  points: Placed[];
}

const ALPHA = 0.05;
/** Refuses a target that every rate meets, or none. */
export function checkTarget(target: number | null): void {
  if (target === null || (target > 0 && target < 1)) return;
  throw new InvalidInput(`target: ${target} must be above 0 and below 1, such as 0.05.`, ["target"]);
}

/** Where a rate lies among the limits of chance, those themselves being inside. */
export function positionOf(rate: number, inner: Limits, outer: Limits): FunnelPosition {
  if (rate < outer.low - SLACK) return "BELOW_998";
  if (rate < inner.low - SLACK) return "BELOW_95";
  if (rate > outer.high + SLACK) return "ABOVE_998";
  return rate > inner.high + SLACK ? "ABOVE_95" : "IN";
}

/**
 * Groups of peers as funnels (metrics.md 8), those with most audits first: each held against the target, else against what all peers of the group
 * have in common, which takes five of them. Flags allow for how many are tested over all groups; ranks go by the shrunken rate and leave out
 * those with under 30 audits.
 */
export function placePeers(groups: readonly PeerGroup[], target: number | null): Peers[] {
  const sizeOf = ({ members }: PeerGroup) => members.reduce((sum, { errorRate }) => sum + (errorRate.n ?? 0), 0);
  const placed = [...groups].sort((a, b) => sizeOf(b) - sizeOf(a)).map((group) => place(group, target));
  const tested = placed.flatMap(({ points }) => points.filter(({ pValue }) => pValue !== null));
  discoveries(tested.map(({ pValue }) => pValue!), ALPHA).forEach(({ isRejected }, index) => (tested[index]!.isFlagged = isRejected));
  return placed;
}

function place({ members, ...group }: PeerGroup, target: number | null): Peers {
  const known = members.filter(({ errorRate }) => errorRate.value !== null);
  const shrinkage = shrink(known.map(({ errorRate, effectiveN }) => ({ x: errorRate.value! * effectiveN, n: effectiveN })));
  const reference = target ?? shrinkage?.pooled ?? null;
  const points = known.map((member, index) => pointOf(member, shrinkage?.shrunken[index] ?? null, reference));
  const ranked = points.filter(({ shrunken, errorRate }) => shrunken !== null && errorRate.n! >= ENOUGH_AUDITS).map(({ shrunken }) => shrunken!);
  for (const point of points) {
    const isRanked = point.shrunken !== null && point.errorRate.n! >= ENOUGH_AUDITS;
    point.rank = isRanked ? 1 + ranked.filter((each) => each < point.shrunken! - SLACK).length : null;
  }
  const heightOf = ({ shrunken, errorRate }: Placed) => shrunken ?? errorRate.value!;
  points.sort((a, b) => heightOf(b) - heightOf(a) || (a.id < b.id ? -1 : 1));
  return { ...group, k: known.length, reference, rho: shrinkage?.rho ?? null, reason: known.length < MIN_PEERS ? "TOO_FEW" : null, points };
}

function pointOf(member: PeerFigure, shrunken: number | null, reference: number | null): Placed {
  const { errorRate, effectiveN } = member;
  const unplaced = { ...member, shrunken, inner: null, outer: null, position: null, pValue: null, isFlagged: false, rank: null };
  if (reference === null) return unplaced;
  const [inner, outer] = [FUNNEL_Z.inner, FUNNEL_Z.outer].map((z) => funnelLimits(reference, effectiveN, z)) as [Limits, Limits];
  const { pValue } = scoreTest({ value: errorRate.value!, n: effectiveN }, reference, "ABOVE");
  return { ...unplaced, inner, outer, position: positionOf(errorRate.value!, inner, outer), pValue };
}
