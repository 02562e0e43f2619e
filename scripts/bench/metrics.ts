import { encodeId, readId } from "../../src/core/ids.ts";
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
/** What the API answers in a turn; CPU is told in hundredths of a second. */
const ASKED_IN_TURN = 10;

const QUERY = `query ($projects: [ID!]!, $from: Date!, $to: Date!, $groupBy: [Dimension!]!) {
  metrics(projects: $projects, measures: [ACCURACY], groupBy: $groupBy, range: { from: $from, to: $to, timeZone: "UTC" }, first: 10000, totals: true) {
    rows { project { id code } market week values { value n interval { low high } } } totals { values { n } } meta { plan { path } } } }`;

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

// Weeks from Monday on, as the API has them; by date_bin, whose groups are hashed where the planner knows how few there are.
const WEEK = "date_bin('7 days', decided_at, timestamptz '2001-01-01')";
const STATISTICS = `drop statistics if exists bench_weeks, bench_strata;
  create statistics bench_weeks (ndistinct) on project_id, market, (${WEEK}) from audit_facts;
  create statistics bench_strata (ndistinct) on project_id, market, stratum_id, (${WEEK}) from audit_facts;
  analyze audit_facts; set max_parallel_workers_per_gather = 0`;
const flatFacts = (asked: Asked, groups: string) => `select ${groups.replace(WEEK, `${WEEK} as week`)}, count(*) as n, count(*) filter (where is_correct) as hits from audit_facts
    where layer = 'CLIENT' and purpose in ('RANDOM', 'RISK') and not is_process_error and ${BETWEEN(asked)} group by ${groups}`;
/** The counts that the answer is made of, and, less than it takes, without the strata that weigh them. */
const DIRECT: Record<string, (asked: Asked) => string> = {
  "audits and verdicts, by stratum": (asked) => `select a.project_id, a.market, ${WEEK.replace("decided_at", "a.decided_at")} as week, a.stratum_id, count(*) as n, count(*) filter (where v.outcome = 'CORRECT') as hits
    from audits a join verdicts v on v.project_id = a.project_id and v.audit_id = a.id
    where a.role = 'PRIMARY' and a.state in ('PUBLISHED', 'ACKNOWLEDGED', 'APPEALED', 'FINAL') and a.layer = 'CLIENT' and a.purpose in ('RANDOM', 'RISK')
      and v.attribution is distinct from 'PROCESS' and ${BETWEEN(asked).replaceAll("decided_at", "a.decided_at")}
      and v.number = (select max(w.number) from verdicts w where w.project_id = a.project_id and w.audit_id = a.id) group by 1, 2, 3, 4`,
  "flat facts, by stratum": (asked) => flatFacts(asked, `project_id, market, ${WEEK}, stratum_id`),
  "flat facts, unweighted": (asked) => flatFacts(asked, `project_id, market, ${WEEK}`),
};

async function ask({ target, token, projectIds, from, to }: Asked, groupBy: string[]): Promise<any> {
  const day = (time: Date) => time.toISOString().slice(0, 10);
  const projects = projectIds.map((id) => encodeId("Project", { projectId: null, id }));
  const shot = shotOf("/graphql", { query: QUERY, variables: { projects, from: day(from), to: day(to), groupBy } }, { authorization: `Bearer ${token}` });
  const { data, errors } = JSON.parse(await answerOf(target.port, shot));
  if (errors) throw new Error(JSON.stringify(errors).slice(0, 500));
  return data.metrics;
}

async function costOf({ bench, target }: Asked, applicationName: string, times: number, work: () => Promise<unknown>): Promise<Cost> {
  const backends = await backendsOf(bench, applicationName);
  const [database, server, begin] = [cpuOf(backends), cpuOf([target.pid]), performance.now()];
  for (let i = 0; i < times; i += 1) await work();
  const all = { ms: performance.now() - begin, serverMs: cpuOf([target.pid]) - server, databaseMs: cpuOf(await backendsOf(bench, applicationName)) - database };
  return { ms: all.ms / times, serverMs: all.serverMs / times, databaseMs: all.databaseMs / times };
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

const ASSAY = "Assay, by the API";

// The counts of a direct scan are those that the API tells.
async function expectSame(asked: Asked, rows: readonly any[], text: string): Promise<void> {
  const groups = new Map<string, number>();
  for (const { project_id: projectId, market, week, n } of await asked.bench.run(text)) {
    const key = [projectId, market, new Date(week!).toISOString().slice(0, 10)].join(" ");
    groups.set(key, (groups.get(key) ?? 0) + Number(n));
  }
  const differs = rows.find(({ project, market, week, values }) => groups.get([readId(project.id)!.key.id, market, week].join(" ")) !== values[0].n);
  if (differs || groups.size !== rows.length) throw new Error(`${groups.size} groups, not ${rows.length}; ${JSON.stringify(differs)}`);
}

/** Prints what the figures of a database that is loaded cost, by the API and by the best direct scans; CPU of the API in ms. */
export async function compareMetrics(database: Pick<OpenDatabase, "urls">, count: number): Promise<number> {
  const bench = await openWorkbench(database);
  await bench.run(STATISTICS);
  const { token, projectIds } = await makeLead(bench, SHAPE.projects);
  const { child, target } = await startAssay(database.urls);
  const to = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS);
  const asked: Asked = { bench, target, token, projectIds, from: new Date(to.getTime() - 180 * DAY_MS), to };
  try {
    const groups = ["PROJECT", "MARKET", "WEEK"];
    const { rows, meta } = await ask(asked, groups);
    for (const text of Object.values(DIRECT)) await expectSame(asked, rows, text(asked));
    const ways: Record<string, () => Promise<Cost>> = { [ASSAY]: () => costOf(asked, "assay", ASKED_IN_TURN, () => ask(asked, groups)) };
    for (const [name, text] of Object.entries(DIRECT)) ways[`direct scan of ${name}: SQL alone`] = () => costOf(asked, "bench-load", 1, () => bench.run(text(asked)));
    const costs = new Map<string, Cost[]>(Object.keys(ways).map((name) => [name, []]));
    for (let round = 0; round <= ROUNDS; round += 1) {
      const names = round % 2 === 0 ? Object.keys(ways) : Object.keys(ways).reverse();
      for (const name of names) {
        const cost = await ways[name]!();
        // The first round warms up.
        if (round > 0) costs.get(name)!.push(cost);
      }
    }
    console.log(`\nquality by project, market and week over 180 days at ${show(count)} audits: ${show(rows.length)} groups, read from ${[...new Set(meta.plan.map(({ path }: { path: string }) => path))].join(" and ")}`);
    console.log("| | ms | CPU ms of the database | CPU ms of the server | database / Assay's | all / Assay's |\n|---|---|---|---|---|---|");
    const own = middleOf(costs.get(ASSAY)!);
    for (const [name, all] of costs) {
      const { ms, databaseMs, serverMs } = name === ASSAY ? own : { ...middleOf(all), serverMs: 0 };
      const ratios = [databaseMs / own.databaseMs, (databaseMs + serverMs) / (own.databaseMs + own.serverMs)].map((ratio) => ratio.toFixed(1));
      console.log(`| ${name} | ${ms.toFixed(0)} | ${databaseMs.toFixed(0)} | ${serverMs.toFixed(0)} | ${ratios.join(" | ")} |`);
    }
    await expectFresh(asked);
    return own.databaseMs + own.serverMs;
  } finally {
    child.kill();
    await bench.close();
  }
}

/** Prints what figures over half a year cost at each number of audits, each in a database of its own. */
export async function benchMetrics(counts: readonly number[]): Promise<void> {
  const costs: number[] = [];
  for (const count of counts) {
    await withDatabase(async (database) => {
      await loadAudits(database, count);
      costs.push(await compareMetrics(database, count));
    });
  }
  for (const [index, cost] of costs.entries()) console.log(`CPU by the API at ${show(counts[index]!)} audits: ${(cost / costs[0]!).toFixed(2)} of that at ${show(counts[0]!)}`);
}
