import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Server as Listener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Command, InvalidArgumentError } from "commander";
import pino from "pino";
import { type Config, environment, readConfig, SETTINGS } from "./config.ts";
import { resetEmbedded } from "./db/embedded.ts";
import { DATA_DIR, type OpenDatabase, openDatabase } from "./db/open.ts";
import { StartError } from "./db/start-error.ts";
import { greeting } from "./demo/rules.ts";
import { demoTokens, loadDemo } from "./demo/service.ts";
import { createListener, endListening, retire } from "./graphql/plugins/listening.ts";
import { createServer, type Server } from "./server.ts";

interface Options {
  port?: number;
  reset?: boolean;
  demo: boolean;
}

const DEFAULT_PORT = 4000;
const PORTS_TRIED = 50;
/** Within 10 s in all: those who send requests see that this process isn't ready, what is under way is answered, the rest ends. */
const GRACE_MS = 1_000;
const ANSWER_MS = 7_000;
const END_MS = 9_500;

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError("a port is a whole number from 0 to 65535.");
  return port;
}

const program = new Command("npm start --")
  .description("Serves Assay's API. Without DATABASE_URL it starts a PostgreSQL of its own in .data/ and loads demo data.")
  .option("--port <number>", "listen on this port, or fail (default 4000, or the next free one)", readPort)
  .option("--reset", "remove the embedded database first; what is in it is lost")
  .option("--no-demo", "no demo data, no demo tokens")
  .addHelpText("after", `\nEnvironment:\n${SETTINGS.map(([name, meaning]) => `  ${name.padEnd(32)} ${meaning}`).join("\n")}`);

/** Prints a step with the time it took. */
function stepper(): (step: string) => void {
  let last = performance.now();
  return (step) => {
    const now = performance.now();
    console.log(`  ${((now - last) / 1000).toFixed(1).padStart(5)} s  ${step}`);
    last = now;
  };
}

function listenOn(listener: Listener, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(port, host, () => {
      listener.off("error", reject);
      resolve();
    });
  });
}

/** Listens on the port asked for, or else on the first free one from 4000 on. */
async function listen(listener: Listener, { host, port }: Config, onStep: (step: string) => void): Promise<number> {
  for (let candidate = port ?? DEFAULT_PORT; ; candidate += 1) {
    try {
      await listenOn(listener, candidate, host);
      return (listener.address() as AddressInfo).port;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const isBusy = code === "EADDRINUSE";
      if (isBusy && port === null && candidate < DEFAULT_PORT + PORTS_TRIED) onStep(`port ${candidate} is busy, trying the next`);
      else if (isBusy) throw new StartError(`port ${candidate} is in use`, "stop what listens there, or name another with --port");
      else throw new StartError(`can't listen on ${host}:${candidate} (${message})`, "name another port with --port, or another address with HOST");
    }
  }
}

/** Ends in order: not ready any more, no new requests, those under way answered, sockets and jobs ended. */
async function drain(listener: Listener, server: Server): Promise<void> {
  server.retire();
  retire(listener);
  await sleep(graceMs);
  await server.close(endListening(listener, ANSWER_MS));
}

/** Gives the demo's principals tokens, the same as last time while they are valid, and keeps them for scripts. */
async function prepareDemo(database: OpenDatabase, onStep: (step: string) => void): Promise<(url: string) => void> {
  const file = join(DATA_DIR, "demo.json");
  await loadDemo(database.pool, { seed: "assay", now: new Date(), log: onStep });
  const previous = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { tokens: Record<string, string> }).tokens : null;
  const tokens = await demoTokens(database.pool, previous);
  onStep("demo data ready");
  return (url) => {
    const wsUrl = url.replace(/^http/, "ws");
    writeFileSync(file, `${JSON.stringify({ url: `${url}/graphql`, wsUrl: `${wsUrl}/graphql`, pid: process.pid, tokens }, null, 2)}\n`, { mode: 0o600 });
    for (const line of greeting(url, tokens)) console.log(line);
  };
}

const ending = new AbortController();
let graceMs = 0;

// What has to be undone, last first, however far the start got.
const closers: (() => Promise<void>)[] = [];

async function closeAll(): Promise<void> {
  while (closers.length > 0) await closers.pop()!();
}

async function main(signal: AbortSignal): Promise<void> {
  const options = program.parse().opts<Options>();
  const onStep = stepper();
  const config = readConfig({ ...environment(), ...(options.port === undefined ? {} : { PORT: String(options.port) }) }, DATA_DIR);
  if (options.reset) {
    if (config.database.kind === "external") throw new StartError("--reset is for the embedded database", "unset DATABASE_URL, or leave --reset out");
    await resetEmbedded(DATA_DIR);
    onStep("embedded database removed");
  }
  // Written many lines at a time, and all at the end.
  const log = pino({ level: config.logLevel }, pino.destination({ sync: false, minLength: 4_096, periodicFlush: 500 }));
  const database = await openDatabase({ ...config, onStep, signal });
  closers.push(database.close);
  const greet = options.demo && config.database.kind === "embedded" ? await prepareDemo(database, onStep) : null;
  signal.throwIfAborted();
  // Nobody asks before somebody is listened to.
  let publicUrl = config.publicUrl;
  const server = createServer({ ...database, ...config, publicUrl: () => publicUrl!, log });
  const listener = createListener(server);
  closers.push(() => drain(listener, server));
  const port = await listen(listener, config, onStep);
  publicUrl ??= `http://localhost:${port}`;
  if (publicUrl === config.jwt?.issuer) throw new StartError("JWT_ISSUER is this service's own address", "set PUBLIC_URL to another");
  signal.throwIfAborted();
  const url = `http://${config.host === "0.0.0.0" ? "127.0.0.1" : config.host}:${port}`;
  onStep("listening");
  console.log(`\nGraphQL  ${url}/graphql  (HTTP, WebSocket and SSE; GraphiQL in a browser)\nSchema   ${url}/schema.graphql\n`);
  greet?.(url);
}

/** Exits. A log that nobody reads any more throws while it is asked for its rest, and nothing is asked twice. */
function leave(): void {
  try {
    process.exit(0);
  } catch {
    process.exit(0);
  }
}

function end(signal: string): void {
  if (ending.signal.aborted) return;
  ending.abort();
  // At a terminal, nobody else sends requests elsewhere meanwhile.
  graceMs = signal === "SIGTERM" ? GRACE_MS : 0;
  console.log(`${signal}: finishing what is under way`);
  // What is being opened meanwhile is closed once it is there.
  const closed = closeAll().then(() => starting).catch(() => {}).then(closeAll);
  void Promise.race([closed, sleep(END_MS)]).finally(leave);
}
// Whoever read what is printed may be gone: that is no reason to end, least of all in the midst of ending.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, end);

const starting = main(ending.signal);
await starting.catch(async (error: unknown) => {
  if (ending.signal.aborted) return;
  await closeAll();
  throw error;
});
