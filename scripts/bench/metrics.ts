import { encodeId } from "../../src/core/ids.ts";
import type { OpenDatabase } from "../../src/db/open.ts";
import { loadAudits, openWorkbench, type Workbench } from "./audits.ts";
import { startAssay } from "./contestants.ts";
import { show, withDatabase } from "./data.ts";
import { answerOf, backendsOf, cpuOf, shotOf, type Target } from "./load.ts";
import { makeLead, median } from "./reads.ts";
import { SHAPE } from "./rows.ts";

const DAY_MS = 86_400_000;
/** Of every way to read, in turn. */
const ROUNDS = 5;

const QUERY = `query ($projects: [ID!]!, $from: Date!, $to: Date!, $groupBy: [Dimension!]!) {
  metrics(projects: $projects, measures: [ACCURACY], groupBy: $groupBy, range: { from: $from, to: $to, timeZone: "UTC" }, first: 10000, totals: true) {
    rows { project { code } market week values { value n interval { low high } } } totals { values { n } } meta { plan { path } } } }`;

/** One way to get the figures: time, and CPU of the database and of the server, in ms. */
interface Cost {
  ms: number;
  databaseMs: number;
  serverMs: number;
}

interface Asked {
  bench: Workbench;
  target: Target;
  token: string;
  projectIds: string[];
  from: Date;
  to: Date;
}

const BETWEEN = ({ from, to }: Asked) => `decided_at >= '${from.toISOString()}' and decided_at < '${to.toISOString()}'`;

// Weeks by date_bin, whose groups are hashed where the planner knows how few there are.
const WEEK = (asked: Asked) => `date_bin('7 days', decided_at, '${asked.from.toISOString()}')`;
const DIRECT: Record<string, (asked: Asked) => string> = {
  "audits and verdicts": (asked) => `select a.project_id, a.market, ${WEEK(asked).replace("decided_at", "a.decided_at")} as week, count(*), count(*) filter (where v.outcome = 'CORRECT')
    from audits a join verdicts v on v.project_id = a.project_id and v.audit_id = a.id
    where a.role = 'PRIMARY' and a.state in ('PUBLISHED', 'ACKNOWLEDGED', 'APPEALED', 'FINAL') and a.layer = 'CLIENT' and a.purpose in ('RANDOM', 'RISK')
      and v.attribution is distinct from 'PROCESS' and ${BETWEEN(asked).replaceAll("decided_at", "a.decided_at")}
      and v.number = (select max(w.number) from verdicts w where w.project_id = a.project_id and w.audit_id = a.id) group by 1, 2, 3`,
  "flat facts": (asked) => `select project_id, market, ${WEEK(asked)} as week, count(*), count(*) filter (where is_correct)
    from audit_facts where layer = 'CLIENT' and purpose in ('RANDOM', 'RISK') and not is_process_error and ${BETWEEN(asked)} group by 1, 2, 3`,
};

async function ask({ target, token, projectIds, from, to }: Asked, groupBy: string[]): Promise<any> {
  const day = (time: Date) => time.toISOString().slice(0, 10);
  const projects = projectIds.map((id) => encodeId("Project", { projectId: null, id }));
  const shot = shotOf("/graphql", { query: QUERY, variables: { projects, from: day(from), to: day(to), groupBy } }, { authorization: `Bearer ${token}` });
  const { data, errors } = JSON.parse(await answerOf(target.port, shot));
  if (errors) throw new Error(JSON.stringify(errors).slice(0, 500));
  return data.metrics;
}

async function costOf({ bench, target }: Asked, applicationName: string, work: () => Promise<unknown>): Promise<Cost> {
  const backends = await backendsOf(bench, applicationName);
  const [database, server, begin] = [cpuOf(backends), cpuOf([target.pid]), performance.now()];
  await work();
  const ms = performance.now() - begin;
  return { ms, serverMs: cpuOf([target.pid]) - server, databaseMs: cpuOf(await backendsOf(bench, applicationName)) - database };
}

const middleOf = (costs: readonly Cost[]): Cost => ({
  ms: median(costs.map(({ ms }) => ms)), databaseMs: median(costs.map(({ databaseMs }) => databaseMs)), serverMs: median(costs.map(({ serverMs }) => serverMs)),
});

async function expectFresh(asked: Asked): Promise<void> {
  const countOf = async () => (await ask(asked, [])).totals.values[0].n as number;
  const [{ project_id: projectId, id }] = (await asked.bench.run(`select project_id, id from audits where project_id = '${asked.projectIds.at(-1)}' and state = 'PUBLISHED' order by id desc limit 1`)) as [Record<string, string>];
  const before = await countOf();
  const query = 'mutation ($auditId: ID!) { voidAudit(input: { auditId: $auditId, reason: "bench" }) { __typename ... on Refusal { message } } }';
  const shot = shotOf("/graphql", { query, variables: { auditId: encodeId("Audit", { projectId: projectId!, id: id! }) } }, { authorization: `Bearer ${asked.token}` });
  const answer = await answerOf(asked.target.port, shot);
  const after = await countOf();
  if (before - after !== 1) throw new Error(`${before} audits, ${after} after one was voided: ${answer}`);
  console.log(`fresh to the last commit: ${show(before)} audits are counted, ${show(after)} right after one was voided`);
}

/** Prints what the figures of a database that is loaded cost, by the API and by the best direct scans. */
export async function compareMetrics(database: Pick<OpenDatabase, "urls">, count: number): Promise<void> {
  const bench = await openWorkbench(database);
  await bench.run(`create statistics if not exists bench_weeks (ndistinct) on project_id, market, (date_bin('7 days', decided_at, timestamptz '2026-01-05')) from audit_facts;
    analyze audit_facts; set max_parallel_workers_per_gather = 0`);
  const { token, projectIds } = await makeLead(bench, SHAPE.projects);
  const { child, target } = await startAssay(database.urls);
  const to = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS);
  const asked: Asked = { bench, target, token, projectIds, from: new Date(to.getTime() - 180 * DAY_MS), to };
  try {
    const groups = ["PROJECT", "MARKET", "WEEK"];
    const ways: Record<string, () => Promise<Cost>> = { "Assay, by the API": () => costOf(asked, "assay", () => ask(asked, groups)) };
    for (const [name, text] of Object.entries(DIRECT)) ways[`direct scan of ${name}, SQL alone`] = () => costOf(asked, "bench-load", () => bench.run(text(asked)));
    const costs = new Map<string, Cost[]>(Object.keys(ways).map((name) => [name, []]));
    for (let round = 0; round <= ROUNDS; round += 1) {
      const names = round % 2 === 0 ? Object.keys(ways) : Object.keys(ways).reverse();
      for (const name of names) {
        const cost = await ways[name]!();
        // The first round warms up.
        if (round > 0) costs.get(name)!.push(cost);
      }
    }
    const { rows, meta } = await ask(asked, groups);
    console.log(`\nquality by project, market and week over 180 days at ${show(count)} audits: ${show(rows.length)} groups, read from ${[...new Set(meta.plan.map(({ path }: { path: string }) => path))].join(" and ")}`);
    console.log("| | ms | CPU ms of the database | CPU ms of the server |\n|---|---|---|---|");
    for (const [name, all] of costs) {
      const { ms, databaseMs, serverMs } = middleOf(all);
      console.log(`| ${name} | ${ms.toFixed(0)} | ${databaseMs.toFixed(0)} | ${serverMs.toFixed(0)} |`);
    }
    await expectFresh(asked);
  } finally {
    child.kill();
    await bench.close();
  }
}

/** Prints what figures over half a year cost at each number of audits, each in a database of its own. */
export async function benchMetrics(counts: readonly number[]): Promise<void> {
  for (const count of counts) {
    await withDatabase(async (database) => {
      await loadAudits(database, count);
      await compareMetrics(database, count);
    });
  }
}
