import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { generateDrizzleJson, generateMigration } from "drizzle-kit/api";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type DatabaseUrls, migrate } from "../src/db/migrate.ts";
import { actualShapes, declaredShapes, importTables, tableNames, unguarded } from "./kit/catalog.ts";
import { createDatabase, urlsOf } from "./kit/database.ts";
import { makeDecisions, makeProject } from "./kit/factories.ts";

interface Journal {
  entries: { idx: number; version: string; when: number; tag: string; breakpoints: boolean }[];
}

const readJournal = (folder: string) => JSON.parse(readFileSync(join(folder, "meta/_journal.json"), "utf8")) as Journal;
const opened = (url: string) => postgres(url, { max: 1, onnotice: () => {} });
const codeOf = (error: unknown) => (error as { cause?: { code?: string }; code?: string }).cause?.code ?? (error as { code?: string }).code;

/** Works on connections that are closed whatever happens. */
async function withSql<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = opened(url);
  return work(sql).finally(() => sql.end());
}

describe("an empty database", () => {
  const name = `assay_empty_${randomUUID().slice(0, 8)}`;
  const users = [`${name}_login`, `${name}_jobs`] as const;

  afterAll(() =>
    withSql(inject("adminUrl"), async (admin) => {
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      for (const user of users) await admin.unsafe(`drop role if exists ${user}`);
    }),
  );

  test("is migrated once by four processes that start at the same time, and all of them succeed", async () => {
    await withSql(inject("adminUrl"), (admin) => admin.unsafe(`create database ${name}`));
    const { migrator } = urlsOf(inject("adminUrl"), name);
    const [login, jobs] = users.map((user) => Object.assign(new URL(migrator), { username: user, password: "test" }).href) as [
      string,
      string,
    ];
    const start = () => promisify(execFile)(process.execPath, ["--import", "tsx", "test/kit/migrate-child.ts", login, jobs, migrator]);
    await Promise.all([start(), start(), start(), start()]);
    await withSql(migrator, async (sql) => {
      const applied = await sql`select from drizzle.__drizzle_migrations`;
      expect(applied.length).toBe(readJournal("drizzle").entries.length);
      expect(await tableNames(sql)).toEqual(Object.keys(await declaredShapes()).sort());
    });
  });
});

describe("the catalog", () => {
  let urls: DatabaseUrls;
  let drop: () => Promise<void>;
  let sql: postgres.Sql;
  beforeAll(async () => {
    ({ urls, drop } = await createDatabase());
    sql = opened(urls.migrator);
    await sql`select ensure_decision_partitions('2026-01-01T00:00:00Z', '2026-01-20T00:00:00Z')`;
  });
  afterAll(async () => {
    await sql.end();
    await drop();
  });

  test("is what the tables say: columns, types, nulls, policies", async () => {
    expect(await actualShapes(sql)).toEqual(await declaredShapes());
  });

  test("has nothing that the migrations don't write: the newest snapshot is the tables", async () => {
    const newest = readJournal("drizzle").entries.at(-1)!;
    const snapshot = JSON.parse(readFileSync(`drizzle/meta/${String(newest.idx).padStart(4, "0")}_snapshot.json`, "utf8"));
    expect(await generateMigration(snapshot, generateDrizzleJson(await importTables()))).toEqual([]);
  });

  test("gives partitions of decisions the parent's columns, the owner's policy and nothing else", async () => {
    const { decisions } = await actualShapes(sql);
    const partitions = Object.values(await actualShapes(sql, "partitions"));
    expect(partitions.length).toBe(4);
    for (const partition of partitions)
      expect(partition).toEqual({ columns: decisions!.columns, policies: { assay_owner: "assay_owner" } });
  });

  test.each([
    ["decisions", "ensure_decision_partitions('2026-03-02T00:00:00Z', '2026-03-03T00:00:00Z')"],
    ["the access log", "ensure_access_partitions('2031-03-02T00:00:00Z', '2031-03-03T00:00:00Z')"],
  ])("makes a partition of %s once, for two who ask at the same time", async (_, call) => {
    await withSql(urls.migrator, async (other) => {
      await sql.unsafe(`begin; select ${call}`);
      const waiting = other.unsafe(`select ${call} as made`).then((rows) => rows[0]!.made as number);
      await expect.poll(() => sql`select from pg_locks where locktype = 'advisory' and not granted`.then(({ length }) => length)).toBe(1);
      await sql.unsafe("commit");
      expect(await waiting).toBe(0);
    });
  });

  test.each(["login", "jobs"] as const)("lets the %s read and write nothing as itself", async (who) => {
    await withSql(urls[who], async (self) => {
      for (const table of await tableNames(sql)) {
        for (const statement of [`select from ${table}`, `delete from ${table}`]) {
          expect(await self.unsafe(statement).catch(codeOf), statement).toBe("42501");
        }
      }
    });
  });
});

describe("an old database that is not empty", () => {
  let urls: DatabaseUrls;
  let drop: () => Promise<void>;
  let sql: postgres.Sql;
  let folder: string;
  beforeAll(async () => {
    ({ urls, drop } = await createDatabase());
    sql = opened(urls.migrator);
    folder = mkdtempSync(join(tmpdir(), "assay-migrations-"));
    await makeDecisions(
      sql,
      await makeProject(sql),
      Array.from({ length: 20 }, (_, i) => ({ decidedAt: new Date(Date.UTC(2026, 0, 1 + i)) })),
    );
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await sql.end();
    await drop();
  });

  /** The migrations of the house, and one more. */
  function migrateWith(...statements: string[]): Promise<void> {
    rmSync(folder, { recursive: true });
    cpSync("drizzle", folder, { recursive: true });
    const journal = readJournal(folder);
    const last = journal.entries.at(-1)!;
    journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag: "9999_next" });
    writeFileSync(join(folder, "meta/_journal.json"), JSON.stringify(journal));
    writeFileSync(join(folder, "9999_next.sql"), statements.join("\n--> statement-breakpoint\n"));
    return migrate(urls, folder);
  }

  test("refuses a foreign key that its rows violate, and nothing of that migration stays", async () => {
    const bad = migrateWith(
      "alter table queues add column owner_id uuid",
      "update queues set owner_id = gen_random_uuid()",
      "alter table queues add foreign key (owner_id) references principals (id)",
    );
    expect(await bad.catch(codeOf)).toBe("23503");
    expect((await actualShapes(sql)).queues!.columns).not.toHaveProperty("owner_id");
    expect((await sql`select from drizzle.__drizzle_migrations`).length).toBe(readJournal("drizzle").entries.length);
  });

  test("moves forward: a backfill touches every row, of every tenant, in every partition", async () => {
    const backfilled = ["labelers", "queues", "decisions"];
    await migrateWith(
      ...backfilled.flatMap((table) => [
        `alter table ${table} add column shift text`,
        `update ${table} set shift = 'DAY'`,
        `alter table ${table} alter column shift set not null`,
      ]),
    );
    for (const table of backfilled) {
      const [row] = await sql.unsafe(`select count(*)::int as rows, count(*) filter (where shift = 'DAY')::int as touched from ${table}`);
      expect(row!.rows, table).toBeGreaterThan(0);
      expect(row!.touched, table).toBe(row!.rows);
    }
    expect(await unguarded(sql)).toEqual([]);
  });
});
