import { sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { keepPlans, planAnew } from "../db/statistics.ts";
import { at } from "../db/times.ts";
import type { NamedPolicy } from "../verdicts/rules.ts";
import type { Audited, Auditor, HistoricAudit, Said } from "./judging.rules.ts";

/** Recordings of audits of a project take turns until the end of the transaction. */
export async function lockHistory(db: Db, projectId: string): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${projectId}, 7361012)) /* lockHistory */`);
}

/** How a row names its decision, by id or by reference, and what was right. */
export interface Asked {
  decisionId: string | null;
  vendorCode: string | null;
  decisionRef: string | null;
  truthPolicyCode: string;
}

type Subject = { decision: Audited | null; truth: NamedPolicy | null };

/**
 * The decision and the true policy that each row names, as far as the viewer sees them. Each decision is one look-up, whatever is known of the
 * table; by `case`, since row security keeps `coalesce` away from indexes.
 */
export async function findSubjects(db: Db, projectId: string, asked: readonly Asked[]): Promise<Subject[]> {
  const text = (field: "vendorCode" | "decisionRef" | "truthPolicyCode") => array(asked.map((row) => row[field]), "text");
  await planAnew(db);
  return [...await db.execute<Subject & Record<string, unknown>>(sql`/* historicDecisions */
    select case when d.id is not null then json_build_object('id', d.id, 'labelerId', d.labeler_id, 'vendorId', d.vendor_id, 'siteId', d.site_id,
        'market', d.market, 'labeled', json_build_object('policyId', l.id, 'isViolating', l.is_violating, 'severity', l.severity, 'action', d.action))
        end as decision,
      case when t.id is not null then json_build_object('id', t.id, 'code', t.code, 'isViolating', t.is_violating, 'isLeaf', t.is_leaf,
        'severity', t.severity) end as truth
    from unnest(${array(asked.map(({ decisionId }) => decisionId), "uuid")}, ${text("vendorCode")}, ${text("decisionRef")}, ${text("truthPolicyCode")})
      with ordinality as n (decision_id, vendor_code, ref, truth_code, place)
    left join vendors v on v.code = n.vendor_code
    left join lateral (
      select r.decision_id from decision_refs r where r.project_id = ${projectId} and r.vendor_id = v.id and r.external_ref = n.ref limit 1
    ) named on n.decision_id is null
    left join lateral (
      select d.* from decisions d
      where d.project_id = ${projectId} and d.id = case when n.decision_id is null then named.decision_id else n.decision_id end limit 1
    ) d on true
    left join policies l on l.id = d.policy_id
    left join (policies t join project_policies u on u.policy_id = t.id and u.project_id = ${projectId}) on t.code = n.truth_code
    order by n.place`)];
}

/** A word for somebody, and the id in it if it is an opaque one. */
export interface AuditorName {
  ref: string;
  id: string | null;
}

/** Who is meant among those who have or had a role in the project, labelers left out; as the system, since clients see no principals. */
export async function findAuditors(db: Db, projectId: string, names: readonly AuditorName[]): Promise<Map<string, Auditor[]>> {
  const asked = sql`unnest(${array(names.map(({ ref }) => ref), "text")}, ${array(names.map(({ id }) => id), "uuid")}) as n (ref, id)`;
  const rows = await db.execute<{ ref: string } & Auditor & Record<string, unknown>>(sql`/* historicAuditors */
    with meant as (
      select n.ref, p.id from ${asked} join principals p on p.id = n.id
      union select n.ref, p.id from ${asked} join principals p on p.subject = n.ref
      union select n.ref, p.id from ${asked} join principals p on lower(p.email) = lower(n.ref)
    )
    select m.ref, m.id, bool_or(g.vendor_id is null) as "isStaff",
      coalesce(json_agg(g.vendor_id) filter (where g.vendor_id is not null), '[]') as "vendorIds",
      array_to_json(array(select l.labeler_id from role_grants l where l.principal_id = m.id and l.labeler_id is not null)) as "labelerIds"
    from meant m
    join role_grants g on g.principal_id = m.id and g.role <> 'LABELER' and (g.project_id = ${projectId} or g.project_id is null)
    group by m.ref, m.id order by m.id`);
  const found = new Map<string, Auditor[]>();
  for (const { ref, ...auditor } of rows) found.set(ref, [...(found.get(ref) ?? []), auditor]);
  return found;
}

/** What was said of those of these audits that are recorded, by id: of a verdict that was corrected since, its first version. */
export async function findSaid(db: Db, projectId: string, ids: readonly string[]): Promise<Map<string, Said>> {
  await planAnew(db);
  const rows = await db.execute<{ id: string } & Said & Record<string, unknown>>(sql`/* recordedHistory */
    select a.id, p.code as "truthPolicyCode", v.truth_action as "truthAction", v.error_type is not distinct from 'TECHNICAL' as "isTechnicalFailure",
      v.cause, a.comment, a.guidance
    from unnest(${array(ids, "uuid")}) as n (id)
    cross join lateral (select * from audits a where a.project_id = ${projectId} and a.id = n.id limit 1) a
    cross join lateral (select * from verdicts v where v.project_id = ${projectId} and v.audit_id = a.id and v.number = 1 limit 1) v
    join policies p on p.id = v.truth_policy_id`);
  return new Map(rows.map(({ id, ...said }) => [id, said]));
}

/** An audit to add, with the end of its window. */
export interface NewAudit extends HistoricAudit {
  windowDueAt: Date;
}

// How each column travels: as an array of its own.
const COLUMNS: readonly [column: string, type: string, value: (audit: NewAudit) => unknown][] = [
  ["id", "uuid", ({ id }) => id],
  ["sample_id", "uuid", ({ sampleId }) => sampleId],
  ["verdict_id", "uuid", ({ verdictId }) => verdictId],
  ["decision_id", "uuid", ({ decisionId }) => decisionId],
  ["auditor_id", "uuid", ({ auditorId }) => auditorId],
  ["layer", "text", ({ layer }) => layer],
  ["submitted_at", "timestamptz", ({ submittedAt }) => submittedAt],
  ["window_due_at", "timestamptz", ({ windowDueAt }) => windowDueAt],
  ["outcome", "text", ({ outcome }) => outcome],
  ["error_type", "text", ({ errorType }) => errorType],
  ["attribution", "text", ({ attribution }) => attribution],
  ["process_reason", "text", ({ processReason }) => processReason],
  ["severity", "text", ({ severity }) => severity],
  ["cause", "text", ({ cause }) => cause],
  ["truth_policy_id", "uuid", ({ truthPolicyId }) => truthPolicyId],
  ["truth_action", "text", ({ truthAction }) => truthAction],
  ["comment", "text", ({ comment }) => comment],
  ["guidance", "text", ({ guidance }) => guidance],
];
const NAMES = sql.raw(COLUMNS.map(([column]) => column).join(", "));
const FACTS = sql.raw("queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at");
const CONTENT = sql.raw("content_ref, content_hash, modality, language");
/**
 * Adds audits with their samples and verdicts, the facts copied from their decisions, in one statement. Nobody drew the samples and nobody
 * waits for them; an audit whose window is over is final, as it would be here.
 */
export async function insertAudits(db: Db, projectId: string, audits: readonly NewAudit[], now: Date): Promise<void> {
  const arrays = COLUMNS.map(([, type, value]) => array(audits.map(value), type));
  await keepPlans(db); // of a dozen key checks a row
  await db.execute(sql`/* insertHistory */
    with incoming as materialized (
      select n.*, ${CONTENT}, ${FACTS}, d.policy_version_id from unnest(${sql.join(arrays, sql`, `)}) as n (${NAMES})
      cross join lateral (select * from decisions d where d.project_id = ${projectId} and d.id = n.decision_id limit 1) d
    ), sampled as (
      insert into samples (project_id, id, decision_id, purpose, layer, draw_order, is_blind, state, assignee_id, due_at, reason, ${CONTENT}, ${FACTS},
        created_at, updated_at)
      select ${projectId}::uuid, sample_id, decision_id, 'TARGETED', layer, 1, false, 'AUDITED', auditor_id, submitted_at, 'Imported', ${CONTENT}, ${FACTS},
        ${at(now)}, ${at(now)} from incoming
    ), audited as (
      insert into audits (project_id, id, sample_id, decision_id, auditor_id, role, layer, purpose, is_blind, state, policy_version_id, revealed_at,
        submitted_at, published_at, window_due_at, is_partner_visible, is_auto_acknowledged, answer_policy_id, answer_action, comment, guidance, ${CONTENT},
        ${FACTS}, created_at, updated_at)
      select ${projectId}::uuid, id, sample_id, decision_id, auditor_id, 'PRIMARY', layer, 'TARGETED', false,
        case when window_due_at <= ${at(now)} then 'FINAL' else 'PUBLISHED' end, policy_version_id, submitted_at, submitted_at, submitted_at,
        window_due_at, true, window_due_at <= ${at(now)}, truth_policy_id, truth_action, comment, guidance, ${CONTENT}, ${FACTS}, ${at(now)}, ${at(now)}
      from incoming
    )
    insert into verdicts (project_id, id, audit_id, decision_id, number, outcome, truth_policy_id, truth_action, error_type, attribution, process_reason,
      severity, cause, reason, is_after_reveal, actor_id, recorded_at, ${FACTS})
    select ${projectId}::uuid, verdict_id, id, decision_id, 1, outcome, truth_policy_id, truth_action, error_type, attribution, process_reason, severity,
      cause, 'INITIAL', true, auditor_id, submitted_at, ${FACTS} from incoming`);
}
