import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { actionTasks } from "../src/actions/jobs.ts";
import {
  checkAction, checkGoal, checkPlan, checkWindows, ERROR_RATES, extendedTo, isOverdue, judge, type Plan, seesFigures, settle, windowEnd,
} from "../src/actions/rules.ts";
import { ACTION_STATES } from "../src/actions/table.ts";
import { encodeId } from "../src/core/ids.ts";
import { SYSTEM_VIEWER } from "../src/core/viewer.ts";
import { ESCALATION_STATES } from "../src/escalations/table.ts";
import { wilson } from "../src/stats/proportions.ts";

const Z_90 = 1.6448536269514722;
const refusal = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    const { message, path, code } = error as { message: string; path: string[]; code: string };
    return { message, path: path.join("."), code };
  }
  return null;
};
const rate = (x: number, n: number) => {
  const { low, high } = wilson(x / n, n, Z_90);
  return { value: x / n, numerator: x, denominator: n, n, low, high };
};

describe("effectiveness", () => {
  it.each([
    ["24/300 to 14/300", rate(24, 300), rate(14, 300), 30, "EFFECTIVE", -0.033333, -0.000367],
    ["12/150 to 6/150", rate(12, 150), rate(6, 150), 30, "INCONCLUSIVE", -0.04, 0.006094],
    ["too few", rate(24, 300), rate(14, 300), 301, "INCONCLUSIVE", -0.033333, -0.000367],
    ["over the target", rate(24, 300), rate(16, 300), 30, "NOT_EFFECTIVE", -0.026667, null],
  ] as const)("is judged by the difference of both windows: %s", (_, baseline, check, nMin, verdict, difference, high) => {
    const found = judge(baseline, check, { target: 0.05, nMin });
    expect(found.verdict).toBe(verdict);
    expect(found.figures.difference!.value).toBeCloseTo(difference, 6);
    if (high !== null) expect(found.figures.difference!.high).toBeCloseTo(high, 6);
    expect(found.figures).toMatchObject({ baseline, check });
  });

  it("is not known where a window has no figure", () => {
    const nothing = { value: null, numerator: 0, denominator: 0, n: 0, low: null, high: null };
    expect(judge(nothing, rate(1, 90), { target: 0.05, nMin: 1 })).toMatchObject({ verdict: "INCONCLUSIVE", figures: { difference: null } });
    expect(judge(rate(9, 90), nothing, { target: 0.05, nMin: 1 }).verdict).toBe("INCONCLUSIVE");
  });

  it("that is unknown once extends the window, and twice is none", () => {
    expect(settle("EFFECTIVE", false)).toEqual({ result: "EFFECTIVE", outcome: "CLOSE" });
    expect(settle("EFFECTIVE", true)).toEqual({ result: "EFFECTIVE", outcome: "CLOSE" });
    expect(settle("INCONCLUSIVE", false)).toEqual({ result: "INCONCLUSIVE", outcome: "EXTEND" });
    expect(settle("INCONCLUSIVE", true)).toEqual({ result: "NOT_EFFECTIVE", outcome: "INVESTIGATE" });
    expect(settle("NOT_EFFECTIVE", false)).toEqual({ result: "NOT_EFFECTIVE", outcome: "INVESTIGATE" });
  });

  it("is found out when an escalation says that its check is due", () => {
    const [task] = actionTasks;
    const dueAfter = (type: string, payload: object) => task!.dueAfter({ type, payload } as never)?.toISOString() ?? null;
    expect(dueAfter("escalation.verifying", { checkDueAt: "2026-03-14T17:00:00.000Z" })).toBe("2026-03-14T17:00:00.000Z");
    expect(dueAfter("escalation.closed", {})).toBeNull();
    expect(dueAfter("sla.threshold", { checkDueAt: "2026-03-14T17:00:00.000Z" })).toBeNull();
  });

  it("is of rates that say how often decisions go wrong", () => {
    expect([...ERROR_RATES].sort()).toEqual([
      "CRITICAL_ERROR_RATE", "ERROR_RATE", "OVER_ENFORCEMENT_RATE", "OVER_ENFORCEMENT_SHARE", "PROCESS_ERROR_RATE", "UNDER_ENFORCEMENT_RATE",
      "UNDER_ENFORCEMENT_SHARE",
    ]);
  });

  it("is told to partners whose rows alone are in it", () => {
    const [mine, others] = ["0196f000-0000-7000-8000-000000000001", "0196f000-0000-7000-8000-000000000002"] as const;
    const gid = (id: string) => encodeId("Vendor", { projectId: null, id });
    const manager = { ...SYSTEM_VIEWER, role: "VENDOR_MANAGER" as const, vendorId: mine };
    const of = (...ids: string[]) => ({ filter: { vendorIds: ids.map(gid) } });
    expect(seesFigures({ ...manager, role: "QA_LEAD", vendorId: null }, { filter: {} })).toBe(true);
    expect(seesFigures(manager, of(mine))).toBe(true);
    const filters: Parameters<typeof seesFigures>[1][] = [{ filter: {} }, { filter: { vendorIds: null } }, of(others), of(mine, others)];
    expect(filters.map((each) => seesFigures(manager, each))).toEqual(Array(4).fill(false));
    expect(seesFigures({ ...manager, teamId: mine }, of(mine))).toBe(false);
  });
});

describe("windows of a check", () => {
  const windows = { baselineFrom: "2026-01-01", baselineTo: "2026-02-01", checkFrom: "2026-03-01", checkTo: "2026-03-15" };
  it.each([
    ["in order", {}, null],
    ["an empty baseline", { baselineTo: "2026-01-01" }, "baselineWindow.to"],
    ["a check in the baseline", { baselineTo: "2026-03-02" }, "checkWindow.from"],
    ["a check right behind the baseline", { baselineTo: "2026-03-01" }, null],
    ["an empty check", { checkTo: "2026-03-01" }, "checkWindow.to"],
    ["a check that has begun", { checkFrom: "2026-02-19" }, "checkWindow.from"],
    ["a check from today on", { checkFrom: "2026-02-20" }, null],
  ])("%s", (_, part, path) => {
    expect(refusal(() => checkWindows({ ...windows, ...part }, "2026-02-20"))?.path ?? null).toBe(path);
  });

  it("end with the last day in the project's zone, and extended become twice as long", () => {
    expect(windowEnd(windows, "Asia/Jakarta").toISOString()).toBe("2026-03-14T17:00:00.000Z");
    expect(extendedTo(windows)).toBe("2026-03-29");
  });

  it.each([[0, 1, null], [1, 1_000_000, null], [-0.01, 1, "target"], [1.01, 1, "target"], [NaN, 1, "target"], [0.5, 0, "nMin"], [0.5, 1_000_001, "nMin"]])(
    "with a target of %d and %d audits", (target, nMin, path) => {
      expect(refusal(() => checkGoal(target, nMin))?.path ?? null).toBe(path);
    },
  );
});

describe("a plan", () => {
  const plan: Plan = { kinds: ["CONTAINMENT", "CORRECTIVE"], bareCauses: [], hasRootCause: true, hasCheck: true, isCheckBegun: false };
  it.each([
    ["whole", {}, null],
    ["without a root cause", { hasRootCause: false }, /no root cause/],
    ["that leaves a root cause alone", { bareCauses: ["POLICY/GAP"] }, /POLICY\/GAP/],
    ["without a corrective action", { kinds: ["CONTAINMENT", "PREVENTIVE"] }, /CORRECTIVE/],
    ["that nobody checks", { hasCheck: false }, /planEffectivenessCheck/],
    ["whose check has begun", { isCheckBegun: true }, /planEffectivenessCheck anew/],
  ] as const)("%s", (_, part, message) => {
    const found = refusal(() => checkPlan({ ...plan, ...part }));
    if (message) expect(found).toMatchObject({ code: "CONFLICT", path: "escalationId", message: expect.stringMatching(message) });
    else expect(found).toBeNull();
  });
});

describe("an action", () => {
  const now = new Date("2026-02-20T00:00:00Z");
  const given = { kind: "CORRECTIVE" as const, title: " Teach it. ", ownerId: "x", dueAt: new Date("2026-02-21T00:00:00Z") };
  const path = (field: string) => ["actions", "3", field];
  it("is trimmed, and due in time to come", () => {
    expect(checkAction(given, now, path)).toEqual({ ...given, title: "Teach it.", description: null });
    expect(refusal(() => checkAction({ ...given, dueAt: now }, now, path))?.path).toBe("actions.3.dueAt");
    expect(refusal(() => checkAction({ ...given, title: " " }, now, path))?.path).toBe("actions.3.title");
    expect(refusal(() => checkAction({ ...given, description: "" }, now, path))?.path).toBe("actions.3.description");
  });

  it("is overdue while it is still to be done after its time", () => {
    fc.assert(fc.property(fc.constantFrom(...ACTION_STATES), fc.constantFrom(...ESCALATION_STATES), fc.integer({ min: -3, max: 3 }), (state, escalation, late) => {
      const isUndone = ["PROPOSED", "APPROVED", "IN_PROGRESS"].includes(state) && !["DUPLICATE", "REJECTED", "CANCELLED"].includes(escalation);
      expect(isOverdue({ state, dueAt: new Date(now.getTime() - late) }, escalation, now)).toBe(isUndone && late > 0);
    }));
  });
});
