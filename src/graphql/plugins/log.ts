import { randomUUID } from "node:crypto";
import type { Plugin } from "graphql-yoga";
import type { Logger } from "pino";
import type { Caller } from "./session.ts";

interface Entry {
  requestId: string;
  startedAt: number;
  operation: string | null;
  principalId: string | null;
}

// Written on the request: a WeakMap of all that are under way would outlive every small collection.
const ENTRY = Symbol("entry");
type Noted = Request & { [ENTRY]?: Entry };

/** What a caller may call a request: nothing that could break or forge a line of a log. */
const REQUEST_ID = /^[\w.:/+=@-]{1,100}$/;

function entryOf(request: Noted): Entry {
  const known = request[ENTRY];
  if (known) return known;
  const given = request.headers.get("x-request-id") ?? "";
  const requestId = REQUEST_ID.test(given) ? given : randomUUID();
  const entry: Entry = { requestId, startedAt: performance.now(), operation: null, principalId: null };
  request[ENTRY] = entry;
  return entry;
}

/** The id under which a request is logged: the caller's own (header x-request-id, up to 100 letters, digits and . _ : / + = @ -), or a new one. */
export function requestIdOf(request: Request): string {
  return entryOf(request).requestId;
}

/** One line in the log: an operation that was answered, or a subscription that was begun. */
export function logOperation(log: Logger, { startedAt, ...entry }: Entry & { status?: number; transport: "http" | "ws" }): void {
  log.info({ ...entry, ms: Math.round((performance.now() - startedAt) * 10) / 10 }, "operation");
}

/** The line of a response that begins; the request's id, which the caller is told. */
export function logResponse(log: Logger, request: Request, status: number): string {
  const entry = entryOf(request);
  logOperation(log, { ...entry, status, transport: "http" });
  return entry.requestId;
}

/** Which operation a request turned out to be, and whose, for its line. */
export function noteOperation(request: Request, operationName: string | null | undefined, { viewer }: Caller): void {
  const entry = entryOf(request);
  entry.operation = operationName ?? null;
  entry.principalId = viewer.principalId;
}

/** Logs every HTTP request when its response begins, and tells the caller its id. */
export function useRequestLog(log: Logger): Plugin<Caller> {
  const note = ({ args }: { args: { contextValue: unknown; operationName?: string | null } }) => {
    const { request, ...caller } = args.contextValue as Caller & { request?: Request };
    if (request) noteOperation(request, args.operationName, caller);
  };
  return {
    onRequest: ({ request }) => void entryOf(request),
    onExecute: note,
    onSubscribe: note,
    onResponse({ request, response: { headers, status } }) {
      headers.set("x-request-id", logResponse(log, request, status));
      // A stream says of itself that it may be kept; what the gate says holds.
      headers.delete("cache-control");
    },
  };
}
