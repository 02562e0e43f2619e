import { InvalidInput } from "../core/errors.ts";
import { checkTexts } from "./fields.ts";

const CODE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A code that others refer to: 1 to 64 letters, digits, ".", "_" or "-". Codes never change. */
export function checkCode(code: string, path: readonly string[] = ["code"]): string {
  if (!CODE.test(code)) throw new InvalidInput(`code: "${code}" must be 1 to 64 letters, digits, ".", "_" or "-", starting with a letter or digit.`, path);
  return code;
}

/** A name for people: 1 to 200 characters, trimmed. */
export function checkName(name: string, path: readonly string[] = ["name"]): string {
  const trimmed = name.trim();
  if (trimmed.length < 1 || trimmed.length > 200) throw new InvalidInput(`name: must have 1 to 200 characters, has ${trimmed.length}.`, path);
  return trimmed;
}

// To find a zone costs a tenth of a millisecond, and the same few are asked for with every figure.
const knownZones = new Set<string>();
const MOST_ZONES = 1_000;

/** An IANA time zone that this server knows. Offsets such as +07:00 are refused: PostgreSQL reads their sign the other way round. */
export function checkTimeZone(timeZone: string, path: readonly string[] = ["timeZone"]): string {
  if (knownZones.has(timeZone)) return timeZone;
  try {
    if (/^[A-Za-z]/.test(timeZone) && new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone) {
      if (knownZones.size < MOST_ZONES) knownZones.add(timeZone);
      return timeZone;
    }
  } catch {
    // Falls through to the refusal.
  }
  throw new InvalidInput(`timeZone: "${timeZone}" is not an IANA time zone, such as Asia/Jakarta.`, path);
}

/** Words for people, such as a reason or a comment: 1 to 2,000 characters, trimmed. */
export function checkText(text: string, path: readonly string[]): string {
  const trimmed = text.trim();
  if (trimmed.length < 1 || trimmed.length > 2_000) throw new InvalidInput(`${path.at(-1)}: must have 1 to 2,000 characters, has ${trimmed.length}.`, path);
  return trimmed;
}

/** An e-mail address by its outer form: one "@", no spaces, at most 254 characters. */
export function checkEmail(email: string, path: readonly string[] = ["email"]): string {
  if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254) throw new InvalidInput(`email: "${email}" is not an address such as name@example.org.`, path);
  return email;
}

const MAX_WORDS = 50;
const MAX_WORD = 64;

/** Words of a project's own, such as skills: at most 50, each of 1 to 64 characters, trimmed, each once. */
export function checkWords(words: readonly string[], path: readonly string[]): string[] {
  const field = path.at(-1);
  const trimmed = [...new Set(words.map((word) => word.trim()))];
  if (trimmed.length > MAX_WORDS) throw new InvalidInput(`${field}: ${trimmed.length} are too many; give at most ${MAX_WORDS}.`, path);
  const bad = trimmed.find((word) => word.length < 1 || word.length > MAX_WORD);
  if (bad !== undefined) throw new InvalidInput(`${field}: "${bad}" must have 1 to ${MAX_WORD} characters.`, path);
  return trimmed;
}

const MAX_REFERENCES = 20;
const MAX_REFERENCE = 2_000;

/** References to what lies elsewhere, in order: at most 20, of 1 to 2,000 characters without control characters; no content itself, and no script. */
export function checkReferences(references: readonly string[], path: readonly string[]): string[] {
  const field = path.at(-1)!;
  if (references.length > MAX_REFERENCES) throw new InvalidInput(`${field}: ${references.length} are too many; give at most ${MAX_REFERENCES}.`, path);
  references.forEach((reference, index) => {
    const refused = checkTexts({ reference }, { reference: MAX_REFERENCE });
    const why = refused?.message ?? (/^\s*(data|javascript|vbscript):/i.test(reference) ? "is no reference; say where it lies." : null);
    if (why) throw new InvalidInput(`${field}.${index}: ${why}`, [...path, String(index)]);
  });
  return [...references];
}
