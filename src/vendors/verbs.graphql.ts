import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { Market, Site, Team, Vendor, VendorKind } from "./graphql.ts";
import { createMarket, createSite, createTeam, createVendor, rename } from "./service.ts";
import { marketEntity, siteEntity, teamEntity, vendorEntity, type VendorRow } from "./table.ts";

const TIME_ZONE = "IANA time zone, such as Asia/Jakarta.";
const CODE = '1 to 64 letters, digits, ".", "_" or "-". Never changes.';
const NAME = "1 to 200 characters.";

defineVerb<{ code: string; name: string; kind: VendorRow["kind"] }, RowPayload>("createVendor", {
  description: "Adds a vendor.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    code: t.string({ required: true, description: CODE }),
    name: t.string({ required: true, description: NAME }),
    kind: t.field({ type: VendorKind, required: true, description: "External or in-house." }),
  }),
  payload: (t) => ({ vendor: rowField(t, vendorEntity, Vendor, "The new vendor.") }),
  resolve: (input, context) => context.perform("createVendor", input, (verb) => createVendor(verb, input)),
});

defineVerb<{ vendorId: string; code: string; name: string; timeZone: string }, RowPayload>("createSite", {
  description: "Adds a site of a vendor.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    vendorId: t.id({ required: true, description: "Whose site it is." }),
    code: t.string({ required: true, description: `${CODE} Unique within the vendor.` }),
    name: t.string({ required: true, description: NAME }),
    timeZone: t.string({ required: true, description: TIME_ZONE }),
  }),
  payload: (t) => ({ site: rowField(t, siteEntity, Site, "The new site.") }),
  resolve: (input, context) => {
    const vendorId = keyOf(vendorEntity, input.vendorId, ["vendorId"]).id;
    return context.perform("createSite", input, (verb) => createSite(verb, { ...input, vendorId }));
  },
});

defineVerb<{ siteId: string; code: string; name: string }, RowPayload>("createTeam", {
  description: "Adds a team at a site.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    siteId: t.id({ required: true, description: "Where it sits." }),
    code: t.string({ required: true, description: `${CODE} Unique within the site.` }),
    name: t.string({ required: true, description: NAME }),
  }),
  payload: (t) => ({ team: rowField(t, teamEntity, Team, "The new team.") }),
  resolve: (input, context) => {
    const siteId = keyOf(siteEntity, input.siteId, ["siteId"]).id;
    return context.perform("createTeam", input, (verb) => createTeam(verb, { ...input, siteId }));
  },
});

defineVerb<{ code: string; name: string }, RowPayload>("createMarket", {
  description: "Adds a market.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    code: t.string({ required: true, description: "Country and language, such as id-ID. Never changes." }),
    name: t.string({ required: true, description: NAME }),
  }),
  payload: (t) => ({ market: rowField(t, marketEntity, Market, "The new market.") }),
  resolve: (input, context) => context.perform("createMarket", input, (verb) => createMarket(verb, input)),
});

const RENAMED = [
  ["Vendor", vendorEntity, Vendor],
  ["Site", siteEntity, Site],
  ["Team", teamEntity, Team],
  ["Market", marketEntity, Market],
] as const;

for (const [kind, entity, ref] of RENAMED) {
  const field = kind.toLowerCase();
  defineVerb<{ id: string; name: string; expectedVersion?: number | null }, RowPayload>(`rename${kind}`, {
    description: `Gives a ${field} another name.`,
    for: { roles: ["ADMIN"] },
    input: (t) => ({
      id: t.id({ required: true, description: `The ${field}.` }),
      name: t.string({ required: true, description: NAME }),
      expectedVersion: t.int({ description: EXPECTED }),
    }),
    payload: (t) => ({ [field]: rowField(t, entity as never, ref as never, `The ${field}.`) }),
    resolve: (input, context) => {
      const key = keyOf(entity as never, input.id, ["id"]);
      return context.perform(`rename${kind}`, input, (verb) => rename(verb, kind, key, input));
    },
  });
}
