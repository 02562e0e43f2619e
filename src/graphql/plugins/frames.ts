import * as ws from "ws";
import type { Message } from "./groups.ts";

/** Messages in frames, one behind the other. */
interface Piece {
  bytes: Buffer;
  /** Where what stands before each answer goes. */
  places: readonly number[];
  /** The message that it ends before. */
  upTo: number;
}

/** The frames of the messages that all subscribers of a group get. */
export interface Frames {
  /**
   * The messages from this one on, as many as a write should hold, to the operation whose answers begin with `before`; the number of the one behind
   * them. The bytes are good until the next are asked for: but for `before`, they are the same to all, and are made once.
   */
  framed(messages: readonly Message[], from: number, before: Buffer): Piece;
  /** Leaves the bytes to whoever has them: what is asked for next is made anew. */
  leave(): void;
}

const WRITTEN_BYTES = 65_536;
/** A text of one frame, as servers send it: RFC 6455, section 5. */
const FRAME = { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false };

// The library has it, its types don't.
const { Sender } = ws as unknown as { Sender: { frame: (payload: Buffer, options: typeof FRAME) => [head: Buffer, payload: Buffer] } };

function make(messages: readonly Message[], from: number, before: Buffer): Piece {
  const parts: Buffer[] = [];
  const places: number[] = [];
  let bytes = 0;
  let upTo = from;
  for (; upTo < messages.length && bytes < WRITTEN_BYTES; upTo += 1) {
    const [head, payload] = Sender.frame(Buffer.concat([before, Buffer.from(`${messages[upTo]!.text}}`)]), FRAME);
    parts.push(head, payload);
    places.push(bytes + head.length);
    bytes += head.length + payload.length;
  }
  return { bytes: Buffer.concat(parts), places, upTo };
}

/** Remembers the pieces of the newest messages alone, by the length of what stands before each answer. */
export function createFrames(): Frames {
  const known = new Map<number, Piece[]>();
  let newest: readonly Message[] = [];

  return {
    framed(messages, from, before) {
      if (messages !== newest) {
        newest = messages;
        known.clear();
      }
      let pieces = known.get(before.length);
      if (!pieces) known.set(before.length, (pieces = []));
      const piece = (pieces[from] ??= make(messages, from, before));
      for (const place of piece.places) piece.bytes.set(before, place);
      return piece;
    },
    leave: () => known.clear(),
  };
}
