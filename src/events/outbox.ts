import { sql } from "drizzle-orm";
import type { Verb } from "../db/verb.ts";
import { events } from "./table.ts";

/** Who may see an event beside the leads: whoever may see its subject. */
export interface Audience {
  /** Everybody in the project. */
  isProjectVisible?: boolean;
  /** Auditors and policy managers of the project. */
  isStaffVisible?: boolean;
  /** The vendor, team and labeler named here. */
  isPartnerVisible?: boolean;
  vendorId?: string | null;
  teamId?: string | null;
  labelerId?: string | null;
  /** The auditor whose own work it is. */
  auditorId?: string | null;
}

/** One state change, to be appended by the verb that makes it. Global rows' events go to the system project. */
export interface EventDraft {
  projectId: string;
  /** `<entity>.<new state>` in lower case, or `<entity>.<verb>` where the state stays. */
  type: string;
  /** GraphQL type of the subject. */
  subjectType: string;
  subjectId: string;
  fromState?: string | null;
  toState?: string | null;
  /** Words for people; analysts don't see them. */
  reason?: string | null;
  /** Ids, codes, counts and times, never words or names: everyone who sees the event sees it whole. */
  payload?: Record<string, unknown>;
  audience: Audience;
}

/**
 * Appends events in the verb's own transaction: they exist if and only if the change does. Called after the change's rows are locked, so
 * that events of one aggregate are in its order.
 */
export async function append(verb: Verb, drafts: readonly EventDraft[]): Promise<void> {
  if (drafts.length === 0) return;
  const rows = drafts.map(({ audience, ...draft }, place) => ({
    ...draft,
    id: sql<string>`event_id(${place})`,
    actorId: verb.viewer.principalId,
    recordedAt: verb.now,
    ...audience,
    isProjectVisible: audience.isProjectVisible ?? false,
    isStaffVisible: audience.isStaffVisible ?? false,
    isPartnerVisible: audience.isPartnerVisible ?? false,
  }));
  await verb.db.insert(events).values(rows);
}
