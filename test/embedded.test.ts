import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterEach, beforeEach, expect, test } from "vitest";
import { locateCluster } from "../src/db/cluster.ts";
import { resetEmbedded, startEmbedded } from "../src/db/embedded.ts";
import { findPostmaster } from "../src/db/postmaster.ts";
import { explainStart } from "../src/db/start-error.ts";

const isRoot = process.getuid?.() === 0;
let root: string;
let dir: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "assay-embedded-"));
  chmodSync(root, 0o755);
  dir = join(root, "db");
});

afterEach(async () => {
  await resetEmbedded(dir);
  rmSync(root, { recursive: true, force: true });
});

const start = (lines: string[] = []) => startEmbedded({ dir, fsync: false, log: (line) => lines.push(line) });

const ask = async (url: string, setting: string): Promise<string | undefined> => {
  const sql = postgres(url, { max: 1 });
  try {
    const rows = await sql<{ value: string }[]>`select current_setting(${setting}) as value`;
    return rows[0]?.value;
  } finally {
    await sql.end();
  }
};

const holders = async (url: string): Promise<number[]> => {
  const sql = postgres(url, { max: 1 });
  try {
    return (await sql<{ pid: number }[]>`select pid from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and granted`).map(({ pid }) => pid);
  } finally {
    await sql.end();
  }
};

const startInChild = async () => {
  const code = `
    import { startEmbedded } from ${JSON.stringify(new URL("../src/db/embedded.ts", import.meta.url).href)};
    const server = await startEmbedded({ dir: ${JSON.stringify(dir)}, fsync: false });
    console.log(JSON.stringify({ url: server.url, started: server.started }));
    process.stdin.resume().once("end", () => void server.close());`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, ...(JSON.parse(String(line)) as { url: string; started: boolean }) };
};

test("the first starts, the second joins, and the last to close stops the server, in whichever order", async () => {
  for (const order of ["first", "second"]) {
    const lines: string[] = [];
    const a = await start(lines);
    const b = await start(lines);
    expect([a.started, b.started]).toEqual([true, false]);
    expect(b.url).toBe(a.url);
    const [early, late] = order === "first" ? [a, b] : [b, a];
    await early.close();
    await early.close();
    expect(await ask(late.url, "server_encoding")).toBe("UTF8");
    await late.close();
    await expect(ask(late.url, "fsync")).rejects.toThrow("ECONNREFUSED");
    expect(existsSync(join(locateCluster(dir).data, "postmaster.pid"))).toBe(false);
  }
});

test("it listens on 127.0.0.1 alone, and asks for a password that only its owner can read", async () => {
  const server = await start();
  const settings = ["listen_addresses", "unix_socket_directories", "jit", "TimeZone"];
  expect(await Promise.all(settings.map((setting) => ask(server.url, setting)))).toEqual(["127.0.0.1", "", "off", "UTC"]);
  expect(statSync(locateCluster(dir).passwordFile).mode & 0o777).toBe(0o600);
  const stranger = new URL(server.url);
  stranger.password = "wrong";
  await expect(ask(stranger.href, "fsync")).rejects.toMatchObject({ code: "28P01" });
  await server.close();
});

test("three processes at once on nothing: one starts, the others join, none fails", async () => {
  const servers = await Promise.all([startInChild(), startInChild(), start()]);
  expect(servers.map((server) => server.started).sort()).toEqual([false, false, true]);
  expect(new Set(servers.map((server) => server.url)).size).toBe(1);
  const [a, b, c] = servers;
  await c.close();
  for (const { child } of [a, b]) {
    expect(await ask(a.url, "server_encoding")).toBe("UTF8");
    child.stdin.end();
    await once(child, "exit");
  }
  await expect(ask(a.url, "fsync")).rejects.toThrow("ECONNREFUSED");
});

test("the server of a killed process is joined, and stopped by the one that joined", async () => {
  const owner = await startInChild();
  owner.child.kill("SIGKILL");
  await once(owner.child, "exit");
  const heir = await start();
  expect([owner.started, heir.started]).toEqual([true, false]);
  await heir.close();
  await expect(ask(heir.url, "fsync")).rejects.toThrow("ECONNREFUSED");
});

test("a hold whose backend was terminated is taken again", async () => {
  const server = await start();
  const sql = postgres(server.url, { max: 1 });
  const [first] = await holders(server.url);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'assay hold'`;
  await expect.poll(async () => (await holders(server.url)).filter((pid) => pid !== first).length).toBe(1);
  const other = await start();
  await other.close();
  expect(await holders(server.url)).toHaveLength(1);
  await sql.end();
  await server.close();
});

test("a server that ends under its processes, however, is started again at its address, and still stopped by the last of them", async () => {
  const told: string[] = [];
  const begin = () => startEmbedded({ dir, fsync: false, warn: (line) => told.push(line) });
  const [server, other] = [await begin(), await begin()];
  const pid = () => findPostmaster(locateCluster(dir))?.pid ?? 0;
  for (const signal of ["SIGKILL", "SIGQUIT", "SIGINT"] as const) {
    const endedAt = performance.now();
    const ended = pid();
    process.kill(ended, signal);
    await expect.poll(async () => [await ask(server.url, "fsync").catch(() => "none"), pid() !== ended], { timeout: 5_000 }).toEqual(["off", true]);
    expect(performance.now() - endedAt).toBeLessThan(2_000);
    await expect.poll(async () => (await holders(server.url)).length, { timeout: 5_000 }).toBe(2);
  }
  await expect.poll(() => told.length).toBeGreaterThan(0);
  expect(told.filter((line) => !line.startsWith("PostgreSQL had ended and was started again"))).toEqual([]);
  await other.close();
  expect(await ask(server.url, "fsync")).toBe("off");
  await server.close();
  await expect(ask(server.url, "fsync")).rejects.toThrow("ECONNREFUSED");
});

test("what a killed server left, even a process id that is another program's by now, does not hinder the next start", async () => {
  const first = await start();
  const pidFile = join(locateCluster(dir).data, "postmaster.pid");
  const [, ...rest] = readFileSync(pidFile, "utf8").split("\n");
  await first.close();
  writeFileSync(pidFile, [process.pid, ...rest].join("\n"));
  const lines: string[] = [];
  const second = await start(lines);
  expect(second.started).toBe(true);
  expect(lines.join()).not.toContain("empty database");
  await second.close();
});

test("reset refuses while another holds the server, and empties the database otherwise", async () => {
  const server = await start();
  await expect(resetEmbedded(dir)).rejects.toMatchObject({ name: "StartError", remedy: "stop that one first" });
  await server.close();
  await resetEmbedded(dir);
  expect(existsSync(locateCluster(dir).home)).toBe(false);
});

test.skipIf(!isRoot)("root: a directory that the server's account can't enter keeps its data in /var/lib/assay", async () => {
  chmodSync(root, 0o700);
  const server = await start();
  const { home } = locateCluster(dir);
  expect(home).toMatch(/^\/var\/lib\/assay\/[0-9a-f]{16}$/);
  expect(await ask(server.url, "data_directory")).toBe(join(home, "data"));
  await server.close();
  await resetEmbedded(dir);
  expect(existsSync(home)).toBe(false);
});

test("a directory that is private to its maker is good enough", async () => {
  dir = mkdtempSync(join(root, "private-"));
  const server = await start();
  expect(locateCluster(dir).home).toBe(join(dir, "postgres"));
  await server.close();
});

test.each([
  ["ENOSPC: no space left on device, write", /no space left/, /free about/],
  ["EACCES: permission denied, mkdir '/x'", /no permission/, /writable/],
  ["FATAL:  database files are incompatible with server", /another PostgreSQL version/, /--reset/],
  ["FATAL:  could not create any TCP/IP sockets", /no port/, /127\.0\.0\.1/],
  ["something unheard of", /did not start: something unheard of/, /see \/x\/log, or set DATABASE_URL/],
])("%s becomes one line with a remedy", (symptom, cause, remedy) => {
  const error = explainStart(new Error(symptom), "/x", "/x/log");
  expect(error.message).toMatch(cause);
  expect(error.remedy).toMatch(remedy);
  expect(error.message + error.remedy).not.toContain("\n");
});
