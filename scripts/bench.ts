import { Command, InvalidArgumentError } from "commander";
import { benchClaims } from "./bench/claims.ts";
import { benchDelivery } from "./bench/delivery.ts";
import { benchExports } from "./bench/exports.ts";
import { benchFaults, type FaultsOptions } from "./bench/faults.ts";
import { benchImport } from "./bench/import.ts";
import { benchMetrics } from "./bench/metrics.ts";
import { benchLive, type LiveOptions } from "./bench/live.ts";
import { listen } from "./bench/listeners.ts";
import { benchReads, type ReadsOptions } from "./bench/reads.ts";
import { serve } from "./bench/serving.ts";
import { benchSockets, type SocketsOptions } from "./bench/sockets.ts";

const ROWS = 1_000_000;
const AUDITS = 1_000_000;
const WAITING = [1_000, 100_000, 1_000_000];

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError("a whole number.");
  return count;
}

// Fewer would all be claimed before the rounds are over.
function readCounts(text: string): number[] {
  const counts = text.split(",").map(readCount);
  if (counts.some((count) => count < 1_000)) throw new InvalidArgumentError("numbers of 1000 or more, with commas between.");
  return counts;
}

const program = new Command("npm run bench --").description("Measures Assay on a throw-away embedded PostgreSQL.");
program
  .command("all", { isDefault: true })
  .description("import, then draws and claims, each as by its own command")
  .action(async () => {
    await benchImport(ROWS);
    await benchClaims(WAITING);
  });
program
  .command("import")
  .description("importing decisions, beside one COPY stream of the same rows")
  .option("--rows <number>", "decisions to import", readCount, ROWS)
  .action(({ rows }: { rows: number }) => benchImport(rows));
program
  .command("claims")
  .description("drawing samples, and claiming them where few and where many wait")
  .option("--waiting <numbers>", "how many samples wait, in a project each", readCounts, WAITING)
  .action(({ waiting }: { waiting: number[] }) => benchClaims(waiting));
program
  .command("exports")
  .description("exporting decisions in every format, with the memory that it takes")
  .option("--rows <number>", "decisions to export", readCount, ROWS)
  .action(({ rows }: { rows: number }) => benchExports(rows));
program
  .command("live")
  .description("events to many subscribers, beside a floor and stock graphql-ws, and what events add to writes")
  .option("--subscribers <number>", "sockets, with a subscription each", readCount, 1_000)
  .option("--rounds <number>", "rounds of both servers, with two turns each", readCount, 3)
  .action((options: LiveOptions) => benchLive(options));
program
  .command("delivery")
  .description("whether every event reaches every subscriber once and in order, while processes are killed")
  .option("--events <number>", "events to write", readCount, 10_000)
  .option("--seconds <number>", "seconds to write them in", readCount, 60)
  .option("--subscribers <number>", "those who follow, and connect again at random", readCount, 50)
  .action((options: { events: number; seconds: number; subscribers: number }) => benchDelivery({ ...options, writers: 8, killEveryMs: 5_000 }));
program
  .command("sockets")
  .description("many authenticated sockets that do nothing: memory, CPU, and what others wait for answers meanwhile")
  .option("--sockets <number>", "sockets, all of one principal", readCount, 10_000)
  .option("--seconds <number>", "seconds of each measurement", readCount, 20)
  .action((options: SocketsOptions) => benchSockets(options));
program
  .command("faults")
  .description("whether every acknowledged write stands once, and no row crosses vendors, while the API's process and its database are killed")
  .option("--writes <number>", "writes to be acknowledged, at least", readCount, 5_000)
  .option("--kills <number>", "times that the process is killed", readCount, 20)
  .option("--restarts <number>", "times that PostgreSQL is ended, fast and immediately by turns", readCount, 20)
  .action((options: FaultsOptions) => benchFaults(options));
program.command("listen", { hidden: true }).argument("<listening>").action((listening: string) => listen(JSON.parse(listening)));
program.command("serve", { hidden: true }).argument("<urls>").action((urls: string) => serve(JSON.parse(urls)));
program
  .command("reads")
  .description("lists, nested lists, single rows and figures, beside a floor, a stock server, PostGraphile and Mercurius on the same data")
  .option("--audits <number>", "published audits to load", readCount, AUDITS)
  .option("--rounds <number>", "rounds of every server at every workload", readCount, 3)
  .option("--seconds <number>", "seconds of a turn", readCount, 3)
  .action((options: ReadsOptions) => benchReads(options));
program
  .command("metrics")
  .description("figures over half a year by the API, beside the best direct scans of the same audits")
  .option("--audits <numbers>", "published audits to load, in a database each", readCounts, [AUDITS, 10 * AUDITS])
  .action(({ audits }: { audits: number[] }) => benchMetrics(audits));
await program.parseAsync();
