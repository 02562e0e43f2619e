import { type SQL, sql } from "drizzle-orm";
import { NOTHING_STATES } from "../actions/rules.ts";
import { encodeCursor, type Page } from "../core/pages.ts";
import type { Viewer } from "../core/viewer.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { at } from "../db/times.ts";
import { NO_VIOLATION_ID } from "../policies/rules.ts";
import type { WorkKind } from "./rules.ts";

/** Something that waits for the viewer. */
export interface WorkItem {
  kind: WorkKind;
  /** Null for what belongs to no project, such as policies. */
  projectId: string | null;
  id: string;
  /** Null where nothing says by when. */
  dueAt: Date | null;
}

// What is due never comes last.
const NEVER = "9999-12-31 00:00:00+00";

// Who judged an appealed audit before, as `rulings` has it, rules on no appeal of it.
function hasJudged(me: SQL): SQL {
  const ofAudit = (t: string, column = "audit_id") => sql.raw(`${t}.project_id = p.project_id and ${t}.${column} = p.audit_id`);
  return sql`(exists (select from appeals o join appeal_rulings r on r.project_id = o.project_id and r.appeal_id = o.id where ${ofAudit("o")} and r.adjudicator_id = ${me})
    or exists (select from verdicts v where ${ofAudit("v")} and v.actor_id = ${me} and v.reason in ('ADJUDICATION', 'CORRECTION'))
    or exists (select from double_audits d where ${ofAudit("d", "primary_audit_id")} and ${me} in (d.adjudicator_id, d.second_auditor_id) and d.outcome <> 'EXPIRED')
    or exists (select from audits s where ${ofAudit("s", "of_audit_id")} and s.auditor_id = ${me} and s.role = 'ATA' and s.state = 'SUBMITTED'))`;
}

// What of each kind waits for the viewer, as row security shows it: project, id and when it is due.
function partOf(kind: WorkKind, { principalId, role, vendorId, labelerId, grants }: Viewer): SQL {
  const me = sql`${principalId}::uuid`;
  switch (kind) {
    case "AUDIT":
      return sql`select s.project_id, s.id, s.due_at from samples s where s.assignee_id = ${me} and s.state = 'IN_AUDIT'`;
    case "SECOND_AUDIT":
    case "ATA":
      return sql`select a.project_id, a.id, a.due_at from audits a where a.auditor_id = ${me} and a.state in ('DRAFT', 'REVEALED')
        and a.role = ${kind === "ATA" ? "ATA" : "SECOND"}`;
    case "ADJUDICATION":
      return sql`select d.project_id, d.primary_audit_id, d.due_at from double_audits d join audits a on a.project_id = d.project_id and a.id = d.primary_audit_id
        and a.state = 'ADJUDICATION' where d.resolved_at is null and ${me} not in (d.primary_auditor_id, d.second_auditor_id)`;
    case "APPEAL": {
      const tier = role === "POLICY_MANAGER" ? "L3_ARBITRATION" : vendorId ? "L1_REVIEW" : "L2_REVIEW";
      return sql`select p.project_id, p.id, p.due_at from appeals p where p.state = ${tier} and ${me} not in (p.raised_by_id, p.auditor_id)
        and p.labeler_id <> all (${array(grants.flatMap((grant) => grant.labelerId ?? []), "uuid")}) and not ${hasJudged(me)}
        ${role === "AUDITOR" ? sql`and p.project_id = any ((select adjudicated_projects())::uuid[])` : sql``}`;
    }
    case "APPEAL_REPLY":
      return sql`select p.project_id, p.id, p.due_at from appeals p where p.state = 'RETURNED_FOR_INFO' and p.raised_by_id = ${me}
        and (${labelerId}::uuid is null or p.labeler_id = ${labelerId})`;
    case "ESCALATION":
      return sql`select e.project_id, e.id, e.due_at from escalations e where (e.owner_id = ${me} or (e.state in ('OPEN', 'ROOT_CAUSE_IDENTIFIED') and ${role === "QA_LEAD"}))
        and e.state not in ('WAITING_PARTNER', 'WAITING_POLICY', 'CLOSED', 'DUPLICATE', 'REJECTED', 'CANCELLED')`;
    case "PARTNER_RCA":
      return sql`select e.project_id, e.id, (select min(c.due_at) from sla_clocks c where c.project_id = e.project_id and c.subject_id = e.id
          and c.kind = 'ESCALATION_PARTNER' and c.stopped_at is null and c.voided_at is null) from escalations e
        join rcas r on r.project_id = e.project_id and r.escalation_id = e.id and r.state in ('DRAFT', 'RETURNED') and r.vendor_id = ${vendorId}
        where e.state = 'WAITING_PARTNER'`;
    case "ACTION":
      return sql`select a.project_id, a.id, a.due_at from actions a join escalations e on e.project_id = a.project_id and e.id = a.escalation_id
        where a.owner_id = ${me} and e.state <> all (${array(NOTHING_STATES, "text")})
        and (a.state in ('APPROVED', 'IN_PROGRESS') or (a.state = 'PROPOSED' and a.kind = 'CONTAINMENT' and e.state <> 'CLOSED'))`;
    case "QUESTION":
      return sql`select q.project_id, q.id, case when q.state <> 'GAP_CONFIRMED' then q.due_at end from policy_questions q
        where (q.state = 'ASKED' and q.asked_by_id <> ${me}) or (q.state in ('ASSIGNED', 'GAP_CONFIRMED') and q.assignee_id = ${me})`;
    case "POLICY_VERSION":
      return sql`select null::uuid, v.id, null::timestamptz from policy_versions v where v.state = 'IN_REVIEW' and v.policy_id <> ${NO_VIOLATION_ID}
        and exists (select from project_policies u where u.policy_id = v.policy_id) and (v.author_id is distinct from ${me} or v.policy_id <> all
          ((select policies_of_two(array(select o.policy_id from policy_versions o where o.state = 'IN_REVIEW' and o.author_id = ${me})))::uuid[]))`;
  }
}

/** One page of what waits for the viewer, what is due first before all else, in one statement whatever the kinds; and whether more follow. */
export async function listWork(
  db: Db,
  viewer: Viewer,
  kinds: readonly WorkKind[],
  dueBefore: Date | null,
  { first, after }: Page,
): Promise<{ items: (WorkItem & { cursor: string })[]; hasNextPage: boolean }> {
  if (kinds.length === 0) return { items: [], hasNextPage: false };
  const parts = kinds.map((kind) => sql`select ${kind}::text as kind, w.project_id, w.id, coalesce(w.due_at, ${NEVER}::timestamptz) as due_at
    from (${partOf(kind, viewer)}) w(project_id, id, due_at)`);
  const rows = await db.execute<{ kind: WorkKind; projectId: string | null; id: string; dueAt: string }>(sql`/* work */
    select kind, project_id as "projectId", id, due_at::text as "dueAt" from (${sql.join(parts, sql` union all `)}) w
    where (${dueBefore === null} or due_at < ${at(dueBefore ?? new Date(0))})
      ${after ? sql`and (due_at, id) > (${after.value}::timestamptz, ${after.id}::uuid)` : sql``}
    order by due_at, id limit ${first + 1}`);
  const items = rows.slice(0, first).map(({ dueAt, ...row }) => ({ ...row, dueAt: dueAt === NEVER ? null : new Date(dueAt), cursor: encodeCursor(dueAt, row.id) }));
  return { items, hasNextPage: rows.length > first };
}

/** How much waits for the viewer. */
export async function countWork(db: Db, viewer: Viewer, kinds: readonly WorkKind[], dueBefore: Date | null): Promise<number> {
  if (kinds.length === 0) return 0;
  const parts = kinds.map((kind) => sql`select w.due_at from (${partOf(kind, viewer)}) w(project_id, id, due_at)`);
  const [row] = await db.execute<{ n: number }>(sql`/* workCount */ select count(*)::int as n from (${sql.join(parts, sql` union all `)}) w
    where ${dueBefore === null} or w.due_at < ${at(dueBefore ?? new Date(0))}`);
  return row!.n;
}
