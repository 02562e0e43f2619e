import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { resetEmbedded, startEmbedded } from "../../src/db/embedded.ts";

export interface TenantDatabase {
  /** The superuser's connection to it. */
  admin: postgres.Sql;
  /** The login's, which may read nothing as itself. */
  url: string;
  login: string;
  close(): Promise<void>;
}

// No key on `id`: a write that ran twice must show as two rows. `tenant` is whose transaction it was, `author` whose it should have been.
const SCHEMA = `
  create table notes (id uuid not null, tenant uuid not null default current_setting('app.project_ids')::uuid, author uuid not null);
  create table counters (tenant uuid primary key, value int not null default 0);
  alter table notes enable row level security;
  alter table notes force row level security;
  create policy own on notes to assay_lead using (tenant = (select nullif(current_setting('app.project_ids', true), '')::uuid));
  create policy everything on notes to assay_worker using (true);
  grant select, insert on notes to assay_lead, assay_worker;
  grant select, insert, update on counters to assay_lead;
`;

/** An empty database of its own with a table under forced row security, on a throw-away server or on that of TEST_DATABASE_URL. */
export async function createTenantDatabase(): Promise<TenantDatabase> {
  const dir = mkdtempSync(join(tmpdir(), "assay-pool-"));
  const given = process.env["TEST_DATABASE_URL"];
  const server = given ? undefined : await startEmbedded({ dir, fsync: false });
  const rootUrl = new URL(given ?? server!.url);
  const login = `pool_test_${process.pid}`;
  const root = postgres(rootUrl.href, { max: 1, onnotice: () => {} });
  for (const role of ["assay_lead", "assay_worker"]) {
    await root.unsafe(`do $$ begin create role ${role} nologin noinherit; exception when duplicate_object then null; end $$`);
  }
  await root.unsafe(`create role ${login} login noinherit password 'tenant'`);
  await root.unsafe(`grant assay_lead, assay_worker to ${login}`);
  await root.unsafe(`create database ${login}`);
  const url = new URL(rootUrl);
  url.pathname = `/${login}`;
  const admin = postgres(url.href, { max: 1, onnotice: () => {} });
  await admin.unsafe(SCHEMA);
  url.username = login;
  url.password = "tenant";
  const close = async () => {
    await admin.end();
    await root.unsafe(`drop database ${login} with (force)`);
    await root.unsafe(`drop role ${login}`);
    await root.end();
    await server?.close();
    if (server) await resetEmbedded(dir);
    rmSync(dir, { recursive: true, force: true });
  };
  return { admin, url: url.href, login, close };
}
