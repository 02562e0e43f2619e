import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { SYSTEM_VIEWER } from "../../src/core/viewer.ts";
import { WORKER } from "../../src/db/identity.ts";
import type { Pool } from "../../src/db/pool.ts";
import { write } from "../../src/db/session.ts";
import { append } from "../../src/events/outbox.ts";
import { type Box, subscribe } from "./subscriber.ts";

/** How long, how much, and on what. */
export interface Soak {
  pool: Pool;
  projectId: string;
  /** Of somebody who sees the project's events. */
  token: string;
  /** Starts an API process, which tells its port as a message. */
  launch: () => ChildProcess;
  events: number;
  writers: number;
  subscribers: number;
  seconds: number;
  /** How often one of two processes is killed. */
  killEveryMs: number;
}

/** What came of it; whatever is lost, repeated or turned round is an error. */
export interface Soaked {
  deliveries: number;
  connections: number;
  kills: number;
  /** From commit to delivery when little happens, in ms. */
  idle: { p50: number; p95: number };
}

const PROCESSES = 2;
const LOST_MS = 30_000;
const IDLE_EVENTS = 40;
const IDLE_MS = 100;
const SETTLING_MS = 4_000;

async function emit({ pool, projectId }: Soak, payloads: readonly Record<string, number>[]): Promise<void> {
  const subject = { projectId, type: "project.noted", subjectType: "Project", subjectId: projectId, audience: { isProjectVisible: true } };
  await write(pool, WORKER, (db) => append({ db, viewer: SYSTEM_VIEWER, now: new Date() }, payloads.map((payload) => ({ ...subject, payload }))), { timeoutMs: 20_000 });
}

// Transactions of one to five events, over the whole time.
async function writeAll(soak: Soak, writer: number): Promise<void> {
  const count = soak.events / soak.writers;
  const begin = performance.now();
  for (let n = 0; n < count; ) {
    const some = Array.from({ length: Math.min(count - n, 1 + Math.floor(Math.random() * 5)) }, (_, i) => ({ writer, n: n + i }));
    await emit(soak, some);
    n += some.length;
    await sleep(Math.max(0, begin + (n / count) * soak.seconds * 1_000 - performance.now()));
  }
}

/** Keeps two API processes up, one of which is killed now and then. */
async function startProcesses({ launch, killEveryMs }: Soak) {
  const ports: (number | null)[] = [];
  const children: ChildProcess[] = [];
  const begin = async (i: number) => {
    const child = (children[i] = launch());
    const stillborn = once(child, "exit").then(([code]) => Promise.reject(new Error(`a process ended with ${code} before it listened`)));
    const [{ port }] = (await Promise.race([once(child, "message"), stillborn])) as [{ port: number }];
    stillborn.catch(() => {});
    ports[i] = port;
  };
  await Promise.all(Array.from({ length: PROCESSES }, (_, i) => begin(i)));
  const stopping = new AbortController();
  let kills = 0;
  let failure: Error | null = null;
  const killing = (async () => {
    for (;;) {
      await sleep(killEveryMs, undefined, { signal: stopping.signal });
      const victim = kills % PROCESSES;
      // Never both at a time.
      if (ports.includes(null)) continue;
      ports[victim] = null;
      kills += 1;
      children[victim]!.kill("SIGKILL");
      begin(victim).catch((error: Error) => (failure = error));
    }
  })().catch(() => {});
  return {
    ports: () => ports.filter((port) => port !== null),
    async endKilling() {
      stopping.abort();
      await killing;
      while (ports.includes(null) && !failure) await sleep(50);
      if (failure) throw failure;
      return kills;
    },
    stop: () => children.forEach((child) => child.kill("SIGKILL")),
  };
}

async function measureIdle(soak: Soak, boxes: readonly Box[]): Promise<Soaked["idle"]> {
  const delays: number[] = [];
  for (let n = 0; n < IDLE_EVENTS; n += 1) {
    const before = boxes.map(({ count }) => count());
    await emit(soak, [{ writer: soak.writers, n }]);
    const committed = performance.now();
    await sleep(IDLE_MS);
    while (boxes.some(({ count }, i) => count() === before[i])) await sleep(5);
    delays.push(...boxes.map(({ lastAt }) => Math.max(0, lastAt() - committed)));
  }
  delays.sort((a, b) => a - b);
  const at = (share: number) => delays[Math.floor(share * (delays.length - 1))]!;
  return { p50: at(0.5), p95: at(0.95) };
}

/**
 * Many write, many subscribe and connect again at random with their cursors, and one of two processes is killed again and again: every
 * subscriber has to get every event once, each writer's in order, all in the project's.
 */
export async function soakDelivery(soak: Soak): Promise<Soaked> {
  const processes = await startProcesses(soak);
  const boxes = Array.from({ length: soak.subscribers }, (_, i) => subscribe({ ...soak, isOverSocket: i % 2 === 0, ports: processes.ports }));
  try {
    await Promise.all(Array.from({ length: soak.writers }, (_, writer) => writeAll(soak, writer)));
    const kills = await processes.endKilling();
    while (boxes.some(({ count }) => count() < soak.events)) {
      if (performance.now() > Math.max(...boxes.map(({ lastAt }) => lastAt())) + LOST_MS) {
        throw new Error(`of ${soak.events} events some subscribers have only ${Math.min(...boxes.map(({ count }) => count()))}, and nothing comes any more`);
      }
      await sleep(50);
    }
    for (const box of boxes) box.settle();
    await sleep(SETTLING_MS);
    const idle = await measureIdle(soak, boxes);
    const mistakes = boxes.flatMap((box) => box.mistakes);
    if (mistakes.length > 0) throw new Error(`${mistakes.length} mistakes: ${mistakes.slice(0, 5).join("; ")}`);
    const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0);
    return { deliveries: sum(boxes.map(({ count }) => count())), connections: sum(boxes.map(({ connections }) => connections())), kills, idle };
  } finally {
    for (const box of boxes) box.stop();
    processes.stop();
  }
}
