import { fork } from "node:child_process";
import { readId } from "../../src/core/ids.ts";
import { generateRows, importRows, show, withDatabase } from "./data.ts";
import { makeLead, PROJECT } from "./serving.ts";
import { type Soak, soakDelivery } from "./soak.ts";

/** Prints that every event reached every subscriber once and in order, while processes were killed, and how soon when little happens. */
export async function benchDelivery(options: Pick<Soak, "events" | "writers" | "subscribers" | "seconds" | "killEveryMs">): Promise<void> {
  await withDatabase(async (database) => {
    await importRows(database, PROJECT, 100, generateRows(100));
    const { projectId: opaque, key: token } = await makeLead(database.pool);
    const projectId = readId(opaque)!.key.id;
    const launch = () => fork(process.argv[1]!, ["serve", JSON.stringify(database.urls)]);
    // What the import told stands before what is written.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { deliveries, connections, kills, idle } = await soakDelivery({ ...options, pool: database.pool, projectId, token, launch });
    const { events, writers, subscribers, seconds, killEveryMs } = options;
    console.log(`${show(events)} events of ${writers} writers in ${seconds} s to ${subscribers} subscribers, who connected ${show(connections)} times, while one of two processes`
      + ` was killed every ${killEveryMs / 1_000} s (${kills} times): ${show(deliveries)} deliveries, none lost, none twice, all in order.`
      + ` Afterwards, commit to delivery: p50 ${idle.p50.toFixed(0)} ms, p95 ${idle.p95.toFixed(0)} ms`);
  });
}
