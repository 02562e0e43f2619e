import { parse } from "csv-parse/sync";
import { InvalidInput } from "../core/errors.ts";
import { type Line, readLines } from "./lines.service.ts";
import type { SourceRecord } from "./rules.ts";

/** One data row of a source, or why it can't be read. */
export interface SourceRow {
  /** From 1, the header not counted. */
  row: number;
  /** Where it begins in the file, from 1. */
  line: number;
  record: SourceRecord | null;
  fault: string | null;
}

export type Format = "csv" | "ndjson";

/** A source with its header, which NDJSON lacks. */
export interface Source {
  header: readonly string[] | null;
  rows: AsyncIterable<SourceRow[]>;
}

type Cells = { line: number; cells: string[] | null; fault: string | null };

const MOST_OPEN_LINES = 500;
const MOST_OPEN_CHARACTERS = 256 * 1024;
const UNCLOSED = "a quote is opened that no later line closes, or text stands beside a quoted cell.";

function hasOddQuotes(text: string): boolean {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count += 1;
  return count % 2 === 1;
}

function parseCells(text: string): string[][] | null {
  try {
    return parse(text, { relax_column_count: true, record_delimiter: "\n" });
  } catch {
    return null;
  }
}

/**
 * Cuts lines into CSV records (RFC 4180). A line without quotes is simply split. A quote that makes no record costs its own line alone:
 * the lines after it are read anew, so one broken line never swallows the file.
 */
class CsvCutter {
  #open: Line[] = [];
  #run: Line[] = [];
  #width: number | null = null;

  /** The records that these lines complete. */
  take(lines: readonly Line[], isEnd: boolean): Cells[] {
    const done: Cells[] = [];
    const pending = [...lines].reverse();
    for (;;) {
      const line = pending.pop();
      if (line) this.#takeLine(line, pending, done);
      else if (isEnd && this.#open.length > 0) this.#giveUp(pending, done);
      else break;
    }
    this.#parseRun(done);
    return done;
  }

  #takeLine(line: Line, pending: Line[], done: Cells[]): void {
    const { number, text, fault } = line;
    if (this.#open.length > 0) return this.#continue(line, pending, done);
    if (text !== null && text.includes('"')) {
      if (!hasOddQuotes(text)) return void this.#run.push(line);
      this.#parseRun(done);
      this.#open = [line];
      return;
    }
    this.#parseRun(done);
    if (text === null) done.push({ line: number, cells: null, fault });
    else if (text !== "") this.#put(number, text.split(","), done);
  }

  #continue(line: Line, pending: Line[], done: Cells[]): void {
    this.#open.push(line);
    const text = this.#open.map((each) => each.text).join("\n");
    const isClosed = line.text !== null && !hasOddQuotes(text);
    const records = isClosed ? parseCells(text) : null;
    if (records?.length === 1 && (this.#width === null || records[0]!.length === this.#width)) {
      const { number } = this.#open[0]!;
      this.#open = [];
      this.#put(number, records[0]!, done);
    } else if (isClosed || line.text === null || this.#open.length > MOST_OPEN_LINES || text.length > MOST_OPEN_CHARACTERS) this.#giveUp(pending, done);
  }

  #giveUp(pending: Line[], done: Cells[]): void {
    const [first, ...others] = this.#open;
    this.#open = [];
    done.push({ line: first!.number, cells: null, fault: UNCLOSED });
    pending.push(...others.reverse());
  }

  // Lines that are records of their own, in one call of the parser; one by one only if that fails.
  #parseRun(done: Cells[]): void {
    const run = this.#run;
    if (run.length === 0) return;
    this.#run = [];
    const records = parseCells(run.map(({ text }) => text).join("\n"));
    const isWhole = records?.length === run.length;
    run.forEach(({ number, text }, i) => {
      const cells = isWhole ? records[i]! : parseCells(text!)?.[0];
      if (cells) this.#put(number, cells, done);
      else done.push({ line: number, cells: null, fault: UNCLOSED });
    });
  }

  #put(line: number, cells: string[], done: Cells[]): void {
    this.#width ??= cells.length;
    const fault = cells.length === this.#width ? null : `the line has ${cells.length} cells, the header ${this.#width}.`;
    done.push({ line, cells: fault ? null : cells, fault });
  }
}

async function* cutCsv(lines: AsyncIterable<Line[]>): AsyncGenerator<Cells[]> {
  const cutter = new CsvCutter();
  for await (const some of lines) yield cutter.take(some, false);
  yield cutter.take([], true);
}

async function* numberRows(first: readonly Cells[], rest: AsyncIterable<Cells[]>): AsyncGenerator<SourceRow[]> {
  let row = 0;
  const numbered = (cells: readonly Cells[]) => cells.map((each) => ({ row: (row += 1), line: each.line, record: each.cells, fault: each.fault }));
  yield numbered(first);
  for await (const some of rest) yield numbered(some);
}

async function openCsv(lines: AsyncIterable<Line[]>): Promise<Source> {
  const records = cutCsv(lines);
  let first: Cells[] = [];
  while (first.length === 0) {
    const { value, done } = await records.next();
    if (done) throw new InvalidInput("The file is empty; its first line names the columns.");
    first = value;
  }
  const [header, ...rows] = first;
  if (!header?.cells) throw new InvalidInput(`Line ${header!.line}, which names the columns, can't be read: ${header!.fault}`);
  return { header: header.cells.map((name) => name.trim()), rows: numberRows(rows, records) };
}

function readObject(row: number, { number, text, fault }: Line): SourceRow {
  if (text === null) return { row, line: number, record: null, fault };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { row, line: number, record: value as SourceRecord, fault: null };
  } catch {
    // Falls through to the fault.
  }
  return { row, line: number, record: null, fault: "the line is not a JSON object." };
}

async function* readObjects(lines: AsyncIterable<Line[]>): AsyncGenerator<SourceRow[]> {
  let row = 0;
  for await (const some of lines) yield some.filter(({ text }) => text === null || text.trim() !== "").map((line) => readObject((row += 1), line));
}

/** The rows of a CSV file with a header, or of NDJSON, read as they arrive: memory doesn't grow with the file. */
export async function openSource(bytes: AsyncIterable<Uint8Array>, format: Format): Promise<Source> {
  const lines = readLines(bytes);
  return format === "csv" ? openCsv(lines) : { header: null, rows: readObjects(lines) };
}
