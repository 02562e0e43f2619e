import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { escapes, unguarded } from "./kit/catalog.ts";
import { createDatabase } from "./kit/database.ts";

let sql: postgres.Sql;
let drop: () => Promise<void>;
beforeAll(async () => {
  const database = await createDatabase();
  drop = database.drop;
  sql = postgres(database.urls.migrator, { max: 1, onnotice: () => {} });
  await sql`select ensure_decision_partitions('2026-01-01T00:00:00Z', '2026-01-20T00:00:00Z')`;
});
afterAll(async () => {
  await sql.end();
  await drop();
});

test("every table and partition of every schema is guarded, and nothing leads round row security", async () => {
  expect(await unguarded(sql)).toEqual([]);
  expect(await escapes(sql)).toEqual([]);
});

/** What is found of a change that is taken back at once. */
async function foundAfter(change: string): Promise<string[]> {
  await sql.unsafe("begin");
  try {
    await sql.unsafe(change);
    return [...(await unguarded(sql)), ...(await escapes(sql))];
  } finally {
    await sql.unsafe("rollback");
  }
}

const PARTITION = "(select inhrelid::regclass::text from pg_inherits where inhparent = 'decisions'::regclass limit 1)";

test.each([
  ["create table stray (id int)", ["stray"]],
  ["create schema aside; create table aside.stray (id int)", ["aside.stray"]],
  ["alter table vendors no force row level security", ["vendors"]],
  ["drop policy assay_owner on vendors", ["vendors"]],
  ["alter table vendors owner to assay_jobs", ["vendors"]],
  ["alter table drizzle.__drizzle_migrations disable row level security", ["drizzle.__drizzle_migrations"]],
  ["create policy open on vendors using (true)", ["policy open on vendors is for PUBLIC"]],
  ["create policy narrow on vendors as restrictive using (true)", []],
  ["create policy open on vendors to assay_login using (true)", ["policy open on vendors is for assay_login"]],
  ["create view seen as select * from vendors", ["view seen reads as its owner"]],
  ["create view seen with (security_invoker = true) as select * from vendors", []],
  ["create materialized view seen as select * from vendors", ["view seen reads as its owner"]],
  ["create rule spy as on insert to vendors do also select 1", ["rule spy on vendors"]],
  ["grant select on vendors to public", ["vendors is granted to PUBLIC"]],
  ["grant select (code) on vendors to public", ["vendors.code is granted to PUBLIC"]],
  ["grant select on vendors to assay_login", ["assay_login is granted pg_class", "vendors is granted to assay_login"]],
  [`do $$ begin execute 'grant select on ' || ${PARTITION} || ' to assay_admin'; end $$`, [/^decisions_\w+ is granted to assay_admin$/]],
  ["grant create on schema public to assay_admin", ["schema public may be filled by assay_admin"]],
  ["alter default privileges grant select on tables to public", ["grants by default to PUBLIC"]],
  ["create function leak() returns int language sql security definer as 'select 1'", [/^function leak/]],
  ["alter function blind_decisions() reset search_path", [/^function blind_decisions/]],
  ["grant execute on function blind_decisions() to public", [/^function blind_decisions/]],
  ["alter role assay_login bypassrls", ["assay_login has powers of its own"]],
  ["alter role assay_lead login", ["assay_lead has powers of its own"]],
  ["grant assay_owner to assay_login", ["assay_login may become assay_owner"]],
  ["grant assay_admin to assay_lead", ["assay_lead may become assay_admin"]],
  ["create schema mine authorization assay_login", [/^assay_login owns pg_namespace/]],
] as [string, (string | RegExp)[]][])("knows what opens and what doesn't: %s", async (change, expected) => {
  const found = await foundAfter(change);
  expect(found.length > 0, found.join()).toBe(expected.length > 0);
  for (const each of expected) expect(found.some((way) => (typeof each === "string" ? way === each || way.startsWith(`${each} `) : each.test(way))), `${each}: ${found.join()}`).toBe(true);
});
