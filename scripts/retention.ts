import { Command } from "commander";
import { environment, readConfig } from "../src/config.ts";
import { WORKER } from "../src/db/identity.ts";
import { DATA_DIR, openDatabase } from "../src/db/open.ts";
import { write } from "../src/db/session.ts";
import { readsOf } from "../src/db/steps.ts";
import { previewRetention, removeNext, rulesOf } from "../src/retention/service.ts";
import { exitOn, stepper } from "./steps.ts";

const NOTES = `
Rules are set by administrators (mutation setRetention), and applied by the service once a day; without a rule everything is kept. This command shows,
for every rule, what goes and what has to wait for what; with --apply it lets go of it now, in short transactions beside the running service.
Exit code: 0 if all went that may, 2 if not.`;

const TIMEOUT_MS = 60_000;

const { apply = false } = new Command("npm run retention --")
  .description("Shows what the rules of retention would let go of, table by table.")
  .option("--apply", "let go of it")
  .addHelpText("after", NOTES)
  .parse()
  .opts<{ apply?: boolean }>();

const day = (time: Date) => time.toISOString().slice(0, 10);

await exitOn(async () => {
  const onStep = stepper();
  const database = await openDatabase({ ...readConfig(environment(), DATA_DIR), onStep });
  try {
    const reads = readsOf(database.scanPool);
    const now = new Date();
    const rules = await rulesOf(reads);
    if (rules.length === 0) console.log("there are no rules: everything is kept");
    for (const { kind, keepDays } of rules) {
      const pieces = await previewRetention(reads, kind, keepDays, now);
      const going = pieces.filter(({ waitsFor }) => waitsFor.length === 0);
      console.log(`${kind}, kept ${keepDays} days: ${going.reduce((sum, { rows }) => sum + rows, 0)} rows ${apply ? "" : "would "}go`);
      for (const { name, startsAt, endsAt, rows, waitsFor } of pieces) {
        console.log(`  ${name}: ${rows} rows, ${day(startsAt)} to ${day(endsAt)}${waitsFor.length > 0 ? `, waits for ${waitsFor.join(", ")}` : ""}`);
      }
      if (!apply) continue;
      while ((await write(database.pool, WORKER, (db) => removeNext(db, kind, keepDays, now), { timeoutMs: TIMEOUT_MS })) > 0);
      onStep(`${kind}: done`);
    }
  } finally {
    await database.close();
  }
});
