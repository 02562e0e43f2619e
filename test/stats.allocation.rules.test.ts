import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allocate, ALLOCATION_METHODS, type AllocationOptions, type FrameStratum, plannedErrorRate } from "../src/stats/allocation.ts";
import { apportion } from "../src/stats/apportionment.ts";

const sizes = (strata: readonly FrameStratum[], n: number, options: AllocationOptions) =>
  allocate(strata, n, options).map(({ sampleSize }) => sampleSize);
const frame = (...frameSizes: number[]): FrameStratum[] => frameSizes.map((frameSize, index) => ({ key: `k${index}`, frameSize }));
const total = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0);

describe("allocation", () => {
  it("meets the check vector of largest remainders", () => {
    expect(sizes(frame(5_000, 3_000, 1_500, 500), 73, { method: "PROPORTIONAL" })).toEqual([36, 22, 11, 4]);
  });

  it("breaks ties by key, whatever the order given", () => {
    const strata = [{ key: "b", frameSize: 10 }, { key: "a", frameSize: 10 }, { key: "c", frameSize: 10 }];
    expect(allocate(strata, 4, { method: "PROPORTIONAL" })).toEqual([
      { key: "b", sampleSize: 1 }, { key: "a", sampleSize: 2 }, { key: "c", sampleSize: 1 },
    ]);
    expect(sizes([{ key: "b", frameSize: 21 }, { key: "a", frameSize: 3 }], 4, { method: "PROPORTIONAL" })).toEqual([3, 1]);
    // 3 1/3, 1/3, 1/3: the same remainder, though not in the same bits.
    const thirds = [{ key: "b", frameSize: 10 }, { key: "a", frameSize: 1 }, { key: "c", frameSize: 1 }];
    expect(sizes(thirds, 4, { method: "PROPORTIONAL" })).toEqual([3, 1, 0]);
  });

  it("is equal, or by Neyman follows the spread of what was found", () => {
    expect(sizes(frame(5_000, 50, 3), 30, { method: "EQUAL" })).toEqual([14, 13, 3]);
    const found = [{ errors: 1, audits: 98 }, { errors: 49, audits: 98 }];
    const strata = frame(1_000, 1_000).map((stratum, index) => ({ ...stratum, ...found[index] }));
    // sqrt(.02 * .98) : sqrt(.5 * .5) = .14 : .5
    expect(sizes(strata, 64, { method: "NEYMAN" })).toEqual([14, 50]);
    expect(plannedErrorRate({ errors: 0, audits: 0 })).toBe(0.5);
    expect(plannedErrorRate({ errors: 0, audits: 98 })).toBe(0.01);
  });

  it("by Neyman is proportional where all strata did equally well", () => {
    const anySizes = fc.array(fc.integer({ min: 1, max: 9_999 }), { minLength: 1, maxLength: 30 });
    fc.assert(fc.property(anySizes, fc.nat(5_000), fc.nat(50), (all, n, errors) => {
      const strata = frame(...all).map((stratum) => ({ ...stratum, errors, audits: 50 }));
      expect(sizes(strata, n, { method: "NEYMAN" })).toEqual(sizes(strata, n, { method: "PROPORTIONAL" }));
    }));
  });

  it("keeps minimums and caps, and shares out what they take or leave", () => {
    expect(sizes(frame(900, 90, 10), 100, { method: "PROPORTIONAL", minPerStratum: 10 })).toEqual([80, 10, 10]);
    expect(sizes(frame(900, 90, 10), 100, { method: "PROPORTIONAL", capPerStratum: 60 })).toEqual([60, 36, 4]);
    expect(sizes(frame(900, 90, 4), 100, { method: "PROPORTIONAL", minPerStratum: 10 })).toEqual([86, 10, 4]);
  });

  it("grows to the minimums, and ends at the caps", () => {
    expect(sizes(frame(900, 90, 10), 5, { method: "PROPORTIONAL", minPerStratum: 3 })).toEqual([3, 3, 3]);
    expect(sizes(frame(900, 90, 10), 5_000, { method: "EQUAL", capPerStratum: 50 })).toEqual([50, 50, 10]);
    expect(sizes(frame(900, 90, 10), 5, { method: "PROPORTIONAL", minPerStratum: 20, capPerStratum: 3 })).toEqual([3, 3, 3]);
    expect(sizes(frame(0, 20), 5, { method: "EQUAL", minPerStratum: 1 })).toEqual([0, 5]);
    expect(allocate([], 5, { method: "EQUAL" })).toEqual([]);
  });

  it("splits a labeler's bounds over the labeler's strata", () => {
    const strata = [
      { key: "a/one", frameSize: 300, labeler: "a" }, { key: "a/two", frameSize: 100, labeler: "a" },
      { key: "b/one", frameSize: 5_000, labeler: "b" }, { key: "c/one", frameSize: 3, labeler: "c" },
    ];
    expect(sizes(strata, 20, { method: "PROPORTIONAL", minPerLabeler: 8 })).toEqual([6, 2, 9, 3]);
    expect(sizes(strata, 60, { method: "PROPORTIONAL", minPerLabeler: 8, capPerLabeler: 10 })).toEqual([8, 2, 10, 3]);
    // A stratum's own minimum stands inside its labeler's cap, and gives way where the cap has no room for all.
    const skewed = [{ key: "a/one", frameSize: 1_000, labeler: "a" }, { key: "a/two", frameSize: 10, labeler: "a" }];
    expect(sizes(skewed, 20, { method: "PROPORTIONAL", minPerStratum: 5, capPerLabeler: 20 })).toEqual([15, 5]);
    expect(sizes(skewed, 20, { method: "PROPORTIONAL", minPerStratum: 5, capPerLabeler: 8 })).toEqual([8, 0]);
  });

  it("refuses what is no count, and keys that say nothing", () => {
    const options = { method: "PROPORTIONAL" } as const;
    expect(() => allocate(frame(10), 1.5, options)).toThrow(RangeError);
    expect(() => allocate(frame(-1), 1, options)).toThrow(RangeError);
    expect(() => allocate(frame(10), 1, { ...options, minPerStratum: Number.NaN })).toThrow(RangeError);
    expect(() => allocate([...frame(10), ...frame(10)], 1, options)).toThrow(/same key/);
    expect(() => allocate([{ key: "a", frameSize: 1, errors: 2, audits: 1 }], 1, { method: "NEYMAN" })).toThrow(RangeError);
  });

  it("shares out 20,000 strata at once", () => {
    const strata = Array.from({ length: 20_000 }, (_, index) => ({
      key: `${index}`, frameSize: 1 + ((index * 7_919) % 997), labeler: `${index % 3_000}`, errors: index % 5, audits: 20,
    }));
    const started = performance.now();
    const drawn = sizes(strata, 90_000, { method: "NEYMAN", minPerStratum: 2, capPerStratum: 40, minPerLabeler: 10, capPerLabeler: 50 });
    expect(total(drawn)).toBe(90_000);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

const anyStrata = fc.uniqueArray(
  fc.record({ key: fc.string({ maxLength: 3 }), frameSize: fc.nat(400), labeler: fc.constantFrom(null, "x", "y"), errors: fc.nat(20) }),
  { selector: ({ key }) => key, maxLength: 15 },
).map((strata) => strata.map((stratum) => ({ ...stratum, audits: 20 })));
const maybe = (max: number) => fc.option(fc.nat(max), { nil: undefined });
const anyOptions = fc.record({
  method: fc.constantFrom(...ALLOCATION_METHODS),
  minPerStratum: maybe(20), capPerStratum: maybe(90), minPerLabeler: maybe(60), capPerLabeler: maybe(150),
});

describe("always", () => {
  it("an allocation sums to n, or to what the bounds allow; and keeps every bound", () => {
    fc.assert(fc.property(anyStrata, fc.nat(2_000), anyOptions, (strata, n, options) => {
      const drawn = sizes(strata, n, options);
      const { minPerStratum = 0, capPerStratum = Infinity, minPerLabeler = 0, capPerLabeler = Infinity } = options;
      const limits = { low: 0, high: 0 };
      for (const name of new Set(strata.map(({ labeler }) => labeler))) {
        const own = strata.flatMap(({ labeler, frameSize }, index) => (labeler === name ? [{ frameSize, drawn: drawn[index]! }] : []));
        const [cap, least] = name === null ? [Infinity, 0] : [capPerLabeler, minPerLabeler];
        const room = own.map(({ frameSize }) => Math.min(frameSize, capPerStratum));
        const floors = room.map((each) => Math.min(each, minPerStratum));
        const high = Math.min(cap, total(room));
        // A split cap may leave a stratum less than its minimum, but only where the labeler's cap has no room for all of them.
        const hasRoom = total(floors) <= cap;
        own.forEach((each, index) => expect(each.drawn).toBeGreaterThanOrEqual(hasRoom ? floors[index]! : 0));
        own.forEach((each, index) => expect(each.drawn).toBeLessThanOrEqual(room[index]!));
        expect(total(own.map((each) => each.drawn))).toBeLessThanOrEqual(high);
        expect(total(own.map((each) => each.drawn))).toBeGreaterThanOrEqual(Math.min(high, least));
        limits.low += hasRoom ? Math.max(Math.min(high, least), total(floors)) : 0;
        limits.high += high;
      }
      expect(drawn.every(Number.isSafeInteger)).toBe(true);
      if (n >= limits.low) expect(total(drawn)).toBeGreaterThanOrEqual(Math.min(n, limits.high));
      expect(total(drawn)).toBeLessThanOrEqual(limits.high);
      const hasSmallCap = strata.some(({ labeler }) => labeler !== null) && capPerLabeler < Infinity;
      if (!hasSmallCap) expect(total(drawn)).toBe(Math.min(limits.high, Math.max(n, limits.low)));
    }), { numRuns: 1_000 });
  });

  it("an allocation is the same in any order of its strata", () => {
    const shuffled = anyStrata.chain((strata) => fc.tuple(fc.constant(strata), fc.shuffledSubarray(strata, { minLength: strata.length })));
    fc.assert(fc.property(shuffled, fc.nat(2_000), anyOptions, ([strata, other], n, options) => {
      const byKey = (rows: ReturnType<typeof allocate>) => rows.toSorted((a, b) => (a.key < b.key ? -1 : 1));
      expect(byKey(allocate(other, n, options))).toEqual(byKey(allocate(strata, n, options)));
    }), { numRuns: 500 });
  });

  it("without bounds no share is further than one unit from its proportion", () => {
    fc.assert(fc.property(anyStrata, fc.nat(500), (strata, n) => {
      const whole = total(strata.map(({ frameSize }) => frameSize));
      const shares = strata.map(({ key, frameSize }) => ({ key, weight: frameSize, min: 0, max: Infinity }));
      apportion(n, shares).forEach((size, index) => {
        if (whole > 0) expect(Math.abs(size - (n * strata[index]!.frameSize) / whole)).toBeLessThan(1);
      });
    }));
  });
});
