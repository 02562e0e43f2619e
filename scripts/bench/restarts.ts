import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { locateCluster } from "../../src/db/cluster.ts";
import { findPostmaster } from "../../src/db/postmaster.ts";
import { ask } from "./exactly.ts";
import type { Parties } from "./parties.ts";
import { sendTo, type Supervised } from "./supervisor.ts";

const OWN = "{ vendors { nodes { code teams { nodes { vendor { code } } } } } }";
const PAUSE_MS = 1_000;
const AGAIN_MS = 25;

export interface Restarting {
  supervised: Supervised;
  parties: Parties;
  /** Where the embedded server lies, which whoever holds it starts again. */
  dir: string;
  restarts: number;
}

/** What came of it. */
export interface Restarted {
  answers: number;
  unavailable: number;
  /** Of one request. */
  slowestMs: number;
  /** Codes of rows that were not the caller's own vendor's. */
  crossed: string[];
  acknowledged: string[];
  /** From each end of the server to the first write that was answered after it. */
  backMs: number[];
}

/** Ends the server: fast (transactions are rolled back) or immediately (as by a crash). */
async function endServer(dir: string, isFast: boolean): Promise<void> {
  const cluster = locateCluster(dir);
  const pid = findPostmaster(cluster)!.pid;
  process.kill(pid, isFast ? "SIGINT" : "SIGQUIT");
  while (findPostmaster(cluster)?.pid === pid) await sleep(5);
}

/** Managers read and a lead writes without a pause, while their database is ended again and again, fast and immediately by turns. */
export async function soakRestarts({ supervised, parties, dir, restarts }: Restarting): Promise<Restarted> {
  const told: Restarted = { answers: 0, unavailable: 0, slowestMs: 0, crossed: [], acknowledged: [], backMs: [] };
  let isOver = false;

  async function send(work: (address: string) => ReturnType<typeof sendTo>): Promise<any> {
    const { data, tookMs } = await work(await supervised.address());
    told.slowestMs = Math.max(told.slowestMs, tookMs);
    told[data ? "answers" : "unavailable"] += 1;
    if (!data) await sleep(AGAIN_MS);
    return data;
  }

  async function write(): Promise<void> {
    const key = randomUUID();
    while (!(await send((address) => ask(address, parties, key))));
    told.acknowledged.push(key);
  }

  const reader = async ({ code, token }: Parties["vendors"][number]) => {
    while (!isOver) {
      const data = await send((address) => sendTo(address, token, OWN));
      const seen: string[] = data?.vendors.nodes.flatMap((vendor: any) => [vendor.code, ...vendor.teams.nodes.map((team: any) => team.vendor.code)]) ?? [];
      told.crossed.push(...seen.filter((each) => each !== code));
      if (data && seen.length !== 4) throw new Error(`${code} saw ${JSON.stringify(data)}`);
    }
  };
  const writer = async () => {
    while (!isOver) await write();
  };
  const ending = async () => {
    for (let n = 0; n < restarts; n += 1) {
      await sleep(PAUSE_MS * (0.5 + Math.random()));
      const endedAt = performance.now();
      await endServer(dir, n % 2 === 0);
      await write();
      told.backMs.push(performance.now() - endedAt);
    }
    isOver = true;
  };
  await Promise.all([ending(), ...parties.vendors.flatMap((vendor) => [reader(vendor), reader(vendor)]), writer(), writer()]);
  return told;
}
