import { encodeId } from "../../src/core/ids.ts";
import { WORKER } from "../../src/db/identity.ts";
import type { Db } from "../../src/db/lease.ts";
import { write } from "../../src/db/session.ts";
import type { Pool } from "../../src/db/pool.ts";
import { type AuditSpec, makeAudits, makeRun } from "./audits.ts";
import { makeProject, type ProjectFixture } from "./factories.ts";
import { globalId } from "./samples.ts";
import type { Caller, World } from "./world.ts";

/** A project of the test's own with audits, and who has to do with them. */
export interface Audited {
  project: ProjectFixture;
  /** Opaque. */
  projectId: string;
  lead: Caller;
  /** Of the first vendor, as its first labeler too. */
  manager: Caller;
  quality: Caller;
  labeler: Caller;
  /** Opaque, in the order of the specs. */
  auditIds: string[];
}

/** Audits, written directly; submitted ones of layer CLIENT unless said otherwise. */
export async function audited(
  world: World,
  specs: number | ((project: ProjectFixture) => readonly AuditSpec[]),
  { layer = "CLIENT", settings = {} }: { layer?: "CLIENT" | "VENDOR"; settings?: Record<string, unknown> } = {},
): Promise<Audited> {
  const project = await makeProject(world.sql, settings);
  const run = await makeRun(world.sql, project, { layer });
  const wanted = typeof specs === "number" ? Array.from({ length: specs }, (): AuditSpec => ({})) : specs(project);
  const ids = await makeAudits(world.sql, project, wanted.map((spec) => ({ run, state: "SUBMITTED", ...spec })));
  const rows = await world.sql`select id, decision_id from audits where project_id = ${project.projectId}`;
  const grant = { projectId: project.projectId, vendorId: project.vendors[0]!.id };
  return {
    project,
    projectId: globalId("Project", project.projectId),
    lead: await world.caller({ role: "QA_LEAD", projectId: project.projectId }),
    manager: await world.caller({ role: "VENDOR_MANAGER", ...grant }),
    quality: await world.caller({ role: "VENDOR_QA", ...grant }),
    labeler: await world.caller({ role: "LABELER", ...grant, labelerId: project.vendors[0]!.labelerIds[0]! }),
    auditIds: ids.map((id) => encodeId("Audit", { projectId: project.projectId, id: rows.find((row) => row.decision_id === id)!.id as string })),
  };
}

/** Runs a job's work as the jobs do. */
export function asWorker<T>(pool: Pool, work: (db: Db) => Promise<T>): Promise<T> {
  return write(pool, WORKER, work, { timeoutMs: 10_000 });
}

/** What a bulk verb answers. */
export interface Item {
  id: string;
  outcome: "DONE" | "WOULD_DO" | "REFUSED";
  refusal: { code: string; message: string; path: string[] } | null;
}

/** Sends a bulk verb; its items. */
export async function inBulk(by: Caller, name: string, input: Record<string, unknown>): Promise<Item[]> {
  return (await by.verb(name, input, "items { id outcome refusal { code message path } }")).items;
}

/** An audit as the caller sees it; null if they don't. */
export async function readAudit<T = any>(by: Caller, id: string, fields: string): Promise<T> {
  return (await by.ask(`query ($id: ID!) { node(id: $id) { ... on Audit { ${fields} } } }`, { id })).node;
}
