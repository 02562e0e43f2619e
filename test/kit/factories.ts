import { createHash, randomUUID } from "node:crypto";
import type postgres from "postgres";
import { decisionId, newId } from "../../src/core/ids.ts";

/** A project with everything decisions need: two vendors, a queue, three policies beside NV, two labelers a vendor. */
export interface ProjectFixture {
  projectId: string;
  projectCode: string;
  market: string;
  queueId: string;
  /** The reserved non-violating policy, two violating ones, and a second non-violating one. */
  policies: { NV: string; hate: string; spam: string; satire: string };
  vendors: VendorFixture[];
}

export interface VendorFixture {
  id: string;
  code: string;
  siteId: string;
  teamId: string;
  labelerIds: string[];
}

const NV = "00000000-0000-7000-8000-000000000003";
const EPOCH = "1970-01-01T00:00:00Z";
const short = () => randomUUID().slice(0, 8);

async function makeVendor(sql: postgres.Sql): Promise<VendorFixture> {
  const vendor: VendorFixture = { id: newId(new Date()), code: `V-${short()}`, siteId: randomUUID(), teamId: randomUUID(), labelerIds: [] };
  await sql`insert into vendors (id, code, name, kind) values (${vendor.id}, ${vendor.code}, ${vendor.code}, 'EXTERNAL')`;
  await sql`insert into sites (id, vendor_id, code, name, time_zone) values (${vendor.siteId}, ${vendor.id}, 'S', 'S', 'Asia/Jakarta')`;
  await sql`insert into teams (id, vendor_id, site_id, code, name) values (${vendor.teamId}, ${vendor.id}, ${vendor.siteId}, 'T', 'T')`;
  return vendor;
}

/** Adds a labeler of the vendor, in its site and team since the epoch. */
export async function makeLabeler(sql: postgres.Sql, vendor: VendorFixture): Promise<string> {
  const id = newId(new Date());
  await sql`insert into labelers (id, vendor_id, external_ref, pseudonym, name, kind, site_id, team_id, hired_on, status)
    values (${id}, ${vendor.id}, ${`L-${id.slice(-6)}`}, ${`L-${id.slice(-12)}`}, 'A Person', 'HUMAN', ${vendor.siteId}, ${vendor.teamId}, '2025-01-01', 'PRODUCTION')`;
  await sql`insert into labeler_memberships (id, labeler_id, vendor_id, site_id, team_id, "from")
    values (${randomUUID()}, ${id}, ${vendor.id}, ${vendor.siteId}, ${vendor.teamId}, ${EPOCH})`;
  vendor.labelerIds.push(id);
  return id;
}

async function makePolicy(sql: postgres.Sql, name: string, isViolating: boolean): Promise<string> {
  const id = newId(new Date());
  await sql`insert into policies (id, code, name, is_violating, severity) values (${id}, ${`${name}-${short()}`}, ${name}, ${isViolating}, 'MAJOR')`;
  await sql`insert into policy_versions (id, policy_id, semver, state, effective_from) values (${randomUUID()}, ${id}, '1.0.0', 'EFFECTIVE', ${EPOCH})`;
  return id;
}

/** A project of the test's own. Written as superuser, so that a test of one feature needs no other. */
export async function makeProject(sql: postgres.Sql, settings: Record<string, unknown> = {}): Promise<ProjectFixture> {
  const projectId = newId(new Date());
  const projectCode = `P-${short()}`;
  const market = `m-${short()}`;
  const queueId = newId(new Date());
  await sql`insert into markets (id, code, name) values (${randomUUID()}, ${market}, ${market})`;
  await sql`insert into projects (id, code, name, time_zone, settings) values (${projectId}, ${projectCode}, ${projectCode}, 'UTC', ${sql.json(settings as never)})`;
  await sql`insert into queues (project_id, id, code, name, market, modality) values (${projectId}, ${queueId}, 'Q1', 'Q1', ${market}, 'TEXT')`;
  const policies = { NV, hate: await makePolicy(sql, "hate", true), spam: await makePolicy(sql, "spam", true), satire: await makePolicy(sql, "satire", false) };
  for (const id of Object.values(policies)) await sql`insert into project_policies (project_id, policy_id) values (${projectId}, ${id})`;
  const vendors = [await makeVendor(sql), await makeVendor(sql)];
  for (const vendor of vendors) {
    for (let i = 0; i < 2; i += 1) {
      const labelerId = await makeLabeler(sql, vendor);
      await sql`insert into labeler_assignments (project_id, id, queue_id, labeler_id, vendor_id, kind, "from")
        values (${projectId}, ${randomUUID()}, ${queueId}, ${labelerId}, ${vendor.id}, 'PRIMARY', ${EPOCH})`;
    }
  }
  return { projectId, projectCode, market, queueId, policies, vendors };
}

/** One decision as tests write it; absent fields take the project's first vendor, labeler and policy NV. */
export interface DecisionSpec {
  externalRef?: string;
  contentRef?: string;
  decidedAt?: Date;
  vendor?: VendorFixture;
  labelerId?: string;
  policyId?: string;
  queueId?: string;
  market?: string;
  action?: string | null;
  riskScore?: number;
  handleSeconds?: number;
  language?: string;
  modality?: string;
  policyVersionId?: string;
}

/** Decisions, written directly; their ids. */
export async function makeDecisions(sql: postgres.Sql, project: ProjectFixture, specs: readonly DecisionSpec[]): Promise<string[]> {
  const rows = specs.map((spec, index) => {
    const vendor = spec.vendor ?? project.vendors[0]!;
    const decidedAt = spec.decidedAt ?? new Date(Date.UTC(2026, 0, 5, 8, 0, 0, index));
    const externalRef = spec.externalRef ?? `d-${randomUUID()}`;
    const contentRef = spec.contentRef ?? `content/${externalRef}`;
    return {
      project_id: project.projectId,
      id: decisionId(project.projectCode, vendor.code, externalRef, decidedAt),
      external_ref: externalRef,
      content_ref: contentRef,
      content_hash: createHash("sha256").update(contentRef).digest(),
      modality: spec.modality ?? "TEXT",
      language: spec.language ?? "en",
      queue_id: spec.queueId ?? project.queueId,
      labeler_id: spec.labelerId ?? vendor.labelerIds[0]!,
      vendor_id: vendor.id,
      site_id: vendor.siteId,
      team_id: vendor.teamId,
      policy_id: spec.policyId ?? project.policies.NV,
      market: spec.market ?? project.market,
      decided_at: decidedAt,
      action: spec.action ?? null,
      risk_score: spec.riskScore ?? null,
      handle_seconds: spec.handleSeconds ?? null,
      policy_version_id: spec.policyVersionId ?? null,
    };
  });
  const times = rows.map((row) => row.decided_at.getTime());
  await sql`select ensure_decision_partitions(${new Date(Math.min(...times))}, ${new Date(Math.max(...times))})`;
  for (let i = 0; i < rows.length; i += 1_000) {
    const some = rows.slice(i, i + 1_000);
    await sql`insert into decisions ${sql(some)}`;
    const refs = some.map(({ project_id, vendor_id, external_ref, id: decision_id, content_hash: print }) => ({ project_id, vendor_id, external_ref, decision_id, print }));
    await sql`insert into decision_refs ${sql(refs)}`;
  }
  return rows.map((row) => row.id);
}
