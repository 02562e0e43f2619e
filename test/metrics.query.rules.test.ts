import { describe, expect, test } from "vitest";
import { pageRows } from "../src/core/rows.ts";
import type { Viewer } from "../src/core/viewer.ts";
import type { Measure } from "../src/measures/measures.rules.ts";
import { type AuditChoice, checkAccess, checkOrder, checkShape, readRange, reachOfQuery } from "../src/metrics/query.rules.ts";

describe("ranges", () => {
  const asOf = new Date("2026-02-04T18:30:00Z"); // Thursday the 5th in Jakarta
  const jakarta = { timeZone: "Asia/Jakarta", weekStart: 0 };
  test.each<[object, string, string]>([
    [{ from: "2026-01-01", to: "2026-01-02" }, "2025-12-31T17:00:00.000Z", "2026-01-01T17:00:00.000Z"],
    [{ last: { unit: "DAY", n: 1 } }, "2026-02-03T17:00:00.000Z", "2026-02-04T17:00:00.000Z"],
    [{ last: { unit: "DAY", n: 1 }, timeZone: "UTC" }, "2026-02-03T00:00:00.000Z", "2026-02-04T00:00:00.000Z"],
    [{ last: { unit: "WEEK", n: 2 }, timeZone: "UTC" }, "2026-01-19T00:00:00.000Z", "2026-02-02T00:00:00.000Z"],
    [{ last: { unit: "MONTH", n: 1 } }, "2025-12-31T17:00:00.000Z", "2026-01-31T17:00:00.000Z"],
  ])("%j is %s to %s", (asked, from, to) => {
    expect(readRange(asked, [jakarta], false, asOf)).toMatchObject({ from: new Date(from), to: new Date(to) });
  });

  test("a unit that ends at asOf is whole", () => {
    const end = new Date("2026-02-02T00:00:00Z");
    expect(readRange({ last: { unit: "WEEK", n: 1 } }, [{ timeZone: "UTC", weekStart: 0 }], false, end).to).toEqual(end);
  });

  test.each<[object, string]>([
    [{}, "either from and to, or last"],
    [{ from: "2026-01-01" }, "either from and to, or last"],
    [{ from: "2026-01-01", to: "2026-01-02", last: { unit: "DAY", n: 1 } }, "either from and to, or last"],
    [{ from: "2026-01-02", to: "2026-01-02" }, "must be before"],
    [{ last: { unit: "DAY", n: 0 } }, "must be 1 to 10,000"],
    [{ from: "2026-01-01", to: "2026-01-02", timeZone: "Mars" }, "not an IANA time zone"],
    [{ from: "2026-01-01", to: "2026-01-02", timeZone: "+07:00" }, "not an IANA time zone"],
  ])("%j is refused: %s", (asked, message) => {
    expect(() => readRange(asked, [jakarta], false, asOf)).toThrow(message);
  });

  test("nothing was known before 1970", () => {
    expect(() => readRange({ last: { unit: "MONTH", n: 10_000 } }, [jakarta], false, new Date("0001-01-01T00:00:00Z"))).toThrow("before 1970");
    expect(readRange({ last: { unit: "MONTH", n: 10_000 } }, [jakarta], false, new Date(0)).from.getUTCFullYear()).toBe(1136);
  });

  test("projects must agree on what the query leaves open", () => {
    const projects = [jakarta, { timeZone: "UTC", weekStart: 6 }];
    const days = { from: "2026-01-01", to: "2026-01-02" };
    expect(() => readRange(days, projects, false, asOf)).toThrow("time zones differ");
    expect(() => readRange({ ...days, timeZone: "UTC" }, projects, true, asOf)).toThrow("weeks start on different days");
    expect(readRange({ ...days, timeZone: "UTC" }, projects, false, asOf)).toMatchObject({ timeZone: "UTC" });
  });
});

describe("who may ask what", () => {
  const viewer = (role: Viewer["role"], of: Partial<Viewer> = {}): Viewer => ({
    principalId: "x",
    role,
    grants: [],
    projectIds: [],
    vendorId: null,
    teamId: null,
    labelerId: null,
    scopes: null,
    expiresAt: null,
    ...of,
  });
  const choice: AuditChoice = { timeAxis: "DECIDED_AT", layer: "CLIENT", purposes: ["RISK", "RANDOM"], score: "CURRENT" };
  const check =
    (by: Viewer, measure: Measure, of: Partial<AuditChoice> = {}) =>
    () =>
      checkAccess(by, [measure], [], {}, { ...choice, ...of });

  test.each(["VENDOR_MANAGER", "VENDOR_QA", "LABELER", "AUDITOR"] as const)("golden figures are not for %s", (role) => {
    expect(check(viewer(role, { vendorId: "v" }), "GOLDEN_ACCURACY")).toThrow("Golden items are not for");
    expect(check(viewer(role, { vendorId: "v" }), "ACCURACY")).not.toThrow();
  });

  test.each(["ADMIN", "QA_LEAD", "POLICY_MANAGER", "ANALYST"] as const)("golden figures are for %s", (role) => {
    expect(check(viewer(role), "GOLDEN_ACCURACY")).not.toThrow();
  });

  test("machine clients need the scope; a vendor's own is a partner", () => {
    expect(check(viewer("SERVICE", { scopes: new Set(["audits:read"]) }), "ACCURACY")).toThrow("metrics:read");
    const service = viewer("SERVICE", { scopes: new Set(["metrics:read"]) });
    expect(check(service, "GOLDEN_ACCURACY")).not.toThrow();
    expect(check({ ...service, vendorId: "v" }, "GOLDEN_ACCURACY")).toThrow("Golden items are not for");
  });

  test("purposes without an inclusion probability stand alone, and partners choose none of the client's", () => {
    const lead = viewer("QA_LEAD");
    expect(check(lead, "ACCURACY", { purposes: ["TARGETED"] })).not.toThrow();
    expect(check(lead, "ACCURACY", { purposes: ["RANDOM", "RISK", "RAMP"] })).not.toThrow();
    expect(check(lead, "ACCURACY", { purposes: ["RANDOM", "TARGETED"] })).toThrow("MIXED_PURPOSES");
    expect(check(lead, "ACCURACY", { purposes: ["TARGETED", "GOLDEN"] })).toThrow("MIXED_PURPOSES");
    expect(check(lead, "ACCURACY", { purposes: [] })).toThrow("at least one");
    const partner = viewer("VENDOR_QA", { vendorId: "v" });
    expect(check(partner, "ACCURACY", { purposes: ["RANDOM"] })).toThrow("can't be chosen");
    expect(check(partner, "ACCURACY", { purposes: ["RANDOM"], layer: "VENDOR" })).not.toThrow();
    expect(check(partner, "ACCURACY", { purposes: ["GOLDEN"], layer: "VENDOR" })).toThrow("Golden items are not for");
    expect(check(viewer("AUDITOR"), "ACCURACY", { purposes: ["GOLDEN"] })).toThrow("Golden items are not for");
  });

  test("policy managers see no labelers, so they don't group or filter by them", () => {
    expect(() => checkAccess(viewer("POLICY_MANAGER"), ["ACCURACY"], ["LABELER"], {}, choice)).toThrow("LABELER");
    expect(() => checkAccess(viewer("POLICY_MANAGER"), ["ACCURACY"], [], { labelerIds: ["l"] }, choice)).toThrow("LABELER");
  });

  test("a partner's question is about their own rows, whatever the filter says", () => {
    expect(reachOfQuery(viewer("VENDOR_QA", { vendorId: "v1" }), ["p"], { vendorIds: ["v1", "v2"] })).toEqual({
      projectIds: ["p"],
      vendorIds: ["v1"],
    });
    expect(reachOfQuery(viewer("LABELER", { vendorId: "v1", labelerId: "l1" }), ["p"], {})).toEqual({
      projectIds: ["p"],
      vendorIds: ["v1"],
      labelerIds: ["l1"],
    });
    expect(() => reachOfQuery(viewer("QA_LEAD"), ["p"], { queueIds: [{ projectId: "q", id: "x" }] })).toThrow("not asked for");
  });
});

test("shapes that can't be answered are refused", () => {
  expect(() => checkShape([], [], "DECIDED_AT")).toThrow("at least one");
  expect(() => checkShape(["ACCURACY", "ACCURACY"], [], "DECIDED_AT")).toThrow("twice");
  expect(() => checkShape(["ACCURACY"], ["DAY", "DAY"], "DECIDED_AT")).toThrow("twice");
  expect(() => checkShape(["GOLDEN_ACCURACY"], [], "PUBLISHED_AT")).toThrow("GOLDEN_ACCURACY has no PUBLISHED_AT");
  expect(() => checkOrder([{ dimension: "DAY", direction: "ASC" }], [], ["ACCURACY"], 1)).toThrow("not among groupBy");
  expect(() => checkOrder([{ measure: "ERROR_RATE", direction: "ASC" }], [], ["ACCURACY"], 1)).toThrow("not among measures");
  expect(() => checkOrder([{ direction: "ASC" }], [], ["ACCURACY"], 1)).toThrow("either a dimension or a measure");
  expect(() => checkOrder([], [], ["ACCURACY"], 10_001)).toThrow("0 to 10,000");
});

test("rows page in order, nulls last, and a cursor outlives its row", () => {
  const rows = [
    ["b", 1],
    ["a", null],
    ["c", 1],
    ["d", 0.5],
  ].map(([name, value]) => ({ row: name, key: [value!, name!] }));
  const byValue = { name: "VALUE DESC", isDescending: [true] };
  const all = pageRows(rows, byValue, 10, null);
  expect(all).toMatchObject({ rows: ["b", "c", "d", "a"], hasNextPage: false });
  const first = pageRows(rows, byValue, 2, null);
  expect(first).toMatchObject({ rows: ["b", "c"], hasNextPage: true });
  expect(
    pageRows(
      rows.filter(({ row }) => row !== "c"),
      byValue,
      2,
      first.endCursor,
    ),
  ).toMatchObject({ rows: ["d", "a"], hasNextPage: false });
  expect(pageRows(rows, byValue, 0, null)).toMatchObject({ rows: [], hasNextPage: true, endCursor: null });
  expect(pageRows([], byValue, 5, first.endCursor).rows).toEqual([]);
  for (const cursor of ["x", Buffer.from("[1]").toString("base64url"), Buffer.from("[{}]").toString("base64url")]) {
    expect(() => pageRows(rows, byValue, 2, cursor)).toThrow("not a cursor");
  }
  expect(() => pageRows(rows, { name: "VALUE ASC", isDescending: [false] }, 2, first.endCursor)).toThrow("in this order");
});
