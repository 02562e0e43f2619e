import { describe, expect, test } from "vitest";
import { checkTarget, type PeerFigure, placePeers, positionOf } from "../src/charts/funnel.rules.ts";
import type { MetricValue } from "../src/measures/estimates.rules.ts";

const queue = { projectId: "p", id: "q" };
const peer = (id: string, x: number, n: number, value: number | null = x / n): PeerFigure => ({
  of: "LABELER",
  id,
  effectiveN: n,
  errorRate: { measure: "ERROR_RATE", value, n, numerator: x, denominator: n, weighted: false, suppressed: false, interval: null, reason: null } as MetricValue,
});
const group = (members: PeerFigure[], bucket: "D0_30" | null = null) => ({ queue, tenureBucket: bucket, members });
// metrics.md 9, "Shrinkage", as errors.
const PEERS = [peer("a", 2, 20), peer("b", 1, 30), peer("c", 10, 25), peer("d", 2, 40), peer("e", 0, 20)];

describe("peers", () => {
  test("are shrunken towards each other, and ranked by that where they have 30 audits", () => {
    const [{ k, reference, rho, reason, points }] = placePeers([group(PEERS)], null) as [ReturnType<typeof placePeers>[0]];
    expect([k, reason, Number(rho!.toFixed(6)), reference]).toEqual([5, null, 0.225654, 15 / 135]);
    expect(points.map(({ id, shrunken, rank }) => [id, Number(shrunken!.toFixed(6)), rank])).toEqual([
      ["c", 0.365132, null], ["a", 0.101627, null], ["d", 0.054828, 2], ["b", 0.041317, 1], ["e", 0.016272, null],
    ]);
  });

  test("lie within limits at their own counts, and are flagged where they are worse by more than chance", () => {
    const [{ points }] = placePeers([group(PEERS)], null) as [ReturnType<typeof placePeers>[0]];
    const worst = points[0]!;
    // 1/9 ± z √(1/9 · 8/9 / 25).
    expect(worst.inner!.high).toBeCloseTo(1 / 9 + 1.96 * Math.sqrt(8 / 81 / 25), 12);
    expect(worst.outer!.high).toBeCloseTo(1 / 9 + 3.09 * Math.sqrt(8 / 81 / 25), 12);
    expect([worst.position, worst.isFlagged]).toEqual(["ABOVE_998", true]);
    expect(points.slice(1).map(({ position, isFlagged }) => [position, isFlagged])).toEqual(Array.from({ length: 4 }, () => ["IN", false]));
  });

  test("are held against a target instead, also where they are few", () => {
    const [{ k, reference, rho, reason, points }] = placePeers([group(PEERS.slice(0, 3))], 0.05) as [ReturnType<typeof placePeers>[0]];
    expect([k, reference, rho, reason]).toEqual([3, 0.05, null, "TOO_FEW"]);
    expect(points.map(({ id, shrunken, rank, isFlagged }) => [id, shrunken, rank, isFlagged])).toEqual([
      ["c", null, null, true], ["a", null, null, false], ["b", null, null, false],
    ]);
  });

  test("are nothing to each other where they are few", () => {
    const [{ reference, points }] = placePeers([group(PEERS.slice(0, 4))], null) as [ReturnType<typeof placePeers>[0]];
    expect(reference).toBeNull();
    expect(points[0]).toMatchObject({ id: "c", shrunken: null, inner: null, outer: null, position: null, pValue: null, isFlagged: false, rank: null });
  });

  test("share a rank where they are equal, and those without a value are left out", () => {
    const equal = ["a", "b", "c", "d", "e", "f"].map((id) => peer(id, 2, 40));
    const [{ k, points }] = placePeers([group([...equal, peer("g", 0, 50, null)])], null) as [ReturnType<typeof placePeers>[0]];
    expect([k, points.map(({ rank }) => rank)]).toEqual([6, [1, 1, 1, 1, 1, 1]]);
  });

  test("are flagged among all that are tested, whatever their group", () => {
    // p of 5 of 40 against 0.05 is 0.0147: flagged alone, not among twenty.
    const alone = placePeers([group([peer("a", 5, 40)])], 0.05);
    const calm = Array.from({ length: 20 }, (_, index) => peer(`b${index}`, 1, 40));
    const among = placePeers([group([peer("a", 5, 40)]), group(calm, "D0_30")], 0.05);
    const flagOf = (groups: ReturnType<typeof placePeers>) => groups.flatMap(({ points }) => points).find(({ id }) => id === "a")!.isFlagged;
    expect([flagOf(alone), flagOf(among)]).toEqual([true, false]);
    expect(among.map(({ tenureBucket }) => tenureBucket)).toEqual(["D0_30", null]);
  });
});

test.each([
  [0.09, "BELOW_998"], [0.1, "BELOW_95"], [0.19, "BELOW_95"], [0.2, "IN"], [0.4, "IN"], [0.41, "ABOVE_95"], [0.5, "ABOVE_95"], [0.51, "ABOVE_998"],
])("a rate of %d is %s", (rate, position) => {
  expect(positionOf(rate, { low: 0.2, high: 0.4 }, { low: 0.1, high: 0.5 })).toBe(position);
});

test.each([0, 1, -0.1, Number.NaN])("a target can't be %d", (target) => {
  expect(() => checkTarget(target)).toThrow("target");
});
