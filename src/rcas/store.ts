import { and, eq, inArray, notInArray, sql } from "drizzle-orm";
import { newId, type ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { at } from "../db/times.ts";
import type { Analysis, Written } from "./rules.ts";
import {
  rcaCauseEntity, type RcaCauseRow, rcaCauses, rcaEntity, type RcaRow, rcas, rcaWhyEntity, type RcaWhyRow, rcaWhys,
} from "./table.ts";

/** What of an escalation's analyses may be asked for. */
export interface RcaFilter {
  states?: RcaRow["state"][] | null;
  cycle?: number | null;
  isPartners?: boolean | null;
}

export const rcaList: List<RcaRow, RcaFilter> = {
  entity: rcaEntity,
  where: (t, { states, cycle, isPartners }) => [
    anyOf(t.state!, states),
    cycle == null ? undefined : eq(t.cycle!, cycle),
    isPartners == null ? undefined : sql`(${t.vendorId!} is not null) = ${isPartners}`,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt" },
};

export const whyList: List<RcaWhyRow, { positions?: number[] | null }> = {
  entity: rcaWhyEntity,
  where: (t, { positions }) => [positions ? inArray(t.position!, positions) : undefined],
  orders: { ID: "id", POSITION: "position" },
};

/** What of an analysis' causes may be asked for. */
export interface CauseFilter {
  categories?: RcaCauseRow["category"][] | null;
  isRoot?: boolean | null;
}

export const causeList: List<RcaCauseRow, CauseFilter> = {
  entity: rcaCauseEntity,
  where: (t, { categories, isRoot }) => [anyOf(t.category!, categories), isRoot == null ? undefined : eq(t.isRoot!, isRoot)],
  orders: { ID: "id" },
};

/** The analysis of an escalation's cycle that is neither accepted nor withdrawn, locked; null if there is none. */
export async function lockOpen(db: Db, { projectId, id, cycle }: ProjectKey & { cycle: number }): Promise<RcaRow | null> {
  const isIt = and(
    eq(rcas.projectId, projectId), eq(rcas.escalationId, id), eq(rcas.cycle, cycle), notInArray(rcas.state, ["WITHDRAWN", "ACCEPTED"]), sql`true /* openRca */`,
  );
  const [row] = await db.select().from(rcas).where(isIt).for("no key update");
  return row ?? null;
}

/** Adds an analysis that nothing is written of yet. */
export async function insertRca(db: Db, row: typeof rcas.$inferInsert): Promise<void> {
  await db.insert(rcas).values(row);
}

/** What of an analysis changes; undefined stays. */
export type RcaChange = Partial<Omit<typeof rcas.$inferInsert, "projectId" | "id">>;

/** Changes a locked analysis. */
export async function changeRca(db: Db, key: ProjectKey, change: RcaChange, now: Date): Promise<void> {
  await changeRow(db, rcas, key, null, change, now);
}

// Causes stay the same rows while their category and code do: actions are against them. Of one that is gone, its actions are against none.
async function saveCauses(db: Db, { projectId, id: rcaId }: ProjectKey, causes: Written["causes"], now: Date): Promise<void> {
  const column = (name: "category" | "code") => array(causes.map((cause) => cause[name]), "text");
  await db.execute(sql`/* dropCauses */
    with gone as (select c.project_id, c.id from rca_causes c where c.project_id = ${projectId} and c.rca_id = ${rcaId}
        and not exists (select from unnest(${column("category")}, ${column("code")}) as kept (category, code) where kept.category = c.category and kept.code = c.code)),
      freed as (update actions a set cause_id = null, version = a.version + 1, updated_at = ${at(now)} from gone
        where a.project_id = gone.project_id and a.cause_id = gone.id)
    delete from rca_causes c using gone where c.project_id = gone.project_id and c.id = gone.id`);
  if (causes.length === 0) return;
  const ids = causes.map(() => newId(now)).sort();
  await db.insert(rcaCauses).values(causes.map((cause, index) => ({ ...cause, projectId, rcaId, id: ids[index]! }))).onConflictDoUpdate({
    target: [rcaCauses.projectId, rcaCauses.rcaId, rcaCauses.category, rcaCauses.code],
    set: { text: sql`excluded.text`, isRoot: sql`excluded.is_root`, ownerId: sql`excluded.owner_id` },
  });
}

/** Puts what is written in the place of all that a locked analysis held. */
export async function saveWritten(db: Db, key: ProjectKey, { whys, causes, ...rest }: Written, now: Date): Promise<void> {
  const { projectId, id: rcaId } = key;
  await changeRca(db, key, rest, now);
  await db.delete(rcaWhys).where(and(eq(rcaWhys.projectId, projectId), eq(rcaWhys.rcaId, rcaId)));
  const ids = whys.map(() => newId(now)).sort();
  if (whys.length > 0) await db.insert(rcaWhys).values(whys.map((why, index) => ({ ...why, projectId, rcaId, id: ids[index]!, position: index + 1 })));
  await saveCauses(db, key, causes, now);
}

/** What an analysis holds, in order. */
export async function readAnalysis(db: Db, { projectId, id, problemStatement }: RcaRow): Promise<Analysis> {
  const whys = await db.select({ evidence: rcaWhys.evidence }).from(rcaWhys)
    .where(and(eq(rcaWhys.projectId, projectId), eq(rcaWhys.rcaId, id), sql`true /* whysOfRca */`)).orderBy(rcaWhys.position);
  const { category, code, isRoot } = rcaCauses;
  const causes = await db.select({ category, code, isRoot }).from(rcaCauses)
    .where(and(eq(rcaCauses.projectId, projectId), eq(rcaCauses.rcaId, id), sql`true /* causesOfRca */`));
  return { problemStatement, whys, causes };
}

/** Those of the principals who have one of the roles in the project, as staff or for this vendor, by a grant that stands; with their vendors. */
export async function listGranted(
  db: Db,
  { projectId, vendorId }: { projectId: string; vendorId: string | null },
  principalIds: readonly string[],
  roles: readonly string[],
  now: Date,
): Promise<Map<string, string | null>> {
  const rows = await db.execute<{ id: string; vendorId: string | null }>(sql`/* peopleOfEscalation */
    select distinct principal_id as id, vendor_id as "vendorId" from role_grants
    where project_id = ${projectId} and principal_id = any (${array(principalIds, "uuid")}) and role = any (${array(roles, "text")})
      and (vendor_id is null or vendor_id = ${vendorId}) and revoked_at is null and (expires_at is null or expires_at > ${at(now)})
      and exists (select from principals p where p.id = principal_id and p.deactivated_at is null)`);
  return new Map(rows.map((row) => [row.id, row.vendorId]));
}
