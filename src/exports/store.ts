import { and, asc, desc, eq, getTableColumns, gt, gte, lt, type SQL, sql } from "drizzle-orm";
import { appealEntity } from "../appeals/table.ts";
import { auditEntity } from "../audits/table.ts";
import { calibrationVoteEntity } from "../calibrations/table.ts";
import { idFloor } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import type { Columns, Entity } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import { decisionEntity } from "../decisions/table.ts";
import { escalationEntity } from "../escalations/table.ts";
import { labelerEntity } from "../labelers/table.ts";
import { projects } from "../projects/table.ts";
import { sampleEntity } from "../samples/table.ts";
import { criteria, errorCodes } from "../scorecards/table.ts";
import { vendors } from "../vendors/table.ts";
import { type FindingRow, findings, type VerdictRow, verdicts } from "../verdicts/table.ts";
import { exportLinkEntity, type ExportLinkRow, exportLinks } from "./table.ts";

/** Which rows of a dataset; absent lists mean any. Ids are rows' own. */
export interface RowFilter {
  projectId: string | null;
  queueIds?: readonly string[] | null;
  markets?: readonly string[] | null;
  vendorIds?: readonly string[] | null;
  siteIds?: readonly string[] | null;
  teamIds?: readonly string[] | null;
  labelerIds?: readonly string[] | null;
  policyIds?: readonly string[] | null;
  decidedFrom: Date | null;
  decidedTo: Date | null;
  /** Whose own blind samples and audits are left out while they wait for their truth. */
  unseenBy: string;
}

/** A row with its relations, and whatever else stands beside it. */
export type Row = Record<string, unknown> & { id: string };

const ENTITIES = {
  DECISIONS: decisionEntity, SAMPLES: sampleEntity, AUDITS: auditEntity, LABELERS: labelerEntity, CALIBRATIONS: calibrationVoteEntity,
  APPEALS: appealEntity, ESCALATIONS: escalationEntity,
} as const;
/** What rows are read from; findings are read from their audits. */
export type Source = keyof typeof ENTITIES;

/** The entity of a source's rows. */
export function entityOf(source: Source): Entity {
  return ENTITIES[source];
}

// Who waits for an own blind judgement must not learn by a filter what it is about.
const unseen: Partial<Record<Source, (t: Columns, principalId: string) => SQL>> = {
  SAMPLES: (t, me) => sql`not (${t.isBlind!} and ${t.assigneeId!} is not distinct from ${me}::uuid and ${t.state!} in ('DRAWN', 'IN_AUDIT'))`,
  AUDITS: (t, me) => sql`not (${t.isBlind!} and ${t.revealedAt!} is null and ${t.auditorId!} = ${me}::uuid)`,
};

function inPeriod(source: Source, t: Columns, from: Date | null, to: Date | null): (SQL | undefined)[] {
  // Decisions lie by id, whose first bits are the time.
  if (source === "DECISIONS") return [from ? gte(t.id!, idFloor(from)) : undefined, to ? lt(t.id!, idFloor(to)) : undefined];
  return [from ? gte(t.decidedAt!, from) : undefined, to ? lt(t.decidedAt!, to) : undefined];
}

/** The next rows of a source behind an id, in the order of ids. */
export async function listRows(db: Db, source: Source, filter: RowFilter, after: string | null, most: number): Promise<Row[]> {
  const { table } = ENTITIES[source];
  const t = getTableColumns(table) as Columns;
  const rows = await db.select().from(table).where(and(
    filter.projectId ? eq(t.projectId!, filter.projectId) : undefined,
    ...inPeriod(source, t, filter.decidedFrom, filter.decidedTo),
    anyOf(t.queueId!, filter.queueIds), anyOf(t.market!, filter.markets),
    anyOf(t.vendorId!, filter.vendorIds), anyOf(t.siteId!, filter.siteIds), anyOf(t.teamId!, filter.teamIds),
    anyOf(source === "LABELERS" ? t.id! : t.labelerId!, filter.labelerIds), anyOf(t.policyId!, filter.policyIds),
    unseen[source]?.(t, filter.unseenBy),
    after ? gt(t.id!, after) : undefined,
    sql`true /* export${sql.raw(source)} */`,
  )).orderBy(asc(t.id!)).limit(most);
  return rows as Row[];
}

/** The verdict in force of each audit that has one: its latest. */
export async function listVerdicts(db: Db, projectId: string, auditIds: readonly string[]): Promise<VerdictRow[]> {
  return db.selectDistinctOn([verdicts.auditId]).from(verdicts)
    .where(and(eq(verdicts.projectId, projectId), sql`${verdicts.auditId} = any (${array(auditIds, "uuid")})`, sql`true /* exportVerdicts */`))
    .orderBy(verdicts.auditId, desc(verdicts.number));
}

const isOfVerdicts = (projectId: string, ids: readonly string[]) =>
  and(eq(findings.projectId, projectId), sql`${findings.verdictId} = any (${array(ids, "uuid")})`);

/** What these verdicts say of each criterion, by verdict and in the scorecard's order. */
export async function listFindings(db: Db, projectId: string, verdictIds: readonly string[]): Promise<FindingRow[]> {
  return db.select().from(findings)
    .where(and(isOfVerdicts(projectId, verdictIds), sql`true /* exportFindings */`))
    .orderBy(asc(findings.verdictId), asc(findings.id));
}

/** Codes of what failed, by verdict, in the scorecard's order. */
export async function listFailures(db: Db, projectId: string, verdictIds: readonly string[]) {
  return db.select({ verdictId: findings.verdictId, criterion: criteria.code, errorCode: errorCodes.code }).from(findings)
    .leftJoin(criteria, eq(criteria.id, findings.criterionId))
    .leftJoin(errorCodes, eq(errorCodes.id, findings.errorCodeId))
    .where(and(isOfVerdicts(projectId, verdictIds), eq(findings.result, "FAIL"), sql`true /* exportFailures */`))
    .orderBy(asc(findings.verdictId), asc(findings.id));
}

/** What an export needs of its project; null if absent or hidden. */
export async function findProject(db: Db, id: string) {
  const { code, timeZone, settings } = projects;
  const [row] = await db.select({ id: projects.id, code, timeZone, settings }).from(projects).where(eq(projects.id, id));
  return row ?? null;
}

/** The code of the viewer's own vendor. */
export async function findVendorCode(db: Db, id: string): Promise<string> {
  const [row] = await db.select({ code: vendors.code }).from(vendors).where(eq(vendors.id, id));
  return row!.code;
}

/** Which links are listed. */
export interface LinkFilter {
  datasets?: ExportLinkRow["dataset"][] | null;
}

export const linkList: List<ExportLinkRow, LinkFilter> = {
  entity: exportLinkEntity,
  where: (t, { datasets }) => [anyOf(t.dataset!, datasets)],
  orders: { ID: "id" },
};

/** Adds a link. */
export async function insertLink(db: Db, row: typeof exportLinks.$inferInsert): Promise<void> {
  await db.insert(exportLinks).values(row);
}

/** The link with this id, if there is one. */
export async function findLink(db: Db, id: string): Promise<ExportLinkRow | null> {
  const [row] = await db.select().from(exportLinks).where(eq(exportLinks.id, id));
  return row ?? null;
}

/** Keeps when a link was last fetched whole, and how many rows it had. */
export async function stampLink(db: Db, id: string, rowCount: number, fetchedAt: Date): Promise<void> {
  await db.update(exportLinks).set({ rowCount, fetchedAt }).where(eq(exportLinks.id, id));
}
