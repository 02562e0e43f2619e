import type { Socket } from "node:net";
import { makePgArray } from "drizzle-orm/pg-core";
import postgres from "postgres";
import { isStatementError, LeaseLost } from "./failures.ts";
import { type Address, dial, sslModeOf } from "./socket.ts";

const START_SECONDS = 5;
/** Prepared statements stay in the backend's memory: past so many texts a connection is replaced. */
const TEXTS_KEPT = 1_000;

export interface ConnectionOptions {
  url: string;
  /** False behind a pooler that can't keep prepared statements: every statement with parameters then costs a second round trip. */
  prepare: boolean;
  applicationName: string;
  /** Settings of the server for this session, from its first moment, which no rollback takes back. */
  settings?: Readonly<Record<string, number>>;
  /** Called once, when the backend is gone or given up. */
  onLost: (connection: Connection) => void;
  /** Hears the notifications that the connection listens for. */
  onNotify?: (channel: string, payload: string) => void;
}

/** Rows of one statement; `values()` asks for arrays instead of objects, as Drizzle does. */
export type Answer = Promise<postgres.RowList<postgres.Row[]>> & { values(): Answer };

/** One backend, never reopened: what was sent to it is answered by it, or rejected with `LeaseLost`. */
export interface Connection {
  readonly options: postgres.Sql["options"];
  readonly lost: LeaseLost | undefined;
  /** For how long the server has owed an answer without giving any; 0 if it owes none. */
  readonly silentMs: number;
  /** True once the backend holds so many prepared statements that it should be closed. */
  readonly isWorn: boolean;
  /** True while a transaction that only read waits for its commit, which travels before whatever is sent next. */
  owesCommit: boolean;
  /** Sends the commit that is owed, if one is. */
  settle(): void;
  /** With parameters, one (prepared) statement; without, a simple-query message that may hold several. */
  send(text: string, params?: readonly unknown[]): Answer;
  /** Destroys the socket, and rejects at once whatever waits for an answer. */
  lose(reason: string | LeaseLost, cause?: unknown): void;
  /** Says goodbye to the server; for a connection that nobody uses. */
  close(): Promise<void>;
}

/**
 * Every parameter goes out as text and the server decides its type, so that one text is one prepared statement and nothing throws
 * inside the driver: an error while it binds would leave its queue out of step with the server's answers.
 */
function encode(value: unknown): string | null {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return makePgArray(value.map((item) => (Array.isArray(item) ? item : encode(item))));
  throw new TypeError(`Not an SQL parameter: ${typeof value}`);
}

/** A connection that opens with its first statement and dies with its backend; it has room for one transaction at a time. */
export function openConnection({ url, prepare, applicationName, settings, onLost, onNotify = () => {} }: ConnectionOptions): Connection {
  // No set: its table, made anew every few changes, would hold what is long answered until the next large collection.
  const waiting: ((error: unknown) => void)[] = [];
  const texts = new Set<string>();
  let socket: Socket | undefined;
  let isDialled = false;
  let heardAt = 0;
  let lost: LeaseLost | undefined;

  // postgres.js reconnects after a loss and sends what it had queued, outside any transaction: a second socket is refused.
  const openSocket = async (address: Address): Promise<Socket> => {
    if (lost || isDialled) throw lost ?? new LeaseLost("a connection is not reopened");
    isDialled = true;
    return dial(address, sslModeOf(url), (opened) => (socket = opened));
  };

  const options: postgres.Options<Record<string, never>> & { socket: typeof openSocket; onnotify: typeof onNotify } = {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: START_SECONDS,
    fetch_types: false,
    prepare: true,
    connection: { application_name: applicationName, TimeZone: "UTC", ...settings },
    ssl: false, // `dial` sees to it
    socket: openSocket,
    onclose: () => connection.lose("the server closed the connection"),
    onnotify: onNotify,
    // Begin inside a transaction, or commit outside one: then nobody knows any more whose transaction this is.
    onnotice: ({ code }) => void (["25001", "25P01"].includes(code ?? "") && connection.lose("begin and commit out of step")),
  };
  const client = postgres(url, options);
  // What `encode` made is final; the serializers that Drizzle adds for dates and JSON change nothing.
  for (const type of Object.keys(client.options.serializers)) delete client.options.serializers[Number(type)];

  const connection: Connection = {
    options: client.options,
    get lost() {
      return lost;
    },
    get silentMs() {
      return waiting.length > 0 ? performance.now() - heardAt : 0;
    },
    get isWorn() {
      return texts.size > TEXTS_KEPT;
    },
    owesCommit: false,
    settle() {
      if (!connection.owesCommit) return;
      connection.owesCommit = false;
      connection.send("commit").catch(() => {});
    },
    send(command, params) {
      if (lost) throw lost;
      if (params) connection.settle();
      const text = connection.owesCommit ? `commit; ${command}` : command;
      connection.owesCommit = false;
      if (params && prepare) texts.add(text);
      const query = params ? client.unsafe(text, params.map(encode), { prepare, simple: false } as object) : client.unsafe(text);
      const answer = new Promise<postgres.RowList<postgres.Row[]>>((resolve, reject) => {
        const answered = () => {
          heardAt = performance.now();
          waiting.splice(waiting.indexOf(reject), 1);
        };
        if (waiting.length === 0) heardAt = performance.now();
        waiting.push(reject);
        query.then(
          (rows) => {
            answered();
            resolve(rows);
          },
          (error: unknown) => {
            answered();
            if (!isStatementError(error)) connection.lose(`the connection failed: ${(error as Error).message}`, error);
            reject(lost ?? error);
          },
        );
      });
      const values = (): Answer => {
        query.values();
        return result;
      };
      const result = Object.assign(answer, { values });
      return result;
    },
    lose(reason, cause) {
      if (lost) return;
      lost = reason instanceof LeaseLost ? reason : new LeaseLost(reason, { cause });
      socket?.destroy();
      for (const reject of waiting.splice(0)) reject(lost);
      onLost(connection);
    },
    async close() {
      await client.end({ timeout: 1 });
      connection.lose("closed");
    },
  };
  return connection;
}
