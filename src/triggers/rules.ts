import { LINKED_AT_ONCE } from "../core/limits.ts";
import type { EscalationRuleRow } from "../escalations/table.ts";
import type { Linked, Scope } from "../signals/rules.ts";
import { SLACK } from "../stats/arithmetic.ts";
import { type Parameters, readParameters, type Trigger } from "./parameters.rules.ts";

/** What a rule saw: where, the figure with its interval or the counts, and what shows it. */
export interface Sighting {
  scope: Scope;
  /** What tells it from others of the same rule and scope: a labeler, a clock's kind. */
  of?: string;
  measure?: string;
  value?: number | null;
  low?: number | null;
  high?: number | null;
  n?: number | null;
  threshold?: number | null;
  /** Ids, codes and counts. */
  details?: Readonly<Record<string, unknown>>;
  /** What it happened on, to be linked. */
  links?: readonly Linked[];
}

/** What a sighting happened on, to be linked; how many are over what is linked at once stands in its details as `unlinked`. */
export function showing(type: Linked["type"], ids: readonly string[], details: Sighting["details"]): Required<Pick<Sighting, "details" | "links">> {
  const unlinked = ids.length - LINKED_AT_ONCE;
  const links = ids.slice(0, LINKED_AT_ONCE).map((id) => ({ type, id }));
  return { links, details: unlinked > 0 ? { ...details, unlinked } : { ...details } };
}

/** A rule as it is evaluated. */
export interface Watching extends Pick<EscalationRuleRow, "projectId" | "id" | "trigger" | "queueIds" | "market" | "vendorId" | "policyId"> {
  parameters: Parameters;
}

/** The stretch that a rule looks at: what happened behind `since`, and figures of the days up to `until`. */
export interface Look {
  since: Date;
  until: Date;
}

/** A stored rule with its parameters, as they hold now. */
export function watchingOf(row: Pick<EscalationRuleRow, "projectId" | "id" | "trigger" | "queueIds" | "market" | "vendorId" | "policyId" | "parameters">): Watching {
  return { ...row, parameters: readParameters(row.trigger, row.parameters) };
}

// Figures change with every audit and are read for seconds; what happened is read by its events.
export const FIGURES: readonly Trigger[] = ["METRIC_OFF_TARGET", "SPC_SIGNAL", "OVERTURN_SPIKE", "AGREEMENT_LOW", "GOLDEN_STREAK", "POLICY_CHANGE_JUMP"];
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const FIGURES_EVERY_MINUTES = 15;

/** Seconds that a rule rests between two looks: figures a quarter of an hour, the rest so long as to be at hand. */
export const REST_SECONDS = { figures: FIGURES_EVERY_MINUTES * 60, others: 5 };

// A commit may come later than what it recorded says.
const LATE_MS = MINUTE_MS;

/** What has come of a fingerprint so far. */
export interface Past {
  isOpen: boolean;
  endedAt: Date | null;
  value: number | null;
  n: number | null;
  linked: readonly string[];
}

/**
 * True for a sighting that says nothing new: while one is open, the figure that was seen last, or what is all linked to it; and once it has
 * ended, anything in the rule's quiet days.
 */
export function isOldNews({ value = null, n = null, links = [] }: Sighting, past: Past | undefined, quietDays: number, now: Date): boolean {
  if (!past) return false;
  if (!past.isOpen && past.endedAt!.getTime() + quietDays * DAY_MS > now.getTime()) return true;
  const isKnown = links.length > 0 ? links.every(({ id }) => past.linked.includes(id)) : value === past.value && n === past.n;
  return isKnown && (past.isOpen || links.length > 0);
}

/** From where a rule looks that last looked then: a minute further back, since commits come late; what was seen is known by what it is linked to. */
export function lookFrom(evaluatedAt: Date): Date {
  return new Date(evaluatedAt.getTime() - LATE_MS);
}

/** True if the whole interval misses the threshold: the point alone never raises anything (domain.md section 9). */
export function misses(interval: { low: number; high: number } | null, threshold: number, isHigherBetter: boolean): boolean {
  if (!interval) return false;
  return isHigherBetter ? interval.high < threshold - SLACK : interval.low > threshold + SLACK;
}

/** How many of the newest golden answers of a labeler are wrong in a row; the newest first. */
export function streakOf(hits: readonly boolean[]): number {
  const place = hits.indexOf(true);
  return place === -1 ? hits.length : place;
}

/** Sightings of a history, in its order, as the escalations that they would have been: repeats join the one that is open. */
export interface Foreseen {
  fingerprint: string;
  first: Sighting & { at: Date };
  last: Sighting & { at: Date };
  sightings: number;
}

/** Joins what was seen again before it could have been closed: any repeat of a fingerprint. */
export function foresee(seen: readonly (Sighting & { at: Date; fingerprint: string })[]): Foreseen[] {
  const found = new Map<string, Foreseen>();
  for (const sighting of seen) {
    const { fingerprint } = sighting;
    const known = found.get(fingerprint);
    if (known) found.set(fingerprint, { ...known, last: sighting, sightings: known.sightings + 1 });
    else found.set(fingerprint, { fingerprint, first: sighting, last: sighting, sightings: 1 });
  }
  return [...found.values()];
}
