const TINY = 1e-300;

/**
 * The continued fraction b₀ + a₁/(b₁ + a₂/(b₂ + …)), by the modified algorithm of Lentz (Thompson & Barnett 1986): from the front, until
 * nothing changes any more.
 */
export function continuedFraction(b0: number, term: (step: number) => readonly [a: number, b: number]): number {
  let value = b0 || TINY;
  let [above, below] = [value, 0];
  for (let step = 1; ; step += 1) {
    const [a, b] = term(step);
    above = b + a / above || TINY;
    below = 1 / (b + a * below || TINY);
    const factor = above * below;
    value *= factor;
    if (Math.abs(factor - 1) < 2e-16 || Number.isNaN(factor)) return value;
  }
}
