import { InvalidInput } from "../core/errors.ts";
import type { Day } from "../core/time.ts";
import { SLACK } from "../stats/arithmetic.ts";
import type { QualityTargetRow } from "./table.ts";

export const TARGET_STATUSES = ["BELOW", "AT_RISK", "MET"] as const;
export type TargetStatus = (typeof TARGET_STATUSES)[number];

/** What of a target decides where and when it holds. */
export type TargetScope = Pick<
  QualityTargetRow,
  "projectId" | "id" | "measure" | "queueId" | "market" | "vendorId" | "tenureBucket" | "value" | "nMin" | "validFrom" | "validTo"
>;

/** What a scope may name, in the order that settles which of two that name as many is the narrower; the project is named by all. */
export const SCOPE_KEYS = ["queueId", "market", "vendorId", "tenureBucket"] as const;
export type ScopeKey = (typeof SCOPE_KEYS)[number];

/** A scope that a group of figures fixes: null where it has several, or any. */
export type FixedScope = Record<"projectId" | ScopeKey, string | null>;

/** The narrowest of the targets of a measure that hold on a day for what is fixed; null if none does. Most keys named, then in their order. */
export function narrowest<Target extends TargetScope>(targets: readonly Target[], measure: string, fixed: FixedScope, on: Day): Target | null {
  const holds = targets.filter(
    (target) =>
      target.measure === measure && target.projectId === fixed.projectId && target.validFrom <= on && (target.validTo === null || on < target.validTo) &&
      SCOPE_KEYS.every((key) => target[key] === null || target[key] === fixed[key]),
  );
  const breadth = (target: Target) => {
    const named = SCOPE_KEYS.map((key) => (target[key] === null ? "1" : "0"));
    return `${named.filter((each) => each === "1").length}${named.join("")}`;
  };
  return holds.sort((one, other) => (breadth(one) < breadth(other) ? -1 : 1))[0] ?? null;
}

/**
 * How a figure stands to its target (metrics.md 8): BELOW if the whole interval misses it, AT_RISK if the value does, else MET; mirrored where
 * less is better. Null without a value or with fewer cases than the target asks for; without an interval the value alone decides.
 */
export function statusOf(
  { value, n, interval }: { value: number | null; n: number | null; interval: { low: number; high: number } | null },
  target: Pick<TargetScope, "value" | "nMin">,
  isHigherBetter: boolean,
): TargetStatus | null {
  if (value === null || n === null || n < target.nMin) return null;
  const misses = (each: number) => (isHigherBetter ? target.value - each : each - target.value) > SLACK;
  if (misses(isHigherBetter ? (interval?.high ?? value) : (interval?.low ?? value))) return "BELOW";
  return misses(value) ? "AT_RISK" : "MET";
}

/** Refuses to ask for fewer cases than one. */
export function checkTarget(nMin: number): void {
  if (nMin < 1) throw new InvalidInput(`nMin: ${nMin} must be at least 1.`, ["nMin"]);
}
