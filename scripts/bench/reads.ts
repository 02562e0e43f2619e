import { identityOf } from "../../src/db/identity.ts";
import type { OpenDatabase } from "../../src/db/open.ts";
import { MOST_POINTS } from "../../src/budgets/rules.ts";
import { SYSTEM_VIEWER } from "../../src/core/viewer.ts";
import { makeKey } from "../../src/grants/rules.ts";
import { loadAudits, openWorkbench, type Workbench } from "./audits.ts";
import { CONTESTANTS, type Contestant, type Field, startField } from "./contestants.ts";
import { show, withDatabase } from "./data.ts";
import { answerOf, fire, type Turn } from "./load.ts";
import { GRAPHILE_SQL, meaningOf, shotsOf, type Subjects, type Workload, WORKLOADS } from "./workloads.ts";

const PROJECTS = 10;
const CLIENTS = 8;
const DAY_MS = 86_400_000;
const NAMES: Record<Contestant, string> = {
  floor: "node:http + hand SQL", stock: "Yoga + Pothos + loaders", assay: "Assay, all of it", postgraphile: "PostGraphile 5", "postgraphile-identity": "PostGraphile 5, same identity",
  mercurius: "Mercurius (JIT)",
};

export interface ReadsOptions {
  audits: number;
  /** Times that every server has its two turns at a workload. */
  rounds: number;
  /** Seconds of a turn. */
  seconds: number;
}

/** A lead of the first projects, with a token. */
export async function makeLead({ run }: Workbench, projects = PROJECTS) {
  const { key, prefix, keyHash } = makeKey();
  const projectIds = (await run(`select id from projects where code <> '' order by id limit ${projects}`)).map(({ id }) => id!);
  const principalId = "00000000-0000-7000-8000-0000000be9c4";
  await run(`insert into principals (id, kind, name) values ('${principalId}', 'PERSON', 'Lead') on conflict do nothing;
    insert into api_clients (id, principal_id, name, prefix, key_hash, scopes, expires_at) values (gen_random_uuid(), '${principalId}', 'bench', '${prefix}', '${keyHash}', '{}', now() + interval '30 days');
    insert into budgets (id, principal_id, points_per_minute, reason) values (gen_random_uuid(), '${principalId}', ${MOST_POINTS}, 'benchmarks are meant to load')`);
  for (const id of projectIds) await run(`insert into role_grants (id, principal_id, role, project_id) values (gen_random_uuid(), '${principalId}', 'QA_LEAD', '${id}')
    on conflict do nothing`);
  return { token: key, projectIds, identity: identityOf({ ...SYSTEM_VIEWER, role: "QA_LEAD", principalId, projectIds }) };
}

/** What the workloads ask about. */
export async function subjectsOf({ run }: Workbench, token: string, projectIds: string[]): Promise<Subjects> {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const ids = async (text: string) => (await run(text)).map(({ id }) => id!);
  return {
    token,
    projectIds,
    queueIds: await ids(`select id from queues where project_id = '${projectIds[0]}' order by id`),
    auditIds: await ids(`select id from audits where project_id = '${projectIds[0]}' order by id desc limit 50`),
    from: new Date(today - 30 * DAY_MS),
    to: new Date(today),
  };
}

async function expectSame(field: Field, subjects: Subjects): Promise<void> {
  for (const workload of WORKLOADS) {
    const told = new Map<Contestant, string>();
    for (const [name, { port }] of field.targets)
      for (const shot of shotsOf(name, workload, subjects).slice(0, 3)) told.set(name, (told.get(name) ?? "") + meaningOf(await answerOf(port, shot)));
    for (const [name, text] of told) {
      if (text === told.get("floor")) continue;
      const at = [...text].findIndex((letter, i) => letter !== told.get("floor")![i]);
      throw new Error(`${workload}: ${name} answers otherwise: ...${text.slice(at - 100, at + 200)}\nand the floor ...${told.get("floor")!.slice(at - 100, at + 200)}`);
    }
    console.log(`${workload}: ${told.size} servers give the same data, ${show(told.get("floor")!.length / Math.min(3, shotsOf("floor", workload, subjects).length))} bytes`);
  }
}

/** The middle one. */
export const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

/** Every server has its turn at a workload, then again in the other order; medians of all turns. */
async function measure(field: Field, bench: Workbench, workload: Workload, subjects: Subjects, { rounds, seconds }: ReadsOptions): Promise<Map<Contestant, Turn>> {
  const names = CONTESTANTS.filter((name) => field.targets.has(name));
  const turns = new Map<Contestant, Turn[]>(names.map((name) => [name, []]));
  const turn = (name: Contestant, length: number) => fire(field.targets.get(name)!, bench, shotsOf(name, workload, subjects), CLIENTS, length);
  for (const name of names) await turn(name, Math.max(1, seconds / 2));
  for (let round = 0; round < rounds; round += 1)
    for (const name of [...names, ...names.toReversed()]) turns.get(name)!.push(await turn(name, seconds));
  const middle = (all: readonly Turn[], member: keyof Turn) => median(all.map((each) => each[member]));
  return new Map([...turns].map(([name, all]) => [name, { perSecond: middle(all, "perSecond"), serverMs: middle(all, "serverMs"), databaseMs: middle(all, "databaseMs") }]));
}

function print(results: ReadonlyMap<Workload, ReadonlyMap<Contestant, Turn>>): void {
  const rows = CONTESTANTS.filter((name) => results.get("nested")!.has(name));
  console.log(`\n| requests/s (CPU ms a request: server + its backends) | ${WORKLOADS.join(" | ")} |\n|---|${WORKLOADS.map(() => "---|").join("")}`);
  for (const name of rows) {
    const cells = WORKLOADS.map((workload) => {
      const { perSecond, serverMs, databaseMs } = results.get(workload)!.get(name)!;
      return `${show(perSecond)} (${serverMs.toFixed(2)} + ${databaseMs.toFixed(2)})`;
    });
    console.log(`| ${NAMES[name]} | ${cells.join(" | ")} |`);
  }
  for (const other of ["postgraphile", "postgraphile-identity", "mercurius"] as const) {
    if (!rows.includes(other)) continue;
    const ratios = WORKLOADS.map((workload) => (results.get(workload)!.get("assay")!.perSecond / results.get(workload)!.get(other)!.perSecond).toFixed(2));
    console.log(`| Assay / ${NAMES[other]} | ${ratios.join(" | ")} |`);
  }
}

/** Prints how fast a database that is loaded is read by all servers. */
export async function compareReads(database: Pick<OpenDatabase, "urls">, options: ReadsOptions): Promise<void> {
  const bench = await openWorkbench(database);
  for (const statement of GRAPHILE_SQL) await bench.run(statement);
  const { token, projectIds, identity } = await makeLead(bench);
  const subjects = await subjectsOf(bench, token, projectIds);
  const field = await startField(database.urls, identity);
  try {
    await expectSame(field, subjects);
    const results = new Map<Workload, Map<Contestant, Turn>>();
    for (const workload of WORKLOADS) results.set(workload, await measure(field, bench, workload, subjects, options));
    print(results);
  } finally {
    field.stop();
    await bench.close();
  }
}

/** Prints how fast lists, nested lists, single rows and figures are read, beside other servers on the same data. */
export async function benchReads(options: ReadsOptions): Promise<void> {
  await withDatabase(async (database) => {
    await loadAudits(database, options.audits);
    await compareReads(database, options);
  });
}
