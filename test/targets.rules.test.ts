import { describe, expect, test } from "vitest";
import { type FixedScope, narrowest, statusOf, type TargetScope } from "../src/targets/rules.ts";

const target = (id: string, of: Partial<TargetScope> = {}): TargetScope => ({
  projectId: "p", id, measure: "ACCURACY", queueId: null, market: null, vendorId: null, tenureBucket: null, value: 0.95, nMin: 30,
  validFrom: "2026-01-01", validTo: null, ...of,
});
const anything: FixedScope = { projectId: "p", queueId: "q", market: "id-ID", vendorId: "v", tenureBucket: "D0_30" };

describe("the narrowest target", () => {
  test.each<[string, TargetScope[], Partial<FixedScope>, string | null]>([
    ["of the project where nothing else is", [target("project")], {}, "project"],
    ["of another project or measure is none", [target("a", { projectId: "x" }), target("b", { measure: "F1" })], {}, null],
    ["names more keys", [target("queue", { queueId: "q" }), target("pair", { market: "id-ID", vendorId: "v" })], {}, "pair"],
    ["of as many keys names the earlier one: queue before market", [target("market", { market: "id-ID" }), target("queue", { queueId: "q" })], {}, "queue"],
    ["market before vendor", [target("vendor", { vendorId: "v" }), target("market", { market: "id-ID" })], {}, "market"],
    ["vendor before tenure", [target("tenure", { tenureBucket: "D0_30" }), target("vendor", { vendorId: "v" })], {}, "vendor"],
    ["with the earlier first key of two", [target("later", { market: "id-ID", vendorId: "v" }), target("first", { queueId: "q", tenureBucket: "D0_30" })], {}, "first"],
    ["holds for all of the group: a queue's doesn't for several", [target("project"), target("queue", { queueId: "q" })], { queueId: null }, "project"],
    ["is not another vendor's", [target("project"), target("other", { vendorId: "w" })], {}, "project"],
    ["has begun", [target("project"), target("soon", { vendorId: "v", validFrom: "2026-02-01" })], {}, "project"],
    ["has not ended: its last day is the one before validTo", [target("project"), target("past", { vendorId: "v", validTo: "2026-01-31" })], {}, "project"],
    ["holds on the day before validTo", [target("project"), target("vendor", { vendorId: "v", validTo: "2026-02-01" })], {}, "vendor"],
    ["of several projects at once is none", [target("project")], { projectId: null }, null],
  ])("%s", (_, targets, fixed, id) => {
    for (const order of [targets, [...targets].reverse()]) {
      expect(narrowest(order, "ACCURACY", { ...anything, ...fixed }, "2026-01-31")?.id ?? null).toBe(id);
    }
  });
});

describe("the status to a target of 0.95", () => {
  const figure = (value: number | null, low: number, high: number, n = 30) => ({ value, n, interval: value === null ? null : { low, high } });
  test.each<[Parameters<typeof statusOf>[0], boolean, string | null]>([
    [figure(0.9, 0.85, 0.949), true, "BELOW"],
    [figure(0.9, 0.85, 0.95), true, "AT_RISK"],
    [figure(0.9499, 0.9, 0.97), true, "AT_RISK"],
    [figure(0.95, 0.9, 0.97), true, "MET"],
    [figure(0.95 - 1e-14, 0.9, 0.97), true, "MET"],
    [figure(0.99, 0.951, 1), false, "BELOW"],
    [figure(0.99, 0.95, 1), false, "AT_RISK"],
    [figure(0.95, 0.9, 1), false, "MET"],
    [figure(0.5, 0.4, 0.6, 29), true, null],
    [figure(null, 0, 0), true, null],
    [{ value: 0.9, n: 30, interval: null }, true, "BELOW"],
    [{ value: 0.9, n: null, interval: null }, true, null],
  ])("%o, higher is better %s: %s", (value, isHigherBetter, status) => {
    expect(statusOf(value, { value: 0.95, nMin: 30 }, isHigherBetter)).toBe(status);
  });
});
