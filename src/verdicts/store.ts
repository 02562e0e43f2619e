import { and, eq, gt, inArray, type SQL, sql } from "drizzle-orm";
import { type AuditRow, audits } from "../audits/table.ts";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Selection } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import { findPagesByParent, type List } from "../db/lists.ts";
import { type PolicyVersionRow, policyVersions } from "../policies/table.ts";
import { effectiveSettings } from "../projects/rules.ts";
import { type ProjectSettings, projects } from "../projects/table.ts";
import { type SampleRow, samples } from "../samples/table.ts";
import type { Basis } from "./findings.rules.ts";
import type { PolicyName } from "./rules.ts";
import { findingEntity, type FindingRow, verdictEntity, type VerdictRow } from "./table.ts";

/** Filter of an audit's verdicts. */
export interface VerdictFilter {
  recordedAfter?: Date | null;
}

export const verdictList: List<VerdictRow, VerdictFilter> = {
  entity: verdictEntity,
  where: (t, filter) => [filter.recordedAfter ? gt(t.recordedAt!, filter.recordedAfter) : undefined],
  orders: { ID: "id", NUMBER: "number" },
};

/** Filter of a verdict's findings. */
export interface FindingFilter {
  results?: FindingRow["result"][] | null;
}

export const findingList: List<FindingRow, FindingFilter> = {
  entity: findingEntity,
  where: (t, filter) => [filter.results ? inArray(t.result!, filter.results) : undefined],
  orders: { ID: "id" },
};

/** The latest verdict of each audit with the relations selected, in one statement for all; null where there is none. */
export async function latestVerdicts(db: Db, selection: Selection, keys: readonly ProjectKey[]): Promise<(VerdictRow | null)[]> {
  const query = { filter: {}, orderBy: "NUMBER", isDescending: true, page: { first: 1, after: null }, selection };
  const slices = await findPagesByParent(db, verdictList, "auditId", query, keys);
  return slices.map(({ rows }) => rows[0] ?? null);
}

const isAudit = ({ projectId, id }: ProjectKey) => and(eq(audits.projectId, projectId), eq(audits.id, id));

/** An audit with what its auditor's verbs need. */
export interface Work {
  audit: AuditRow;
  settings: ProjectSettings;
  /** Where its auditor holds a lease on it: only of first audits, and null where the viewer doesn't see it. */
  sample: Pick<SampleRow, "state" | "assigneeId" | "leaseUntil"> | null;
}

const ofProject = { settings: projects.settings };
const lease = { state: samples.state, assigneeId: samples.assigneeId, leaseUntil: samples.leaseUntil };
const isItsSample = and(eq(samples.projectId, audits.projectId), eq(samples.id, audits.sampleId));

/** A first audit and its sample, locked in the order in which claims lock them; null if the viewer sees not both. */
export async function lockWork(db: Db, key: ProjectKey): Promise<Work | null> {
  const [row] = await db
    .select({ audit: audits, ...ofProject, sample: lease })
    .from(audits)
    .innerJoin(samples, isItsSample)
    .innerJoin(projects, eq(projects.id, audits.projectId))
    .where(and(isAudit(key), eq(audits.role, "PRIMARY")))
    .for("update", { of: [samples, audits] });
  return row ? { ...row, settings: effectiveSettings(row.settings) } : null;
}

/** An audit, locked without its sample; null if absent or hidden. */
export async function lockAlone(db: Db, key: ProjectKey): Promise<Work | null> {
  const [row] = await db
    .select({ audit: audits, ...ofProject, sample: lease })
    .from(audits)
    .innerJoin(projects, eq(projects.id, audits.projectId))
    .leftJoin(samples, and(isItsSample, eq(audits.role, "PRIMARY")))
    .where(isAudit(key))
    .for("update", { of: audits });
  return row ? { ...row, settings: effectiveSettings(row.settings) } : null;
}

/** Audits with their samples as far as the viewer sees these, locked in the order of their keys; absent and hidden ones are left out. */
export async function lockAudits(db: Db, keys: readonly ProjectKey[]): Promise<Pick<Work, "audit" | "sample">[]> {
  const projectIds = array([...new Set(keys.map(({ projectId }) => projectId))], "uuid");
  const isAsked = sql`${audits.projectId} = any (${projectIds}) and ${audits.id} = any (${array(keys.map(({ id }) => id), "uuid")})`;
  return db
    .select({ audit: audits, sample: lease })
    .from(audits)
    .leftJoin(samples, isItsSample)
    .where(isAsked)
    .orderBy(audits.projectId, audits.id)
    .for("update", { of: audits });
}

function policyAs(alias: string): SQL {
  return sql.raw(`case when ${alias}.id is not null then json_build_object('id', ${alias}.id, 'code', ${alias}.code, 'isViolating', ${alias}.is_violating,
    'isLeaf', ${alias}.is_leaf, 'severity', ${alias}.severity) end`);
}

function namedPolicy(alias: string): SQL {
  return sql.raw(`left join lateral (
      select p.* from policies p join project_policies u on u.policy_id = p.id and u.project_id = a.project_id
      where p.id = n.${alias}_id or p.code = n.${alias}_code
    ) ${alias} on true`);
}

/** An audit, and the policies that a truth of it names. */
interface Ask {
  audit: ProjectKey;
  truth: PolicyName | null;
  previous: PolicyName | null;
}

/**
 * What verdicts of audits follow from, in the audits' order: the decision, the policies named, the golden item's truth, and the latest
 * verdict with its findings. One statement for all, as the system: auditors don't see decisions that they must judge blindly.
 */
export async function listBases(db: Db, asks: readonly Ask[]): Promise<Basis[]> {
  const uuids = (values: (string | null | undefined)[]) => array(values.map((value) => value ?? null), "uuid");
  const texts = (values: (string | null | undefined)[]) => array(values.map((value) => value ?? null), "text");
  return [...await db.execute<Basis & Record<string, unknown>>(sql`/* basesOfVerdicts */
    select json_build_object('policyId', a.policy_id, 'isViolating', l.is_violating, 'severity', l.severity,
        'action', (select d.action from decisions d where d.project_id = a.project_id and d.id = a.decision_id)) as labeled,
      ${policyAs("truth")} as truth, ${policyAs("previous")} as previous, s.golden, case when v.id is not null then json_build_object('id', v.id,
        'number', v.number, 'outcome', v.outcome, 'errorType', v.error_type, 'attribution', v.attribution, 'processReason', v.process_reason,
        'isGraceApplied', v.is_grace_applied, 'truthPolicyId', v.truth_policy_id, 'truthAction', v.truth_action, 'truthTags', v.truth_tags,
        'severity', v.severity, 'score', v.score, 'cause', v.cause, 'policySeverity', t.severity) end as before,
      (select coalesce(json_agg(json_build_object('criterionId', f.criterion_id, 'errorCodeId', f.error_code_id, 'result', f.result,
          'severity', f.severity, 'cause', f.cause, 'note', f.note, 'isSeverityRuled', f.is_severity_ruled)), '[]')
        from findings f where f.project_id = a.project_id and f.verdict_id = v.id) as findings
    from unnest(${uuids(asks.map(({ audit }) => audit.projectId))}, ${uuids(asks.map(({ audit }) => audit.id))},
      ${uuids(asks.map(({ truth }) => truth?.id))}, ${texts(asks.map(({ truth }) => truth?.code))},
      ${uuids(asks.map(({ previous }) => previous?.id))}, ${texts(asks.map(({ previous }) => previous?.code))})
      with ordinality as n (project_id, audit_id, truth_id, truth_code, previous_id, previous_code, place)
    join audits a on a.project_id = n.project_id and a.id = n.audit_id
    join policies l on l.id = a.policy_id
    ${namedPolicy("truth")}
    ${namedPolicy("previous")}
    left join lateral (
      select ${policyAs("p")}::jsonb || jsonb_build_object('action', g.truth_action) as golden
      from samples s join golden_items g on g.project_id = s.project_id and g.id = s.golden_item_id join policies p on p.id = g.truth_policy_id
      where s.project_id = a.project_id and s.id = a.sample_id
    ) s on true
    left join lateral (
      select * from verdicts v where v.project_id = a.project_id and v.audit_id = a.id order by v.number desc limit 1
    ) v on true
    left join policies t on t.id = v.truth_policy_id
    order by n.place`)];
}

/** The versions of policies that are or were in force, by policy. */
export async function listVersions(db: Db, policyIds: readonly string[]): Promise<Map<string, PolicyVersionRow[]>> {
  const inForce = inArray(policyVersions.state, ["EFFECTIVE", "SUPERSEDED"]);
  const rows = await db.select().from(policyVersions).where(and(inArray(policyVersions.policyId, [...policyIds]), inForce));
  return new Map(policyIds.map((id) => [id, rows.filter((row) => row.policyId === id)]));
}
