import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer as createListener } from "node:http";
import type { AddressInfo } from "node:net";
import { encodeId } from "../../src/core/ids.ts";
import { SYSTEM_VIEWER } from "../../src/core/viewer.ts";
import { keysByCode } from "../../src/db/entities.ts";
import type { DatabaseUrls } from "../../src/db/migrate.ts";
import { type OpenDatabase, openDatabase } from "../../src/db/open.ts";
import type { Verb } from "../../src/db/verb.ts";
import { performVerb } from "../../src/grants/perform.service.ts";
import { createApiClient, createPrincipal, grantRole } from "../../src/grants/service.ts";
import { projectEntity } from "../../src/projects/table.ts";
import { createServer } from "../../src/server.ts";
import { generateRows, importRows, show, withDatabase } from "./data.ts";

const FORMATS = ["CSV", "NDJSON", "XLSX", "PARQUET"];
const PROJECT = "BENCH";
const MB = 1_048_576;

const rssNow = () => process.memoryUsage().rss / MB;

/** Serves a database on a free port, and tells whoever forked it its memory: at each message, the most since the last, and now. */
export async function serve(urls: DatabaseUrls): Promise<void> {
  const database = await openDatabase({ database: { kind: "external", urls }, poolSize: 4, prepare: true });
  const log = { info: () => {}, warn: console.warn, error: console.error } as never;
  const server = createServer({ ...database, jwt: null, log, jobs: false });
  const listener = createListener(server.listener).listen(0, "127.0.0.1");
  await once(listener, "listening");
  let peak = rssNow();
  const timer = setInterval(() => (peak = Math.max(peak, rssNow())), 20);
  process.on("message", () => {
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
async function makeLead({ pool }: OpenDatabase): Promise<{ projectId: string; key: string }> {
  return performVerb(pool, SYSTEM_VIEWER, "makeLead", {}, async (verb: Verb) => {
    const [project] = await keysByCode(verb.db, projectEntity, [PROJECT]);
    const { id: principalId } = await createPrincipal(verb, { kind: "PERSON", name: "A lead" });
    const nowhere = { vendorId: null, teamId: null, labelerId: null };
    await grantRole(verb, { principalId, role: "QA_LEAD", projectId: project!.id, ...nowhere, canAdjudicate: false, expiresAt: null });
    const expiresAt = new Date(verb.now.getTime() + 86_400_000);
    const { secret } = await createApiClient(verb, { principalId, name: "bench", scopes: [], expiresAt });
    return { projectId: encodeId("Project", project!), key: secret! };
  });
}

async function makeLink(url: string, key: string, input: object): Promise<string> {
  const query = "mutation ($input: CreateExportInput!) { made: createExport(input: $input) { ... on CreateExportPayload { url } ... on Refusal { message } } }";
  const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables: { input } }) });
  const { data, errors } = (await response.json()) as { data: { made: { url?: string; message?: string } }; errors?: unknown };
  if (!data?.made.url) throw new Error(JSON.stringify(errors ?? data));
  return url + data.made.url;
}

async function download(url: string): Promise<number> {
  const response = await fetch(url);
  let bytes = 0;
  for await (const chunk of response.body!) bytes += chunk.length;
  return bytes;
}

/** A serving process of its own: its address, its memory when asked, and its end. */
async function startServer(urls: DatabaseUrls) {
  const server = fork(process.argv[1]!, ["serve", JSON.stringify(urls)]);
  const [{ port }] = (await once(server, "message")) as [{ port: number }];
  const memory = async () => {
    server.send("memory");
    return ((await once(server, "message")) as [{ peak: number; now: number }])[0];
  };
  const stop = async () => {
    server.disconnect();
    await once(server, "exit");
  };
  return { url: `http://127.0.0.1:${port}`, memory, stop };
}

/**
 * Prints how fast decisions are exported in each format, and how much the memory of the serving process grows. Each format has a process of
 * its own, which exports the first of twelve weeks before: until then it grows whatever it does, and what grows afterwards grows with the rows.
 */
export async function benchExports(rows: number): Promise<void> {
  await withDatabase(async (database) => {
    await importRows(database, PROJECT, rows, generateRows(rows));
    const { projectId, key } = await makeLead(database);
    for (const format of FORMATS) {
      const { url, memory, stop } = await startServer(database.urls);
      const input = { dataset: "DECISIONS", projectId, format };
      const idle = await memory();
      await download(await makeLink(url, key, { ...input, range: { from: "2026-01-05", to: "2026-01-12" } }));
      const link = await makeLink(url, key, input);
      const before = await memory();
      const begin = performance.now();
      const bytes = await download(link);
      const seconds = (performance.now() - begin) / 1_000;
      const after = await memory();
      await stop();
      const [start, week, most] = [idle.now, Math.max(before.peak, before.now), after.peak];
      const grown = `memory ${start.toFixed(0)} MB at the start, ${week.toFixed(0)} MB in the first week, ${most.toFixed(0)} MB at most: ${(most - week).toFixed(0)} MB more`;
      console.log(`${format}: ${show(rows)} decisions in ${seconds.toFixed(1)} s (${show(rows / seconds)} rows/s), ${show(bytes / MB)} MB; ${grown}`);
    }
  });
}
