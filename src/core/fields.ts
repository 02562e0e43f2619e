import type { RefusalCode } from "./errors.ts";

/** Why one field of a row was not taken: its value as it came, and the remedy. */
export interface FieldRefusal {
  field: string;
  value: string | null;
  code: RefusalCode;
  message: string;
}

/** Why one row of many was not taken; rows count from 0. */
export interface RowRefusal extends FieldRefusal {
  row: number;
}

/** What becomes of the rows around a refused one: SKIP takes all others, STOP those before the first refused. */
export type OnError = "SKIP" | "STOP";

/** What came of many rows: how many were taken, were there already and were refused; and the refusals, in order. */
export interface Recorded {
  recorded: number;
  alreadyPresent: number;
  refused: number;
  refusals: RowRefusal[];
}

/** The refusals that stand, in order of their rows, and the row at which taking ends: the first refused one, if that is to stop all after it. */
export function settle(refusals: readonly RowRefusal[], onError: OnError): { refusals: RowRefusal[]; end: number } {
  const sorted = [...refusals].sort((a, b) => a.row - b.row);
  return onError === "SKIP" || !sorted[0] ? { refusals: sorted, end: Infinity } : { refusals: [sorted[0]], end: sorted[0].row };
}

const SHOWN = 200;

/** A value as a refusal shows it: never longer than a line or two. */
export function showValue(value: unknown): string | null {
  if (value == null) return null;
  const text = value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

/** True for a refusal among things that are what was hoped for. */
export function isRefusal(value: object): value is FieldRefusal {
  return "code" in value && "message" in value;
}

/** Refuses a value as one that can't stand in its field. */
export function invalid(field: string, value: unknown, message: string): FieldRefusal {
  return { field, value: showValue(value), code: "INVALID_INPUT", message };
}

// They break lines and logs, and NUL can't be stored at all.
const CONTROL = /[\u0000-\u001f\u007f]/;
const DIGEST = /^[0-9a-f]{64}$/i;

/** The first of these fields whose text is empty, longer than said or has control characters; absent ones pass. */
export function checkTexts<Field extends string>(
  row: Readonly<Partial<Record<NoInfer<Field>, string | null>>>,
  longest: Readonly<Record<Field, number>>,
): FieldRefusal | null {
  for (const field in longest) {
    const text = row[field];
    if (text == null) continue;
    if (text.length === 0) return invalid(field, text, "must not be empty.");
    if (text.length > longest[field]) return invalid(field, text, `has ${text.length} characters; at most ${longest[field]} are taken.`);
    if (CONTROL.test(text)) return invalid(field, text, "must not contain line breaks, tabs or other control characters.");
  }
  return null;
}

/** Refuses a content hash that is not a SHA-256 digest in hex; an absent one passes. */
export function checkDigest(field: string, text: string | null | undefined): FieldRefusal | null {
  return text == null || DIGEST.test(text) ? null : invalid(field, text, "must be a SHA-256 digest: 64 hexadecimal digits.");
}
