import { afterAll, beforeAll, expect, test } from "vitest";
import { createPool, type Pool } from "../src/db/pool.ts";
import { auditState, clocksOf, contested, draft, file, later, on, pass, readAppeal } from "./kit/appeals.ts";
import { inBulk } from "./kit/publication.ts";
import { eventsOf, rawId } from "./kit/samples.ts";
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

// A ruling, written directly: how one is given stands elsewhere.
async function rule(appealId: string, outcome: string): Promise<string> {
  const [row] = await world.sql`update appeals set state = 'DECIDED', outcome = ${outcome}, ruled_at = now(), due_at = now() + interval '1 day'
    where id = ${rawId(appealId)} returning due_at`;
  return row!.due_at.toISOString();
}

test("the vendor forwards; the client asks, hears and escalates; each tier has its clock", async () => {
  const { labeler, quality, lead, auditor, policyManager, auditIds: [auditId] } = await contested(world);
  const { id } = await file(labeler, auditId!);
  expect(await on(quality, "forwardAppeal", id)).toMatchObject({ state: "L2_REVIEW", tier: "L2", allowedActions: [] });
  expect((await readAppeal(auditor, id)).allowedActions).toEqual(["returnAppeal", "escalateAppeal", "decideAppeal", "markAppealInvalid"]);
  const asked = await on(auditor, "returnAppeal", id, { question: "Who says so?" }, "state tier dueAt asked answer");
  expect(asked).toMatchObject({ state: "RETURNED_FOR_INFO", tier: "L2", asked: "Who says so?", answer: null });
  expect(await clocksOf(world, id)).toEqual(["APPEAL_L1 stopped", "APPEAL_L2 paused", "APPEAL_REPLY runs"]);
  expect(await lead.refused("escalateAppeal", { appealId: id, reason: "Hm." })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  const answered = await on(labeler, "answerAppeal", id, { answer: "The guide." }, "state tier dueAt asked answer allowedActions");
  expect(answered).toMatchObject({ state: "L2_REVIEW", asked: "Who says so?", answer: "The guide.", allowedActions: ["withdrawAppeal"] });
  expect(await clocksOf(world, id)).toEqual(["APPEAL_L1 stopped", "APPEAL_L2 runs", "APPEAL_REPLY stopped"]);
  expect((await world.sql`select due_at from sla_clocks where subject_id = ${rawId(id)} and kind = 'APPEAL_L2'`)[0]!.due_at.toISOString()).toBe(answered.dueAt);
  expect(await on(lead, "escalateAppeal", id, { reason: "The guide is silent." })).toMatchObject({ state: "L3_ARBITRATION", tier: "L3" });
  expect((await readAppeal(policyManager, id)).allowedActions).toEqual(["returnAppeal", "decideAppeal", "markAppealInvalid"]);
  expect((await world.sql`select handled_by_ids from appeals where id = ${rawId(id)}`)[0]!.handled_by_ids).toEqual([quality, auditor, lead].map(({ principalId }) => principalId));
  expect(await on(policyManager, "markAppealInvalid", id, { reason: "Of another case." }, "state endReason closedAt dueAt allowedActions"))
    .toEqual({ state: "INVALID", endReason: "Of another case.", closedAt: expect.any(String), dueAt: null, allowedActions: [] });
  expect(await clocksOf(world, id)).toEqual(["APPEAL_L1 stopped", "APPEAL_L2 stopped", "APPEAL_REPLY stopped", "APPEAL_L3 stopped"]);
  expect(await auditState(lead, auditId!)).toBe("PUBLISHED");
  expect(await eventsOf(world, id)).toEqual([
    "appeal.l1_review DRAFT>L1_REVIEW", "appeal.l2_review L1_REVIEW>L2_REVIEW", "appeal.returned_for_info L2_REVIEW>RETURNED_FOR_INFO",
    "appeal.l2_review RETURNED_FOR_INFO>L2_REVIEW", "appeal.l3_arbitration L2_REVIEW>L3_ARBITRATION", "appeal.invalid L3_ARBITRATION>INVALID",
  ]);
  expect((await eventsOf(world, auditId!)).slice(-2)).toEqual(["audit.appealed PUBLISHED>APPEALED", "audit.published APPEALED>PUBLISHED"]);
});

test("nobody reviews what they are party to", async () => {
  const { labeler, quality, manager, lead, auditor, project, auditIds: [first, second, third] } = await contested(world, { count: 3 });
  const { id } = await file(labeler, first!);
  const asBoth = await world.caller({ role: "VENDOR_QA", projectId: project.projectId, vendorId: project.vendors[0]!.id },
    { role: "LABELER", projectId: project.projectId, vendorId: project.vendors[0]!.id, labelerId: project.vendors[0]!.labelerIds[0]! });
  const { data } = await asBoth.send("mutation ($input: ForwardAppealInput!) { forwardAppeal(input: $input) { ... on Refusal { code } } }", { input: { appealId: id } }, { "x-assay-role": "VENDOR_QA" });
  expect(data.forwardAppeal.code).toBe("FORBIDDEN");
  await world.sql`update audits set auditor_id = ${lead.principalId} where id = ${rawId(second!)}`;
  await world.sql`update audits set auditor_id = ${auditor.principalId} where id = ${rawId(third!)}`;
  const [ofLead, ofAuditor] = [await file(quality, second!), await file(manager, third!)];
  for (const [by, appeal] of [[lead, ofLead], [auditor, ofAuditor]] as const) {
    expect((await readAppeal(by, appeal.id)).allowedActions).toEqual([]);
    for (const verb of ["returnAppeal", "escalateAppeal", "markAppealInvalid"]) {
      const words = verb === "returnAppeal" ? { question: "Why?" } : { reason: "So." };
      expect(await by.refused(verb, { appealId: appeal.id, ...words })).toMatchObject({ code: "FORBIDDEN" });
    }
  }
  expect(await on(lead, "escalateAppeal", ofAuditor.id, { reason: "Not mine." })).toMatchObject({ state: "L3_ARBITRATION" });
});

test("what the vendor declines may go on in its window, and settles the audit when nobody does", async () => {
  const { labeler, quality, lead, auditIds: [first, second] } = await contested(world, { count: 2 });
  const [one, two] = [await file(labeler, first!), await file(labeler, second!)];
  expect(await quality.refused("declineAppeal", { appealId: one.id, reason: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
  for (const { id } of [one, two]) {
    expect(await on(quality, "declineAppeal", id, { reason: "The guide says so." }, "state endReason closedAt")).toEqual({ state: "DECLINED", endReason: "The guide says so.", closedAt: null });
  }
  expect(await clocksOf(world, one.id)).toEqual(["APPEAL_L1 stopped", "APPEAL_REAPPEAL runs"]);
  expect((await readAppeal(labeler, one.id)).allowedActions).toEqual(["continueAppeal"]);
  expect(await labeler.refused("draftAppeal", { auditId: first! })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  expect(await on(labeler, "continueAppeal", one.id, {}, "state hasContinued allowedActions")).toEqual({ state: "L2_REVIEW", hasContinued: true, allowedActions: ["withdrawAppeal"] });
  const { dueAt } = await readAppeal(labeler, two.id);
  await world.sql`update audits set window_due_at = ${dueAt} where id = ${rawId(second!)}`;
  await pass(pool, later(dueAt, -1));
  expect(await auditState(lead, second!)).toBe("APPEALED");
  await pass(pool, later(dueAt));
  expect(await readAppeal(labeler, two.id)).toMatchObject({ state: "DECLINED", dueAt: null, allowedActions: [] });
  expect(await auditState(lead, second!)).toBe("FINAL");
  expect(await auditState(lead, first!)).toBe("APPEALED");
  expect(await labeler.refused("continueAppeal", { appealId: two.id })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("is over") });
});

test("the vendor forwards and declines many at once, each judged by itself", async () => {
  const { labeler, quality, lead, auditIds } = await contested(world, { count: 4 });
  const filed = await Promise.all(auditIds.map((auditId) => file(labeler, auditId)));
  const [a, b, c, d] = filed.map(({ id }) => id as string) as [string, string, string, string];
  await on(labeler, "withdrawAppeal", d);
  expect((await inBulk(quality, "forwardAppeals", { appealIds: [a, b, d], isDryRun: true })).map(({ outcome }) => outcome)).toEqual(["WOULD_DO", "WOULD_DO", "REFUSED"]);
  expect((await readAppeal(lead, a)).state).toBe("L1_REVIEW");
  expect(await inBulk(quality, "declineAppeals", { filter: { auditIds: [auditIds[2]] }, reason: "The guide says so." })).toEqual([{ id: c, outcome: "DONE", refusal: null }]);
  const items = await inBulk(quality, "forwardAppeals", { appealIds: [a, b, c, d] });
  expect(items.map(({ outcome }) => outcome)).toEqual(["DONE", "DONE", "REFUSED", "REFUSED"]);
  expect(items[2]!.refusal).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("while the appeal is DECLINED") });
  expect(await Promise.all([a, b, c, d].map(async (id) => (await readAppeal(lead, id)).state))).toEqual(["L2_REVIEW", "L2_REVIEW", "DECLINED", "WITHDRAWN"]);
  expect(await lead.refused("forwardAppeals", { appealIds: [a] })).toMatchObject({ code: "FORBIDDEN" });
});

test("what is withdrawn gives the audit back, to be contested again while its window lasts", async () => {
  const { labeler, lead, quality, auditIds: [auditId] } = await contested(world);
  await labeler.verb("acknowledgeAudit", { auditId }, "audit { id }");
  const { id } = await file(labeler, auditId!);
  await on(quality, "returnAppeal", id, { question: "Why?" });
  expect(await on(labeler, "withdrawAppeal", id, { reason: "I see." }, "state endReason closedAt dueAt")).toEqual({ state: "WITHDRAWN", endReason: "I see.", closedAt: expect.any(String), dueAt: null });
  expect(await clocksOf(world, id)).toEqual(["APPEAL_L1 void", "APPEAL_REPLY void"]);
  expect(await auditState(lead, auditId!)).toBe("ACKNOWLEDGED");
  const again = await draft(labeler, auditId!);
  await on(labeler, "withdrawAppeal", again.id);
  expect(await eventsOf(world, again.id)).toEqual([]);
  expect(await readAppeal(lead, again.id)).toBeNull();
  await file(labeler, auditId!);
  expect(await auditState(lead, auditId!)).toBe("APPEALED");
});

test("a ruling is appealed once, in its window, unless it overturned the audit or the project has no such tier", async () => {
  const { quality, policyManager, lead, auditIds } = await contested(world, { count: 4 });
  const filed = await Promise.all(auditIds.map((auditId) => file(quality, auditId)));
  const [upheld, overturned, late, closing] = filed.map(({ id }) => id as string) as [string, string, string, string];
  await rule(upheld, "AUDIT_UPHELD");
  await rule(overturned, "AUDIT_OVERTURNED");
  expect((await readAppeal(quality, upheld)).allowedActions).toEqual(["fileReappeal"]);
  expect(await on(quality, "fileReappeal", upheld, { reason: "No." }, "state hasReappealed tier")).toEqual({ state: "L3_ARBITRATION", hasReappealed: true, tier: "L3" });
  expect((await readAppeal(policyManager, upheld)).allowedActions).toContain("decideAppeal");
  expect((await readAppeal(quality, overturned)).allowedActions).toEqual([]);
  expect(await quality.refused("fileReappeal", { appealId: overturned, reason: "No." })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("overturned") });
  await rule(late, "AUDIT_UPHELD");
  await world.sql`update appeals set due_at = now() where id = ${rawId(late)}`;
  expect(await quality.refused("fileReappeal", { appealId: late, reason: "No." })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("time for it is over") });
  const dueAt = await rule(closing, "AUDIT_UPHELD");
  await pass(pool, later(dueAt));
  expect(await readAppeal(quality, closing, "state dueAt closedAt outcome")).toEqual({ state: "CLOSED", dueAt: null, closedAt: later(dueAt).toISOString(), outcome: "AUDIT_UPHELD" });
  expect(await auditState(lead, auditIds[3]!)).toBe("FINAL");
  const short = await contested(world, { settings: { appealTiers: ["L1", "L2"] } });
  const { id } = await file(short.quality, short.auditIds[0]!);
  expect((await readAppeal(short.lead, id)).allowedActions).toEqual(["returnAppeal", "decideAppeal", "markAppealInvalid"]);
  expect(await short.lead.refused("escalateAppeal", { appealId: id, reason: "Hm." })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("no further tier") });
  await rule(id, "AUDIT_UPHELD");
  expect(await short.quality.refused("fileReappeal", { appealId: id, reason: "No." })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("no further tier") });
});
