import { asWorker } from "./publication.ts";
import type { Pool } from "../../src/db/pool.ts";
import { buildRollups } from "../../src/rollups/service.ts";
import type { ProjectFixture } from "./factories.ts";
import { allSealed } from "./events.ts";
import type { World } from "./world.ts";

/** Folds all that is sealed, of all projects. */
export async function foldAll(pool: Pool): Promise<void> {
  await buildRollups((step) => asWorker(pool, step));
}

/** Waits until the project's events are sealed, then folds them. */
export async function foldOf(world: World, pool: Pool, { projectId }: ProjectFixture): Promise<void> {
  await allSealed(world, projectId);
  await foldAll(pool);
}

/** What is kept of a project: facts, cells and strata, each in an order of its own. */
export async function keptOf({ sql }: World, { projectId }: ProjectFixture) {
  const of = async (table: string) => (await sql`select to_jsonb(t) as row from ${sql(table)} t where project_id = ${projectId} order by to_jsonb(t)::text`).map(({ row }) => row);
  const strata = (await of("stratum_rollups")).filter(({ audited }) => audited > 0);
  return { facts: await of("audit_facts"), cells: await of("audit_rollups"), strata };
}

/** The project's watermark. */
export async function markOf({ sql }: World, { projectId }: ProjectFixture) {
  const [row] = await sql`select seq::int, state, time_zone, has_queue_policy, built_to, queue_policy_to, facts from rollup_watermarks where project_id = ${projectId}`;
  return row as unknown as { seq: number; state: string; time_zone: string; has_queue_policy: boolean; built_to: string | null; queue_policy_to: string | null; facts: number };
}

/** Forgets all that is kept of a project, so that it is built anew. */
export async function forget({ sql }: World, { projectId }: ProjectFixture): Promise<void> {
  for (const table of ["audit_facts", "audit_rollups", "stratum_rollups", "rollup_watermarks"]) await sql`delete from ${sql(table)} where project_id = ${projectId}`;
}

const SUMS = `count(*)::int as audits, count(*) filter (where is_correct)::int as correct, count(*) filter (where is_critical)::int as critical,
  count(*) filter (where is_truly_violating)::int as truly_violating, count(*) filter (where is_labeled_violating and not is_truly_violating)::int as over_enforced,
  count(*) filter (where is_truly_violating and not is_labeled_violating)::int as under_enforced, count(*) filter (where policy_id = truth_policy_id)::int as policy_right,
  count(*) filter (where is_action_right)::int as action_right, count(score_millionths)::int as scored, coalesce(sum(score_millionths), 0)::bigint as score_millionths,
  sum(failed_count)::int as failed_criteria, sum(judged_count)::int as judged_criteria`;

/** The cells that the project's facts make, by a sum of the test's own; in the order of `keptOf`. */
export async function cellsOfFacts({ sql }: World, { projectId }: ProjectFixture, hasQueuePolicy: boolean) {
  const grain = (name: string, vendor: string, queue: string, policy: string) => `select project_id, '${name}' as grain, layer, purpose, day, market, ${vendor} as vendor_id, run_id, stratum_id,
    ${queue} as queue_id, ${policy} as policy_id, is_process_error, ${SUMS} from audit_facts where project_id = '${projectId}' and inclusion_probability is null
    group by layer, purpose, day, market, run_id, stratum_id, is_process_error, project_id${[vendor, queue, policy].map((each) => (each.startsWith("null") ? "" : `, ${each}`)).join("")}`;
  const grains = [
    grain("MARKET", "null::uuid", "null::uuid", "null::uuid"), grain("HEADLINE", "vendor_id", "null::uuid", "null::uuid"),
    ...(hasQueuePolicy ? [grain("QUEUE_POLICY", "vendor_id", "queue_id", "policy_id")] : []),
  ];
  return (await sql.unsafe(`select to_jsonb(t) as row from (${grains.join(" union all ")}) t order by to_jsonb(t)::text`)).map(({ row }) => row);
}
