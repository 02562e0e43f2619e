import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";

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

/** An empty database with a login of its own, and a table under forced row security that only the roles granted to that login may read. */
export async function createTenantDatabase(): Promise<TenantDatabase> {
  const url = new URL(inject("adminUrl"));
  const login = `tenants_${randomUUID().slice(0, 8)}`;
  const server = postgres(url.href, { max: 1, onnotice: () => {} });
  await server.unsafe(`create role ${login} login noinherit password 'tenant'`);
  await server.unsafe(`grant assay_lead, assay_worker to ${login}`);
  await server.unsafe(`create database ${login}`);
  url.pathname = `/${login}`;
  const admin = postgres(url.href, { max: 1, onnotice: () => {} });
  await admin.unsafe(SCHEMA);
  url.username = login;
  url.password = "tenant";
  const close = async () => {
    await admin.end();
    await server.unsafe(`drop database ${login} with (force)`);
    await server.unsafe(`drop role ${login}`);
    await server.end();
  };
  return { admin, url: url.href, login, close };
}
