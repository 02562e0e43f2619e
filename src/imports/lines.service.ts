import { isUtf8 } from "node:buffer";

/** One line of a file, without its end; `text` is null where the line can't be read, for the reason given. */
export interface Line {
  /** From 1. */
  number: number;
  text: string | null;
  fault: string | null;
}

/** Longest line taken, in bytes: a file without line ends must not fill the memory. */
export const LONGEST_LINE = 256 * 1024;

const LF = 10;

function readLine(number: number, bytes: Buffer): Line {
  if (!isUtf8(bytes)) return { number, text: null, fault: "the line is not UTF-8." };
  const text = bytes.toString("utf8");
  return { number, text: text.endsWith("\r") ? text.slice(0, -1) : text, fault: null };
}

/** Cuts a stream of bytes into lines, a list for each piece that arrives; the byte order mark of the first is dropped. Memory is bounded. */
export async function* readLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<Line[]> {
  let rest: Buffer = Buffer.alloc(0);
  let number = 0;
  let isTooLong = false;
  const end = (bytes: Buffer): Line => {
    number += 1;
    const tooLong: Line = { number, text: null, fault: `the line is longer than ${LONGEST_LINE / 1024} kB.` };
    const line = isTooLong || bytes.length > LONGEST_LINE ? tooLong : readLine(number, bytes);
    isTooLong = false;
    if (number === 1 && line.text?.startsWith("\ufeff")) line.text = line.text.slice(1);
    return line;
  };
  for await (const piece of source) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const lines: Line[] = [];
    let start = 0;
    for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, start)) {
      lines.push(end(bytes.subarray(start, at)));
      start = at + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > LONGEST_LINE) {
      isTooLong = true;
      rest = Buffer.alloc(0);
    }
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0 || isTooLong) yield [end(rest)];
}
