import { and, eq, gt, inArray, isNull, sql } from "drizzle-orm";
import type { ProjectKey } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import { apiClients, principals } from "../grants/table.ts";
import { lots } from "../inspection/table.ts";
import { samplingPlans } from "../plans/table.ts";
import { policies } from "../policies/table.ts";
import { ISSUER, SCORECARD } from "../story/rules.ts";
import type { NamedPolicy } from "../verdicts/rules.ts";

/**
 * True if nobody else is loading the demo; then nobody will until the end of the transaction. It waits for no lock: the closing of periods
 * waits for all who do.
 */
export async function takeTurn(db: Db): Promise<boolean> {
  const [row] = await db.execute<{ taken: boolean }>(sql`select pg_try_advisory_xact_lock(7361010) as taken`);
  return row!.taken;
}

/** The ids of the demo's principals by subject; none if the demo was not loaded. */
export async function findPrincipals(db: Db): Promise<Map<string, string>> {
  const rows = await db.select({ subject: principals.subject, id: principals.id }).from(principals).where(eq(principals.issuer, ISSUER));
  return new Map(rows.map((row) => [row.subject!, row.id]));
}

/** Whose the keys with these hashes are, as far as they stand until that time. */
export async function findKeyOwners(db: Db, hashes: readonly string[], until: Date): Promise<Map<string, string>> {
  const rows = await db
    .select({ keyHash: apiClients.keyHash, principalId: apiClients.principalId })
    .from(apiClients)
    .where(and(inArray(apiClients.keyHash, [...hashes]), isNull(apiClients.revokedAt), gt(apiClients.expiresAt, until)));
  return new Map(rows.map((row) => [row.keyHash, row.principalId]));
}

/** A sample with what its labeler decided. */
export interface Drawn {
  id: string;
  decisionId: string;
  policyId: string;
  policyVersionId: string | null;
  action: string | null;
  market: string;
  decidedAt: Date;
  queueId: string;
  labelerId: string;
  vendorId: string;
  isDouble: boolean;
}

/** The samples of a run in the order of the draw. */
export async function listDrawn(db: Db, projectId: string, runId: string): Promise<Drawn[]> {
  const rows = await db.execute<Omit<Drawn, "decidedAt"> & { decidedAt: string }>(sql`/* demoSamples */
    select s.id, s.decision_id as "decisionId", s.policy_id as "policyId", d.policy_version_id as "policyVersionId", d.action, s.market,
      s.decided_at as "decidedAt", s.queue_id as "queueId", s.labeler_id as "labelerId", s.vendor_id as "vendorId", s.is_double as "isDouble"
    from samples s cross join lateral (
      select policy_version_id, action from decisions where project_id = s.project_id and id = s.decision_id limit 1) d
    where s.project_id = ${projectId} and s.run_id = ${runId} order by s.draw_order, s.decision_id`);
  return rows.map((row) => ({ ...row, decidedAt: new Date(row.decidedAt) }));
}

/** The published version of the demo's scorecard. */
export async function getScorecardVersion(db: Db): Promise<string> {
  const [row] = await db.execute<{ id: string }>(sql`select v.id from scorecard_versions v join scorecards s on s.id = v.scorecard_id
    where s.code = ${SCORECARD} and v.state = 'PUBLISHED'`);
  return row!.id;
}

/** All policies, as verdicts name them. */
export async function listPolicies(db: Db): Promise<NamedPolicy[]> {
  const { id, code, isViolating, isLeaf, severity } = policies;
  return db.select({ id, code, isViolating, isLeaf, severity }).from(policies);
}

/** Lets a stream's plan draw by a seed of the story, so that its lots have the same samples on every database. */
export async function seedLots(db: Db, { projectId, id }: ProjectKey, seed: string): Promise<void> {
  await db.update(samplingPlans).set({ seed }).where(sql`${eq(samplingPlans.projectId, projectId)} and ${samplingPlans.id} =
    (select plan_id from inspection_streams where project_id = ${projectId} and id = ${id})`);
}

/** The run that a lot was drawn by. */
export async function runOfLot(db: Db, { projectId, id }: ProjectKey): Promise<string> {
  const [lot] = await db.select({ runId: lots.runId }).from(lots).where(and(eq(lots.projectId, projectId), eq(lots.id, id)));
  return lot!.runId;
}
