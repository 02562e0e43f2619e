import fc from "fast-check";
import { expect, test } from "vitest";
import { isoOf, isoOfText, timeOf } from "../src/core/iso.ts";

const times = fc.date({ noInvalidDate: true });

test("a time is written as the language writes it, years of more or fewer than four digits too", () => {
  fc.assert(fc.property(times, (time) => isoOf(time) === time.toISOString()));
  expect(() => isoOf(new Date(Number.NaN))).toThrow(RangeError);
});

test("a server's time is read to the millisecond, however many digits its fraction has", () => {
  const years = fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });
  const digits = fc.integer({ min: 0, max: 6 }).chain((length) => fc.stringMatching(new RegExp(`^\\d{${length}}$`)));
  fc.assert(
    fc.property(years, digits, (time, fraction) => {
      const second = time.toISOString().slice(0, 19);
      const ms = fraction.padEnd(3, "0").slice(0, 3);
      const text = `${second.replace("T", " ")}${fraction && "."}${fraction}+00`;
      expect(timeOf(text).toISOString()).toBe(`${second}.${ms}Z`);
      expect(isoOfText(text)).toBe(`${second}.${ms}Z`);
    }),
  );
});

test("a server's time of another form is read by the language", () => {
  expect(timeOf("2026-01-31 15:00:00.5+02")).toEqual(new Date("2026-01-31T13:00:00.500Z"));
  expect(isoOfText("2026-01-31 15:00:00.5+02")).toBe("2026-01-31T13:00:00.500Z");
  expect(timeOf("12026-01-31 15:00:00+00").getTime()).toBeNaN();
  for (const text of ["12026-01-31 15:00:00.12+00", "0044-03-15 12:00:00+00 BC"]) expect(() => isoOfText(text)).toThrow(RangeError);
});
