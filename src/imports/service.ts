import { type FieldRefusal, isRefusal, type OnError, type Recorded, type RowRefusal, settle } from "../core/fields.ts";
import { refreshAuditStatistics, refreshStatistics } from "../db/statistics.ts";
import { asSystem } from "../db/verb.ts";
import { type Lane, openAuditLane, openDecisionLane, openGoldenLane, type Transact } from "./lanes.service.ts";
import { fieldsOf, type ImportKind, type ImportOptions } from "./options.rules.ts";
import { type Format, openSource, type Source, type SourceRow } from "./records.service.ts";
import { addToReport, type ImportRefusal, type ImportReport } from "./report.rules.ts";
import { type Column, type KeyColumns, mapColumns, mapKey, NO_KEY, readRecord, referenceOf } from "./rules.ts";

/** What an import tells on its way. */
export interface ImportHooks {
  onProgress?: (report: ImportReport) => void;
  /** Ends the import after the batch that is being written. */
  signal?: AbortSignal;
}

// Rows of a transaction: as many as a database five times slower than a laptop's takes well within its time.
const BATCH: Readonly<Record<ImportKind, number>> = { decisions: 4_000, gold: 4_000, audits: 1_000 };
// Batches written at the same time. After a refused row that ends the import nothing may be written, so then it is one; audits of a project are
// recorded in turns, so a second batch would only use up its time waiting.
const AT_ONCE = 2;
/** Rows that change a table so much that the planner should know; while audits are imported, so often again as there are so many times more. */
const LOAD = 1_000;
const GROWTH = 8;

async function* batchesOf(rows: AsyncIterable<SourceRow[]>, size: number): AsyncGenerator<SourceRow[]> {
  let batch: SourceRow[] = [];
  for await (const some of rows) {
    for (const row of some) {
      batch.push(row);
      if (batch.length < size) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

// Tells the planner what an import fills the tables with: a help, and no part of the import, which without it only takes longer.
const tellPlanner = (transact: Transact, refresh: typeof refreshStatistics) => transact((verb) => asSystem(verb, refresh)).catch(() => {});

type Read<Item> = (row: SourceRow) => Item | FieldRefusal;

function rowReader<Item>(lane: Lane<Item>, columns: readonly Column[], key: KeyColumns): Read<Item> {
  return ({ row, record, fault }) => {
    if (!record) return { field: "", value: null, code: "INVALID_INPUT", message: fault! };
    const values = readRecord(columns, record);
    if (isRefusal(values)) return values;
    const reference = referenceOf(key, record, row);
    return typeof reference === "string" ? lane.read(values, reference, row) : reference;
  };
}

interface Reading<Item> {
  items: Item[];
  /** The place in the batch of each item. */
  places: number[];
  refusals: RowRefusal[];
}

// Rows after one that ends the import are not even read.
function readBatch<Item extends object>(batch: readonly SourceRow[], read: Read<Item>, onError: OnError): Reading<Item> {
  const reading: Reading<Item> = { items: [], places: [], refusals: [] };
  for (const [place, row] of batch.entries()) {
    const item = read(row);
    if (isRefusal(item)) reading.refusals.push({ row: place, ...item });
    else {
      reading.items.push(item);
      reading.places.push(place);
    }
    if (onError === "STOP" && reading.refusals.length > 0) break;
  }
  return reading;
}

// What came of a batch in the words of its source.
function report(
  batch: readonly SourceRow[],
  { places, refusals }: Reading<unknown>,
  recorded: Recorded,
  onError: OnError,
  columnOf: ReadonlyMap<string, string>,
) {
  const all = [...refusals, ...recorded.refusals.map((refusal) => ({ ...refusal, row: places[refusal.row]! }))];
  const said = settle(all, onError).refusals.map(({ row: place, field, ...rest }): ImportRefusal => {
    const { row, line } = batch[place]!;
    return { row, line, column: field === "" ? null : (columnOf.get(field) ?? field), ...rest };
  });
  return { recorded: recorded.recorded, alreadyPresent: recorded.alreadyPresent, refusals: said };
}

async function importRows<Item extends object>(
  source: Source,
  lane: Lane<Item>,
  options: ImportOptions,
  total: ImportReport,
  { hooks, transact }: { hooks: ImportHooks; transact: Transact },
): Promise<void> {
  const columns = mapColumns(fieldsOf(options.kind), options.columns, options.constants, source.header);
  const key = options.kind === "decisions" || options.key.length > 0 ? mapKey(options.key, source.header) : NO_KEY;
  const named = columns.flatMap(({ spec, name }): [string, string][] => (name ? [[spec.field, name]] : []));
  const keyed = key.names.length > 0 ? key.names.join(":") : null;
  const columnOf = new Map([["externalRef", keyed ?? "row"], ...named, ...(keyed ? [["decisionRef", keyed] as const] : [])]);
  const read = rowReader(lane, columns, key);
  const add = async (batch: readonly SourceRow[], reading: Reading<Item>, recorded: Promise<Recorded>, before: Promise<unknown>) => {
    await Promise.allSettled([recorded, before]);
    const said = report(batch, reading, await recorded, options.onError, columnOf);
    addToReport(total, said);
    total.created = lane.created();
    hooks.onProgress?.(total);
    return options.onError === "STOP" && said.refusals.length > 0;
  };
  // Batches being written, oldest first; each tells whether the import has to end.
  const writing: Promise<boolean>[] = [];
  const most = options.onError === "SKIP" && options.kind !== "audits" && !options.isDryRun ? AT_ONCE : 1;
  // Rows of audits at which the planner is told next: those of a project that it has never heard of are looked for one after the other.
  let untold = options.kind === "audits" && !options.isDryRun ? LOAD : Infinity;
  const hasEnded = async () => most === 1 && ((await writing[0]) ?? false);
  try {
    for await (const batch of batchesOf(source.rows, BATCH[options.kind])) {
      const reading = readBatch(batch, read, options.onError);
      if (total.recorded >= untold) {
        untold = total.recorded * GROWTH;
        await tellPlanner(transact, refreshAuditStatistics);
      }
      const recording = await lane.prepare(reading.items, hasEnded);
      if (writing.length >= most && (await writing.shift())) return;
      if (hooks.signal?.aborted) return;
      const told = add(batch, reading, recording(), Promise.allSettled(writing));
      told.catch(() => {}); // awaited when there is room for another, or at the end
      writing.push(told);
      if (options.onError === "STOP" && reading.refusals.length > 0) break;
    }
    total.isComplete = !(await Promise.all(writing)).includes(true);
  } finally {
    await Promise.allSettled(writing);
  }
}

/**
 * Imports a stream of decisions, golden items or audits, batch by batch, each in a transaction of its own; reading goes on while the batches before
 * are written, and memory doesn't grow with the stream. `total` says at any time, and whatever befalls, what was taken.
 */
export async function runImport(
  bytes: AsyncIterable<Uint8Array>,
  format: Format,
  options: ImportOptions,
  transact: Transact,
  total: ImportReport,
  hooks: ImportHooks = {},
): Promise<void> {
  const source = await openSource(bytes, format);
  const aside = { hooks, transact };
  if (options.kind === "gold") await importRows(source, await openGoldenLane(options, transact), options, total, aside);
  else if (options.kind === "audits") await importRows(source, await openAuditLane(options, transact), options, total, aside);
  else await importRows(source, await openDecisionLane(options, transact), options, total, aside);
  if (!options.isDryRun && total.recorded >= LOAD) await tellPlanner(transact, refreshStatistics);
}
