import { expect, test } from "vitest";
import { checkSemver, planStart, type Standing } from "../src/drafts/rules.ts";

const now = new Date("2026-03-01T00:00:00Z");
const day = (n: number) => new Date(Date.UTC(2026, 2, n));
const version = (semver: string, more: Partial<Standing> = {}): Standing =>
  ({ id: semver, market: null, semver, state: "EFFECTIVE", effectiveFrom: day(-30), effectiveTo: null, ...more });
const draft = (more: Partial<Standing> = {}) => version("2.0.0", { state: "IN_REVIEW", effectiveFrom: null, ...more });

test("a number comes after all others of its policy and market, by numbers and not by letters", () => {
  const present = [version("1.9.0"), version("1.10.0", { state: "DRAFT" }), version("7.0.0", { market: "id-ID" })];
  expect(checkSemver("1.10.1", present, null)).toBe("1.10.1");
  expect(checkSemver("2.0.0", present, null)).toBe("2.0.0");
  expect(checkSemver("0.0.1", present, "ms-MY")).toBe("0.0.1");
  for (const semver of ["1.9.9", "1.10.0", "0.99.99"]) {
    expect(() => checkSemver(semver, present, null)).toThrow(`semver: "${semver}" must come after 1.10.0, which this policy and market have already.`);
  }
  expect(() => checkSemver("6.9.9", present, "id-ID")).toThrow("after 7.0.0");
});

test("a version starts now or later; a policy's first one also since 1970", () => {
  const open = [version("1.0.0"), draft()];
  expect(planStart(draft(), open, null, now)).toBe(now);
  expect(planStart(draft(), open, day(9), now)).toEqual(day(9));
  expect(() => planStart(draft(), open, new Date(now.getTime() - 1), now)).toThrow("effectiveFrom: 2026-02-28T23:59:59.999Z is past; give a time to come, or none for now.");
  const first = draft({ semver: "1.0.0" });
  expect(planStart(first, [first, draft({ id: "other" })], new Date(0), now)).toEqual(new Date(0));
  expect(() => planStart(first, [first], new Date(-1), now)).toThrow("is before 1970");
  // The first of its market only: elsewhere the policy has been in force.
  expect(() => planStart(draft({ market: "id-ID" }), open, day(-1), now)).toThrow("is past");
  expect(planStart(draft({ market: "id-ID" }), open, day(9), now)).toEqual(day(9));
});

test("periods of a policy and market leave no hole, and no two start at one time", () => {
  const ended = version("1.0.0", { market: "id-ID", state: "SUPERSEDED", effectiveTo: day(-1) });
  const mine = draft({ market: "id-ID" });
  expect(() => planStart(mine, [version("1.0.0"), ended, mine], day(9), now)).toThrow(/^effectiveFrom: 1.0.0 ended at 2026-02-27T00:00:00.000Z, and a hole/);
  const goesOn = version("1.1.0", { market: "id-ID", effectiveFrom: day(-1) });
  expect(planStart(mine, [goesOn, ended, mine], day(9), now)).toEqual(day(9));
  const scheduled = version("1.5.0", { state: "SCHEDULED", effectiveFrom: day(9) });
  expect(() => planStart(draft(), [version("1.0.0"), scheduled], day(9), now)).toThrow("1.5.0 takes effect at 2026-03-09T00:00:00.000Z too");
  expect(planStart(draft(), [version("1.0.0"), scheduled], day(8), now)).toEqual(day(8));
  expect(planStart(mine, [version("1.0.0"), scheduled], day(9), now)).toEqual(day(9));
});
