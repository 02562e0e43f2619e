import { type SQL, sql } from "drizzle-orm";
import { makePgArray } from "drizzle-orm/pg-core";
import { array } from "../db/arrays.ts";
import type { Db } from "../db/lease.ts";
import { planAnew } from "../db/statistics.ts";
import { type DecisionFacts, printOf, type RecordedRef } from "./rules.ts";

/** Makes the weekly partitions that begin on these Mondays, where they are missing. */
export async function ensurePartitions(db: Db, mondays: readonly Date[]): Promise<void> {
  const weeks = array(mondays.map((monday) => monday.toISOString()), "timestamptz");
  await db.execute(sql`/* ensurePartitions */ select sum(ensure_decision_partitions(week, week)) from unnest(${weeks}) as week`);
}

/** What these references of a project stand for already, by place; null where free. Each is one index look-up, whatever is known of the table. */
export async function findRecorded(db: Db, facts: readonly DecisionFacts[]): Promise<(RecordedRef | null)[]> {
  const asked = sql`unnest(${plainArray(facts.map((each) => each.vendorId), "uuid")}, ${array(facts.map((each) => each.externalRef), "text")})`;
  await planAnew(db);
  const rows = await db.execute<{ i: string; id: string; print: string }>(sql`/* recordedByRef */
    select asked.i, found.decision_id as id, encode(found.print, 'hex') as print from ${asked} with ordinality as asked(vendor_id, ref, i) cross join lateral (
      select r.decision_id, r.print from decision_refs r
      where r.project_id = ${facts[0]!.projectId} and r.vendor_id = asked.vendor_id and r.external_ref = asked.ref limit 1) found`);
  const recorded: (RecordedRef | null)[] = facts.map(() => null);
  for (const { i, id, print } of rows) recorded[Number(i) - 1] = { decisionId: id, print };
  return recorded;
}

// Ids, times, numbers and digests need no quotes, which spares an import the search for characters to escape.
function plainArray(values: readonly (string | number | null)[], type: string): SQL {
  return sql`${`{${values.map((value) => value ?? "NULL").join(",")}}`}::${sql.raw(type)}[]`;
}

// How each column travels: as an array of its own, in the text form of its type.
const COLUMNS: readonly [column: string, type: string, value: (facts: DecisionFacts) => string | number | null][] = [
  ["id", "uuid", ({ id }) => id],
  ["external_ref", "text", ({ externalRef }) => externalRef],
  ["content_ref", "text", ({ contentRef }) => contentRef],
  ["content_hash", "bytea", ({ contentHash }) => `\\\\x${contentHash}`],
  ["modality", "text", ({ modality }) => modality],
  ["language", "text", ({ language }) => language],
  ["queue_id", "uuid", ({ queueId }) => queueId],
  ["labeler_id", "uuid", ({ labelerId }) => labelerId],
  ["vendor_id", "uuid", ({ vendorId }) => vendorId],
  ["site_id", "uuid", ({ siteId }) => siteId],
  ["team_id", "uuid", ({ teamId }) => teamId],
  ["policy_id", "uuid", ({ policyId }) => policyId],
  ["market", "text", ({ market }) => market],
  ["decided_at", "timestamptz", ({ decidedAt }) => decidedAt.toISOString()],
  ["policy_version_id", "uuid", ({ policyVersionId }) => policyVersionId],
  ["action", "text", ({ action }) => action],
  ["tags", "text", ({ tags }) => makePgArray(tags)],
  ["risk_score", "float8", ({ riskScore }) => riskScore],
  ["enqueued_at", "timestamptz", ({ enqueuedAt }) => enqueuedAt?.toISOString() ?? null],
  ["claimed_at", "timestamptz", ({ claimedAt }) => claimedAt?.toISOString() ?? null],
  ["handle_seconds", "float8", ({ handleSeconds }) => handleSeconds],
];
const NAMES = sql.raw(COLUMNS.map(([column]) => column).join(", "));
const VALUES = sql.raw(COLUMNS.map(([column]) => (column === "tags" ? "tags::text[]" : column)).join(", "));

// In one order everywhere: who meets the same references of another transaction waits for it, and never the other way round as well.
async function insertRefs(db: Db, projectId: string, unsorted: readonly DecisionFacts[]): Promise<number> {
  const facts = [...unsorted].sort((a, b) => (a.externalRef < b.externalRef ? -1 : a.externalRef > b.externalRef ? 1 : a.vendorId < b.vendorId ? -1 : 1));
  const vendorIds = plainArray(facts.map(({ vendorId }) => vendorId), "uuid");
  const ids = plainArray(facts.map(({ id }) => id), "uuid");
  const prints = plainArray(facts.map((each) => `\\\\x${printOf(each)}`), "bytea");
  const incoming = sql`unnest(${vendorIds}, ${array(facts.map(({ externalRef }) => externalRef), "text")}, ${ids}, ${prints})`;
  const { count } = await db.execute(sql`/* insertDecisionRefs */
    insert into decision_refs (project_id, vendor_id, external_ref, decision_id, print) select ${projectId}::uuid, * from ${incoming} on conflict do nothing`);
  return count;
}

async function insertRows(db: Db, projectId: string, facts: readonly DecisionFacts[]): Promise<number> {
  const arrays = COLUMNS.map(([, type, value]) => (type === "text" ? array(facts.map(value), type) : plainArray(facts.map(value), type)));
  const { count } = await db.execute(sql`/* insertDecisions */
    insert into decisions (project_id, ${NAMES}) select ${projectId}::uuid, ${VALUES} from unnest(${sql.join(arrays, sql`, `)}) as incoming(${NAMES}) on conflict do nothing`);
  return count;
}

async function savepoint(db: Db): Promise<void> {
  await db.execute(sql`savepoint recording`);
}

/**
 * Adds decisions of one project, all or none: false, and nothing is changed, if one of their references is taken, also by a transaction
 * that was under way. Sent in one flight, so that whoever imports can ready the next ones while the database works.
 */
export async function insertDecisions(db: Db, projectId: string, facts: readonly DecisionFacts[]): Promise<boolean> {
  const [, refs, rows] = await Promise.all([savepoint(db), insertRefs(db, projectId, facts), insertRows(db, projectId, facts)]);
  if (refs === facts.length && rows === facts.length) return true;
  await db.execute(sql`rollback to savepoint recording`);
  return false;
}
