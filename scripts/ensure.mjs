// The one door of every npm script: checks Node, installs what is missing, then runs the command. Plain JavaScript, no packages.
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBundle } from "./ensure/bundle.mjs";
import { runChild } from "./ensure/child.mjs";
import { ensureInstalled } from "./ensure/install.mjs";
import { Obstacle, ROOT, prepare, say, secondsSince } from "./ensure/report.mjs";

const bundled = (entry, about) => ({ entry, about });

const COMMANDS = {
  start: bundled("src/main.ts", "serve the API; starts PostgreSQL in .data/ unless DATABASE_URL names one"),
  test: { about: "run the tests on a throw-away database, or on TEST_DATABASE_URL", run: (args) => runTests(args) },
  check: { about: "check types, then run every test (shape and contract are tests)", run: () => runChecks() },
  migrate: bundled("scripts/migrate.ts", "bring the database to the newest schema"),
  schema: bundled("scripts/schema.ts", "print the GraphQL schema"),
  import: bundled("scripts/import.ts", "import decisions or golden items from CSV or NDJSON"),
  backup: bundled("scripts/backup.ts", "write the whole database to a file"),
  restore: bundled("scripts/restore.ts", "bring a backup into an empty database"),
  retention: bundled("scripts/retention.ts", "show or let go of what the rules of retention no longer keep"),
  bench: bundled("scripts/bench.ts", "measure imports, draws and claims"),
  verify: bundled("scripts/verify.ts", "compute the hash chains of events and access log anew"),
  "admin-key": bundled("scripts/admin-key.ts", "make an API key for an administrator"),
};

const HELP = {
  test: `Usage: npm test -- [filter ...] [option ...]

Runs every test, or those whose file name contains a filter, on a throw-away embedded PostgreSQL, or on TEST_DATABASE_URL.
Options are vitest's, for example -t PATTERN (by test name) or --reporter=verbose.`,
  check: `Usage: npm run check

Checks the types (tsc), then runs every test, the shape of the code and the contract of the API among them.
Stops at the first step that fails, with its exit code.`,
};

const overview = () => {
  const rows = Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`);
  return ["Usage: node scripts/ensure.mjs COMMAND [argument ...]", "", ...rows, "", "COMMAND --help tells more."].join("\n");
};

const runTool = async (tool, args) => (await runChild(process.execPath, [join(ROOT, "node_modules", tool), ...args])).code;

const runTests = (args) => runTool("vitest/vitest.mjs", ["run", ...args]);

const runChecks = async () => {
  const steps = [
    ["types", () => runTool("typescript/bin/tsc", ["--noEmit"])],
    ["tests", () => runTests([])],
  ];
  for (const [name, step] of steps) {
    const start = Date.now();
    const code = await step();
    say(`check ${name}: ${code === 0 ? "passed" : "failed"} (${secondsSince(start)})`);
    if (code !== 0) return code;
  }
  return 0;
};

// In this process, so that signals, process id and exit code are the application's own.
const runBundle = async (entry, name, args) => {
  const bundle = await prepare(() => ensureBundle(entry, name));
  process.argv = [process.argv[0], bundle, ...args];
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(bundle).href);
};

const checkNode = () => {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Obstacle(`Assay needs Node 20.19 or newer, this is ${process.version}`, "install a newer one from https://nodejs.org");
};

// Some packages ask for a home when they are loaded, and fail for an account that has none.
const checkHome = () => {
  try {
    if (homedir()) return;
  } catch {
    // neither HOME nor an entry in the system's list of users
  }
  process.env.HOME = join(ROOT, ".data");
};

// The shell that npm puts between itself and us dies of a signal without passing it on: its end is our signal.
const followParent = () => {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 100);
  watch.unref();
};

const main = async ([name, ...args]) => {
  const command = Object.hasOwn(COMMANDS, name ?? "") ? COMMANDS[name] : undefined;
  if (!command) {
    const isAsked = ["--help", "-h", "help"].includes(name);
    if (isAsked) return console.log(overview());
    throw new Obstacle(name ? `there is no command ${name}` : "which command?", `one of ${Object.keys(COMMANDS).join(", ")}`, 2);
  }
  if (HELP[name] && args.some((arg) => arg === "--help" || arg === "-h")) return console.log(HELP[name]);
  checkNode();
  checkHome();
  if (process.env.npm_lifecycle_event) followParent();
  await prepare(() => ensureInstalled({ isDevNeeded: Boolean(command.run) }));
  if (command.run) process.exitCode = await command.run(args);
  else await runBundle(command.entry, name, args);
};

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!error.remedy) throw error;
  say(`${error.message}: ${error.remedy}`);
  process.exitCode = error.exitCode ?? 1;
}
