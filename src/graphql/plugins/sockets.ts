import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { CloseCode, handleProtocols, type Server } from "graphql-ws";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import { addressOf } from "../../budgets/rules.ts";
import type { Outlet } from "./delivery.ts";
import { createFrames, type Frames } from "./frames.ts";
import { type Gate, isGraphql, pathOf } from "./gate.ts";
import type { Visit } from "./protocol.ts";
import { pacerOf } from "./quotas.ts";
import type { TurnAway } from "./turnaway.ts";

/** The sockets of a server. */
export interface Sockets {
  /** Answers an upgrade request of node:http. */
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Tells everybody that the server goes away, and waits until they have gone. */
  close: () => Promise<void>;
}

const MESSAGE_BYTES = 100_000;
const UNSENT_BYTES = 4_000_000;
/** A twelfth of the sockets is pinged every second. */
const ROUNDS = 12;
const ROUND_MS = 1_000;
const STALLED_MS = 20_000;
const PARTING_MS = 1_000;
const GOING_AWAY = 1001;
/** How long answers under way are waited for at the end. */
const ANSWER_MS = 7_000;
const LOOK_MS = 25;
const TRY_AGAIN = 1013;
/** What fits into a close frame. */
const REASON_BYTES = 123;

function part(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, Buffer.from(reason).subarray(0, REASON_BYTES).toString().replace(/\uFFFD$/, ""));
  setTimeout(() => socket.terminate(), PARTING_MS).unref();
}

function giveUp(socket: WebSocket): void {
  part(socket, TRY_AGAIN, "Too slow: messages were not taken in time; connect again and give the last cursor as after");
}

/**
 * Resolves when the kernel has taken the text: so a subscription reads its next events when its client has taken the last ones. A client
 * that takes nothing for 20 s, or asks for more than it takes, is parted from; by its cursor it can go on later.
 */
function send(socket: WebSocket, text: string): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  if (socket.bufferedAmount > UNSENT_BYTES) giveUp(socket);
  return new Promise((resolve) => {
    const timer = setTimeout(() => giveUp(socket), STALLED_MS);
    socket.send(text, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Sends the same texts as to other sockets, each behind the head of this one's operation: as many in a write as a write should hold. Past
 * the library's own sending, which encodes a text once more for each socket; its order holds, as nothing it sends is compressed.
 */
function outletOf(socket: WebSocket, line: Duplex, head: string, { framed, leave }: Frames): Outlet {
  const before = Buffer.from(head);
  return {
    offer(messages) {
      let sent = 0;
      while (sent < messages.length && socket.readyState === socket.OPEN && line.writableLength === 0) {
        const { bytes, upTo } = framed(messages, sent, before);
        line.write(bytes);
        // What the kernel has not taken yet is written from these bytes.
        if (line.writableLength > 0) leave();
        sent = upTo;
      }
      return socket.readyState === socket.OPEN ? sent : messages.length;
    },
    send: ({ text }) => send(socket, `${head}${text}}`),
  };
}

export interface SocketsOptions {
  protocol: Server<Visit>;
  admits: Gate["admits"];
  turnAway: TurnAway;
  /** How many proxies of ours everybody comes through. */
  proxies: number;
  log: Logger;
}

/** WebSockets on the one path, pinged every 12 s and given up when they don't answer. */
export function createSockets({ protocol, admits, turnAway, proxies, log }: SocketsOptions): Sockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES, handleProtocols });
  // The library's own refusal is a page of HTML.
  server.on("wsClientError", ({ message }: Error, socket: Duplex, request: IncomingMessage) => {
    turnAway(socket, { status: 400, code: "BAD_REQUEST", message: `${message}.`, headers: { "sec-websocket-version": "13" } }, request);
  });
  const frames = createFrames();
  const silent = new WeakSet<WebSocket>();
  const visits = new WeakMap<WebSocket, Visit>();
  const rounds = Array.from({ length: ROUNDS }, () => new Set<WebSocket>());
  let now = 0;

  function welcome(socket: WebSocket, line: Duplex, address: string | null): void {
    const pace = pacerOf(socket);
    const visit: Visit = {
      close: (code, reason) => part(socket, code, reason),
      giveUp: () => giveUp(socket),
      outlet: (head) => outletOf(socket, line, head, frames),
      isClosed: false,
      stops: new Set(),
      answering: new Set(),
      address,
    };
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(socket, text),
        close: visit.close,
        onMessage: (hear) =>
          socket.on("message", (data) => {
            pace();
            hear(String(data)).catch((error: unknown) => {
              // Of a known type that only a server sends.
              if (/^Unexpected message of type/.test((error as Error).message)) return visit.close(CloseCode.BadRequest, "Invalid message received");
              log.error({ err: error }, "unexpected error on a socket");
              visit.close(CloseCode.InternalServerError, "Something went wrong on our side");
            });
          }),
      },
      visit,
    );
    socket.on("pong", () => silent.delete(socket));
    socket.on("error", (error) => log.debug({ err: error }, "socket failed"));
    const round = rounds[now]!.add(socket);
    visits.set(socket, visit);
    socket.once("close", (code, reason) => {
      round.delete(socket);
      void closed(code, String(reason));
    });
  }

  // At once, where no answer is under way: so nothing tells a subscription that it is complete.
  async function leave(socket: WebSocket): Promise<void> {
    const answering = visits.get(socket)?.answering ?? new Set();
    const until = performance.now() + ANSWER_MS;
    while (answering.size > 0 && performance.now() < until) await sleep(LOOK_MS);
    part(socket, GOING_AWAY, "The server is stopping; connect again");
  }

  const pings = setInterval(() => {
    now = (now + 1) % ROUNDS;
    for (const socket of rounds[now]!) {
      if (silent.has(socket)) socket.terminate();
      silent.add(socket);
      socket.ping();
    }
  }, ROUND_MS);
  pings.unref();

  return {
    upgrade(request, socket, head) {
      const { origin, host, "x-forwarded-for": forwarded } = request.headers;
      if (!isGraphql(pathOf({ url: request.url! }))) return turnAway(socket, { status: 404 }, request);
      if (!admits(origin, host)) return turnAway(socket, { status: 403 }, request);
      server.handleUpgrade(request, socket, head, (opened) => welcome(opened, socket, addressOf(request.socket.remoteAddress, forwarded?.toString() ?? null, proxies)));
    },
    async close() {
      clearInterval(pings);
      const gone = [...server.clients].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
      for (const socket of server.clients) void leave(socket);
      await Promise.all(gone);
      server.close();
    },
  };
}
