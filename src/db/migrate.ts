import { drizzle } from "drizzle-orm/postgres-js";
import { migrate as applyMigrations } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
import { type Login, prepareRoles } from "./roles.ts";

/** The three ways into a database: the application's login, the job runner's, and a migrator with CREATEROLE (direct, no pooler). */
export interface DatabaseUrls {
  login: string;
  jobs: string;
  migrator: string;
}

/** The application's login, past a pooler: for what belongs to a connection, such as LISTEN and session locks. */
export function directUrl({ login, migrator }: DatabaseUrls): string {
  const { username, password } = new URL(login);
  return Object.assign(new URL(migrator), { username, password }).href;
}

const MIGRATION_LOCK = 7_361_002;

function loginOf(url: string): Login {
  const { username, password } = new URL(url);
  return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
}

// What only the migrator may do: the owner's place in this database, the extension, the job runner's schema.
async function prepareDatabase(sql: postgres.Sql, jobs: Login): Promise<void> {
  const [row] = await sql`select current_database() as name, to_regclass('graphile_worker.migrations') is not null as "hasJobs"`;
  await sql.unsafe(`grant create, connect on database "${row!.name}" to assay_owner; grant create, usage on schema public to assay_owner`);
  await sql.unsafe("create extension if not exists btree_gist with schema public");
  await sql.unsafe(`revoke all on database "${row!.name}" from public; grant connect on database "${row!.name}" to public`);
  if (!row!.hasJobs) {
    // The table by which the job runner knows its version, as it would make it: without one it makes the schema, which its login may not.
    await sql.unsafe(`grant "${jobs.user}" to current_user; create schema if not exists graphile_worker authorization "${jobs.user}"; set role "${jobs.user}";
      create table graphile_worker.migrations (id int primary key, ts timestamptz default now() not null, breaking boolean default false not null); reset role`);
  }
}

/**
 * Brings a database to the newest schema. Processes that start together take turns by an advisory lock: one migrates, the others find
 * nothing to do. Everything of the schema is made, and so owned, by assay_owner.
 */
export async function migrate(urls: DatabaseUrls, migrationsFolder: string): Promise<void> {
  const jobs = loginOf(urls.jobs);
  await prepareRoles(urls.migrator, loginOf(urls.login), jobs);
  const sql = postgres(urls.migrator, { max: 1, onnotice: () => {}, connection: { application_name: "assay-migrate" } });
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await prepareDatabase(sql, jobs);
    await sql`set role assay_owner`;
    await applyMigrations(drizzle(sql), { migrationsFolder });
  } finally {
    await sql.end({ timeout: 5 });
  }
}
