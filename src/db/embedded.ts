import { existsSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { binariesFor } from "./binaries.ts";
import { locateCluster, makeCluster, type Cluster } from "./cluster.ts";
import { joinServer, type HeldServer } from "./join.ts";
import { findPostmaster, stopPostmaster } from "./postmaster.ts";
import { StartError, explainStart } from "./start-error.ts";

export interface EmbeddedOptions {
  /** The cluster lives in `dir/postgres`; `locateCluster` tells the exception. */
  dir: string;
  log?: (line: string) => void;
  /** Hears how the server had to be started again. */
  warn?: (line: string) => void;
  /** False for throw-away databases: a power cut may spoil them. */
  fsync?: boolean;
}

export interface Embedded {
  /** The superuser's, database `postgres`. */
  url: string;
  /** False where the server ran already. */
  started: boolean;
  /** The directory that it keeps everything in. */
  home: string;
  /** Gives the server back; the last to do so stops it and waits for its end. */
  close(): Promise<void>;
}

const REVIVE_MS = 1_000;

const secondsSince = (start: number) => `${((Date.now() - start) / 1000).toFixed(2)} s`;

type Join = (onLost: () => void) => Promise<HeldServer>;

/**
 * Keeps a server running at its address: whoever ended it, it is started again for as long as this process wants it. Only where it is found
 * at another address does this end the process, which knows no other.
 */
const keepServer = async (cluster: Cluster, join: Join, warn: (line: string) => void): Promise<Embedded> => {
  let closing: Promise<void> | undefined;
  let reviving: Promise<void> | undefined;
  let told = "";
  const onLost = () => {
    if (!closing) reviving = revive();
  };
  const { url, started, hold: first } = await join(onLost);
  let hold = first;

  const rejoin = () => join(onLost).catch((error: unknown) => {
    const { message, remedy } = explainStart(error, cluster.home, cluster.logFile);
    if (message !== told) warn(`${message}: ${remedy}`);
    told = message;
    return sleep(REVIVE_MS, null);
  });
  const revive = async (): Promise<void> => {
    const lostAt = Date.now();
    void hold.end();
    let held: HeldServer | null = null;
    while (!held && !closing) held = await rejoin();
    if (!held) return;
    if (held.url !== url) throw new StartError(`PostgreSQL is at ${new URL(held.url).host} now, and no longer at ${new URL(url).host}`, "start this process again");
    hold = held.hold;
    told = "";
    if (held.started) warn(`PostgreSQL had ended and was started again (${secondsSince(lostAt)})`);
  };

  const close = async () => {
    await reviving;
    const isLast = await hold.letGo().catch(() => false); // the server is gone already
    if (isLast) await stopPostmaster(cluster);
    await hold.end();
  };
  return { url, started, home: cluster.home, close: () => (closing ??= close()) };
};

/**
 * Gives a running PostgreSQL for `dir`: joins the one that runs there, or starts it, making the cluster first where there is none. Any
 * number of processes may call it at once. What stands in the way outside the code comes as a `StartError`.
 */
export const startEmbedded = async ({ dir, log = () => {}, warn = () => {}, fsync = true }: EmbeddedOptions): Promise<Embedded> => {
  let cluster: Cluster | undefined;
  try {
    cluster = locateCluster(dir);
    const binaries = binariesFor(cluster.account);
    const madeAt = Date.now();
    if (!existsSync(cluster.data) && (await makeCluster(cluster, binaries, fsync))) {
      log(`made an empty database in ${cluster.home} (${secondsSince(madeAt)})`);
    }
    const joinedAt = Date.now();
    const place = cluster;
    const server = await keepServer(place, (onLost) => joinServer(place, binaries, fsync, onLost), warn);
    log(`${server.started ? "started" : "joined the running"} PostgreSQL at ${new URL(server.url).host} (${secondsSince(joinedAt)})`);
    return server;
  } catch (error) {
    throw explainStart(error, cluster?.home ?? dir, cluster && existsSync(cluster.logFile) ? cluster.logFile : undefined);
  }
};

/** Removes the cluster of `dir` wherever it lies; refuses while another process holds its server. */
export const resetEmbedded = async (dir: string): Promise<void> => {
  const cluster = locateCluster(dir);
  if (findPostmaster(cluster)) {
    const server = await startEmbedded({ dir });
    await server.close();
    if (findPostmaster(cluster)) {
      throw new StartError(`another process uses the database in ${cluster.home}`, "stop that one first");
    }
  }
  rmSync(cluster.home, { recursive: true, force: true });
};
