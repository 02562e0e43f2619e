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
