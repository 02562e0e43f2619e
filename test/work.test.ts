import { afterAll, beforeAll, expect, test } from "vitest";
import { kindsFor, WAITS_FOR, WORK_KINDS } from "../src/work/rules.ts";
import { openWalks, type Walker, type Walks } from "./kit/walkers.ts";

let walks: Walks;
beforeAll(async () => {
  walks = await openWalks();
});
afterAll(() => walks.world.close());

const SUBJECT = `subject { __typename ... on Sample { contentRef } ... on Audit { contentRef } ... on Appeal { id } ... on Escalation { title } ... on Action { title }
  ... on PolicyQuestion { title } }`;
const ask = async (walker: Walker, args = "first: 100", fields = `totalCount nodes { kind dueAt isOverdue ${SUBJECT} } pageInfo { hasNextPage endCursor }`) => {
  const { data, errors } = JSON.parse(await walks.bytesOf(walker, `{ viewer { work(${args}) { ${fields} } } }`));
  expect(errors).toBeUndefined();
  return data.viewer.work;
};
const namesOf = (work: any) => work.nodes.map(({ kind, subject }: any) => `${kind} ${subject.title ?? subject.contentRef ?? ""}`.trim()).sort();

const QUESTIONS = ["AU1", "LA1", "VQ1", "VQ2"].map((name) => `QUESTION title of question ${name}.`);

test("everybody is told what waits for them, and nothing else", async () => {
  const lead = await ask("lead");
  expect(namesOf(lead)).toEqual([
    "APPEAL", "AUDIT content of QL blind.", ...["V1", "V2", "internal"].map((name) => `ESCALATION title of escalation ${name}.`), ...QUESTIONS,
  ]);
  expect(lead.totalCount).toBe(9);
  expect(namesOf(await ask("auditor"))).toEqual(["AUDIT content of AU1 blind.", "AUDIT content of AU1 open.", "AUDIT content of AU1 revealed."]);
  expect(namesOf(await ask("policy"))).toEqual(QUESTIONS);
  expect(namesOf(await ask("vendorQa"))).toEqual(["AUDIT content of VQ1 blind."]);
  for (const walker of ["admin", "analyst", "service", "partner", "labeler"] as const) expect(await ask(walker)).toMatchObject({ totalCount: 0, nodes: [] });
});

test("it comes by when it is due, what nothing is due of last; and page by page", async () => {
  const { sql } = walks.world;
  await sql`update policy_questions set due_at = '2020-01-02T00:00:00Z' where title = 'title of question VQ2.'`;
  const all = await ask("lead");
  expect(all.nodes[0]).toMatchObject({ kind: "QUESTION", isOverdue: true, dueAt: "2020-01-02T00:00:00.000Z", subject: { title: "title of question VQ2." } });
  expect(all.nodes.slice(-3).map(({ kind, dueAt }: any) => [kind, dueAt])).toEqual(Array.from({ length: 3 }, () => ["ESCALATION", null]));
  const paged: any[] = [];
  for (let after = ""; ;) {
    const page = await ask("lead", `first: 2${after}`);
    paged.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) break;
    after = `, after: "${page.pageInfo.endCursor}"`;
  }
  expect(paged).toEqual(all.nodes);
  expect(namesOf(await ask("lead", 'first: 10, dueBefore: "2021-01-01T00:00:00Z"'))).toEqual(["QUESTION title of question VQ2."]);
  expect(namesOf(await ask("lead", "first: 10, kinds: [AUDIT, APPEAL]"))).toEqual(["APPEAL", "AUDIT content of QL blind."]);
});

test("what is asked of a partner waits for them", async () => {
  const { sql } = walks.world;
  await sql`update actions set state = 'APPROVED', due_at = '2100-01-01T00:00:00Z' where title in ('title of action V1.', 'title of action internal.')`;
  await sql`update escalations set state = 'WAITING_PARTNER', held_state = 'INVESTIGATING' where title = 'title of escalation V1.'`;
  await sql`update rcas set state = 'RETURNED' where problem_statement = 'rca of V1.'`;
  await sql`update appeals set state = 'RETURNED_FOR_INFO' where reason = 'reason of appeal L1.'`;
  // That of the escalation that isn't shared stays hidden.
  expect(namesOf(await ask("partner"))).toEqual(["ACTION title of action V1.", "PARTNER_RCA title of escalation V1."]);
  expect(namesOf(await ask("vendorQa"))).toEqual(["AUDIT content of VQ1 blind.", "PARTNER_RCA title of escalation V1."]);
  expect(namesOf(await ask("labeler"))).toEqual(["APPEAL_REPLY"]);
  expect(namesOf(await ask("lead")).filter((name: string) => name.startsWith("ESCALATION"))).toEqual(["V2", "internal"].map((name) => `ESCALATION title of escalation ${name}.`));
});

test("what is to be done about an escalation that came to nothing waits for nobody, of a closed one what was approved", async () => {
  const { sql } = walks.world;
  const action = "ACTION title of action V1.";
  const waits = async (state: string, of: string, kind = "CONTAINMENT") => {
    const isOver = of !== "INVESTIGATING";
    await sql`update escalations set state = ${of}, held_state = null, closed_at = ${isOver ? new Date() : null}, close_reason = ${of === "CLOSED" ? "FIXED" : null},
      duplicate_of_id = case when ${of} = 'DUPLICATE' then (select o.id from escalations o where o.title = 'title of escalation V2.') end
      where title = 'title of escalation V1.'`;
    await sql`update actions set state = ${state}, kind = ${kind} where title = 'title of action V1.'`;
    return namesOf(await ask("partner", "first: 100, kinds: [ACTION]")).includes(action);
  };
  for (const state of ["PROPOSED", "APPROVED", "IN_PROGRESS"]) {
    expect([state, await waits(state, "INVESTIGATING")]).toEqual([state, true]);
    for (const of of ["DUPLICATE", "REJECTED", "CANCELLED"]) expect([state, of, await waits(state, of)]).toEqual([state, of, false]);
    expect([state, await waits(state, "CLOSED")]).toEqual([state, state !== "PROPOSED"]);
  }
  await waits("APPROVED", "INVESTIGATING", "CORRECTIVE");
  await sql`update escalations set state = 'WAITING_PARTNER', held_state = 'INVESTIGATING' where title = 'title of escalation V1.'`;
});

test("a plan to be approved waits for every lead, and an appeal for nobody who has judged its audit since", async () => {
  const { sql } = walks.world;
  await sql`update escalations set state = 'ROOT_CAUSE_IDENTIFIED' where title = 'title of escalation V2.'`;
  await sql`update appeals set state = 'L2_REVIEW' where reason = 'reason of appeal L1.'`;
  const lead = namesOf(await ask("lead"));
  expect(lead).toContain("ESCALATION title of escalation V2.");
  expect(lead).toContain("APPEAL");
  const me = sql`(select opened_by_id from escalations where title = 'title of escalation V2.')`;
  await sql`insert into verdicts select (v).* from (select jsonb_populate_record(v, jsonb_build_object('id', gen_random_uuid(), 'number', v.number + 1, 'reason', 'CORRECTION', 'actor_id', ${me})) as v
    from appeals p join verdicts v on v.project_id = p.project_id and v.audit_id = p.audit_id where p.state = 'L2_REVIEW' order by v.number desc limit 1) n`;
  expect(namesOf(await ask("lead"))).not.toContain("APPEAL");
});

test("a gap that is confirmed waits for the version that closes it, and is due by no time", async () => {
  await walks.world.sql`update policy_questions set state = 'GAP_CONFIRMED', answer = 'None.', answered_at = now(), assignee_id = (select principal_id from contacts limit 1) where title = 'title of question AU1.'`;
  const { nodes } = await ask("policy");
  expect(nodes.find(({ subject }: any) => subject.title === "title of question AU1.")).toMatchObject({ kind: "QUESTION", dueAt: null });
  expect(namesOf(await ask("lead"))).not.toContain("QUESTION title of question AU1.");
});

test("it is read in one statement, counted in one more, and its subjects in one a type", async () => {
  const { statements } = walks.world;
  await ask("lead");
  statements.length = 0;
  await ask("lead", "first: 100", "nodes { kind dueAt }");
  expect(statements.length).toBe(1);
  statements.length = 0;
  await ask("lead");
  // Samples, escalations and questions.
  expect(statements.length).toBe(2 + 3);
});

test("a role asks for its kinds alone", () => {
  expect(kindsFor("LABELER", null)).toEqual(["APPEAL_REPLY"]);
  expect(kindsFor("QA_LEAD", ["ACTION", "PARTNER_RCA"])).toEqual(["ACTION"]);
  expect(WORK_KINDS.filter((kind) => WAITS_FOR[kind].length === 0)).toEqual([]);
});
