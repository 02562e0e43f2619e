import { parse } from "csv-parse/sync";
import { strFromU8, unzipSync } from "fflate";
import { parquetMetadata, parquetReadObjects, parquetSchema } from "hyparquet";
import readWorkbook from "read-excel-file/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FORMATS } from "../src/exports/formats.service.ts";
import { LAYOUTS } from "../src/exports/rules.ts";
import { columnName } from "../src/graphql/cells.ts";
import { bytesOf, type Line, linesOf } from "./kit/exports.ts";
import { makeDecisions, makeProject, type ProjectFixture } from "./kit/factories.ts";
import { projectGid } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

/** Texts that a spreadsheet, CSV or XML could take for something else. */
const TEXTS = [
  "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "a,b", 'say "no"', "two\nlines", "<b>&amp;</b>", "_x0041_", " spaced ", "'quoted", "ünïcödé 🙂", "1e5", "007", "true",
];
const NAMES = LAYOUTS.DECISIONS.columns.map(columnName);

let world: World;
let project: ProjectFixture;
let empty: ProjectFixture;
let lead: Caller;
let base: Record<string, unknown>;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
  empty = await makeProject(world.sql);
  lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId }, { role: "QA_LEAD", projectId: empty.projectId });
  const ids = await makeDecisions(world.sql, project, TEXTS.map((action, i) => ({
    action, externalRef: `r-${i}`, riskScore: i / 3, decidedAt: new Date(Date.UTC(2026, 0, 5, 8, 0, 0, i)),
  })));
  await world.sql`update decisions set tags = '{a,"b c"}', risk_score = null, language = null where id = ${ids[0]!}`;
  await world.sql`update decisions set risk_score = -0.0, handle_seconds = 1e21 where id = ${ids[1]!}`;
  base = { dataset: "DECISIONS", projectId: projectGid(project) };
});
afterAll(() => world.close());

const csv = (text: string | Buffer): string[][] => parse(text, { bom: true });
const csvOf = async (input: Record<string, unknown>) => csv(await bytesOf(world, lead, { ...base, ...input, format: "CSV" }));

describe("CSV", () => {
  test("has the documented columns, and a row a decision in the order of their times", async () => {
    const [names, ...rows] = await csvOf({});
    expect(names).toEqual(NAMES);
    expect(rows.map((row) => row[1])).toEqual(TEXTS.map((_, i) => `r-${i}`));
  });

  test("disarms what a spreadsheet would run, and nothing else: numbers and plain texts stay as they are", async () => {
    const [, ...rows] = await csvOf({ columns: ["action"] });
    const isFormula = (text: string) => /^[=+\-@\t\r＝]/.test(text);
    expect(rows.map(([action]) => action)).toEqual(TEXTS.map((text) => (isFormula(text) ? `'${text}` : text)));
  });

  test("tells null from the empty text, joins lists, and writes numbers as they are", async () => {
    await world.sql`update decisions set language = '' where external_ref = 'r-1' and project_id = ${project.projectId}`;
    const text = (await bytesOf(world, lead, { ...base, format: "CSV", columns: ["language", "tags", "riskScore", "handleSeconds", "decidedAt"] })).toString();
    const lines = text.split("\r\n");
    expect(lines.slice(0, 4)).toEqual([
      "language,tags,riskScore,handleSeconds,decidedAt", ",a;b c,,,2026-01-05T08:00:00.000Z", '"","",0,1e+21,2026-01-05T08:00:00.001Z', `en,"",${2 / 3},,2026-01-05T08:00:00.002Z`,
    ]);
    expect(lines.at(-1)).toBe("");
  });

  test("begins with a byte order mark if that is asked for, and only then", async () => {
    const [marked, plain] = [await bytesOf(world, lead, { ...base, format: "CSV", hasByteOrderMark: true }), await bytesOf(world, lead, { ...base, format: "CSV" })];
    expect([...marked.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(marked.subarray(3)).toEqual(plain);
  });
});

test("NDJSON keeps types: numbers, nulls, lists and the very texts", async () => {
  const lines = await linesOf(world, lead, { ...base, columns: ["action", "riskScore", "tags", "language"] });
  expect(lines.map(({ action }) => action)).toEqual(TEXTS);
  expect(lines[0]).toEqual({ action: "=1+1", riskScore: null, tags: ["a", "b c"], language: null });
  expect(lines[2]!.riskScore).toBe(2 / 3);
});

describe("XLSX", () => {
  const sheetOf = async (input: Record<string, unknown>) => (await readWorkbook(await bytesOf(world, lead, { ...base, ...input, format: "XLSX" })))[0]!.data;

  test("holds every text as it is, none as a formula, and numbers as numbers", async () => {
    const [names, ...rows] = await sheetOf({ columns: ["action", "riskScore", "decidedAt"] });
    expect(names).toEqual(["action", "riskScore", "decidedAt"]);
    // The reader trims; the file does not.
    expect(rows.map(([action]) => String(action).trim())).toEqual(TEXTS.map((text) => text.trim().replace("\r", "_x000D_")));
    expect(rows[2]!.slice(1)).toEqual([2 / 3, "2026-01-05T08:00:00.002Z"]);
    expect(rows[0]![1]).toBeNull();
  });
});

test("a workbook goes on in another sheet where one is full, with the names again", async () => {
  async function* slices() {
    for (let i = 0; i < 1_049; i += 1) yield Array.from({ length: 1_000 }, () => [1]);
  }
  const table = { columns: [{ name: "one", kind: "INTEGER" as const }], slices: slices() };
  const chunks: Uint8Array[] = [];
  for await (const chunk of FORMATS.XLSX.write(table, { hasByteOrderMark: false })) chunks.push(chunk);
  // Not by the library that reads workbooks: it calls itself for each piece of a sheet, and runs out of stack.
  const files = unzipSync(Buffer.concat(chunks));
  expect(strFromU8(files["xl/workbook.xml"]!).match(/<sheet name="[^"]*"/g)).toEqual(['<sheet name="Sheet1"', '<sheet name="Sheet2"']);
  const sheets = Object.keys(files).filter((path) => path.startsWith("xl/worksheets/")).sort().map((path) => strFromU8(files[path]!));
  const rowsOf = (sheet: string) => [sheet.split("<row ").length - 1, /<row r="1">(.*?)<\/row>/.exec(sheet)![1]];
  const names = '<c r="A1" t="inlineStr"><is><t xml:space="preserve">one</t></is></c>';
  expect(sheets.map(rowsOf)).toEqual([[1_048_576, names], [1_049_000 - 1_048_575 + 1, names]]);
  for (const sheet of sheets) expect(sheet.endsWith("</row></sheetData></worksheet>")).toBe(true);
}, 60_000);

describe("Parquet", () => {
  const fileOf = async (input: Record<string, unknown>) => {
    const bytes = await bytesOf(world, lead, { ...base, ...input, format: "PARQUET" });
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  };

  test("has typed columns: times are times, numbers are numbers, nulls are nulls", async () => {
    const file = await fileOf({ columns: ["action", "riskScore", "decidedAt", "language"] });
    const types = parquetSchema(parquetMetadata(file)).children.map(({ element }) => [element.name, element.type, element.logical_type?.type]);
    expect(types).toEqual([["action", "BYTE_ARRAY", "STRING"], ["riskScore", "DOUBLE", undefined], ["decidedAt", "INT64", "TIMESTAMP"], ["language", "BYTE_ARRAY", "STRING"]]);
    const rows = await parquetReadObjects({ file });
    expect(rows.map(({ action }) => action)).toEqual(TEXTS);
    expect(rows[0]).toMatchObject({ riskScore: null, language: null, decidedAt: new Date("2026-01-05T08:00:00.000Z") });
    expect(rows[2]!.riskScore).toBe(2 / 3);
  });

  test("has every column of NDJSON with its value", async () => {
    const lines = await linesOf(world, lead, base);
    const rows = await parquetReadObjects({ file: await fileOf({}) });
    const plain = (value: unknown) => (value instanceof Date ? value.toISOString() : value);
    const flat = (line: Line) => Object.fromEntries(Object.entries(line).map(([name, value]) => [name, Array.isArray(value) ? value.join(";") : value]));
    expect(rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])))).toEqual(lines.map(flat));
  });
});

describe("without any rows", () => {
  const none = () => ({ dataset: "DECISIONS", projectId: projectGid(empty) });
  test("a table has its columns still", async () => {
    expect(csv(await bytesOf(world, lead, { ...none(), format: "CSV" }))).toEqual([NAMES]);
    expect((await readWorkbook(await bytesOf(world, lead, { ...none(), format: "XLSX" })))[0]!.data).toEqual([NAMES]);
    const bytes = await bytesOf(world, lead, { ...none(), format: "PARQUET" });
    const metadata = parquetMetadata(new Uint8Array(bytes).buffer);
    expect(metadata.num_rows).toBe(0n);
    expect(metadata.schema.slice(1).map(({ name }) => name)).toEqual(NAMES);
    expect((await bytesOf(world, lead, { ...none(), format: "NDJSON" })).length).toBe(0);
  });
});
