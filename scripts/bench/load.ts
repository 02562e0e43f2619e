import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import type { Workbench } from "./audits.ts";

/** One request, as it goes over the wire. */
export interface Shot {
  bytes: Buffer;
}

/** A server that is measured, with its processes. */
export interface Target {
  port: number;
  pid: number;
  /** What its database connections are called. */
  applicationName: string;
}

/** What a turn of a server brought. */
export interface Turn {
  perSecond: number;
  /** CPU milliseconds a request: of the server's process, and of its backends. */
  serverMs: number;
  databaseMs: number;
}

const TICK_MS = 10;

/** A POST as HTTP/1.1 writes it. */
export function shotOf(path: string, body: object, headers: Record<string, string>): Shot {
  const text = JSON.stringify(body);
  const all = { host: "127.0.0.1", "content-type": "application/json", accept: "application/json", ...headers, "content-length": String(Buffer.byteLength(text)) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return { bytes: Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n${text}`) };
}

// The end of the response that the bytes begin with; null if it hasn't come.
function endOf(bytes: Buffer): { headEnd: number; end: number; isChunked: boolean } | null {
  const headEnd = bytes.indexOf("\r\n\r\n") + 4;
  if (headEnd < 4) return null;
  const head = bytes.toString("latin1", 0, headEnd);
  if (!head.startsWith("HTTP/1.1 200")) throw new Error(`${head}${bytes.toString("utf8", headEnd, headEnd + 500)}`);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length) return bytes.length >= headEnd + Number(length) ? { headEnd, end: headEnd + Number(length), isChunked: false } : null;
  return bytes.subarray(-5).toString("latin1") === "0\r\n\r\n" ? { headEnd, end: bytes.length, isChunked: true } : null;
}

function unchunked(bytes: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    if (size === 0) return Buffer.concat(parts).toString();
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

/** Sends requests one after the other on a connection, until `next` has no more; `hear` gets each body. */
function shoot(socket: Socket, next: () => Shot | null, hear?: (body: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let received: Buffer[] = [];
    const go = () => {
      const shot = next();
      if (!shot) return resolve();
      received = [];
      socket.write(shot.bytes);
    };
    socket.removeAllListeners("data").on("data", (chunk: Buffer) => {
      received.push(chunk);
      try {
        const bytes = received.length === 1 ? chunk : Buffer.concat(received);
        if (received.length > 1) received = [bytes];
        const found = endOf(bytes);
        if (!found) return;
        if (hear) hear(found.isChunked ? unchunked(bytes.subarray(found.headEnd)) : bytes.toString("utf8", found.headEnd, found.end));
        go();
      } catch (error) {
        reject(error);
      }
    });
    socket.once("error", reject);
    go();
  });
}

async function withSockets<T>(port: number, count: number, work: (sockets: Socket[]) => Promise<T>): Promise<T> {
  const sockets = await Promise.all(Array.from({ length: count }, () => new Promise<Socket>((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  })));
  try {
    return await work(sockets);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

/** The body of one answer. */
export function answerOf(port: number, shot: Shot): Promise<string> {
  return withSockets(port, 1, async ([socket]) => {
    let body = "";
    let shots: Shot[] = [shot];
    await shoot(socket!, () => shots.pop() ?? null, (text) => (body = text));
    shots = [];
    return body;
  });
}

/** CPU time of processes so far, in ms. */
export function cpuOf(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
      return Number(fields[11]) + Number(fields[12]);
    } catch {
      return 0;
    }
  });
  return ticks.reduce((sum, each) => sum + each, 0) * TICK_MS;
}

/** The database's processes that serve connections of this name. */
export async function backendsOf({ run }: Workbench, applicationName: string): Promise<number[]> {
  return (await run(`select pid from pg_stat_activity where application_name like '${applicationName}%'`)).map(({ pid }) => Number(pid));
}

/** Sends requests by so many clients for so long, in turn over the shots. */
export async function fire({ port, pid, applicationName }: Target, bench: Workbench, shots: readonly Shot[], clients: number, seconds: number): Promise<Turn> {
  return withSockets(port, clients, async (sockets) => {
    const backends = await backendsOf(bench, applicationName);
    const [server, database, begin] = [cpuOf([pid]), cpuOf(backends), performance.now()];
    const until = begin + seconds * 1_000;
    let sent = 0;
    const next = () => (performance.now() < until ? shots[sent++ % shots.length]! : null);
    await Promise.all(sockets.map((socket) => shoot(socket, next)));
    const elapsed = (performance.now() - begin) / 1_000;
    const serverMs = (cpuOf([pid]) - server) / sent;
    // A connection that was opened meanwhile began with nothing.
    const databaseMs = (cpuOf(await backendsOf(bench, applicationName)) - database) / sent;
    return { perSecond: sent / elapsed, serverMs, databaseMs };
  });
}
