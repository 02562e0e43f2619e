import { sql as statement } from "drizzle-orm";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Role, Viewer } from "../src/core/viewer.ts";
import { AUTH, type Identity, identityOf, WORKER } from "../src/db/identity.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { openRead } from "../src/db/session.ts";
import { createDatabase } from "./kit/database.ts";
import type { NamedRows } from "./kit/rows.ts";
import { buildTenancy } from "./kit/tenancy.ts";
import { expectedRows, type Reader, READERS, VISIBLE } from "./kit/visibility.ts";

let rows: NamedRows;
let pool: Pool;
let login: postgres.Sql;
let close: () => Promise<void>;

beforeAll(async () => {
  const { urls, drop } = await createDatabase();
  const admin = postgres(urls.migrator, { max: 1, onnotice: () => {} });
  ({ rows } = await buildTenancy(admin, { isSealed: true }));
  await admin.end();
  pool = createPool({ url: urls.login, size: 4, queue: 500, waitMs: 10_000, applicationName: "assay-test" });
  login = postgres(urls.login, { max: 1, onnotice: () => {} });
  close = async () => {
    await Promise.all([pool.end(), login.end()]);
    await drop();
  };
});
afterAll(() => close());

function viewer(role: Role, principal: string, scope: { vendor?: string; team?: string; labeler?: string } = {}): Identity {
  const { vendor, team, labeler } = scope;
  const who: Viewer = {
    principalId: rows.id("principals", principal),
    role,
    grants: [],
    projectIds: role === "ADMIN" ? null : [rows.id("projects", "P1")],
    vendorId: vendor ? rows.id("vendors", vendor) : null,
    teamId: team ? rows.id("teams", team) : null,
    labelerId: labeler ? rows.id("labelers", labeler) : null,
    scopes: null,
    expiresAt: null,
  };
  return identityOf(who);
}

const IDENTITIES: Record<Exclude<Reader, "login">, () => Identity> = {
  admin: () => viewer("ADMIN", "AD"),
  lead: () => viewer("QA_LEAD", "QL"),
  auditor: () => viewer("AUDITOR", "AU1"),
  policy: () => viewer("POLICY_MANAGER", "PM"),
  analyst: () => viewer("ANALYST", "AN"),
  partner: () => viewer("VENDOR_MANAGER", "VM1", { vendor: "V1" }),
  vendorQa: () => viewer("VENDOR_QA", "VQ1", { vendor: "V1" }),
  team: () => viewer("VENDOR_MANAGER", "TL1", { vendor: "V1", team: "T1" }),
  labeler: () => viewer("LABELER", "LA1", { vendor: "V1", labeler: "L1" }),
  service: () => viewer("SERVICE", "SV"),
  vendorService: () => viewer("SERVICE", "SV1", { vendor: "V1" }),
  worker: () => WORKER,
  auth: () => AUTH,
  "AU1 as admin": () => viewer("ADMIN", "AU1"),
  "AU1 as lead": () => viewer("QA_LEAD", "AU1"),
};

/** The keys that a reader's select of a whole table finds; "denied" if it is refused. */
async function keysFound(table: string, reader: Reader): Promise<string[] | "denied"> {
  const text = `select ${rows.keyOf(table)} as key from ${table}`;
  const session = reader === "login" ? null : openRead(pool, IDENTITIES[reader](), { timeoutMs: 5_000 });
  try {
    const found = session
      ? await session.run((db) => db.execute<{ key: string }>(statement.raw(text)))
      : await login.unsafe<{ key: string }[]>(text);
    return found.map(({ key }) => key);
  } catch (error) {
    if ((error as { code?: string }).code === "42501") return "denied";
    throw error;
  } finally {
    session?.close();
  }
}

test("every table has a row, and says who sees it", () => {
  expect(Object.keys(VISIBLE).sort()).toEqual([...rows.tables]);
  expect(rows.tables.filter((table) => rows.all(table).length === 0)).toEqual([]);
});

test("every role of the database and every reader is named", () => {
  const named = new Set(
    Object.values(VISIBLE).flatMap((expected) =>
      Object.keys(expected).flatMap((readers) => (readers.startsWith("AU1") ? [readers] : readers.split(" "))),
    ),
  );
  expect([...named].filter((name) => !READERS.includes(name as Reader))).toEqual([]);
});

test.each(READERS)("%s finds exactly the rows that are theirs, in every table", async (reader) => {
  const found: Record<string, unknown> = {};
  for (const table of rows.tables) {
    const keys = await keysFound(table, reader);
    found[table] = keys === "denied" ? keys : keys.map((key) => rows.nameOf(table, key)).sort();
  }
  expect(found).toEqual(Object.fromEntries(rows.tables.map((table) => [table, expectedRows(table, reader, rows.all(table))])));
});
