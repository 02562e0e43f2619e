import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type postgres from "postgres";
import { type DumpReader, type Header, openDump, type Proof, proveDump, proving } from "./dump-file.ts";
import { listPieces, type Piece, quoted } from "./dumped.ts";
import { causeOf } from "./failures.ts";
import { type DatabaseUrls, migrate } from "./migrate.ts";
import { openSingle, type Single } from "./single.ts";
import { StartError } from "./start-error.ts";

interface Journal {
  entries: { when: number; tag: string }[];
}

/** Who hears of each piece when it is loaded; and a signal that ends the restore while it loads, as if it had failed. */
export interface Listening {
  onProof: (proof: Proof) => void;
  signal?: AbortSignal;
}

const JOURNAL = "meta/_journal.json";

// The migrations that the backed up database had; those of a newer Assay, or of another, can't be made here.
function migrationsOf({ migration }: Header, folder: string): Journal {
  const journal = JSON.parse(readFileSync(join(folder, JOURNAL), "utf8")) as Journal;
  const last = journal.entries.find(({ when }) => when === migration.when);
  const hash = last && createHash("sha256").update(readFileSync(join(folder, `${last.tag}.sql`))).digest("hex");
  if (hash === migration.hash) return { ...journal, entries: journal.entries.filter(({ when }) => when <= migration.when) };
  throw new StartError("the backup is of a newer Assay, or of another", "restore it with the version that made it, or a later one");
}

async function migrateTo(journal: Journal, urls: DatabaseUrls, folder: string): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), "assay-restore-"));
  try {
    cpSync(folder, copy, { recursive: true });
    writeFileSync(join(copy, JOURNAL), JSON.stringify(journal));
    await migrate(urls, copy);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

async function mustBeEmpty(url: string): Promise<void> {
  const { sql, end } = openSingle(url, "assay-restore");
  try {
    const [row] = await sql`select count(*)::int as tables, current_database() as name from pg_class c where c.relkind in ('r', 'p')
      and c.relnamespace not in (select oid from pg_namespace where nspname in ('pg_catalog', 'information_schema', 'pg_toast', 'graphile_worker'))
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')`;
    if (row!.tables === 0) return;
    throw new StartError(`database ${row!.name} is not empty: it has ${row!.tables} tables`, "restore into an empty one; nothing was changed");
  } finally {
    await end();
  }
}

// As the house's functions make them: forced row security of its own, the owner's policy, and no grants.
async function makePartition(sql: postgres.Sql, { name, partition }: Piece): Promise<void> {
  const [table, parent] = [quoted(name), quoted(partition!.of)];
  await sql.unsafe(`create table ${table} (like ${parent} including defaults including constraints);
    alter table ${table} enable row level security, force row level security;
    create policy assay_owner on ${table} to assay_owner using (true) with check (true);
    alter table ${parent} attach partition ${table} ${partition!.bounds}`);
}

async function loadPieces({ sql, copyIn }: Single, dump: DumpReader, { onProof, signal }: Listening): Promise<void> {
  const known = new Set((await listPieces(sql)).map(({ name }) => name));
  await dump.line<Header>();
  for (;;) {
    const piece = await dump.line<Piece | { proofs: Proof[] }>();
    if ("proofs" in piece) return;
    if (piece.partition && !known.has(piece.name)) await makePartition(sql, piece);
    const table = quoted(piece.name);
    // COPY is refused under forced row security; it is back before anybody else can see the table.
    await sql.unsafe(`alter table ${table} no force row level security`);
    await copyIn(`copy ${table} (${piece.columns.map(quoted).join(", ")}) from stdin`, proving(piece.name, dump.rows(), onProof), signal);
    await sql.unsafe(`alter table ${table} force row level security`);
  }
}

// What the database answers is read again: not what was sent, but what stands.
async function mustStand({ sql, copyOut }: Single, proofs: readonly Proof[]): Promise<void> {
  const pieces = await listPieces(sql);
  const expected = new Map(proofs.map((proof) => [proof.name, JSON.stringify(proof)]));
  for (const piece of pieces) {
    for await (const _ of proving(piece.name, copyOut(piece.copy), (proof) => {
      const isUntouched = proof.rows === 0 && !expected.has(piece.name); // a partition that migrations make
      if (isUntouched || expected.get(piece.name) === JSON.stringify(proof)) return;
      throw new Error(`table ${piece.name} does not hold what was loaded into it`);
    }));
  }
}

async function load(url: string, file: string, proofs: readonly Proof[], listening: Listening): Promise<void> {
  const dump = openDump(file);
  const single = openSingle(url, "assay-restore");
  const { sql, end } = single;
  try {
    await sql.unsafe("begin; set local role assay_owner");
    // What the migrations wrote is in the backup too.
    await sql.unsafe(`do $$ begin execute (select 'truncate ' || string_agg(quote_ident(relname), ', ') from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and relowner = 'assay_owner'::regrole); end $$`);
    await loadPieces(single, dump, listening);
    await mustStand(single, proofs);
    // Transactions count anew in every cluster: what is not sealed yet is of this one, so that the sealer finds it, and all else is older.
    await sql.unsafe(`update events e set transaction_id = pg_current_xact_id()
      where not exists (select from event_seals s where s.project_id = e.project_id and s.event_id = e.id);
      update sealer_state set sealed_before = pg_current_xact_id()`);
    await sql.unsafe("commit");
  } finally {
    dump.close();
    await end();
  }
}

async function asOwner(url: string, command: string): Promise<void> {
  const { sql, end } = openSingle(url, "assay-restore");
  try {
    await sql.unsafe(`set role assay_owner; ${command}`);
  } finally {
    await end();
  }
}

async function clear(url: string, failure: unknown): Promise<void> {
  await asOwner(url, "drop owned by assay_owner cascade").catch(() => {
    throw new StartError(`${(causeOf(failure) as Error).message}; no row of the backup stands, but tables may, since they couldn't be cleared away either`,
      "restore into another database that is empty, or drop and create this one", { cause: failure });
  });
}

/**
 * Brings a backup, once it is proved, into an empty database, whole or not at all: its schema as it was, its rows in one transaction, each table
 * read back and compared by count and checksum, then whatever migrations have come since: if one of these fails, the backup stands as it was.
 * When it was made.
 */
export async function restore(urls: DatabaseUrls, file: string, migrationsFolder: string, listening: Listening): Promise<string> {
  const { header, proofs } = await proveDump(file);
  const journal = migrationsOf(header, migrationsFolder);
  await mustBeEmpty(urls.migrator);
  try {
    await migrateTo(journal, urls, migrationsFolder);
    listening.signal?.throwIfAborted();
    await load(urls.migrator, file, proofs, listening);
  } catch (error) {
    await clear(urls.migrator, error);
    throw error;
  }
  const finish = async () => {
    await asOwner(urls.migrator, "analyze");
    await migrate(urls, migrationsFolder);
  };
  await finish().catch((error: Error) => {
    throw new StartError(`the backup of ${header.madeAt} stands whole, with the schema that it had, but what comes behind it failed (${(causeOf(error) as Error).message})`,
      "mend what that names and run npm run migrate, which goes on from here; until then only the version that made the backup can serve it", { cause: error });
  });
  return header.madeAt;
}
