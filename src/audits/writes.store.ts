import { sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { at } from "../db/times.ts";
import type { Place } from "./store.ts";
import { type AuditRow, audits } from "./table.ts";

/** What a labeler or their vendor's QA says of a published audit. */
export type Acknowledgement = Pick<AuditRow, "state" | "acknowledgedAt" | "acknowledgedById" | "proposedCause" | "acknowledgement">;

/** Keeps what was said of a locked audit. */
export async function saveAcknowledgement(db: Db, key: ProjectKey, said: Acknowledgement, now: Date): Promise<void> {
  await changeRow(db, audits, key, null, said, now);
}

/** What an event about an audit says of it. */
export type Announced = Pick<AuditRow, "projectId" | "id" | "layer" | "auditorId" | "vendorId" | "teamId" | "labelerId">;

// For statements whose rows are named `a`.
const ANNOUNCED = sql.raw(`a.project_id as "projectId", a.id, a.layer, a.auditor_id as "auditorId", a.vendor_id as "vendorId", a.team_id as "teamId",
      a.labeler_id as "labelerId"`);
const uuids = (keys: readonly ProjectKey[], part: keyof ProjectKey) => array(keys.map((key) => key[part]), "uuid");
/** Up to `most` submitted audits whose delay is over, locked. Those being worked on at this moment wait. */
export async function lockDue(db: Db, now: Date, most: number): Promise<(Announced & Place)[]> {
  return [...await db.execute<Announced & Place & Record<string, unknown>>(sql`/* dueAudits */
    select ${ANNOUNCED}, a.site_id as "siteId" from audits a
    where a.state = 'SUBMITTED' and a.publish_due_at <= ${at(now)} and a.role = 'PRIMARY'
    order by a.publish_due_at limit ${most} for update skip locked`)];
}

/** Publishes locked audits, each with the end of its window, in one statement. */
export async function savePublished(db: Db, keys: readonly ProjectKey[], windows: readonly Date[], now: Date): Promise<void> {
  await db.execute(sql`/* publishAudits */
    update audits a set state = 'PUBLISHED', published_at = ${at(now)}, window_due_at = p.window_due_at, is_partner_visible = true,
      version = a.version + 1, updated_at = ${at(now)}
    from unnest(${uuids(keys, "projectId")}, ${uuids(keys, "id")}, ${array(windows, "timestamptz")})
      as p (project_id, id, window_due_at)
    where a.project_id = p.project_id and a.id = p.id`);
}

/** Makes up to `most` audits FINAL whose window is over, with the state they left. Those being worked on at this moment wait. */
export async function finalizeDue(db: Db, now: Date, most: number): Promise<(Announced & Pick<AuditRow, "state">)[]> {
  return [...await db.execute<Announced & Pick<AuditRow, "state"> & Record<string, unknown>>(sql`/* finalizeAudits */
    with over as (
      select project_id, id, state from audits where state in ('PUBLISHED', 'ACKNOWLEDGED') and window_due_at <= ${at(now)}
      order by window_due_at limit ${most} for update skip locked
    )
    update audits a set state = 'FINAL', is_auto_acknowledged = a.acknowledged_at is null, version = a.version + 1, updated_at = ${at(now)}
    from over where a.project_id = over.project_id and a.id = over.id
    returning ${ANNOUNCED}, over.state`)];
}

/** Makes locked audits APPEALED, in one statement. */
export async function saveAppealed(db: Db, keys: readonly ProjectKey[], now: Date): Promise<void> {
  await db.execute(sql`/* appealAudits */
    update audits a set state = 'APPEALED', version = a.version + 1, updated_at = ${at(now)}
    from unnest(${uuids(keys, "projectId")}, ${uuids(keys, "id")}) as t (project_id, id) where a.project_id = t.project_id and a.id = t.id`);
}

/** An audit whose appeal has ended: by the last ruling that it can have, or otherwise, and where it stood when it was appealed. */
export interface Settled extends ProjectKey {
  isClosed: boolean;
  back: AuditRow["state"];
}

/** Makes appealed audits FINAL where the appeal is closed or their window over, and else what they were before; these, with what they are now. */
export async function settleRows(db: Db, settled: readonly Settled[], now: Date): Promise<(Announced & Pick<AuditRow, "state">)[]> {
  const ends = sql`unnest(${uuids(settled, "projectId")}, ${uuids(settled, "id")}, ${array(settled.map(({ isClosed }) => isClosed), "boolean")},
    ${array(settled.map(({ back }) => back), "text")}) as t (project_id, id, is_closed, back)`;
  return [...await db.execute<Announced & Pick<AuditRow, "state"> & Record<string, unknown>>(sql`/* settleAudits */
    update audits a set state = case when t.is_closed or a.window_due_at <= ${at(now)} then 'FINAL' else t.back end,
      version = a.version + 1, updated_at = ${at(now)}
    from ${ends} where a.project_id = t.project_id and a.id = t.id and a.state = 'APPEALED'
    returning ${ANNOUNCED}, a.state`)];
}

/** What ended with voided audits: open double audits, second audits that were not submitted, and the verdicts of published ones, which counted. */
export interface Ended {
  doubles: ProjectKey[];
  seconds: (Announced & Pick<AuditRow, "state">)[];
  counted: { auditId: string; outcome: "CORRECT" | "INCORRECT"; score: number | null }[];
}

/**
 * Voids locked audits. The samples of first ones wait again, but not for whoever has seen their decision; open double audits of theirs end,
 * and the place of a void second audit is free. One statement, as the system, since no lead writes double audits.
 */
export async function voidRows(db: Db, keys: readonly ProjectKey[], reason: string, now: Date): Promise<Ended> {
  const [ended] = await db.execute<Ended & Record<string, unknown>>(sql`/* voidAudits */
    with target as (
      select a.* from audits a join unnest(${uuids(keys, "projectId")}, ${uuids(keys, "id")}) as t (project_id, id) on a.project_id = t.project_id and a.id = t.id
    ), voided as (
      update audits a set state = 'VOIDED', void_reason = ${reason}, version = a.version + 1, updated_at = ${at(now)}
      from target t where a.project_id = t.project_id and a.id = t.id
    ), returned as (
      update samples s set state = 'DRAWN', assignee_id = null, lease_until = null, version = s.version + 1, updated_at = ${at(now)},
        skipped_by_ids = s.skipped_by_ids || array(select distinct a.auditor_id from audits a where a.project_id = s.project_id
          and a.sample_id = s.id and a.revealed_at is not null and a.auditor_id <> all (s.skipped_by_ids))
      from target t where t.role = 'PRIMARY' and s.project_id = t.project_id and s.id = t.sample_id and s.state in ('DRAWN', 'IN_AUDIT', 'AUDITED')
    ), doubles as (
      update double_audits d set outcome = 'EXPIRED', resolved_at = ${at(now)}, version = d.version + 1, updated_at = ${at(now)}
      from target t where d.project_id = t.project_id and d.primary_audit_id = t.id and d.resolved_at is null
      returning d.project_id, d.id, d.second_audit_id
    ), freed as (
      update double_audits d set second_audit_id = null, second_auditor_id = null, version = d.version + 1, updated_at = ${at(now)}
      from target t join audits p on p.project_id = t.project_id and p.id = t.of_audit_id and p.state = 'DOUBLE_PENDING'
      where t.role = 'SECOND' and d.project_id = t.project_id and d.second_audit_id = t.id and d.resolved_at is null
        and not exists (select from target o where o.project_id = p.project_id and o.id = p.id)
    ), unfinished as (
      select a.* from doubles d join audits a on a.project_id = d.project_id and a.id = d.second_audit_id and a.state in ('DRAFT', 'REVEALED')
      where not exists (select from target t where t.project_id = a.project_id and t.id = a.id) for update of a
    ), seconds as (
      update audits a set state = 'VOIDED', void_reason = ${reason}, version = a.version + 1, updated_at = ${at(now)}
      from unfinished u where a.project_id = u.project_id and a.id = u.id
    )
    select (select coalesce(jsonb_agg(jsonb_build_object('projectId', project_id, 'id', id)), '[]') from doubles) as doubles,
      (select coalesce(jsonb_agg(jsonb_build_object('projectId', project_id, 'id', id, 'layer', layer, 'auditorId', auditor_id,
        'vendorId', vendor_id, 'teamId', team_id, 'labelerId', labeler_id, 'state', state)), '[]') from unfinished) as seconds,
      (select coalesce(jsonb_agg(jsonb_build_object('auditId', t.id, 'outcome', v.outcome, 'score', v.score) order by t.id), '[]')
        from target t cross join lateral (select * from verdicts v where v.project_id = t.project_id and v.audit_id = t.id order by v.number desc limit 1) v
        where t.role = 'PRIMARY' and t.published_at is not null) as counted`);
  return ended!;
}
