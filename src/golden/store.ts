import { asc, eq, gt, inArray, sql } from "drizzle-orm";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import type { List } from "../db/lists.ts";
import { planAnew } from "../db/statistics.ts";
import { policyVersions } from "../policies/table.ts";
import { goldenItemEntity, type GoldenItemRow, goldenItems } from "./table.ts";

/** Filter of golden items. */
export interface GoldenFilter {
  projectId?: string | null;
  statuses?: GoldenItemRow["status"][] | null;
  truthPolicyId?: string | null;
  contentRefs?: string[] | null;
  updatedAfter?: Date | null;
}

export const goldenList: List<GoldenItemRow, GoldenFilter> = {
  entity: goldenItemEntity,
  where: (table, { projectId, statuses, truthPolicyId, contentRefs, updatedAfter }) => [
    projectId ? eq(table.projectId!, projectId) : undefined,
    statuses ? inArray(table.status!, statuses) : undefined,
    truthPolicyId ? eq(table.truthPolicyId!, truthPolicyId) : undefined,
    contentRefs ? inArray(table.contentRef!, contentRefs) : undefined,
    updatedAfter ? gt(table.updatedAt!, updatedAfter) : undefined,
  ],
  orders: { ID: "id", UPDATED_AT: "updatedAt", ACTIVE_FROM: "activeFrom" },
};

/** Recordings of golden items of a project take turns until the end of the transaction. */
export async function lockGolden(db: Db, projectId: string): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${projectId}, 7361008)) /* lockGolden */`);
}

/** The active items of these contents (hashes in hex), by hash. Each is one look-up in one index, whatever is known of the table. */
export async function listActive(db: Db, projectId: string, contentHashes: readonly string[]) {
  const { contentHash, truthPolicyId, truthAction } = goldenItems;
  // By its text, so that the primary key can't be taken for a way to a project's items one by one.
  const isAsked = sql`${contentHash} = asked.hash and ${goldenItems.status} = 'ACTIVE' and ${goldenItems.projectId}::text = ${projectId}`;
  const found = db.select({ truthPolicyId, truthAction }).from(goldenItems).where(isAsked).limit(1).as("found");
  const hashes = array(contentHashes.map((hash) => `\\x${hash}`), "bytea");
  await planAnew(db);
  const rows = await db
    .select({ hash: sql<string>`encode(asked.hash, 'hex')`, truthPolicyId: found.truthPolicyId, truthAction: found.truthAction })
    .from(sql`unnest(${hashes}) as asked(hash)`)
    .innerJoinLateral(found, sql`true /* activeGoldenItems */`);
  return new Map(rows.map((row) => [row.hash, row]));
}

/** When these policy versions take effect. */
export async function listStarts(db: Db, versionIds: readonly string[]): Promise<Map<string, Date>> {
  const rows = await db
    .select({ id: policyVersions.id, effectiveFrom: policyVersions.effectiveFrom })
    .from(policyVersions)
    .where(sql`${policyVersions.id} = any (${array([...new Set(versionIds)], "uuid")})`)
    .orderBy(asc(policyVersions.id));
  return new Map(rows.map((row) => [row.id, row.effectiveFrom!]));
}

/** A golden item to add: active from a time on; its content hash in hex. */
export interface GoldenFacts {
  id: string;
  contentRef: string;
  contentHash: string;
  truthPolicyId: string;
  truthAction: string | null;
  policyVersionId: string | null;
  source: string | null;
  rule: string | null;
  activeFrom: Date;
  activeTo: Date | null;
}

/** Adds active golden items to a project, in one statement. */
export async function insertGolden(db: Db, projectId: string, items: readonly GoldenFacts[], now: Date): Promise<void> {
  const column = (type: string, value: (item: GoldenFacts) => unknown) => array(items.map(value), type);
  const text = (field: "contentRef" | "truthAction" | "source" | "rule") => column("text", (item) => item[field]);
  const uuid = (field: "id" | "truthPolicyId" | "policyVersionId") => column("uuid", (item) => item[field]);
  const hashes = column("bytea", (item) => `\\x${item.contentHash}`);
  const [starts, ends] = [column("timestamptz", (item) => item.activeFrom), column("timestamptz", (item) => item.activeTo)];
  const at = sql`${now.toISOString()}::timestamptz`;
  await db.execute(sql`/* insertGolden */
    insert into golden_items (project_id, status, created_at, updated_at, id, content_ref, content_hash, truth_policy_id, truth_action,
      policy_version_id, source, rule, active_from, active_to)
    select ${projectId}::uuid, 'ACTIVE', ${at}, ${at}, * from unnest(${uuid("id")}, ${text("contentRef")}, ${hashes}, ${uuid("truthPolicyId")}, ${text("truthAction")},
      ${uuid("policyVersionId")}, ${text("source")}, ${text("rule")}, ${starts}, ${ends})`);
}
