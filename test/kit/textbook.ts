import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

/** A published worked example: figures as printed, and to full precision. A tolerance may differ by figure. */
export interface TextbookCase {
  name: string;
  topic: string;
  input: any;
  expected: Record<string, unknown>;
  tolerance: Tolerance;
  expected_full_precision: Record<string, unknown>;
  tolerance_full_precision: Tolerance;
}

type Tolerance = number | Record<string, number>;

const folder = process.env.ASSAY_REFERENCE_DATA;
const isThere = Boolean(folder && existsSync(folder));

/** What to say of tests that are skipped for want of the reference data. */
export const whyNot = isThere ? "" : " (skipped: ASSAY_REFERENCE_DATA is not set to a folder)";

/** Every published example; none where the reference data is missing. */
export function textbookCases(): TextbookCase[] {
  return isThere ? JSON.parse(readFileSync(join(folder!, "textbook_cases.json"), "utf8")) : [];
}

/** Holds a figure (or a list, or a record of figures) to a published one. */
export function expectPublished(actual: any, published: any, tolerance: number): void {
  if (typeof published === "number") {
    expect(typeof actual).toBe("number");
    expect(Math.abs(actual - published)).toBeLessThanOrEqual(tolerance);
  } else if (Array.isArray(published)) {
    expect(actual).toHaveLength(published.length);
    published.forEach((each, i) => expectPublished(actual[i], each, tolerance));
  } else if (published !== null && typeof published === "object") {
    for (const [key, each] of Object.entries(published)) expectPublished(actual[key], each, tolerance);
  } else expect(actual).toBe(published);
}

/** The tolerance of one figure of a case. */
export function toleranceOf(tolerance: Tolerance, figure: string): number {
  const found = typeof tolerance === "number" ? tolerance : tolerance[figure];
  if (found === undefined) throw new Error(`no tolerance for ${figure}`);
  return found;
}
