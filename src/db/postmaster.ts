import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, statSync, truncateSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, type Cluster } from "./cluster.ts";

/** A server as its pid file tells of it; it may be dead. */
export interface Postmaster {
  pid: number;
  port: number;
}

/** A server process that this process began; `failure` is its last words once it has ended. */
export interface Launch {
  pid: number | undefined;
  failure: string | undefined;
}

const LOG_LIMIT_BYTES = 8_000_000;

/** The path of the file in which a running server states its process id and port. */
export const pidFileOf = (cluster: Cluster): string => join(cluster.data, "postmaster.pid");

/** The server that claims the cluster, if its process exists. */
export const findPostmaster = (cluster: Cluster): Postmaster | undefined => {
  try {
    const lines = readFileSync(pidFileOf(cluster), "utf8").split("\n");
    const pid = Number(lines[0]);
    const port = Number(lines[3]);
    return pid > 0 && port > 0 && isAlive(pid) ? { pid, port } : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
};

const tryPort = (wanted: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(wanted, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

// As the server itself noted it when it last began; 0 for a cluster whose first time this is.
const lastPort = (cluster: Cluster): number => {
  const file = join(cluster.data, "postmaster.opts");
  return existsSync(file) ? Number(/"-p" "(\d+)"/.exec(readFileSync(file, "utf8"))?.[1] ?? 0) : 0;
};

const settingsOf = (isDurable: boolean): string[] => {
  const always = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100", "shared_buffers=128MB"];
  always.push("wal_level=minimal", "max_wal_senders=0", "jit=off", "timezone=UTC", "log_timezone=UTC");
  // A young database grows from nothing: plans made for empty tables should not stand for a whole minute.
  always.push("autovacuum_naptime=5s");
  always.push("log_line_prefix=%m [%p] ", "log_checkpoints=off");
  if (!isDurable) always.push("fsync=off", "synchronous_commit=off", "full_page_writes=off");
  return always.flatMap((setting) => ["-c", setting]);
};

const lastWords = (logFile: string, pid: number | undefined): string => {
  const own = readFileSync(logFile, "utf8").split("\n").filter((line) => line.includes(` [${pid}] `));
  const complaint = own.filter((line) => /FATAL|PANIC|could not/.test(line)).join("\n");
  return complaint || own.at(-1) || "the server ended without a word";
};

/**
 * Begins a server on 127.0.0.1, at the port that it had (others still hope to find it there) or else any, in a session of its own, so that the terminal's Ctrl-C reaches only us and the application
 * can drain first. It does not wait: the pid file appears when the server has taken the cluster.
 */
export const launchPostmaster = async (cluster: Cluster, binaries: string, isDurable: boolean): Promise<Launch> => {
  const port = await tryPort(lastPort(cluster)).catch(() => tryPort(0));
  const args = ["-D", cluster.data, "-p", String(port), ...settingsOf(isDurable)];
  const log = openSync(cluster.logFile, "a", 0o600);
  if (statSync(cluster.logFile).size > LOG_LIMIT_BYTES) truncateSync(cluster.logFile);
  const env = { LC_ALL: "C", TZ: "UTC" };
  const stdio = ["ignore" as const, log, log];
  const server = spawn(join(binaries, "postgres"), args, { cwd: cluster.home, env, detached: true, stdio, ...cluster.account });
  closeSync(log);
  server.unref();
  const launch: Launch = { pid: server.pid, failure: undefined };
  server.on("error", (error) => (launch.failure = error.message));
  server.on("exit", () => (launch.failure ??= lastWords(cluster.logFile, server.pid)));
  return launch;
};

const waitUntil = async (isTrue: () => boolean, seconds: number): Promise<boolean> => {
  const deadline = Date.now() + seconds * 1000;
  while (!isTrue() && Date.now() < deadline) await sleep(10);
  return isTrue();
};

/** Ends the cluster's server and waits until it is gone: open transactions are rolled back; after 30 s it goes without a checkpoint. */
export const stopPostmaster = async (cluster: Cluster): Promise<void> => {
  const postmaster = findPostmaster(cluster);
  if (!postmaster) return;
  process.kill(postmaster.pid, "SIGINT");
  const isStopped = () => findPostmaster(cluster)?.pid !== postmaster.pid;
  if (!(await waitUntil(isStopped, 30))) process.kill(postmaster.pid, "SIGQUIT");
  await waitUntil(isStopped, 10);
  // The file goes a moment before the process; where nobody reaps orphans, a dead process keeps its id.
  await waitUntil(() => !isAlive(postmaster.pid), 1);
};
