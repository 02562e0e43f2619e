import { InvalidInput } from "../core/errors.ts";
import { type FieldRefusal, invalid, isRefusal } from "../core/fields.ts";

/** How a field's text is read. */
type Reader = "text" | "time" | "number" | "list" | "flag";

/** A field of a row to import: what an option calls it, what the API calls it, and whether a row needs it. */
export interface FieldSpec {
  option: string;
  field: string;
  reader: Reader;
  isRequired: boolean;
  meaning: string;
}

const spec = (option: string, field: string, meaning: string, reader: Reader = "text", isRequired = false): FieldSpec => {
  return { option, field, reader, isRequired, meaning };
};
const needed = (option: string, field: string, meaning: string): FieldSpec => spec(option, field, meaning, "text", true);

/** The fields of a decision. Its reference and time have rules of their own. */
export const DECISION_FIELDS: readonly FieldSpec[] = [
  needed("vendor", "vendorCode", "whose labeler decided"),
  needed("labeler", "labelerRef", "who decided, by the vendor's own reference"),
  needed("queue", "queueCode", "the queue it was decided in"),
  needed("policy", "policyCode", "the policy chosen: its code, or a label (see --label)"),
  needed("content", "contentRef", "what was decided on"),
  spec("market", "market", "the market; the queue's where absent"),
  spec("content-hash", "contentHash", "SHA-256 of the content in hex; of its reference where absent"),
  spec("modality", "modality", "TEXT, IMAGE, VIDEO, AUDIO, LIVE or PROFILE; the queue's where absent"),
  spec("language", "language", "language of the content"),
  spec("action", "action", "what was done about it"),
  spec("tags", "tags", "words about it; several in a CSV cell are separated by ;", "list"),
  spec("risk-score", "riskScore", "risk as the source scored it, 0 or more", "number"),
  spec("enqueued-at", "enqueuedAt", "when it came into the queue", "time"),
  spec("claimed-at", "claimedAt", "when the labeler took it up", "time"),
  spec("handle-seconds", "handleSeconds", "seconds from claim to decision, for sources without claimed-at", "number"),
  spec("decided-at", "decidedAt", "when it was decided; by --start and --every where absent", "time"),
];

/** The fields of a golden item. */
export const GOLDEN_FIELDS: readonly FieldSpec[] = [
  needed("content", "contentRef", "what the answer is about"),
  needed("truth", "truthPolicyCode", "the right policy: its code, or a label (see --label)"),
  spec("content-hash", "contentHash", "SHA-256 of the content in hex; of its reference where absent"),
  spec("action", "truthAction", "the right action"),
  spec("source", "source", "where the answer comes from"),
  spec("rule", "rule", "which rule of the policy decides"),
  spec("active-from", "activeFrom", "since when it counts; since its policy version where absent", "time"),
  spec("active-to", "activeTo", "when it stops counting; until it is retired where absent", "time"),
];

/** The fields of an audit made elsewhere. Which of those that name its decision are needed, the row says. */
export const AUDIT_FIELDS: readonly FieldSpec[] = [
  needed("truth", "truthPolicyCode", "the right policy: its code, or a label (see --label)"),
  spec("submitted-at", "submittedAt", "when the audit was submitted", "time", true),
  spec("decision", "decisionRef", "the decision, by the reference it was recorded with (see --key)"),
  spec("vendor", "vendorCode", "whose labeler decided; needed with decisionRef"),
  spec("decision-id", "decisionId", "the decision by its opaque id, instead of decisionRef"),
  spec("action", "truthAction", "the right action; not judged where absent"),
  spec("technical", "isTechnicalFailure", "true or false: a platform, render or routing failure", "flag"),
  spec("auditor", "auditorRef", "who audited: JWT subject, e-mail address or opaque id; whoever imports where absent, but clients must say"),
  spec("cause", "cause", "why the labeler erred: an ErrorCause such as OVERSIGHT"),
  spec("comment", "comment", "words for vendor and labeler"),
  spec("guidance", "guidance", "what the labeler should do another time"),
  spec("layer", "layer", "CLIENT or VENDOR: whose QA it was; CLIENT where absent"),
];

/** Where a field's values stand in a source. */
export interface Column {
  spec: FieldSpec;
  /** Its header or property, for reports; null where the source has none. */
  name: string | null;
  /** Place in a CSV record, property of an NDJSON one. */
  at: number | string | null;
  /** The value of rows that have none. */
  constant: string | null;
}

/** One record: CSV cells, or the properties of an NDJSON object. */
export type SourceRecord = readonly unknown[] | Readonly<Record<string, unknown>>;

function listed(header: readonly string[]): string {
  return header.map((name) => `"${name}"`).join(", ");
}

/**
 * Finds each field's column: the one named by its option, or the one called like the field. Refuses a named column that the file lacks and
 * a needed field that has neither column nor value. `header` is null for NDJSON, where every property may come.
 */
export function mapColumns(
  specs: readonly FieldSpec[],
  named: ReadonlyMap<string, string>,
  constants: ReadonlyMap<string, string>,
  header: readonly string[] | null,
): Column[] {
  return specs.map((each) => {
    const chosen = named.get(each.option);
    const name = chosen ?? each.field;
    const place = header?.indexOf(name) ?? -1;
    const constant = constants.get(each.option) ?? null;
    if (header === null) return { spec: each, name, at: name, constant };
    if (place >= 0) return { spec: each, name, at: place, constant };
    if (chosen !== undefined) throw new InvalidInput(`${each.option}: the file has no column "${chosen}"; it has ${listed(header)}.`, [each.option]);
    if (each.isRequired && constant === null) {
      const remedy = `name its column by "${each.option}", or give all rows one value by "set ${each.option}=VALUE"`;
      throw new InvalidInput(`${each.option}: the file has no column "${each.field}"; ${remedy}. It has ${listed(header)}.`, [each.option]);
    }
    return { spec: each, name: null, at: null, constant };
  });
}

const TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)$/;

// JavaScript takes 31 April for 1 May.
function hasSuchDay(text: string): boolean {
  const day = Number(text.slice(8, 10));
  return day <= 28 || day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
}

function readTime(field: string, text: string): Date | FieldRefusal {
  const time = TIME.test(text) && hasSuchDay(text) ? new Date(text) : null;
  if (time && !Number.isNaN(time.getTime())) return time;
  return invalid(field, text, "is not a time with an offset, such as 2026-01-31T15:00:00Z.");
}

function readNumber(field: string, text: string): number | FieldRefusal {
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) ? value : invalid(field, text, "is not a number.");
}

function readList(field: string, value: unknown): string[] | FieldRefusal {
  if (!Array.isArray(value)) return String(value).split(";").map((each) => each.trim()).filter((each) => each !== "");
  return value.every((each) => typeof each === "string") ? value : invalid(field, JSON.stringify(value), "is not a list of texts.");
}

function readFlag(field: string, text: string): boolean | FieldRefusal {
  return /^(true|false)$/i.test(text) ? text.toLowerCase() === "true" : invalid(field, text, "must be true or false.");
}

type Value = string | number | boolean | Date | string[];

// JSON numbers and booleans are taken as text where text is wanted: ids are often numbers in a source.
function readValue({ field, reader }: FieldSpec, value: unknown): Value | FieldRefusal {
  if (reader === "list") return readList(field, value);
  if (typeof value === "object") return invalid(field, JSON.stringify(value), "must be a text or a number.");
  const text = String(value);
  if (reader === "time") return readTime(field, text);
  if (reader === "flag") return readFlag(field, text);
  return reader === "number" ? readNumber(field, text) : text;
}

/** The values of one record by field, absent where it has none; or its first value that can't be read. */
export function readRecord(columns: readonly Column[], record: SourceRecord): Record<string, Value> | FieldRefusal {
  const row: Record<string, Value> = {};
  for (const { spec: each, at, constant } of columns) {
    let value: unknown = at === null ? null : (record as Record<string | number, unknown>)[at];
    if (value == null || value === "") value = constant;
    if (value == null) {
      if (each.isRequired) return invalid(each.field, null, "is empty.");
      continue;
    }
    const read = readValue(each, value);
    if (typeof read === "object" && isRefusal(read)) return read;
    row[each.field] = read;
  }
  return row;
}

/** What makes a record's reference. */
export interface KeyColumns {
  names: readonly string[];
  at: readonly (number | string)[];
  /** Records without one are known by their row number. */
  isOptional: boolean;
}

/** The key of records that need no reference. */
export const NO_KEY: KeyColumns = { names: [], at: [], isOptional: true };

/** The columns of a reference: those named, or else the one called externalRef, or else none. */
export function mapKey(named: readonly string[], header: readonly string[] | null): KeyColumns {
  if (header === null) return { names: named, at: named.length > 0 ? named : ["externalRef"], isOptional: named.length === 0 };
  const absent = named.find((name) => !header.includes(name));
  if (absent !== undefined) throw new InvalidInput(`key: the file has no column "${absent}"; it has ${listed(header)}.`, ["key"]);
  const names = named.length > 0 ? named : header.filter((name) => name === "externalRef");
  return { names, at: names.map((name) => header.indexOf(name)), isOptional: names.length === 0 };
}

/** A record's reference: the values of its key columns, or its row number where it may be without. */
export function referenceOf({ names, at, isOptional }: KeyColumns, record: SourceRecord, row: number): string | FieldRefusal {
  const parts = at.map((place) => (record as Record<string | number, unknown>)[place]);
  const isWhole = parts.length > 0 && parts.every((part) => part != null && part !== "" && typeof part !== "object");
  if (isWhole) return parts.join(":");
  return isOptional ? String(row) : invalid("externalRef", null, `is empty: every row needs ${names.join(" and ")}.`);
}
