import { Conflict, Forbidden } from "../core/errors.ts";
import { isPartner, mayOnly, type Role, type Viewer } from "../core/viewer.ts";
import type { Audience } from "../events/outbox.ts";
import type { MessageRow, ThreadRow } from "./table.ts";

type Visibility = ThreadRow["visibility"];

/** Who writes where. */
export const SPEAKING: Readonly<Record<Visibility, readonly Role[]>> = {
  INTERNAL: ["QA_LEAD", "POLICY_MANAGER"],
  PARTNER: ["QA_LEAD", "POLICY_MANAGER", "VENDOR_MANAGER", "VENDOR_QA", "LABELER"],
};

/** Refuses who only reads such threads, or doesn't know of them (`domain.md` section 7). */
export function checkSpeaker(viewer: Viewer, visibility: Visibility): void {
  mayOnly(viewer, `postMessage to ${visibility}`, { roles: SPEAKING[visibility] });
}

/**
 * Who may see a thread of a subject that these may see: its staff, and the partner concerned unless it is INTERNAL. Refuses a thread with the
 * partner on what they don't see.
 */
export function threadAudience(subject: Audience, visibility: Visibility): Audience {
  const { auditorId, isStaffVisible } = subject;
  if (visibility === "INTERNAL") return { auditorId, isStaffVisible };
  if (subject.isPartnerVisible) return subject;
  throw new Conflict("visibility: no partner sees what this is about, so nobody would hear it; write INTERNAL.", ["visibility"]);
}

/** True if the viewer may know who spoke: partners never learn which person of the staff it was. */
export function seesAuthor(viewer: Viewer, { authorVendorId }: Pick<MessageRow, "authorVendorId">): boolean {
  return authorVendorId !== null || !isPartner(viewer);
}

/** True for people, and for clients that are for reading appeals. */
export function mayRead({ role, scopes }: Viewer): boolean {
  return role !== "SERVICE" || scopes?.has("appeals:read") === true;
}

/** Refuses lists of threads to clients that aren't for reading them. */
export function checkReading(viewer: Viewer): void {
  if (!mayRead(viewer)) throw new Forbidden("Threads are read by clients with scope appeals:read.");
}
