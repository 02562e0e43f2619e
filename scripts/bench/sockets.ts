import { setTimeout as sleep } from "node:timers/promises";
import { generateRows, importRows, show, withDatabase } from "./data.ts";
import { startListeners } from "./listeners.ts";
import { cpuOf } from "./load.ts";
import { makeLead, PROJECT, startServer } from "./serving.ts";

export interface SocketsOptions {
  sockets: number;
  seconds: number;
}

const CALLERS = 4;
const QUERY = "{ projects { nodes { code queues(first: 5) { nodes { code decisions(first: 10) { nodes { id } } } } } } }";

interface Waits {
  p50: number;
  p95: number;
  perSecond: number;
}

/** What others wait for answers over HTTP meanwhile. */
async function ask(url: string, key: string, seconds: number): Promise<Waits> {
  const end = performance.now() + seconds * 1_000;
  const waits: number[] = [];
  const init = { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${key}` }, body: JSON.stringify({ query: QUERY }) };
  const caller = async () => {
    while (performance.now() < end) {
      const begun = performance.now();
      const answer = (await (await fetch(`${url}/graphql`, init)).json()) as { errors?: unknown };
      if (answer.errors) throw new Error(JSON.stringify(answer.errors));
      waits.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  waits.sort((a, b) => a - b);
  const at = (share: number) => waits[Math.floor(share * (waits.length - 1))]!;
  return { p50: at(0.5), p95: at(0.95), perSecond: waits.length / seconds };
}

const told = ({ p50, p95, perSecond }: Waits) => `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms at ${show(perSecond)}/s`;

/** Prints what many authenticated sockets cost that do nothing but answer pings: memory, CPU, and the time of others' answers. */
export async function benchSockets({ sockets, seconds }: SocketsOptions): Promise<void> {
  await withDatabase(async (database) => {
    await importRows(database, PROJECT, 1_000, generateRows(1_000));
    const { key } = await makeLead(database.pool);
    const { url, pid, memory, stop } = await startServer(database.urls, ["--expose-gc"]);
    await ask(url, key, seconds);
    const alone = await ask(url, key, seconds);
    const empty = (await memory()).now;
    const begun = performance.now();
    const listeners = startListeners({ port: Number(new URL(url).port), token: key, query: "{ __typename }", variables: {}, count: sockets });
    while (!listeners.isReady()) await sleep(50);
    const openedMs = performance.now() - begun;
    const held = (await memory()).now - empty;
    const cpuBefore = cpuOf([pid]);
    await sleep(seconds * 1_000);
    const cpu = (cpuOf([pid]) - cpuBefore) / seconds / 10;
    const beside = await ask(url, key, seconds);
    await listeners.stop();
    await sleep(1_000);
    const after = await ask(url, key, seconds);
    console.log(`${show(sockets)} idle sockets, opened in ${(openedMs / 1_000).toFixed(1)} s: ${held.toFixed(0)} MB (${((held * 1_024) / sockets).toFixed(1)} kB each),`
      + ` ${cpu.toFixed(1)} % of a core for pings. ${CALLERS} others' nested query meanwhile: ${told(beside)}; before: ${told(alone)}; afterwards: ${told(after)}`);
    await stop();
  });
}
