import { describe, expect, test } from "vitest";
import { impactWindows, paretoOf } from "../src/insights/rules.ts";

const day = (text: string) => new Date(`${text}T00:00:00Z`);

describe("a Pareto of errors", () => {
  const classes = [
    { key: "b", audits: 1, weight: 10 }, { key: "a", audits: 3, weight: 60 }, { key: "d", audits: 1, weight: 20 }, { key: "c", audits: 2, weight: 10 },
    { key: "never", audits: 0, weight: 0 },
  ];

  test("goes from the heaviest class to the lightest, equals by audits, and its shares add to 1", () => {
    const { rows, rest } = paretoOf(classes, 10);
    expect(rows.map(({ key }) => key)).toEqual(["a", "d", "c", "b"]);
    expect(rows.map(({ share }) => share)).toEqual([0.6, 0.2, 0.1, 0.1]);
    expect(rows.map(({ cumulativeShare }) => Number(cumulativeShare.toFixed(12)))).toEqual([0.6, 0.8, 0.9, 1]);
    expect(rest).toBeNull();
  });

  test("says how many stand behind the first ones, and what share they have", () => {
    const { rows, rest } = paretoOf(classes, 2);
    expect(rows.map(({ key }) => key)).toEqual(["a", "d"]);
    expect(rest!.classes).toBe(2);
    expect(rest!.share).toBeCloseTo(0.2, 12);
  });

  test("is empty where there is no error", () => {
    expect(paretoOf([{ key: "a", audits: 0, weight: 0 }], 5)).toEqual({ rows: [], rest: null });
  });
});

describe("windows around a version", () => {
  const version = { effectiveFrom: day("2026-01-15"), graceHours: 72 };

  test("are equally long, and touch where it took effect", () => {
    expect(impactWindows(version, 14, day("2026-03-01"))).toEqual({
      before: { from: day("2026-01-01"), to: day("2026-01-15") },
      after: { from: day("2026-01-15"), to: day("2026-01-29") },
      graceUntil: day("2026-01-18"),
      isComplete: true,
    });
  });

  test("end now where the time after has not passed yet", () => {
    const { after, isComplete } = impactWindows(version, 14, day("2026-01-20"));
    expect([after.to, isComplete]).toEqual([day("2026-01-20"), false]);
  });

  test.each([[null], [day("2026-04-01")]])("are refused of a version that takes effect at %s", (effectiveFrom) => {
    expect(() => impactWindows({ effectiveFrom, graceHours: 0 }, 14, day("2026-03-01"))).toThrow("has not taken effect yet");
  });

  test.each([[0], [367], [-1]])("are refused of %i days", (days) => {
    expect(() => impactWindows(version, days, day("2026-03-01"))).toThrow("1 to 366");
  });
});
