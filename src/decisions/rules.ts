import { hash } from "node:crypto";
import { checkDigest, checkTexts, type FieldRefusal, invalid } from "../core/fields.ts";
import { Forbidden } from "../core/errors.ts";
import { timeOfId } from "../core/ids.ts";
import type { Access, Viewer } from "../core/viewer.ts";
import { MODALITIES } from "../projects/table.ts";
import type { decisions } from "./table.ts";

/** How many decisions one call may bring. */
export const MOST_DECISIONS = 5_000;

/** One decision as its recorder names it: things by their codes and references. */
export interface DecisionInput {
  vendorCode: string;
  labelerRef: string;
  queueCode: string;
  policyCode: string;
  /** The queue's if absent. */
  market?: string | null;
  externalRef: string;
  contentRef: string;
  /** SHA-256 in hex; that of contentRef if absent. */
  contentHash?: string | null;
  /** The queue's if absent. */
  modality?: (typeof MODALITIES)[number] | null;
  language?: string | null;
  action?: string | null;
  tags?: string[] | null;
  riskScore?: number | null;
  enqueuedAt?: Date | null;
  claimedAt?: Date | null;
  decidedAt: Date;
}

// Room for a clock that runs ahead of ours.
const SKEW_MS = 5 * 60_000;
const EARLIEST = Date.UTC(2000, 0, 1);
const LONGEST = { vendorCode: 64, labelerRef: 200, queueCode: 64, policyCode: 64, market: 64, externalRef: 200, contentRef: 2_000, language: 35, action: 64 };
const MOST_TAGS = 50;

function checkBefore(field: string, time: Date | null | undefined, decidedAt: Date): FieldRefusal | null {
  if (!time) return null;
  if (time > decidedAt) return invalid(field, time, `lies after decidedAt, ${decidedAt.toISOString()}.`);
  return time.getTime() < EARLIEST ? invalid(field, time, "lies before 2000.") : null;
}

function checkTimes({ decidedAt, claimedAt, enqueuedAt }: DecisionInput, now: Date): FieldRefusal | null {
  const ahead = decidedAt.getTime() - now.getTime();
  if (!(decidedAt.getTime() >= EARLIEST)) return invalid("decidedAt", decidedAt, "lies before 2000; give the time at which the labeler decided.");
  if (ahead > SKEW_MS) return invalid("decidedAt", decidedAt, `lies in the future (it is ${now.toISOString()} now); a decision is recorded once it is made.`);
  return checkBefore("claimedAt", claimedAt, decidedAt) ?? checkBefore("enqueuedAt", enqueuedAt, decidedAt);
}

/** The first field of a decision that can't be taken as it is, whatever the database holds; null if all can. */
export function checkDecision(input: DecisionInput, now: Date): FieldRefusal | null {
  const { contentHash, modality, riskScore, tags } = input;
  const wrong = checkTexts(input, LONGEST) ?? checkTimes(input, now) ?? checkDigest("contentHash", contentHash);
  if (wrong) return wrong;
  if (modality != null && !MODALITIES.includes(modality)) return invalid("modality", modality, `must be one of ${MODALITIES.join(", ")}.`);
  if (riskScore != null && !(riskScore >= 0 && riskScore < Infinity)) return invalid("riskScore", riskScore, "must be a number of 0 or more.");
  if (tags && tags.length > MOST_TAGS) return invalid("tags", tags.length, `at most ${MOST_TAGS} tags are taken.`);
  for (const tag of tags ?? []) {
    const refused = checkTexts({ tags: tag }, { tags: 64 });
    if (refused) return refused;
  }
  return null;
}

/** Everything a decision's row holds but the time of its recording. */
export type DecisionFacts = Omit<typeof decisions.$inferSelect, "recordedAt" | "contentHash"> & {
  /** In hex. */
  contentHash: string;
};

const COMPARED = [
  "queueId", "labelerId", "policyId", "market", "contentRef", "contentHash", "modality", "language", "action", "tags", "riskScore", "enqueuedAt", "claimedAt",
] as const satisfies readonly (keyof DecisionFacts)[];

/**
 * SHA-256, in hex, of what makes two decisions of one identity the same: their id, and everything their source said. Site, team and policy
 * version are looked up when a decision is recorded, and may be found otherwise later. Prints are stored: their form never changes.
 */
export function printOf(facts: Pick<DecisionFacts, "id" | (typeof COMPARED)[number]>): string {
  return hash("sha256", JSON.stringify([facts.id, ...COMPARED.map((field) => facts[field])]), "hex");
}

/** What the ids of a reference's decisions share, whatever their time: all that stands behind the 48 bits of the time. */
export function identityOf(id: string): string {
  return id.slice(14);
}

/** Said of a row that contradicts an earlier one of the same import. */
export const REPEATED = "comes twice in this import, with other content or at another time.";

/** What of a decision is recorded under its reference. */
export interface RecordedRef {
  decisionId: string;
  /** In hex. */
  print: string;
}

/** What is wrong with a decision whose reference has this recorded already; null if they are the same. */
export function contradiction(facts: DecisionFacts, print: string, recorded: RecordedRef): string | null {
  if (recorded.decisionId !== facts.id) return `is recorded already, decided at another time: ${timeOfId(recorded.decisionId).toISOString()}.`;
  return recorded.print === print ? null : "is recorded already, with other content.";
}

const WEEK_MS = 7 * 86_400_000;
// The first Monday of the epoch: partitions begin on Mondays, 00:00 UTC.
const MONDAY_MS = 4 * 86_400_000;

/** The Mondays (UTC) of the weeks that these times lie in, each once, in order. */
export function weeksOf(times: readonly Date[]): Date[] {
  const weeks = new Set(times.map((time) => Math.floor((time.getTime() - MONDAY_MS) / WEEK_MS)));
  return [...weeks].sort((a, b) => a - b).map((week) => new Date(week * WEEK_MS + MONDAY_MS));
}

/** Who brings decisions. */
export const RECORDERS: Access = { roles: ["ADMIN"], scope: "decisions:write" };

/** Clients read decisions by scope; people by what their role's rows are. */
export function mayRead({ role, scopes }: Viewer): boolean {
  return role !== "SERVICE" || scopes?.has("decisions:read") === true;
}

/** Refuses lists of decisions to clients that aren't for reading them. */
export function checkReading(viewer: Viewer): void {
  if (!mayRead(viewer)) throw new Forbidden("Decisions are read by clients with scope decisions:read.");
}
