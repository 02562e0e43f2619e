import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { Logger } from "pino";
import { BODY_BYTES, readBody, tooLong } from "./bodies.ts";
import { type Early, type Gate, type Head, pathOf, shownEarly } from "./gate.ts";
import { logResponse } from "./log.ts";
import { notePeer } from "./origin.ts";
import { isPlain, type Shortcut } from "./shortcut.ts";

/** Bodies below are read as they are used. */
const STREAMED = "/import/";
/** How long the rest of a body is thrown away, so that its sender hears the answer before the connection ends. */
const LINGER_MS = 1_000;

/** What hooks and log ask of a request, without the rest of it. */
function facadeOf(incoming: IncomingMessage, response: ServerResponse): Request {
  const headers = { get: (name: string) => (incoming.headers[name] as string | undefined) ?? null };
  const signal = { addEventListener: (_: string, hear: () => void) => void response.once("close", hear) };
  const facade = { method: incoming.method, url: incoming.url, headers, signal } as unknown as Request;
  notePeer(facade, incoming);
  return facade;
}

const NO_HOST: Early = { status: 400, code: "BAD_REQUEST", message: "host: a request of HTTP/1.1 has this header." };
const UNMET: Early = { status: 417, code: "EXPECTATION_FAILED", message: "expect: 100-continue is the only expectation that is met." };

// What node:http would answer itself, with nothing in the head of what stands in all others.
function fallingShort({ httpVersion, headers: { host, expect } }: IncomingMessage): Early | null {
  if (host === undefined && httpVersion === "1.1") return NO_HOST;
  return expect !== undefined && !/^100-continue$/i.test(expect) ? UNMET : null;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

// Who goes on sending a body that nobody reads has a second to hear why.
function endAfterAnswer(incoming: IncomingMessage, response: ServerResponse): void {
  const end = () => void (incoming.complete || incoming.destroy());
  response.once("finish", () => void (incoming.complete || setTimeout(end, LINGER_MS).unref()));
}

export interface Entrance {
  gate: Gate;
  /** The longest body that is taken of whoever sends a request. */
  mostBytes: (request: Request) => Promise<number>;
  shortcut: Shortcut;
  /** Everything else. */
  fallback: RequestListener;
  log: Logger;
}

/** The way into a server from node:http: past the gate, with its body read unless it is an import's, then by the short path where that answers. */
export function createEntrance({ gate, mostBytes, shortcut, fallback, log }: Entrance): RequestListener {
  return (incoming, response) => {
    const request = facadeOf(incoming, response);
    const head: Head = { method: incoming.method!, url: incoming.url!, header: request.headers.get };
    const headers = gate.headersOf(head);

    const pass = () => {
      for (const name in headers) response.setHeader(name, headers[name]!);
      fallback(incoming, response);
    };
    const answerEarly = (early: Early) => {
      endAfterAnswer(incoming, response);
      const requestId = logResponse(log, request, early.status);
      const { body, headers: told } = shownEarly(early, head, requestId);
      response.writeHead(early.status, { ...headers, ...told }).end(body);
    };
    const take = (body: Buffer) => {
      const passOn = () => {
        // As a stream: the adapter counts the keys of whatever else it finds there, each byte being one of a buffer's.
        Object.assign(incoming, { body: Readable.from([body]) });
        pass();
      };
      if (isPlain(incoming)) shortcut({ body, request, response, headers, pass: passOn });
      else passOn();
    };
    const read = (most: number) => {
      if (Number(incoming.headers["content-length"]) > most) answerEarly(tooLong(most));
      else readBody(incoming, most, take, answerEarly);
    };

    const early = fallingShort(incoming) ?? gate.answerOf(head);
    if (early) return answerEarly(early);
    if (!hasBody(incoming)) return pass();
    if (pathOf(head).startsWith(STREAMED)) {
      endAfterAnswer(incoming, response);
      return pass();
    }
    if (Number(incoming.headers["content-length"]) <= BODY_BYTES) return read(BODY_BYTES);
    void mostBytes(request).then(read);
  };
}

/** The same gate for requests of the fetch API. */
export function createFetch({ gate, mostBytes, answer, log }: Pick<Entrance, "gate" | "mostBytes" | "log"> & { answer: (request: Request) => Promise<Response> }) {
  async function refuse(head: Head, request: Request): Promise<Early | null> {
    const length = Number(head.header("content-length"));
    const early = gate.answerOf(head);
    if (early || length <= BODY_BYTES || pathOf(head).startsWith(STREAMED)) return early;
    const most = await mostBytes(request);
    return length > most ? tooLong(most) : null;
  }

  return async (request: Request): Promise<Response> => {
    const { method, url, headers } = request;
    const head: Head = { method, url: url.slice(new URL(url).origin.length), header: (name) => headers.get(name) };
    const early = await refuse(head, request);
    const shown = early && shownEarly(early, head, logResponse(log, request, early.status));
    const response = early ? new Response(shown!.body || null, { status: early.status, headers: shown!.headers }) : await answer(request);
    for (const [name, value] of Object.entries(gate.headersOf(head))) if (!response.headers.has(name)) response.headers.set(name, value);
    return response;
  };
}
