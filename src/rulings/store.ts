import { getTableColumns, gt, isNotNull, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Columns } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { at } from "../db/times.ts";
import { effectiveSettings } from "../projects/rules.ts";
import type { ProjectSettings } from "../projects/table.ts";
import type { Compared } from "../verdicts/rules.ts";
import type { Contested, Parties } from "./rules.ts";
import {
  appealRulingEntity, type AppealRulingRow, appealRulings, rulingFindingEntity, type RulingFindingRow, rulingFindings,
} from "./table.ts";

/** What of a ruling may be asked for. */
export interface RulingFilter {
  outcomes?: AppealRulingRow["outcome"][] | null;
  ruledAfter?: Date | null;
  auditorIds?: string[] | null;
  /** Those that changed a verdict which the auditor themselves had given. */
  isOverturn?: boolean | null;
}

const ofAuditorsOwn = ({ projectId, verdictId, auditorId }: Columns) => sql`exists (
  select from verdicts v join verdicts b on b.project_id = v.project_id and b.audit_id = v.audit_id and b.number = v.number - 1
  where v.project_id = ${projectId!} and v.id = ${verdictId!} and b.actor_id = ${auditorId!})`;

const rulingColumns = getTableColumns(appealRulings) as unknown as Columns;

export const rulingList: List<AppealRulingRow, RulingFilter> = {
  entity: appealRulingEntity,
  where: (t, { outcomes, ruledAfter, auditorIds, isOverturn }) => [
    anyOf(t.outcome!, outcomes),
    ruledAfter ? gt(t.ruledAt!, ruledAfter) : undefined,
    anyOf(t.auditorId!, auditorIds),
    ...(isOverturn ? [isNotNull(t.verdictId!), ofAuditorsOwn(t)] : []),
  ],
  orders: { ID: "id" },
};

/** What of a ruling's findings may be asked for. */
export interface RulingFindingFilter {
  results?: RulingFindingRow["result"][] | null;
}

export const rulingFindingList: List<RulingFindingRow, RulingFindingFilter> = {
  entity: rulingFindingEntity,
  where: (t, { results }) => [anyOf(t.result!, results)],
  orders: { ID: "id" },
};

/** What a ruling of an appeal goes by, beside its audit's verdict. */
export interface Dossier extends Parties, Contested {
  /** The latest verdict finds the decision wrong. */
  isWrong: boolean;
  /** The action that the labeler took; null if none was given. */
  action: string | null;
  /** The project has other teams rule than those of the parties. */
  hasTeamIndependence: boolean;
}

const uuids = (values: readonly string[]) => array(values, "uuid");

/** The dossiers of appeals, in their order, in one statement; as the system, since nobody sees all who are party to them. */
export async function listDossiers(db: Db, appeals: readonly ProjectKey[]): Promise<Dossier[]> {
  const rows = await db.execute<Dossier & { settings: Partial<ProjectSettings> } & Record<string, unknown>>(sql`/* dossiersOfAppeals */
    select j.settings, a.raised_by_id as "appellantId", a.auditor_id as "auditorId", d.action, v.outcome = 'INCORRECT' as "isWrong",
      (select coalesce(json_agg(distinct g.principal_id), '[]') from role_grants g where g.labeler_id = a.labeler_id) as "labelerPrincipalIds",
      (select coalesce(json_agg(distinct e.id), '[]') from (
        select r.adjudicator_id as id from appeals o join appeal_rulings r on r.project_id = o.project_id and r.appeal_id = o.id
          where o.project_id = a.project_id and o.audit_id = a.audit_id
        union all select w.actor_id from verdicts w where w.project_id = a.project_id and w.audit_id = a.audit_id and w.reason in ('ADJUDICATION', 'CORRECTION')
        union all select unnest(array[t.adjudicator_id, t.second_auditor_id]) from double_audits t
          where t.project_id = a.project_id and t.primary_audit_id = a.audit_id and t.outcome <> 'EXPIRED'
        union all select s.auditor_id from audits s
          where s.project_id = a.project_id and s.of_audit_id = a.audit_id and s.role = 'ATA' and s.state = 'SUBMITTED'
      ) e where e.id is not null) as "earlierAdjudicatorIds",
      (select coalesce(json_agg(distinct m.id), '[]') from (
        select a.team_id as id union all select l.team_id from labelers l where l.id = a.labeler_id
        union all select g.team_id from role_grants g where g.principal_id in (a.auditor_id, a.raised_by_id) and g.project_id = a.project_id
      ) m where m.id is not null) as "teamIds",
      coalesce(c.ids, '[]') as "criterionIds", coalesce(c.has_decision, true) as "isDecisionContested"
    from unnest(${uuids(appeals.map(({ projectId }) => projectId))}, ${uuids(appeals.map(({ id }) => id))}) with ordinality as n (project_id, id, place)
    join appeals a on a.project_id = n.project_id and a.id = n.id
    join projects j on j.id = a.project_id
    join decisions d on d.project_id = a.project_id and d.id = a.decision_id
    join lateral (select w.outcome from verdicts w where w.project_id = a.project_id and w.audit_id = a.audit_id order by w.number desc limit 1) v on true
    left join lateral (
      select json_agg(x.criterion_id order by x.id) as ids, bool_or(k.kind = 'DECISION') as has_decision
      from appeal_criteria x join criteria k on k.id = x.criterion_id where x.project_id = a.project_id and x.appeal_id = a.id
    ) c on true
    order by n.place`);
  return rows.map(({ settings, ...row }) => ({ ...row, hasTeamIndependence: effectiveSettings(settings).hasTeamIndependence }));
}

/** A ruling to be written, and what it says of one criterion. */
export type NewRuling = Omit<typeof appealRulings.$inferSelect, "ruledAt">;
export type NewRulingFinding = typeof rulingFindings.$inferSelect;

const rowsOf = (rows: readonly object[]) => sql`jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)`;

/** Writes rulings, then what they say of each criterion, which is seen by whoever sees the ruling: two statements, whatever their number. */
export async function insertRulings(db: Db, rulings: readonly NewRuling[], findings: readonly NewRulingFinding[], now: Date): Promise<void> {
  await db.execute(sql`/* insertRulings */
    insert into appeal_rulings (project_id, id, appeal_id, tier, outcome, reason, verdict_id, adjudicator_id, appellant_id, auditor_id,
      labeler_principal_ids, earlier_adjudicator_ids, ruled_at)
    select n."projectId", n.id, n."appealId", n.tier, n.outcome, n.reason, n."verdictId", n."adjudicatorId", n."appellantId", n."auditorId",
      n."labelerPrincipalIds", n."earlierAdjudicatorIds", ${at(now)}
    from ${rowsOf(rulings)} as n ("projectId" uuid, id uuid, "appealId" uuid, tier text, outcome text, reason text, "verdictId" uuid, "adjudicatorId" uuid,
      "appellantId" uuid, "auditorId" uuid, "labelerPrincipalIds" uuid[], "earlierAdjudicatorIds" uuid[])`);
  await db.execute(sql`/* insertRulingFindings */
    insert into ruling_findings (project_id, id, ruling_id, criterion_id, result, severity, note)
    select n."projectId", n.id, n."rulingId", n."criterionId", n.result, n.severity, n.note
    from ${rowsOf(findings)} as n ("projectId" uuid, id uuid, "rulingId" uuid, "criterionId" uuid, result text, severity text, note text)`);
}

/** A verdict that a ruling gave and the one that it took the place of. */
export interface Succession {
  beforeId: string;
  before: Compared;
  after: Compared;
}

const compared = (alias: string) => sql.raw(`json_build_object('outcome', ${alias}.outcome, 'errorType', ${alias}.error_type,
  'truthPolicyId', ${alias}.truth_policy_id, 'truthAction', ${alias}.truth_action, 'severity', ${alias}.severity, 'score', ${alias}.score)`);

/** Verdicts that rulings gave beside those before them, in the verdicts' order, in one statement; null where the viewer sees not both. */
export async function compareVerdicts(db: Db, keys: readonly ProjectKey[]): Promise<(Succession | null)[]> {
  const rows = await db.execute<Succession & { id: string } & Record<string, unknown>>(sql`/* comparedVerdicts */
    select v.id, b.id as "beforeId", ${compared("b")} as before, ${compared("v")} as after
    from verdicts v join verdicts b on b.project_id = v.project_id and b.audit_id = v.audit_id and b.number = v.number - 1
    where v.project_id = any (${uuids(keys.map(({ projectId }) => projectId))}) and v.id = any (${uuids(keys.map(({ id }) => id))})`);
  const found = new Map(rows.map((row) => [row.id, row]));
  return keys.map(({ id }) => found.get(id) ?? null);
}

/** An auditor in a project, by the principal's id, and since when rulings count. */
export interface Overturned extends ProjectKey {
  since: Date | null;
}

/** How many rulings since then changed a verdict that the auditor had given, for each, in one statement. */
export async function countOverturns(db: Db, auditors: readonly Overturned[]): Promise<number[]> {
  const asked = sql`unnest(${uuids(auditors.map(({ projectId }) => projectId))}, ${uuids(auditors.map(({ id }) => id))},
    ${array(auditors.map(({ since }) => since), "timestamptz")}) with ordinality as n (project_id, auditor_id, since, place)`;
  const rows = await db.execute<{ count: string }>(sql`/* overturnsOfAuditors */
    select (select count(*) from appeal_rulings where appeal_rulings.project_id = n.project_id and appeal_rulings.auditor_id = n.auditor_id
      and appeal_rulings.verdict_id is not null and (n.since is null or appeal_rulings.ruled_at > n.since) and ${ofAuditorsOwn(rulingColumns)}) as count
    from ${asked} order by n.place`);
  return rows.map(({ count }) => Number(count));
}
