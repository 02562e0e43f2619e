import { expect, test } from "vitest";
import { checkSettings, checkSlaMinutes, DEFAULT_SETTINGS, effectiveSettings } from "../src/projects/rules.ts";

test("a project works by its own settings and the defaults for the rest", () => {
  const defaults = {
    publication: "DELAYED", publishDelayMinutes: 30, leaseMinutes: 60, weekStartsOn: "MONDAY", goldenMaxExposures: 500,
    periodKinds: ["WEEK", "MONTH"], closeAfterBusinessDays: 3, appealTiers: ["L1", "L2", "L3"], hasTeamIndependence: false, clockAllowances: {},
    minCoverageRate: 0.9, labelerMinAudits: 30, recurrenceDays: 90,
  };
  expect(effectiveSettings({})).toEqual(defaults);
  const own = { publishDelayMinutes: 0, weekStartsOn: "SUNDAY" } as const;
  expect(effectiveSettings(own)).toEqual({ ...DEFAULT_SETTINGS, ...own });
});

test.each([
  ["publishDelayMinutes", -1, false],
  ["publishDelayMinutes", 0, true],
  ["publishDelayMinutes", 10_080, true],
  ["publishDelayMinutes", 10_081, false],
  ["leaseMinutes", 0, false],
  ["leaseMinutes", 1, true],
  ["leaseMinutes", 1_440, true],
  ["leaseMinutes", 1_441, false],
  ["leaseMinutes", null, true],
  ["goldenMaxExposures", 0, false],
  ["goldenMaxExposures", 1, true],
  ["goldenMaxExposures", 1_000_000, true],
  ["goldenMaxExposures", 1_000_001, false],
  ["closeAfterBusinessDays", 0, false],
  ["closeAfterBusinessDays", 60, true],
  ["closeAfterBusinessDays", 61, false],
  ["minCoverageRate", 0.49, false],
  ["minCoverageRate", 0.5, true],
  ["minCoverageRate", 1.01, false],
  ["labelerMinAudits", 0, false],
  ["labelerMinAudits", 1_000, true],
  ["recurrenceDays", 0, false],
  ["recurrenceDays", 730, true],
  ["recurrenceDays", 731, false],
  ["periodKinds", [], true],
  ["periodKinds", ["MONTH", "WEEK"], true],
  ["periodKinds", ["WEEK", "WEEK"], false],
  ["appealTiers", ["L1", "L2", "L3"], true],
  ["appealTiers", ["L3"], true],
  ["appealTiers", ["L1"], false],
  ["appealTiers", [], false],
  ["appealTiers", ["L2", "L1"], false],
  ["appealTiers", ["L2", "L2"], false],
])("%s %s may be set: %s", (name, value, isFine) => {
  const check = () => checkSettings({ [name]: value });
  if (isFine) expect(check()).toEqual({ [name]: value });
  else expect(check).toThrow(expect.objectContaining({ code: "INVALID_INPUT", path: ["settings", name] }));
});

test("a target is a minute or more, or none", () => {
  for (const fine of [1, null, undefined]) expect(() => checkSlaMinutes(fine)).not.toThrow();
  for (const wrong of [0, -5]) expect(() => checkSlaMinutes(wrong)).toThrow("slaMinutes");
});
