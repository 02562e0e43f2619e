import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import postgres from "postgres";
import { type Address, dial, sslModeOf } from "./socket.ts";

/** What text means is the same on every server, and nothing that takes long is cut off. */
const SETTINGS = {
  TimeZone: "UTC", DateStyle: "ISO, YMD", IntervalStyle: "postgres", extra_float_digits: "1", bytea_output: "hex", client_encoding: "UTF8",
  statement_timeout: 0, idle_in_transaction_session_timeout: 0, lock_timeout: 60_000,
};

/** One backend, for one long transaction whose rows are streamed. */
export interface Single {
  sql: postgres.Sql;
  /** What a `copy ... to stdout` gives, to be read to its end before anything else is sent. */
  copyOut: (statement: string) => AsyncGenerator<Buffer>;
  /** Gives a `copy ... from stdin` its rows; resolves when the server has taken and checked them all. */
  copyIn: (statement: string, rows: AsyncIterable<Buffer>, signal?: AbortSignal) => Promise<void>;
  end: () => Promise<void>;
}

/** Opens a connection that is never reopened: the driver would send the rest of a lost transaction outside of any. */
export function openSingle(url: string, applicationName: string): Single {
  let stream: Socket | undefined;
  let isDialled = false;
  const socket = async (address: Address) => {
    if (isDialled) throw new Error("the connection to the database was lost");
    isDialled = true;
    return (stream = await dial(address, sslModeOf(url), () => {}));
  };
  const settings = { max: 1, max_lifetime: null, fetch_types: false, ssl: false, onnotice: () => {}, socket } as const;
  const sql = postgres(url, { ...settings, connection: { application_name: applicationName, ...SETTINGS } });
  return {
    sql,
    async *copyOut(statement) {
      yield* await sql.unsafe(statement).readable();
      // The driver pauses the socket when a reader is slow, and leaves it so where the end came with the last rows.
      stream?.resume();
    },
    async copyIn(statement, rows, signal) {
      const query = sql.unsafe(statement);
      const target = await query.writable();
      // For the driver the query has succeeded by now: what the server says at the end of the rows, of foreign keys say, would be lost.
      const refusal = new Promise<never>((_, reject) => Object.assign(query, { reject }));
      await Promise.race([pipeline(Readable.from(rows, { objectMode: false }), target, { signal }), refusal]);
    },
    end: () => sql.end({ timeout: 1 }),
  };
}
