import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sockets } from "./sockets.ts";
import { faultOf, isUnanswered, type TurnAway } from "./turnaway.ts";

/** What node:http is to do by itself. A body's time is up to whoever reads it: an import may go on for hours. */
const OPTIONS = { requireHostHeader: false, headersTimeout: 10_000, requestTimeout: 0, keepAliveTimeout: 15_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 16_384 };
/** Where nothing comes and nothing is taken for so long, as by a client that reads no answer; what lives longer gives a sign of life. */
const STILL_MS = 60_000;
/** Connections of a process, sockets among them; the next one is hung up on. */
const MOST_CONNECTIONS = 25_000;

const OF_UPGRADES = /^(connection|upgrade|http2-settings)$/i;

// Whoever offers another protocol, as clients of HTTP/2 do by themselves, is answered in this one (RFC 9110, section 7.8): node:http leaves that to us.
function answerUnchanged(server: Server, { method, url, httpVersion, rawHeaders }: IncomingMessage, socket: Duplex, head: Buffer): void {
  const kept = rawHeaders.flatMap((name, i) => (i % 2 === 1 || OF_UPGRADES.test(name) ? [] : [`${name}: ${rawHeaders[i + 1]}\r\n`]));
  socket.unshift(Buffer.concat([Buffer.from(`${method} ${url} HTTP/${httpVersion}\r\n${kept.join("")}\r\n`, "latin1"), head]));
  server.emit("connection", socket);
}

/** A server of node:http that waits for nobody: heads are whole within 10 s (else 408) and 16 kB (else 431), idle connections end after 15 s, still ones after a minute. */
export function createListener({ listener, upgrade, turnAway }: { listener: RequestListener; upgrade: Sockets["upgrade"]; turnAway: TurnAway }): Server {
  const server = createServer(OPTIONS, listener).on("checkExpectation", listener);
  server.on("clientError", ({ code }: NodeJS.ErrnoException, socket) => {
    if (code !== "ECONNRESET" && isUnanswered(socket)) turnAway(socket, faultOf(code));
    else socket.destroy();
  });
  server.on("upgrade", (request, socket, head) => {
    if (/\bwebsocket\b/i.test(request.headers.upgrade!)) upgrade(request, socket, head);
    else answerUnchanged(server, request, socket, head);
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = STILL_MS;
  return server;
}

const LOOK_MS = 50;

/** Every answer is its connection's last from now on, so that whoever calls again does so elsewhere. */
export function retire(server: Server): void {
  server.prependListener("request", (_, response) => void (response.shouldKeepAlive = false));
}

/** Takes no new connections; resolves when the requests under way are answered, or after this time, which ends them. */
export async function endListening(server: Server, withinMs: number): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()));
  const closing = setInterval(() => server.closeIdleConnections(), LOOK_MS);
  await Promise.race([ended, sleep(withinMs, undefined, { ref: false })]);
  clearInterval(closing);
  server.closeAllConnections();
}
