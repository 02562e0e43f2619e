import { existsSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { binariesFor } from "./binaries.ts";
import { locateCluster, makeCluster, readPassword, type Cluster } from "./cluster.ts";
import { findPostmaster, launchPostmaster, pidFileOf, stopPostmaster, type Launch } from "./postmaster.ts";
import { StartError, explainStart } from "./start-error.ts";

export interface EmbeddedOptions {
  /** The cluster lives in `dir/postgres`; `locateCluster` tells the exception. */
  dir: string;
  log?: (line: string) => void;
  /** False for throw-away databases: a power cut may spoil them. */
  fsync?: boolean;
}

export interface Embedded {
  /** The superuser's, database `postgres`. */
  url: string;
  /** False where the server ran already. */
  started: boolean;
  /** Gives the server back; the last to do so stops it and waits for its end. */
  close(): Promise<void>;
}

interface Hold {
  /** Whether nobody else holds the server; then nobody else can, until it has ended. */
  letGo(): Promise<boolean>;
  end(): Promise<void>;
}

const HOLD_LOCK = "4157001";
const START_SECONDS = 120;
const STALE_SECONDS = 2;
const RETRIES = 30;
const PASSING = /lock file|shared memory block|could not bind/;

/**
 * A connection that holds a shared advisory lock for as long as its process lives. Who lets go tries the exclusive one: only the last gets
 * it, whatever befell the others, and it keeps newcomers waiting until the server has ended under them.
 */
const holdServer = async (url: string): Promise<Hold> => {
  let isHeld = false;
  const sql = postgres(url, {
    max: 1,
    max_lifetime: null,
    connect_timeout: 2,
    backoff: () => 0.2,
    fetch_types: false,
    connection: { application_name: "assay hold" },
    onnotice: () => {},
    // A terminated backend is replaced; while the server is down this goes on trying.
    onclose: () => void (isHeld && hold().catch(() => {})),
  });
  const hold = async () => sql`select pg_advisory_lock_shared(${HOLD_LOCK}::bigint)`;
  const end = () => sql.end({ timeout: 0 });
  try {
    await hold();
  } catch (error) {
    await end();
    throw error;
  }
  isHeld = true;
  const letGo = async () => {
    isHeld = false;
    await sql`select pg_advisory_unlock_shared(${HOLD_LOCK}::bigint)`;
    const [answer] = await sql<{ isLast: boolean }[]>`select pg_try_advisory_lock(${HOLD_LOCK}::bigint) as "isLast"`;
    return answer?.isLast === true;
  };
  return { letGo, end };
};

interface HeldServer {
  hold: Hold;
  url: string;
  started: boolean;
}

// Whatever is found (a server starting, stopping, running, dead, or a pid file whose id another program has by now) ends in one that runs.
const joinOrLaunch = async (cluster: Cluster, binaries: string, isDurable: boolean): Promise<HeldServer> => {
  const deadline = Date.now() + START_SECONDS * 1000;
  let launch: Launch | undefined;
  let launches = 0;
  let silentSince: number | undefined;
  let complaint: unknown = "no answer";
  while (Date.now() < deadline) {
    const postmaster = findPostmaster(cluster);
    if (postmaster) {
      try {
        const url = `postgres://postgres:${readPassword(cluster)}@127.0.0.1:${postmaster.port}/postgres`;
        return { hold: await holdServer(url), url, started: postmaster.pid === launch?.pid };
      } catch (error) {
        complaint = error;
        const isSilent = (error as NodeJS.ErrnoException).code === "ECONNREFUSED" && postmaster.pid !== launch?.pid;
        silentSince = isSilent ? (silentSince ?? Date.now()) : undefined;
        if (silentSince && Date.now() - silentSince > STALE_SECONDS * 1000) rmSync(pidFileOf(cluster), { force: true });
      }
    } else if (!launch || launch.failure !== undefined) {
      const isHopeless = launch?.failure !== undefined && (launches > RETRIES || !PASSING.test(launch.failure));
      if (isHopeless) throw new Error(launch?.failure);
      if (launches > 0) await sleep(100);
      launch = await launchPostmaster(cluster, binaries, isDurable);
      launches += 1;
    }
    await sleep(10);
  }
  if (launch && launch.failure === undefined) await stopPostmaster(cluster);
  throw complaint;
};

/**
 * Gives a running PostgreSQL for `dir`: joins the one that runs there, or starts it, making the cluster first where there is none. Any
 * number of processes may call it at once. What stands in the way outside the code comes as a `StartError`.
 */
export const startEmbedded = async ({ dir, log = () => {}, fsync = true }: EmbeddedOptions): Promise<Embedded> => {
  let cluster: Cluster | undefined;
  const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(2)} s`;
  try {
    cluster = locateCluster(dir);
    const binaries = binariesFor(cluster.account);
    const madeAt = Date.now();
    if (!existsSync(cluster.data) && (await makeCluster(cluster, binaries, fsync))) {
      log(`made an empty database in ${cluster.home} (${seconds(madeAt)})`);
    }
    const joinedAt = Date.now();
    const { hold, url, started } = await joinOrLaunch(cluster, binaries, fsync);
    log(`${started ? "started" : "joined the running"} PostgreSQL at ${new URL(url).host} (${seconds(joinedAt)})`);
    return { url, started, close: closeOnce(cluster, hold) };
  } catch (error) {
    throw explainStart(error, cluster?.home ?? dir, cluster && existsSync(cluster.logFile) ? cluster.logFile : undefined);
  }
};

const closeOnce = (cluster: Cluster, hold: Hold): (() => Promise<void>) => {
  const close = async () => {
    const isLast = await hold.letGo().catch(() => false); // the server is gone already
    if (isLast) await stopPostmaster(cluster);
    await hold.end();
  };
  let closing: Promise<void> | undefined;
  return () => (closing ??= close());
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
