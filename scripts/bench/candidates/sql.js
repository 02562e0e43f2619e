// Hand-written SQL of the workloads, shared by the servers that use it. Every text reads the benchmark's tables as they are.
const AUDIT = `a.id, a.version, a.state, a.content_ref as "contentRef", a.modality, a.language, a.submitted_at as "submittedAt", a.published_at as "publishedAt",
  a.created_at as "createdAt", a.updated_at as "updatedAt"`;

export const PROJECTS = "select id, code, name from projects where code <> '' order by id limit $1";
export const QUEUES = `select q.* from unnest($1::uuid[]) k (id) cross join lateral (
  select project_id as "projectId", id, code, market from queues where project_id = k.id order by id limit $2) q`;
export const LATEST = `select k.id as "queueId", a.* from unnest($1::uuid[], $2::uuid[]) k (project_id, id) cross join lateral (
  select ${AUDIT}, a.decided_at as "decidedAt", l.pseudonym, p.code as "policyCode" from (
    select * from audits where project_id = k.project_id and queue_id = k.id order by id desc limit $3) a
  join labelers l on l.id = a.labeler_id join policies p on p.id = a.policy_id order by a.id desc) a`;
export const BARE_LATEST = `select k.id as "queueId", a.* from unnest($1::uuid[], $2::uuid[]) k (project_id, id) cross join lateral (
  select ${AUDIT}, a.decided_at as "decidedAt", a.labeler_id as "labelerId", a.policy_id as "policyId"
  from audits a where a.project_id = k.project_id and a.queue_id = k.id order by a.id desc limit $3) a`;
export const FLAT = `select ${AUDIT} from audits a where a.project_id = $1 order by a.id desc limit $2`;
export const NODE = `select ${AUDIT} from audits a where a.project_id = $1 and a.id = $2`;
export const LABELERS = "select id, pseudonym from labelers where id = any ($1)";
export const POLICIES = "select id, code from policies where id = any ($1)";
const byLabeler = (audits) => `select l.pseudonym, f.n, f.right, f.weight from (
    select f.labeler_id, count(*)::int as n, (count(*) filter (where f.is_correct))::int as right, sum(s.frame_size::float8 / s.sample_size) as weight
    from (${audits}) f join strata s on s.project_id = f.project_id and s.id = f.stratum_id group by 1) f
  join labelers l on l.id = f.labeler_id order by l.pseudonym`;
export const QUALITY = byLabeler(`select labeler_id, project_id, stratum_id, is_correct from audit_facts
    where project_id = $1 and queue_id = $2 and layer = 'CLIENT' and purpose in ('RANDOM', 'RISK') and not is_process_error and decision_id >= $3 and decision_id < $4`);
export const QUALITY_OF_RECORD = byLabeler(`select a.labeler_id, a.project_id, a.stratum_id, v.outcome = 'CORRECT' as is_correct
    from audits a cross join lateral (select outcome, attribution from verdicts where project_id = a.project_id and audit_id = a.id order by number desc limit 1) v
    where a.project_id = $1 and a.queue_id = $2 and a.decided_at >= $3 and a.decided_at < $4 and a.role = 'PRIMARY' and a.layer = 'CLIENT'
      and a.purpose in ('RANDOM', 'RISK') and a.state in ('PUBLISHED', 'ACKNOWLEDGED', 'APPEALED', 'FINAL') and v.attribution is distinct from 'PROCESS'`);

/** The least id of a decision at that time: ids begin with it, and the index of facts goes by them. */
export const idFloor = (time) => `${Date.parse(time).toString(16).padStart(12, "0")}${"0".repeat(20)}`;

const Z = 1.959963984540054;

/** Wilson's interval for a sample of a finite frame (metrics.md 3). */
export function wilson(right, n, frame) {
  const p = right / n;
  if (n >= frame) return { low: p, high: p };
  const m = (n * (frame - 1)) / (frame - n);
  const centre = (p + Z ** 2 / (2 * m)) / (1 + Z ** 2 / m);
  const half = (Z / (1 + Z ** 2 / m)) * Math.sqrt((p * (1 - p)) / m + Z ** 2 / (4 * m ** 2));
  return { low: right === 0 ? 0 : Math.max(0, centre - half), high: right === n ? 1 : Math.min(1, centre + half) };
}

/** One labeler's figure from a row of QUALITY. */
export const figureOf = ({ pseudonym, n, right, weight }) => ({ labeler: pseudonym, value: right / n, n, interval: wilson(right, n, weight) });
