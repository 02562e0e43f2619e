import { apportion } from "./apportionment.ts";
import { sum } from "./arithmetic.ts";

/** PROPORTIONAL to the frame, NEYMAN to the frame and the spread of what was found in it, EQUAL whatever the frame. */
export const ALLOCATION_METHODS = ["PROPORTIONAL", "NEYMAN", "EQUAL"] as const;
export type AllocationMethod = (typeof ALLOCATION_METHODS)[number];

/** What the last period found in a stratum; nothing where there was none. */
export type PastAudits = { errors?: number; audits?: number };

/** A stratum to draw from. Strata of one labeler share the bounds of that labeler. `weight` takes the place of the method's own. */
export type FrameStratum = PastAudits & { key: string; frameSize: number; labeler?: string | null; weight?: number };

export type AllocationOptions = {
  method: AllocationMethod;
  minPerStratum?: number;
  capPerStratum?: number;
  minPerLabeler?: number;
  capPerLabeler?: number;
};

export type StratumAllocation = { key: string; sampleSize: number };

type Bounded = FrameStratum & { min: number; max: number };

/**
 * The error rate to plan with, (errors + 1) / (audits + 2) of the last period (Laplace): never 0 or 1, so that a clean month doesn't end
 * the auditing of a stratum, and 0.5 where nothing is known.
 */
export function plannedErrorRate({ errors = 0, audits = 0 }: PastAudits): number {
  if (!(Number.isSafeInteger(errors) && Number.isSafeInteger(audits) && errors >= 0 && errors <= audits)) {
    throw new RangeError(`${errors} errors in ${audits} audits`);
  }
  return (errors + 1) / (audits + 2);
}

/**
 * The share of `n` that each stratum gets, in the order given and the same in any order. No stratum gets more than its frame or its cap,
 * and none less than its minimum; a cap binds before a minimum. What bounds take or leave goes to the other strata. A labeler's bounds
 * are split over the labeler's strata in proportion to their frames. The sum is `n`, except where bounds forbid it: it ends at the sum of
 * the caps, and grows to the sum of the minimums, since a promised minimum outranks the size.
 */
export function allocate(strata: readonly FrameStratum[], n: number, options: AllocationOptions): StratumAllocation[] {
  checkCounts({ n, ...options });
  if (new Set(strata.map(({ key }) => key)).size < strata.length) throw new RangeError("two strata have the same key");
  const sizes = apportion(n, boundedOf(strata, options).map((stratum) => ({ ...stratum, weight: stratum.weight ?? allocationWeight(stratum, options.method) })));
  return strata.map(({ key }, index) => ({ key, sampleSize: sizes[index]! }));
}

function checkCounts(counts: Record<string, unknown>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (typeof count === "number" && !(Number.isSafeInteger(count) && count >= 0)) throw new RangeError(`${name} is not a count: ${count}`);
  }
}

/** What a stratum gets in proportion to: N, N√(p(1 - p)) with the planned error rate, or the same as any other. */
export function allocationWeight(stratum: FrameStratum, method: AllocationMethod): number {
  if (method === "EQUAL") return 1;
  if (method === "PROPORTIONAL") return stratum.frameSize;
  const p = plannedErrorRate(stratum);
  return stratum.frameSize * Math.sqrt(p * (1 - p));
}

function boundedOf(strata: readonly FrameStratum[], options: AllocationOptions): Bounded[] {
  const groups = new Map<string | null, Bounded[]>();
  for (const stratum of strata) {
    checkCounts({ frameSize: stratum.frameSize });
    const max = Math.min(stratum.frameSize, options.capPerStratum ?? Infinity);
    const labeler = stratum.labeler ?? null;
    const group = groups.get(labeler) ?? [];
    group.push({ ...stratum, min: Math.min(options.minPerStratum ?? 0, max), max });
    groups.set(labeler, group);
  }
  const bounded = [...groups].flatMap(([labeler, group]) => (labeler === null ? group : boundLabeler(group, options)));
  const byKey = new Map(bounded.map((stratum) => [stratum.key, stratum]));
  return strata.map(({ key }) => byKey.get(key)!);
}

// The minimums of the strata keep their place where the labeler's cap has room for all of them; else the cap is split first.
function boundLabeler(group: readonly Bounded[], { minPerLabeler = 0, capPerLabeler = Infinity }: AllocationOptions): Bounded[] {
  const split = (total: number, of: readonly Bounded[]) => apportion(total, of.map((each) => ({ ...each, weight: each.frameSize })));
  const hasRoom = sum(group.map(({ min }) => min)) <= capPerLabeler;
  const room = Math.min(capPerLabeler, sum(group.map(({ max }) => max)));
  const maxes = split(room, hasRoom ? group : group.map((each) => ({ ...each, min: 0 })));
  const capped = group.map((stratum, index) => ({ ...stratum, min: Math.min(stratum.min, maxes[index]!), max: maxes[index]! }));
  const mins = split(Math.min(minPerLabeler, sum(maxes)), capped);
  return capped.map((stratum, index) => ({ ...stratum, min: mins[index]! }));
}
