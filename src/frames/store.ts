import { sql } from "drizzle-orm";
import { idFloor } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import { anyOf, codeColumn, frameOf, grouping, isDrawable, keyColumns, keyTexts, type Slice, valuesIn } from "./filter.store.ts";
import type { FrameSpec, StratumValues } from "./rules.ts";

/** Decisions of a project that one statement looks at, whatever of them is in the frame. */
const SLICE = 200_000;

/** Where the slice that begins here ends: 200,000 decisions of the project on, or with the window. */
export async function findSliceEnd(db: Db, { projectId, to }: FrameSpec, from: string): Promise<string> {
  const [row] = await db.execute<{ id: string }>(sql`/* findSliceEnd */ select id from decisions
    where project_id = ${projectId} and id >= ${from}::uuid and id < ${idFloor(to)}::uuid order by id offset ${SLICE} limit 1`);
  return row?.id ?? idFloor(to);
}

/** A stratum's part of a slice. */
export interface SliceCount {
  values: StratumValues;
  size: number;
  excluded: number;
  /** Changes with the ids that are in it. */
  print: string;
}

/** The strata of a slice: what can be drawn of each, what passes the filter and can't, and a print of its ids. */
export async function countSlice(db: Db, spec: FrameSpec, slice: Slice): Promise<SliceCount[]> {
  type Flat = { size: number; excluded: number; print: string };
  const rows = await db.execute<Flat>(sql`/* countSlice */ select ${keyTexts(spec.strataBy)}
      (count(*) filter (where drawable))::int as size, (count(*) filter (where not drawable))::int as excluded,
      coalesce(bit_xor(uuid_hash_extended(id, 0)) filter (where drawable), 0)::text as print
    from (select ${keyColumns(spec.strataBy)}d.id, ${isDrawable(spec)} as drawable
      from ${frameOf(spec, slice)}) c${grouping(spec.strataBy)}`);
  return rows.map(({ size, excluded, print, ...row }) => ({ size, excluded, print, values: valuesIn(row, spec.strataBy) }));
}

/** The ids of a slice that can be drawn, in order, one a line. Canonical UUIDs sort as text as they do as bytes. */
export async function listIds(db: Db, spec: FrameSpec, slice: Slice): Promise<string> {
  const [row] = await db.execute<{ ids: string | null }>(
    sql`/* listFrame */ select string_agg(d.id::text, E'\n' order by d.id) as ids from ${frameOf(spec, slice)} and ${isDrawable(spec)}`,
  );
  return row!.ids ?? "";
}

/**
 * The decisions of a slice whose key under the seed (`drawKey`) lies below the bound of their stratum, by `codeOf`; others than those named
 * have none. As key and id in one text, which sorts by the key. Bounds are looked up in a document and not joined, whose plan
 * on a young table would compare every decision with every stratum.
 */
export async function listCandidates(db: Db, spec: FrameSpec, slice: Slice, seed: string, bounds: ReadonlyMap<string, string>) {
  const limits = JSON.stringify(Object.fromEntries(bounds));
  return db.execute<{ code: string; place: string }>(sql`/* listCandidates */ select code, key || id::text as place
    from (select d.id, ${codeColumn(spec.strataBy)} as code, encode(sha256(convert_to(${`${seed}:`} || d.id::text, 'UTF8')), 'hex') as key
      from ${frameOf(spec, slice)}) c
    where key collate "C" < (${limits}::jsonb ->> code) collate "C"`);
}

/** The decisions of a slice with their risk scores. */
export async function listRisks(db: Db, spec: FrameSpec, slice: Slice) {
  return db.execute<{ id: string; size: number }>(
    sql`/* listRisks */ select d.id, d.risk_score as size from ${frameOf(spec, slice)} and ${isDrawable(spec)} order by d.id`,
  );
}

/** How many decisions of a slice's frame were recorded after this time. */
export async function countRecordedAfter(db: Db, spec: FrameSpec, slice: Slice, time: Date): Promise<number> {
  const [row] = await db.execute<{ count: number }>(sql`/* countRecordedAfter */ select count(*)::int as count
    from ${frameOf(spec, slice)} and ${isDrawable(spec)} and d.recorded_at > ${time.toISOString()}::timestamptz`);
  return row!.count;
}

/** A labeler with decisions in a slice's frame, and whether some lie in strata of these codes. */
export async function listLabelers(db: Db, spec: FrameSpec, slice: Slice, codes: readonly string[]) {
  return db.execute<{ labelerId: string; isDrawn: boolean }>(sql`/* labelersOfFrame */ select d.labeler_id as "labelerId",
      bool_or(${JSON.stringify(Object.fromEntries(codes.map((code) => [code, 1])))}::jsonb ? (${codeColumn(spec.strataBy)})) as "isDrawn"
    from ${frameOf(spec, slice)} and ${isDrawable(spec)} group by 1`);
}

/** Labelers at work, or in nesting for a ramp, who are assigned now to a queue of the frame and pass its filter of people. */
export async function listAssigned(db: Db, { projectId, purpose, frame }: FrameSpec, now: Date): Promise<string[]> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const filter = sql.join([
    anyOf(sql`a.queue_id`, frame.queueIds, "uuid"), anyOf(sql`l.vendor_id`, frame.vendorIds, "uuid"),
    anyOf(sql`l.id`, frame.labelerIds, "uuid"), anyOf(sql`l.kind`, frame.labelerKinds),
  ]);
  const rows = await db.execute<{ id: string }>(sql`/* assignedToFrame */ select distinct l.id from labeler_assignments a
    join labelers l on l.id = a.labeler_id where a.project_id = ${projectId} and a."from" <= ${at} and (a."to" is null or a."to" > ${at})
      and l.status = ${purpose === "RAMP" ? "NESTING" : "PRODUCTION"}${filter} order by l.id`);
  return rows.map(({ id }) => id);
}
