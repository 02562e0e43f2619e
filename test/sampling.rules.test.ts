import { expect, test } from "vitest";
import { checkWindow } from "../src/sampling/rules.ts";

test("windows out of order or not over are refused", () => {
  const [early, late, now] = ["2026-01-01", "2026-01-02", "2026-01-03"].map((day) => new Date(day)) as [Date, Date, Date];
  checkWindow(early, late, now);
  checkWindow(early, now, now);
  expect(() => checkWindow(late, early, now)).toThrow(/after windowFrom/);
  expect(() => checkWindow(late, late, now)).toThrow(/after windowFrom/);
  expect(() => checkWindow(early, now, late)).toThrow(/not come yet/);
});
