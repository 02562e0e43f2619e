import { createServer, type RequestListener, type Server } from "node:http";
import type { Sockets } from "./sockets.ts";

/** What node:http is to do by itself. A body's time is up to whoever reads it: an import may go on for hours. */
const OPTIONS = { headersTimeout: 10_000, requestTimeout: 0, keepAliveTimeout: 15_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 16_384 };
/** Connections of a process, sockets among them; the next one is hung up on. */
const MOST_CONNECTIONS = 25_000;

/** A server of node:http that waits for nobody: heads are whole within 10 s (else 408) and 16 kB (else 431), and idle connections end after 15 s. */
export function createListener({ listener, upgrade }: { listener: RequestListener; upgrade: Sockets["upgrade"] }): Server {
  const server = createServer(OPTIONS, listener).on("upgrade", upgrade);
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}
