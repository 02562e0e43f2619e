import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Contested, contested, draft, file, on, readAppeal } from "./kit/appeals.ts";
import { globalId, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let made: Contested;
/** Opaque, in the order in which they were drafted: a draft, one in each tier, one returned, one declined, one withdrawn. */
let ids: Record<"draft" | "first" | "second" | "third" | "returned" | "declined" | "withdrawn", string>;
beforeAll(async () => {
  world = await createWorld();
  made = await contested(world, { count: 8 });
  const { labeler, quality, reviewer, lead, auditIds } = made;
  const [a, b, c, d, e, f, g] = auditIds as [string, string, string, string, string, string, string];
  ids = {
    draft: (await draft(labeler, a)).id, first: (await file(labeler, b)).id, second: (await file(quality, c)).id, third: (await file(labeler, d)).id,
    returned: (await file(quality, e)).id, declined: (await file(labeler, f)).id, withdrawn: (await file(labeler, g)).id,
  };
  await on(quality, "forwardAppeal", ids.third);
  await on(lead, "escalateAppeal", ids.third, { reason: "The guide is silent." });
  await on(lead, "returnAppeal", ids.returned, { question: "Who says so?" });
  await on(reviewer, "declineAppeal", ids.declined, { reason: "The guide says so." });
  await on(labeler, "withdrawAppeal", ids.withdrawn, { reason: "I see." });
});
afterAll(() => world.close());

const namesOf = (found: readonly { id: string }[]) => found.map(({ id }) => Object.keys(ids).find((name) => ids[name as keyof typeof ids] === id));
const list = async (by: Caller, filter: object = {}, rest = "") =>
  namesOf((await by.ask(`query ($filter: AppealFilter) { appeals(first: 100, filter: $filter${rest}) { nodes { id } } }`, { filter })).appeals.nodes);

describe("who sees which", () => {
  const FILED = ["first", "second", "third", "returned", "declined", "withdrawn"];
  test.each([
    ["lead", FILED], ["policyManager", FILED], ["analyst", FILED], ["labeler", ["draft", ...FILED]], ["quality", ["draft", ...FILED]], ["manager", ["draft", ...FILED]],
    ["auditor", ["second", "third", "returned"]], ["otherLabeler", []], ["stranger", []],
  ] as const)("the %s", async (who, expected) => {
    const by = made[who];
    expect(await list(by)).toEqual(expected);
    for (const [name, id] of Object.entries(ids)) expect((await readAppeal(by, id, "id"))?.id ?? null, name).toBe((expected as readonly string[]).includes(name) ? id : null);
  });

  test("an auditor of own audits and of what they handled; another team of the vendor none", async () => {
    const { project, auditIds } = made;
    const { projectId } = project;
    const [vendor, other] = project.vendors;
    const plain = await world.caller({ role: "AUDITOR", projectId });
    expect(await list(plain)).toEqual([]);
    await world.sql`update appeals set auditor_id = ${plain.principalId} where id = ${rawId(ids.declined)}`;
    await world.sql`update appeals set handled_by_ids = handled_by_ids || ${plain.principalId}::uuid where id = ${rawId(ids.first)}`;
    expect(await list(plain)).toEqual(["first", "declined"]);
    expect(await list(await world.caller({ role: "VENDOR_QA", projectId, vendorId: vendor!.id, teamId: vendor!.teamId }))).toHaveLength(7);
    const elsewhere = await world.caller({ role: "VENDOR_QA", projectId, vendorId: vendor!.id, teamId: other!.teamId });
    expect(await list(elsewhere)).toEqual([]);
    expect(await elsewhere.refused("forwardAppeal", { appealId: ids.first })).toMatchObject({ code: "NOT_FOUND", message: "There is no such appeal." });
    expect(await elsewhere.refused("draftAppeal", { auditId: auditIds[7]! })).toMatchObject({ code: "NOT_FOUND" });
  });

  test("clients with the scope, those of their vendor", async () => {
    const { projectId, vendors } = made.project;
    const client = (scopes: ("appeals:read" | "audits:read")[], vendorId?: string) => world.caller({ role: "SERVICE", projectId, scopes, vendorId });
    expect(await list(await client(["appeals:read"]))).toEqual(FILED);
    expect(await list(await client(["appeals:read"], vendors[1]!.id))).toEqual([]);
    const without = await client(["audits:read"]);
    for (const field of ["appeals", "appealCases"]) expect((await without.send(`{ ${field} { nodes { id } } }`)).errors![0]!.message).toContain("appeals:read");
    expect(await readAppeal(without, ids.first, "id")).toBeNull();
  });
});

describe("what is masked", () => {
  const WORDS = "reason evidence asked answer endReason criteria { nodes { argument } }";
  test("analysts read no words", async () => {
    const masked = { reason: null, evidence: null, asked: null, answer: null, endReason: null };
    expect(await readAppeal(made.analyst, ids.returned, WORDS)).toMatchObject(masked);
    expect(await readAppeal(made.lead, ids.returned, WORDS)).toMatchObject({ reason: "It quotes.", evidence: ["guide://hate#4.2"], asked: "Who says so?" });
    expect(await readAppeal(made.labeler, ids.declined, WORDS)).toMatchObject({ endReason: "The guide says so." });
  });

  test("partners learn of nobody on the client's side", async () => {
    const fields = "id state audit { auditor { id } } raisedBy { id } timeline(first: 20) { nodes { type actor { id } } } slaClocks { nodes { kind } }";
    for (const by of [made.quality, made.labeler]) {
      const seen = JSON.stringify(await readAppeal(by, ids.returned, fields));
      for (const staff of [made.lead, made.auditor, made.policyManager]) expect(seen).not.toContain(globalId("Principal", staff.principalId));
      expect(seen).toContain("APPEAL_REPLY");
    }
  });

  test("policy managers don't ask by labeler", async () => {
    const labelerIds = [globalId("Labeler", made.project.vendors[0]!.labelerIds[0]!)];
    const { errors } = await made.policyManager.send("query ($filter: AppealFilter) { appeals(filter: $filter) { nodes { id } } }", { filter: { labelerIds } });
    expect(errors![0]!.message).toContain("filter.labelerIds");
    expect(await readAppeal(made.policyManager, ids.first, "labeler { id }")).toEqual({ labeler: null });
  });
});

describe("finding", () => {
  const own = () => made.project;
  const cases: [string, () => object, string[]][] = [
    ["states", () => ({ states: ["L1_REVIEW", "DECLINED"] }), ["first", "declined"]],
    ["tiers", () => ({ tiers: ["L3"] }), ["third"]],
    ["outcomes", () => ({ outcomes: ["AUDIT_UPHELD"] }), []],
    ["layers", () => ({ layers: ["VENDOR"] }), []],
    ["audits", () => ({ auditIds: [made.auditIds[2], made.auditIds[3]] }), ["second", "third"]],
    ["labelers", () => ({ labelerIds: [globalId("Labeler", own().vendors[0]!.labelerIds[1]!)] }), []],
    ["queues", () => ({ queueIds: [`${globalId("Queue", own().queueId)}`], states: ["L1_REVIEW"] }), ["first"]],
    ["policies", () => ({ policyIds: [globalId("Policy", own().policies.hate)], tiers: ["L1"] }), ["first", "declined", "withdrawn"]],
    ["vendors", () => ({ vendorIds: [globalId("Vendor", own().vendors[1]!.id)] }), []],
    ["markets", () => ({ markets: [own().market], tiers: ["L3"] }), ["third"]],
    ["projects", () => ({ projectIds: [made.projectId], tiers: ["L3"] }), ["third"]],
    ["what is mine", () => ({ isMine: true }), ["second", "returned"]],
    ["what was filed", () => ({ filedFrom: "2999-01-01T00:00:00Z" }), []],
    ["what changed", () => ({ updatedAfter: "2999-01-01T00:00:00Z" }), []],
    ["what is due", () => ({ dueBefore: "2999-01-01T00:00:00Z", tiers: ["L3"] }), ["third"]],
  ];
  test.each(cases)("by %s", async (_, filter, expected) => {
    const { queueIds, ...rest } = filter() as { queueIds?: string[] };
    const named = queueIds ? { queueIds: [(await made.quality.ask("{ queues { nodes { id } } }")).queues.nodes[0].id] } : {};
    expect(await list(made.quality, { ...rest, ...named })).toEqual(expected);
  });

  test.each([
    ["labeler", ["draft"]], ["quality", ["first", "returned"]], ["reviewer", ["first"]], ["manager", ["first"]], ["lead", ["second"]], ["auditor", ["second"]],
    ["policyManager", ["third"]], ["analyst", []], ["otherLabeler", []],
  ] as const)("it is the turn of the %s", async (who, expected) => {
    expect(await list(made[who], { isWaitingForMe: true })).toEqual(expected);
  });

  test("it is nobody's turn on what they are party to", async () => {
    const { lead } = made;
    await world.sql`update appeals set auditor_id = ${lead.principalId} where id = ${rawId(ids.second)}`;
    expect(await list(lead, { isWaitingForMe: true })).toEqual([]);
    expect(await list(made.auditor, { isWaitingForMe: true })).toEqual(["second"]);
  });

  test.each(["ASC", "DESC"])("by urgency, %s, page by page: what waits for nothing comes behind all others, or before", async (direction) => {
    const whole = await list(made.quality, {}, `, orderBy: { field: DUE_AT, direction: ${direction} }`);
    const due = await world.sql`select id, due_at from appeals where project_id = ${made.project.projectId}`;
    const at = new Map(due.map((row) => [row.id as string, row.due_at as Date | null]));
    const keyOf = (name: string | undefined) => at.get(rawId(ids[name as keyof typeof ids]))?.getTime() ?? Infinity;
    const keys = whole.map(keyOf);
    expect(keys).toEqual([...keys].sort((one, other) => (one === other ? 0 : one < other === (direction === "ASC") ? -1 : 1)));
    expect(whole).toHaveLength(7);
    const paged: string[] = [];
    let after: string | null = null;
    do {
      const { appeals }: any = await made.quality.ask(
        `query ($after: String) { appeals(first: 2, after: $after, orderBy: { field: DUE_AT, direction: ${direction} }) { nodes { id } pageInfo { hasNextPage endCursor } totalCount } }`, { after });
      paged.push(...namesOf(appeals.nodes) as string[]);
      expect(appeals.totalCount).toBe(7);
      after = appeals.pageInfo.hasNextPage ? appeals.pageInfo.endCursor : null;
    } while (after);
    expect(paged).toEqual(whole);
  });

  test("a page of nothing but what waits for nothing goes on where it ended, and a cursor of another order is refused", async () => {
    await world.sql`update appeals set ruled_at = '2026-01-01' where id = ${rawId(ids.third)}`;
    const whole = await list(made.lead, {}, ", orderBy: { field: RULED_AT, direction: DESC }");
    expect(whole.at(-1)).toBe("third");
    const page = async (by: string, after: string | null) =>
      made.lead.send(`query ($after: String) { appeals(first: 3, after: $after, orderBy: { field: ${by}, direction: DESC }) { nodes { id } pageInfo { endCursor } } }`, { after });
    const { data } = await page("RULED_AT", null);
    expect(namesOf((await page("RULED_AT", data.appeals.pageInfo.endCursor)).data.appeals.nodes)).toEqual(whole.slice(3));
    expect((await page("UPDATED_AT", data.appeals.pageInfo.endCursor)).errors![0]!.message).toContain("another order");
  });

  test("each list is one statement, and one more for its count", async () => {
    const counted = async (by: Caller, query: string) => {
      world.statements.length = 0;
      await by.ask(query);
      return world.statements.length;
    };
    const { lead } = made;
    expect(await counted(lead, "{ appeals { nodes { id state allowedActions audit { id } raisedBy { id } verdict { outcome } policy { code } } } }")).toBe(1);
    expect(await counted(lead, "{ appeals { totalCount nodes { id } } }")).toBe(2);
    expect(await counted(lead, "{ appealCases { nodes { id title } } }")).toBe(1);
    expect(await counted(lead, "{ projects { nodes { appeals { nodes { id criteria { nodes { argument criterion { code } } } slaClocks { nodes { kind } } } } appealCases { nodes { id } } } } }")).toBe(5);
    expect(await counted(lead, "{ audits(first: 8) { nodes { appeals { nodes { id } } } } }")).toBe(2);
    expect(await counted(lead, "{ labelers { nodes { appeals { totalCount nodes { id } } } } }")).toBe(3);
  });
});

test("each verb takes a fixed number of statements", async () => {
  const { labeler, quality, lead, policyManager, auditIds, criterionIds } = await contested(world);
  const took: Record<string, number> = {};
  const call = async (by: Caller, verb: string, input: object): Promise<string> => {
    world.statements.length = 0;
    const { appeal } = await by.verb(verb, { ...input }, "appeal { id }");
    took[verb] = world.statements.length;
    return appeal.id;
  };
  const appealId = await call(labeler, "draftAppeal", { auditId: auditIds[0]!, reason: "It quotes.", evidence: ["guide://hate"] });
  await call(labeler, "saveAppealDraft", { appealId, reason: "It does quote.", criteria: criterionIds.map((id) => ({ criterionId: globalId("Criterion", id) })) });
  await call(labeler, "fileAppeal", { appealId });
  await call(quality, "declineAppeal", { appealId, reason: "No." });
  await call(labeler, "continueAppeal", { appealId });
  await call(lead, "returnAppeal", { appealId, question: "Why?" });
  await call(labeler, "answerAppeal", { appealId, answer: "So." });
  await call(lead, "escalateAppeal", { appealId, reason: "Hm." });
  await call(policyManager, "markAppealInvalid", { appealId, reason: "No." });
  // Beside the appeal: its audit, the clock that stops, the one that starts and the calendar it counts by, the event, the grant and the answer.
  expect(took).toEqual({
    draftAppeal: 7, saveAppealDraft: 8, fileAppeal: 12, declineAppeal: 9, continueAppeal: 9, returnAppeal: 9, answerAppeal: 9, escalateAppeal: 9, markAppealInvalid: 9,
  });
});
