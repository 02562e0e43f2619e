import { fork } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { encodeId } from "../../src/core/ids.ts";
import { MOST_POINTS } from "../../src/budgets/rules.ts";
import { setBudget } from "../../src/budgets/service.ts";
import { createApiClient } from "../../src/clients/service.ts";
import { SYSTEM_VIEWER } from "../../src/core/viewer.ts";
import { keysByCode } from "../../src/db/entities.ts";
import type { DatabaseUrls } from "../../src/db/migrate.ts";
import { openDatabase } from "../../src/db/open.ts";
import type { Pool } from "../../src/db/pool.ts";
import type { Verb } from "../../src/db/verb.ts";
import { performVerb } from "../../src/grants/perform.service.ts";
import { createPrincipal, grantRole } from "../../src/grants/service.ts";
import { createListener } from "../../src/graphql/plugins/listening.ts";
import { projectEntity } from "../../src/projects/table.ts";
import { createServer } from "../../src/server.ts";

export const PROJECT = "BENCH";
export const MB = 1_048_576;
/** All of them are one principal's. */
export const SOCKETS = 100_000;

const rssNow = () => process.memoryUsage().rss / MB;

/** Serves a database on a free port, and tells whoever forked it its memory: at each message, the most since the last, and now. */
export async function serve(urls: DatabaseUrls): Promise<void> {
  const database = await openDatabase({ database: { kind: "external", urls }, poolSize: 4, prepare: true });
  const log = { debug: () => {}, info: () => {}, warn: console.warn, error: console.error } as never;
  const server = createServer({ ...database, jwt: null, log, jobs: false, socketsPerPrincipal: SOCKETS, pointsPerMinute: MOST_POINTS });
  const listener = createListener(server).listen(0, "127.0.0.1");
  await once(listener, "listening");
  let peak = rssNow();
  const timer = setInterval(() => (peak = Math.max(peak, rssNow())), 20);
  process.on("message", () => {
    // Where it may be: what is left is what is held.
    globalThis.gc?.();
    process.send!({ peak, now: rssNow() });
    peak = rssNow();
  });
  process.send!({ port: (listener.address() as AddressInfo).port });
  await once(process, "disconnect");
  clearInterval(timer);
  listener.close();
  await server.close();
  await database.close();
}

/** A lead of the project; the project's opaque id and their key. */
export async function makeLead(pool: Pool): Promise<{ projectId: string; key: string }> {
  return performVerb(pool, SYSTEM_VIEWER, "makeLead", {}, async (verb: Verb) => {
    const [project] = await keysByCode(verb.db, projectEntity, [PROJECT]);
    const { id: principalId } = await createPrincipal(verb, { kind: "PERSON", name: "A lead" });
    const nowhere = { vendorId: null, teamId: null, labelerId: null };
    await grantRole(verb, { principalId, role: "QA_LEAD", projectId: project!.id, ...nowhere, canAdjudicate: false, expiresAt: null });
    await setBudget(verb, { principalId, pointsPerMinute: MOST_POINTS, reason: "Benchmarks are meant to load." });
    const expiresAt = new Date(verb.now.getTime() + 86_400_000);
    const { secret } = await createApiClient(verb, { principalId, name: "bench", scopes: [], expiresAt });
    return { projectId: encodeId("Project", project!), key: secret! };
  });
}

/** A serving process of its own: its address and number, its memory when asked, and its end. */
export async function startServer(urls: DatabaseUrls, execArgv: string[] = []) {
  const server = fork(process.argv[1]!, ["serve", JSON.stringify(urls)], { execArgv });
  const [{ port }] = (await once(server, "message")) as [{ port: number }];
  const memory = async () => {
    server.send("memory");
    return ((await once(server, "message")) as [{ peak: number; now: number }])[0];
  };
  const stop = async () => {
    server.disconnect();
    await once(server, "exit");
  };
  return { url: `http://127.0.0.1:${port}`, pid: server.pid!, memory, stop };
}
