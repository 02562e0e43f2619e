import { type SQL, sql } from "drizzle-orm";
import { idFloor } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { type Look, showing, type Sighting, type Watching } from "./rules.ts";

const AUDITED = ["audit.published", "audit.correctVerdict", "audit.adjudicated"];
const DAY_MS = 86_400_000;

// Subjects of events of these types in the stretch, each once.
function subjectsOf({ projectId }: Watching, { since, until }: Look, types: readonly string[]): SQL {
  return sql`(select distinct e.subject_id as id from events e where e.project_id = ${projectId} and e.id >= ${idFloor(since)}::uuid and e.id < ${idFloor(until)}::uuid
    and e.type = any (${array(types, "text")}))`;
}

// Rows that lie where the rule looks; `t` names their table, whose columns are facts of a decision.
function within({ queueIds, market, vendorId, policyId }: Watching, t: string): SQL {
  const column = (name: string) => sql.raw(`${t}.${name}`);
  return sql`(${queueIds.length === 0} or ${column("queue_id")} = any (${array(queueIds, "uuid")})) and (${market}::text is null or ${column("market")} = ${market})
    and (${vendorId}::uuid is null or ${column("vendor_id")} = ${vendorId}) and (${policyId}::uuid is null or ${column("policy_id")} = ${policyId})`;
}

// What the rule has not linked to an escalation yet.
const unlinked = (ruleId: string, t: string, column = "id") => sql`not exists (select from escalations x join escalation_links l on l.project_id = x.project_id and l.escalation_id = x.id
  where x.project_id = ${sql.raw(`${t}.project_id`)} and x.rule_id = ${ruleId} and l.subject_id = ${sql.raw(`${t}.${column}`)})`;

const idsIn = (text: unknown): string[] => (text ? String(text).split(",") : []);

interface Cluster extends Record<string, unknown> {
  queueId: string;
  vendorId: string;
  n: number;
  ids: string;
}

const audited = ({ queueId, vendorId, n, ids }: Cluster): Sighting =>
  ({ scope: { queueIds: [queueId], vendorId }, n, ...showing("Audit", idsIn(ids), { audits: n }) });

/** Published audits with a critical error or failed criterion, as CRITICAL_ERROR_RATE counts them, by queue and vendor; those that the rule has seen are left out. */
export async function listCriticalErrors(db: Db, rule: Watching, look: Look): Promise<Sighting[]> {
  const rows = await db.execute<Cluster>(sql`/* criticalErrors */ select a.queue_id as "queueId", a.vendor_id as "vendorId", count(*)::int as n,
      string_agg(a.id::text, ',' order by a.id) as ids
    from ${subjectsOf(rule, look, AUDITED)} s join audits a on a.project_id = ${rule.projectId} and a.id = s.id
    join lateral (select v.id, v.severity from verdicts v where v.project_id = a.project_id and v.audit_id = a.id order by v.number desc limit 1) v
      on v.severity = 'CRITICAL' or exists (select from findings f where f.project_id = a.project_id and f.verdict_id = v.id and f.result = 'FAIL' and f.severity = 'CRITICAL'
        and f.criterion_id not in (select bonus_criteria()))
    where a.state in ('PUBLISHED', 'ACKNOWLEDGED', 'APPEALED', 'FINAL') and ${within(rule, "a")} and ${unlinked(rule.id, "a")} group by 1, 2`);
  return rows.map(audited);
}

/** Error codes that one labeler or team got as often as the rule says within its days, and got again since it looked last. */
export async function listRepeats(db: Db, rule: Watching, look: Look): Promise<Sighting[]> {
  const { count, countedBy, days } = rule.parameters;
  const by = sql.raw(countedBy === "TEAM" ? "a.team_id" : "a.labeler_id");
  const from = new Date(look.until.getTime() - days! * DAY_MS);
  const rows = await db.execute<Cluster & { of: string; errorCodeId: string }>(sql`/* repeatedErrors */
    with failed as (
      select a.project_id, a.id, ${by} as of, a.queue_id, a.vendor_id, f.error_code_id, a.published_at from audits a
      join lateral (select v.id from verdicts v where v.project_id = a.project_id and v.audit_id = a.id order by v.number desc limit 1) v on true
      join findings f on f.project_id = a.project_id and f.verdict_id = v.id and f.result = 'FAIL' and f.error_code_id is not null
        and f.criterion_id not in (select bonus_criteria())
      where a.project_id = ${rule.projectId} and a.decided_at >= ${from.toISOString()}::timestamptz - interval '30 days' and a.published_at >= ${from.toISOString()}::timestamptz
        and a.published_at < ${look.until.toISOString()}::timestamptz and a.state in ('PUBLISHED', 'ACKNOWLEDGED', 'APPEALED', 'FINAL') and ${by} is not null and ${within(rule, "a")})
    select of::text, error_code_id::text as "errorCodeId", (array_agg(vendor_id))[1]::text as "vendorId", (array_agg(queue_id order by published_at desc))[1]::text as "queueId",
      count(distinct id)::int as n, string_agg(distinct id::text, ',') as ids
    from failed group by of, error_code_id having count(distinct id) >= ${count!} and bool_or(id in (select s.id from ${subjectsOf(rule, look, AUDITED)} s))`);
  return rows.map((row) => ({
    ...audited(row), scope: { vendorId: row.vendorId, errorCodeId: row.errorCodeId }, of: row.of,
    ...showing("Audit", idsIn(row.ids), { audits: row.n, days, [countedBy === "TEAM" ? "teamId" : "labelerId"]: row.of }),
  }));
}

/** Lots that were rejected, by queue and vendor. */
export async function listRejectedLots(db: Db, rule: Watching, look: Look): Promise<Sighting[]> {
  const rows = await db.execute<Cluster>(sql`/* rejectedLots */ select l.queue_id as "queueId", l.vendor_id as "vendorId", count(*)::int as n, string_agg(l.id::text, ',' order by l.id) as ids
    from ${subjectsOf(rule, look, ["lot.rejected"])} s join lots l on l.project_id = ${rule.projectId} and l.id = s.id
    join queues q on q.project_id = l.project_id and q.id = l.queue_id and (${rule.market}::text is null or q.market = ${rule.market})
    where (${rule.queueIds.length === 0} or l.queue_id = any (${array(rule.queueIds, "uuid")})) and (${rule.vendorId}::uuid is null or l.vendor_id = ${rule.vendorId})
      and ${unlinked(rule.id, "l")} group by 1, 2`);
  return rows.map((row) => ({ ...audited(row), ...showing("Lot", idsIn(row.ids), { lots: row.n }) }));
}

// What clocks are about that can be linked; of what can't, each is a matter of its own.
const LINKED = ["Appeal", "PolicyQuestion"] as const;

/** Clocks that passed a share of their time and run on, by kind and vendor; 100 is a breach. Clocks of escalations raise none of their own. */
export async function listPassedClocks(db: Db, rule: Watching, look: Look, percent: number): Promise<Sighting[]> {
  const rows = await db.execute<{ kind: string; vendorId: string | null; type: (typeof LINKED)[number] | string; alone: string | null; n: number; ids: string }>(sql`/* passedClocks */
    select c.kind, c.vendor_id::text as "vendorId", c.subject_type as type, case when c.subject_type = any (${array(LINKED, "text")}) then null else c.subject_id::text end as alone,
      count(*)::int as n, string_agg(c.subject_id::text, ',' order by c.subject_id) as ids
    from ${subjectsOf(rule, look, ["sla.threshold"])} s join sla_clocks c on c.project_id = ${rule.projectId} and c.id = s.id
    where c.told_percent >= ${percent} and c.stopped_at is null and c.voided_at is null and c.subject_type <> 'Escalation'
      and (${rule.queueIds.length === 0} or c.queue_id = any (${array(rule.queueIds, "uuid")})) and (${rule.vendorId}::uuid is null or c.vendor_id = ${rule.vendorId})
      and (${rule.market}::text is null or c.market = ${rule.market}) and ${unlinked(rule.id, "c", "subject_id")} group by 1, 2, 3, 4`);
  return rows.map(({ kind, vendorId, type, alone, n, ids }) => ({
    scope: { vendorId, queueIds: rule.queueIds }, of: alone ? `${kind} ${alone}` : kind, n,
    ...showing(type as (typeof LINKED)[number], alone ? [] : idsIn(ids), { clocks: n, kind, percent }),
  }));
}

/** Appeals of the client's audits that tiers ruled on in the stretch, and how many of them overturned the audit, wholly or in part, as OVERTURN_RATE counts them; by what the rule watches. */
export async function countRulings(db: Db, rule: Watching, { since, until }: Look): Promise<{ key: string | null; n: number; overturned: number }[]> {
  const by = { PROJECT: "null::text", QUEUE: "a.queue_id::text", MARKET: "a.market", VENDOR: "a.vendor_id::text" }[rule.parameters.watchedBy!];
  return db.execute<{ key: string | null; n: number; overturned: number }>(sql`/* overturns */ select ${sql.raw(by)} as key, count(*)::int as n,
      count(*) filter (where a.outcome in ('AUDIT_OVERTURNED', 'AUDIT_PARTIALLY_OVERTURNED'))::int as overturned
    from appeals a where a.project_id = ${rule.projectId} and a.ruled_at >= ${since.toISOString()}::timestamptz and a.ruled_at < ${until.toISOString()}::timestamptz
      and a.outcome is not null and a.layer = 'CLIENT' and a.state not in ('WITHDRAWN', 'INVALID') and ${within(rule, "a")} group by 1`);
}

/** By labeler, whether the newest decisions on golden items were right, as GOLDEN_ACCURACY has it, the newest first, at most so many. */
export async function listGoldenAnswers(db: Db, rule: Watching, { since, until }: Look, { least, most }: { least: number; most: number }) {
  const rows = await db.execute<{ labelerId: string; vendorId: string; queueId: string; hits: string }>(sql`/* goldenAnswers */
    select labeler_id::text as "labelerId", (array_agg(vendor_id order by decided_at desc))[1]::text as "vendorId", (array_agg(queue_id order by decided_at desc))[1]::text as "queueId",
      string_agg(case when is_hit then '1' else '0' end, '' order by decided_at desc, id desc) as hits
    from (select f.*, row_number() over (partition by f.labeler_id order by f.decided_at desc, f.id desc) as place from (
      select distinct on (f.id) f.*, f.policy_id = g.truth_policy_id and coalesce(f.action = g.truth_action, g.truth_action is null) as is_hit
      from golden_items g join decisions f on f.project_id = g.project_id and f.content_hash = g.content_hash and f.id >= ${idFloor(since)}::uuid and f.id < ${idFloor(until)}::uuid
        and f.decided_at >= g.active_from and f.decided_at < coalesce(g.active_to, case g.status when 'ACTIVE' then 'infinity'::timestamptz end)
      where g.project_id = ${rule.projectId} and ${within(rule, "f")} order by f.id, g.active_from desc, g.id desc) f) d
    where place <= ${most} group by labeler_id having count(*) >= ${least}`);
  return rows.map(({ hits, ...row }) => ({ ...row, hits: [...hits].map((each) => each === "1") }));
}

/** Versions of the project's policies that took effect in the stretch, the newest first. */
export async function listNewVersions(db: Db, rule: Watching, { since, until }: Look): Promise<{ id: string; policyId: string; market: string | null }[]> {
  return db.execute<{ id: string; policyId: string; market: string | null }>(sql`/* newVersions */ select v.id, v.policy_id as "policyId", v.market from policy_versions v
    join project_policies p on p.policy_id = v.policy_id and p.project_id = ${rule.projectId}
    where v.effective_from >= ${since.toISOString()}::timestamptz and v.effective_from < ${until.toISOString()}::timestamptz and v.state in ('EFFECTIVE', 'SUPERSEDED')
      and (${rule.policyId}::uuid is null or v.policy_id = ${rule.policyId}) and (${rule.market}::text is null or v.market is null or v.market = ${rule.market})
    order by v.effective_from desc limit 20`);
}
