import { afterAll, beforeAll, expect, test } from "vitest";
import { endLeases } from "../src/claims/work.service.ts";
import { WORKER } from "../src/db/identity.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { claim, eventsOf, lock, makeSamples, rawId, some } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = createPool({ url: world.urls.login, size: 1, queue: 5, waitMs: 10_000, applicationName: "assay-test" });
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const endAll = () => write(pool, WORKER, (db) => endLeases(db, new Date(Date.now() + 3_600_000 * 24)), { timeoutMs: 5_000 });
const endNow = (sampleId: string) => world.sql`update samples set lease_until = now() - interval '1 second' where id = ${rawId(sampleId)}`;

test("a lease begins anew while it lasts, without an event, for its assignee", async () => {
  const { projectId, lead, auditor } = await makeSamples(world, some(1), { settings: { leaseMinutes: 10 } });
  const [audit] = await claim(auditor, projectId, "id sample { id version allowedActions }");
  const sampleId = audit.sample.id;
  expect(audit.sample.allowedActions).toContain("extendLease");
  await world.sql`update samples set lease_until = now() + interval '3 seconds' where id = ${rawId(sampleId)}`;
  const { sample } = await auditor.verb("extendLease", { sampleId, expectedVersion: audit.sample.version }, "sample { leaseUntil version state }");
  expect(Date.parse(sample.leaseUntil) - Date.now()).toBeGreaterThan(9.5 * 60_000);
  expect(Date.parse(sample.leaseUntil) - Date.now()).toBeLessThanOrEqual(10 * 60_000);
  expect(sample).toMatchObject({ state: "IN_AUDIT", version: audit.sample.version + 1 });
  expect(await auditor.refused("extendLease", { sampleId, expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect(await lead.refused("extendLease", { sampleId })).toMatchObject({ code: "FORBIDDEN" });
  await endNow(sampleId);
  expect(await auditor.refused("extendLease", { sampleId })).toMatchObject({ code: "CONFLICT", path: ["sampleId"], message: expect.stringContaining("claim samples again") });
  expect(await endAll()).toBe(1);
  expect(await auditor.refused("extendLease", { sampleId })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  expect(await eventsOf(world, sampleId)).toEqual(["sample.in_audit DRAWN>IN_AUDIT", "sample.drawn IN_AUDIT>DRAWN"]);
});

test("a draft is its auditor's alone, stays over an ended lease, and is kept while the lease lasts", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(1));
  const [audit] = await claim(auditor, projectId, "id draft version sample { id } allowedActions");
  expect(audit).toMatchObject({ draft: null, allowedActions: expect.arrayContaining(["saveAuditDraft"]) });
  const draft = { policy: "NV", notes: ["it's \"fine\"", null, 1.5], "\u{1f600}": {} };
  const save = async (extra: object) => (await auditor.verb("saveAuditDraft", { auditId: audit.id, draft, ...extra }, "audit { draft version state }")).audit;
  expect(await save({ expectedVersion: audit.version })).toEqual({ draft, version: audit.version + 1, state: "DRAFT" });
  expect(await auditor.refused("saveAuditDraft", { auditId: audit.id, draft, expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect(await auditor.refused("saveAuditDraft", { auditId: audit.id, draft: [] })).toMatchObject({ code: "INVALID_INPUT", path: ["draft"] });
  expect(await auditor.refused("saveAuditDraft", { auditId: audit.id, draft: { a: "\u0000" } })).toMatchObject({ code: "INVALID_INPUT" });
  const read = "query ($id: ID!) { node(id: $id) { ... on Audit { draft state } } }";
  expect((await lead.ask(read, { id: audit.id })).node).toEqual({ draft: null, state: "DRAFT" });
  expect(await lead.refused("saveAuditDraft", { auditId: audit.id, draft })).toMatchObject({ code: "FORBIDDEN" });
  const other = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  expect(await other.refused("saveAuditDraft", { auditId: audit.id, draft })).toMatchObject({ code: "NOT_FOUND" });
  await lock(auditor, audit.id, { policyCode: "NV" });
  expect(await save({ draft: {} })).toMatchObject({ draft: {}, state: "REVEALED" });
  await endNow(audit.sample.id);
  expect(await auditor.refused("saveAuditDraft", { auditId: audit.id, draft })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("The lease ended at") });
  expect(await endAll()).toBe(1);
  expect(await auditor.refused("saveAuditDraft", { auditId: audit.id, draft })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("claim samples again") });
  expect(await claim(auditor, projectId, "id draft state")).toEqual([{ id: audit.id, draft: {}, state: "REVEALED" }]);
  expect(await eventsOf(world, audit.id)).toEqual(["audit.revealed DRAFT>REVEALED"]);
});

test("who audits a second time saves drafts too, without a lease", async () => {
  const { project, projectId, auditor } = await makeSamples(world, some(1));
  const [first] = await claim(auditor, projectId, "id");
  const second = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  const id = crypto.randomUUID();
  await world.sql`insert into audits select (jsonb_populate_record(a, jsonb_build_object('id', ${id}::text, 'role', 'SECOND', 'of_audit_id', a.id,
    'auditor_id', ${second.principalId}::text))).* from audits a where a.id = ${rawId(first.id)}`;
  const { audits } = await second.ask("{ audits(filter: { isMine: true }) { nodes { id role allowedActions } } }");
  expect(audits.nodes).toMatchObject([{ role: "SECOND", allowedActions: expect.arrayContaining(["saveAuditDraft"]) }]);
  const input = { auditId: audits.nodes[0].id, draft: { a: 1 } };
  expect((await second.verb("saveAuditDraft", input, "audit { draft }")).audit.draft).toEqual({ a: 1 });
});

test("a skipped sample goes back with its reason, and is never offered to the same auditor again", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(1));
  const [audit] = await claim(auditor, projectId, "id sample { id version }");
  const sampleId = audit.sample.id;
  expect(await auditor.refused("skipSample", { sampleId, reason: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
  expect(await lead.refused("skipSample", { sampleId, reason: "x" })).toMatchObject({ code: "FORBIDDEN" });
  expect(await auditor.refused("skipSample", { sampleId, reason: "x", expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect(await auditor.verb("skipSample", { sampleId, reason: " I know the author. ", expectedVersion: audit.sample.version }, "sample { id }")).toMatchObject({ sample: null });
  expect(await claim(auditor, projectId)).toEqual([]);
  expect(await auditor.refused("skipSample", { sampleId, reason: "x" })).toMatchObject({ code: "NOT_FOUND" });
  const events = await world.sql`select type, reason from events where subject_id in (${rawId(audit.id)}, ${rawId(sampleId)}) order by id`;
  expect(events.map(({ type, reason }) => [type, reason])).toEqual([
    ["sample.in_audit", null], ["audit.voided", "I know the author."], ["sample.drawn", "I know the author."],
  ]);
  const [row] = await world.sql`select state, void_reason from audits where id = ${rawId(audit.id)}`;
  expect(row).toEqual({ state: "VOIDED", void_reason: "I know the author." });
  const other = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  expect((await claim(other, projectId, "sample { id }"))[0].sample.id).toBe(sampleId);
});

test("extending, drafting and skipping take the same statements whatever else there is", async () => {
  const { projectId, auditor } = await makeSamples(world, some(9));
  const audits = await claim(auditor, projectId, "id sample { id }", { count: 9 });
  const count = async (name: string, input: (audit: any) => Record<string, unknown>, audit: any) => {
    world.statements.length = 0;
    await auditor.verb(name, input(audit), "__typename");
    return world.statements.length;
  };
  const uses = [
    ["extendLease", ({ sample }: any) => ({ sampleId: sample.id })],
    ["saveAuditDraft", ({ id }: any) => ({ auditId: id, draft: {} })],
    ["skipSample", ({ sample }: any) => ({ sampleId: sample.id, reason: "x" })],
  ] as const;
  const counts = [];
  for (const [name, input] of uses) counts.push(await count(name, input, audits[0]));
  expect(counts).toEqual([4, 3, 4]);
  for (const [i, [name, input]] of uses.entries()) expect(await count(name, input, audits[8]), name).toBe(counts[i]);
});
