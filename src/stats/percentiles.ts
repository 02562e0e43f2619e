/** The percentile of a list by type 7 of Hyndman & Fan (1996), which is PostgreSQL's `percentile_cont`; null of an empty list. */
export function percentile(values: readonly number[], share: number): number | null {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`not a share: ${share}`);
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below === undefined || above === undefined ? null : below + (place - Math.floor(place)) * (above - below);
}
