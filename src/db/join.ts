import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readPassword, type Cluster } from "./cluster.ts";
import { holdServer, type Hold } from "./hold.ts";
import { findPostmaster, launchPostmaster, pidFileOf, stopPostmaster, type Launch } from "./postmaster.ts";

const START_SECONDS = 120;
const STALE_SECONDS = 2;
const RETRIES = 30;
const PASSING = /lock file|shared memory block|could not bind|is shut down/;

/** A server that runs, and this process's share in it. */
export interface HeldServer {
  hold: Hold;
  url: string;
  /** False where it ran already. */
  started: boolean;
}

/**
 * Joins the cluster's server, or starts it: whatever is found (one that starts, stops, runs or is dead, or a pid file whose id another
 * program has by now) ends in one that runs. `onLost` hears when the share in it is lost.
 */
export const joinServer = async (cluster: Cluster, binaries: string, isDurable: boolean, onLost: () => void): Promise<HeldServer> => {
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
        return { hold: await holdServer(url, onLost), url, started: postmaster.pid === launch?.pid };
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
