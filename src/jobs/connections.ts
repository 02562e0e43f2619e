import pg from "pg";
import type { Logger as Log } from "pino";

const CONNECTIONS = 4;

/**
 * The job runner's connections, for as long as there are jobs. Whatever one of them tells while nobody waits for it is a line in the log: a
 * pool of the runner's own stops listening before its last connections have ended, and what these then say would end the process.
 */
export function openConnections(url: string, log: Log): pg.Pool {
  const connections = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  const note = (error: Error) => log.warn({ err: error }, "a connection of the job runner was lost");
  connections.on("error", note);
  connections.on("connect", (client) => client.on("error", note));
  return connections;
}
