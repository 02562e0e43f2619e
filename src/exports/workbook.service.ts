import { Readable } from "node:stream";
import { ZipFile } from "yazl";
import type { Cell, Column, Table } from "../core/cells.ts";

/** Rows that a sheet can hold, the one of the names included. */
const SHEET_ROWS = 1_048_576;
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

// What XML can't hold is written _xHHHH_ (ECMA-376, ST_Xstring); so is the underscore of a text that looks like that.
function escape(text: string): string {
  return text
    .replace(/_(?=x[0-9a-f]{4}_)/gi, "_x005F_")
    .replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`)
    .replace(/[&<>]/g, (character) => ENTITIES[character]!);
}

/** The letters of a column, counted from 0: A to Z, then AA. */
function lettersOf(place: number): string {
  return `${place < 26 ? "" : lettersOf(Math.floor(place / 26) - 1)}${String.fromCharCode(65 + (place % 26))}`;
}

// Texts stand in the cell itself, so that none is taken for a formula and no table of texts has to be kept until the end.
function cellOf(cell: Cell, at: string): string {
  if (cell === null) return "";
  if (typeof cell === "number") return `<c r="${at}"><v>${cell}</v></c>`;
  if (typeof cell === "boolean") return `<c r="${at}" t="b"><v>${cell ? 1 : 0}</v></c>`;
  const text = typeof cell === "string" ? cell : cell.join(";");
  return `<c r="${at}" t="inlineStr"><is><t xml:space="preserve">${escape(text)}</t></is></c>`;
}

/** Gives rows piece by piece, at most so many at a time as still fit. */
class Rows {
  readonly #slices: AsyncIterator<readonly (readonly Cell[])[]>;
  #rest: readonly (readonly Cell[])[] = [];

  constructor(slices: Table["slices"]) {
    this.#slices = slices[Symbol.asyncIterator]();
  }

  async next(most: number): Promise<readonly (readonly Cell[])[]> {
    while (this.#rest.length === 0) {
      const { value, done } = await this.#slices.next();
      if (done) return [];
      this.#rest = value;
    }
    const taken = this.#rest.slice(0, most);
    this.#rest = this.#rest.slice(most);
    return taken;
  }

  async hasMore(): Promise<boolean> {
    this.#rest = await this.next(Infinity);
    return this.#rest.length > 0;
  }
}

async function* sheetOf(columns: readonly Column[], rows: Rows, onEnd: () => Promise<void>): AsyncGenerator<Uint8Array> {
  const letters = columns.map((_, place) => lettersOf(place));
  let written = 0;
  const rowOf = (cells: readonly Cell[]) => {
    written += 1;
    return `<row r="${written}">${cells.map((cell, place) => cellOf(cell, `${letters[place]}${written}`)).join("")}</row>`;
  };
  yield Buffer.from(`${HEAD}<worksheet xmlns="${MAIN}"><sheetData>${rowOf(columns.map(({ name }) => name))}`);
  while (written < SHEET_ROWS) {
    const taken = await rows.next(SHEET_ROWS - written);
    if (taken.length === 0) break;
    yield Buffer.from(taken.map(rowOf).join(""));
  }
  await onEnd();
  yield Buffer.from("</sheetData></worksheet>");
}

// The parts that name the sheets; they may stand behind them.
function frameOf(sheets: number): Record<string, string> {
  const numbers = Array.from({ length: sheets }, (_, place) => place + 1);
  const each = (write: (number: number) => string) => numbers.map(write).join("");
  const types = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  const override = (part: string, kind: string) => `<Override PartName="/xl/${part}.xml" ContentType="${types}.${kind}+xml"/>`;
  const relation = (number: number, kind: string, target: string) => `<Relationship Id="rId${number}" Type="${OFFICE}/${kind}" Target="${target}"/>`;
  const relations = (all: string) => `<Relationships xmlns="${RELATIONSHIPS}">${all}</Relationships>`;
  const rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>';
  const parts = override("workbook", "sheet.main") + each((number) => override(`worksheets/sheet${number}`, "worksheet"));
  const sheetNames = each((number) => `<sheet name="Sheet${number}" sheetId="${number}" r:id="rId${number}"/>`);
  return {
    "[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${rels}${parts}</Types>`,
    "_rels/.rels": relations(relation(1, "officeDocument", "xl/workbook.xml")),
    "xl/workbook.xml": `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${sheetNames}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relations(each((number) => relation(number, "worksheet", `worksheets/sheet${number}.xml`))),
  };
}

/**
 * A workbook (Office Open XML) with one sheet, and another for each million rows more. What it is zipped by asks for the next rows when
 * what it has is taken, so that nothing piles up.
 */
export async function* writeWorkbook({ columns, slices }: Table): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  const rows = new Rows(slices);
  let sheet: Readable | undefined;
  zip.on("error", (error: Error) => output.destroy(error));
  const addSheet = (number: number) => {
    const onEnd = async () => {
      if (await rows.hasMore()) return addSheet(number + 1);
      for (const [path, xml] of Object.entries(frameOf(number))) zip.addBuffer(Buffer.from(HEAD + xml), path);
      zip.end();
    };
    zip.addReadStreamLazy(`xl/worksheets/sheet${number}.xml`, {}, (begin) => {
      sheet = Readable.from(sheetOf(columns, rows, onEnd), { objectMode: false });
      begin(null, sheet);
    });
  };
  addSheet(1);
  try {
    for await (const chunk of output) yield chunk as Uint8Array;
  } finally {
    sheet?.destroy();
  }
}
