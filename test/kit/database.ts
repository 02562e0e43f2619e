import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";
import type { DatabaseUrls } from "../../src/db/migrate.ts";

/** The three ways into a database of the test server. */
export function urlsOf(adminUrl: string, database: string): DatabaseUrls {
  const urlFor = (user?: string) => {
    const url = new URL(adminUrl);
    url.pathname = `/${database}`;
    if (user) [url.username, url.password] = [user, "test"];
    return url.href;
  };
  return { migrator: urlFor(), login: urlFor("assay_login"), jobs: urlFor("assay_jobs") };
}

/** A migrated database of one's own, dropped at the end. */
export async function createDatabase(): Promise<{ urls: DatabaseUrls; drop: () => Promise<void> }> {
  const adminUrl = inject("adminUrl");
  const name = `assay_${randomUUID().replaceAll("-", "")}`;
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} });
  await admin.unsafe(`create database ${name} template ${inject("template")} strategy file_copy`);
  const drop = async () => {
    await admin.unsafe(`drop database if exists ${name} with (force)`);
    await admin.end();
  };
  return { urls: urlsOf(adminUrl, name), drop };
}
