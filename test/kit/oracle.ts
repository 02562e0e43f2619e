import { Decimal } from "decimal.js";

/**
 * Distributions to as many digits as asked for, by the plain power series, whose terms are all positive; slow and sure. It shares no
 * formula with src/stats, and its arithmetic is decimal.js.
 */
export class Oracle {
  readonly #number: typeof Decimal;
  readonly #digits: number;
  readonly #bernoulli: readonly Decimal[];
  readonly #enough: Decimal;
  readonly #logGammas = new Map<string, Decimal>();

  constructor(digits: number) {
    this.#number = Decimal.clone({ precision: digits, toExpNeg: -9e15, toExpPos: 9e15, minE: -9e15, maxE: 9e15 });
    this.#enough = new this.#number(10).pow(5 - digits);
    this.#digits = digits;
    this.#bernoulli = tangentNumbers(digits >> 1).map((tangent, i) => {
      const fours = 4n ** BigInt(i + 1);
      return new this.#number(`${2n * BigInt(i + 1) * tangent}`).div(`${fours * (fours - 1n)}`).mul(i % 2 === 0 ? 1 : -1);
    });
  }

  /** A double to the last bit, which its shortest decimal notation is not. */
  exact(value: number): Decimal {
    const [sign, digits] = value < 0 ? [-1, (-value).toString(2)] : [1, value.toString(2)];
    return new this.#number(`0b${digits}`).mul(sign);
  }

  /** The share of a gamma variable below x. */
  gamma(x: Decimal, shape: Decimal): Decimal {
    if (x.lte(0)) return new this.#number(0);
    const sum = this.#sum((k) => x.div(shape.add(k)));
    return x.ln().mul(shape).sub(x).sub(this.#logGamma(shape.add(1))).exp().mul(sum);
  }

  /** The share of a beta variable below x. */
  beta(x: Decimal, a: Decimal, b: Decimal): Decimal {
    if (x.lte(0)) return new this.#number(0);
    const rest = x.neg().add(1);
    if (rest.lte(0)) return new this.#number(1);
    if (x.gt(0.5)) return this.beta(rest, b, a).neg().add(1);
    const sum = this.#sum((k) => a.add(b).add(k - 1).div(a.add(k)).mul(x));
    const logBeta = this.#logGamma(a.add(1)).add(this.#logGamma(b)).sub(this.#logGamma(a.add(b)));
    return x.ln().mul(a).add(rest.ln().mul(b)).sub(logBeta).exp().mul(sum);
  }

  /** The share of a standard normal variable below z. */
  normal(z: Decimal): Decimal {
    const within = this.gamma(z.mul(z).div(2), new this.#number(0.5));
    return within.mul(z.isNegative() ? -1 : 1).add(1).div(2);
  }

  /** The share of a variable of Student's t distribution below t. */
  student(t: Decimal, df: Decimal): Decimal {
    const tail = this.beta(df.div(t.mul(t).add(df)), df.div(2), new this.#number(0.5)).div(2);
    return t.isNegative() ? tail : tail.neg().add(1);
  }

  // 1 + r(1) + r(1)r(2) + …
  #sum(ratio: (k: number) => Decimal): Decimal {
    let [sum, term] = [new this.#number(1), new this.#number(1)];
    for (let k = 1; term.gt(sum.mul(this.#enough)); k += 1) {
      term = term.mul(ratio(k));
      sum = sum.add(term);
    }
    return sum;
  }

  // Stirling's series, from where half as many terms of it as digits are enough.
  #logGamma(x: Decimal): Decimal {
    const known = this.#logGammas.get(x.toString());
    if (known) return known;
    let [at, product] = [x, new this.#number(1)];
    for (; at.lt(this.#digits); at = at.add(1)) product = product.mul(at);
    const twoPi = this.#number.acos(-1).mul(2);
    let value = at.sub(0.5).mul(at.ln()).sub(at).add(twoPi.ln().div(2)).sub(product.ln());
    for (const [i, bernoulli] of this.#bernoulli.entries()) {
      const n = 2 * (i + 1);
      const term = bernoulli.div(at.pow(n - 1).mul(n * (n - 1)));
      value = value.add(term);
      if (term.abs().lt(this.#enough)) break;
    }
    this.#logGammas.set(x.toString(), value);
    return value;
  }
}

// The tangent numbers T(1) to T(n), in whole numbers (Brent & Harvey 2011): B(2n) = (-1)^(n-1) 2n T(n) / (4^n (4^n - 1)).
function tangentNumbers(n: number): bigint[] {
  const tangents = [1n];
  for (let k = 1; k < n; k += 1) tangents.push(BigInt(k) * tangents[k - 1]!);
  for (let k = 1; k < n; k += 1) {
    for (let j = k; j < n; j += 1) tangents[j] = BigInt(j - k) * tangents[j - 1]! + BigInt(j - k + 2) * tangents[j]!;
  }
  return tangents;
}
