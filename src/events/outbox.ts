import { ask } from "../db/plans.ts";
import type { Verb } from "../db/verb.ts";

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

/** The drafts as the statement takes them, by names that are the table's columns. */
function rowOf({ audience, ...draft }: EventDraft, place: number) {
  const { projectId, type, subjectType, subjectId, fromState, toState, reason, payload = {} } = draft;
  return {
    place, project_id: projectId, type, subject_type: subjectType, subject_id: subjectId, from_state: fromState, to_state: toState, reason, payload,
    vendor_id: audience.vendorId, team_id: audience.teamId, labeler_id: audience.labelerId, auditor_id: audience.auditorId,
    is_project_visible: audience.isProjectVisible ?? false, is_partner_visible: audience.isPartnerVisible ?? false, is_staff_visible: audience.isStaffVisible ?? false,
  };
}

const COLUMNS = `project_id, type, subject_type, subject_id, from_state, to_state, reason, payload, vendor_id, team_id, labeler_id, auditor_id,
  is_project_visible, is_partner_visible, is_staff_visible`;
const APPEND = `/* appendEvents */ insert into events (id, actor_id, via_id, recorded_at, ${COLUMNS})
  select event_id(place), $1::uuid, $2::uuid, $3::timestamptz, ${COLUMNS} from jsonb_to_recordset($4::jsonb) as d(
    place integer, project_id uuid, type text, subject_type text, subject_id uuid, from_state text, to_state text, reason text, payload jsonb,
    vendor_id uuid, team_id uuid, labeler_id uuid, auditor_id uuid, is_project_visible boolean, is_partner_visible boolean, is_staff_visible boolean)`;

/**
 * Appends events in the verb's own transaction: they exist if and only if the change does. Called after the change's rows are locked, so
 * that events of one aggregate are in its order. Sent with whatever the verb sends next, at last its commit, and not waited for: if it
 * fails, so does the commit, by its error.
 */
export async function append(verb: Verb, drafts: readonly EventDraft[]): Promise<void> {
  if (drafts.length === 0) return;
  const { db, viewer, now } = verb;
  const insert = ask(db, APPEND, [viewer.principalId, viewer.via?.principalId ?? null, now, JSON.stringify(drafts.map(rowOf))]);
  insert.catch(() => {});
  verb.subjects?.push(...drafts.map(({ projectId, subjectType, subjectId }) => ({ type: subjectType, key: { projectId, id: subjectId } })));
}
