import { open } from "node:fs/promises";
import { extname } from "node:path";
import { Command, Option } from "commander";
import { environment, readConfig } from "../src/config.ts";
import { Refusal } from "../src/core/errors.ts";
import { SYSTEM_VIEWER } from "../src/core/viewer.ts";
import { DATA_DIR, openDatabase } from "../src/db/open.ts";
import { StartError } from "../src/db/start-error.ts";
import { performVerb } from "../src/grants/perform.service.ts";
import { fieldsOf, GENERAL_OPTIONS, IMPORT_KINDS, type ImportKind, type ImportOptions, readOptions, SWITCHES } from "../src/imports/options.rules.ts";
import type { Format } from "../src/imports/records.service.ts";
import { describeRefusal, emptyReport, type ImportReport, MOST_LISTED } from "../src/imports/report.rules.ts";
import type { Transact } from "../src/imports/lanes.service.ts";
import { runImport } from "../src/imports/service.ts";

const EXIT = { ok: 0, refused: 1, failed: 2 } as const;
const PROGRESS_MS = 2_000;

const EXAMPLES: Record<ImportKind, string> = {
  decisions: `
Example, for a source with neither references nor times, into an empty database:
  npm run import -- decisions --project ADULT --file labels.csv --create-missing --labeler labeler_id --policy label --content item_id
    --set vendor=CROWD --set queue=SITES --set market=en --non-violating G --rank G P R X --start 2026-01-01T00:00:00Z --every 1s`,
  gold: `
Example:
  npm run import -- gold --project ADULT --file gold.csv --content item_id --truth gold_label --source gold_source --rule gold_policy_rule`,
  audits: `
Example, for a QA sheet of decisions that are here already, named by the reference they were recorded with:
  npm run import -- audits --project ADULT --file sheet.csv --decision item_id --set vendor=CROWD --truth qa_label --submitted-at checked_at
    --auditor qa_email --cause reason --comment remarks --label "no violation=NV" --on-error skip`,
};

const ABOUT: Record<ImportKind, { items: string; about: string }> = {
  decisions: { items: "decisions", about: "what labelers decided" },
  gold: { items: "golden items", about: "content with agreed answers" },
  audits: { items: "audits", about: "audits made elsewhere, such as old QA sheets" },
};

const NOTES = `
A field's option names its column; without it the column called like the field is taken (in brackets). Each batch of 4,000 rows (1,000 audits) is one
transaction. The same row again is counted and skipped, so that an import may be run again after whatever stopped it.
Exit code: 0 if every row stands, 1 if some were refused, 2 if the import could not be run to its end.`;

function addOptions(command: Command, kind: ImportKind): Command {
  command.requiredOption("--project <code>", "the project").requiredOption("--file <path>", "CSV with a header, or NDJSON; - for standard input");
  command.addOption(new Option("--format <format>", "what the file is; by its name if absent").choices(["csv", "ndjson"]));
  for (const { option, field, isRequired, meaning } of fieldsOf(kind)) {
    command.option(`--${option} <column>`, `${meaning} [${field}]${isRequired ? ", needed" : ""}`);
  }
  for (const [name, { argument, isRepeated, meaning, kinds }] of Object.entries(GENERAL_OPTIONS)) {
    if (kinds.includes(kind)) command.option(`--${name} <${argument}${isRepeated ? "..." : ""}>`, meaning);
  }
  for (const [name, meaning] of Object.entries(SWITCHES)) command.option(`--${name}`, meaning);
  return command.addHelpText("after", NOTES + EXAMPLES[kind]);
}

// Commander calls --on-error onError.
function givenOptions(values: Record<string, unknown>): Map<string, string[]> {
  const given = Object.entries(values).filter(([name]) => name !== "file" && name !== "format");
  return new Map(given.map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), [value].flat().map(String)]));
}

function formatOf({ file, format }: { file: string; format?: Format }): Format {
  if (format) return format;
  const ending = extname(file).toLowerCase();
  if (ending === ".csv") return "csv";
  if ([".ndjson", ".jsonl"].includes(ending)) return "ndjson";
  throw new StartError(`${file} doesn't say by its name what it is`, "name it by --format csv or --format ndjson");
}

function progress(start: number): (report: ImportReport) => void {
  let last = start;
  return ({ rows, refused }) => {
    const now = performance.now();
    if (now - last < PROGRESS_MS) return;
    last = now;
    process.stderr.write(`  ${rows} rows, ${Math.round((rows / (now - start)) * 1_000)} rows/s${refused > 0 ? `, ${refused} refused` : ""}\n`);
  };
}

function summarize({ kind }: ImportOptions, report: ImportReport, seconds: number): void {
  for (const refusal of report.refusals) process.stderr.write(`refused: ${describeRefusal(refusal)}\n`);
  if (report.refused > MOST_LISTED) process.stderr.write(`refused: ${report.refused - MOST_LISTED} more, not listed\n`);
  const created = Object.entries(report.created).filter(([, count]) => count > 0).map(([what, count]) => `${count} ${what}`);
  if (created.length > 0) console.log(`created ${created.join(", ")}`);
  const counts = `${report.recorded} recorded, ${report.alreadyPresent} already there, ${report.refused} refused, of ${report.rows} rows`;
  console.log(`${report.isDryRun ? "dry run, nothing written: " : ""}${ABOUT[kind].items}: ${counts} (${seconds.toFixed(1)} s)`);
  if (!report.isComplete) console.log("stopped before the end: what is counted here stands, the rows after it were not looked at; run it again to go on");
}

/** Runs the import as the system, which no grants limit; each piece of its work is one transaction. */
async function importFile(kind: ImportKind, file: string, format: Format, options: ImportOptions): Promise<number> {
  const bytes = file === "-" ? process.stdin : (await open(file)).createReadStream();
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ending.abort());
  const database = await openDatabase(readConfig(environment(), DATA_DIR));
  const report = emptyReport(options.isDryRun);
  const start = performance.now();
  let failure: unknown;
  try {
    const transact: Transact = (work) => performVerb(database.pool, SYSTEM_VIEWER, kind, {}, work);
    await runImport(bytes, format, options, transact, report, { onProgress: progress(start), signal: ending.signal });
  } catch (error) {
    failure = error;
  }
  if (!failure || report.rows > 0) summarize(options, report, (performance.now() - start) / 1_000);
  await database.close();
  if (failure) throw failure;
  if (report.refused > 0) return EXIT.refused;
  return report.isComplete ? EXIT.ok : EXIT.failed;
}

async function main(kind: ImportKind, values: { file: string; format?: Format }): Promise<void> {
  try {
    process.exitCode = await importFile(kind, values.file, formatOf(values), readOptions(kind, givenOptions(values as never)));
  } catch (error) {
    const { message, remedy, stack, syscall } = error as Partial<StartError & NodeJS.ErrnoException>;
    const isExpected = error instanceof Refusal || remedy !== undefined || syscall !== undefined;
    process.stderr.write(`${isExpected ? [message, remedy].filter(Boolean).join(": ") : stack}\n`);
    process.exitCode = EXIT.failed;
  }
}

const program = new Command("npm run import --").description("Imports decisions, golden items or audits from a file, as the system itself.");
for (const kind of IMPORT_KINDS) {
  addOptions(program.command(kind).description(ABOUT[kind].about), kind).action((values) => main(kind, values as { file: string; format?: Format }));
}
await program.parseAsync();
