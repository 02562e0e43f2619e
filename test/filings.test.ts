import { afterAll, beforeAll, expect, test } from "vitest";
import { type Contested, contested, draft, readAppeal, WORDS_OF_APPEAL } from "./kit/appeals.ts";
import { type Item, inBulk, readAudit } from "./kit/publication.ts";
import { eventsOf, globalId, projectGid, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const open = async ({ project }: Contested, by: Caller, layer = "CLIENT") =>
  (await by.verb("openAppealCase", { projectId: projectGid(project), layer, title: "Quotes" }, "appealCase { id title layer filedAt vendor { id } openedBy { id } }")).appealCase;
const draftAll = (by: Caller, appealCaseId: string, auditIds: readonly string[], input: object = {}) => inBulk(by, "draftAppeals", { appealCaseId, auditIds, ...WORDS_OF_APPEAL, ...input });
const fileAll = async (by: Caller, appealCaseId: string): Promise<Item[]> =>
  (await by.verb("fileAppealCase", { appealCaseId }, "appealCase { id filedAt } items { id outcome refusal { code message path } }")).items;
const readCase = async (by: Caller, id: string, fields = "id") => (await by.ask(`query ($id: ID!) { node(id: $id) { ... on AppealCase { ${fields} } } }`, { id })).node;

test("many audits are contested in one case, each judged by itself", async () => {
  const made = await contested(world, { count: 4 });
  const { quality, lead, labeler, manager, analyst, stranger, auditIds, policyManager } = made;
  const appealCase = await open(made, quality);
  expect(appealCase).toMatchObject({ title: "Quotes", layer: "CLIENT", filedAt: null, vendor: { id: globalId("Vendor", made.project.vendors[0]!.id) }, openedBy: { id: globalId("Principal", quality.principalId) } });
  await world.sql`update audits set window_due_at = now() where id = ${rawId(auditIds[3]!)}`;
  expect((await draftAll(quality, appealCase.id, auditIds, { isDryRun: true })).map(({ outcome }) => outcome)).toEqual(["WOULD_DO", "WOULD_DO", "WOULD_DO", "REFUSED"]);
  expect((await readCase(quality, appealCase.id, "appeals { totalCount }")).appeals.totalCount).toBe(0);
  const items = await draftAll(quality, appealCase.id, auditIds);
  expect(items.map(({ outcome }) => outcome)).toEqual(["DONE", "DONE", "DONE", "REFUSED"]);
  expect(items[3]!.refusal).toMatchObject({ code: "CONFLICT", path: ["auditId"], message: expect.stringContaining("window is over") });
  for (const by of [lead, analyst, policyManager, labeler, stranger]) expect(await readCase(by, appealCase.id)).toBeNull();
  expect(await readCase(manager, appealCase.id, "appeals { nodes { state reason criteria { totalCount } } }")).toEqual({
    appeals: { nodes: [1, 2, 3].map(() => ({ state: "DRAFT", reason: WORDS_OF_APPEAL.reason, criteria: { totalCount: 2 } })) },
  });
  expect(await manager.refused("fileAppealCase", { appealCaseId: appealCase.id })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("no drafts of yours") });
  const [drafted] = (await readCase(quality, appealCase.id, "appeals { nodes { id } }")).appeals.nodes;
  await quality.verb("saveAppealDraft", { appealId: drafted.id, evidence: [] }, "appeal { id }");
  const filed = await fileAll(quality, appealCase.id);
  expect(filed.map(({ outcome }) => outcome).sort()).toEqual(["DONE", "DONE", "REFUSED"]);
  expect(filed.find(({ outcome }) => outcome === "REFUSED")).toMatchObject({ id: drafted.id, refusal: { code: "INVALID_INPUT", path: ["evidence"] } });
  expect(await readCase(lead, appealCase.id, "filedAt title appeals(orderBy: { field: ID }) { nodes { state case { id } } }")).toEqual({
    filedAt: expect.any(String), title: "Quotes", appeals: { nodes: [1, 2].map(() => ({ state: "L2_REVIEW", case: { id: appealCase.id } })) },
  });
  expect(await readCase(analyst, appealCase.id, "title")).toEqual({ title: null });
  for (const by of [labeler, stranger]) expect(await readCase(by, appealCase.id)).toBeNull();
  expect(await eventsOf(world, ...auditIds)).toEqual(["audit.appealed PUBLISHED>APPEALED", "audit.appealed PUBLISHED>APPEALED"]);
});

test("a labeler's case is of their own audits; none mixes projects, layers or vendors", async () => {
  const [made, vendors, other] = await Promise.all([contested(world, { count: 2 }), contested(world, { layer: "VENDOR" }), contested(world)]);
  const { labeler, quality, otherLabeler, lead, auditIds: [first, second] } = made;
  const own = await open(made, labeler);
  const { id } = await draft(labeler, first!, { appealCaseId: own.id });
  expect(await readAppeal(labeler, id, "case { id }")).toEqual({ case: { id: own.id } });
  expect(await readCase(otherLabeler, own.id)).toBeNull();
  expect(await draft(quality, second!, { appealCaseId: own.id }, "case { id }")).toEqual({ case: { id: own.id } });
  const ofVendor = await open(made, quality, "VENDOR");
  expect(await quality.refused("draftAppeal", { auditId: second!, appealCaseId: ofVendor.id })).toMatchObject({ code: "CONFLICT" });
  expect(await labeler.refused("saveAppealDraft", { appealId: id, appealCaseId: ofVendor.id })).toMatchObject({ code: "NOT_FOUND", path: ["appealCaseId"] });
  const moved = await open(made, labeler);
  expect((await labeler.verb("saveAppealDraft", { appealId: id, appealCaseId: moved.id }, "appeal { case { id } }")).appeal.case.id).toBe(moved.id);
  expect(await vendors.quality.refused("draftAppeal", { auditId: vendors.auditIds[0]!, appealCaseId: own.id })).toMatchObject({ code: "NOT_FOUND", path: ["appealCaseId"] });
  const both = await world.caller(...[vendors, other].map(({ project }) => ({ role: "VENDOR_QA" as const, projectId: project.projectId, vendorId: made.project.vendors[0]!.id })));
  expect(await both.refused("openAppealCase", { projectId: made.projectId, layer: "CLIENT", title: "Theirs" })).toMatchObject({ code: "NOT_FOUND", path: ["projectId"] });
  expect(await lead.refused("openAppealCase", { projectId: made.projectId, layer: "CLIENT", title: "Ours" })).toMatchObject({ code: "FORBIDDEN" });
  expect(await quality.refused("openAppealCase", { projectId: made.projectId, layer: "CLIENT", title: " " })).toMatchObject({ code: "INVALID_INPUT", path: ["title"] });
});

test("500 are drafted and filed with as many statements as one", async () => {
  const [few, many] = [await contested(world, { count: 1 }), await contested(world, { count: 501 })];
  const countOf = async (work: () => Promise<unknown>) => {
    world.statements.length = 0;
    await work();
    return world.statements.length;
  };
  const [small, large] = [await open(few, few.quality), await open(many, many.quality)];
  const [ofOne, ofAll] = [await countOf(() => draftAll(few.quality, small.id, few.auditIds)), await countOf(() => draftAll(many.quality, large.id, many.auditIds.slice(0, 500)))];
  expect([ofAll, ofAll < 20]).toEqual([ofOne, true]);
  expect(await many.quality.refused("draftAppeal", { auditId: many.auditIds[500]!, appealCaseId: large.id })).toMatchObject({ code: "INVALID_INPUT", path: ["appealCaseId"], message: expect.stringContaining("at most 500") });
  expect(await many.quality.refused("draftAppeals", { auditIds: many.auditIds, appealCaseId: large.id })).toMatchObject({ code: "INVALID_INPUT", path: ["auditIds"] });
  const [filesOne, filesAll] = [await countOf(() => fileAll(few.quality, small.id)), await countOf(() => fileAll(many.quality, large.id))];
  expect([filesAll, filesAll < 24]).toEqual([filesOne, true]);
  const [{ count }] = (await world.sql`select count(*)::int as count from sla_clocks where project_id = ${many.project.projectId} and kind = 'APPEAL_L2'`) as unknown as [{ count: number }];
  expect(count).toBe(500);
  expect(await readAudit(many.lead, many.auditIds[499]!, "state")).toEqual({ state: "APPEALED" });
});
