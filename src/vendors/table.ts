import { sql } from "drizzle-orm";
import { index, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { type BusinessCalendarRow, businessCalendarEntity, businessCalendars } from "../calendars/table.ts";
import { code, globalKey, oneOf, versioned, word } from "../db/columns.ts";
import { entity } from "../db/entities.ts";
import { DB_ROLES, STAFF_DB_ROLES } from "../db/identity.ts";
import { everyRow, forRoles, isMyVendor, isMyVendorIfAny, rowSecurity } from "../db/policies.ts";

export const VENDOR_KINDS = ["EXTERNAL", "IN_HOUSE"] as const;

const staffSeeAll = { assay_admin: everyRow, ...forRoles(STAFF_DB_ROLES, everyRow) };
// Written by name: labelers' table stands above this one.
const ofMyLabeler = (columns: string) =>
  sql.raw(`exists (select from labelers where labelers.id = (select nullif(current_setting('app.labeler_id', true), '')::uuid) and ${columns})`);

/** An organization that employs labelers. */
export const vendors = pgTable("vendors", {
  ...globalKey(),
  code: code("code").notNull().unique("vendors_code"),
  name: text("name").notNull(),
  kind: word("kind", VENDOR_KINDS).notNull(),
  /** By which clocks of its people are counted; null: the next wider one. */
  calendarId: uuid("calendar_id").references(() => businessCalendars.id),
  ...versioned(),
}, (t) => [
  oneOf("vendors_kind", t.kind, VENDOR_KINDS),
  index("vendors_updated").on(t.updatedAt, t.id),
  ...rowSecurity({
    ...staffSeeAll,
    assay_partner: isMyVendor(t.id),
    assay_partner_team: isMyVendor(t.id),
    assay_labeler: ofMyLabeler("labelers.vendor_id = vendors.id"),
    assay_service: isMyVendorIfAny(t.id),
    assay_auth: everyRow,
  }),
]);

/** Where a vendor's people sit. */
export const sites = pgTable("sites", {
  ...globalKey(),
  vendorId: uuid("vendor_id").notNull().references(() => vendors.id),
  code: code("code").notNull(),
  name: text("name").notNull(),
  timeZone: code("time_zone").notNull(),
  /** By which clocks of its people are counted; null: the next wider one. */
  calendarId: uuid("calendar_id").references(() => businessCalendars.id),
  ...versioned(),
}, (t) => [
  unique("sites_code").on(t.vendorId, t.code),
  unique("sites_vendor").on(t.vendorId, t.id),
  ...rowSecurity({
    ...staffSeeAll,
    assay_partner: isMyVendor(t.vendorId),
    assay_partner_team: isMyVendor(t.vendorId),
    assay_labeler: ofMyLabeler("labelers.site_id = sites.id"),
    assay_service: isMyVendorIfAny(t.vendorId),
  }),
]);

/** A group of labelers under one lead, at one site. */
export const teams = pgTable("teams", {
  ...globalKey(),
  vendorId: uuid("vendor_id").notNull().references(() => vendors.id),
  siteId: uuid("site_id").notNull().references(() => sites.id),
  code: code("code").notNull(),
  name: text("name").notNull(),
  ...versioned(),
}, (t) => [
  unique("teams_code").on(t.siteId, t.code),
  ...rowSecurity({
    ...staffSeeAll,
    assay_partner: isMyVendor(t.vendorId),
    assay_partner_team: isMyVendor(t.vendorId),
    assay_labeler: ofMyLabeler("labelers.team_id = teams.id"),
    assay_service: isMyVendorIfAny(t.vendorId),
  }),
]);

/** A country and language that is served, such as `id-ID`. Everybody may read them. */
export const markets = pgTable("markets", {
  ...globalKey(),
  code: code("code").notNull().unique("markets_code"),
  name: text("name").notNull(),
  /** By which clocks of its people are counted; null: the next wider one. */
  calendarId: uuid("calendar_id").references(() => businessCalendars.id),
  ...versioned(),
}, () => [...rowSecurity(forRoles(DB_ROLES.filter((role) => role !== "assay_auth"), everyRow))]);

interface Calendared {
  calendar?: BusinessCalendarRow | null;
}
export type VendorRow = typeof vendors.$inferSelect & Calendared;
export type SiteRow = typeof sites.$inferSelect & Calendared & { vendor?: VendorRow | null };
export type TeamRow = typeof teams.$inferSelect & { vendor?: VendorRow | null; site?: SiteRow | null };
export type MarketRow = typeof markets.$inferSelect & Calendared;

const calendar = { entity: () => businessCalendarEntity, column: "calendarId" };
export const vendorEntity = entity<VendorRow>("Vendor", vendors, { calendar });
export const siteEntity = entity<SiteRow>("Site", sites, { calendar, vendor: { entity: () => vendorEntity, column: "vendorId" } });
export const teamEntity = entity<TeamRow>("Team", teams, {
  vendor: { entity: () => vendorEntity, column: "vendorId" },
  site: { entity: () => siteEntity, column: "siteId" },
});
export const marketEntity = entity<MarketRow>("Market", markets, { calendar });
