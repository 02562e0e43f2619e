import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binomialCdf } from "../src/stats/distributions.ts";
import { drawKey, drawOrder, drawStart, isDoubleAudited, keyFraction } from "../src/stats/draw.ts";
import { prefilterFraction } from "../src/stats/prefilter.ts";
import { drawProportional, proportionalProbabilities, systematicPlaces } from "../src/stats/systematic.ts";

const total = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0);
const seed = fc.string({ minLength: 1 });
const anyFrame = fc.integer({ min: 1, max: 400 }).chain((N) => fc.record({ N: fc.constant(N), n: fc.nat(N), seed }));
const anySize = fc.oneof(fc.double({ min: 1e-3, max: 1, noNaN: true }), fc.constantFrom(0.25, 0.5, 1, 40));
const anySizes = fc.array(anySize, { minLength: 1, maxLength: 60 });
const anyProportional = anySizes.chain((sizes) => fc.record({ sizes: fc.constant(sizes), n: fc.nat(sizes.length), seed }));

describe("a systematic draw", () => {
  it("starts where the seed's hash says, and takes every N/n-th", () => {
    const first52 = BigInt(`0x${createHash("sha256").update("s").digest("hex").slice(0, 13)}`);
    expect(drawStart("s")).toBe(Number(first52) / 2 ** 52);
    expect(systematicPlaces("s", 10, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const [u, step] = [drawStart("s"), 1_000 / 7];
    expect(systematicPlaces("s", 1_000, 7)).toEqual([0, 1, 2, 3, 4, 5, 6].map((k) => Math.floor((u + k) * step)));
    expect(systematicPlaces("s", 1_000, 0)).toEqual([]);
    expect(() => systematicPlaces("s", 10, 11)).toThrow(RangeError);
  });

  it("takes n different places of the frame, the same each time", () => {
    fc.assert(fc.property(anyFrame, ({ N, n, seed }) => {
      const places = systematicPlaces(seed, N, n);
      expect(places).toHaveLength(n);
      expect(new Set(places).size).toBe(n);
      places.forEach((place, k) => {
        expect(place).toBeGreaterThanOrEqual(Math.floor((k * N) / n));
        expect(place).toBeLessThan(N);
      });
      expect(systematicPlaces(seed, N, n)).toEqual(places);
    }));
  });

  it("gives every place the same chance", () => {
    const [N, n, seeds] = [30, 7, 6_000];
    const hits = new Array<number>(N).fill(0);
    for (let seed = 0; seed < seeds; seed += 1) for (const place of systematicPlaces(`${seed}`, N, n)) hits[place]! += 1;
    const expected = (seeds * n) / N;
    for (const each of hits) expect(Math.abs(each - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });
});

describe("chances in proportion to size", () => {
  it("are computed anew without those taken for certain, until none is left above 1", () => {
    expect(proportionalProbabilities([1, 2, 3, 4], 1)).toEqual([0.1, 0.2, 0.3, 0.4]);
    // 3 * 40 / 60 is above 1; then 2 * 10 / 20 is 1; then 1 * 4 / 10 is not.
    expect(proportionalProbabilities([40, 10, 4, 3, 3], 3)).toEqual([1, 1, 0.4, 0.3, 0.3]);
    expect(proportionalProbabilities([0.1, 0.1, 0.1], 3)).toEqual([1, 1, 1]);
    expect(proportionalProbabilities([5, 1], 0)).toEqual([0, 0]);
    expect(() => proportionalProbabilities([1, 0], 1)).toThrow(/above 0/);
    expect(() => proportionalProbabilities([1, 1], 3)).toThrow(RangeError);
  });

  it("sum to n, lie in 0..1, keep the proportion, and are the same in any order", () => {
    fc.assert(fc.property(anyProportional, ({ sizes, n }) => {
      const chances = proportionalProbabilities(sizes, n);
      expect(total(chances)).toBeCloseTo(n, 9);
      chances.forEach((chance) => expect(chance).toBeLessThanOrEqual(1));
      const [ratio, ...others] = sizes.flatMap((size, index) => (chances[index]! < 1 ? [chances[index]! / size] : []));
      if (n > 0) for (const other of others) expect(other / ratio!).toBeCloseTo(1, 9);
      expect(proportionalProbabilities(sizes.toReversed(), n)).toEqual(chances.toReversed());
    }));
  });

  it("draw exactly n, all certain ones among them, and again the same in any order", () => {
    fc.assert(fc.property(anyProportional, ({ sizes, n, seed }) => {
      const frame = sizes.map((size, index) => ({ id: `id-${index}`, size }));
      const sample = drawProportional(seed, frame, n);
      const chances = proportionalProbabilities(sizes, n);
      expect(sample).toHaveLength(n);
      expect(sample.map(({ id }) => id)).toEqual(drawOrder(seed, sample.map(({ id }) => id)));
      for (const { id, inclusionProbability } of sample) expect(inclusionProbability).toBeCloseTo(chances[Number(id.slice(3))]!, 12);
      chances.forEach((chance, index) => {
        if (chance === 1) expect(sample).toContainEqual({ id: `id-${index}`, inclusionProbability: 1 });
      });
      expect(drawProportional(seed, frame.toReversed(), n)).toEqual(sample);
    }));
  });

  it("are the chances that the draw keeps", () => {
    const sizes = [40, 9, 6, 6, 5, 4, 3, 3, 2, 1, 1, 0.5];
    const [n, seeds] = [4, 8_000];
    const frame = sizes.map((size, index) => ({ id: `${index}`, size }));
    const hits = new Array<number>(sizes.length).fill(0);
    for (let seed = 0; seed < seeds; seed += 1) for (const { id } of drawProportional(`${seed}`, frame, n)) hits[Number(id)]! += 1;
    for (const [index, chance] of proportionalProbabilities(sizes, n).entries()) {
      expect(Math.abs(hits[index]! / seeds - chance)).toBeLessThanOrEqual(4.5 * Math.sqrt((chance * (1 - chance)) / seeds));
    }
  });
});

describe("a prefiltered draw", () => {
  const designs = [[3_000_000, 90_000], [1_000, 30], [500, 499], [80, 1]] as const;

  it.each(designs)("of %i for %i falls short once in 1e12, and not much more rarely", (N, n) => {
    const fraction = prefilterFraction(N, n);
    expect(binomialCdf(n - 1, N, fraction)).toBeLessThanOrEqual(1e-12);
    expect(binomialCdf(n - 1, N, fraction * 0.999)).toBeGreaterThan(1e-12);
  });

  it("takes all where all are drawn, and none where none is", () => {
    expect(prefilterFraction(12, 12)).toBe(1);
    expect(prefilterFraction(12, 0)).toBe(0);
    expect(prefilterFraction(0, 0)).toBe(0);
    expect(() => prefilterFraction(12, 13)).toThrow(RangeError);
  });

  it("gives the sample of the whole stratum", () => {
    const ids = Array.from({ length: 3_000 }, (_, index) => `id-${index}`);
    for (const seed of ["a", "b", "c"]) {
      const bound = prefilterFraction(ids.length, 40);
      const candidates = ids.filter((id) => keyFraction(drawKey(seed, id)) < bound);
      expect(candidates.length).toBeLessThan(140);
      expect(drawOrder(seed, candidates).slice(0, 40)).toEqual(drawOrder(seed, ids).slice(0, 40));
    }
  });
});

describe("double audits", () => {
  const ids = Array.from({ length: 4_000 }, (_, index) => `ID-${index}`);

  it("fall on the share asked for, the same each time, and not on those drawn first", () => {
    const chosen = ids.filter((id) => isDoubleAudited("seed", id, 0.1));
    expect(Math.abs(chosen.length - 400)).toBeLessThan(80);
    expect(chosen.every((id) => isDoubleAudited("seed", id.toLowerCase(), 0.1) && isDoubleAudited("seed", id, 0.2))).toBe(true);
    const early = drawOrder("seed", ids).slice(0, 1_000).filter((id) => isDoubleAudited("seed", id, 0.1));
    expect(Math.abs(early.length - 100)).toBeLessThan(40);
  });

  it("are the samples whose hash of seed, \":double:\" and id lies below the rate", () => {
    const hash = createHash("sha256").update("seed:double:id-7").digest("hex");
    const fraction = Number.parseInt(hash.slice(0, 13), 16) / 2 ** 52;
    expect(isDoubleAudited("seed", "ID-7", fraction)).toBe(false);
    expect(isDoubleAudited("seed", "ID-7", Math.min(1, fraction + 1e-9))).toBe(true);
    expect(isDoubleAudited("seed", "x", 0)).toBe(false);
    expect(isDoubleAudited("seed", "x", 1)).toBe(true);
    expect(() => isDoubleAudited("seed", "x", 1.1)).toThrow(RangeError);
  });
});
