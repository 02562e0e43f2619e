import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WORKER } from "../src/db/identity.ts";
import { createPool, type Pool } from "../src/db/pool.ts";
import { write } from "../src/db/session.ts";
import { closeQuestions } from "../src/questions/service.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { eventsOf, globalId, projectGid, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type GrantSpec, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let project: ProjectFixture;
let projectId: string;
let policyId: string;
let lead: Caller;
let manager: Caller;
let auditor: Caller;
const as = (grant: GrantSpec, of = project) => world.caller({ projectId: of.projectId, ...grant });
beforeAll(async () => {
  world = await createWorld();
  pool = createPool({ url: world.urls.login, size: 2, queue: 50, waitMs: 10_000, applicationName: "assay-test" });
  project = await makeProject(world.sql);
  projectId = projectGid(project);
  policyId = globalId("Policy", project.policies.hate);
  [lead, manager, auditor] = await Promise.all([as({ role: "QA_LEAD" }), as({ role: "POLICY_MANAGER" }), as({ role: "AUDITOR" })]);
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const FIELDS = "policyQuestion { id state version title question answer dueAt isOverdue closeDueAt allowedActions assignee { id } answeredBy { id } vendor { id } }";
const ask = async (by: Caller, input: object = {}) =>
  (await by.verb("askQuestion", { projectId, policyId, title: "Slurs", question: "Quoted ones too?", ...input }, FIELDS)).policyQuestion;
const on = async (by: Caller, verb: string, id: string, input: object = {}) => (await by.verb(verb, { policyQuestionId: id, ...input }, FIELDS)).policyQuestion;
const seenBy = async (by: Caller, id: string, fields = "id title question answer state") =>
  (await by.ask(`query ($id: ID!) { node(id: $id) { ... on PolicyQuestion { ${fields} } } }`, { id })).node;
const labelerOf = (place: number, vendor = project.vendors[0]!) => as({ role: "LABELER", vendorId: vendor.id, labelerId: vendor.labelerIds[place]! });
const eventsFor = async (by: Caller, id: string) => {
  const { data } = await by.send("query ($id: ID!) { node(id: $id) { ... on Project { events(first: 100) { nodes { type subject { id } } } } } }", { id: projectId });
  return data.node.events.nodes.filter((each: any) => each.subject.id === id).map((each: any) => each.type);
};
const close = (now: Date) => write(pool, WORKER, (db) => closeQuestions(db, now), { timeoutMs: 5_000 });

test("a question is asked, assigned, answered, reopened, clarified and closed", async () => {
  const asked = await ask(auditor);
  expect(asked).toMatchObject({ state: "ASKED", version: 1, isOverdue: false, closeDueAt: null, allowedActions: [], vendor: null });
  expect(await on(manager, "assignQuestion", asked.id)).toMatchObject({ state: "ASSIGNED", assignee: { id: globalId("Principal", manager.principalId) } });
  const answered = await on(manager, "answerQuestion", asked.id, { answer: "Not those." });
  expect(answered).toMatchObject({ state: "ANSWERED", answer: "Not those.", closeDueAt: expect.any(String), version: 3 });
  expect((await seenBy(auditor, asked.id, "allowedActions")).allowedActions).toEqual(["reopenQuestion", "closeQuestion"]);
  expect(await manager.refused("reopenQuestion", { policyQuestionId: asked.id, reason: "No." })).toMatchObject({ code: "FORBIDDEN" });
  expect(await auditor.refused("reopenQuestion", { policyQuestionId: asked.id, reason: "  " })).toMatchObject({ code: "INVALID_INPUT", path: ["reason"] });
  const reopened = await on(auditor, "reopenQuestion", asked.id, { reason: "What of songs?" });
  expect(reopened).toMatchObject({ state: "ASSIGNED", answer: "Not those.", closeDueAt: null });
  const { policyQuestion, clarification } = await manager.verb("publishClarification", { policyQuestionId: asked.id, text: "Songs neither.", expectedVersion: 4 },
    `${FIELDS} clarification { text question { id } policy { id } publishedBy { id } }`);
  expect(policyQuestion).toMatchObject({ state: "CLARIFICATION_PUBLISHED", answer: "Songs neither." });
  expect(clarification).toEqual({
    text: "Songs neither.", question: { id: asked.id }, policy: { id: policyId }, publishedBy: { id: globalId("Principal", manager.principalId) },
  });
  expect(await on(auditor, "closeQuestion", asked.id)).toMatchObject({ state: "CLOSED", closeDueAt: null, allowedActions: [] });
  expect(await eventsOf(world, asked.id)).toEqual([
    "policy_question.asked null>ASKED", "policy_question.assigned ASKED>ASSIGNED", "policy_question.answered ASSIGNED>ANSWERED",
    "policy_question.assigned ANSWERED>ASSIGNED", "policy_question.clarification_published ASSIGNED>CLARIFICATION_PUBLISHED",
    "policy_question.closed CLARIFICATION_PUBLISHED>CLOSED",
  ]);
});

test("a gap is confirmed, and closed by a version of that very policy", async () => {
  const { id } = await ask(auditor);
  await on(lead, "assignQuestion", id, { assigneeId: globalId("Principal", manager.principalId) });
  expect(await on(manager, "confirmGap", id, { answer: "It says nothing of songs." })).toMatchObject({ state: "GAP_CONFIRMED", closeDueAt: null });
  const versionOf = async (policy: string) => globalId("PolicyVersion", (await world.sql`select id from policy_versions where policy_id = ${policy}`)[0]!.id);
  const absent = globalId("PolicyVersion", randomUUID());
  expect(await manager.refused("linkUpdate", { policyQuestionId: id, policyVersionId: absent })).toMatchObject({ code: "NOT_FOUND", path: ["policyVersionId"] });
  const other = await versionOf(project.policies.spam);
  expect(await manager.refused("linkUpdate", { policyQuestionId: id, policyVersionId: other })).toMatchObject({ code: "INVALID_INPUT", path: ["policyVersionId"] });
  const linked = await on(manager, "linkUpdate", id, { policyVersionId: await versionOf(project.policies.hate) });
  expect(linked).toMatchObject({ state: "UPDATE_LINKED", closeDueAt: expect.any(String) });
  expect(await on(manager, "closeQuestion", id)).toMatchObject({ state: "CLOSED" });
});

test("it is due on the second business day, and closes by itself on the fifth after its answer, in the project's zone", async () => {
  const { id, dueAt } = await ask(auditor);
  const local = (time: string) => new Date(time).getUTCDay();
  expect([1, 2, 3, 4, 5]).toContain(local(dueAt));
  expect(Date.parse(dueAt)).toBeGreaterThan(Date.now() + 86_400_000);
  await on(manager, "assignQuestion", id);
  const { closeDueAt } = await on(manager, "answerQuestion", id, { answer: "So." });
  const other = await ask(auditor);
  expect(await close(new Date(Date.parse(closeDueAt) - 1))).toBe(0);
  expect(await close(new Date(closeDueAt))).toBe(1);
  expect(await close(new Date(closeDueAt))).toBe(0);
  expect((await seenBy(auditor, id, "state closedAt closeDueAt"))).toMatchObject({ state: "CLOSED", closeDueAt: null });
  expect((await seenBy(auditor, other.id)).state).toBe("ASKED");
  expect((await eventsOf(world, id)).at(-1)).toBe("policy_question.closed ANSWERED>CLOSED");
});

describe("what can't be asked or assigned is refused, naming the field", () => {
  test.each([
    ["policyId", () => ({ policyId: globalId("Policy", randomUUID()) }), "NOT_FOUND"],
    ["policyVersionId", () => ({ policyVersionId: globalId("PolicyVersion", randomUUID()) }), "NOT_FOUND"],
    ["market", () => ({ market: "nowhere" }), "NOT_FOUND"],
    ["title", () => ({ title: " " }), "INVALID_INPUT"],
    ["question", () => ({ question: "x".repeat(2_001) }), "INVALID_INPUT"],
    ["contentRef", () => ({ contentRef: "a\nb" }), "INVALID_INPUT"],
    ["projectId", () => ({ projectId: globalId("Project", randomUUID()) }), "NOT_FOUND"],
  ])("%s", async (field, input, code) => {
    expect(await auditor.refused("askQuestion", { projectId, policyId, title: "T", question: "Q", ...input() })).toMatchObject({ code, path: [field] });
  });

  test("a version of another policy, an assignee who can't answer, a version that moved on", async () => {
    const [version] = await world.sql`select id from policy_versions where policy_id = ${project.policies.spam}`;
    const input = { projectId, policyId, title: "T", question: "Q", policyVersionId: globalId("PolicyVersion", version!.id) };
    expect(await auditor.refused("askQuestion", input)).toMatchObject({ code: "INVALID_INPUT", path: ["policyVersionId"] });
    const { id } = await ask(auditor);
    for (const assigneeId of [undefined, globalId("Principal", auditor.principalId), globalId("Principal", randomUUID())]) {
      expect(await lead.refused("assignQuestion", { policyQuestionId: id, assigneeId })).toMatchObject({ code: "INVALID_INPUT", path: ["assigneeId"] });
    }
    const [gone] = [await as({ role: "POLICY_MANAGER" })];
    await world.sql`update role_grants set revoked_at = now() where principal_id = ${gone!.principalId}`;
    expect(await lead.refused("assignQuestion", { policyQuestionId: id, assigneeId: globalId("Principal", gone!.principalId) })).toMatchObject({ code: "INVALID_INPUT" });
    expect(await manager.refused("assignQuestion", { policyQuestionId: id, expectedVersion: 7 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  });

  test("what a labeler may not see: a policy that is not in force", async () => {
    const own = await makeProject(world.sql);
    const [vendor] = own.vendors;
    const labeler = await as({ role: "LABELER", vendorId: vendor!.id, labelerId: vendor!.labelerIds[0]! }, own);
    await world.sql`update policy_versions set state = 'SUPERSEDED' where policy_id = ${own.policies.spam}`;
    const input = (id: string) => ({ projectId: projectGid(own), policyId: globalId("Policy", id), title: "T", question: "Q" });
    expect(await labeler.refused("askQuestion", input(own.policies.spam))).toMatchObject({ code: "NOT_FOUND", path: ["policyId"] });
    await labeler.verb("askQuestion", input(own.policies.hate), "policyQuestion { id }");
  });

  test("nobody asks who isn't to: analysts and administrators", async () => {
    for (const by of [await as({ role: "ANALYST" }), world.admin]) {
      expect(await by.refused("askQuestion", { projectId, policyId, title: "T", question: "Q" })).toMatchObject({ code: "FORBIDDEN" });
    }
  });
});

test("partners see their vendor's questions, labelers their own, analysts no words; and hear of no others", async () => {
  const [one, two] = project.vendors as [ProjectFixture["vendors"][number], ProjectFixture["vendors"][number]];
  const [labeler, colleague, vendorQa, rival, analyst] = await Promise.all([
    labelerOf(0), labelerOf(1), as({ role: "VENDOR_QA", vendorId: one.id }), as({ role: "VENDOR_QA", vendorId: two.id }), as({ role: "ANALYST" }),
  ]);
  const { id, vendor } = await ask(labeler);
  expect(vendor).toEqual({ id: globalId("Vendor", one.id) });
  await on(manager, "assignQuestion", id);
  await on(manager, "answerQuestion", id, { answer: "Not those." });
  const sight = async (by: Caller) => (await seenBy(by, id)) !== null;
  expect(await Promise.all([labeler, colleague, vendorQa, rival, auditor, lead, world.admin].map(sight))).toEqual([true, false, true, false, true, true, true]);
  expect(await seenBy(analyst, id)).toEqual({ id, title: null, question: null, answer: null, state: "ANSWERED" });
  expect(await seenBy(labeler, id, "answer answeredBy { name } assignee { name }")).toEqual({ answer: "Not those.", answeredBy: null, assignee: null });
  expect(await rival.refused("closeQuestion", { policyQuestionId: id })).toMatchObject({ code: "NOT_FOUND" });
  const all = ["policy_question.asked", "policy_question.assigned", "policy_question.answered"];
  await expect.poll(() => eventsFor(labeler, id)).toEqual(all);
  expect(await eventsFor(vendorQa, id)).toEqual(all);
  expect(await eventsFor(auditor, id)).toEqual(all);
  expect(await eventsFor(colleague, id)).toEqual([]);
  expect(await eventsFor(rival, id)).toEqual([]);
});

test("clarifications are everybody's in the project, and nobody's elsewhere", async () => {
  const { id } = await ask(auditor, { market: project.market });
  await on(manager, "assignQuestion", id);
  const { clarification } = await manager.verb("publishClarification", { policyQuestionId: id, text: "Songs neither." }, "clarification { id }");
  const elsewhere = await makeProject(world.sql);
  const readers = [await labelerOf(0), await as({ role: "VENDOR_MANAGER", vendorId: project.vendors[1]!.id }), await as({ role: "ANALYST" }), auditor];
  const query = "query ($filter: ClarificationFilter) { clarifications(filter: $filter, orderBy: { field: PUBLISHED_AT, direction: DESC }) { nodes { id text market { code } } } }";
  const found = async (by: Caller, filter?: object) => (await by.ask(query, { filter })).clarifications.nodes.map((each: any) => each.id);
  for (const by of readers) expect(await found(by)).toContain(clarification.id);
  expect(await found(auditor, { markets: [project.market] })).toContain(clarification.id);
  expect(await found(auditor, { markets: ["nowhere"] })).not.toContain(clarification.id);
  expect(await found(auditor, { publishedAfter: new Date(Date.now() + 60_000) })).toEqual([]);
  expect(await found(await as({ role: "AUDITOR" }, elsewhere))).toEqual([]);
});

test("lists filter and sort, a statement each however many there are", async () => {
  const own = await makeProject(world.sql);
  const by = await as({ role: "AUDITOR" }, own);
  const [leader, answerer] = [await as({ role: "QA_LEAD" }, own), await as({ role: "POLICY_MANAGER" }, own)];
  const where = { projectId: projectGid(own), policyId: globalId("Policy", own.policies.spam) };
  const ids: string[] = [];
  for (let i = 0; i < 4; i += 1) ids.push((await ask(i === 3 ? leader : by, { ...where, title: `T${i}`, market: i === 0 ? own.market : null })).id);
  await on(answerer, "assignQuestion", ids[1]!);
  await world.sql`update policy_questions set due_at = now() - interval '1 hour' where id = ${rawId(ids[2]!)}`;
  const list = async (filter: object, order = "") =>
    (await by.ask(`query ($filter: PolicyQuestionFilter) { policyQuestions(filter: $filter${order}) { nodes { id isOverdue } } }`, { filter }))
      .policyQuestions.nodes.map(({ id }: any) => ids.indexOf(id));
  expect(await list({ states: ["ASSIGNED"] })).toEqual([1]);
  expect(await list({ isMine: true })).toEqual([0, 1, 2]);
  expect(await list({ isOverdue: true })).toEqual([2]);
  expect(await list({ dueBefore: new Date() })).toEqual([2]);
  expect(await list({ markets: [own.market] })).toEqual([0]);
  expect(await list({ policyIds: [globalId("Policy", own.policies.hate)] })).toEqual([]);
  expect(await list({ updatedAfter: new Date(Date.now() + 60_000) })).toEqual([]);
  expect((await list({}, ", orderBy: { field: DUE_AT }"))[0]).toBe(2);
  expect((await answerer.ask("{ policyQuestions(filter: { isAssignedToMe: true }) { nodes { id } } }")).policyQuestions.nodes).toEqual([{ id: ids[1] }]);
  world.statements.length = 0;
  const { node } = await by.ask(
    `query ($id: ID!) { node(id: $id) { ... on Project {
      policyQuestions { totalCount nodes { id policy { code } market { code } askedBy { id } vendor { code } } } clarifications { nodes { text } } } } }`,
    { id: projectGid(own) },
  );
  expect(node.policyQuestions.totalCount).toBe(4);
  expect(world.statements.filter((text) => text.includes("policy_questions"))).toHaveLength(2);
  const ofPolicy = await by.ask("query ($id: ID!) { node(id: $id) { ... on Policy { questions { nodes { id } } clarifications { nodes { id } } } } }", { id: where.policyId });
  expect(ofPolicy.node.questions.nodes).toHaveLength(4);
});
