import { MOST_POINTS } from "../../src/budgets/rules.ts";
import { day, sha256 } from "./cases.ts";
import type { Expected } from "./remedies.visible.ts";
import type { NamedRows } from "./rows.ts";

/** Whose budgets and documents there are. */
const OWNERS = ["QL", "AU1", "VM1", "SV"];

/** What the system keeps of its callers: budgets, registered documents, who did what, keys that sign, and how long things are kept. */
export async function addBookkeeping({ add, id }: NamedRows, isSealed: boolean): Promise<void> {
  for (const name of OWNERS) {
    const owned = { principal_id: id("principals", name) };
    await add("budgets", name, { ...owned, points_per_minute: MOST_POINTS, reason: `budget of ${name}.` });
    await add("budget_leases", name, { ...owned, started_at: day(1), leased: 1_000, granted: 1_000 });
    const document = `{ viewer { name } } # of ${name}`;
    await add("registered_documents", name, { ...owned, hash: sha256(document).toString("hex"), name: `document of ${name}.`, document, cost: 1 });
  }
  const done = { role: "QA_LEAD", kinds: ["MUTATION"], fields: ["changeQueue"], personal_fields: [], subjects: [], outcome: "OK", request_id: "r", transport: "HTTP" };
  for (const project of ["P1", "P2"]) await add("access_log", project, { ...done, principal_id: id("principals", "QL"), project_ids: [id("projects", project)], operation: `in-${project}` });
  if (isSealed) await add("access_seals", "first", { seq: 1, access_id: id("access_log", "P1"), hash: sha256("first"), sealed_at: day(3) });
  await add("signing_keys", "own", { public_key: { kty: "EC" }, created_at: day(1), signs_until: day(2), ends_at: day(3) });
  await add("retention_rules", "links", { kind: "EXPORT_LINKS", keep_days: 30, reason: "no longer of use." });
}

const OWN: Expected = { admin: "*", lead: "QL", auditor: "AU1", "AU1 as lead": "AU1", partner: "VM1", vendorQa: "", service: "SV" };
const NOBODY: Expected = { "admin lead auditor policy analyst partner team labeler service vendorService": "denied" };

/** Who finds which of these rows. */
export const BOOKKEEPING: Readonly<Record<string, Expected>> = {
  budgets: OWN,
  budget_leases: NOBODY,
  registered_documents: OWN,
  // Leads what was done in their projects; nobody else anything, of themselves neither.
  access_log: { admin: "*", lead: "P1", "auditor policy analyst partner team labeler service vendorService": "denied" },
  access_seals: NOBODY,
  signing_keys: NOBODY,
  retention_rules: { admin: "*" },
};
