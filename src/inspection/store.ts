import { and, asc, eq, getTableColumns, gt, gte, lt, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import { array } from "../db/arrays.ts";
import { changeRow } from "../db/changes.ts";
import type { Columns } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, type List } from "../db/lists.ts";
import type { Found, Outlook } from "./rules.ts";
import { inspectionStreamEntity, type InspectionStreamRow, inspectionStreams, lotEntity, type LotRow, lots } from "./table.ts";

/** What of a stream may be asked for; the ids are rows' own. */
export interface StreamFilter {
  vendorIds?: string[] | null;
  queueIds?: string[] | null;
  levels?: InspectionStreamRow["level"][] | null;
  updatedAfter?: Date | null;
}

/** What of a lot may be asked for. */
export interface LotFilter extends StreamFilter {
  verdicts?: NonNullable<LotRow["verdict"]>[] | null;
  isOpen?: boolean | null;
  /** Lots whose period begins from here (inclusive) to there (exclusive). */
  windowFrom?: Date | null;
  windowTo?: Date | null;
}

const where = (t: Columns, filter: StreamFilter) => [
  anyOf(t.vendorId!, filter.vendorIds),
  anyOf(t.queueId!, filter.queueIds),
  anyOf(t.level!, filter.levels),
  filter.updatedAfter ? gt(t.updatedAt!, filter.updatedAfter) : undefined,
];
const orders = { ID: "id", UPDATED_AT: "updatedAt" };

export const streamList: List<InspectionStreamRow, StreamFilter> = { entity: inspectionStreamEntity, where, orders };

export const lotList: List<LotRow, LotFilter> = {
  entity: lotEntity,
  where: (t, filter) => [
    ...where(t, filter),
    anyOf(t.verdict!, filter.verdicts),
    filter.isOpen == null ? undefined : sql`(${t.verdict!} is null) = ${filter.isOpen}::bool`,
    filter.windowFrom ? gte(t.windowFrom!, filter.windowFrom) : undefined,
    filter.windowTo ? lt(t.windowFrom!, filter.windowTo) : undefined,
  ],
  orders: { ...orders, WINDOW_FROM: "windowFrom" },
};

/** The codes of a new stream's vendor and queue (null where the viewer sees none), and the stream that they have already. */
export async function findPlace(db: Db, projectId: string, vendorId: string, queueId: string) {
  const [place] = await db.execute<{ vendor: string | null; queue: string | null; streamId: string | null }>(sql`/* placeOfStream */
    select (select code from vendors where id = ${vendorId}) as vendor,
      (select code from queues where project_id = ${projectId} and id = ${queueId}) as queue,
      (select id from inspection_streams where (project_id, vendor_id, queue_id) = (${projectId}, ${vendorId}, ${queueId})) as "streamId"`);
  return place!;
}

/** Adds a stream. */
export async function insertStream(db: Db, row: typeof inspectionStreams.$inferInsert): Promise<void> {
  await db.insert(inspectionStreams).values(row);
}

/** The stream, locked; null if absent or hidden. */
export async function lockStream(db: Db, { projectId, id }: ProjectKey): Promise<InspectionStreamRow | null> {
  const isIt = and(eq(inspectionStreams.projectId, projectId), eq(inspectionStreams.id, id));
  const [row] = await db.select().from(inspectionStreams).where(isIt).for("update");
  return row ?? null;
}

/** Changes a locked stream. */
export async function changeStream(db: Db, key: ProjectKey, changes: Partial<InspectionStreamRow>, now: Date): Promise<void> {
  await changeRow(db, inspectionStreams, key, null, changes, now);
}

/** Keeps where a locked stream's lots go on: nothing that anybody reads, so its version stays. */
export async function saveOutlook(db: Db, { projectId, id }: ProjectKey, outlook: Outlook): Promise<void> {
  await db.execute(sql`/* saveOutlook */ update inspection_streams set switching = switching || ${JSON.stringify(outlook)}::jsonb
    where project_id = ${projectId} and id = ${id}`);
}

/** The stream whose next look is due the longest, locked, unless its plan doesn't draw or somebody is at it; null if there is none. */
export async function lockDueStream(db: Db, now: Date): Promise<InspectionStreamRow | null> {
  const look = sql`(${inspectionStreams.switching}->>'nextLookAt')::timestamptz`;
  const isDrawing = sql`exists (select from sampling_plans p
    where p.project_id = ${inspectionStreams.projectId} and p.id = ${inspectionStreams.planId} and p.state = 'ACTIVE')`;
  const [row] = await db.select().from(inspectionStreams)
    .where(sql`level <> 'DISCONTINUED' and ${look} <= ${now.toISOString()}::timestamptz and ${isDrawing} /* dueStream */`)
    .orderBy(asc(look), inspectionStreams.id).limit(1)
    .for("update", { skipLocked: true });
  return row ?? null;
}

/** Adds a lot. */
export async function insertLot(db: Db, row: typeof lots.$inferInsert): Promise<void> {
  await db.insert(lots).values(row);
}

/** An open lot of whose sample something new is known. */
export type OpenLot = LotRow & Found;

const PUBLISHED = sql.raw("('PUBLISHED', 'ACKNOWLEDGED', 'APPEALED', 'FINAL')");

/**
 * Open lots, locked, in the order of their periods, of which more is published than was counted, or which nothing more can keep from being
 * accepted. A sample of which another draw took the place, being void, is neither audited nor waited for; an audit counts by its latest verdict.
 */
export async function lockChangedLots(db: Db, most: number): Promise<OpenLot[]> {
  const found = sql`(select count(*) filter (where a.state in ${PUBLISHED})::int as audited,
      count(*) filter (where a.state in ${PUBLISHED} and v.outcome = 'INCORRECT')::int as defects,
      count(*) filter (where s.state in ('DRAWN', 'IN_AUDIT') or (s.state = 'AUDITED' and a.state not in ${PUBLISHED}))::int as waiting
    from samples s
    left join audits a on a.project_id = s.project_id and a.sample_id = s.id and a.role = 'PRIMARY' and a.state <> 'VOIDED'
    left join lateral (select outcome from verdicts where project_id = a.project_id and audit_id = a.id order by number desc limit 1) v on true
    where s.project_id = ${lots.projectId} and s.run_id = ${lots.runId}) found`;
  const counts = { audited: sql<number>`found.audited`, defects: sql<number>`found.defects`, waiting: sql<number>`found.waiting` };
  return db.select({ ...getTableColumns(lots), ...counts }).from(lots)
    .innerJoinLateral(found, sql`true`)
    .where(sql`${lots.verdict} is null and ((found.audited, found.defects) <> (${lots.auditedCount}, ${lots.defectCount})
      or (found.waiting = 0 and found.defects + ${lots.sampleSize} - found.audited <= ${lots.acceptanceNumber})) /* changedLots */`)
    .orderBy(lots.windowFrom, lots.id).limit(most)
    .for("update", { of: lots, skipLocked: true });
}

/** The streams of these lots, locked. */
export async function lockStreamsOf(db: Db, of: readonly LotRow[]): Promise<InspectionStreamRow[]> {
  const keys = sql`unnest(${array(of.map(({ projectId }) => projectId), "uuid")}, ${array(of.map(({ streamId }) => streamId), "uuid")})`;
  const isOne = sql`(${inspectionStreams.projectId}, ${inspectionStreams.id}) in (select * from ${keys}) /* streamsOfLots */`;
  return db.select().from(inspectionStreams).where(isOne).orderBy(inspectionStreams.id).for("update");
}

type Judged = Pick<LotRow, "projectId" | "id" | "auditedCount" | "defectCount" | "verdict">;

/** Keeps what was found in locked lots, and their verdicts. */
export async function saveFound(db: Db, judged: readonly Judged[], now: Date): Promise<void> {
  const column = (name: keyof Judged, type: string) => array(judged.map((each) => each[name]), type);
  const at = sql`${now.toISOString()}::timestamptz`;
  await db.execute(sql`/* saveFound */ update lots l set audited_count = f.audited, defect_count = f.defects, verdict = f.verdict,
      judged_at = case when f.verdict is null then null else ${at} end, version = l.version + 1, updated_at = ${at}
    from unnest(${column("projectId", "uuid")}, ${column("id", "uuid")}, ${column("auditedCount", "int")}, ${column("defectCount", "int")},
      ${column("verdict", "text")}) f (project_id, id, audited, defects, verdict)
    where l.project_id = f.project_id and l.id = f.id`);
}

type Leveled = Pick<InspectionStreamRow, "projectId" | "id" | "level" | "switchingScore" | "switching">;

/** Keeps where locked streams stand. */
export async function saveLevels(db: Db, streams: readonly Leveled[], now: Date): Promise<void> {
  await db.execute(sql`/* saveLevels */ update inspection_streams s set level = f.level, switching_score = f.score, switching = f.switching,
      version = s.version + 1, updated_at = ${now.toISOString()}::timestamptz
    from unnest(${array(streams.map(({ projectId }) => projectId), "uuid")}, ${array(streams.map(({ id }) => id), "uuid")},
      ${array(streams.map(({ level }) => level), "text")}, ${array(streams.map(({ switchingScore }) => switchingScore), "int")},
      ${array(streams.map(({ switching }) => JSON.stringify(switching)), "jsonb")}) f (project_id, id, level, score, switching)
    where s.project_id = f.project_id and s.id = f.id`);
}
