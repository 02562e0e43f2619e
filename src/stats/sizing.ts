import { allocate, allocationWeight, type AllocationMethod, type PastAudits } from "./allocation.ts";
import { sum } from "./arithmetic.ts";
import { sampleSize } from "./draw.ts";
import { sizeForPrecision } from "./sizes.ts";

/** How large a sample shall be, by exactly one of rate, size and half-width; and how it is shared among strata. */
export type Sizing = {
  rate: number | null;
  size: number | null;
  /** Of each group of strata that are alike in `precisionBy`; the accuracy that it reckons with. */
  halfWidth: number | null;
  precisionBy: readonly string[];
  expectedAccuracy: number | null;
  allocation: AllocationMethod;
  minPerStratum: number | null;
  minPerLabeler: number | null;
  capPerLabeler: number | null;
};

/** A stratum to size; its labeler is the value of LABELER. */
export type SizedStratum = PastAudits & { key: string; frameSize: number; values: Readonly<Partial<Record<string, string | null>>> };

/** The accuracy that sizes and intervals reckon with, and where it is from. */
export type ExpectedAccuracy = { value: number; source: "PLAN" | "LAST_PERIOD" | "DEFAULT" };

/**
 * What was planned; else the last period's accuracy, its strata weighed by today's frame; else 0.5, which no other rate needs more than. A
 * period without an error, or without a right decision, counts by (errors + 1) / (audits + 2): a rate of 0 would ask for a single audit.
 */
export function expectedAccuracy(planned: number | null, strata: readonly SizedStratum[]): ExpectedAccuracy {
  if (planned !== null) return { value: planned, source: "PLAN" };
  const audited = strata.map(({ frameSize, errors = 0, audits = 0 }) => ({ frameSize, errors, audits })).filter(({ audits }) => audits > 0);
  if (audited.length === 0) return { value: 0.5, source: "DEFAULT" };
  const right = sum(audited.map(({ frameSize, errors, audits }) => frameSize * (1 - errors / audits)));
  const share = right / sum(audited.map(({ frameSize }) => frameSize));
  const least = 1 / (sum(audited.map(({ audits }) => audits)) + 2);
  return { value: Math.min(Math.max(share, least), 1 - least), source: "LAST_PERIOD" };
}

/**
 * How many to draw of each stratum, in their order: the size of the frame, or of each group that is promised a precision, shared among its
 * strata. Bounds of labelers hold over all groups; where they bind, the others keep their proportions, and not each group its size.
 */
export function sizesOf(sizing: Sizing, strata: readonly SizedStratum[]): number[] {
  const method = sizing.allocation;
  const { minPerStratum, minPerLabeler, capPerLabeler } = sizing;
  const options = { method, minPerStratum: minPerStratum ?? 0, minPerLabeler: minPerLabeler ?? 0, capPerLabeler: capPerLabeler ?? undefined };
  const bounded = strata.map((stratum) => ({ ...stratum, labeler: stratum.values.LABELER }));
  const groups = groupsOf(bounded, sizing.precisionBy).map((group) => ({ group, n: groupSize(sizing, group) }));
  const isShared = groups.length > 1 && (minPerLabeler !== null || capPerLabeler !== null);
  const shares = isShared
    ? allocate(groups.flatMap(({ group, n }) => weigh(group, n, method)), sum(groups.map(({ n }) => n)), options)
    : groups.flatMap(({ group, n }) => allocate(group, n, options));
  const byKey = new Map(shares.map(({ key, sampleSize: n }) => [key, n]));
  return strata.map(({ key }) => byKey.get(key)!);
}

function groupsOf<Stratum extends SizedStratum>(strata: readonly Stratum[], by: readonly string[]): Stratum[][] {
  const groups = new Map<string, Stratum[]>();
  for (const stratum of strata) {
    const name = JSON.stringify(by.map((dimension) => stratum.values[dimension]));
    const group = groups.get(name);
    if (group) group.push(stratum);
    else groups.set(name, [stratum]);
  }
  return [...groups.values()];
}

function groupSize({ rate, size, halfWidth, expectedAccuracy: planned }: Sizing, group: readonly SizedStratum[]): number {
  const frameSize = sum(group.map((stratum) => stratum.frameSize));
  if (frameSize === 0) return 0;
  if (halfWidth !== null) return sizeForPrecision({ halfWidth, p: expectedAccuracy(planned, group).value, frameSize });
  return sampleSize(frameSize, rate === null ? { size: size! } : { rate });
}

function weigh<Stratum extends SizedStratum>(group: readonly Stratum[], n: number, method: AllocationMethod): (Stratum & { weight: number })[] {
  const weights = group.map((stratum) => allocationWeight(stratum, method));
  const total = sum(weights);
  return group.map((stratum, index) => ({ ...stratum, weight: (n * weights[index]!) / total }));
}
