import { BusinessCalendar } from "../calendars/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { rootByCode } from "../graphql/code.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { marketList, siteList, teamList, vendorList, type VendorFilter } from "./store.ts";
import { marketEntity, siteEntity, teamEntity, VENDOR_KINDS, vendorEntity, type VendorRow } from "./table.ts";

export const Vendor = entityRef(vendorEntity);
export const Site = entityRef(siteEntity);
export const Team = entityRef(teamEntity);
export const Market = entityRef(marketEntity);

export const VendorKind = builder.enumType("VendorKind", {
  description: "Whose labelers they are.",
  values: { EXTERNAL: { description: "An outsourcing partner (BPO)." }, IN_HOUSE: { description: "The platform's own people." } } satisfies Record<
    (typeof VENDOR_KINDS)[number],
    object
  >,
});

const list = {
  orders: { ID: "Order of creation.", CODE: "By code, byte by byte.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    codes: t.stringList({ description: "Those with one of these codes." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: VendorFilter) => input,
};
const vendorListType = defineList(Vendor, vendorList, list as never);
const siteListType = defineList(Site, siteList, list as never);
const teamListType = defineList(Team, teamList, list as never);
const marketListType = defineList(Market, marketList, list as never);

defineEntity(Vendor, {
  description: "An organization that employs labelers.",
  fields: (t) => ({
    code: t.exposeString("code", { description: "Unique; never changes." }),
    name: t.exposeString("name", { description: "For people." }),
    kind: t.field({ type: VendorKind, description: "External or in-house.", resolve: (row: VendorRow) => row.kind }),
    calendar: one(t, "calendar", BusinessCalendar, "What its people's clocks count by where their site has no calendar; null for Monday to Friday around the clock, in the site's zone."),
    sites: childList(t, siteListType, "vendorId", "Its sites."),
    teams: childList(t, teamListType, "vendorId", "Its teams."),
    ...versionedFields(t),
  }),
});

defineEntity(Site, {
  description: "Where a vendor's people sit.",
  fields: (t) => ({
    code: t.exposeString("code", { description: "Unique within the vendor; never changes." }),
    name: t.exposeString("name", { description: "For people." }),
    timeZone: t.exposeString("timeZone", { description: "IANA time zone of its working hours." }),
    calendar: one(t, "calendar", BusinessCalendar, "What the clocks of its people count by; null leaves it to the vendor's."),
    vendor: one(t, "vendor", Vendor, "Whose site it is."),
    teams: childList(t, teamListType, "siteId", "The teams there."),
    ...versionedFields(t),
  }),
});

defineEntity(Team, {
  description: "A group of labelers under one lead, at one site.",
  fields: (t) => ({
    code: t.exposeString("code", { description: "Unique within the site; never changes." }),
    name: t.exposeString("name", { description: "For people." }),
    vendor: one(t, "vendor", Vendor, "Whose team it is."),
    site: one(t, "site", Site, "Where it sits."),
    ...versionedFields(t),
  }),
});

defineEntity(Market, {
  description: "A country and language that is served.",
  fields: (t) => ({
    code: t.exposeString("code", { description: "Such as id-ID; never changes." }),
    name: t.exposeString("name", { description: "For people." }),
    calendar: one(t, "calendar", BusinessCalendar, "What the client's clocks count by for it; null leaves it to the project's."),
    ...versionedFields(t),
  }),
});

rootList(vendorListType, "vendors", "Vendors the viewer may see: staff all, partners and labelers their own.");
rootList(marketListType, "markets", "All markets.");

rootByCode(vendorEntity, Vendor, "vendorByCode", "The vendor with this code; null if there is none, or the viewer may not see it.");
