import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isRefusal } from "../src/core/fields.ts";
import { LONGEST_LINE, readLines } from "../src/imports/lines.service.ts";
import { decisionOf, type ImportOptions, readOptions } from "../src/imports/options.rules.ts";
import { type Format, openSource, type SourceRow } from "../src/imports/records.service.ts";
import { DECISION_FIELDS, GOLDEN_FIELDS, mapColumns, mapKey, readRecord, referenceOf } from "../src/imports/rules.ts";

async function* pieces(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}
async function rowsOf(text: string, format: Format = "csv", size = 7): Promise<{ header: readonly string[] | null; rows: SourceRow[] }> {
  const { header, rows } = await openSource(pieces(text, size), format);
  const all: SourceRow[] = [];
  for await (const some of rows) all.push(...some);
  return { header, rows: all };
}
const cells = ({ rows }: { rows: SourceRow[] }) => rows.map(({ record }) => record);

describe("CSV", () => {
  test("is cut into rows with their line, whatever pieces it comes in", async () => {
    const text = '\ufeffa,b\r\n1,"x, y"\r\n\r\n2,"say ""no"""\r\n"3","two\r\nlines"\r\n4,é€\u{1F600}';
    for (const size of [1, 2, 3, 5, 1_000]) {
      const source = await rowsOf(text, "csv", size);
      expect(source.header).toEqual(["a", "b"]);
      expect(source.rows.map(({ row, line }) => [row, line])).toEqual([[1, 2], [2, 4], [3, 5], [4, 7]]);
      expect(cells(source)).toEqual([["1", "x, y"], ["2", 'say "no"'], ["3", "two\nlines"], ["4", "é€\u{1F600}"]]);
    }
  });

  test("a broken line costs itself alone", async () => {
    const text = 'a,b\n1,x\n2,"open\n3,y\n4,z"z\n5,"fine"\n6\n7,8,9\n8,w\n';
    const source = await rowsOf(text);
    expect(source.rows.map(({ row, line, record }) => [row, line, record])).toEqual([
      [1, 2, ["1", "x"]],
      [2, 3, null],
      [3, 4, ["3", "y"]],
      [4, 5, null],
      [5, 6, ["5", "fine"]],
      [6, 7, null],
      [7, 8, null],
      [8, 9, ["8", "w"]],
    ]);
    expect(source.rows.filter(({ fault }) => fault).map(({ fault }) => fault)).toEqual([
      expect.stringContaining("quote"),
      expect.stringContaining("quote"),
      "the line has 1 cells, the header 2.",
      "the line has 3 cells, the header 2.",
    ]);
  });

  test("a quote that is never closed doesn't swallow the file", async () => {
    const lines = Array.from({ length: 3_000 }, (_, i) => (i === 999 ? `${i},"x` : `${i},x`));
    const { rows } = await rowsOf(["a,b", ...lines].join("\n"), "csv", 4_096);
    expect(rows.length).toBe(3_000);
    expect(rows.filter(({ record }) => !record).map(({ line }) => line)).toEqual([1_001]);
  });

  test("what one writes by RFC 4180 is read back", async () => {
    const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", " ", "é") });
    const table = fc.array(fc.tuple(fc.constant("k"), cell), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), async (rows, size) => {
        const quoted = rows.map((row) => row.map((each) => (/["\n,]/.test(each) ? `"${each.replaceAll('"', '""')}"` : each)).join(","));
        expect(cells(await rowsOf(["h,i", ...quoted].join("\n"), "csv", size))).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });

  test("an empty file, and one whose header can't be read, are refused", async () => {
    await expect(rowsOf("")).rejects.toThrow("The file is empty");
    await expect(rowsOf('a,"b\n1,2\n')).rejects.toThrow("Line 1, which names the columns");
  });
});

describe("NDJSON", () => {
  test("is one object a line; other lines are refused by themselves", async () => {
    const { header, rows } = await rowsOf('{"a":1}\n\n[1]\n{"a":\n{"a":"é"}', "ndjson");
    expect(header).toBeNull();
    expect(rows.map(({ row, line, record }) => [row, line, record])).toEqual([[1, 1, { a: 1 }], [2, 3, null], [3, 4, null], [4, 5, { a: "é" }]]);
  });
});

test("lines that are too long or not UTF-8 are refused by themselves, and memory stays bounded", async () => {
  const long = "x".repeat(LONGEST_LINE * 3);
  const lines = [];
  for await (const some of readLines(pieces(`a\n${long}\nb\n`, 65_536))) lines.push(...some);
  expect(lines.map(({ number, text }) => [number, text])).toEqual([[1, "a"], [2, null], [3, "b"]]);
  const latin: { text: string | null; fault: string | null }[] = [];
  for await (const some of readLines(pieces(new Uint8Array([0x61, 10, 0xe9, 10, 0x62])))) latin.push(...some);
  expect(latin.map(({ text }) => text)).toEqual(["a", null, "b"]);
  expect(latin[1]!.fault).toContain("UTF-8");
});

const optionsOf = (given: Record<string, string[]>): ImportOptions => readOptions("decisions", new Map(Object.entries({ project: ["P"], ...given })));

describe("options", () => {
  test("say what labels, columns and constants mean", () => {
    const options = optionsOf({ label: ["hate=ful=HATE", "-1=MILD"], "non-violating": ["fine", "-1"], rank: ["-1", "b"], set: ["queue=a=b"], policy: ["label"], every: ["1.5m"], start: ["2026-01-01T00:00:00+07:00"] });
    expect([...options.labels]).toEqual([["hate=ful", "HATE"], ["-1", "MILD"]]);
    expect([...options.nonViolating]).toEqual(["fine", "MILD"]);
    expect([...options.ranks]).toEqual([["MILD", 0], ["b", 1]]);
    expect([...options.constants]).toEqual([["queue", "a=b"]]);
    expect([...options.columns]).toEqual([["policy", "label"]]);
    expect(options).toMatchObject({ everyMs: 90_000, start: new Date("2025-12-31T17:00:00Z"), onError: "STOP", isDryRun: false, isCreatingMissing: false });
  });

  test.each([
    [{ nope: ["1"] }, "nope: there is no such option"],
    [{ project: [] as string[] }, "project: name the project"],
    [{ set: ["nope=1"] }, 'set: there is no field "nope"'],
    [{ set: ["queue"] }, 'set: "queue" must be FIELD=VALUE'],
    [{ "on-error": ["maybe"] }, 'on-error: "maybe" must be stop or skip'],
    [{ start: ["2026-01-01"] }, 'start: "2026-01-01" must be a time with an offset'],
    [{ every: ["0s"] }, 'every: "0s" must be a duration'],
  ])("%j is refused", (given, message) => expect(() => optionsOf(given)).toThrow(message));
});

describe("columns", () => {
  const header = ["labelerRef", "label", "item", "vendorCode", "queueCode"];
  const named = new Map([["policy", "label"], ["content", "item"]]);

  test("are found by option, or else by the field's name; a constant fills empty cells", () => {
    const columns = mapColumns(DECISION_FIELDS, named, new Map([["vendor", "V"], ["market", "m"]]), header);
    expect(readRecord(columns, ["L1", "HATE", "c1", "", "Q"])).toEqual({ labelerRef: "L1", policyCode: "HATE", contentRef: "c1", vendorCode: "V", queueCode: "Q", market: "m" });
    expect(readRecord(columns, ["", "HATE", "c1", "", "Q"])).toMatchObject({ field: "labelerRef", value: null, code: "INVALID_INPUT" });
  });

  test("that are missing are refused before the first row", () => {
    expect(() => mapColumns(DECISION_FIELDS, new Map([["labeler", "nope"]]), new Map(), header)).toThrow('labeler: the file has no column "nope"; it has "labelerRef"');
    expect(() => mapColumns(DECISION_FIELDS, new Map(), new Map(), header)).toThrow('policy: the file has no column "policyCode"');
    expect(() => mapKey(["nope"], header)).toThrow('key: the file has no column "nope"');
  });

  test.each([
    ["decidedAt", "2026-02-30T00:00:00Z"],
    ["decidedAt", "2026-02-03T00:00:00"],
    ["decidedAt", "yesterday"],
    ["riskScore", "much"],
    ["market", { nested: true }],
    ["tags", [1]],
  ])("%s %j can't be read", (field, value) => {
    const columns = mapColumns(DECISION_FIELDS, new Map(), new Map(), null);
    const row = { vendorCode: "V", labelerRef: 7, queueCode: "Q", policyCode: "P", contentRef: "c", [field]: value };
    expect(readRecord(columns, row)).toMatchObject({ field, code: "INVALID_INPUT" });
  });

  test("give a decision its reference: key columns, its own column, or the row", () => {
    const by = (key: string[], names: string[] | null, record: Record<string, unknown> | string[]) => referenceOf(mapKey(key, names), record, 12);
    expect(by(["item", "label"], header, ["L", "x", "i", "v", "q"])).toBe("i:x");
    expect(by([], header, ["L", "x", "i", "v", "q"])).toBe("12");
    expect(by([], ["externalRef"], ["r"])).toBe("r");
    expect(isRefusal(by([], ["externalRef"], [""]) as object)).toBe(true);
    expect(by([], null, { externalRef: 5 })).toBe("5");
    expect(by([], null, {})).toBe("12");
    expect(by(["a", "b"], null, { a: 1 })).toMatchObject({ field: "externalRef", message: "is empty: every row needs a and b." });
  });

  test("of golden items need content and truth", () => {
    expect(() => mapColumns(GOLDEN_FIELDS, new Map(), new Map(), ["contentRef"])).toThrow('truth: the file has no column "truthPolicyCode"');
  });
});

test("a row without a time has the same one whenever it is imported; handling time tells when it was claimed", () => {
  const options = optionsOf({ start: ["2026-01-01T00:00:00Z"], every: ["2s"], label: ["bad=HATE"] });
  const values = { policyCode: "bad", handleSeconds: 1.5 };
  expect(decisionOf(values, "r", 3, options)).toMatchObject({
    policyCode: "HATE",
    externalRef: "r",
    decidedAt: new Date("2026-01-01T00:00:04Z"),
    claimedAt: new Date("2026-01-01T00:00:02.500Z"),
  });
  expect(decisionOf({ policyCode: "x" }, "r", 3, optionsOf({}))).toMatchObject({ field: "decidedAt", message: expect.stringContaining("start") });
});
