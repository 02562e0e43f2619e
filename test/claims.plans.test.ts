import { afterAll, beforeAll, expect, test } from "vitest";
import { type Claim, leaseSamples, openAudits } from "../src/claims/leases.store.ts";
import { WORKER } from "../src/db/identity.ts";
import type { Db } from "../src/db/lease.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { addQueue } from "./kit/claims.ts";
import { claim, makeSamples, some } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const ANY = { queueIds: null, exceptQueueIds: [], markets: null, languages: null };

/** Rows of samples and audits that the claim reads; it gives nothing out for good. */
async function readsOf(pool: Pool, claimed: Claim): Promise<number> {
  const reads = async (db: Db) => {
    const [row] = await db.execute<{ n: number }>("select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as n from pg_stat_xact_user_tables where relname in ('samples', 'audits')");
    return row!.n;
  };
  const measure = async (db: Db) => {
    const before = await reads(db);
    const leased = await leaseSamples(db, claimed);
    expect(leased.length).toBe(claimed.count);
    await openAudits(db, claimed, leased.map(({ id }) => ({ projectId: claimed.projectId, id })));
    throw (await reads(db)) - before;
  };
  return write(pool, WORKER, measure, { timeoutMs: 10_000 }).catch((error: unknown) => {
    if (typeof error === "number") return error;
    throw error;
  });
}

test("a claim reads what it gives out and little more, however much waits, by plans made when little did", async () => {
  // Statistics of another time: they know this project's rows from nothing.
  const before = await makeSamples(world, some(40));
  await claim(before.auditor, before.projectId, "id", { count: 20 });
  await world.sql`analyze samples, audits`;
  const { project, auditor } = await makeSamples(world, ({ queueId }) => Array.from({ length: 5 }, () => ({ queueId })));
  const second = await addQueue(world, project);
  const pool = createPool({ url: world.urls.login, size: 1, queue: 5, waitMs: 1_000, applicationName: "assay-test" });
  const walked: Claim = {
    projectId: project.projectId, layer: "CLIENT", auditorId: auditor.principalId, count: 5, wished: ANY, offered: null, vendorId: null, teamId: null,
    ownLabelerIds: [], leaseUntil: new Date(), now: new Date(),
  };
  const rare = { ...walked, offered: { ...ANY, markets: [second.market] } };
  const vendors = { ...walked, offered: ANY, vendorId: project.vendors[1]!.id };
  const fill = (count: number, queueId: string, market: string, vendorId: string) => world.sql`insert into samples (project_id, id, decision_id, purpose, layer, draw_order,
      is_blind, state, due_at, content_ref, content_hash, modality, queue_id, labeler_id, vendor_id, policy_id, market, decided_at)
    select project_id, gen_random_uuid(), decision_id, 'TARGETED', layer, 1, true, 'DRAWN', due_at + g * interval '1 second', content_ref, content_hash, modality, ${queueId},
      labeler_id, ${vendorId}, policy_id, ${market}, decided_at
    from (select * from samples where project_id = ${project.projectId} limit 1) s, generate_series(1, ${count}::int) g`;
  const [first, other] = project.vendors;
  await fill(5, second.id, second.market, first!.id);
  await fill(5, project.queueId, project.market, other!.id);
  try {
    // Often enough for a plan to be kept.
    for (let i = 0; i < 8; i += 1) for (const each of [walked, rare, vendors]) await readsOf(pool, each);
    await fill(20_000, project.queueId, project.market, first!.id);
    for (const each of [walked, rare, vendors]) expect(await readsOf(pool, each)).toBeLessThan(200);
    await world.sql`analyze samples`;
    for (const each of [walked, rare, vendors]) expect(await readsOf(pool, each)).toBeLessThan(200);
  } finally {
    await pool.end();
  }
});
