import { open, rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type postgres from "postgres";
import { frame, type Header, lineOf, type Proof, proving } from "./dump-file.ts";
import { listPieces, quoted } from "./dumped.ts";
import { openSingle, type Single } from "./single.ts";
import { StartError } from "./start-error.ts";

/** Fast, and within a tenth of the size that the default level takes three times as long for. */
const GZIP_LEVEL = 2;

async function describe(sql: postgres.Sql): Promise<Header> {
  const [known] = await sql`select to_regclass('drizzle.__drizzle_migrations') is not null as "isOurs", to_regrole('assay_owner') is not null as "hasOwner"`;
  if (!known!.isOurs || !known!.hasOwner) throw new StartError("there is no database of Assay to back up", "name it by DATABASE_URL, or start Assay once");
  await sql`set local role assay_owner`;
  const [newest] = await sql`select hash, created_at::text as "when" from drizzle.__drizzle_migrations order by created_at desc limit 1`;
  return {
    format: "assay-backup", formatVersion: 1, madeAt: new Date().toISOString(), migration: { when: Number(newest!.when), hash: newest!.hash as string },
  };
}

async function* contents({ sql, copyOut }: Single, onProof: (proof: Proof) => void): AsyncGenerator<Buffer> {
  yield lineOf(await describe(sql));
  const pieces = await listPieces(sql);
  await sql.unsafe(`lock table ${pieces.map(({ name }) => quoted(name)).join(", ")} in access share mode`);
  const proofs: Proof[] = [];
  const prove = (proof: Proof) => {
    proofs.push(proof);
    onProof(proof);
  };
  for (const piece of pieces) yield* frame(piece, proving(piece.name, copyOut(piece.copy), prove));
  yield lineOf({ proofs });
}

/**
 * Writes everything of a database, as of one moment, to a file that only this account may read: whole, or not at all. Others read and write
 * on meanwhile. `onProof` hears of each piece when it is written; a signal ends it.
 */
export async function backUp(url: string, file: string, onProof: (proof: Proof) => void, signal?: AbortSignal): Promise<void> {
  const draft = `${file}.${process.pid}.part`;
  const single = openSingle(url, "assay-backup");
  const handle = await open(draft, "wx", 0o600);
  try {
    await single.sql.unsafe("begin isolation level repeatable read read only");
    await pipeline(contents(single, onProof), createGzip({ level: GZIP_LEVEL, chunkSize: 1 << 16 }), handle.createWriteStream({ flush: true }), { signal });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await handle.close().catch(() => {}); // the stream closes it where it got that far
    await single.end();
  }
}
