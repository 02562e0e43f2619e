import { checkName } from "../core/checks.ts";
import { InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { actsIn } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { checkMarkets } from "../vendors/service.ts";
import { CLIENT_SIDE, type Concern, isTold, VENDOR_SIDE } from "./rules.ts";
import { deleteContact, isGranted, isVendor, listContacts, saveContact } from "./store.ts";
import type { ContactRow } from "./table.ts";

/** What setContact takes. */
export type NewContact = Pick<ContactRow, "projectId" | "principalId" | "duty" | "topic" | "market" | "vendorId" | "leastSeverity" | "name">;

async function announce(verb: Verb, { projectId, id }: ProjectKey, { duty, vendorId }: Pick<ContactRow, "duty" | "vendorId">, what: "set" | "removed"): Promise<void> {
  const audience = { isStaffVisible: true, isPartnerVisible: vendorId !== null, vendorId };
  await append(verb, [{ projectId, type: `contact.${what}`, subjectType: "Contact", subjectId: id, payload: { duty }, audience }]);
}

async function checkPerson(verb: Verb, contact: NewContact): Promise<void> {
  const { duty, vendorId } = contact;
  if (duty === "VENDOR" && !vendorId) throw new InvalidInput("vendorId: name the vendor whose contact it is.", ["vendorId"]);
  const isTheirs = duty === "VENDOR";
  const roles = isTheirs ? VENDOR_SIDE : CLIENT_SIDE;
  if (await asSystem(verb, (db) => isGranted(db, { ...contact, vendorId: isTheirs ? vendorId : null }, roles, verb.now))) return;
  const where = isTheirs ? "in the project for this vendor" : "in the project";
  throw new InvalidInput(`principalId: they have no grant ${where} as ${roles.join(", ")}; grant one first.`, ["principalId"]);
}

/** Refuses a vendor that the viewer doesn't see. */
export async function checkVendor(db: Db, vendorId: string): Promise<void> {
  if (!(await isVendor(db, vendorId))) throw new NotFound("There is no such vendor.", ["vendorId"]);
}

/** Names who is told of escalations: of one topic, market or vendor, or of all where none is named. The same contact again changes its severity and name. */
export async function setContact(verb: Verb, given: NewContact, expectedVersion?: ExpectedVersion): Promise<ProjectKey> {
  const { projectId, vendorId, market } = given;
  if (!actsIn(verb.viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  if (vendorId) await checkVendor(verb.db, vendorId);
  await checkMarkets(verb.db, market === null ? [] : [market], () => ["market"]);
  await checkPerson(verb, given);
  const name = given.name === null ? null : checkName(given.name);
  const { id, version } = await saveContact(verb.db, { ...given, name, id: newId(verb.now), createdAt: verb.now, updatedAt: verb.now });
  checkVersion(version - 1, expectedVersion);
  await announce(verb, { projectId, id }, given, "set");
  return { projectId, id };
}

/** Tells a contact of nothing any more. What they watch already, they go on watching. */
export async function removeContact(verb: Verb, key: ProjectKey, expectedVersion?: ExpectedVersion): Promise<ProjectKey> {
  const row = await deleteContact(verb.db, key);
  if (!row) throw new NotFound("There is no such contact.", ["contactId"]);
  checkVersion(row.version, expectedVersion);
  await announce(verb, key, row, "removed");
  return key;
}

/** Whom the project's contacts name for a concern, read as the system: who is told depends on nobody's view. */
export async function contactsFor(verb: Verb, concern: Concern & { projectId: string }): Promise<Pick<ContactRow, "principalId" | "duty">[]> {
  const all = await asSystem(verb, (db) => listContacts(db, concern.projectId));
  return all.filter((contact) => isTold(contact, concern)).map(({ principalId, duty }) => ({ principalId, duty }));
}
