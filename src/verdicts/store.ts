import { and, eq, gt, inArray, type SQL, sql } from "drizzle-orm";
import { type AuditRow, audits } from "../audits/table.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Selection } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import { findPagesByParent, type List } from "../db/lists.ts";
import { type PolicyVersionRow, policyVersions } from "../policies/table.ts";
import { effectiveSettings } from "../projects/rules.ts";
import { type ProjectSettings, projects } from "../projects/table.ts";
import { type SampleRow, samples } from "../samples/table.ts";
import type { Judgement, Ruling } from "./rules.ts";
import { verdictEntity, type VerdictRow } from "./table.ts";

/** Filter of an audit's verdicts. */
export interface VerdictFilter {
  recordedAfter?: Date | null;
}

export const verdictList: List<VerdictRow, VerdictFilter> = {
  entity: verdictEntity,
  where: (t, filter) => [filter.recordedAfter ? gt(t.recordedAt!, filter.recordedAfter) : undefined],
  orders: { ID: "id", NUMBER: "number" },
};

/** The latest verdict of each audit with the relations selected, in one statement for all; null where there is none. */
export async function latestVerdicts(db: Db, selection: Selection, keys: readonly ProjectKey[]): Promise<(VerdictRow | null)[]> {
  const query = { filter: {}, orderBy: "NUMBER", isDescending: true, page: { first: 1, after: null }, selection };
  const slices = await findPagesByParent(db, verdictList, "auditId", query, keys);
  return slices.map(({ rows }) => rows[0]?.row ?? null);
}

const isAudit = ({ projectId, id }: ProjectKey) => and(eq(audits.projectId, projectId), eq(audits.id, id));

/** An audit with what its auditor's verbs need. */
export interface Work {
  audit: AuditRow;
  sample: Pick<SampleRow, "state" | "assigneeId" | "leaseUntil">;
  settings: ProjectSettings;
}

const work = {
  audit: audits,
  sample: { state: samples.state, assigneeId: samples.assigneeId, leaseUntil: samples.leaseUntil },
  settings: projects.settings,
};

/** The audit and its sample, locked in the order in which claims lock them; null if the viewer sees not both. */
export async function lockWork(db: Db, key: ProjectKey): Promise<Work | null> {
  const [row] = await db
    .select(work)
    .from(audits)
    .innerJoin(samples, and(eq(samples.projectId, audits.projectId), eq(samples.id, audits.sampleId)))
    .innerJoin(projects, eq(projects.id, audits.projectId))
    .where(isAudit(key))
    .for("update", { of: [samples, audits] });
  return row ? { ...row, settings: effectiveSettings(row.settings) } : null;
}

/** The audit, not locked; null if absent or hidden. */
export async function findAudit(db: Db, key: ProjectKey): Promise<AuditRow | null> {
  const [row] = await db.select().from(audits).where(isAudit(key));
  return row ?? null;
}

/** A policy as an auditor names it. */
export interface PolicyName {
  id?: string | null;
  code?: string | null;
}

/** A policy that an auditor named. */
export interface NamedPolicy {
  id: string;
  code: string;
  isViolating: boolean;
  isLeaf: boolean;
}

/** What a decision says, and the policies named beside it; null for one that the project does not use. */
export interface Rulings {
  labeled: Ruling;
  policies: (NamedPolicy | null)[];
}

type RulingRow = { place: number; labeledViolating: boolean; action: string | null } & NamedPolicy & Record<string, unknown>;

/**
 * What the audited decision says, and the policies named, in their order. In one statement, as the system: the auditor doesn't see the
 * decision yet.
 */
export async function findRulings(db: Db, audit: AuditRow, named: readonly PolicyName[]): Promise<Rulings> {
  const [ids, codes] = [named.map((each) => each.id ?? null), named.map((each) => each.code ?? null)];
  const names = sql`unnest(${array(ids, "uuid")}, ${array(codes, "text")})`;
  const rows = await db.execute<RulingRow>(sql`/* rulings */
    select n.place::int, l.is_violating as "labeledViolating",
      (select d.action from decisions d where d.project_id = ${audit.projectId} and d.id = ${audit.decisionId}) as action,
      p.id, p.code, p.is_violating as "isViolating", p.is_leaf as "isLeaf"
    from ${names} with ordinality as n (id, code, place)
    join policies l on l.id = ${audit.policyId}
    left join policies p on (p.id = n.id or p.code = n.code)
      and exists (select from project_policies u where u.project_id = ${audit.projectId} and u.policy_id = p.id)`);
  const policies: (NamedPolicy | null)[] = named.map((_, index) => rows.find((row) => row.place === index + 1 && row.id) ?? null);
  return { labeled: { policyId: audit.policyId, isViolating: rows[0]!.labeledViolating, action: rows[0]!.action }, policies };
}

/** The versions of policies that are or were in force, by policy. */
export async function listVersions(db: Db, policyIds: readonly string[]): Promise<Map<string, PolicyVersionRow[]>> {
  const inForce = inArray(policyVersions.state, ["EFFECTIVE", "SUPERSEDED"]);
  const rows = await db.select().from(policyVersions).where(and(inArray(policyVersions.policyId, [...policyIds]), inForce));
  return new Map(policyIds.map((id) => [id, rows.filter((row) => row.policyId === id)]));
}

/** The first verdict of an audit. */
export interface FirstVerdict extends Judgement {
  truthPolicyId: string;
  truthAction: string | null;
  isAfterReveal: boolean;
}

/** What of an audit a verb changes. */
export type AuditChange = Partial<Pick<AuditRow, keyof typeof COLUMNS>>;

const COLUMNS = {
  state: "text",
  revealedAt: "timestamptz",
  submittedAt: "timestamptz",
  publishDueAt: "timestamptz",
  publishedAt: "timestamptz",
  isPartnerVisible: "bool",
  comment: "text",
} as const;

function assignments(change: AuditChange): SQL {
  const pairs = (Object.entries(change) as [keyof AuditChange, unknown][]).map(([name, value]) => {
    const given = value instanceof Date ? value.toISOString() : value;
    return sql`${sql.identifier(audits[name].name)} = ${given}::${sql.raw(COLUMNS[name])}, `;
  });
  return sql.join(pairs);
}

function verdictOf(audit: AuditRow, verdict: FirstVerdict, actorId: string, now: Date): SQL {
  const at = sql`${now.toISOString()}::timestamptz`;
  return sql`judged as (
    insert into verdicts (project_id, id, audit_id, decision_id, number, outcome, truth_policy_id, truth_action, error_type, attribution, is_grace_applied, reason,
      is_after_reveal, actor_id, recorded_at, queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at)
    select project_id, ${newId(now)}::uuid, id, decision_id, 1, ${verdict.outcome}, ${verdict.truthPolicyId}::uuid, ${verdict.truthAction}, ${verdict.errorType},
      ${verdict.attribution}, ${verdict.isGraceApplied}::bool, 'INITIAL', ${verdict.isAfterReveal}::bool, ${actorId}::uuid, ${at}, queue_id, labeler_id,
      vendor_id, site_id, team_id, policy_id, market, decided_at
    from audits where project_id = ${audit.projectId} and id = ${audit.id}
  ), `;
}

/** Writes a locked audit, its first verdict if it gets one, and its sample if that is done: one statement. */
export async function saveAudit(
  db: Db,
  audit: AuditRow,
  change: AuditChange,
  { verdict, isDone, actorId, now }: { verdict: FirstVerdict | null; isDone: boolean; actorId: string; now: Date },
): Promise<void> {
  const at = sql`${now.toISOString()}::timestamptz`;
  await db.execute(sql`/* saveAudit */ with ${verdict ? verdictOf(audit, verdict, actorId, now) : sql``}done as (
      update samples set state = 'AUDITED', lease_until = null, version = version + 1, updated_at = ${at}
      where ${isDone}::bool and project_id = ${audit.projectId} and id = ${audit.sampleId}
    )
    update audits set ${assignments(change)}version = version + 1, updated_at = ${at} where project_id = ${audit.projectId} and id = ${audit.id}`);
}
