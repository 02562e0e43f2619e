import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { startEmbedded } from "./embedded.ts";
import { type DatabaseUrls, migrate } from "./migrate.ts";
import { createPool, type Pool } from "./pool.ts";
import { watchRoom } from "./room.ts";

export interface OpenOptions {
  /** Where to keep an embedded server, or the ways into another. */
  database: { kind: "embedded"; dir: string } | { kind: "external"; urls: DatabaseUrls };
  poolSize: number;
  prepare: boolean;
  /** Hears each step when it is done. */
  onStep?: (step: string) => void;
  /** Ends the opening behind the step that it is at; what is open by then is closed. */
  signal?: AbortSignal;
}

/** A migrated database, ready for sessions. */
export interface OpenDatabase {
  urls: DatabaseUrls;
  pool: Pool;
  /** The analysts' own: a long question can't take the connections of the others. */
  analystPool: Pool;
  /** The system's own for reading millions of rows piece by piece: never more than two pieces at a time, and nobody waits behind them. */
  scanPool: Pool;
  /** For downloads, each of which holds a connection for minutes: few at a time, and few wait. */
  exportPool: Pool;
  /** Lets transactions end, closes the pools, and stops an embedded server if nobody else uses it. */
  close: () => Promise<void>;
}

const QUEUE = 200;
const WAIT_MS = 5_000;
const SCANS = 2;
const EXPORTS = 2;
// Two levels below the checkout, here and in the bundle.
const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
/** Where the migrations of this checkout lie. */
export const MIGRATIONS = join(CHECKOUT, "drizzle");

/** Where this checkout keeps what it makes: the embedded server, the demo's tokens. */
export const DATA_DIR = join(CHECKOUT, ".data");

// The embedded server's logins have passwords of their own, made from the superuser's, which is random and private to the directory.
function embeddedUrls(superuser: string, database: string): DatabaseUrls {
  const urlFor = (user?: string) => {
    const url = new URL(superuser);
    url.pathname = `/${database}`;
    if (!user) return url.href;
    url.username = user;
    url.password = createHash("sha256").update(`${user}:${new URL(superuser).password}`).digest("hex");
    return url.href;
  };
  return { migrator: urlFor(), login: urlFor("assay_login"), jobs: urlFor("assay_jobs") };
}

async function createDatabase(superuser: string, name: string): Promise<void> {
  const sql = postgres(superuser, { max: 1, onnotice: () => {} });
  try {
    const [known] = await sql`select from pg_database where datname = ${name}`;
    // Another process may be faster: then it is there as well.
    if (!known) await sql.unsafe(`create database ${name}`).catch((error: { code?: string }) => {
      if (error.code !== "42P04" && error.code !== "23505") throw error;
    });
  } finally {
    await sql.end();
  }
}

interface Located {
  urls: DatabaseUrls;
  /** Where an embedded server keeps everything. */
  home: string | null;
  leave: () => Promise<void>;
}

/** The ways into the database of the configuration, as it is: starts or joins the embedded server if it is that; `leave` gives it back. */
export async function locateDatabase(database: OpenOptions["database"], onStep: (step: string) => void): Promise<Located> {
  if (database.kind === "external") return { urls: database.urls, home: null, leave: async () => {} };
  const embedded = await startEmbedded({ dir: database.dir, warn: onStep });
  try {
    await createDatabase(embedded.url, "assay");
    onStep(embedded.started ? "PostgreSQL started" : "joined the running PostgreSQL");
    return { urls: embeddedUrls(embedded.url, "assay"), home: embedded.home, leave: embedded.close };
  } catch (error) {
    await embedded.close();
    throw error;
  }
}

/** Opens the database of the configuration: starts or joins the embedded server if it is that, and brings the schema up to date. */
export async function openDatabase({ database, poolSize, prepare, onStep = () => {}, signal }: OpenOptions): Promise<OpenDatabase> {
  const { urls, home, leave } = await locateDatabase(database, onStep);
  try {
    signal?.throwIfAborted();
    await migrate(urls, MIGRATIONS);
    onStep("database migrated");
    signal?.throwIfAborted();
    const room = home === null ? null : watchRoom(home, onStep);
    const shared = { url: urls.login, waitMs: WAIT_MS, prepare, hasRoom: () => room?.isLeft ?? true };
    const open = (size: number, applicationName: string, queue = QUEUE) => createPool({ ...shared, size, queue, applicationName });
    const pool = open(poolSize, "assay");
    const analystPool = open(Math.max(2, Math.floor(poolSize / 4)), "assay-analyst");
    const scanPool = open(SCANS, "assay-scan");
    const exportPool = open(EXPORTS, "assay-export", EXPORTS);
    const close = async () => {
      room?.stop();
      await Promise.all([pool.end(), analystPool.end(), scanPool.end(), exportPool.end()]);
      await leave();
    };
    return { urls, pool, analystPool, scanPool, exportPool, close };
  } catch (error) {
    await leave();
    throw error;
  }
}
