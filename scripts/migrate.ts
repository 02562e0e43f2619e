import { Command } from "commander";
import { environment, readConfig } from "../src/config.ts";
import { DATA_DIR, openDatabase } from "../src/db/open.ts";

new Command("npm run migrate --")
  .description("Brings the database to the newest schema: DATABASE_URL's, or the embedded one in .data/. Safe to run by several at once.")
  .parse();

const start = performance.now();
const database = await openDatabase({ ...readConfig(environment(), DATA_DIR) });
await database.close();
console.log(`the database has the newest schema (${((performance.now() - start) / 1000).toFixed(1)} s)`);
