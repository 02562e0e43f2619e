import { afterAll, beforeAll, expect, test } from "vitest";
import { clocksOf, type Contested, contested, draft, file, on, readAppeal } from "./kit/appeals.ts";
import { readAudit } from "./kit/publication.ts";
import { eventsOf, globalId, rawId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

const HOUR_MS = 3_600_000;
let world: World;
let made: Contested;
beforeAll(async () => {
  world = await createWorld();
  made = await contested(world, { count: 8 });
});
afterAll(() => world.close());

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
  expect(await clocksOf(world, drafted.id)).toEqual(["APPEAL_L1 runs"]);
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
