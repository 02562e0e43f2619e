import { InvalidInput } from "../core/errors.ts";
import { type FieldRefusal, invalid, type OnError } from "../core/fields.ts";
import type { DecisionInput } from "../decisions/rules.ts";
import type { GoldenInput } from "../golden/rules.ts";
import type { AuditInput } from "../history/rules.ts";
import { AUDIT_FIELDS, DECISION_FIELDS, type FieldSpec, GOLDEN_FIELDS } from "./rules.ts";

export const IMPORT_KINDS = ["decisions", "gold", "audits"] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

/** How a source is read, and what its values mean. The same options, by the same names, come from a command line and from a URL. */
export interface ImportOptions {
  kind: ImportKind;
  projectCode: string;
  /** Column by field option. */
  columns: ReadonlyMap<string, string>;
  /** Value of rows that have none, by field option. */
  constants: ReadonlyMap<string, string>;
  /** Columns that together are a decision's reference; none: its column, or else, of decisions, the row number. */
  key: readonly string[];
  /** Policy code by label. */
  labels: ReadonlyMap<string, string>;
  /** Codes of policies that are non-violating if they have to be created. */
  nonViolating: ReadonlySet<string>;
  /** Place on an ordinal scale of policies that have to be created, by code. */
  ranks: ReadonlyMap<string, number>;
  /** Time of the first row, for sources without times; each further row is `everyMs` later. */
  start: Date | null;
  everyMs: number;
  onError: OnError;
  isDryRun: boolean;
  isCreatingMissing: boolean;
  /** Of a project that has to be created. */
  timeZone: string;
}

/** Options that are not a field's column, with what --help says of them. */
export const GENERAL_OPTIONS: Readonly<Record<string, { argument: string; isRepeated: boolean; meaning: string; kinds: readonly ImportKind[] }>> = {
  set: { argument: "FIELD=VALUE", isRepeated: true, meaning: "value of a field for rows that have none, such as market=id-ID", kinds: IMPORT_KINDS },
  key: { argument: "COLUMN", isRepeated: true, meaning: "columns that together name a decision, as it was imported (default: of decisions externalRef, or else the row number)", kinds: ["decisions", "audits"] },
  label: { argument: "LABEL=CODE", isRepeated: true, meaning: "policy that a label of the source means (default: the label is the code)", kinds: IMPORT_KINDS },
  "non-violating": { argument: "LABEL", isRepeated: true, meaning: "labels whose policies break nothing, if they have to be created", kinds: IMPORT_KINDS },
  rank: { argument: "LABEL", isRepeated: true, meaning: "labels of an ordinal scale, lowest first, for policies that have to be created", kinds: IMPORT_KINDS },
  start: { argument: "TIME", isRepeated: false, meaning: "time of the first row, for sources without times", kinds: ["decisions"] },
  every: { argument: "DURATION", isRepeated: false, meaning: "how much later each further row is: 500ms, 1s, 5m, 1h (default 1s)", kinds: ["decisions"] },
  "on-error": { argument: "stop|skip", isRepeated: false, meaning: "at a refused row: end there, or go on without it (default stop)", kinds: IMPORT_KINDS },
  "time-zone": { argument: "ZONE", isRepeated: false, meaning: "time zone of a project that has to be created (default UTC)", kinds: IMPORT_KINDS },
};

/** Options without a value. */
export const SWITCHES: Readonly<Record<string, string>> = {
  "dry-run": "check every row and tell what would happen, but write nothing; needs some 150 bytes of memory a row",
  "create-missing": "create the project, vendors, markets, queues, labelers and policies that are not there (for ADMIN)",
};

const FIELDS: Readonly<Record<ImportKind, readonly FieldSpec[]>> = { decisions: DECISION_FIELDS, gold: GOLDEN_FIELDS, audits: AUDIT_FIELDS };

/** The fields of a kind. */
export function fieldsOf(kind: ImportKind): readonly FieldSpec[] {
  return FIELDS[kind];
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function readEvery(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text);
  const everyMs = match ? Math.round(Number(match[1]) * UNITS[match[2] ?? "s"]!) : 0;
  if (everyMs < 1) throw new InvalidInput(`every: "${text}" must be a duration such as 500ms, 1s, 5m or 1h.`, ["every"]);
  return everyMs;
}

function readStart(text: string): Date {
  const time = /(z|[+-]\d\d:?\d\d)$/i.test(text) ? new Date(text) : null;
  if (time && !Number.isNaN(time.getTime())) return time;
  throw new InvalidInput(`start: "${text}" must be a time with an offset, such as 2026-01-01T00:00:00Z.`, ["start"]);
}

// Labels may hold "=", codes can't: the last one parts a label from its code, the first one a field from its value.
function readPairs(name: string, pairs: readonly string[], part: "indexOf" | "lastIndexOf"): Map<string, string> {
  const entries = pairs.map((pair): [string, string] => {
    const at = pair[part]("=");
    if (at < 1) throw new InvalidInput(`${name}: "${pair}" must be ${GENERAL_OPTIONS[name]!.argument}.`, [name]);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  return new Map(entries);
}

/** The options that were given: values by option name, several where it was repeated. Refuses names and values that mean nothing. */
export function readOptions(kind: ImportKind, given: ReadonlyMap<string, readonly string[]>): ImportOptions {
  const fields = fieldsOf(kind).map(({ option }) => option);
  const general = Object.keys(GENERAL_OPTIONS).filter((name) => GENERAL_OPTIONS[name]!.kinds.includes(kind));
  const known = ["project", ...fields, ...general, ...Object.keys(SWITCHES)];
  const stranger = [...given.keys()].find((name) => !known.includes(name));
  if (stranger !== undefined) throw new InvalidInput(`${stranger}: there is no such option; there are ${known.join(", ")}.`, [stranger]);
  const all = (name: string) => given.get(name) ?? [];
  const last = (name: string) => all(name).at(-1);
  const isOn = (name: string) => given.has(name) && !["false", "0"].includes(last(name) ?? "");
  const projectCode = last("project");
  if (!projectCode) throw new InvalidInput("project: name the project by its code.", ["project"]);
  const constants = readPairs("set", all("set"), "indexOf");
  const wrong = [...constants.keys()].find((name) => !fields.includes(name));
  if (wrong !== undefined) throw new InvalidInput(`set: there is no field "${wrong}"; there are ${fields.join(", ")}.`, ["set"]);
  const onError = last("on-error") ?? "stop";
  if (onError !== "stop" && onError !== "skip") throw new InvalidInput(`on-error: "${onError}" must be stop or skip.`, ["on-error"]);
  const labels = readPairs("label", all("label"), "lastIndexOf");
  const codeOf = (label: string) => labels.get(label) ?? label;
  return {
    kind,
    projectCode,
    columns: new Map(fields.flatMap((name) => (last(name) === undefined ? [] : [[name, last(name)!]]))),
    constants,
    key: all("key"),
    labels,
    nonViolating: new Set(all("non-violating").map(codeOf)),
    ranks: new Map(all("rank").map((label, place) => [codeOf(label), place])),
    start: last("start") === undefined ? null : readStart(last("start")!),
    everyMs: readEvery(last("every") ?? "1s"),
    onError: onError === "skip" ? "SKIP" : "STOP",
    isDryRun: isOn("dry-run"),
    isCreatingMissing: isOn("create-missing"),
    timeZone: last("time-zone") ?? "UTC",
  };
}

/** The decision that a row's values say: its time by row number where the source has none, the same whenever it is imported. */
export function decisionOf(values: Record<string, unknown>, externalRef: string, row: number, options: ImportOptions): DecisionInput | FieldRefusal {
  const input = values as unknown as DecisionInput & { handleSeconds?: number };
  input.externalRef = externalRef;
  input.policyCode = options.labels.get(input.policyCode) ?? input.policyCode;
  if (!input.decidedAt && options.start) input.decidedAt = new Date(options.start.getTime() + (row - 1) * options.everyMs);
  if (!input.decidedAt) return invalid("decidedAt", null, "is empty; for sources without times give the first row's by start.");
  if (input.handleSeconds === undefined) return input;
  if (!(input.handleSeconds >= 0)) return invalid("handleSeconds", input.handleSeconds, "must be 0 or more.");
  input.claimedAt ??= new Date(input.decidedAt.getTime() - input.handleSeconds * 1_000);
  return input;
}

// A truth by its policy's code, whatever the source calls it.
function truthOf<Row extends { truthPolicyCode: string }>(values: Record<string, unknown>, { labels }: ImportOptions): Row {
  const row = values as unknown as Row;
  return { ...row, truthPolicyCode: labels.get(row.truthPolicyCode) ?? row.truthPolicyCode };
}

/** The golden item that a row's values say. */
export function goldenOf(values: Record<string, unknown>, options: ImportOptions): GoldenInput {
  return truthOf(values, options);
}

/** The audit that a row's values say; where key columns are named, they are its decision's reference. */
export function auditOf(values: Record<string, unknown>, decisionRef: string, options: ImportOptions): AuditInput {
  return { ...truthOf<AuditInput>(values, options), ...(options.key.length > 0 ? { decisionRef } : {}) };
}
