/** What a computed value may miss a limit by and still meet it: binary noise must not decide. */
export const SLACK = 1e-12;

/** The sum in the order given, so that the same list gives the same bits. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
