import { createPool, type Pool } from "../../src/db/pool.ts";
import { closeDuePeriod, settleClosedPeriod } from "../../src/reports/closing.service.ts";
import type { AuditSpec } from "./audits.ts";
import { doAll } from "./inspection.ts";
import { type Audited, audited } from "./publication.ts";
import type { Caller, World } from "./world.ts";

/** The week and the month in which tests' decisions lie, if they say nothing else. */
export const WEEK = { kind: "WEEK", from: "2026-01-05" };
export const MONTH = { kind: "MONTH", from: "2026-01-01" };

/** Closes a period by its place in the calendar; its fields. */
export async function close<T = any>(by: Caller, projectId: string, period: object = WEEK, fields = "id version state closedAt closings"): Promise<T> {
  return (await by.verb("closePeriod", { period: { projectId, ...period } }, `reportingPeriod { ${fields} }`)).reportingPeriod;
}

/** Published audits of the first vendor's first labeler, written directly; of layer CLIENT unless said otherwise. */
export function publishedAudits(world: World, specs: readonly AuditSpec[], options: Parameters<typeof audited>[2] = {}): Promise<Audited> {
  return audited(world, () => specs.map((spec) => ({ state: "PUBLISHED", ...spec })), options);
}

/** A pool to run jobs by. */
export function jobsPool(world: World): Pool {
  return createPool({ url: world.urls.login, size: 4, queue: 50, waitMs: 10_000, applicationName: "assay-test-jobs" });
}

/** Gives up what waited at closings. */
export const settle = (pool: Pool, now = new Date()) => doAll(pool, settleClosedPeriod, now);
/** Closes what is due. */
export const closeDue = (pool: Pool, now = new Date()) => doAll(pool, closeDuePeriod, now);

/** A report of a project; its opaque id. */
export async function makeReport(by: Caller, projectId: string, query: object = {}, input: object = {}): Promise<string> {
  const given = { projectId, name: "Accuracy", query: { measures: ["ACCURACY"], ...query }, ...input };
  return (await by.verb("createReportDefinition", given, "reportDefinition { id }")).reportDefinition.id;
}

export const SNAPSHOT = "id closing audience asOf scoreTime measureDefsVersion query data text dataHash vendor { code } period { kind from } definition { name }";

/** The snapshots of a report or period that a viewer sees, in the order in which they were made. */
export async function snapshotsOf(by: Caller, id: string, filter: object = {}): Promise<any[]> {
  const { node } = await by.ask(`query ($id: ID!, $filter: ReportSnapshotFilter) { node(id: $id) {
    ... on ReportDefinition { snapshots(filter: $filter, first: 100) { nodes { ${SNAPSHOT} } } }
    ... on ReportingPeriod { snapshots(filter: $filter, first: 100) { nodes { ${SNAPSHOT} } } } } }`, { id, filter });
  return node ? node.snapshots.nodes : [];
}

/** What came of computing a snapshot again. */
export async function verify(by: Caller, id: string): Promise<any> {
  return (await by.ask("query ($id: ID!) { verifyReportSnapshot(id: $id) { isIntact isReproduced storedHash computedHash measureDefsVersion } }", { id })).verifyReportSnapshot;
}
