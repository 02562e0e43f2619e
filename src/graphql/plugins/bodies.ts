import type { IncomingMessage } from "node:http";
import { GraphQLError } from "graphql";
import type { Scope, Viewer } from "../../core/viewer.ts";
import type { Early } from "./gate.ts";

/** The longest body of an operation, and that of one whose caller records rows in bulk. */
export const BODY_BYTES = 100_000;
export const BULK_BODY_BYTES = 4_000_000;

/** How long a body of the first size may take, and how fast what is longer has to come. */
const BODY_MS = 10_000;
const BYTES_PER_MS = 20;

/** Those who record rows in bulk. */
const BULK_SCOPES: readonly Scope[] = ["decisions:write", "gold:write", "roster:write", "audits:write"];

const SLOW = `A body has to come within ${BODY_MS / 1_000} s, and a second for each ${BYTES_PER_MS} kB past the first ${BODY_BYTES / 1_000}: send it faster, or in parts.`;
const TOO_SLOW: Early = { status: 408, code: "REQUEST_TIMEOUT", message: SLOW };

/** The longest body of an operation that is taken of a viewer: bulk mutations carry hundreds of rows. */
export function mostBytesOf({ role, scopes }: Viewer): number {
  const isBulk = role === "ADMIN" || BULK_SCOPES.some((scope) => scopes?.has(scope));
  return isBulk ? BULK_BODY_BYTES : BODY_BYTES;
}

/** The answer to whoever sends more than is taken. */
export function tooLong(most: number): Early {
  const message = `The body has more than ${most} bytes, which is the most that is taken of you: send fewer rows at a time, or POST them to /import.`;
  return { status: 413, code: "REQUEST_ENTITY_TOO_LARGE", message };
}

/** How long may have been waited where so many bytes have come. */
function allowedMs(bytes: number): number {
  return BODY_MS + Math.max(0, bytes - BODY_BYTES) / BYTES_PER_MS;
}

/** Reads a body of `most` bytes at most, which has to come in time: one of the two is called once, neither if the client goes away. */
export function readBody(incoming: IncomingMessage, most: number, take: (body: Buffer) => void, refuse: (why: Early) => void): void {
  const chunks: Buffer[] = [];
  const begun = performance.now();
  let bytes = 0;
  const stop = () => clearTimeout(timer);
  const giveUp = (why: Early) => {
    stop();
    incoming.removeAllListeners("data").removeListener("end", finish);
    refuse(why);
  };
  const finish = () => {
    stop();
    take(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
  };
  const check = () => {
    const leftMs = allowedMs(bytes) - (performance.now() - begun);
    if (leftMs <= 0) giveUp(TOO_SLOW);
    else timer = setTimeout(check, leftMs);
  };
  let timer = setTimeout(check, BODY_MS);
  incoming.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > most) giveUp(tooLong(most));
  });
  incoming.once("end", finish);
  incoming.once("close", stop);
}

/** What a timer can wait, some 25 days. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * A stream of any length whose chunks have to come as fast; only the time counts in which the next one is waited for. It fails once `ended`,
 * which is nobody else's to hear, is aborted, for its reason.
 */
export async function* paced(body: AsyncIterable<Uint8Array>, ended: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  const chunks = body[Symbol.asyncIterator]();
  let [waitedMs, bytes] = [0, 0];
  for (;;) {
    ended.throwIfAborted();
    const from = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const slow = new Promise<never>((_, reject) => {
      ended.onabort = () => reject(ended.reason as Error);
      const fail = () => reject(new GraphQLError(SLOW, { extensions: { code: TOO_SLOW.code, http: { status: 408, headers: { connection: "close" } } } }));
      timer = setTimeout(fail, Math.min(allowedMs(bytes) - waitedMs, LONGEST_MS));
    });
    const { value, done } = await Promise.race([chunks.next(), slow]).finally(() => clearTimeout(timer));
    if (done) return;
    waitedMs += performance.now() - from;
    bytes += value.length;
    yield value;
  }
}
