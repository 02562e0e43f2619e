import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { type Early, type Gate, type Head, shownEarly } from "./gate.ts";
import { logResponse } from "./log.ts";

/** Answers past node:http, which would do so without what stands in the head of every answer; it is the connection's last. The request is absent where none could be read. */
export type TurnAway = (socket: Duplex, early: Early, request?: IncomingMessage) => void;

/** Answers as the gate does, on a socket itself. */
export function createTurnAway(gate: Pick<Gate, "headersOf">, log: Logger): TurnAway {
  return (socket, early, { method = "GET", url = "/", headers = {} } = {} as IncomingMessage) => {
    const head: Head = { method, url, header: (name) => headers[name]?.toString() ?? null };
    const requestId = logResponse(log, { headers: { get: head.header } } as Request, early.status);
    const { body, headers: told } = shownEarly(early, head, requestId);
    const lines = Object.entries({ ...gate.headersOf(head), ...told, connection: "close" }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.on("error", () => {}).end(`HTTP/1.1 ${early.status} ${STATUS_CODES[early.status]}\r\n${lines.join("")}\r\n${body}`, () => socket.destroy());
  };
}

const UNREADABLE: Early = { status: 400, code: "BAD_REQUEST", message: "This is no request of HTTP/1.1, or not one that can be read in one way only." };
const FAULTS: Readonly<Record<string, Early>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: "HEADERS_TOO_LARGE", message: "The request's head has more than 16 kB: send less by the address and its headers." },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, code: "REQUEST_ENTITY_TOO_LARGE", message: "The body's chunks have extensions of more than 16 kB, which nobody reads: leave them out." },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: "REQUEST_TIMEOUT", message: "A request's head has to come within 10 s." },
};

/** What node:http couldn't read, by the code of its error. */
export function faultOf(code: string | undefined): Early {
  return FAULTS[code ?? ""] ?? UNREADABLE;
}

/** Whether a connection waits for an answer of which nothing has gone out yet: a second head amidst another's body would be taken for part of it. */
export function isUnanswered(socket: Duplex & { _httpMessage?: ServerResponse | null }): boolean {
  return socket.writable && !socket._httpMessage?.headersSent;
}
