import { hash } from "node:crypto";
import { checkText } from "../core/checks.ts";
import { InvalidInput } from "../core/errors.ts";
import { checkDigest, checkTexts, type FieldRefusal } from "../core/fields.ts";
import type { Machine } from "../core/machine.ts";
import type { Role, Viewer } from "../core/viewer.ts";
import { fleissKappa, gwetAc1, percentAgreement } from "../stats/agreement.ts";
import { krippendorffAlpha } from "../stats/alpha.ts";
import { raterBias, type RaterBias } from "../stats/raters.ts";
import { type RatedItem, tableOfRatings } from "../stats/ratings.ts";
import type { CalibrationItemRow, CalibrationSessionRow, FrozenAgreement } from "./table.ts";

export type CalibrationVerb =
  | "changeCalibration" | "openCalibration" | "castVotes" | "closeCalibration" | "startDiscussion" | "setConsensus" | "publishCalibration"
  | "cancelCalibration";
export type CalibrationActor = "QA_LEAD" | "FACILITATOR" | "POLICY_MANAGER" | "RATER" | "SYS";

type State = CalibrationSessionRow["state"];

/** Blind votes, then a discussion, then what all agreed on (`domain.md` section 6). Consensus is set item by item; the last one ends the discussion. */
export const CALIBRATION_MACHINE: Machine<State, CalibrationVerb, CalibrationActor> = {
  entity: "calibration session",
  arrows: [
    { from: ["DRAFT"], verb: "changeCalibration", to: null, who: ["QA_LEAD"] },
    { from: ["DRAFT"], verb: "openCalibration", to: "OPEN", who: ["QA_LEAD", "FACILITATOR"] },
    { from: ["OPEN"], verb: "castVotes", to: null, who: ["RATER"] },
    { from: ["OPEN"], verb: "closeCalibration", to: "CLOSED", who: ["FACILITATOR", "SYS"] },
    { from: ["CLOSED"], verb: "startDiscussion", to: "DISCUSSION", who: ["FACILITATOR"] },
    { from: ["DISCUSSION"], verb: "setConsensus", to: "CONSENSUS", who: ["FACILITATOR", "POLICY_MANAGER"] },
    { from: ["DISCUSSION"], verb: "setConsensus", to: null, who: ["FACILITATOR", "POLICY_MANAGER"] },
    { from: ["CONSENSUS"], verb: "publishCalibration", to: "PUBLISHED", who: ["QA_LEAD"] },
    { from: ["DRAFT", "OPEN"], verb: "cancelCalibration", to: "CANCELLED", who: ["QA_LEAD"] },
  ],
};

/** Who leads a session, and who may be invited to vote. */
export const FACILITATING = ["QA_LEAD", "AUDITOR", "POLICY_MANAGER"] as const satisfies readonly Role[];
export const RATING = [...FACILITATING, "LABELER", "VENDOR_QA", "VENDOR_MANAGER"] as const satisfies readonly Role[];

/** What a viewer is to a session. */
export function sessionParts(viewer: Viewer, { facilitatorId }: Pick<CalibrationSessionRow, "facilitatorId">, isInvited: boolean) {
  const parts = new Set<CalibrationActor>();
  if (viewer.role === "QA_LEAD" || viewer.role === "POLICY_MANAGER") parts.add(viewer.role);
  if (facilitatorId === viewer.principalId && (FACILITATING as readonly Role[]).includes(viewer.role)) parts.add("FACILITATOR");
  if (isInvited && (RATING as readonly Role[]).includes(viewer.role)) parts.add("RATER");
  return parts;
}

/** True once voting is over, so that staff see the session. */
export function isVotedOn(state: State): boolean {
  return ["CLOSED", "DISCUSSION", "CONSENSUS", "PUBLISHED"].includes(state);
}

/** True once raters talk about it: before, they judge the content alone, and see no decision on it. */
export function isDiscussed(state: State): boolean {
  return state !== "CLOSED" && isVotedOn(state);
}

/** Words of raters and facilitators are not for analysts. */
export function readsWords({ role }: Viewer): boolean {
  return role !== "ANALYST";
}

/** Items and raters that a session has at most. */
export const MOST_ITEMS = 200;
export const MOST_RATERS = 100;

/** Refuses a list that is longer than it may be, or names something twice. */
export function checkMany(values: readonly string[], most: number, field: string): void {
  if (values.length > most) throw new InvalidInput(`${field}: ${values.length} are too many; give at most ${most}.`, [field]);
  const twice = values.findIndex((value, index) => values.indexOf(value) < index);
  if (twice >= 0) throw new InvalidInput(`${field}[${twice}]: it is there twice; name each once.`, [field, String(twice)]);
}

/** Voting ends later than now; null where only by hand. */
export function checkClosesAt(closesAt: Date | null | undefined, now: Date): Date | null {
  if (closesAt && closesAt <= now) throw new InvalidInput(`closesAt: ${closesAt.toISOString()} is not to come.`, ["closesAt"]);
  return closesAt ?? null;
}

/** What somebody brings to be judged, where it was not found in a decision. */
export interface NewContent {
  contentRef: string;
  contentHash?: string | null;
  modality: CalibrationItemRow["modality"];
  language?: string | null;
  market?: string | null;
}

const LONGEST = { contentRef: 2_000, language: 35, market: 64 };

/** The content's facts, its hash that of the reference where none is given; or the first field that can't be taken. */
export function readContent(content: NewContent): { facts: Omit<NewContent, "contentHash"> & { contentHash: Buffer } } | FieldRefusal {
  const refused = checkTexts(content, LONGEST) ?? checkDigest("contentHash", content.contentHash);
  if (refused) return refused;
  const { contentHash, language = null, market = null, ...facts } = content;
  const digest = contentHash ? Buffer.from(contentHash, "hex") : hash("sha256", content.contentRef, "buffer");
  return { facts: { ...facts, language, market, contentHash: digest } };
}

/** An action as decisions have it: 1 to 64 characters; null for none. */
export function checkAction(action: string | null | undefined, path: readonly string[]): string | null {
  const refused = checkTexts({ action }, { action: 64 });
  if (refused) throw new InvalidInput(`action: ${refused.message}`, path);
  return action ?? null;
}

/** Words that may be left out: null, or 1 to 2,000 characters. */
export function checkRationale(rationale: string | null | undefined, path: readonly string[]): string | null {
  return rationale == null ? null : checkText(rationale, path);
}

/** How often a policy was chosen for an item. */
export interface VoteCount {
  itemId: string;
  policyId: string;
  rank: number | null;
  votes: number;
}

/** Reckons what is frozen at the end of voting (`metrics.md` section 7). `schemeSize` is how many policies could be chosen. */
export function agreementOf(counts: readonly VoteCount[], raters: number, schemeSize: number): FrozenAgreement {
  const rankOf = new Map(counts.map(({ policyId, rank }) => [policyId, rank]));
  const policies = [...rankOf.keys()].sort((a, b) => (rankOf.get(a) ?? 0) - (rankOf.get(b) ?? 0) || (a < b ? -1 : 1));
  const items = new Map<string, number[]>();
  for (const { itemId, policyId, votes } of counts) {
    const pattern = items.get(itemId) ?? policies.map(() => 0);
    pattern[policies.indexOf(policyId)] = votes;
    items.set(itemId, pattern);
  }
  const categories = Math.max(2, schemeSize, policies.length);
  const table = tableOfRatings(categories, [...items.values()].map((each): RatedItem => ({ counts: each })));
  const isRanked = [...rankOf.values()].every((rank) => rank !== null);
  return {
    items: items.size, raters, categories,
    percentAgreement: percentAgreement(table),
    fleissKappa: fleissKappa(table),
    krippendorffAlpha: krippendorffAlpha(table, { level: "NOMINAL" }),
    krippendorffAlphaOrdinal: isRanked ? krippendorffAlpha(table, { level: "ORDINAL" }) : null,
    gwetAc1: gwetAc1(table),
  };
}

/** How a rater's votes lie beside what all agreed on. */
export interface RaterLeaning extends Pick<RaterBias, "rater" | "n" | "agreed" | "agreement"> {
  byPolicy: { policyId: string; bias: number }[];
}

/** How each rater leans, from how often they chose what where all agreed on what. */
export function raterLeanings(votes: readonly { principalId: string; vote: string; consensus: string; times: number }[]): RaterLeaning[] {
  const policies = [...new Set(votes.flatMap(({ vote, consensus }) => [vote, consensus]))].sort();
  const placed = votes.map(({ principalId: rater, vote, consensus, times }) => (
    { rater, vote: policies.indexOf(vote), consensus: policies.indexOf(consensus), times }
  ));
  return raterBias(policies.length, placed).map(({ bias, ...rater }) => (
    { ...rater, byPolicy: policies.map((policyId, place) => ({ policyId, bias: bias[place]! })) }
  ));
}
