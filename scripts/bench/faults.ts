import { fork } from "node:child_process";
import { openWorkbench } from "./audits.ts";
import { show, withDatabase } from "./data.ts";
import { differences, readStored, writeUnderKills } from "./exactly.ts";
import { makeParties } from "./parties.ts";
import { soakRestarts } from "./restarts.ts";
import { supervise } from "./supervisor.ts";

export interface FaultsOptions {
  writes: number;
  kills: number;
  restarts: number;
}

const CLIENTS = 16;

const most = (numbers: readonly number[]) => (Math.max(0, ...numbers) / 1_000).toFixed(2);

function check(acknowledged: readonly string[], found: ReturnType<typeof differences>): string {
  const isExact = Object.values(found).every((count) => count === 0);
  if (!isExact) throw new Error(`of ${acknowledged.length} acknowledged writes: ${JSON.stringify(found)}`);
  return `${show(acknowledged.length)} acknowledged writes, none lost, none doubled`;
}

/** Prints what becomes of writes and tenants while the API's process is killed, and then while its database is; throws if one is lost, doubled or crossed. */
export async function benchFaults({ writes, kills, restarts }: FaultsOptions): Promise<void> {
  await withDatabase(async (database, dir) => {
    const parties = await makeParties(database.pool);
    const supervised = await supervise(() => fork(process.argv[1]!, ["serve", JSON.stringify(database.urls)], { stdio: ["ignore", "ignore", "ignore", "ipc"] }));
    const read = async () => {
      const bench = await openWorkbench(database);
      return readStored(bench.run).finally(bench.close);
    };
    try {
      const { acknowledged, repeated } = await writeUnderKills({ supervised, parties, clients: CLIENTS, writes, kills });
      console.log(`${supervised.backMs.length} SIGKILLs under ${CLIENTS} clients: ${check(acknowledged, differences(acknowledged, await read()))};`
        + ` ${show(repeated)} were sent again; another process listened within ${most(supervised.backMs)} s`);
      supervised.backMs.length = 0;
      const told = await soakRestarts({ supervised, parties, dir, restarts });
      const all = [...acknowledged, ...told.acknowledged];
      if (told.crossed.length > 0 || supervised.backMs.length > 0) throw new Error(`${told.crossed.length} rows crossed, ${supervised.backMs.length} processes ended`);
      console.log(`${restarts} ends of PostgreSQL, fast and immediate: ${check(all, differences(all, await read()))}; ${show(told.answers)} answers, ${show(told.unavailable)} told UNAVAILABLE,`
        + ` none crossed; the process stayed; a write was answered again within ${most(told.backMs)} s; slowest request ${most([told.slowestMs])} s`);
    } finally {
      await supervised.stop();
    }
  });
}
