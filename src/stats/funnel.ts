import { sum } from "./arithmetic.ts";
import type { Limits } from "./proportions.ts";

/** The z of the inner and of the outer limits of a funnel: 95 % and 99.8 % (Spiegelhalter 2005). */
export const FUNNEL_Z = { inner: 1.96, outer: 3.09 } as const;

/** The limits between which a rate of `n` cases lies by chance if the truth is `reference` (score limits), cut to [0,1]. */
export function funnelLimits(reference: number, n: number, z: number): Limits {
  if (!(reference >= 0 && reference <= 1)) throw new RangeError(`not a rate from 0 to 1: ${reference}`);
  if (!(n > 0)) throw new RangeError(`not a sample size: ${n}`);
  const half = z * Math.sqrt((reference * (1 - reference)) / n);
  return { low: Math.max(0, reference - half), high: Math.min(1, reference + half) };
}

/** One of a group of peers: `x` of `n`, which may be effective sizes. */
export type Peer = { x: number; n: number };

/** The group's rate, how much more it varies than chance (0: not at all), and each peer's shrunken rate in the order given. */
export type Shrinkage = { pooled: number; rho: number; shrunken: number[] };

/** Of fewer peers nothing can be said about how they vary. */
export const MIN_PEERS = 5;

/**
 * Each peer's rate drawn towards the group's by how little is known of it: the posterior mean of a beta-binomial whose ρ is estimated by
 * moments (Kleinman 1973). Ranks by the raw rate are won and lost by small counts; ranks use this. Null with fewer than five peers that
 * have cases; a peer without cases gets the group's rate.
 */
export function shrink(peers: readonly Peer[]): Shrinkage | null {
  for (const { x, n } of peers) if (!(x >= 0 && x <= n && Number.isFinite(n))) throw new RangeError(`counts out of order: ${x}, ${n}`);
  const seen = peers.filter(({ n }) => n > 0);
  if (seen.length < MIN_PEERS) return null;
  const cases = sum(seen.map(({ n }) => n));
  const pooled = sum(seen.map(({ x }) => x)) / cases;
  const rho = varianceRatio(seen, pooled, cases);
  if (rho === 0) return { pooled, rho, shrunken: peers.map(() => pooled) };
  const [a, b] = [(pooled * (1 - rho)) / rho, ((1 - pooled) * (1 - rho)) / rho];
  return { pooled, rho, shrunken: peers.map(({ x, n }) => (x + a) / (n + a + b)) };
}

const LARGEST_RHO = 1 - 1e-9;

function varianceRatio(peers: readonly Peer[], pooled: number, cases: number): number {
  const chance = pooled * (1 - pooled);
  const spread = sum(peers.map(({ x, n }) => n * (x / n - pooled) ** 2));
  const k = peers.length - 1;
  const below = chance * (cases - sum(peers.map(({ n }) => n * n)) / cases - k);
  // Where all have one case there is nothing to compare within a peer.
  if (!(below > 1e-12)) return 0;
  return Math.min(LARGEST_RHO, Math.max(0, (spread - chance * k) / below));
}
