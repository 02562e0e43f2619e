import type { Socket } from "node:net";
import pg from "pg";
import type { Logger as Log } from "pino";

const CONNECTIONS = 4;
const CONNECT_MS = 5_000;
/** The runner's own statements; what tasks send goes elsewhere. */
const ANSWER_MS = 5_000;

/** What pg keeps to itself: whether the server has answered all that it was asked, and by which socket. */
interface Inside {
  readyForQuery: boolean;
  connection: { stream: Socket };
}

/**
 * The job runner's connections, for as long as there are jobs. Whatever one of them tells while nobody waits for it is a line in the log: a
 * pool of the runner's own stops listening before its last connections have ended, and what these then say would end the process. One that
 * the server doesn't answer is given up: pg ends the wait, and would have the next statement wait behind it forever.
 */
export function openConnections(url: string, log: Log): pg.Pool {
  const patience = { connectionTimeoutMillis: CONNECT_MS, query_timeout: ANSWER_MS, idle_in_transaction_session_timeout: ANSWER_MS };
  const connections = new pg.Pool({ connectionString: url, max: CONNECTIONS, ...patience });
  const note = (error: Error) => log.warn({ err: error }, "a connection of the job runner was lost");
  connections.on("error", note);
  connections.on("connect", (client) => client.on("error", note));
  connections.on("release", (_, client) => {
    const { readyForQuery, connection } = client as unknown as Inside;
    if (!readyForQuery) connection.stream.destroy();
  });
  return connections;
}
