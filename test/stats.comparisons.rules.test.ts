import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { correctForAuditors } from "../src/stats/corrected.ts";
import { discoveries } from "../src/stats/discoveries.ts";
import { effectivenessOf } from "../src/stats/effectiveness.ts";
import { funnelLimits, shrink } from "../src/stats/funnel.ts";
import { moverDifference } from "../src/stats/mover.ts";
import { wilson } from "../src/stats/proportions.ts";
import { zOfLevel } from "../src/stats/quantiles.ts";
import { equalProportionsTest, scoreTest, stratifiedTest, twoProportionTest } from "../src/stats/significance.ts";

const share = (x: number, n: number, level = 0.95) => ({ value: x / n, interval: wilson(x / n, n, zOfLevel(level)) });
const anyShare = fc.integer({ min: 1, max: 500 }).chain((n) => fc.nat(n).map((x) => ({ x, n })));

describe("differences", () => {
  it("meet the check vector of Newcombe, mirror each other and stay in -1..1", () => {
    const { low, high } = moverDifference(share(56, 70), share(48, 80));
    expect([low, high]).toEqual([expect.closeTo(0.052431, 6), expect.closeTo(0.333873, 6)]);
    fc.assert(fc.property(anyShare, anyShare, (a, b) => {
      const [one, other] = [moverDifference(share(a.x, a.n), share(b.x, b.n)), moverDifference(share(b.x, b.n), share(a.x, a.n))];
      expect([one.low, one.high]).toEqual([expect.closeTo(-other.high, 12), expect.closeTo(-other.low, 12)]);
      expect(one.low).toBeGreaterThanOrEqual(-1 - 1e-12);
      expect(one.high).toBeLessThanOrEqual(1 + 1e-12);
    }));
  });

  it.each([
    ["24/300 to 14/300", [24, 300], [14, 300], 30, -0.033333, -0.000367, "EFFECTIVE"],
    ["12/150 to 6/150", [12, 150], [6, 150], 30, -0.04, 0.006094, "INCONCLUSIVE"],
    ["still over the target", [90, 300], [16, 300], 30, -0.246667, -0.196, "NOT_EFFECTIVE"],
    ["on the target", [90, 300], [15, 300], 30, -0.25, -0.2, "EFFECTIVE"],
    ["just enough to see", [24, 300], [14, 300], 300, -0.033333, -0.000367, "EFFECTIVE"],
    ["too few to see", [24, 300], [14, 300], 301, -0.033333, -0.000367, "INCONCLUSIVE"],
  ] as const)("of a correction: %s", (_, [x0, n0], [x1, n1], nMin, value, high, verdict) => {
    const result = effectivenessOf({ baseline: share(x0, n0, 0.9), check: share(x1, n1, 0.9), checkN: n1, nMin, target: 0.05 });
    expect(result.verdict).toBe(verdict);
    expect(result.difference!.value).toBeCloseTo(value, 6);
    if (x0 < 90) expect(result.difference!.interval.high).toBeCloseTo(high, 6);
  });

  it("of a correction are unknown without data on both sides", () => {
    for (const [baseline, check] of [[null, share(1, 9)], [share(1, 9), null]] as const) {
      expect(effectivenessOf({ baseline, check, checkN: 9, nMin: 1, target: 0.05 })).toEqual({ verdict: "INCONCLUSIVE", difference: null });
    }
  });
});

describe("significance", () => {
  it("of two proportions and of k is one for two: z² is chi-square", () => {
    fc.assert(fc.property(anyShare, anyShare, (a, b) => {
      const [two, k] = [twoProportionTest(a, b), equalProportionsTest([a, b])];
      expect(two === null).toBe(k === null);
      if (!two || !k) return;
      expect(two.z ** 2).toBeCloseTo(k.chiSquare, 8);
      expect(two.pValue).toBeCloseTo(k.pValue, 10);
      expect(twoProportionTest(b, a)!.z).toBeCloseTo(-two.z, 12);
    }));
  });

  it.each([
    ["nothing", [], []],
    ["an empty group", [{ x: 0, n: 0 }, { x: 1, n: 2 }], []],
    ["all right", [{ x: 0, n: 5 }, { x: 0, n: 9 }], []],
    ["all wrong", [{ x: 5, n: 5 }, { x: 9, n: 9 }], []],
  ])("says nothing of %s", (_, shares) => {
    expect(equalProportionsTest(shares)).toBeNull();
    if (shares.length === 2) expect(twoProportionTest(shares[0]!, shares[1]!)).toBeNull();
  });

  it("leaves out groups without cases, and refuses what is no count", () => {
    const two = [{ x: 3, n: 9 }, { x: 5, n: 9 }];
    expect(equalProportionsTest([...two, { x: 0, n: 0 }])).toEqual(equalProportionsTest(two));
    expect(() => twoProportionTest({ x: 3, n: 2 }, { x: 0, n: 1 })).toThrow(RangeError);
  });

  it.each([
    [0.9, 100, 0.95, "BELOW", -2.294157, 0.010891],
    [0.9, 100, 0.95, "ABOVE", -2.294157, 0.989109],
    [0.95, 100, 0.95, "BELOW", 0, 0.5],
    [0.99, 100, 1, "BELOW", null, 0],
    [1, 100, 1, "BELOW", null, 1],
    [0.01, 100, 0, "ABOVE", null, 0],
    [0, 100, 0, "ABOVE", null, 1],
  ] as const)("of %f of %i against %f, %s: z %o, p %f", (value, n, reference, side, z, p) => {
    const result = scoreTest({ value, n }, reference, side);
    if (z === null) expect(result.z).toBeNull();
    else expect(result.z).toBeCloseTo(z, 6);
    expect(result.pValue).toBeCloseTo(p, 6);
  });

  it("within strata is not fooled by the mix of them", () => {
    // Within each stratum both groups do alike; together, 0.82 against 0.28.
    const alike = [[[80, 8], [20, 2]], [[2, 20], [8, 80]]] as const;
    expect(stratifiedTest(alike)).toMatchObject({ chiSquare: 0, pValue: 1, commonOddsRatio: 1 });
    expect(stratifiedTest([[[82, 28], [28, 82]]])!.pValue).toBeLessThan(1e-10);
    expect(stratifiedTest([])).toBeNull();
    expect(stratifiedTest([[[5, 0], [3, 0]], [[1, 0], [0, 0]]])).toBeNull();
    expect(stratifiedTest([[[5, 0], [0, 3]]])).toMatchObject({ commonOddsRatio: null });
  });

  it("of one stratum without correction is the test of two proportions, but for n - 1", () => {
    fc.assert(fc.property(anyShare, anyShare, (a, b) => {
      const [two, strata] = [twoProportionTest(a, b), stratifiedTest([[[a.x, b.x], [a.n - a.x, b.n - b.x]]])];
      const n = a.n + b.n;
      if (!two) expect(strata).toBeNull();
      else expect(strata!.uncorrected.chiSquare).toBeCloseTo((two.z ** 2 * (n - 1)) / n, 8);
    }));
  });
});

describe("discoveries", () => {
  it("are those of the definition: the largest k with p(k) at most kq/m, and all below", () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), fc.constantFrom(0.01, 0.05, 0.3), (pValues, q) => {
      const found = discoveries(pValues, q);
      const sorted = pValues.toSorted((a, b) => a - b);
      const k = sorted.findLastIndex((p, i) => p <= ((i + 1) * q) / pValues.length) + 1;
      expect(found.filter(({ isRejected }) => isRejected)).toHaveLength(k);
      found.forEach(({ adjusted, isRejected }, i) => {
        expect(adjusted).toBeGreaterThanOrEqual(pValues[i]!);
        expect(isRejected).toBe(k > 0 && pValues[i]! <= sorted[k - 1]!);
      });
    }));
  });

  it("need probabilities", () => {
    expect(discoveries([])).toEqual([]);
    for (const p of [-0.1, 1.1, Number.NaN]) expect(() => discoveries([p])).toThrow(RangeError);
  });
});

describe("peers", () => {
  const PEERS = [[18, 20], [29, 30], [15, 25], [38, 40], [20, 20]].map(([x, n]) => ({ x: x!, n: n! }));

  it("shrink as the check vector says", () => {
    const { rho, shrunken } = shrink(PEERS)!;
    expect(rho).toBeCloseTo(0.225654, 6);
    expect(shrunken.map((each) => each.toFixed(6))).toEqual(["0.898373", "0.958683", "0.634868", "0.945172", "0.983728"]);
  });

  it("are drawn towards the group's rate, the more the less is known of them, and in any order alike", () => {
    fc.assert(fc.property(fc.array(anyShare, { minLength: 5, maxLength: 20 }), (peers) => {
      const { pooled, rho, shrunken } = shrink(peers)!;
      expect(rho).toBeGreaterThanOrEqual(0);
      expect(rho).toBeLessThan(1);
      peers.forEach(({ x, n }, i) => {
        const [raw, drawn] = [x / n, shrunken[i]!];
        expect(Math.abs(drawn - pooled)).toBeLessThanOrEqual(Math.abs(raw - pooled) + 1e-12);
        expect((drawn - pooled) * (raw - pooled)).toBeGreaterThanOrEqual(-1e-12);
      });
      shrink(peers.toReversed())!.shrunken.toReversed().forEach((each, i) => expect(each).toBeCloseTo(shrunken[i]!, 9));
    }));
  });

  it.each([
    ["all alike", [9, 9, 9, 9, 9].map((x) => ({ x, n: 10 })), 0.9],
    ["all right", [1, 2, 3, 4, 5].map((n) => ({ x: n, n })), 1],
    ["one case each", [1, 1, 0, 1, 1].map((x) => ({ x, n: 1 })), 0.8],
  ])("that vary by no more than chance all have the group's rate: %s", (_, peers, rate) => {
    expect(shrink(peers)).toEqual({ pooled: rate, rho: 0, shrunken: peers.map(() => rate) });
  });

  it("are not compared where they are fewer than five with cases", () => {
    expect(shrink(PEERS.slice(1))).toBeNull();
    expect(shrink([...PEERS.slice(1), { x: 0, n: 0 }])).toBeNull();
    expect(shrink([...PEERS, { x: 0, n: 0 }])!.shrunken[5]).toBeCloseTo(120 / 135, 12);
    expect(() => shrink([{ x: 2, n: 1 }])).toThrow(RangeError);
  });

  it("lie by chance between limits at their counts", () => {
    expect(funnelLimits(0.05, 100, 1.96)).toEqual({ low: expect.closeTo(0.007283, 6), high: expect.closeTo(0.092717, 6) });
    expect(funnelLimits(0.05, 9, 3.09)).toMatchObject({ low: 0 });
    expect(funnelLimits(0, 9, 3.09)).toEqual({ low: 0, high: 0 });
    for (const [reference, n] of [[-0.1, 9], [0.5, 0]] as const) expect(() => funnelLimits(reference, n, 1.96)).toThrow(RangeError);
  });
});

describe("the rate without auditors' errors", () => {
  const errors = { missed: 6, trueErrors: 60, falselyFlagged: 8, trueRights: 400 };
  const variance = (0.0464 * (1 - 0.0464)) / 1_000;

  it("meets the check vector", () => {
    const { value, standardError, reason } = correctForAuditors({ value: 0.0464, variance }, errors);
    expect(reason).toBeNull();
    expect(value).toBeCloseTo(0.03, 6);
    expect(correctForAuditors({ value: 0.0464, variance }, { ...errors, missed: 2, trueErrors: 20 }).value).toBeCloseTo(0.03, 6);
    expect(standardError).toBeCloseTo(0.010882, 6);
  });

  it.each([
    ["fewer than 20 true errors", { ...errors, missed: 2, trueErrors: 19 }],
    ["no right decision audited twice", { ...errors, falselyFlagged: 0, trueRights: 0 }],
    ["auditors as good as a coin", { missed: 30, trueErrors: 60, falselyFlagged: 200, trueRights: 400 }],
    ["or worse", { missed: 60, trueErrors: 60, falselyFlagged: 400, trueRights: 400 }],
  ])("is unknown with %s", (_, known) => {
    expect(correctForAuditors({ value: 0.05, variance }, known)).toEqual({ value: null, standardError: null, reason: "NO_AUDITOR_RATES" });
  });

  it("stays in 0..1, and is the observed one where auditors make no errors", () => {
    expect(correctForAuditors({ value: 0.01, variance }, errors).value).toBe(0);
    expect(correctForAuditors({ value: 0.99, variance }, errors).value).toBe(1);
    const perfect = correctForAuditors({ value: 0.0464, variance }, { ...errors, missed: 0, falselyFlagged: 0 });
    expect(perfect).toEqual({ value: 0.0464, standardError: Math.sqrt(variance), reason: null });
    expect(() => correctForAuditors({ value: 0.05, variance }, { ...errors, missed: 61 })).toThrow(RangeError);
  });
});
