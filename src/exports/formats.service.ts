import { type Options, stringify } from "csv-stringify/sync";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { Cell, CellKind, Table } from "../core/cells.ts";
import type { Format } from "./rules.ts";
import { writeWorkbook } from "./workbook.service.ts";

/** Options of a file. */
export interface FileOptions {
  /** CSV begins with the mark by which spreadsheets know UTF-8. */
  hasByteOrderMark: boolean;
}

type Write = (table: Table, options: FileOptions) => AsyncIterable<Uint8Array>;

/** Between the texts of a list where a cell can't hold one; imports take it back. */
const BETWEEN = ";";

const flat = (cell: Cell) => (Array.isArray(cell) ? cell.join(BETWEEN) : cell) as Exclude<Cell, readonly string[]>;

// RFC 4180. Texts that a spreadsheet would take for a formula get an apostrophe; numbers never. Null is empty, the empty text is "".
const CSV: Options = {
  record_delimiter: "\r\n",
  escape_formulas: true,
  cast: { boolean: String, string: (text) => (text === "" ? { value: text, quoted_empty: true } : text) },
};

async function* writeCsv({ columns, slices }: Table, { hasByteOrderMark }: FileOptions): AsyncGenerator<Uint8Array> {
  yield Buffer.from(stringify([columns.map(({ name }) => name)], { ...CSV, bom: hasByteOrderMark }));
  for await (const rows of slices) yield Buffer.from(stringify(rows.map((row) => row.map(flat)), CSV));
}

async function* writeLines({ columns, slices }: Table): AsyncGenerator<Uint8Array> {
  const keys = columns.map(({ name }, place) => `${place === 0 ? "" : ","}${JSON.stringify(name)}:`);
  const lineOf = (row: readonly Cell[]) => `{${row.map((cell, place) => keys[place] + JSON.stringify(cell)).join("")}}\n`;
  for await (const rows of slices) yield Buffer.from(rows.map(lineOf).join(""));
}

const TEXT = { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } } as const;
const PARQUET_TYPES = {
  TEXT,
  TEXTS: TEXT,
  INTEGER: { type: "INT32" },
  REAL: { type: "DOUBLE" },
  BOOLEAN: { type: "BOOLEAN" },
  TIME: { type: "INT64", converted_type: "TIMESTAMP_MILLIS", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" } },
  DAY: { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } },
} as const satisfies Record<CellKind, object>;

/** Rows that are encoded together: the more, the smaller the file, and the more memory it takes. */
const GROUP_ROWS = 5_000;

function parquetCell(kind: CellKind, cell: Cell): unknown {
  const value = flat(cell);
  return value !== null && (kind === "TIME" || kind === "DAY") ? new Date(value as string) : value;
}

async function* writeParquet({ columns, slices }: Table): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const elements = columns.map(({ name, kind }) => ({ name, repetition_type: "OPTIONAL" as const, ...PARQUET_TYPES[kind] }));
  const writer = new ParquetWriter({ writer: bytes, schema: [{ name: "root", num_children: columns.length }, ...elements], createdBy: "assay" });
  const taken = () => {
    const written = bytes.getBytes().slice();
    bytes.index = 0;
    return written;
  };
  let data: unknown[][] = columns.map(() => []);
  const writeGroup = () => {
    void writer.write({ columnData: columns.map(({ name }, place) => ({ name, data: data[place]!, offsetIndex: false })), rowGroupSize: GROUP_ROWS });
    data = columns.map(() => []);
    return taken();
  };
  for await (const rows of slices) {
    for (const row of rows) row.forEach((cell, place) => data[place]!.push(parquetCell(columns[place]!.kind, cell)));
    if (data[0]!.length >= GROUP_ROWS) yield writeGroup();
  }
  if (data[0]!.length > 0) yield writeGroup();
  void writer.finish();
  yield taken();
}

/** How each format is written, as what it is served, and what it does with texts, numbers and times. */
export const FORMATS: Readonly<Record<Format, { mediaType: string; write: Write }>> = {
  CSV: { mediaType: "text/csv; charset=utf-8", write: writeCsv },
  NDJSON: { mediaType: "application/x-ndjson", write: writeLines },
  XLSX: { mediaType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write: writeWorkbook },
  PARQUET: { mediaType: "application/vnd.apache.parquet", write: writeParquet },
};
