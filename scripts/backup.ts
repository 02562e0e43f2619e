import { Command } from "commander";
import { environment, readConfig } from "../src/config.ts";
import { backUp } from "../src/db/backup.ts";
import { DATA_DIR, locateDatabase } from "../src/db/open.ts";
import { exitOn, stepper } from "./steps.ts";

const NOTES = `
Everything of one moment, while the service goes on: the tables with their partitions, as gzipped text that zcat shows, each with its count and
SHA-256. Jobs are left out, since the system asks for them anew. An older backup of that name is replaced only by a whole new one.

Keep it like the database itself: it holds names, e-mail addresses, hashes of API keys and the secrets of webhooks. Only this account may read the file.
Exit code: 0 if the file is written, 2 if not.`;

const { file } = new Command("npm run backup --")
  .description("Backs up the database (DATABASE_URL's, or the embedded one in .data/, running or not) into one file.")
  .requiredOption("--file <path>", "where to write it, such as assay-2026-11-22.backup")
  .addHelpText("after", NOTES)
  .parse()
  .opts<{ file: string }>();

await exitOn(async (signal) => {
  const onStep = stepper();
  const { urls, leave } = await locateDatabase(readConfig(environment(), DATA_DIR).database, onStep);
  try {
    let [tables, rows] = [0, 0];
    await backUp(urls.migrator, file, (proof) => {
      tables += 1;
      rows += proof.rows;
      if (proof.rows > 0) onStep(`${proof.name}: ${proof.rows} rows`);
    }, signal);
    console.log(`${file}: ${rows} rows of ${tables} tables and partitions. It holds personal data and secrets: keep it safe.`);
  } finally {
    await leave();
  }
});
