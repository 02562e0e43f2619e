export const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

// From here on the series below is exact to the last bits.
const LARGE = 16;

const OF_WHOLE_NUMBERS = exactStirlingErrors(LARGE);

function exactStirlingErrors(size: number): number[] {
  const errors = [0];
  for (let n = 1, factorial = 1; n < size; n += 1) {
    factorial *= n;
    errors.push(Math.log(factorial) - ((n + 0.5) * Math.log(n) - n + HALF_LOG_2PI));
  }
  return errors;
}

/** log Γ(x + 1) less Stirling's approximation of it; with the deviance, it makes densities of any size without differences of log Γ. */
export function stirlingError(x: number): number {
  if (x >= LARGE) {
    const inverse = 1 / (x * x);
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - (1 / 1188) * inverse) * inverse) * inverse) * inverse) / x;
  }
  return OF_WHOLE_NUMBERS[x] ?? stirlingError(x + 1) + (x + 0.5) * Math.log1p(1 / x) - 1;
}

/** x log(x / m) + m - x, without the cancellation that the plain form has where x is near m. */
export function deviance(x: number, m: number): number {
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x;
  const v = (x - m) / (x + m);
  let sum = (x - m) * v;
  let term = 2 * x * v;
  for (let odd = 3; ; odd += 2) {
    term *= v * v;
    const next = sum + term / odd;
    if (next === sum) return next;
    sum = next;
  }
}
