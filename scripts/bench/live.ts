import { join } from "node:path";
import { decodeId } from "../../src/core/ids.ts";
import { SYSTEM_VIEWER } from "../../src/core/viewer.ts";
import { WORKER } from "../../src/db/identity.ts";
import { type Listener, startListener } from "../../src/db/listener.ts";
import type { OpenDatabase } from "../../src/db/open.ts";
import type { Pool } from "../../src/db/pool.ts";
import { write } from "../../src/db/session.ts";
import { append } from "../../src/events/outbox.ts";
import { SEALS_CHANNEL } from "../../src/events/seals.ts";
import { CANDIDATES, start, startAssay } from "./contestants.ts";
import { generateRows, importRows, show, withDatabase } from "./data.ts";
import { clock, type Listening, START, startListeners } from "./listeners.ts";
import { cpuOf, type Target } from "./load.ts";
import { makeLead, PROJECT } from "./serving.ts";
import { benchWrites } from "./writes.ts";

/** Events until every server runs as it does after its first minutes. */
const WARM = 100;
const SINGLE = 100;
const BURST = 50;
const PAUSE_MS = 30;
const NS = 1e6;
const QUERY = `subscription ($projectId: ID!) { projectEvents(projectId: $projectId) { type cursor subject { type id } recordedAt fromState toState payload } }`;
const SERVERS = ["floor", "stock graphql-ws", "assay"] as const;
type Name = (typeof SERVERS)[number];

export interface LiveOptions {
  subscribers: number;
  rounds: number;
}

/** What a turn of a server brought. */
interface Turn {
  /** Deliveries a second of one event alone, and of many at once. */
  single: number;
  burst: number;
  /** Milliseconds from when a process hears of an event, and from its commit. */
  heard: number[];
  committed: number[];
  /** CPU microseconds a delivery. */
  cpu: number;
  first: string;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const quantile = (numbers: readonly number[], share: number) => numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(share * numbers.length))]!;

/** One event of the project, in a transaction of its own. */
async function emit(pool: Pool, projectId: string, n: number | string): Promise<void> {
  const draft = { projectId, type: "project.noted", subjectType: "Project", subjectId: projectId, fromState: "ACTIVE", toState: "ACTIVE" };
  const payload = { n, queueCode: "Q1", counts: { drawn: 250, audited: 100 } };
  await write(pool, WORKER, (db) => append({ db, viewer: SYSTEM_VIEWER, now: new Date() }, [{ ...draft, payload, audience: { isProjectVisible: true } }]), { timeoutMs: 5_000 });
}

/** Hears when events are heard of, as every API process does. */
function hear(database: OpenDatabase, projectId: string): { listener: Listener; times: Map<number, number> } {
  const times = new Map<number, number>();
  let last = 0;
  const onNotify = (hint: string) => {
    const now = clock();
    for (const [id, seq] of JSON.parse(hint) as [string, number][]) if (id === projectId) for (; last < seq; last += 1) times.set(last + 1, now);
  };
  return { listener: startListener({ url: database.urls.migrator, channel: SEALS_CHANNEL, applicationName: "bench-hints", onNotify, onListening: () => {} }), times };
}

async function takeTurn({ pool }: OpenDatabase, projectId: string, times: ReadonlyMap<number, number>, { port, pid }: Target, listening: Omit<Listening, "port">): Promise<Turn> {
  const listeners = startListeners({ ...listening, port });
  while (!listeners.isReady()) await Promise.all([emit(pool, projectId, "begin"), pause(300)]);
  await emit(pool, projectId, START);
  await pause(500);
  const base = Math.max(0, ...times.keys());
  let sent = 0;
  const one = async () => {
    await emit(pool, projectId, (sent += 1));
    const at = clock();
    await listeners.has(sent);
    await pause(PAUSE_MS);
    return at;
  };
  for (let i = 0; i < WARM; i += 1) await one();
  const commits: number[] = [];
  const cpu = cpuOf([pid]);
  for (let i = 0; i < SINGLE; i += 1) commits.push(await one());
  const spent = cpuOf([pid]) - cpu;
  await Promise.all(Array.from({ length: BURST }, () => emit(pool, projectId, (sent += 1))));
  await listeners.has(sent);
  const { arrivals, first } = await listeners.report();
  await listeners.stop();
  const heardAt = (n: number) => times.get(base + n + 1)!;
  const singles = arrivals.slice(WARM, WARM + SINGLE);
  const spans = singles.map((mine, i) => (Math.max(...mine) - heardAt(WARM + i)) / NS);
  const burstMs = (Math.max(...arrivals.at(-1)!) - heardAt(WARM + SINGLE)) / NS;
  return {
    single: (listening.count * 1_000) / quantile(spans, 0.5),
    burst: (listening.count * BURST * 1_000) / burstMs,
    heard: singles.flatMap((mine, i) => mine.map((at) => (at - heardAt(WARM + i)) / NS)),
    committed: singles.flatMap((mine, i) => mine.map((at) => (at - commits[i]!) / NS)),
    cpu: (spent * 1_000) / (SINGLE * listening.count),
    first,
  };
}

function print(turns: ReadonlyMap<Name, readonly Turn[]>): void {
  const row = (name: Name) => {
    const mine = turns.get(name)!;
    const middle = (of: (turn: Turn) => number) => quantile(mine.map(of), 0.5);
    const times = (member: "heard" | "committed") => [0.5, 0.99].map((share) => middle((turn) => quantile(turn[member], share)));
    return [middle(({ single }) => single), middle(({ burst }) => burst), ...times("heard"), ...times("committed"), middle(({ cpu }) => cpu)];
  };
  const rows = SERVERS.map(row);
  const cells = (numbers: readonly number[]) => numbers.map((each) => (each >= 1_000 ? show(each) : each.toFixed(1))).join(" | ");
  console.log(`| | deliveries/s, one event | deliveries/s, ${BURST} at once | ms from the hint p50 | p99 | ms from the commit p50 | p99 | CPU µs a delivery |\n|---|---|---|---|---|---|---|---|`);
  for (const [i, name] of SERVERS.entries()) console.log(`| ${name} | ${cells(rows[i]!)} |`);
  const [floor, stock, assay] = rows as [number[], number[], number[]];
  const compare = (name: string, mine: number[]) => console.log(`| ${name} / stock | ${mine.map((each, i) => (each / stock[i]!).toFixed(2)).join(" | ")} |`);
  compare("floor", floor);
  compare("assay", assay);
}

async function benchFanOut(database: OpenDatabase, { subscribers, rounds }: LiveOptions): Promise<void> {
  const { projectId: opaque, key } = await makeLead(database.pool);
  const projectId = decodeId("Project", opaque, []).id;
  const assay = await startAssay(database.urls);
  const startFile = (file: string, applicationName: string) =>
    start({ args: [join(CANDIDATES, file), JSON.stringify({ url: database.urls.migrator })], env: {}, pattern: /"port":(\d+)/, applicationName });
  const stock = await startFile("live.js", "bench-live");
  const floor = await startFile("live-floor.js", "bench-live-floor");
  const { listener, times } = hear(database, projectId);
  const targets: Record<Name, Target> = { floor: floor.target, "stock graphql-ws": stock.target, assay: assay.target };
  const turns = new Map<Name, Turn[]>(SERVERS.map((name) => [name, []]));
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const name of [...SERVERS, ...SERVERS.toReversed()]) {
        // Who isn't measured would read each event all the same, on the cores of who is; the product seals them, and goes on.
        for (const rival of [stock, floor]) rival.child.kill(rival.target === targets[name] ? "SIGCONT" : "SIGSTOP");
        turns.get(name)!.push(await takeTurn(database, projectId, times, targets[name], { token: key, query: QUERY, variables: { projectId: opaque }, count: subscribers }));
      }
    }
    const said = SERVERS.map((name) => turns.get(name)![0]!.first);
    const meaningOf = (message: string) => message.replace(/"(id|cursor|recordedAt)":"[^"]*"/g, "");
    if (new Set(said.map(meaningOf)).size > 1) throw new Error(`the servers say different things:\n${said.join("\n")}`);
    console.log(`\none event to ${show(subscribers)} sockets of one scope, ${said[0]!.length} bytes each`);
    print(turns);
  } finally {
    await listener.close();
    for (const { child } of [assay, stock, floor]) if (child.kill("SIGCONT")) child.kill();
  }
}

/** Prints how soon and how fast events reach many subscribers, beside a floor and stock graphql-ws, and how much slower writes are with them. */
export async function benchLive(options: LiveOptions): Promise<void> {
  await withDatabase(async (database) => {
    await importRows(database, PROJECT, 100, generateRows(100));
    await benchFanOut(database, options);
    await benchWrites(database);
  });
}
