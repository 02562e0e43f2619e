import { Command } from "commander";
import { environment, readConfig } from "../src/config.ts";
import { WORKER } from "../src/db/identity.ts";
import { DATA_DIR, openDatabase } from "../src/db/open.ts";
import type { Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { type Reads, readsOf } from "../src/db/steps.ts";
import type { RetainedKind } from "../src/retention/rules.ts";
import { previewRetention, removeNext, rulesOf } from "../src/retention/service.ts";
import { exitOn, failWith, stepper } from "./steps.ts";

const NOTES = `
Rules are set by administrators (mutation setRetention), and applied by the service once a day; without a rule everything is kept. This command shows,
for every rule, what goes and what has to wait for what; with --apply it lets go of it now, in short transactions beside the running service. A rule that fails keeps no other from being applied.
Exit code: 0 if all went that may, 2 if not.`;

const TIMEOUT_MS = 60_000;

const { apply = false } = new Command("npm run retention --")
  .description("Shows what the rules of retention would let go of, table by table.")
  .option("--apply", "let go of it")
  .addHelpText("after", NOTES)
  .parse()
  .opts<{ apply?: boolean }>();

interface Rule {
  kind: RetainedKind;
  keepDays: number;
}

const now = new Date();
const onStep = stepper();
const day = (time: Date) => time.toISOString().slice(0, 10);

async function show(reads: Reads, { kind, keepDays }: Rule): Promise<void> {
  const pieces = await previewRetention(reads, kind, keepDays, now);
  const going = pieces.filter(({ waitsFor }) => waitsFor.length === 0);
  console.log(`${kind}, kept ${keepDays} days: ${going.reduce((sum, { rows }) => sum + rows, 0)} rows ${apply ? "" : "would "}go`);
  for (const { name, startsAt, endsAt, rows, waitsFor } of pieces) {
    console.log(`  ${name}: ${rows} rows, ${day(startsAt)} to ${day(endsAt)}${waitsFor.length > 0 ? `, waits for ${waitsFor.join(", ")}` : ""}`);
  }
}

async function letGo(pool: Pool, { kind, keepDays }: Rule, signal: AbortSignal): Promise<void> {
  let gone = 0;
  for (let last = 1; last > 0 && !signal.aborted; gone += last) {
    last = await write(pool, WORKER, (db) => removeNext(db, kind, keepDays, now), { timeoutMs: TIMEOUT_MS });
  }
  onStep(`${kind}: ${signal.aborted ? `stopped, ${gone} gone so far` : "done"}`);
}

await exitOn(async (signal) => {
  const database = await openDatabase({ ...readConfig(environment(), DATA_DIR), onStep });
  try {
    const reads = readsOf(database.scanPool);
    const rules = await rulesOf(reads);
    if (rules.length === 0) console.log("there are no rules: everything is kept");
    for (const rule of rules) {
      signal.throwIfAborted();
      try {
        await show(reads, rule);
        if (apply) await letGo(database.pool, rule, signal);
      } catch (error) {
        failWith(error, rule.kind);
      }
    }
    signal.throwIfAborted();
  } finally {
    await database.close();
  }
}, "what is told as gone is gone, the rest waits for the next time");
