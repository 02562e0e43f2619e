import { and, eq, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { vendors } from "../vendors/table.ts";
import type { Place } from "./rules.ts";
import { labelerMemberships, type LabelerRow, labelers } from "./table.ts";

/** The id of the vendor with this code; null if absent or hidden. */
export async function findVendorId(db: Db, code: string): Promise<string | null> {
  const [row] = await db.select({ id: vendors.id }).from(vendors).where(eq(vendors.code, code));
  return row?.id ?? null;
}

/** A site of a vendor, or a team there, by codes. */
interface NamedPlace extends Place {
  siteCode: string;
  teamCode: string | null;
}

/** The sites of a vendor with these codes, and each with those of its teams that are named. */
export async function listPlaces(
  db: Db,
  vendorId: string,
  siteCodes: readonly string[],
  teamCodes: readonly string[],
): Promise<NamedPlace[]> {
  return db.execute<NamedPlace & Record<string, unknown>>(sql`/* placesByCode */
    with site as (select id, code from sites where vendor_id = ${vendorId} and code = any (${array(siteCodes, "text")}))
    select id as "siteId", code as "siteCode", null::uuid as "teamId", null as "teamCode" from site
    union all
    select s.id, s.code, t.id, t.code from site s join teams t on t.site_id = s.id and t.code = any (${array(teamCodes, "text")})`);
}

/** A vendor's labelers with these references, kept from changing until the transaction ends. */
export async function lockByRef(db: Db, vendorId: string, refs: readonly string[]): Promise<LabelerRow[]> {
  const isNamed = sql`${labelers.externalRef} = any (${array(refs, "text")}) /* rosterByRef */`;
  return db.select().from(labelers).where(and(eq(labelers.vendorId, vendorId), isNamed)).orderBy(labelers.id).for("update");
}

/** The ids of a vendor's labelers by these references, of those that there are. */
export async function findIdsByRef(db: Db, vendorId: string, refs: readonly string[]): Promise<Map<string, string>> {
  const isNamed = sql`${labelers.externalRef} = any (${array(refs, "text")}) /* idsByRef */`;
  const rows = await db
    .select({ id: labelers.id, ref: labelers.externalRef })
    .from(labelers)
    .where(and(eq(labelers.vendorId, vendorId), isNamed));
  return new Map(rows.map(({ id, ref }) => [ref, id]));
}

/** A labeler to be added. */
export type NewLabeler = Place & Pick<LabelerRow, "id" | "externalRef" | "pseudonym" | "name" | "kind" | "hiredOn" | "status">;

/** Adds those of a vendor's labelers whose reference nobody has, in one statement; the ids of those added. */
export async function insertLabelers(db: Db, vendorId: string, rows: readonly NewLabeler[], now: Date): Promise<Set<string>> {
  const column = (name: keyof NewLabeler, type: string) => array(rows.map((row) => row[name]), type);
  const added = await db.execute<{ id: string }>(sql`/* insertLabelers */
    insert into labelers (vendor_id, created_at, updated_at, id, external_ref, pseudonym, name, kind, site_id, team_id, hired_on, status)
    select ${vendorId}::uuid, ${now}::timestamptz, ${now}::timestamptz, k.* from unnest(
      ${column("id", "uuid")}, ${column("externalRef", "text")}, ${column("pseudonym", "text")}, ${column("name", "text")},
      ${column("kind", "text")}, ${column("siteId", "uuid")}, ${column("teamId", "uuid")}, ${column("hiredOn", "date")},
      ${column("status", "text")}) as k
    on conflict (vendor_id, external_ref) do nothing returning id`);
  return new Set(added.map(({ id }) => id));
}

type RosterPart = Place & Pick<LabelerRow, "id" | "name" | "hiredOn">;

/** Changes the roster's part of labelers, in one statement. */
export async function updateLabelers(db: Db, rows: readonly RosterPart[], now: Date): Promise<void> {
  const column = (name: keyof RosterPart, type: string) => array(rows.map((row) => row[name]), type);
  await db.execute(sql`/* updateLabelers */
    update labelers l set name = k.name, site_id = k.site_id, team_id = k.team_id, hired_on = k.hired_on,
      version = l.version + 1, updated_at = ${now}
    from unnest(${column("id", "uuid")}, ${column("name", "text")}, ${column("siteId", "uuid")}, ${column("teamId", "uuid")},
      ${column("hiredOn", "date")}) as k(id, name, site_id, team_id, hired_on)
    where l.id = k.id`);
}

/** Closes these labelers' open memberships, at their start if that is still to come; when each was closed. */
export async function closeMemberships(db: Db, labelerIds: readonly string[], at: Date): Promise<Map<string, Date>> {
  const { labelerId, from, to } = labelerMemberships;
  const closed = await db
    .update(labelerMemberships)
    .set({ to: sql`greatest(${from}, ${at})` })
    .where(sql`${labelerId} = any (${array(labelerIds, "uuid")}) and ${to} is null`)
    .returning({ labelerId, to });
  return new Map(closed.map((row) => [row.labelerId, row.to!]));
}

type NewMembership = Place & { id: string; labelerId: string; from: Date };

/** Opens memberships, in one statement. */
export async function insertMemberships(db: Db, vendorId: string, rows: readonly NewMembership[]): Promise<void> {
  const column = (name: keyof NewMembership, type: string) => array(rows.map((row) => row[name]), type);
  await db.execute(sql`/* insertMemberships */
    insert into labeler_memberships (vendor_id, id, labeler_id, site_id, team_id, "from")
    select ${vendorId}::uuid, k.* from unnest(${column("id", "uuid")}, ${column("labelerId", "uuid")}, ${column("siteId", "uuid")},
      ${column("teamId", "uuid")}, ${column("from", "timestamptz")}) as k`);
}
