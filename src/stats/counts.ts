/** A count as a database driver may hand it over: `bigint` columns arrive as text or as BigInt. */
export type Count = number | bigint | string;

/** Guarantees an exact non-negative integer, and fails rather than let a count be rounded or misread on its way in. */
export function readCount(count: Count, name: string): number {
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) return count;
  const exact = typeof count === "string" && !/^\d+$/.test(count) ? Number.NaN : Number(count);
  if (!Number.isSafeInteger(exact) || exact < 0) throw new RangeError(`${name} is not a safe count: ${count}`);
  return exact;
}
