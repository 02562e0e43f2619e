import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appealTasks } from "../src/appeals/jobs.ts";
import { passAppeals } from "../src/appeals/review.service.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { type Contested, contested, draft, file, on, readAppeal } from "./kit/appeals.ts";
import { asWorker, inBulk, readAudit } from "./kit/publication.ts";
import { eventsOf, globalId, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

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

const HOUR_MS = 3_600_000;
const pass = (now: Date) => asWorker(pool, (db) => passAppeals(db, now));
const after = (time: string, ms = 1) => new Date(Date.parse(time) + ms);
const stateOf = async (by: Caller, auditId: string) => (await readAudit(by, auditId, "state")).state;
const clocksOf = async (appealId: string) => {
  const rows = await world.sql`select kind, paused_at, stopped_at, voided_at from sla_clocks where subject_id = ${rawId(appealId)} order by created_at, kind`;
  return rows.map(({ kind, paused_at, stopped_at, voided_at }) =>
    `${kind} ${voided_at ? "void" : stopped_at ? "stopped" : paused_at ? "paused" : "runs"}`);
};
// A ruling, written directly: how one is given stands elsewhere.
async function rule(appealId: string, outcome: string): Promise<string> {
  const [row] = await world.sql`update appeals set state = 'DECIDED', outcome = ${outcome}, ruled_at = now(), due_at = now() + interval '1 day'
    where id = ${rawId(appealId)} returning due_at`;
  return row!.due_at.toISOString();
}

describe("filing", () => {
  let made: Contested;
  beforeAll(async () => {
    made = await contested(world, { count: 8 });
  });

  test("a labeler drafts, completes and files an appeal; the audit stands still, and the vendor's clock runs", async () => {
    const { labeler, lead, quality, auditIds: [auditId], criterionIds: [one, two, three] } = made;
    expect((await readAudit(labeler, auditId!, "allowedActions")).allowedActions).toEqual(["acknowledgeAudit", "draftAppeal"]);
    const drafted = await draft(labeler, auditId!, { reason: null, evidence: null }, "id state tier dueAt allowedActions reason evidence criteria { nodes { criterion { id } argument } }");
    const { windowDueAt } = await readAudit(labeler, auditId!, "windowDueAt");
    expect(drafted).toMatchObject({
      state: "DRAFT", tier: null, dueAt: windowDueAt, reason: "", evidence: [], allowedActions: ["saveAppealDraft", "fileAppeal", "withdrawAppeal"],
      criteria: { nodes: expect.arrayContaining([one, two].map((id) => ({ criterion: { id: globalId("Criterion", id) }, argument: null }))) },
    });
    expect(drafted.criteria.nodes).toHaveLength(2);
    const refusedFor = async (path: string) => expect(await labeler.refused("fileAppeal", { appealId: drafted.id })).toMatchObject({ code: "INVALID_INPUT", path: [path] });
    const save = (input: object) => on(labeler, "saveAppealDraft", drafted.id, input, "version reason evidence criteria { nodes { criterion { id } argument } }");
    await refusedFor("reason");
    await save({ reason: " It quotes. " });
    await refusedFor("evidence");
    await save({ evidence: ["guide://hate#4.2"], criteria: [] });
    await refusedFor("criteria");
    const criterionId = globalId("Criterion", three);
    expect(await save({ criteria: [{ criterionId, argument: "See there." }] })).toMatchObject({
      version: 4, reason: "It quotes.", evidence: ["guide://hate#4.2"], criteria: { nodes: [{ criterion: { id: criterionId }, argument: "See there." }] },
    });
    const filed = await on(labeler, "fileAppeal", drafted.id, { expectedVersion: 4 }, "state tier filedAt dueAt allowedActions raisedAs verdict { number } project { id }");
    expect(filed).toMatchObject({ state: "L1_REVIEW", tier: "L1", filedAt: expect.any(String), raisedAs: "LABELER", verdict: { number: 1 }, allowedActions: ["withdrawAppeal"] });
    expect(Date.parse(filed.dueAt) - Date.parse(filed.filedAt)).toBeGreaterThanOrEqual(24 * HOUR_MS);
    expect(await clocksOf(drafted.id)).toEqual(["APPEAL_L1 runs"]);
    expect(await readAudit(lead, auditId!, "state allowedActions appeals { totalCount nodes { id } }")).toEqual({
      state: "APPEALED", allowedActions: ["startAta"], appeals: { totalCount: 1, nodes: [{ id: drafted.id }] },
    });
    expect((await readAppeal(quality, drafted.id)).allowedActions).toEqual(["forwardAppeal", "declineAppeal", "returnAppeal"]);
    expect(await eventsOf(world, drafted.id)).toEqual(["appeal.l1_review DRAFT>L1_REVIEW"]);
    expect((await eventsOf(world, auditId!)).at(-1)).toBe("audit.appealed PUBLISHED>APPEALED");
  });

  test("nobody contests what isn't theirs, is right in full, is under appeal, or can't be contested any more", async () => {
    const { labeler, lead, manager, quality, otherLabeler, stranger, analyst, auditor, policyManager, auditIds: [, , right, late, twice, low] } = made;
    for (const by of [lead, analyst, auditor, policyManager, world.admin]) expect(await by.refused("draftAppeal", { auditId: twice! })).toMatchObject({ code: "FORBIDDEN" });
    for (const by of [otherLabeler, stranger]) expect(await by.refused("draftAppeal", { auditId: twice! })).toMatchObject({ code: "NOT_FOUND", message: "There is no such audit." });
    const correct = async (auditId: string, score: number) => world.sql`update verdicts set outcome = 'CORRECT', error_type = null, attribution = null, severity = null,
      score = ${score} where audit_id = ${rawId(auditId)}`;
    await correct(right!, 1);
    expect(await labeler.refused("draftAppeal", { auditId: right! })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("nothing to contest") });
    await correct(low!, 0.9);
    expect(await draft(manager, low!, {}, "state raisedAs")).toEqual({ state: "DRAFT", raisedAs: "VENDOR_MANAGER" });
    await world.sql`update audits set window_due_at = now() where id = ${rawId(late!)}`;
    expect((await readAudit(labeler, late!, "allowedActions")).allowedActions).toEqual(["acknowledgeAudit"]);
    expect(await labeler.refused("draftAppeal", { auditId: late! })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("its window is over") });
    const { id } = await draft(quality, twice!);
    for (const by of [labeler, manager]) expect(await by.refused("draftAppeal", { auditId: twice! })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("under appeal already") });
    for (const by of [labeler, manager]) expect(await by.refused("fileAppeal", { appealId: id })).toMatchObject({ code: "FORBIDDEN" });
    await world.sql`update audits set window_due_at = now() where id = ${rawId(twice!)}`;
    expect(await quality.refused("fileAppeal", { appealId: id })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("its window is over") });
    await world.sql`update audits set window_due_at = now() + interval '1 day', state = 'VOIDED' where id = ${rawId(twice!)}`;
    expect(await quality.refused("fileAppeal", { appealId: id })).toMatchObject({ code: "CONFLICT", message: "The audit can't be contested any more: it is VOIDED." });
  });

  test("only criteria that the verdict judges are contested, each once", async () => {
    const { labeler, auditIds: [, , , , , , auditId], criterionIds: [one] } = made;
    const other = await contested(world);
    const [mine, foreign] = [globalId("Criterion", one), globalId("Criterion", other.criterionIds[0])];
    const refusedFor = async (criteria: object[], path: string[]) =>
      expect(await labeler.refused("draftAppeal", { auditId: auditId!, criteria })).toMatchObject({ code: "INVALID_INPUT", path });
    await refusedFor([{ criterionId: mine }, { criterionId: foreign }], ["criteria", "1", "criterionId"]);
    await refusedFor([{ criterionId: mine }, { criterionId: mine }], ["criteria", "1", "criterionId"]);
    await refusedFor([{ criterionId: mine, argument: " " }], ["criteria", "0", "argument"]);
    expect(await labeler.refused("draftAppeal", { auditId: auditId!, evidence: ["x", "javascript:1"] })).toMatchObject({ code: "INVALID_INPUT", path: ["evidence", "1"] });
  });

  test("of two who contest the same audit at once, one does", async () => {
    const { labeler, quality, manager, reviewer, auditIds: [, , , , , , , auditId] } = made;
    const answers = await Promise.all([labeler, quality, manager, reviewer].map((by) =>
      by.ask("mutation ($input: DraftAppealInput!) { draftAppeal(input: $input) { __typename ... on Refusal { code } } }", { input: { auditId } })));
    const said = answers.map(({ draftAppeal }) => draftAppeal.code ?? draftAppeal.__typename).sort();
    expect(said).toEqual(["CONFLICT", "CONFLICT", "CONFLICT", "DraftAppealPayload"]);
  });

  test.each([
    ["CLIENT", ["L1", "L2", "L3"], "labeler", "L1_REVIEW"], ["CLIENT", ["L1", "L2", "L3"], "quality", "L2_REVIEW"], ["CLIENT", ["L1", "L2", "L3"], "manager", "L2_REVIEW"],
    ["CLIENT", ["L2", "L3"], "labeler", "L2_REVIEW"], ["CLIENT", ["L1", "L3"], "quality", "L3_ARBITRATION"], ["CLIENT", ["L3"], "labeler", "L3_ARBITRATION"],
    ["VENDOR", ["L2", "L3"], "labeler", "L1_REVIEW"], ["VENDOR", ["L1", "L2", "L3"], "manager", "L1_REVIEW"],
  ] as const)("in layer %s, with tiers %j, what the %s raises comes to %s", async (layer, appealTiers, who, state) => {
    const { [who]: by, auditIds: [auditId] } = await contested(world, { layer, settings: { appealTiers } });
    expect((await file(by, auditId!)).state).toBe(state);
  });
});

describe("review", () => {
  test("the vendor forwards; the client asks, hears and escalates; each tier has its clock", async () => {
    const { labeler, quality, lead, auditor, policyManager, auditIds: [auditId] } = await contested(world);
    const { id } = await file(labeler, auditId!);
    expect(await on(quality, "forwardAppeal", id)).toMatchObject({ state: "L2_REVIEW", tier: "L2", allowedActions: [] });
    expect((await readAppeal(auditor, id)).allowedActions).toEqual(["returnAppeal", "escalateAppeal", "decideAppeal", "markAppealInvalid"]);
    const asked = await on(auditor, "returnAppeal", id, { question: "Who says so?" }, "state tier dueAt asked answer");
    expect(asked).toMatchObject({ state: "RETURNED_FOR_INFO", tier: "L2", asked: "Who says so?", answer: null });
    expect(await clocksOf(id)).toEqual(["APPEAL_L1 stopped", "APPEAL_L2 paused", "APPEAL_REPLY runs"]);
    expect(await lead.refused("escalateAppeal", { appealId: id, reason: "Hm." })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
    const answered = await on(labeler, "answerAppeal", id, { answer: "The guide." }, "state tier dueAt asked answer allowedActions");
    expect(answered).toMatchObject({ state: "L2_REVIEW", asked: "Who says so?", answer: "The guide.", allowedActions: ["withdrawAppeal"] });
    expect(await clocksOf(id)).toEqual(["APPEAL_L1 stopped", "APPEAL_L2 runs", "APPEAL_REPLY stopped"]);
    expect((await world.sql`select due_at from sla_clocks where subject_id = ${rawId(id)} and kind = 'APPEAL_L2'`)[0]!.due_at.toISOString()).toBe(answered.dueAt);
    expect(await on(lead, "escalateAppeal", id, { reason: "The guide is silent." })).toMatchObject({ state: "L3_ARBITRATION", tier: "L3" });
    expect((await readAppeal(policyManager, id)).allowedActions).toEqual(["returnAppeal", "decideAppeal", "markAppealInvalid"]);
    expect((await world.sql`select handled_by_ids from appeals where id = ${rawId(id)}`)[0]!.handled_by_ids).toEqual([quality, auditor, lead].map(({ principalId }) => principalId));
    expect(await on(policyManager, "markAppealInvalid", id, { reason: "Of another case." }, "state endReason closedAt dueAt allowedActions"))
      .toEqual({ state: "INVALID", endReason: "Of another case.", closedAt: expect.any(String), dueAt: null, allowedActions: [] });
    expect(await clocksOf(id)).toEqual(["APPEAL_L1 stopped", "APPEAL_L2 stopped", "APPEAL_REPLY stopped", "APPEAL_L3 stopped"]);
    expect(await stateOf(lead, auditId!)).toBe("PUBLISHED");
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
    expect(await clocksOf(one.id)).toEqual(["APPEAL_L1 stopped", "APPEAL_REAPPEAL runs"]);
    expect((await readAppeal(labeler, one.id)).allowedActions).toEqual(["continueAppeal"]);
    expect(await labeler.refused("draftAppeal", { auditId: first! })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
    expect(await on(labeler, "continueAppeal", one.id, {}, "state hasContinued allowedActions")).toEqual({ state: "L2_REVIEW", hasContinued: true, allowedActions: ["withdrawAppeal"] });
    const { dueAt } = await readAppeal(labeler, two.id);
    await world.sql`update audits set window_due_at = ${dueAt} where id = ${rawId(second!)}`;
    await pass(after(dueAt, -1));
    expect(await stateOf(lead, second!)).toBe("APPEALED");
    await pass(after(dueAt));
    expect(await readAppeal(labeler, two.id)).toMatchObject({ state: "DECLINED", dueAt: null, allowedActions: [] });
    expect(await stateOf(lead, second!)).toBe("FINAL");
    expect(await stateOf(lead, first!)).toBe("APPEALED");
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
    expect(await clocksOf(id)).toEqual(["APPEAL_L1 void", "APPEAL_REPLY void"]);
    expect(await stateOf(lead, auditId!)).toBe("ACKNOWLEDGED");
    const again = await draft(labeler, auditId!);
    await on(labeler, "withdrawAppeal", again.id);
    expect(await eventsOf(world, again.id)).toEqual([]);
    expect(await readAppeal(lead, again.id)).toBeNull();
    await file(labeler, auditId!);
    expect(await stateOf(lead, auditId!)).toBe("APPEALED");
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
    await pass(after(dueAt));
    expect(await readAppeal(quality, closing, "state dueAt closedAt outcome")).toEqual({ state: "CLOSED", dueAt: null, closedAt: after(dueAt).toISOString(), outcome: "AUDIT_UPHELD" });
    expect(await stateOf(lead, auditIds[3]!)).toBe("FINAL");
    const short = await contested(world, { settings: { appealTiers: ["L1", "L2"] } });
    const { id } = await file(short.quality, short.auditIds[0]!);
    expect((await readAppeal(short.lead, id)).allowedActions).toEqual(["returnAppeal", "decideAppeal", "markAppealInvalid"]);
    expect(await short.lead.refused("escalateAppeal", { appealId: id, reason: "Hm." })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("no further tier") });
    await rule(id, "AUDIT_UPHELD");
    expect(await short.quality.refused("fileReappeal", { appealId: id, reason: "No." })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("no further tier") });
  });
});

test("what makes appeals due is told to whoever runs the tasks", () => {
  const dueOf = (subjectType: string, payload: object) => appealTasks[0]!.dueAfter({ subjectType, payload } as never);
  const at = "2026-01-05T00:00:00.000Z";
  expect([dueOf("Appeal", { dueAt: at }), dueOf("Audit", { windowDueAt: at })]).toEqual([new Date(at), new Date(at)]);
  expect([dueOf("Appeal", { dueAt: null }), dueOf("Audit", {}), dueOf("Sample", { dueAt: at })]).toEqual([null, null, null]);
});

describe("time", () => {
  test("drafts expire with the window, and live on where it was opened anew", async () => {
    const { labeler, lead, auditIds: [first, second] } = await contested(world, { count: 2 });
    const [one, two] = [await draft(labeler, first!), await draft(labeler, second!)];
    await world.sql`update audits set window_due_at = window_due_at + interval '1 day' where id = ${rawId(second!)}`;
    await pass(after(one.dueAt));
    expect(await readAppeal(labeler, one.id, "state closedAt allowedActions")).toMatchObject({ state: "EXPIRED", closedAt: expect.any(String), allowedActions: [] });
    expect(await readAppeal(labeler, two.id)).toMatchObject({ state: "DRAFT", dueAt: after(two.dueAt, 24 * HOUR_MS).toISOString() });
    expect(await eventsOf(world, one.id)).toEqual([]);
    expect(await stateOf(lead, first!)).toBe("PUBLISHED");
  });

  test("a vendor that is late has forwarded; a vendor's own layer, and the client, never rule by being late", async () => {
    const [client, vendor] = [await contested(world), await contested(world, { layer: "VENDOR" })];
    const [one, own] = [await file(client.labeler, client.auditIds[0]!), await file(vendor.labeler, vendor.auditIds[0]!)];
    await pass(after(one.dueAt));
    expect(await readAppeal(client.lead, one.id)).toMatchObject({ state: "L2_REVIEW", tier: "L2" });
    await pass(after(own.dueAt, 1_000 * HOUR_MS));
    expect(await readAppeal(client.lead, one.id)).toMatchObject({ state: "L2_REVIEW", outcome: null });
    expect(await readAppeal(vendor.labeler, own.id)).toMatchObject({ state: "L1_REVIEW", tier: "L1", outcome: null });
    await world.sql`update appeals set due_at = now() - interval '1 hour' where id = any (${[one.id, own.id].map(rawId)})`;
    expect((await readAppeal(client.lead, one.id)).isOverdue).toBe(true);
    expect(await eventsOf(world, one.id)).toEqual(["appeal.l1_review DRAFT>L1_REVIEW", "appeal.l2_review L1_REVIEW>L2_REVIEW"]);
    const [event] = await world.sql`select actor_id, payload from events where subject_id = ${rawId(one.id)} order by id desc limit 1`;
    expect([event!.actor_id, event!.payload.dueAt]).toEqual(["00000000-0000-7000-8000-000000000002", expect.any(String)]);
  });

  test("what nobody answers goes back to the tier that asked", async () => {
    const { quality, lead, auditIds: [auditId] } = await contested(world);
    const { id } = await file(quality, auditId!);
    const { dueAt } = await on(lead, "returnAppeal", id, { question: "Why?" });
    await pass(after(dueAt));
    expect(await readAppeal(lead, id, "state tier answer")).toEqual({ state: "L2_REVIEW", tier: "L2", answer: null });
    expect(await clocksOf(id)).toEqual(["APPEAL_L2 runs", "APPEAL_REPLY stopped"]);
  });

  test("an audit whose window has ended is final as soon as its appeal is over", async () => {
    const { labeler, lead, auditIds: [auditId] } = await contested(world);
    const { id } = await file(labeler, auditId!);
    await world.sql`update audits set window_due_at = now() where id = ${rawId(auditId!)}`;
    await on(labeler, "withdrawAppeal", id);
    expect(await stateOf(lead, auditId!)).toBe("FINAL");
  });
});
