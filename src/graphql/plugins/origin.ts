import type { IncomingMessage } from "node:http";
import { addressOf } from "../../budgets/rules.ts";

// Written on the request: a WeakMap of all that are under way would outlive every small collection.
const PEER = Symbol("peer");
type Noted = Request & { [PEER]?: string };

/** Keeps the other end of the connection that a request came by. */
export function notePeer(request: Request, incoming: Pick<IncomingMessage, "socket"> | undefined): void {
  (request as Noted)[PEER] = incoming?.socket.remoteAddress;
}

/** Where a request comes from, behind so many proxies of ours; null if it came by no connection. */
export function originOf(request: Request, proxies: number): string | null {
  return addressOf((request as Noted)[PEER], request.headers.get("x-forwarded-for"), proxies);
}
