import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { SYSTEM_VIEWER } from "../src/core/viewer.ts";
import { copyIn, copyOut } from "../src/db/copy.ts";
import { type OpenDatabase, openDatabase } from "../src/db/open.ts";
import { performVerb } from "../src/grants/perform.service.ts";
import type { Transact } from "../src/imports/lanes.service.ts";
import { readOptions } from "../src/imports/options.rules.ts";
import { emptyReport } from "../src/imports/report.rules.ts";
import { runImport } from "../src/imports/service.ts";
import { pick, randomOf } from "../src/stats/random.ts";

const START = Date.UTC(2026, 0, 5);
const SPAN_MS = 12 * 7 * 86_400_000;
const PIECE = 1_000;
const POLICIES = ["NV", "HATE", "SPAM", "NUDITY"];
const LABELERS = Array.from({ length: 400 }, (_, i) => `L${i}`);
const QUEUES = Array.from({ length: 6 }, (_, i) => `Q${i}`);

/** Decisions of twelve weeks as CSV, always the same for the same number of rows. */
async function* generateRows(rows: number): AsyncGenerator<Uint8Array> {
  const random = randomOf("import bench");
  const encoder = new TextEncoder();
  yield encoder.encode("externalRef,contentRef,labelerRef,policyCode,queueCode,decidedAt,claimedAt,language\n");
  for (let first = 0; first < rows; first += PIECE) {
    const lines = Array.from({ length: Math.min(PIECE, rows - first) }, (_, i) => {
      const row = first + i;
      const decided = START + Math.floor((row / rows) * SPAN_MS);
      const times = [decided, decided - Math.floor(random() * 90_000)].map((time) => new Date(time).toISOString());
      const names = [pick(random, LABELERS), pick(random, POLICIES), pick(random, QUEUES)];
      return [`dec-${row}`, `content/${(row * 7_919) % rows}`, ...names, ...times, "en"].join(",");
    });
    yield encoder.encode(`${lines.join("\n")}\n`);
  }
}

interface Timed {
  seconds: number;
  /** Of this process, in MB. */
  peakMemory: number;
}

async function timeImport({ pool }: OpenDatabase, rows: number, file: string): Promise<Timed> {
  const set = ["vendor=BENCH", "market=en"];
  const given = { project: ["BENCH"], set, "create-missing": [""], "on-error": ["skip"] };
  const options = readOptions("decisions", new Map(Object.entries(given)));
  const transact: Transact = (work) => performVerb(pool, SYSTEM_VIEWER, "recordDecisions", {}, work);
  const report = emptyReport(false);
  const start = performance.now();
  await runImport(createReadStream(file), "csv", options, transact, report);
  if (report.recorded !== rows) throw new Error(`${report.recorded} of ${rows} rows were recorded: ${JSON.stringify(report.refusals[0])}`);
  return { seconds: (performance.now() - start) / 1_000, peakMemory: process.resourceUsage().maxRSS / 1_024 };
}

async function benchImport(rows: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "assay-bench-"));
  const database = await openDatabase({ database: { kind: "embedded", dir }, poolSize: 4, prepare: true });
  try {
    const [source, copied] = [join(dir, "decisions.csv"), join(dir, "decisions.copy")];
    await writeFile(source, generateRows(rows));
    const { seconds, peakMemory } = await timeImport(database, rows, source);
    await copyOut(database.urls.migrator, "decisions", copied);
    const copySeconds = (await copyIn(database.urls.migrator, "decisions", copied)) / 1_000;
    const rate = (time: number) => `${Math.round(rows / time).toLocaleString("en")} rows/s (${time.toFixed(1)} s)`;
    console.log(`import of ${rows.toLocaleString("en")} decisions: ${rate(seconds)}, CSV to commit`);
    console.log(`one COPY of the same rows into the same table, as its owner: ${rate(copySeconds)}`);
    console.log(`ratio ${(copySeconds / seconds).toFixed(2)}; peak memory of the importing process ${peakMemory.toFixed(0)} MB`);
  } finally {
    await database.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function readRows(text: string): number {
  const rows = Number(text);
  if (!Number.isInteger(rows) || rows < 1) throw new InvalidArgumentError("a whole number of rows.");
  return rows;
}

const program = new Command("npm run bench --").description("Measures Assay on a throw-away embedded PostgreSQL.");
program
  .command("import", { isDefault: true })
  .description("importing decisions, beside one COPY stream of the same rows")
  .option("--rows <number>", "decisions to import", readRows, 1_000_000)
  .action(({ rows }: { rows: number }) => benchImport(rows));
await program.parseAsync();
