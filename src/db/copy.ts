import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import postgres from "postgres";

/** Writes a table's rows to a file, in COPY's text form. */
export async function copyOut(url: string, table: string, file: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await pipeline(await sql.unsafe(`copy (select * from ${table}) to stdout`).readable(), createWriteStream(file));
  } finally {
    await sql.end();
  }
}

/**
 * Empties a table and fills it from such a file in one stream, as its owner: what loading costs without any of the application. Forced row
 * security, under which COPY is refused, is off from then on; so this is for databases to be thrown away. How long the stream took, in ms.
 */
export async function copyIn(url: string, table: string, file: string): Promise<number> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(`alter table ${table} no force row level security; truncate ${table} cascade; set role assay_owner`);
    const start = performance.now();
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), await sql.unsafe(`copy ${table} from stdin`).writable());
    return performance.now() - start;
  } finally {
    await sql.end();
  }
}
