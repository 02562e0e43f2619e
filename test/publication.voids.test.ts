import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../src/core/ids.ts";
import { audited, inBulk, readAudit } from "./kit/publication.ts";
import { claim, eventsOf, lock, makeSamples, rawId, some, submit } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const reason = "The wrong queue.";
const statements = async (work: () => Promise<unknown>) => {
  world.statements.length = 0;
  await work();
  return world.statements.length;
};
const sampleOf = async (auditId: string) =>
  (await world.sql`select s.state, s.assignee_id, s.lease_until, s.skipped_by_ids from samples s join audits a on a.sample_id = s.id where a.id = ${rawId(auditId)}`)[0]!;

test("the sample of a void audit waits again: for all while the decision was hidden, then for all others", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, some(3));
  const [draft, revealed, submitted] = (await claim(auditor, projectId, "id sample { id }", { count: 3 })) as { id: string; sample: { id: string } }[];
  for (const { id } of [revealed!, submitted!]) await lock(auditor, id, { policyCode: "NV" });
  await submit(auditor, submitted!.id);
  const void_ = (auditId: string, fields = "state") => lead.verb("voidAudit", { auditId, reason: `  ${reason} ` }, `audit { ${fields} }`);
  const { audit } = await void_(draft!.id, "state voidReason version allowedActions sample { state assignee { id } leaseUntil }");
  expect(audit).toEqual({ state: "VOIDED", voidReason: reason, version: 2, allowedActions: [], sample: { state: "DRAWN", assignee: null, leaseUntil: null } });
  expect(await eventsOf(world, draft!.id, draft!.sample.id)).toEqual(["sample.in_audit DRAWN>IN_AUDIT", "audit.voided DRAFT>VOIDED", "sample.drawn IN_AUDIT>DRAWN"]);
  // The reason is the audit's own: labelers and vendors hear the event.
  expect((await world.sql`select reason from events where subject_id = ${rawId(draft!.id)} and type = 'audit.voided'`)[0]!.reason).toBeNull();
  expect((await sampleOf(draft!.id)).skipped_by_ids).toEqual([]);
  for (const { id } of [revealed!, submitted!]) {
    await void_(id);
    expect(await sampleOf(id)).toEqual({ state: "DRAWN", assignee_id: null, lease_until: null, skipped_by_ids: [auditor.principalId] });
  }
  expect((await eventsOf(world, submitted!.id, submitted!.sample.id)).slice(-2)).toEqual(["audit.voided SUBMITTED>VOIDED", "sample.drawn AUDITED>DRAWN"]);
  const again = await claim(auditor, projectId, "sample { id }", { count: 20 });
  expect(again.map(({ sample }) => sample.id)).toEqual([draft!.sample.id]);
  const other = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  expect((await claim(other, projectId, "id", { count: 20 })).length).toBe(2);
});

test("an audit kept from an ended lease is void too, and its sample no longer its auditor's first", async () => {
  const { projectId, lead, auditor } = await makeSamples(world, some(1));
  const [audit] = await claim(auditor, projectId, "id sample { id }");
  await world.sql`update samples set state = 'DRAWN', lease_until = null where id = ${rawId(audit.sample.id)}`;
  expect(await readAudit(auditor, audit.id, "allowedActions")).toEqual({ allowedActions: ["voidSample"] });
  await lead.verb("voidAudit", { auditId: audit.id, reason }, "audit { id }");
  expect(await sampleOf(audit.id)).toMatchObject({ state: "DRAWN", assignee_id: null });
  expect((await eventsOf(world, audit.sample.id)).at(-1)).toBe("sample.in_audit DRAWN>IN_AUDIT");
  expect((await claim(auditor, projectId, "id"))[0].id).not.toBe(audit.id);
});

test("only leads void, with a reason, and neither what is contested nor what is void", async () => {
  const { project, lead, manager, quality, labeler, auditIds } = await audited(world, () => [{ state: "PUBLISHED" }, { state: "VOIDED" }, { state: "FINAL" }]);
  const [id, gone, final] = auditIds as [string, string, string];
  for (const bad of ["  ", "x".repeat(2_001)]) expect(await lead.refused("voidAudit", { auditId: id, reason: bad })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
  expect(await lead.refused("voidAudit", { auditId: id, reason, expectedVersion: 9 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  expect(await lead.refused("voidAudit", { auditId: gone, reason })).toMatchObject({ __typename: "InvalidTransitionRefusal", message: expect.stringContaining("Possible now: nothing.") });
  await world.sql`update audits set state = 'APPEALED' where id = ${rawId(id)}`;
  expect(await lead.refused("voidAudit", { auditId: id, reason })).toMatchObject({ __typename: "InvalidTransitionRefusal", message: "voidAudit is not possible while the audit is APPEALED. Possible now: startAta." });
  const auditor = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  for (const caller of [manager, quality, labeler, auditor, world.admin]) expect(await caller.refused("voidAudit", { auditId: final, reason })).toMatchObject({ code: "FORBIDDEN" });
  const elsewhere = await world.caller({ role: "QA_LEAD", projectId: (await audited(world, 1)).project.projectId });
  expect(await elsewhere.refused("voidAudit", { auditId: final, reason })).toMatchObject({ code: "NOT_FOUND" });
  expect((await lead.verb("voidAudit", { auditId: final, reason }, "audit { state }")).audit.state).toBe("VOIDED");
  // Whoever could see it hears of it.
  const [event] = await world.sql`select is_partner_visible, labeler_id from events where subject_id = ${rawId(final)}`;
  expect(event).toEqual({ is_partner_visible: true, labeler_id: project.vendors[0]!.labelerIds[0] });
});

// A double audit of the first audit, with the others as its second one, written directly.
async function doubled({ auditIds, project }: Awaited<ReturnType<typeof audited>>, secondState: string) {
  const [first, second] = auditIds.map(rawId) as [string, string];
  const id = newId(new Date());
  await world.sql`update audits set state = 'DOUBLE_PENDING', is_double = true where id = ${first}`;
  const revealed = secondState === "DRAFT" ? null : new Date();
  const other = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  await world.sql`update audits set role = 'SECOND', of_audit_id = ${first}, state = ${secondState}, revealed_at = ${revealed}, auditor_id = ${other.principalId},
    sample_id = (select sample_id from audits where id = ${first}), submitted_at = null where id = ${second}`;
  await world.sql`insert into double_audits (project_id, id, decision_id, queue_id, primary_audit_id, primary_auditor_id, second_audit_id, second_auditor_id, due_at)
    select p.project_id, ${id}, p.decision_id, p.queue_id, p.id, p.auditor_id, s.id, s.auditor_id, now() from audits p, audits s where p.id = ${first} and s.id = ${second}`;
  const row = async () => (await world.sql`select outcome, resolved_at is not null as is_resolved, second_audit_id, second_auditor_id from double_audits where id = ${id}`)[0]!;
  return { first, second, other, row, id };
}

test("with a first audit its open double audit ends, and a second one that isn't finished is void", async () => {
  for (const [state, expected] of [["DRAFT", "VOIDED"], ["REVEALED", "VOIDED"], ["SUBMITTED", "SUBMITTED"]] as const) {
    const of = await audited(world, 2);
    const { first, second, other, row, id } = await doubled(of, state);
    await of.lead.verb("voidAudit", { auditId: of.auditIds[0], reason }, "audit { state }");
    expect(await row(), state).toMatchObject({ outcome: "EXPIRED", is_resolved: true, second_audit_id: second });
    expect(await readAudit(of.lead, of.auditIds[1]!, "state voidReason"), state).toEqual({ state: expected, voidReason: expected === "VOIDED" ? reason : null });
    const [{ auditor_id: auditor }] = (await world.sql`select auditor_id from audits where id = ${first}`) as unknown as [{ auditor_id: string }];
    const kept = state === "DRAFT" ? [auditor] : [auditor, other.principalId];
    expect([...(await sampleOf(of.auditIds[0]!)).skipped_by_ids].sort(), state).toEqual(kept.sort());
    const events = await world.sql`select type from events where project_id = ${of.project.projectId} and subject_id = any(${[first, second, id]}) order by id`;
    expect(events.map(({ type }) => type), state).toEqual(expected === "VOIDED" ? ["audit.voided", "audit.voided", "double_audit.expired"] : ["audit.voided", "double_audit.expired"]);
  }
});

test("a void second audit leaves its place to another; both at once are void together", async () => {
  const one = await audited(world, 2);
  const alone = await doubled(one, "REVEALED");
  await one.lead.verb("voidAudit", { auditId: one.auditIds[1], reason }, "audit { state sample { state } }");
  expect(await alone.row()).toEqual({ outcome: null, is_resolved: false, second_audit_id: null, second_auditor_id: null });
  expect(await readAudit(one.lead, one.auditIds[0]!, "state sample { state }")).toEqual({ state: "DOUBLE_PENDING", sample: { state: "AUDITED" } });
  const two = await audited(world, 2);
  const both = await doubled(two, "DRAFT");
  const items = await inBulk(two.lead, "voidAudits", { auditIds: [...two.auditIds].reverse(), reason });
  expect(items.map(({ outcome }) => outcome)).toEqual(["DONE", "DONE"]);
  expect(await both.row()).toMatchObject({ outcome: "EXPIRED", is_resolved: true, second_audit_id: both.second });
  expect((await world.sql`select from events where project_id = ${two.project.projectId} and type = 'audit.voided'`).length).toBe(2);
});

test("many are void at once for one reason; what can't be says why, and a dry run changes nothing", async () => {
  const { project, projectId, lead, auditIds } = await audited(world, () => [...Array.from({ length: 499 }, () => ({})), { state: "VOIDED" as const }]);
  const all = { auditIds, reason };
  const dry = await inBulk(lead, "voidAudits", { ...all, isDryRun: true });
  expect([dry.filter(({ outcome }) => outcome === "WOULD_DO").length, dry[499]!.refusal!.code]).toEqual([499, "CONFLICT"]);
  expect((await world.sql`select from events where project_id = ${project.projectId}`).length).toBe(0);
  expect(await lead.refused("voidAudits", { auditIds, reason: "" })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
  const one = await statements(() => inBulk(lead, "voidAudits", { auditIds: auditIds.slice(0, 1), reason }));
  const filter = { projectIds: [projectId], states: ["SUBMITTED"] };
  const rest = await statements(async () => expect((await inBulk(lead, "voidAudits", { filter, reason })).length).toBe(498));
  // The keys that pass the filter are a statement of their own.
  expect(rest).toBe(one + 1);
  expect(one).toBe(5);
  expect((await world.sql`select from samples where project_id = ${project.projectId} and state = 'DRAWN'`).length).toBe(499);
  const repeat = { ...all, idempotencyKey: "void-once" };
  expect(await inBulk(lead, "voidAudits", repeat)).toEqual(await inBulk(lead, "voidAudits", repeat));
});
