import { Command } from "commander";
import { type NamedProof, proveAll } from "../src/accesses/proof.service.ts";
import { environment, readConfig } from "../src/config.ts";
import { directUrl } from "../src/db/migrate.ts";
import { DATA_DIR, locateDatabase } from "../src/db/open.ts";
import { createPool } from "../src/db/pool.ts";
import { readsOf } from "../src/db/steps.ts";
import { exitOn, stepper } from "./steps.ts";

const BROKEN = 1;
const PROGRESS_MS = 2_000;
const POOL = { size: 1, queue: 1, waitMs: 5_000, applicationName: "assay-verify" };

const NOTES = `
Each seal holds the hash of the one before it and of its row, so a row that was changed, removed, added or moved shows. Only the end can be cut off
unseen: keep elsewhere what is printed of the last seal, and look whether it still stands there. Reads in short pieces, while the service goes on.
Exit code: 0 if all chains hold, 1 if one is broken, 2 if they could not be read.`;

const { project } = new Command("npm run verify --")
  .description("Computes the hash chains over every project's events and over the access log anew, and names the first place of each that doesn't hold.")
  .option("--project <code>", "the events of this project alone")
  .addHelpText("after", NOTES)
  .parse()
  .opts<{ project?: string }>();

function tell({ name, first, last, hash, broken }: NamedProof): string {
  const held = last === 0 ? "nothing is sealed" : `seals ${first} to ${last} hold, the last is ${hash}`;
  const gone = first > 1 ? `; what came before ${first} is gone, as retention takes it` : "";
  return broken ? `BROKEN ${name}: ${broken}; before that, ${held}${gone}` : `${name}: ${held}${gone}`;
}

await exitOn(async (signal) => {
  const onStep = stepper();
  let told = performance.now();
  const onPage = (name: string, seq: number) => {
    signal.throwIfAborted();
    if (performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    onStep(`${name}: ${seq}`);
  };
  const { urls, leave } = await locateDatabase(readConfig(environment(), DATA_DIR).database, onStep);
  const pool = createPool({ url: directUrl(urls), ...POOL });
  try {
    for await (const proof of proveAll(readsOf(pool), project, onPage)) {
      if (proof.broken) process.exitCode = BROKEN;
      console.log(tell(proof));
    }
  } finally {
    await pool.end();
    await leave();
  }
}, "what is printed was looked at to its end, the rest was not");
