import { WORKER } from "../../src/db/identity.ts";
import { openConnection } from "../../src/db/connection.ts";
import type { OpenDatabase } from "../../src/db/open.ts";
import { write } from "../../src/db/session.ts";
import { buildRollups } from "../../src/rollups/service.ts";
import { show } from "./data.ts";
import { DRAWS, draftOf, FACT_TABLES, PLACES, SHAPE } from "./rows.ts";

const FOLD_TIMEOUT_MS = 60_000;

/** Runs SQL as the superuser, past row security and what triggers check; throw-away databases only. */
export interface Workbench {
  run: (text: string) => Promise<Record<string, string>[]>;
  close: () => Promise<void>;
}

/** A superuser's connection with as much memory as a load likes. */
export async function openWorkbench({ urls }: Pick<OpenDatabase, "urls">): Promise<Workbench> {
  const connection = openConnection({ url: urls.migrator, prepare: false, applicationName: "bench-load", onLost: () => {} });
  const run = async (text: string) => (await connection.send(text)) as unknown as Record<string, string>[];
  await run("set session_replication_role = replica; set maintenance_work_mem = '1GB'; set work_mem = '512MB'; set max_parallel_maintenance_workers = 2");
  return { run, close: connection.close };
}

async function timed(what: string, rows: number, work: () => Promise<unknown>): Promise<void> {
  const begin = performance.now();
  await work();
  const seconds = (performance.now() - begin) / 1_000;
  console.log(`  ${what}: ${seconds.toFixed(1)} s, ${show(rows / seconds)} rows/s`);
}

// What drops and what makes again the indexes of a table that are no constraint: they are built once the rows are there.
async function indexesOf({ run }: Workbench, table: string): Promise<{ drops: string[]; creates: string[] }> {
  const indexes = await run(`select indexname as name, indexdef as text from pg_indexes where schemaname = 'public' and tablename = '${table}'
    and indexname not in (select conname from pg_constraint) and not exists (select from pg_inherits where inhparent = '${table}'::regclass)`);
  return { drops: indexes.map(({ name }) => `drop index ${name}`), creates: indexes.map(({ text }) => text!) };
}

// A table that is emptied in the transaction that fills it needs no log.
async function fill(bench: Workbench, table: string, insert: string): Promise<void> {
  const { drops, creates } = await indexesOf(bench, table);
  await bench.run(["begin", `truncate ${table} cascade`, ...drops, insert, ...creates, "commit"].join("; "));
}

// By two at a time, as two processes of the product would; then tables are as autovacuum leaves them.
async function fold({ pool }: OpenDatabase, bench: Workbench): Promise<void> {
  const { drops, creates } = await indexesOf(bench, "audit_facts");
  await bench.run(drops.join("; "));
  const folder = () => buildRollups((step) => write(pool, WORKER, step, { timeoutMs: FOLD_TIMEOUT_MS }));
  await Promise.all([folder(), folder()]);
  for (const statement of [...creates, "vacuum (analyze) audit_facts, audit_rollups, stratum_rollups, rollup_watermarks"]) await bench.run(statement);
}

/**
 * Fills an empty database with so many published audits, a decision, sample and verdict each: 60 projects of 5 queues, a market each, audited
 * by weekly draws that are stratified by market, over the 26 weeks until today; then folds them as the product does.
 */
export async function loadAudits(database: OpenDatabase, count: number): Promise<void> {
  const bench = await openWorkbench(database);
  const { run } = bench;
  console.log(`loading ${show(count)} audits`);
  for (const statement of PLACES) await run(statement);
  await timed("drafted", count, () => run(draftOf(count)));
  for (const statement of DRAWS) await run(statement);
  await run(`select ensure_decision_partitions(date_trunc('day', now()) - interval '${SHAPE.weeks} weeks', now())`);
  for (const [table, insert] of Object.entries(FACT_TABLES)) await timed(table, count, () => fill(bench, table, insert));
  await run("drop table bench_rows");
  await timed("statistics", count * 4, () => run("vacuum (analyze)"));
  await timed("folded", count, () => fold(database, bench));
  await bench.close();
}
