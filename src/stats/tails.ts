/** Both sides of a distribution at a point, each as exact as it can be, and its density there. */
export type Tails = { below: number; above: number; density: number };

const SLACK = 1e-15;

// Of halving alone; Newton's steps are few.
const MOST_STEPS = 2_000;

/**
 * The positive point below which a share lies; `p` and `q` are the shares below and above it. Newton's method on the logarithm of the
 * smaller one, over the logarithm of the point, within a bracket that closes at every step; so tails of 1e-300 are found as surely as the
 * middle. A point too small for a number is 0.
 */
export function pointOf(p: number, q: number, start: number, tailsAt: (x: number) => Tails): number {
  let [low, high] = [0, Infinity];
  let x = Math.min(Math.max(start, Number.MIN_VALUE), Number.MAX_VALUE);
  for (let step = 0; step < MOST_STEPS && x > 0; step += 1) {
    const { below, above, density } = tailsAt(x);
    if (p <= q ? below < p : above > q) low = x;
    else high = x;
    const [tail, gap] = p <= q ? [below, Math.log(p / below)] : [above, Math.log(above / q)];
    const move = (gap * tail) / (density * x);
    const next = x * Math.exp(move);
    const isInside = next > low && next < high;
    if (Math.abs(move) <= SLACK || low * (1 + SLACK) >= high) return isInside ? next : x;
    x = isInside ? next : high === Infinity ? 2 * low : low === 0 ? high / 1024 : Math.sqrt(low) * Math.sqrt(high);
  }
  return x;
}
