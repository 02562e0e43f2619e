import { Forbidden } from "../core/errors.ts";
import { checkDigest, checkTexts, type FieldRefusal, invalid } from "../core/fields.ts";
import type { Machine } from "../core/machine.ts";
import type { Viewer } from "../core/viewer.ts";
import { type Access } from "../core/viewer.ts";
import type { ProjectSettings } from "../projects/table.ts";
import type { GoldenItemRow } from "./table.ts";

/** How many golden items one call may bring. */
export const MOST_GOLDEN_ITEMS = 5_000;

/** Content with its agreed answer, as its recorder names it. */
export interface GoldenInput {
  contentRef: string;
  /** SHA-256 in hex; that of contentRef if absent. */
  contentHash?: string | null;
  truthPolicyCode: string;
  truthAction?: string | null;
  /** Where the answer comes from, such as an expert panel. */
  source?: string | null;
  /** Which rule of the policy decides it. */
  rule?: string | null;
  /** The effectiveFrom of its policy version if absent. */
  activeFrom?: Date | null;
  /** Until it is retired or reviewed if absent. */
  activeTo?: Date | null;
}

/** Who may use the verbs on golden items; the system retires those that have expired or were seen too often. */
export type GoldenActor = "ADMIN" | "QA_LEAD" | "POLICY_MANAGER" | "SYS";
export type GoldenVerb = "outdateGoldenItem" | "reviewGoldenItem" | "retireGoldenItem";

/** Roles that keep golden items. */
export const KEEPERS = ["ADMIN", "QA_LEAD", "POLICY_MANAGER"] as const;
/** Who brings golden items. */
export const RECORDERS: Access = { roles: KEEPERS, scope: "gold:write" };

/** A reviewed item is retired too: it goes on as a new one. */
export const GOLDEN_MACHINE: Machine<GoldenItemRow["status"], GoldenVerb, GoldenActor> = {
  entity: "golden item",
  arrows: [
    { from: ["ACTIVE"], verb: "outdateGoldenItem", to: "NEEDS_REVIEW", who: ["SYS"] },
    { from: ["NEEDS_REVIEW"], verb: "reviewGoldenItem", to: "RETIRED", who: KEEPERS },
    { from: ["ACTIVE", "NEEDS_REVIEW"], verb: "retireGoldenItem", to: "RETIRED", who: [...KEEPERS, "SYS"] },
  ],
};

/** The parts that a viewer holds in the machine of golden items. */
export function goldenParts(viewer: Viewer): ReadonlySet<GoldenActor> {
  return new Set(KEEPERS.filter((role) => role === viewer.role));
}

/** Golden items are for those who keep them; analysts get figures, and clients write without reading. */
export function maySeeItems({ role }: Viewer): boolean {
  return role !== "ANALYST" && role !== "SERVICE";
}

/** Refuses lists of golden items to those who only get figures of them. */
export function checkListing(viewer: Viewer): void {
  if (!maySeeItems(viewer)) throw new Forbidden("Golden items are for QA_LEAD, POLICY_MANAGER and ADMIN; the measure GOLDEN_ACCURACY counts them.");
}

/** True for a client of the platform itself, or a person: no vendor's client learns or sets the answers. */
export function mayKnowAnswers(viewer: Viewer): boolean {
  return viewer.role !== "SERVICE" || viewer.vendorId === null;
}

const LONGEST = { contentRef: 2_000, truthPolicyCode: 64, truthAction: 64, source: 200, rule: 500 };

/** The first field of a golden item that can't be taken as it is; null if all can. */
export function checkGolden(input: GoldenInput): FieldRefusal | null {
  return checkTexts(input, LONGEST) ?? checkDigest("contentHash", input.contentHash);
}

/** Refuses a time that ends before it begins. */
export function checkPeriod(activeFrom: Date, activeTo: Date | null): FieldRefusal | null {
  if (activeTo === null || activeFrom < activeTo) return null;
  return invalid("activeTo", activeTo, `must be after activeFrom, ${activeFrom.toISOString()}.`);
}

/** True for an item that so many decisions were made on that labelers may know it. */
export function isWornOut(exposureCount: number, { goldenMaxExposures }: Pick<ProjectSettings, "goldenMaxExposures">): boolean {
  return exposureCount > goldenMaxExposures;
}

/** When a retired item's time ends: when it did already, else now, or just after its beginning if that is still to come. */
export function endOf({ activeFrom, activeTo }: Pick<GoldenItemRow, "activeFrom" | "activeTo">, now: Date): Date {
  const end = now > activeFrom ? now : new Date(activeFrom.getTime() + 1);
  return activeTo && activeTo < end ? activeTo : end;
}
