import { encodeId, newId } from "../../src/core/ids.ts";
import { WORKER } from "../../src/db/identity.ts";
import type { Db } from "../../src/db/lease.ts";
import type { Pool } from "../../src/db/pool.ts";
import { write } from "../../src/db/session.ts";
import { inSteps, type Later, readsOf, type Step } from "../../src/db/steps.ts";
import { type AuditSpec, makeAudits, makeRun } from "./audits.ts";
import type { ProjectFixture } from "./factories.ts";
import { globalId, projectGid, rawId } from "./samples.ts";
import type { Caller, World } from "./world.ts";

/** Computed from 1 % and 5 % of a lot. */
export const TERMS = { aql: 0.01, ltpd: 0.05 };

/** The input of a stream of the project's first vendor in its queue, by days from 5 January 2026 on. */
export function streamInput(project: ProjectFixture, input: Record<string, unknown> = {}): Record<string, unknown> {
  const queueId = encodeId("Queue", { projectId: project.projectId, id: project.queueId });
  const vendorId = globalId("Vendor", project.vendors[0]!.id);
  return { projectId: projectGid(project), vendorId, queueId, period: "DAY", terms: TERMS, startsOn: "2026-01-05", ...input };
}

/** A stream; its opaque id. */
export async function makeStream(by: Caller, project: ProjectFixture, input: Record<string, unknown> = {}): Promise<string> {
  return (await by.verb("createInspectionStream", streamInput(project, input), "inspectionStream { id }")).inspectionStream.id;
}

/** Does a task of the system's until there is nothing left of it; how much in all. */
export async function doAll(pool: Pool, run: (db: Db, now: Date) => Promise<number | Later<Db, number>>, now = new Date()): Promise<number> {
  for (let total = 0; ; ) {
    const transact = (step: Step<Db, number>) => write(pool, WORKER, step, { timeoutMs: 20_000 });
    const done = await inSteps(transact, readsOf(pool), (db) => run(db, now));
    if (done === 0) return total;
    total += done;
  }
}

/** A lot as tests write it: of 1,000, 5 drawn, rejected with 2. */
export interface LotSpec {
  /** Of January 2026; the period is that day. */
  day: number;
  level?: string;
  sampleSize?: number;
  ac?: number;
  lotSize?: number;
  /** What has come of its sample; the rest is not in an audit yet. */
  audits?: AuditSpec[];
  createdAt?: Date;
}

/** A lot of a stream with its run and audits, written directly; its own id. */
export async function stageLot(world: World, project: ProjectFixture, streamId: string, spec: LotSpec): Promise<string> {
  const { day, level = "NORMAL", sampleSize = 5, ac = 1, lotSize = 1_000, audits = [], createdAt = new Date() } = spec;
  const [from, to] = [new Date(Date.UTC(2026, 0, day)), new Date(Date.UTC(2026, 0, day + 1))];
  const strata = [{ key: "all", frameSize: lotSize }];
  const run = await makeRun(world.sql, project, { from: from.toISOString(), to: to.toISOString(), strata });
  const id = newId(createdAt);
  const { projectId, queueId, vendors } = project;
  await world.sql`insert into lots (project_id, id, stream_id, vendor_id, queue_id, run_id, window_from, window_to, level, lot_size, sample_size,
      acceptance_number, rejection_number, created_at)
    values (${projectId}, ${id}, ${rawId(streamId)}, ${vendors[0]!.id}, ${queueId}, ${run.id}, ${from}, ${to}, ${level}, ${lotSize}, ${sampleSize},
      ${ac}, ${ac + 1}, ${createdAt})`;
  const decidedAt = (place: number) => new Date(from.getTime() + place * 60_000);
  if (audits.length > 0) await makeAudits(world.sql, project, audits.map((audit, i) => ({ run, decidedAt: decidedAt(i), ...audit })));
  return id;
}

/** So many published audits, the first of them with an error. */
export function published(count: number, defects = 0): AuditSpec[] {
  return Array.from({ length: count }, (_, place) => ({ isCorrect: place >= defects }));
}
