import { Conflict, InvalidInput, type Refusal } from "../core/errors.ts";
import type { PolicyVersionRow } from "./table.ts";

/** The reserved policy NV, "no violation": every project uses it, and nothing stands below it. */
export const NO_VIOLATION_ID = "00000000-0000-7000-8000-000000000003";
/** The version a policy begins with. */
export const FIRST_SEMVER = "1.0.0";

/** Who writes policies; managers those that a project of theirs uses. */
export const MANAGERS = ["ADMIN", "POLICY_MANAGER"] as const;

type Period = Pick<PolicyVersionRow, "market" | "state" | "effectiveFrom" | "effectiveTo">;

/** The version that held in the market at that time: the market's own first, then the one for all markets; null before the first. */
export function versionInForce<V extends Period>(versions: readonly V[], market: string, at: Date): V | null {
  const inForce = versions.filter(({ state, effectiveFrom, effectiveTo }) => {
    const wasMade = state === "EFFECTIVE" || state === "SUPERSEDED";
    return wasMade && effectiveFrom !== null && effectiveFrom <= at && (effectiveTo === null || at < effectiveTo);
  });
  return inForce.find((version) => version.market === market) ?? inForce.find((version) => version.market === null) ?? null;
}

const HOUR_MS = 3_600_000;

/**
 * The version before the one in force, while that one's grace lasts: a decision right under it counts as right (`domain.md` section 5).
 * Null once `graceHours` have passed since effectiveFrom, or if there was none before.
 */
export function versionInGrace<V extends Period & { graceHours: number }>(versions: readonly V[], market: string, at: Date): V | null {
  const current = versionInForce(versions, market, at);
  if (!current) return null;
  const from = current.effectiveFrom!.getTime();
  return at.getTime() < from + current.graceHours * HOUR_MS ? versionInForce(versions, market, new Date(from - 1)) : null;
}

/** Refuses a start that a version in force can't have: it lies between 1970 and now. */
export function checkStart(effectiveFrom: Date, now: Date, path: readonly string[]): Date {
  if (effectiveFrom > now) throw new InvalidInput(`effectiveFrom: ${effectiveFrom.toISOString()} is still to come.`, path);
  if (effectiveFrom.getTime() < 0) throw new InvalidInput(`effectiveFrom: ${effectiveFrom.toISOString()} is before 1970.`, path);
  return effectiveFrom;
}

/** One version of a policy's history as an import names it. */
export interface HistoryRow {
  policyId: string;
  market: string | null;
  semver: string;
  effectiveFrom: Date;
  effectiveTo: Date | null;
  graceHours: number;
}

/** Three numbers, such as 2.1.0. */
export function checkSemverForm(semver: string, path: readonly string[]): string {
  if (!/^\d{1,6}(\.\d{1,6}){2}$/.test(semver)) throw new InvalidInput(`${nameOf(path)}: "${semver}" must be like 2.1.0.`, path);
  return semver;
}

const MOST_GRACE_HOURS = 8_760;

/** Hours of grace: none to a year's. */
export function checkGraceHours(graceHours: number, path: readonly string[]): number {
  if (graceHours >= 0 && graceHours <= MOST_GRACE_HOURS) return graceHours;
  throw new InvalidInput(`${nameOf(path)}: ${graceHours} must be 0 to ${MOST_GRACE_HOURS}.`, path);
}

// As messages name a field: versions[0].semver.
const nameOf = ([first, place, field]: readonly string[]) => (field ? `${first}[${place}].${field}` : first);
const at = (index: number, field: string) => ["versions", String(index), field];

function checkRow({ semver, effectiveFrom, effectiveTo, graceHours }: HistoryRow, index: number, now: Date): void {
  checkSemverForm(semver, at(index, "semver"));
  checkStart(effectiveFrom, now, at(index, "effectiveFrom"));
  if (effectiveTo && (effectiveTo <= effectiveFrom || effectiveTo > now)) {
    const why = `${effectiveTo.toISOString()} must lie after effectiveFrom and not be to come.`;
    throw new InvalidInput(`versions[${index}].effectiveTo: ${why}`, at(index, "effectiveTo"));
  }
  checkGraceHours(graceHours, at(index, "graceHours"));
}

interface Entry {
  semver: string;
  from: Date;
  to: Date | null;
  /** Of a version that is or was in force already. */
  id: string | null;
  /** It will be in force, and closes then what is open. */
  isScheduled: boolean;
  /** Of a row of the import; -1 for what is there already. */
  index: number;
}

// The first of the two that the import names is to blame; against what is there already it is a conflict.
function refuse(blamed: Entry, other: Entry, field: string, why: string): Refusal {
  const message = `versions[${blamed.index}].${field}: ${blamed.semver} ${why}`;
  return other.index < 0 ? new Conflict(message, at(blamed.index, field)) : new InvalidInput(message, at(blamed.index, field));
}

function checkJoint(entry: Entry, next: Entry): void {
  if (entry.to?.getTime() === next.from.getTime()) return;
  const [blamed, other, field] = next.index >= 0 ? ([next, entry, "effectiveFrom"] as const) : ([entry, next, "effectiveTo"] as const);
  const fault = entry.to !== null && entry.to < next.from ? "leaves a hole beside" : "overlaps";
  throw refuse(blamed, other, field, `${fault} ${other.semver}; periods of a policy and market follow each other.`);
}

/** What an import of history does: the open versions it closes, and the state of each of its rows. */
export interface History {
  closed: { id: string; effectiveTo: Date }[];
  states: ("EFFECTIVE" | "SUPERSEDED")[];
}

/**
 * Fits rows of history to the versions present: for each policy and market they make one line without overlap or hole, in which a row
 * may close the open version, and whose last one for all markets stays open, as does one before a scheduled one. Refuses the first row that
 * does not fit, by its index.
 */
export function fitHistory(
  present: readonly (Pick<PolicyVersionRow, "id" | "policyId" | "market" | "semver" | "state" | "effectiveFrom" | "effectiveTo">)[],
  rows: readonly HistoryRow[],
  now: Date,
): History {
  rows.forEach((row, index) => checkRow(row, index, now));
  const lines = new Map<string, Entry[]>();
  const add = (policyId: string, market: string | null, entry: Entry) => {
    const key = `${policyId}:${market ?? ""}`;
    const line = lines.get(key) ?? [];
    const same = line.find((each) => each.semver === entry.semver);
    if (same) throw refuse(entry, same, "semver", "is there already for this policy and market.");
    lines.set(key, [...line, entry]);
  };
  for (const { policyId, market, semver, state, id, effectiveFrom, effectiveTo } of present) {
    const isScheduled = state === "SCHEDULED";
    add(policyId, market, { semver, from: effectiveFrom!, to: effectiveTo, id: isScheduled ? null : id, isScheduled, index: -1 });
  }
  rows.forEach(({ policyId, market, semver, effectiveFrom, effectiveTo }, index) => {
    add(policyId, market, { semver, from: effectiveFrom, to: effectiveTo, id: null, isScheduled: false, index });
  });
  const closed: History["closed"] = [];
  for (const [key, line] of lines) {
    line.sort((a, b) => a.from.getTime() - b.from.getTime() || a.index - b.index);
    line.forEach((entry, place) => {
      const next = line[place + 1];
      if (next?.isScheduled && !entry.to) return;
      if (next && entry.id && !entry.to && entry.from < next.from) closed.push({ id: entry.id, effectiveTo: next.from });
      else if (next) checkJoint(entry, next);
      else if (entry.to && entry.index >= 0 && key.endsWith(":")) {
        throw refuse(entry, entry, "effectiveTo", "is the last one for all markets, which stays open.");
      }
    });
  }
  return { closed, states: rows.map((row) => (row.effectiveTo ? "SUPERSEDED" : "EFFECTIVE")) };
}
