import { afterAll, beforeAll, expect, test } from "vitest";
import { endLeases } from "../src/claims/work.service.ts";
import { publishDue } from "../src/audits/service.ts";
import { WORKER } from "../src/db/identity.ts";
import type { Db } from "../src/db/lease.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { claim, eventsOf, lock, makeSamples, rawId, some, submit } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await createWorld();
  pool = createPool({ url: world.urls.login, size: 2, queue: 50, waitMs: 10_000, applicationName: "assay-test" });
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const asWorker = <T>(work: (db: Db) => Promise<T>) => write(pool, WORKER, work, { timeoutMs: 5_000 });
const later = (minutes: number) => new Date(Date.now() + minutes * 60_000);

test("an ended lease returns the sample, keeps the audit for its auditor, and gives it up when another claims", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(2), { settings: { leaseMinutes: 10 } });
  const [first, second] = await claim(auditor, projectId, "id sample { id leaseUntil }", { count: 2 });
  await lock(auditor, second.id, { policyCode: "NV" });
  expect(await asWorker((db) => endLeases(db, later(9)))).toBe(0);
  await world.sql`update samples set lease_until = now() - interval '1 second' where id = ${rawId(first.sample.id)}`;
  expect(await auditor.refused("lockTruth", { auditId: first.id, truth: { policyCode: "NV" } })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("The lease ended at") });
  expect(await asWorker((db) => endLeases(db, later(11)))).toBe(2);
  expect(await asWorker((db) => endLeases(db, later(11)))).toBe(0);
  expect(await auditor.refused("lockTruth", { auditId: first.id, truth: { policyCode: "NV" } })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("claim samples again") });
  expect(await auditor.refused("submitAudit", { auditId: second.id })).toMatchObject({ code: "CONFLICT" });
  expect((await lead.ask("query ($id: ID!) { node(id: $id) { ... on Sample { state leaseUntil allowedActions } } }", { id: first.sample.id })).node).toEqual({ state: "DRAWN", leaseUntil: null, allowedActions: ["claimSamples", "reassignSample", "voidSample", "expireSample"] });
  expect((await claim(auditor, projectId, "id state", { count: 1 })).length).toBe(1);
  const kept = await claim(auditor, projectId, "id state", { count: 2 });
  expect(kept.length).toBe(1);
  expect((await auditor.ask("{ audits(filter: { isMine: true }) { nodes { id state } } }")).audits.nodes.map((each: any) => each.state).sort()).toEqual(["DRAFT", "REVEALED"]);
  expect(await submit(auditor, second.id)).toMatchObject({ state: "SUBMITTED" });

  expect(await asWorker((db) => endLeases(db, later(30)))).toBe(1);
  const other = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  const [taken] = await claim(other, projectId, "id sample { id }");
  expect(taken.sample.id).toBe(first.sample.id);
  expect((await auditor.ask("query ($id: ID!) { node(id: $id) { ... on Audit { state } } }", { id: first.id })).node.state).toBe("VOIDED");
  expect(await auditor.refused("lockTruth", { auditId: first.id, truth: { policyCode: "NV" } })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  expect(await eventsOf(world, first.id, first.sample.id)).toEqual([
    "sample.in_audit DRAWN>IN_AUDIT", "sample.drawn IN_AUDIT>DRAWN", "sample.in_audit DRAWN>IN_AUDIT", "sample.drawn IN_AUDIT>DRAWN",
    "audit.voided DRAFT>VOIDED", "sample.in_audit DRAWN>IN_AUDIT",
  ]);
});

test("a claim of a sample whose earlier auditor has seen the decision keeps that one away for good", async () => {
  const { project, projectId, auditor } = await makeSamples(world, some(1));
  const [audit] = await claim(auditor, projectId);
  await lock(auditor, audit.id, { policyCode: "NV" });
  await asWorker((db) => endLeases(db, later(61)));
  const other = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  const [taken] = await claim(other, projectId, "id state verdict { number } sample { id }");
  expect(taken).toMatchObject({ state: "DRAFT", verdict: null });
  await other.verb("releaseSample", { sampleId: taken.sample.id }, "sample { id }");
  expect(await claim(auditor, projectId)).toEqual([]);
});

test("what is due is published by the system, in batches that pass over what is in use", async () => {
  const { project, projectId, auditor } = await makeSamples(world, some(3), { settings: { publishDelayMinutes: 200 } });
  const audits = await claim(auditor, projectId, "id", { count: 3 });
  for (const { id } of audits) {
    await lock(auditor, id, { policyCode: "NV" });
    await submit(auditor, id);
  }
  await asWorker((db) => publishDue(db, later(199)));
  expect(await asWorker((db) => publishDue(db, later(199)))).toBe(0);
  await world.sql.begin(async (sql) => {
    await sql`select from audits where id = ${rawId(audits[0].id)} for update`;
    expect(await asWorker((db) => publishDue(db, later(201)))).toBe(2);
  });
  expect(await asWorker((db) => publishDue(db, later(201)))).toBe(1);
  const rows = await world.sql`select e.actor_id, e.labeler_id, e.vendor_id, e.is_partner_visible, a.state, a.is_partner_visible as shown from audits a
    join events e on e.subject_id = a.id and e.type = 'audit.published' where a.project_id = ${project.projectId}`;
  expect(rows.length).toBe(3);
  for (const row of rows) {
    expect(row).toEqual({
      actor_id: "00000000-0000-7000-8000-000000000002", labeler_id: project.vendors[0]!.labelerIds[0], vendor_id: project.vendors[0]!.id, is_partner_visible: true,
      state: "PUBLISHED", shown: true,
    });
  }
});
