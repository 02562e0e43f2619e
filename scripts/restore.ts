import { Command } from "commander";
import { environment, readConfig } from "../src/config.ts";
import type { Proof } from "../src/db/dump-file.ts";
import { DATA_DIR, locateDatabase, MIGRATIONS } from "../src/db/open.ts";
import { restore } from "../src/db/restore.ts";
import { exitOn, stepper } from "./steps.ts";

const NOTES = `
The database must be empty: of DATABASE_URL, or the embedded one where there is no .data/ yet. Roles are made, the schema is brought to the backup's,
the rows are loaded in one transaction, every table is read back and compared by count and SHA-256, then newer migrations follow. It is there
whole or not at all; if a newer migration fails, it stands with the schema it had. Cursors, webhooks, idempotency keys and API keys go on as they were when the backup was made; passwords of the database's
logins are those of the settings.
Exit code: 0 if everything stands, 2 if nothing does, or not with the newest schema.`;

const { file } = new Command("npm run restore --")
  .description("Brings a backup (npm run backup) into an empty database, also of another server and a newer version of Assay.")
  .requiredOption("--file <path>", "the backup")
  .addHelpText("after", NOTES)
  .parse()
  .opts<{ file: string }>();

await exitOn(async (signal) => {
  const onStep = stepper();
  const { urls, leave } = await locateDatabase(readConfig(environment(), DATA_DIR).database, onStep);
  try {
    let rows = 0;
    const onProof = ({ name, rows: loaded }: Proof) => {
      rows += loaded;
      if (loaded > 0) onStep(`${name}: ${loaded} rows`);
    };
    const madeAt = await restore(urls, file, MIGRATIONS, { onProof, signal });
    onStep("read back and compared");
    console.log(`${rows} rows stand as they were on ${madeAt}`);
  } finally {
    await leave();
  }
});
