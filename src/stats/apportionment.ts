import { sum } from "./arithmetic.ts";

/** A share of a whole number of units: `weight` is what it gets in proportion to, `min` and `max` are whole bounds of what it may get. */
export type Share = { key: string; weight: number; min: number; max: number };

type Open = Share & { index: number };

// Quotients carry binary noise, which must not decide which of two equal remainders is larger.
function clean(value: number): number {
  return Number(value.toFixed(9));
}

/**
 * Whole numbers in proportion to the weights and within their bounds, in the order of the shares: by largest remainder (Hamilton), ties
 * by key, so that the order given doesn't matter. What a bound takes or leaves is shared out anew among the others until all fit (Bitran
 * & Hax 1981). Their sum is `total`, or the nearest that the bounds allow.
 */
export function apportion(total: number, shares: readonly Share[]): number[] {
  const result = shares.map(({ min }) => min);
  const isOpen = ({ weight, min, max }: Share) => weight > 0 && max > min;
  let open: Open[] = shares
    .map((share, index) => ({ ...share, index }))
    .filter(isOpen)
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  let units = Math.max(total, sum(result)) - sum(shares.filter((share) => !isOpen(share)).map(({ min }) => min));
  while (open.length > 0) {
    const weights = sum(open.map(({ weight }) => weight));
    const quotas = open.map((share) => ({ ...share, quota: clean((units * share.weight) / weights) }));
    const short = sum(quotas.map(({ quota, min }) => Math.max(0, min - quota)));
    const excess = sum(quotas.map(({ quota, max }) => Math.max(0, quota - max)));
    if (short === 0 && excess === 0) {
      roundInto(result, quotas, units);
      break;
    }
    const bind = short > excess ? "min" : "max";
    const isBound = ({ quota, min, max }: (typeof quotas)[number]) => (bind === "min" ? quota < min : quota > max);
    for (const share of quotas.filter(isBound)) {
      result[share.index] = share[bind];
      units -= share[bind];
    }
    open = quotas.filter((share) => !isBound(share));
  }
  return result;
}

function roundInto(result: number[], quotas: readonly (Open & { quota: number })[], units: number): void {
  const left = units - sum(quotas.map(({ quota }) => Math.floor(quota)));
  // The sort is stable, so that ties stay in the order of their keys.
  const byRemainder = quotas.toSorted((a, b) => clean(b.quota % 1) - clean(a.quota % 1));
  for (const [rank, { index, quota }] of byRemainder.entries()) result[index] = Math.floor(quota) + (rank < left ? 1 : 0);
}
