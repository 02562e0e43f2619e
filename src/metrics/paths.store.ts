import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { dayOf } from "../core/time.ts";
import { array, isAmong } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { AXIS_COLUMNS, inReach, isRead } from "../reach/table.ts";
import { type AuditSource, localDay, type Reading, union } from "../reach/sources.table.ts";
import type { ProjectSettings } from "../projects/table.ts";
import { factsOf, violatingOf } from "../rollups/facts.table.ts";
import { type AuditSum, SUMS } from "../rollups/sums.table.ts";
import { auditFacts, type Grain } from "../rollups/table.ts";
import type { TargetScope } from "../targets/rules.ts";
import { type Ground, PATHS, type Step } from "./plan.rules.ts";

/** A project that a figure may be asked of, its quality targets, how its audits are kept, and the database's time, up to which everything committed is seen. */
export interface VisibleProject extends Ground {
  code: string;
  settings: Partial<ProjectSettings>;
  now: Date;
  targets: TargetScope[];
  /** The viewer is blind to some decision, of whatever project. */
  isBlind: boolean;
}

/** The viewer's projects with one of these codes or ids, with the targets of these measures, as of the snapshot of this transaction. */
export async function findProjects(db: Db, codes: readonly string[], ids: readonly string[], measures: readonly string[]): Promise<VisibleProject[]> {
  const rows = await db.execute<Omit<VisibleProject, "now"> & { now: string } & Record<string, unknown>>(sql`/* projectsOfMetrics */
    with asked as materialized (select * from projects p where p.code = any (${array(codes, "text")}) or p.id = any (${array(ids, "uuid")}))
    select p.id as "projectId", p.code, p.time_zone as "timeZone", p.settings, (extract(epoch from now()) * 1000)::bigint as now,
      coalesce((select json_agg(json_build_object(
          'projectId', q.project_id, 'id', q.id, 'measure', q.measure, 'queueId', q.queue_id, 'market', q.market, 'vendorId', q.vendor_id,
          'tenureBucket', q.tenure_bucket, 'value', q.value, 'nMin', q.n_min, 'validFrom', q.valid_from, 'validTo', q.valid_to) order by q.id)
        from quality_targets q where q.project_id = p.id and q.measure = any (${array(measures, "text")})), '[]') as targets,
      coalesce(w.state = 'READY' and w.time_zone = p.time_zone, false) as "isReady", coalesce(w.has_queue_policy, false) as "hasQueuePolicy",
      case when w.state = 'READY' and w.time_zone = p.time_zone then w.facts end as facts, coalesce(t.ids, '[]') as touched,
      cardinality((select blind_decisions())) > 0 as "isBlind"
    from asked p left join rollup_watermarks w on w.project_id = p.id
    left join (select project_id, json_agg(audit_id) as ids from touched_audits(array(select id from asked)) group by project_id) t on t.project_id = p.id`);
  return rows.map((row) => ({ ...row, now: new Date(Number(row.now)) }));
}

const SUM_COLUMNS: readonly string[] = Object.values(SUMS).map(({ column }) => column);
// A sum has the name of the score that it sums, and takes its place.
const FACT_COLUMNS = Object.values(getTableColumns(auditFacts)).flatMap(({ name }) => (SUM_COLUMNS.includes(name) ? [] : name));
// What a cell has of them.
const CELL_COLUMNS = ["project_id", "layer", "purpose", "market", "vendor_id", "run_id", "stratum_id", "is_process_error", "queue_id", "policy_id"];
const ALIKE = sql`null::float8 as inclusion_probability`;
const TOUCHED = sql`f join touched t on t.project_id = f.project_id and t.id = f.audit_id`;

const columns = (names: readonly string[]) => sql.raw(names.map((name) => `f.${name}`).join(", "));

function summed(sums: readonly AuditSum[], read: (sum: (typeof SUMS)[keyof typeof SUMS]) => SQL): SQL {
  return sql.join(sums.map((name) => sql`${read(SUMS[name])} as ${sql.raw(SUMS[name].column)}`), sql`, `);
}

function cellsOf({ reading, reach, period }: Reading, sums: readonly AuditSum[], projectIds: readonly string[], grain: Grain): SQL {
  const [from, to] = [period.from, period.to].map((time) => sql`${dayOf(time, period.timeZone)}::date`);
  return sql`select ${columns(CELL_COLUMNS)}, ${ALIKE}, f.day as local_day, ${summed(sums, ({ column }) => columns([column]))}
    from audit_rollups f where f.grain = ${grain} and ${inReach({ ...reach, projectIds: [...projectIds] })} and f.day >= ${from} and f.day < ${to}
      and ${isAmong(sql`f.layer`, reading.layers, "text")} and f.purpose = any (${array(reading.purposes, "text")})`;
}

/**
 * Audits from where the plan says, as one source. What is folded lacks what has changed since: of touched audits the folded facts are taken
 * away again, and the facts as they are now are added.
 */
export function plannedAudits(read: Reading, sums: readonly AuditSum[], plan: readonly Step[], grounds: readonly Ground[]): AuditSource {
  const { reading, reach, period } = read;
  const idsOn = (isOn: (step: Step) => boolean) => plan.filter(isOn).map(({ projectId }) => projectId);
  const [celled, facts, direct] = PATHS.map((path) => idsOn((step) => step.path === path)) as [string[], string[], string[]];
  const grain = plan.find(({ path }) => path === "ROLLUP")?.grain;
  const folded = [...celled, ...facts];
  const changed = grounds.filter(({ projectId }) => folded.includes(projectId)).flatMap(({ projectId, touched }) => touched.map((id) => ({ projectId, id })));

  const day = localDay(AXIS_COLUMNS[reading.timeAxis], period);
  const factsIn = (from: SQL, projectIds: string[], sign = sql``, where = sql``) => {
    const counts = summed(sums, ({ ofFact }) => sql`${sign}${ofFact}`);
    return sql`select ${columns(FACT_COLUMNS)}, ${day} as local_day, ${counts} from ${from} where ${isRead(reading, { ...reach, projectIds }, period)}${where}`;
  };
  const parts = [
    ...(grain ? [cellsOf(read, sums, celled, grain)] : []),
    ...(celled.length > 0 ? [factsIn(sql`audit_facts f`, celled, sql``, sql` and f.inclusion_probability is not null`)] : []),
    ...(facts.length > 0 ? [factsIn(sql`audit_facts f`, facts)] : []),
    ...(changed.length > 0 ? [
      factsIn(sql`audit_facts ${TOUCHED}`, folded, sql`-`),
      factsIn(sql`(${factsOf(reading, sql`(a.project_id, a.id) in (select project_id, id from touched)`)}) f`, folded),
    ] : []),
    ...(direct.length > 0 ? [factsIn(sql`(${factsOf(reading, sql`true`)}) f`, direct)] : []),
  ];
  const pairs = sql`${array(changed.map(({ projectId }) => projectId), "uuid")}, ${array(changed.map(({ id }) => id), "uuid")}`;
  const ctes = [
    ...(changed.length > 0 || direct.length > 0 ? [violatingOf(reach.projectIds!)] : []),
    ...(changed.length > 0 ? [sql`touched as materialized (select * from unnest(${pairs}) as t (project_id, id))`] : []),
  ];
  return { ctes, parts, day: sql`f.local_day`, isSigned: changed.length > 0 };
}

/** How many rows of a source the database expects to read, by its statistics. */
export async function estimateRows(db: Db, { ctes, parts }: Pick<AuditSource, "ctes" | "parts">): Promise<number> {
  const rows = union(parts.map((part) => sql`select from (${part}) f`));
  const [row] = await db.execute<{ "QUERY PLAN": [{ Plan: { "Plan Rows": number } }] }>(sql`/* rowsToRead */
    explain (format json) ${ctes.length > 0 ? sql`with ${sql.join([...ctes], sql`, `)} ` : sql``}${rows}`);
  return row!["QUERY PLAN"][0].Plan["Plan Rows"];
}
