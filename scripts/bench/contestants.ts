import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { environment } from "../../src/config.ts";
import type { Identity } from "../../src/db/identity.ts";
import type { DatabaseUrls } from "../../src/db/migrate.ts";
import { MIGRATIONS } from "../../src/db/open.ts";
import type { Target } from "./load.ts";
import { SOCKETS } from "./serving.ts";

const ROOT = dirname(MIGRATIONS);
export const CANDIDATES = join(ROOT, "scripts/bench/candidates");
const POOL_SIZE = 8;
/** Installed where they are measured, never in the product. */
const PACKAGES = ["postgraphile@5.1.5", "mercurius@16.10.1", "fastify@5.12.8", "graphql@16.15.0", "postgres@3.4.9"];
const INSTALL = ["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"];

/** The servers that are measured; identity is role and settings of the viewer. */
export const CONTESTANTS = ["floor", "stock", "assay", "postgraphile", "postgraphile-identity", "mercurius"] as const;
export type Contestant = (typeof CONTESTANTS)[number];

/** Servers, each in a process of its own. */
export interface Field {
  targets: Map<Contestant, Target>;
  stop: () => void;
}

const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once("close", resolve));

// Where the foreign servers live, with their packages; null without a registry.
async function install(): Promise<string | null> {
  const dir = mkdtempSync(join(tmpdir(), "assay-bench-servers-"));
  cpSync(CANDIDATES, dir, { recursive: true });
  writeFileSync(join(dir, "package.json"), '{"private":true,"type":"module"}');
  const code = await ended(spawn("npm", [...INSTALL, ...PACKAGES], { cwd: dir, stdio: ["ignore", "ignore", "inherit"], shell: process.platform === "win32" }));
  if (code === 0) return dir;
  rmSync(dir, { recursive: true, force: true });
  return null;
}

/** Waits for the line of its output that says where it listens. */
async function listening(child: ChildProcess, pattern: RegExp): Promise<number> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const port = pattern.exec(line)?.[1];
    if (!port) continue;
    child.stdout!.resume();
    return Number(port);
  }
  throw new Error(`a server ended before it listened: ${child.spawnargs.join(" ")}`);
}

interface Start {
  args: string[];
  env: Record<string, string>;
  pattern: RegExp;
  applicationName: string;
}

/** Starts a server in a process of its own. */
export async function start({ args, env, pattern, applicationName }: Start): Promise<{ child: ChildProcess; target: Target }> {
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...environment(), NODE_ENV: "production", ...env }, stdio: ["ignore", "pipe", "inherit"] });
  return { child, target: { port: await listening(child, pattern), pid: child.pid!, applicationName } };
}

/** Starts the product on a database of one's own, as `npm start` does. */
export function startAssay(urls: DatabaseUrls) {
  const env = {
    PORT: "0", HOST: "127.0.0.1", LOG_LEVEL: "info", DATABASE_POOL_SIZE: String(POOL_SIZE),
    SOCKETS_PER_PRINCIPAL: String(SOCKETS), DATABASE_URL: urls.login, DATABASE_DIRECT_URL: urls.migrator, DATABASE_JOBS_URL: urls.jobs,
  };
  return start({ args: ["--max-semi-space-size=64", "scripts/ensure.mjs", "start"], env, pattern: /GraphQL +http:\/\/[^:]+:(\d+)/, applicationName: "assay" });
}

/** Starts the servers on one database: the product, and the others by their own files. */
export async function startField(urls: DatabaseUrls, identity: Identity): Promise<Field> {
  const children: ChildProcess[] = [];
  const targets = new Map<Contestant, Target>();
  const foreign = await install();
  const add = async (name: Contestant, started: ReturnType<typeof start>) => {
    const { child, target } = await started;
    children.push(child);
    targets.set(name, target);
  };
  const startFile = (name: Contestant, dir: string, options: object) => {
    const [file, kind] = name.split("-") as [string, string?];
    const applicationName = name.startsWith("postgraphile") ? `bench-pgl-${kind ?? "plain"}` : `bench-${name}`;
    const args = [join(dir, `${file}.js`), JSON.stringify({ poolSize: POOL_SIZE, ...options })];
    return add(name, start({ args, env: { GRAPHILE_ENV: "production" }, pattern: /"port":(\d+)/, applicationName }));
  };

  await add("assay", startAssay(urls));
  await startFile("floor", CANDIDATES, { url: urls.migrator });
  await startFile("stock", CANDIDATES, { url: urls.migrator });
  if (foreign) {
    await startFile("mercurius", foreign, { url: urls.migrator });
    await startFile("postgraphile", foreign, { url: urls.migrator });
    await startFile("postgraphile-identity", foreign, { url: urls.login, identity: { role: identity.role, ...identity.settings } });
  } else {
    console.log("PostGraphile and Mercurius can't be installed here (npm has no registry): they are left out");
  }
  const stop = () => {
    for (const child of children) child.kill();
    if (foreign) rmSync(foreign, { recursive: true, force: true });
  };
  return { targets, stop };
}
