import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SYSTEM_VIEWER } from "../../src/core/viewer.ts";
import { type OpenDatabase, openDatabase } from "../../src/db/open.ts";
import { performVerb } from "../../src/grants/perform.service.ts";
import type { Transact } from "../../src/imports/lanes.service.ts";
import { readOptions } from "../../src/imports/options.rules.ts";
import { emptyReport } from "../../src/imports/report.rules.ts";
import { runImport } from "../../src/imports/service.ts";
import { pick, randomOf } from "../../src/stats/random.ts";

/** The weeks that all decisions lie in. */
export const START = Date.UTC(2026, 0, 5);
export const WEEKS = 12;
export const WEEK_MS = 7 * 86_400_000;

const PIECE = 1_000;
const POLICIES = ["NV", "HATE", "SPAM", "NUDITY"];
const LABELERS = Array.from({ length: 400 }, (_, i) => `L${i}`);
const QUEUES = Array.from({ length: 6 }, (_, i) => `Q${i}`);
/** Each market's decisions are spread over all queues. */
export const MARKETS = Array.from({ length: 10 }, (_, i) => `m${i}`);

/** Decisions of twelve weeks as CSV, always the same for the same number of rows. */
export async function* generateRows(rows: number): AsyncGenerator<Uint8Array> {
  const random = randomOf("import bench");
  const encoder = new TextEncoder();
  yield encoder.encode("externalRef,contentRef,labelerRef,policyCode,queueCode,decidedAt,claimedAt,language,market\n");
  for (let first = 0; first < rows; first += PIECE) {
    const lines = Array.from({ length: Math.min(PIECE, rows - first) }, (_, i) => {
      const row = first + i;
      const decided = START + Math.floor((row / rows) * WEEKS * WEEK_MS);
      const times = [decided, decided - Math.floor(random() * 90_000)].map((time) => new Date(time).toISOString());
      const names = [pick(random, LABELERS), pick(random, POLICIES), pick(random, QUEUES)];
      return [`dec-${row}`, `content/${(row * 7_919) % rows}`, ...names, ...times, "en", MARKETS[row % MARKETS.length]].join(",");
    });
    yield encoder.encode(`${lines.join("\n")}\n`);
  }
}

/** Imports such decisions into a project, which is made; throws unless every one of them is recorded. */
export async function importRows({ pool }: OpenDatabase, project: string, rows: number, csv: AsyncIterable<Uint8Array>): Promise<void> {
  const given = { project: [project], set: ["vendor=BENCH"], "create-missing": [""], "on-error": ["skip"] };
  const options = readOptions("decisions", new Map(Object.entries(given)));
  const transact: Transact = (work) => performVerb(pool, SYSTEM_VIEWER, "recordDecisions", {}, work);
  const report = emptyReport(false);
  await runImport(csv, "csv", options, transact, report);
  if (report.recorded !== rows) throw new Error(`${report.recorded} of ${rows} rows were recorded: ${JSON.stringify(report.refusals[0])}`);
}

/** Runs the work on a throw-away embedded database. */
export async function withDatabase(work: (database: OpenDatabase, dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "assay-bench-"));
  const database = await openDatabase({ database: { kind: "embedded", dir }, poolSize: 4, prepare: true });
  try {
    await work(database, dir);
  } finally {
    await database.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A whole number with its thousands apart. */
export const show = (count: number): string => Math.round(count).toLocaleString("en");
