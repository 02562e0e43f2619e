import { and, eq, gt, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import { newId, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Columns, Selection } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import { findPagesByParent, type List } from "../db/lists.ts";
import { type PolicyVersionRow, policyVersions } from "../policies/table.ts";
import { effectiveSettings } from "../projects/rules.ts";
import { type ProjectSettings, projects } from "../projects/table.ts";
import { type SampleRow, samples } from "../sampling/table.ts";
import type { Judgement, Ruling } from "./rules.ts";
import { auditEntity, type AuditRow, audits, verdictEntity, type VerdictRow } from "./table.ts";

/** What of an audit may be asked for; the ids are rows' own. */
export interface AuditFilter {
  states?: AuditRow["state"][] | null;
  layers?: AuditRow["layer"][] | null;
  queueIds?: string[] | null;
  markets?: string[] | null;
  auditorIds?: string[] | null;
  updatedAfter?: Date | null;
  vendorIds?: string[] | null;
  labelerIds?: string[] | null;
  policyIds?: string[] | null;
  decidedFrom?: Date | null;
  decidedTo?: Date | null;
  /** Leaves out this principal's own blind audits whose truth is not locked. */
  unseenBy?: string | null;
}

/** Filter of an audit's verdicts. */
export interface VerdictFilter {
  recordedAfter?: Date | null;
}

function anyOf(column: Columns[string], values: readonly string[] | null | undefined): SQL | undefined {
  return values ? inArray(column, [...values]) : undefined;
}

export const auditList: List<AuditRow, AuditFilter> = {
  entity: auditEntity,
  where: (t, filter) => [
    anyOf(t.state!, filter.states),
    anyOf(t.layer!, filter.layers),
    anyOf(t.queueId!, filter.queueIds),
    anyOf(t.market!, filter.markets),
    anyOf(t.auditorId!, filter.auditorIds),
    filter.updatedAfter ? gt(t.updatedAt!, filter.updatedAfter) : undefined,
    anyOf(t.vendorId!, filter.vendorIds),
    anyOf(t.labelerId!, filter.labelerIds),
    anyOf(t.policyId!, filter.policyIds),
    filter.decidedFrom ? gte(t.decidedAt!, filter.decidedFrom) : undefined,
    filter.decidedTo ? lt(t.decidedAt!, filter.decidedTo) : undefined,
    filter.unseenBy ? sql`not (${t.isBlind!} and ${t.revealedAt!} is null and ${t.auditorId!} = ${filter.unseenBy})` : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

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

/** The project's settings, with defaults for those it doesn't have. */
export async function findSettings(db: Db, projectId: string): Promise<ProjectSettings> {
  const [row] = await db.select({ settings: projects.settings }).from(projects).where(eq(projects.id, projectId));
  return effectiveSettings(row!.settings);
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

/** The audit, locked; null if absent or hidden. */
export async function lockAudit(db: Db, key: ProjectKey): Promise<AuditRow | null> {
  const [row] = await db.select().from(audits).where(isAudit(key)).for("update");
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

/** What an event about a published audit says of it. */
export type Published = Pick<AuditRow, "projectId" | "id" | "layer" | "auditorId" | "vendorId" | "teamId" | "labelerId">;

/** Publishes up to `most` submitted audits whose delay is over. Those being worked on at this moment wait. */
export async function publishDueRows(db: Db, now: Date, most: number): Promise<Published[]> {
  const at = sql`${now.toISOString()}::timestamptz`;
  return [...await db.execute<Published & Record<string, unknown>>(sql`/* publishDue */
    with due as (
      select project_id, id from audits where state = 'SUBMITTED' and publish_due_at <= ${at} and role = 'PRIMARY'
      order by publish_due_at limit ${most} for update skip locked
    )
    update audits a set state = 'PUBLISHED', published_at = ${at}, is_partner_visible = true, version = a.version + 1, updated_at = ${at}
    from due where a.project_id = due.project_id and a.id = due.id
    returning a.project_id as "projectId", a.id, a.layer, a.auditor_id as "auditorId", a.vendor_id as "vendorId", a.team_id as "teamId",
      a.labeler_id as "labelerId"`)];
}
