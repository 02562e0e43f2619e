import { and, eq, gt, inArray, sql } from "drizzle-orm";
import { type AuditRow, audits } from "../audits/table.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow, checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import { effectiveSettings } from "../projects/rules.ts";
import type { ProjectSettings } from "../projects/table.ts";
import { type SampleRow, samples } from "../samples/table.ts";
import type { Voided } from "./leases.store.ts";
import type { Auditor, SkilledQueue } from "./rules.ts";
import { auditorProfileEntity, type AuditorProfileRow, auditorProfiles } from "./table.ts";

/** Filter of the list of profiles. */
export interface ProfileFilter {
  principalIds?: string[] | null;
  updatedAfter?: Date | null;
}

export const profileList: List<AuditorProfileRow, ProfileFilter> = {
  entity: auditorProfileEntity,
  where: (t, { principalIds, updatedAfter }) => [
    principalIds ? inArray(t.principalId!, principalIds) : undefined,
    updatedAfter ? gt(t.updatedAt!, updatedAfter) : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

/** What decides whether somebody may audit something in a project. */
export interface Terms {
  auditor: Auditor;
  settings: ProjectSettings;
  /** Those that ask for skills, and those asked for. */
  queues: readonly SkilledQueue[];
}

type TermsRow = { projectId: string; settings: Partial<ProjectSettings>; queues: SkilledQueue[] } & Omit<Auditor, "principalId">;

/** The terms of somebody's audits by project, in one statement; as the system, since nobody else sees another's grants. */
export async function findTerms(
  db: Db,
  principalId: string,
  projectIds: readonly string[],
  queueIds: readonly string[],
  now: Date,
): Promise<Map<string, Terms>> {
  const rows = await db.execute<TermsRow & Record<string, unknown>>(sql`/* claimTerms */
    select p.id as "projectId", p.settings,
      (select json_build_object('markets', a.markets, 'languages', a.languages, 'skills', a.skills) from auditor_profiles a
        where a.project_id = p.id and a.principal_id = ${principalId}) as profile,
      array_to_json(array(select g.labeler_id from role_grants g where g.principal_id = ${principalId} and g.labeler_id is not null)) as "labelerIds",
      array_to_json(array(select json_build_object('role', g.role, 'vendorId', g.vendor_id, 'teamId', g.team_id) from role_grants g
        where g.principal_id = ${principalId} and g.project_id = p.id and g.revoked_at is null
          and (g.expires_at is null or g.expires_at > ${now.toISOString()}::timestamptz))) as grants,
      array_to_json(array(select json_build_object('id', q.id, 'requiredSkills', q.required_skills) from queues q
        where q.project_id = p.id and (q.required_skills <> '{}' or q.id = any (${array(queueIds, "uuid")})))) as queues
    from projects p where p.id = any (${array(projectIds, "uuid")})`);
  return new Map(rows.map(({ projectId, settings, queues, ...auditor }) => [
    projectId,
    { auditor: { principalId, ...auditor }, settings: effectiveSettings(settings), queues },
  ]));
}

/** What a lead says of an auditor. */
export type Profile = Pick<AuditorProfileRow, "projectId" | "principalId" | "markets" | "languages" | "skills" | "dailyTarget">;

/** Keeps a profile in the place of the one there was. Throws VersionConflict if that isn't at `expectedVersion`; none is at version 0. */
export async function saveProfile(db: Db, profile: Profile, expectedVersion: ExpectedVersion, now: Date): Promise<ProjectKey> {
  const { projectId, principalId, ...said } = profile;
  const [present] = await db
    .select({ id: auditorProfiles.id, version: auditorProfiles.version })
    .from(auditorProfiles)
    .where(and(eq(auditorProfiles.projectId, projectId), eq(auditorProfiles.principalId, principalId)))
    .for("update");
  checkVersion(present?.version ?? 0, expectedVersion);
  const key = { projectId, id: present?.id ?? newId(now) };
  if (present) await changeRow(db, auditorProfiles, key, null, said, now);
  else await db.insert(auditorProfiles).values({ ...key, principalId, ...said });
  return key;
}

/** Whose work is counted. */
export interface Worker {
  projectId: string;
  principalId: string;
}

/** How an auditor stands today. */
export interface Progress {
  submittedToday: number;
  overdueCount: number;
}

/** How these auditors stand, in their order; a day begins at midnight in the project's zone. */
export async function countProgress(db: Db, workers: readonly Worker[], now: Date): Promise<Progress[]> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const asked = sql`unnest(${array(workers.map((each) => each.projectId), "uuid")}, ${array(workers.map((each) => each.principalId), "uuid")})`;
  const rows = await db.execute<Progress & Record<string, unknown>>(sql`/* auditorProgress */
    select (select count(*)::int from audits a where a.auditor_id = w.principal_id and a.project_id = w.project_id and a.state <> 'VOIDED'
        and a.submitted_at >= date_trunc('day', ${at} at time zone p.time_zone) at time zone p.time_zone) as "submittedToday",
      (select count(*)::int from samples s where s.assignee_id = w.principal_id and s.project_id = w.project_id
        and s.state in ('DRAWN', 'IN_AUDIT') and s.due_at < ${at}) as "overdueCount"
    from ${asked} with ordinality as w (project_id, principal_id, i) join projects p on p.id = w.project_id
    order by w.i`);
  return [...rows];
}

/** The samples of these keys that the viewer sees, locked in one order, so that two who lock several never wait for each other in a ring. */
export async function lockSamples(db: Db, keys: readonly ProjectKey[]): Promise<SampleRow[]> {
  const [projectIds, ids] = [array(keys.map(({ projectId }) => projectId), "uuid"), array(keys.map(({ id }) => id), "uuid")];
  return db
    .select()
    .from(samples)
    .where(sql`(${samples.projectId}, ${samples.id}) in (select * from unnest(${projectIds}, ${ids})) /* lockSamples */`)
    .orderBy(samples.projectId, samples.id)
    .for("update");
}

/** Gives a locked sample's lease another end. */
export async function moveLease(db: Db, key: ProjectKey, leaseUntil: Date, now: Date): Promise<void> {
  await changeRow(db, samples, key, null, { leaseUntil }, now);
}

/** An audit with the lease that it may be worked on by; no sample where the viewer sees none, as of second and expert audits. */
export interface Work {
  audit: AuditRow;
  sample: Pick<SampleRow, "state" | "assigneeId" | "leaseUntil"> | null;
}

/** The audit, locked, with its sample as it is; null if absent or hidden. */
export async function lockAudit(db: Db, { projectId, id }: ProjectKey): Promise<Work | null> {
  const { state, assigneeId, leaseUntil } = samples;
  const [row] = await db
    .select({ audit: audits, sample: { state, assigneeId, leaseUntil } })
    .from(audits)
    .leftJoin(samples, and(eq(samples.projectId, audits.projectId), eq(samples.id, audits.sampleId)))
    .where(and(eq(audits.projectId, projectId), eq(audits.id, id)))
    .for("update", { of: audits });
  return row ?? null;
}

/** Keeps the draft of a locked audit, which is JSON text, in the place of the one there was. */
export async function saveDraft(db: Db, key: ProjectKey, text: string, now: Date): Promise<void> {
  await changeRow(db, audits, key, null, { draft: sql`${text}::text::jsonb` as never }, now);
}

/** How a sample goes back: skipped ones are never offered to this auditor again, and say why. */
export interface Return {
  isSkipped: boolean;
  reason: string | null;
}

/**
 * Gives a leased sample back and voids its open audit, which is returned with the state it left. An auditor who has seen the decision is not
 * offered it again.
 */
export async function returnSample(db: Db, { projectId, id }: ProjectKey, { isSkipped, reason }: Return, now: Date): Promise<Voided> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const [voided] = await db.execute<Voided & Record<string, unknown>>(sql`/* returnSample */
    with open as (
      select * from audits where project_id = ${projectId} and sample_id = ${id} and role = 'PRIMARY' and state in ('DRAFT', 'REVEALED') for update
    ), voided as (
      update audits a set state = 'VOIDED', void_reason = ${reason}, version = a.version + 1, updated_at = ${at}
      from open where a.project_id = ${projectId} and a.id = open.id
    ), returned as (
      update samples s set state = 'DRAWN', assignee_id = null, lease_until = null, version = s.version + 1, updated_at = ${at}, skipped_by_ids =
        case when ${isSkipped}::bool or open.state = 'REVEALED' then array_append(s.skipped_by_ids, open.auditor_id) else s.skipped_by_ids end
      from open where s.project_id = ${projectId} and s.id = ${id}
    )
    select project_id as "projectId", id, state, layer, auditor_id as "auditorId", vendor_id as "vendorId", team_id as "teamId" from open`);
  return voided!;
}

/** Returns up to `most` samples whose lease is over; their audits stay with their auditors. Those being worked on at this moment wait. */
export async function returnEnded(db: Db, now: Date, most: number): Promise<{ projectId: string; id: string; auditorId: string }[]> {
  const at = sql`${now.toISOString()}::timestamptz`;
  return [...await db.execute<{ projectId: string; id: string; auditorId: string }>(sql`/* endLeases */
    with ended as (
      select project_id, id from samples where state = 'IN_AUDIT' and lease_until <= ${at} order by lease_until limit ${most} for update skip locked
    )
    update samples s set state = 'DRAWN', lease_until = null, version = s.version + 1, updated_at = ${at}
    from ended where s.project_id = ended.project_id and s.id = ended.id
    returning s.project_id as "projectId", s.id, s.assignee_id as "auditorId"`)];
}
