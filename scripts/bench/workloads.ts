import { encodeId, readId } from "../../src/core/ids.ts";
import type { Contestant } from "./contestants.ts";
import { type Shot, shotOf } from "./load.ts";

/** What is asked about: the viewer's projects, the queues of one of them, some of its audits. */
export interface Subjects {
  token: string;
  projectIds: string[];
  queueIds: string[];
  auditIds: string[];
  from: Date;
  to: Date;
}

/**
 * `quality`: PostGraphile and Mercurius read the tables of record, as all do who have no engine of figures. `on facts`: they read the facts that ours
 * keeps, and how much that is worth shows. The others are the same in both: floor and stock server read our facts.
 */
export const WORKLOADS = ["nested", "flat", "node", "quality", "on facts"] as const;
export type Workload = (typeof WORKLOADS)[number];

const SCALARS = "version state contentRef modality language submittedAt publishedAt createdAt updatedAt";

const quality = (field: string) =>
  `query ($projectId: ID!, $queueId: ID!, $from: ID!, $to: ID!) { ${field}(projectId: $projectId, queueId: $queueId, from: $from, to: $to) { labeler value n interval { low high } } }`;

const GENERIC: Record<Workload, string> = {
  nested: `query ($first: Int!) { projects(first: $first) { code name queues { code market audits { id ${SCALARS} decidedAt labeler { pseudonym } policy { code } } } } }`,
  flat: `query ($projectId: ID!) { audits(projectId: $projectId, first: 100) { id ${SCALARS} } }`,
  node: `query ($projectId: ID!, $id: ID!) { audit(projectId: $projectId, id: $id) { id ${SCALARS} } }`,
  quality: quality("quality"),
  "on facts": quality("quality"),
};

const MERCURIUS = { ...GENERIC, quality: quality("qualityOfRecord") };

const LATEST = "orderBy: { field: ID, direction: DESC }";
const ASSAY_QUALITY = `query ($projectId: ID!, $queueId: ID!, $from: Date!, $to: Date!) {
  metrics(projects: [$projectId], measures: [ACCURACY], groupBy: [LABELER], filter: { queueIds: [$queueId] }, range: { from: $from, to: $to, timeZone: "UTC" }) {
    rows { labeler { pseudonym } values { value n interval { low high } } } } }`;

const ASSAY: Record<Workload, string> = {
  nested: `query ($first: Int!) { projects(first: $first) { nodes { code name queues(first: 5) { nodes { code market { code }
    audits(first: 10, ${LATEST}) { nodes { id ${SCALARS} decidedAt labeler { pseudonym } policy { code } } } } } } } }`,
  flat: `query ($projectId: ID!) { audits(first: 100, filter: { projectIds: [$projectId] }, ${LATEST}) { nodes { id ${SCALARS} } } }`,
  node: `query ($id: ID!) { node(id: $id) { ... on Audit { id ${SCALARS} } } }`,
  quality: ASSAY_QUALITY,
  "on facts": ASSAY_QUALITY,
};

const graphileQuality = (name: string) => `query ($projectId: UUID!, $queueId: UUID!, $from: Datetime!, $to: Datetime!) {
    ${name}(project: $projectId, queue: $queueId, since: $from, until: $to) { nodes { labeler value n low high } } }`;

const GRAPHILE: Record<Workload, string> = {
  nested: `query ($first: Int!) { allProjects(first: $first, condition: { version: 1 }, orderBy: [ROW_ID_ASC]) { nodes { code name
    queuesByProjectId(first: 5, orderBy: [PRIMARY_KEY_ASC]) { nodes { code market
      auditsOfQueue(first: 10, orderBy: [PRIMARY_KEY_DESC]) { nodes { rowId ${SCALARS} decidedAt labeler { pseudonym } policy { code } } } } } } } }`,
  flat: `query ($projectId: UUID!) { allAudits(first: 100, condition: { projectId: $projectId }, orderBy: [PRIMARY_KEY_DESC]) { nodes { rowId ${SCALARS} } } }`,
  node: `query ($projectId: UUID!, $id: UUID!) { auditByProjectIdAndRowId(projectId: $projectId, rowId: $id) { rowId ${SCALARS} } }`,
  quality: graphileQuality("benchQualityOfRecord"),
  "on facts": graphileQuality("benchQualityOnFacts"),
};

// A decision's id begins with its time, which the index of facts goes by.
const idFloorOf = (time: string) => `(lpad(to_hex((extract(epoch from ${time}) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid`;

const qualityFunction = (name: string, audits: string) => `create or replace function ${name}(project uuid, queue uuid, since timestamptz, until timestamptz)
    returns table (labeler text, value float8, n integer, low float8, high float8) language sql stable as $$
      select pseudonym, p, c.n, case when p = 0 then 0 when c.n >= frame then p else greatest(0, centre - half) end, case when p = 1 then 1 when c.n >= frame then p else least(1, centre + half) end
      from (select b.*, (p + zz / (2 * m)) / (1 + zz / m) as centre, sqrt(zz) / (1 + zz / m) * sqrt(p * (1 - p) / m + zz / (4 * m * m)) as half
        from (select a.*, a.hits::float8 / a.n as p, case when a.n < frame then a.n * (frame - 1) / (frame - a.n) else 1 end as m, 1.959963984540054 ^ 2 as zz
          from (select l.pseudonym, count(*)::integer as n, count(*) filter (where f.is_correct) as hits, sum(s.frame_size::float8 / s.sample_size) as frame
            from (${audits}) f join strata s on s.project_id = f.project_id and s.id = f.stratum_id join labelers l on l.id = f.labeler_id group by 1) a) b) c
      order by 1 $$`;

/**
 * The relations and the functions that PostGraphile needs: no foreign key says them, since the decision's hold already. And statistics: the server
 * takes projects and queues for independent, expects six audits of a queue where there are hundreds, and sorts them all for the latest ten.
 */
export const GRAPHILE_SQL: readonly string[] = [
  // The reserved project is nobody's, but a superuser sees it.
  "update projects set version = 0 where code = ''",
  `comment on table audits is E'@foreignKey (project_id, queue_id) references queues (project_id, id)|@fieldName queue|@foreignFieldName auditsOfQueue\n@foreignKey (labeler_id) references labelers (id)|@fieldName labeler\n@foreignKey (policy_id) references policies (id)|@fieldName policy'`,
  "create index if not exists bench_audits_of_queue on audits (project_id, queue_id, decided_at) include (id, labeler_id, stratum_id, role, layer, purpose, state)",
  "create statistics if not exists bench_places (dependencies) on project_id, queue_id from audits",
  "vacuum (analyze) audits",
  qualityFunction("bench_quality_of_record", `select a.labeler_id, a.project_id, a.stratum_id, v.outcome = 'CORRECT' as is_correct
    from audits a cross join lateral (select outcome, attribution from verdicts where project_id = a.project_id and audit_id = a.id order by number desc limit 1) v
    where a.project_id = project and a.queue_id = queue and a.decided_at >= since and a.decided_at < until and a.role = 'PRIMARY' and a.layer = 'CLIENT'
      and a.purpose in ('RANDOM', 'RISK') and a.state in ('PUBLISHED', 'ACKNOWLEDGED', 'APPEALED', 'FINAL') and v.attribution is distinct from 'PROCESS'`),
  qualityFunction("bench_quality_on_facts", `select labeler_id, project_id, stratum_id, is_correct from audit_facts
    where project_id = project and queue_id = queue and layer = 'CLIENT' and purpose in ('RANDOM', 'RISK') and not is_process_error
      and decision_id >= ${idFloorOf("since")} and decision_id < ${idFloorOf("until")}`),
  "grant execute on function bench_quality_of_record, bench_quality_on_facts to public",
];

const CYCLE = 50;
const cycle = <T>(items: readonly T[], make: (item: T, index: number) => Shot) => Array.from({ length: CYCLE }, (_, i) => make(items[i % items.length]!, i));

/** The requests of a workload in a contestant's own words, to be sent in turn. */
export function shotsOf(contestant: Contestant, workload: Workload, subjects: Subjects): Shot[] {
  const { token, projectIds, queueIds, auditIds, from, to } = subjects;
  const project = projectIds[0]!;
  const isAssay = contestant === "assay";
  const isGraphile = contestant.startsWith("postgraphile");
  const id = (type: string, projectId: string | null, own: string) => (isAssay ? encodeId(type, { projectId, id: own }) : own);
  const time = (at: Date) => (isAssay ? at.toISOString().slice(0, 10) : at.toISOString());
  const query = (isAssay ? ASSAY : isGraphile ? GRAPHILE : contestant === "mercurius" ? MERCURIUS : GENERIC)[workload];
  const path = contestant === "floor" ? "/" : "/graphql";
  const headers: Record<string, string> = isAssay ? { authorization: `Bearer ${token}` } : {};
  const shot = (variables: object) => shotOf(path, contestant === "floor" ? { workload: workload === "on facts" ? "quality" : workload, ...variables } : { query, variables }, headers);
  const floor = contestant === "floor" ? { projects: projectIds.length, queues: 5, audits: 10 } : {};
  switch (workload) {
    case "nested":
      return [shot({ first: projectIds.length, ...floor })];
    case "flat":
      return cycle(projectIds, (each) => shot({ projectId: id("Project", null, each), ...(contestant === "floor" ? { first: 100 } : {}) }));
    case "node":
      return cycle(auditIds, (each) => shot({ ...(isAssay ? {} : { projectId: project }), id: id("Audit", project, each) }));
    default:
      return cycle(queueIds, (each) => shot({ projectId: id("Project", null, project), queueId: id("Queue", project, each), from: time(from), to: time(to) }));
  }
}

type Any = any;

// What every contestant says, in one shape: names of one kind, times of one form, ids as rows have them.
function plain(value: Any): Any {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  if (value.nodes) return plain(value.nodes);
  const { rowId, market, queuesByProjectId, auditsOfQueue, values, low, high, ...rest } = value;
  const shown: Any = {
    ...rest, ...(rowId ? { id: rowId } : {}), ...(market ? { market: market.code ?? market } : {}),
    ...(queuesByProjectId ? { queues: queuesByProjectId } : {}), ...(auditsOfQueue ? { audits: auditsOfQueue } : {}),
    ...(values ? { ...values[0], labeler: rest.labeler.pseudonym } : {}), ...(low === undefined || high === undefined ? {} : values === undefined && rest.n !== undefined ? { interval: { low, high } } : { low, high }),
  };
  const entries = Object.entries(shown).map(([name, each]) => {
    if (name === "id") return [name, readId(each as string)?.key.id ?? each];
    if (name.endsWith("At")) return [name, each === null ? null : new Date(each as string).getTime()];
    return [name, typeof each === "number" ? Number(each.toPrecision(12)) : plain(each)];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An answer in the one shape that all share; throws if it has errors. */
export function meaningOf(text: string): string {
  const answer = JSON.parse(text);
  if (answer.errors) throw new Error(JSON.stringify(answer.errors).slice(0, 500));
  const data = answer.data ? (Object.values(answer.data)[0] as Any) : answer;
  const meaning = plain(data.rows ?? data);
  const isFigures = Array.isArray(meaning) && meaning[0]?.interval;
  return JSON.stringify(isFigures ? meaning.sort((a: Any, b: Any) => (a.labeler < b.labeler ? -1 : 1)) : meaning);
}
