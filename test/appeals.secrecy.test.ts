import { afterAll, beforeAll, expect, test } from "vitest";
import { contested, type Contested, file, on } from "./kit/appeals.ts";
import { allSealed } from "./kit/events.ts";
import { rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let of: Contested;
/** Opaque: of the vendor's, in L2, with a question that was answered and words among staff. */
let appealId: string;
let caseId: string;
beforeAll(async () => {
  world = await createWorld();
  of = await contested(world);
  const { appealCase } = await of.quality.verb("openAppealCase", { projectId: of.projectId, layer: "CLIENT", title: "Songs" }, "appealCase { id }");
  caseId = appealCase.id;
  appealId = (await file(of.quality, of.auditIds[0]!, { appealCaseId: caseId }, "id")).id;
  await on(of.lead, "returnAppeal", appealId, { question: "Which song?" });
  await on(of.quality, "answerAppeal", appealId, { answer: "The hymn." });
  await of.lead.verb("postMessage", { subjectId: appealId, visibility: "INTERNAL", text: "He has a point." }, "thread { id }");
  await allSealed(world, of.project.projectId);
});
afterAll(() => world.close());

const FEED = `query ($id: ID!) { node(id: $id) { ... on Project {
  events(first: 100, types: ["audit.appealed", "appeal.l2_review", "appeal.returned_for_info", "thread.postMessage"]) { nodes { type reason payload } }
  slaClocks { nodes { kind } } appealCases { nodes { id } } } } }`;

async function told(by: Caller): Promise<{ types: string[]; clocks: string[]; cases: string[] }> {
  const { node } = await by.ask(FEED, { id: of.projectId });
  return {
    types: node.events.nodes.map(({ type }: any) => type), clocks: node.slaClocks.nodes.map(({ kind }: any) => kind).sort(), cases: node.appealCases.nodes.map(({ id }: any) => id),
  };
}

const STEPS = ["audit.appealed", "appeal.l2_review", "appeal.returned_for_info", "appeal.l2_review", "thread.postMessage"];
const CLOCKS = ["APPEAL_L2", "APPEAL_REPLY"];

test("auditors who neither made the audit nor may rule hear nothing of an appeal: no event, no clock, no case", async () => {
  const all = { types: STEPS, clocks: CLOCKS, cases: [caseId] };
  for (const by of [of.lead, of.policyManager, of.auditor]) expect(await told(by), by.principalId).toEqual(all);
  const plain = await world.caller({ role: "AUDITOR", projectId: of.project.projectId });
  // That the audit is APPEALED, which they see of it, is all.
  expect(await told(plain)).toEqual({ types: ["audit.appealed"], clocks: [], cases: [] });
  await world.sql`update appeals set auditor_id = ${plain.principalId} where id = ${rawId(appealId)}`;
  expect(await told(plain)).toEqual(all);
});

test("who must judge the decision blindly hears nothing of its appeal either, under whatever role, nor what became of its audits", async () => {
  const { projectId } = of.project;
  for (const role of ["AUDITOR", "QA_LEAD", "POLICY_MANAGER"] as const) {
    const by = await world.caller({ role, projectId, ...(role === "AUDITOR" ? { canAdjudicate: true } : {}) });
    expect((await told(by)).types).toEqual(STEPS);
    await world.sql`insert into audits (project_id, id, sample_id, decision_id, run_id, stratum_id, auditor_id, role, layer, purpose, is_blind, state, of_audit_id, content_ref,
        content_hash, modality, queue_id, labeler_id, vendor_id, policy_id, market, decided_at)
      select project_id, gen_random_uuid(), sample_id, decision_id, run_id, stratum_id, ${by.principalId}, 'ATA', layer, purpose, true, 'DRAFT', id, content_ref, content_hash, modality,
        queue_id, labeler_id, vendor_id, policy_id, market, decided_at from audits where id = ${rawId(of.auditIds[0]!)}`;
    expect((await told(by)).types, role).toEqual([]);
  }
});
