import { randomBytes } from "node:crypto";
import { Conflict, Forbidden } from "../core/errors.ts";
import { checkTexts, type FieldRefusal, invalid } from "../core/fields.ts";
import type { Machine } from "../core/machine.ts";
import type { Access, Role, Scope, Viewer } from "../core/viewer.ts";
import type { LabelerRow } from "./table.ts";

export type LabelerStatus = LabelerRow["status"];
export type LabelerVerb = "startNesting" | "goLive" | "pauseLabeler" | "resumeLabeler" | "offboardLabeler";
/** The vendor's manager may lift a pause that is an administrative one, and no other. */
export type LabelerActor = "ADMIN" | "QA_LEAD" | "VENDOR_MANAGER" | "VENDOR_MANAGER (pauseReason ADMIN)" | "SYS";

/** From the first day to the last (`domain.md` section 6). A resumed labeler returns to the state they left. */
export const LABELER_MACHINE: Machine<LabelerStatus, LabelerVerb, LabelerActor> = {
  entity: "labeler",
  arrows: [
    { from: ["TRAINING"], verb: "startNesting", to: "NESTING", who: ["VENDOR_MANAGER", "QA_LEAD"] },
    { from: ["NESTING"], verb: "goLive", to: "PRODUCTION", who: ["QA_LEAD"] },
    { from: ["NESTING", "PRODUCTION"], verb: "pauseLabeler", to: "PAUSED", who: ["QA_LEAD", "VENDOR_MANAGER", "SYS"] },
    { from: ["PAUSED"], verb: "resumeLabeler", to: null, who: ["QA_LEAD", "VENDOR_MANAGER (pauseReason ADMIN)", "SYS"] },
    { from: ["TRAINING", "NESTING", "PRODUCTION", "PAUSED"], verb: "offboardLabeler", to: "OFFBOARDED", who: ["VENDOR_MANAGER", "ADMIN"] },
  ],
};

/** What a viewer is to a labeler that they see. */
export function labelerParts({ role }: Viewer, { pauseReason }: Pick<LabelerRow, "pauseReason">): Set<LabelerActor> {
  const parts = new Set<LabelerActor>();
  if (role === "ADMIN" || role === "QA_LEAD" || role === "VENDOR_MANAGER") parts.add(role);
  if (role === "VENDOR_MANAGER" && (pauseReason === null || pauseReason === "ADMIN")) parts.add("VENDOR_MANAGER (pauseReason ADMIN)");
  return parts;
}

/** Who keeps rosters. */
export const KEEPERS: Access = { roles: ["ADMIN", "QA_LEAD", "VENDOR_MANAGER"], scope: "roster:write" };

function hasScope({ scopes }: Viewer, ...any: Scope[]): boolean {
  return scopes !== null && any.some((scope) => scopes.has(scope));
}

/** Names are for the leads, the vendor's own managers, a roster's clients and the labeler (`domain.md` section 7). */
export function maySeeName(viewer: Viewer): boolean {
  const roles: readonly Role[] = ["ADMIN", "QA_LEAD", "VENDOR_MANAGER", "VENDOR_QA", "LABELER"];
  return roles.includes(viewer.role) || hasScope(viewer, "roster:read", "roster:write");
}

/** Auditors and analysts know labelers by pseudonym alone, clients by reference where their scope is about labelers. */
export function maySeeRef(viewer: Viewer): boolean {
  if (viewer.role === "SERVICE") return hasScope(viewer, "roster:read", "roster:write", "decisions:read", "decisions:write");
  return viewer.role !== "AUDITOR" && viewer.role !== "ANALYST";
}

/** Refuses a search by reference to those who don't see references. */
export function checkRefSearch(viewer: Viewer, path: readonly string[]): void {
  if (!maySeeRef(viewer)) throw new Forbidden(`${path.at(-1)}: as ${viewer.role} you know labelers by pseudonym alone.`, path);
}

/** Refuses lists of labelers to clients that aren't for reading them. */
export function checkListing(viewer: Viewer): void {
  if (viewer.role !== "SERVICE" || hasScope(viewer, "roster:read")) return;
  throw new Forbidden("Labelers are listed for clients with scope roster:read.");
}

/** A pause for exposure reads as an administrative one to all who don't see exposure itself (`domain.md` section 7, rule 7). */
export function shownPauseReason({ role }: Viewer, pauseReason: LabelerRow["pauseReason"]): LabelerRow["pauseReason"] {
  const seesExposure = role === "ADMIN" || role === "VENDOR_MANAGER" || role === "LABELER";
  return pauseReason === "EXPOSURE" && !seesExposure ? "ADMIN" : pauseReason;
}

const DAY_MS = 86_400_000;

/** Whole days since hire, in UTC; negative before the first day, null where it isn't known. */
export function tenureDays(hiredOn: string | null, now: Date): number | null {
  return hiredOn === null ? null : Math.floor((now.getTime() - Date.parse(`${hiredOn}T00:00:00Z`)) / DAY_MS);
}

/** Refuses a team to a viewer whose grant is for another one. */
export function checkOwnTeam(viewer: Viewer, teamId: string | null, path: readonly string[]): void {
  if (!viewer.teamId || viewer.teamId === teamId) return;
  throw new Forbidden(`${path.at(-1)}: your grant is for one team; the labeler must be in it.`, path);
}

/** Refuses to move or assign a labeler who has left. */
export function checkPresent(status: LabelerStatus): void {
  if (status === "OFFBOARDED") throw new Conflict("labelerId: the labeler is OFFBOARDED.", ["labelerId"]);
}

/** How many rows one call of upsertLabelers may bring. */
export const MOST_ROWS = 1_000;

/** A labeler as a roster has them. Absent fields of a present labeler stay; null clears. */
export interface RosterRow {
  externalRef: string;
  name?: string | null;
  kind?: LabelerRow["kind"] | null;
  siteCode?: string | null;
  teamCode?: string | null;
  hiredOn?: string | null;
  /** Of a new labeler; TRAINING if absent. */
  initialStatus?: "TRAINING" | "NESTING" | "PRODUCTION" | null;
}

/** Where somebody sits. */
export interface Place {
  siteId: string | null;
  teamId: string | null;
}

const EARLIEST_HIRE = "1970-01-01";

/** The first field of a roster's row that can't be taken as it is, whatever the database holds; null if all can. */
export function checkRosterRow(row: RosterRow, now: Date): FieldRefusal | null {
  const wrong = checkTexts(row, { externalRef: 200, name: 200, siteCode: 64, teamCode: 64 });
  if (wrong) return wrong;
  const latest = new Date(now.getTime() + 366 * DAY_MS).toISOString().slice(0, 10);
  if (row.hiredOn && (row.hiredOn < EARLIEST_HIRE || row.hiredOn > latest)) {
    return invalid("hiredOn", row.hiredOn, `must lie between ${EARLIEST_HIRE} and a year from now.`);
  }
  const hasTeamAlone = row.teamCode && !row.siteCode;
  return hasTeamAlone ? invalid("siteCode", row.siteCode, "must be given with teamCode: team codes are unique within a site alone.") : null;
}

/** What a roster's row comes to. */
export type RosterPlan =
  | { outcome: "REFUSED"; refusal: FieldRefusal }
  | { outcome: "UNCHANGED"; labeler: LabelerRow }
  | { outcome: "UPDATED"; labeler: LabelerRow; changed: string[]; isMoved: boolean }
  | { outcome: "CREATED"; place: Place; status: LabelerStatus };

function refuse(code: FieldRefusal["code"], field: string, value: string | null | undefined, message: string): RosterPlan {
  return { outcome: "REFUSED", refusal: { field, value: value ?? null, code, message } };
}

/**
 * What a row comes to beside the labeler that has its reference (null: none). `place` is the row's, undefined where it says nothing of one.
 * A roster moves people, but never through their states: those have their own verbs. `ownTeamId` is the one team of the viewer's grant.
 */
export function planRosterRow(row: RosterRow, present: LabelerRow | null, place: Place | undefined, ownTeamId: string | null): RosterPlan {
  const { siteId, teamId } = place ?? present ?? { siteId: null, teamId: null };
  if (ownTeamId && teamId !== ownTeamId) return refuse("FORBIDDEN", "teamCode", row.teamCode, "must be the team that your grant is for.");
  if (!present) return { outcome: "CREATED", place: { siteId, teamId }, status: row.initialStatus ?? "TRAINING" };
  const isOther = row.kind && row.kind !== present.kind;
  if (isOther) return refuse("CONFLICT", "kind", row.kind, `is ${present.kind} for this labeler, and never changes.`);
  const { name = present.name, hiredOn = present.hiredOn } = row;
  const next = { name, hiredOn, siteId, teamId };
  const changed = (["name", "hiredOn", "siteId", "teamId"] as const).filter((field) => next[field] !== present[field]);
  if (changed.length === 0) return { outcome: "UNCHANGED", labeler: present };
  const isMoved = changed.includes("siteId") || changed.includes("teamId");
  const hasLeft = present.status === "OFFBOARDED";
  if (isMoved && hasLeft) return refuse("CONFLICT", "siteCode", row.siteCode, "can't change: the labeler is OFFBOARDED.");
  return { outcome: "UPDATED", labeler: { ...present, ...next }, changed, isMoved };
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A pseudonym made of 50 random bits in Crockford's base 32: it says nothing of the person, and can't be worked out from anything. */
export function makePseudonym(): string {
  return `L-${Array.from(randomBytes(10), (byte) => ALPHABET[byte & 31]).join("")}`;
}
