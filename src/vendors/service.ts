import { checkCode, checkName, checkTimeZone } from "../core/checks.ts";
import { NotFound } from "../core/errors.ts";
import { type Key, newId, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { findSiteVendor, insertMarket, insertSite, insertTeam, insertVendor, listMissingMarkets, renameRow } from "./store.ts";
import type { VendorRow } from "./table.ts";

type Kind = "Vendor" | "Site" | "Team" | "Market";

async function announce(verb: Verb, kind: Kind, what: string, id: string): Promise<void> {
  const type = `${kind.toLowerCase()}.${what}`;
  await append(verb, [{ projectId: SYSTEM_PROJECT_ID, type, subjectType: kind, subjectId: id, audience: { isProjectVisible: true } }]);
}

/** Adds an organization that employs labelers. Its code must be new and never changes. */
export async function createVendor(verb: Verb, input: { code: string; name: string; kind: VendorRow["kind"] }): Promise<{ id: string }> {
  const id = newId(verb.now);
  await insertVendor(verb.db, { id, code: checkCode(input.code), name: checkName(input.name), kind: input.kind });
  await announce(verb, "Vendor", "created", id);
  return { id };
}

/** Adds a site of a vendor; its code is unique within the vendor. */
export async function createSite(verb: Verb, input: { vendorId: string; code: string; name: string; timeZone: string }): Promise<{ id: string }> {
  const id = newId(verb.now);
  const timeZone = checkTimeZone(input.timeZone);
  await insertSite(verb.db, { id, vendorId: input.vendorId, code: checkCode(input.code), name: checkName(input.name), timeZone });
  await announce(verb, "Site", "created", id);
  return { id };
}

/** Adds a team at a site; its code is unique within the site. */
export async function createTeam(verb: Verb, input: { siteId: string; code: string; name: string }): Promise<{ id: string }> {
  const vendorId = await findSiteVendor(verb.db, input.siteId);
  if (!vendorId) throw new NotFound("There is no such site.", ["siteId"]);
  const id = newId(verb.now);
  await insertTeam(verb.db, { id, vendorId, siteId: input.siteId, code: checkCode(input.code), name: checkName(input.name) });
  await announce(verb, "Team", "created", id);
  return { id };
}

/** Adds a market, such as id-ID. */
export async function createMarket(verb: Verb, input: { code: string; name: string }): Promise<{ id: string }> {
  const id = newId(verb.now);
  await insertMarket(verb.db, { id, code: checkCode(input.code), name: checkName(input.name) });
  await announce(verb, "Market", "created", id);
  return { id };
}

/** Gives a vendor, site, team or market another name; codes never change. */
export async function rename(verb: Verb, kind: Kind, key: Key, input: { name: string; expectedVersion?: number | null }): Promise<{ id: string }> {
  await renameRow(verb.db, kind, key, input.expectedVersion, checkName(input.name), verb.now);
  await announce(verb, kind, "renamed", key.id);
  return { id: key.id };
}

/** Refuses the first of these markets that does not exist, naming the input's field that `pathOf` gives for its index. */
export async function checkMarkets(db: Db, codes: readonly string[], pathOf: (index: number) => string[]): Promise<void> {
  const [missing] = codes.length === 0 ? [] : await listMissingMarkets(db, codes);
  if (missing !== undefined) throw new NotFound(`There is no market "${missing}"; an administrator can create it.`, pathOf(codes.indexOf(missing)));
}
