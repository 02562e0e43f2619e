import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Piece } from "./dumped.ts";
import { StartError } from "./start-error.ts";

/*
 * A backup is gzipped text: a line of JSON that says what it is; for every piece a line of JSON, its rows as COPY writes them, and COPY's own
 * mark of the end; at last a line of JSON with every piece's count and checksum. So it is written and read in one go, and `zcat` shows it.
 */

export interface Header {
  format: "assay-backup";
  formatVersion: 1;
  madeAt: string;
  /** The newest migration of the database: when it was made, in milliseconds, and SHA-256 of its text. */
  migration: { when: number; hash: string };
}

/** How many rows a piece has, and SHA-256 of them as COPY writes them in the order of their keys. */
export interface Proof {
  name: string;
  rows: number;
  sha256: string;
}

const NEWLINE = 10;
const END = Buffer.from("\\.\n");
const END_AFTER_ROW = Buffer.from("\n\\.\n");
const CHUNK = 1 << 18;

/** Passes rows on, and proves them when they have ended. */
export async function* proving(name: string, rows: AsyncIterable<Buffer>, prove: (proof: Proof) => void): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let count = 0;
  for await (const chunk of rows) {
    hash.update(chunk);
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) count += 1;
    yield chunk;
  }
  prove({ name, rows: count, sha256: hash.digest("hex") });
}

export const lineOf = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);

/** A piece as the file has it. */
export async function* frame({ name, partition, columns }: Piece, rows: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield lineOf({ name, partition, columns });
  yield* rows;
  yield END;
}

/** Reads a backup from its beginning; rows must be read before the next line is. */
export interface DumpReader {
  line: <T>() => Promise<T>;
  rows: () => AsyncGenerator<Buffer>;
  close: () => void;
}

const DAMAGED = "take another backup";

export function openDump(file: string): DumpReader {
  const bytes = createReadStream(file, { highWaterMark: CHUNK });
  const text: Readable = bytes.pipe(createGunzip({ chunkSize: CHUNK }));
  bytes.on("error", (error) => text.destroy(error));
  const chunks = text[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
  // Begins with a line, always.
  let rest: Buffer = Buffer.alloc(0);

  async function more(): Promise<void> {
    const { value, done } = await chunks.next().catch((error: NodeJS.ErrnoException) => {
      if (!error.code?.startsWith("Z_")) throw new StartError(`${file} can't be read (${error.message})`, "name a file that npm run backup has written");
      throw new StartError(`${file} is damaged or no backup (${error.message})`, DAMAGED);
    });
    if (done) throw new StartError(`${file} ends too early`, DAMAGED);
    rest = rest.length === 0 ? value : Buffer.concat([rest, value]);
  }

  const take = (length: number): Buffer => {
    const taken = rest.subarray(0, length);
    rest = rest.subarray(length);
    return taken;
  };

  return {
    async line<T>() {
      let end: number;
      while ((end = rest.indexOf(NEWLINE)) === -1) await more();
      try {
        return JSON.parse(take(end + 1).toString()) as T;
      } catch {
        throw new StartError(`${file} is no backup of Assay`, "name a file that npm run backup has written");
      }
    },
    async *rows() {
      for (;;) {
        if (rest.subarray(0, END.length).equals(END)) return void take(END.length);
        const end = rest.indexOf(END_AFTER_ROW);
        const complete = end === -1 ? rest.lastIndexOf(NEWLINE) + 1 : end + 1;
        if (complete > 0) yield take(complete);
        else await more();
      }
    },
    close() {
      bytes.destroy();
      text.destroy();
    },
  };
}

/** Reads a backup to its end, and refuses one that is not as it was written: what it says of itself, and what its rows are. */
export async function proveDump(file: string): Promise<{ header: Header; proofs: Proof[] }> {
  const dump = openDump(file);
  try {
    const header = await dump.line<Header>();
    if (header.format !== "assay-backup") throw new StartError(`${file} is no backup of Assay`, "name a file that npm run backup has written");
    const found: Proof[] = [];
    for (;;) {
      const line = await dump.line<Piece | { proofs: Proof[] }>();
      if ("name" in line) for await (const _ of proving(line.name, dump.rows(), (proof) => void found.push(proof)));
      else if (JSON.stringify(line.proofs) === JSON.stringify(found)) return { header, proofs: found };
      else throw new StartError(`${file} is damaged: counts or checksums differ`, DAMAGED);
    }
  } finally {
    dump.close();
  }
}
