import type { FieldRefusal } from "../core/fields.ts";

/** A refused row, as its source knows it. */
export interface ImportRefusal extends Omit<FieldRefusal, "field"> {
  /** Data row from 1, the header not counted. */
  row: number;
  /** Line of the file that the row begins on. */
  line: number;
  /** The column the value stands in; the field where the source has no such column; null if the whole row can't be read. */
  column: string | null;
}

/** Kinds of things an import may create on the way. */
export const CREATED_KINDS = ["projects", "vendors", "markets", "queues", "labelers", "policies"] as const;
type CreatedKind = (typeof CREATED_KINDS)[number];
export type Created = Record<CreatedKind, number>;
/** What was created, by kind: codes, or vendor and reference. */
export type CreatedNames = Partial<Record<CreatedKind, readonly string[]>>;

/** What an import has done so far, exactly: what is counted here is committed, and nothing else is. */
export interface ImportReport {
  /** Rows decided on: the sum of the three below. */
  rows: number;
  recorded: number;
  alreadyPresent: number;
  refused: number;
  /** The first 1,000 refusals. */
  refusals: ImportRefusal[];
  created: Created;
  isDryRun: boolean;
  /** False if rows are left that were not looked at. */
  isComplete: boolean;
}

/** How many refusals a report lists; all are counted. */
export const MOST_LISTED = 1_000;

/** The report of an import that has done nothing yet. */
export function emptyReport(isDryRun: boolean): ImportReport {
  const created = Object.fromEntries(CREATED_KINDS.map((kind) => [kind, 0])) as Created;
  return { rows: 0, recorded: 0, alreadyPresent: 0, refused: 0, refusals: [], created, isDryRun, isComplete: false };
}

/** Adds what came of a batch to the report. */
export function addToReport(report: ImportReport, batch: { recorded: number; alreadyPresent: number; refusals: readonly ImportRefusal[] }): void {
  report.recorded += batch.recorded;
  report.alreadyPresent += batch.alreadyPresent;
  report.refused += batch.refusals.length;
  report.rows += batch.recorded + batch.alreadyPresent + batch.refusals.length;
  report.refusals.push(...batch.refusals.slice(0, MOST_LISTED - report.refusals.length));
}

/** A refused row in words: where it is, what stands there, why not. */
export function describeRefusal({ row, line, column, value, message }: ImportRefusal): string {
  const place = `row ${row} (line ${line})${column === null ? "" : `, ${column}`}`;
  return `${place}: ${value === null || message.includes(`"${value}"`) ? "" : `"${value}" `}${message}`;
}
