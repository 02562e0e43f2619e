import { sql } from "drizzle-orm";
import { idFloor, type ProjectKey } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import { at } from "../db/times.ts";
import type { AdjustmentReason, PeriodKind } from "./rules.ts";

/** A change of a published audit's figures, with an id for a line of each kind of period. */
export interface Adjustment {
  ids: Record<PeriodKind, string>;
  projectId: string;
  auditId: string;
  verdictId: string | null;
  labelerId: string;
  vendorId: string;
  teamId: string | null;
  auditorId: string;
  decidedAt: Date;
  reason: AdjustmentReason;
  correctDelta: number;
  scoreDelta: number | null;
}

/**
 * Writes a line for each change and closed period that its decision lies in, in one statement; none where the closing did not know the
 * audit as published, whose figures hold nothing of it. Periods are locked against closing whatever their state, so that one that is being
 * closed is seen as closed.
 */
export async function insertAdjustments(db: Db, changes: readonly Adjustment[], now: Date): Promise<void> {
  await db.execute(sql`/* noteAdjustments */
    with change as materialized (
      select c.*, (c."decidedAt" at time zone p.time_zone)::date as day
      from jsonb_to_recordset(${JSON.stringify(changes)}::text::jsonb) as c (ids jsonb, "projectId" uuid, "auditId" uuid, "verdictId" uuid,
        "labelerId" uuid, "vendorId" uuid, "teamId" uuid, "auditorId" uuid, "decidedAt" timestamptz, reason text, "correctDelta" numeric,
        "scoreDelta" numeric)
      join projects p on p.id = c."projectId"
    ), touched as materialized (
      select p.* from reporting_periods p where p.project_id = any (select "projectId" from change)
        and exists (select from change c where c."projectId" = p.project_id and c.day >= p."from" and c.day < p."to")
      order by p.project_id, p.id for share of p
    )
    insert into score_adjustments (project_id, id, period_id, audit_id, verdict_id, labeler_id, vendor_id, team_id, auditor_id, reason, correct_delta,
      score_delta, recorded_at)
    select c."projectId", (c.ids->>t.kind)::uuid, t.id, c."auditId", c."verdictId", c."labelerId", c."vendorId", c."teamId", c."auditorId", c.reason,
      c."correctDelta", c."scoreDelta", ${at(now)}
    from change c join touched t on t.project_id = c."projectId" and c.day >= t."from" and c.day < t."to" and t.state = 'CLOSED'
    join audits a on a.project_id = c."projectId" and a.id = c."auditId" and a.published_at <= t.closed_at and a.created_at <= t.closed_at`);
}

/**
 * Writes a line for each audit of a period, published by a time, whose figures changed after it: by later verdicts than those of its
 * publication, or since it was voided. Ids are made from the time of the change.
 */
export async function insertSince(db: Db, { projectId, id }: ProjectKey, { from, to }: { from: Date; to: Date }, since: Date): Promise<void> {
  await db.execute(sql`/* adjustmentsSince */
    with touched as materialized (
      select a.* from audits a where a.project_id = ${projectId} and a.decision_id >= ${idFloor(from)}::uuid and a.decision_id < ${idFloor(to)}::uuid
        and a.role = 'PRIMARY' and a.published_at <= ${at(since)} and a.created_at <= ${at(since)} and a.updated_at > ${at(since)}
    ), changed as (
      select t.*, v.id as verdict_id, v.reason, v.recorded_at, (v.outcome = 'CORRECT')::int - (b.outcome = 'CORRECT')::int as correct_delta,
        v.score - b.score as score_delta
      from touched t
      join verdicts v on v.project_id = t.project_id and v.audit_id = t.id and v.recorded_at > ${at(since)} and v.reason in ('CORRECTION', 'APPEAL')
      join verdicts b on b.project_id = v.project_id and b.audit_id = v.audit_id and b.number = v.number - 1
      union all
      select t.*, null, 'VOID', t.updated_at, -(b.outcome = 'CORRECT')::int, -b.score
      from touched t cross join lateral (
        select * from verdicts v where v.project_id = t.project_id and v.audit_id = t.id order by v.number desc limit 1) b
      where t.state = 'VOIDED'
    )
    insert into score_adjustments (project_id, id, period_id, audit_id, verdict_id, labeler_id, vendor_id, team_id, auditor_id, reason, correct_delta,
      score_delta, recorded_at)
    select project_id, event_id((row_number() over (order by recorded_at, id))::int), ${id}::uuid, id, verdict_id, labeler_id, vendor_id, team_id,
      auditor_id, reason, correct_delta, score_delta, recorded_at
    from changed`);
}
