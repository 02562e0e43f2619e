import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { resetEmbedded, startEmbedded } from "../../src/db/embedded.ts";
import { migrate } from "../../src/db/migrate.ts";
import { urlsOf } from "./database.ts";

declare module "vitest" {
  interface ProvidedContext {
    adminUrl: string;
    template: string;
  }
}

/** One server for all tests (a throw-away embedded one, or TEST_DATABASE_URL's), with a migrated template that worlds are cloned from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = process.env.TEST_DATABASE_URL ? null : mkdtempSync(join(tmpdir(), "assay-test-"));
  const embedded = dir ? await startEmbedded({ dir, fsync: false }) : null;
  const adminUrl = embedded?.url ?? process.env.TEST_DATABASE_URL!;
  const template = `assay_template_${process.pid}`;
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} });
  await admin.unsafe(`drop database if exists ${template}`);
  await admin.unsafe(`create database ${template}`);
  await migrate(urlsOf(adminUrl, template), "drizzle");
  project.provide("adminUrl", adminUrl);
  project.provide("template", template);
  return async () => {
    await admin.unsafe(`drop database if exists ${template}`);
    await admin.end();
    await embedded?.close();
    if (dir) await resetEmbedded(dir);
    if (dir) rmSync(dir, { recursive: true, force: true });
  };
}
