import { afterAll, beforeAll, expect, test } from "vitest";
import { contested, type Contested, draft, file } from "./kit/appeals.ts";
import { globalId, rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const MESSAGE = "id text attachments sentAt side isMine author { id } thread { id }";
const THREAD = `id visibility subjectType subjectId subject { id } lastMessageAt updatedAt messages(first: 50) { totalCount nodes { ${MESSAGE} } }`;
const post = (by: Caller, subjectId: string, visibility: string, text = "What of the song?", input: object = {}) =>
  by.verb("postMessage", { subjectId, visibility, text, ...input }, `postedMessage { ${MESSAGE} } thread { ${THREAD} }`);
const refused = (by: Caller, subjectId: string, visibility: string, input: object = {}) => by.refused("postMessage", { subjectId, visibility, text: "What?", ...input });
const threads = async (by: Caller, id: string) =>
  (await by.ask(`query ($id: ID!) { node(id: $id) { ... on Appeal { threads { nodes { ${THREAD} } } } } }`, { id })).node?.threads.nodes as any[] | undefined;
const heard = async (by: Caller, id: string) => (await threads(by, id))?.map(({ visibility, messages }) => [visibility, messages.totalCount]);

async function appealed(layer: "CLIENT" | "VENDOR" = "CLIENT"): Promise<Contested & { appealId: string }> {
  const of = await contested(world, { layer });
  const { id } = await file(of.labeler, of.auditIds[0]!, {}, "id");
  return { ...of, appealId: id };
}

test("a thread opens with its first message: one among staff, one with the partner, each with what was said in order", async () => {
  const of = await appealed();
  const { postedMessage: message, thread } = await post(of.lead, of.appealId, "PARTNER", " What of the song? ", { attachments: ["drive://1", "https://example.org/2"] });
  expect(message).toMatchObject({ text: "What of the song?", attachments: ["drive://1", "https://example.org/2"], side: "STAFF", isMine: true, thread: { id: thread.id } });
  expect(thread).toMatchObject({ visibility: "PARTNER", subjectType: "Appeal", subjectId: of.appealId, subject: { id: of.appealId }, lastMessageAt: message.sentAt });
  const answer = await post(of.labeler, of.appealId, "PARTNER", "It is quoted.");
  expect(answer.thread).toMatchObject({ id: thread.id, messages: { totalCount: 2 } });
  expect(answer.thread.messages.nodes.map(({ text, side }: any) => [text, side])).toEqual([["What of the song?", "STAFF"], ["It is quoted.", "PARTNER"]]);
  const internal = await post(of.policyManager, of.appealId, "INTERNAL", "He has a point.");
  expect(internal.thread.id).not.toBe(thread.id);
  expect(await heard(of.lead, of.appealId)).toEqual([["PARTNER", 2], ["INTERNAL", 1]]);
});

test("who hears what: staff both, partners their own side's alone, analysts and strangers nothing; auditors what they see", async () => {
  const of = await appealed();
  await post(of.lead, of.appealId, "INTERNAL");
  await post(of.lead, of.appealId, "PARTNER");
  const both = [["INTERNAL", 1], ["PARTNER", 1]];
  for (const by of [of.lead, of.policyManager, world.admin]) expect(await heard(by, of.appealId)).toEqual(both);
  for (const by of [of.labeler, of.manager, of.quality]) expect(await heard(by, of.appealId)).toEqual([["PARTNER", 1]]);
  expect(await heard(of.analyst, of.appealId)).toEqual([]);
  for (const by of [of.stranger, of.otherLabeler]) expect(await heard(by, of.appealId)).toBeUndefined();
  // An adjudicator sees appeals from the second tier on, and their threads with them, whenever they began.
  expect(await heard(of.auditor, of.appealId)).toBeUndefined();
  const [internal] = await threads(of.lead, of.appealId) as [any];
  const node = async (by: Caller, id: string) => (await by.ask("query ($id: ID!) { node(id: $id) { id } }", { id })).node;
  expect(await node(of.auditor, internal.id)).toBeNull();
  await world.sql`update appeals set state = 'L2_REVIEW', tier = 'L2' where id = ${rawId(of.appealId)}`;
  expect(await heard(of.auditor, of.appealId)).toEqual(both);
  const plain = await world.caller({ role: "AUDITOR", projectId: of.project.projectId });
  for (const id of [internal.id, internal.messages.nodes[0].id]) {
    expect(await node(of.auditor, id)).toEqual({ id });
    for (const by of [plain, of.analyst, of.labeler, of.manager, of.stranger]) expect(await node(by, id)).toBeNull();
  }
  const client = await world.caller({ role: "SERVICE", projectId: of.project.projectId, vendorId: of.project.vendors[0]!.id, scopes: ["appeals:read"] });
  expect(await heard(client, of.appealId)).toEqual([["PARTNER", 1]]);
  expect((await refused(client, of.appealId, "PARTNER")).code).toBe("FORBIDDEN");
});

test("who has yet to judge the decision blindly hears nothing of its appeal", async () => {
  const of = await appealed();
  const { thread } = await post(of.lead, of.appealId, "INTERNAL");
  const lead = await world.caller({ role: "QA_LEAD", projectId: of.project.projectId });
  const seen = async () => (await lead.ask("query ($id: ID!) { node(id: $id) { id } }", { id: thread.id })).node;
  expect(await seen()).toEqual({ id: thread.id });
  await world.sql`insert into audits (project_id, id, sample_id, decision_id, run_id, stratum_id, auditor_id, role, layer, purpose, is_blind, state, of_audit_id, content_ref, content_hash,
      modality, queue_id, labeler_id, vendor_id, policy_id, market, decided_at)
    select project_id, gen_random_uuid(), sample_id, decision_id, run_id, stratum_id, ${lead.principalId}, 'ATA', layer, purpose, true, 'DRAFT', id, content_ref, content_hash, modality,
      queue_id, labeler_id, vendor_id, policy_id, market, decided_at from audits where id = ${rawId(of.auditIds[0]!)}`;
  expect(await seen()).toBeNull();
});

test("partners never learn which person of the staff spoke; staff and their own do not hide", async () => {
  const of = await appealed();
  await post(of.lead, of.appealId, "PARTNER");
  await post(of.manager, of.appealId, "PARTNER", "It is quoted.");
  const authors = async (by: Caller) => (await threads(by, of.appealId))![0].messages.nodes.map(({ author, side, isMine }: any) => [author?.id ?? null, side, isMine]);
  const [lead, manager] = [of.lead, of.manager].map(({ principalId }) => globalId("Principal", principalId));
  expect(await authors(of.lead)).toEqual([[lead, "STAFF", true], [manager, "PARTNER", false]]);
  expect(await authors(of.manager)).toEqual([[null, "STAFF", false], [manager, "PARTNER", true]]);
  expect(await authors(of.labeler)).toEqual([[null, "STAFF", false], [null, "PARTNER", false]]);
  // Not even where somebody of the vendor reads about the person for another reason.
  await world.sql`update messages set author_id = ${of.manager.principalId}, author_vendor_id = null where text = 'What of the song?' and project_id = ${of.project.projectId}`;
  expect((await authors(of.manager))[0]).toEqual([null, "STAFF", true]);
});

test("who speaks: leads and policy managers to both, the vendor's side to the partner's, nobody else", async () => {
  const of = await appealed();
  await world.sql`update appeals set state = 'L2_REVIEW', tier = 'L2' where id = ${rawId(of.appealId)}`;
  for (const by of [of.lead, of.policyManager]) for (const visibility of ["INTERNAL", "PARTNER"]) await post(by, of.appealId, visibility);
  for (const by of [of.labeler, of.manager, of.quality]) {
    await post(by, of.appealId, "PARTNER");
    expect((await refused(by, of.appealId, "INTERNAL")).code).toBe("FORBIDDEN");
  }
  for (const by of [of.auditor, of.analyst, world.admin]) expect((await refused(by, of.appealId, "PARTNER")).code).toBe("FORBIDDEN");
  for (const by of [of.stranger, of.otherLabeler]) expect(await refused(by, of.appealId, "PARTNER")).toMatchObject({ code: "NOT_FOUND", path: ["subjectId"] });
});

test("what can't be said is refused: of nothing, of a draft to its hearers, in no words or too many, with content instead of references", async () => {
  const of = await appealed();
  const bad = async (input: object) => (await refused(of.lead, of.appealId, "INTERNAL", input)).path;
  expect(await bad({ text: " " })).toEqual(["text"]);
  expect(await bad({ text: "x".repeat(2_001) })).toEqual(["text"]);
  expect(await bad({ attachments: Array(21).fill("drive://1") })).toEqual(["attachments"]);
  for (const reference of ["", "x".repeat(2_001), "a\nb", "data:text/plain,hello", " JavaScript:alert(1)"]) {
    expect(await bad({ attachments: ["drive://1", reference] })).toEqual(["attachments", "1"]);
  }
  expect(await refused(of.lead, of.auditIds[0]!, "INTERNAL")).toMatchObject({ code: "INVALID_INPUT", path: ["subjectId"] });
  expect(await refused(of.lead, "nothing", "INTERNAL")).toMatchObject({ code: "INVALID_INPUT", path: ["subjectId"] });
  const other = await contested(world);
  const { id } = await draft(other.labeler, other.auditIds[0]!, {}, "id");
  expect(await refused(other.lead, id, "PARTNER")).toMatchObject({ code: "NOT_FOUND", path: ["subjectId"] });
  expect(await refused(other.labeler, id, "PARTNER")).toMatchObject({ code: "CONFLICT", path: ["subjectId"] });
});

test("what was said is told without its words, to whoever hears it", async () => {
  const of = await appealed();
  const { thread, postedMessage: message } = await post(of.lead, of.appealId, "INTERNAL", "A secret word.");
  await post(of.lead, of.appealId, "PARTNER", "An open word.");
  const rows = await world.sql`select type, subject_type, subject_id, payload, reason, is_partner_visible, vendor_id from events where type = 'thread.postMessage' and project_id = ${of.project.projectId} order by id`;
  expect(rows[0]).toMatchObject({
    subject_type: "Thread", subject_id: rawId(thread.id), is_partner_visible: false, vendor_id: null, reason: null,
    payload: { subjectType: "Appeal", subjectId: of.appealId, visibility: "INTERNAL", messageId: message.id },
  });
  expect(rows[1]).toMatchObject({ is_partner_visible: true, vendor_id: of.project.vendors[0]!.id });
  expect(JSON.stringify(rows)).not.toContain("word");
});

test("threads of many appeals and what was said in them cost a statement a level, a message the same however many there are", async () => {
  const of = await contested(world, { count: 6 });
  const ids: string[] = [];
  for (const auditId of of.auditIds) ids.push((await file(of.labeler, auditId, {}, "id")).id);
  for (const id of ids) for (const visibility of ["INTERNAL", "PARTNER"]) await post(of.lead, id, visibility);
  const count = async (work: () => Promise<unknown>) => {
    world.statements.length = 0;
    await work();
    return world.statements.filter((text) => !/^(begin|commit|set|rollback)/i.test(text)).length;
  };
  const read = (first: number) => of.lead.ask(`{ appeals(first: ${first}) { nodes { threads { nodes { visibility messages { nodes { text author { id } } } } } } } }`);
  expect(await count(() => read(1))).toBe(3);
  expect(await count(() => read(50))).toBe(3);
  const say = () => of.lead.verb("postMessage", { subjectId: ids[0], visibility: "INTERNAL", text: "And?" }, "postedMessage { id }");
  const one = await count(say);
  expect(await count(say)).toBe(one);
  expect(one).toBeLessThanOrEqual(12);
});
