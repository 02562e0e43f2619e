import { eq, gt, inArray } from "drizzle-orm";
import type { Key } from "../core/ids.ts";
import { changeRow } from "../db/changes.ts";
import type { Columns } from "../db/entities.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import {
  marketEntity, type MarketRow, markets, siteEntity, type SiteRow, sites, teamEntity, type TeamRow, teams, vendorEntity, type VendorRow, vendors,
} from "./table.ts";

/** Filter of every list here. */
export interface VendorFilter {
  codes?: string[] | null;
  updatedAfter?: Date | null;
}

const where = (table: Columns, filter: VendorFilter) => [
  filter.codes ? inArray(table.code!, filter.codes) : undefined,
  filter.updatedAfter ? gt(table.updatedAt!, filter.updatedAfter) : undefined,
];
const orders = { ID: "id", CODE: "code", UPDATED_AT: "updatedAt" };

export const vendorList: List<VendorRow, VendorFilter> = { entity: vendorEntity, where, orders };
export const siteList: List<SiteRow, VendorFilter> = { entity: siteEntity, where, orders };
export const teamList: List<TeamRow, VendorFilter> = { entity: teamEntity, where, orders };
export const marketList: List<MarketRow, VendorFilter> = { entity: marketEntity, where, orders };

/** Those of the codes that no market has. */
export async function listMissingMarkets(db: Db, codes: readonly string[]): Promise<string[]> {
  const rows = await db.select({ code: markets.code }).from(markets).where(inArray(markets.code, [...codes]));
  const present = new Set(rows.map((row) => row.code));
  return codes.filter((code) => !present.has(code));
}

/** The vendor of a site; null if the site is absent or hidden. */
export async function findSiteVendor(db: Db, siteId: string): Promise<string | null> {
  const [row] = await db.select({ vendorId: sites.vendorId }).from(sites).where(eq(sites.id, siteId));
  return row?.vendorId ?? null;
}

/** Adds a vendor. */
export async function insertVendor(db: Db, row: typeof vendors.$inferInsert): Promise<void> {
  await db.insert(vendors).values(row);
}

/** Adds a site. */
export async function insertSite(db: Db, row: typeof sites.$inferInsert): Promise<void> {
  await db.insert(sites).values(row);
}

/** Adds a team. */
export async function insertTeam(db: Db, row: typeof teams.$inferInsert): Promise<void> {
  await db.insert(teams).values(row);
}

/** Adds a market. */
export async function insertMarket(db: Db, row: typeof markets.$inferInsert): Promise<void> {
  await db.insert(markets).values(row);
}

const TABLES = { Vendor: vendors, Site: sites, Team: teams, Market: markets };

/** Renames a vendor, site, team or market. */
export async function renameRow(db: Db, type: keyof typeof TABLES, key: Key, expectedVersion: number | null | undefined, name: string, now: Date) {
  return changeRow(db, TABLES[type], key, expectedVersion, { name }, now);
}
