import { afterAll, beforeAll, expect, test } from "vitest";
import { claim, eventsOf, globalId, lock, rawId, some, submit, WORDS } from "./kit/samples.ts";
import { answers, BLIND, carded, findingsOf, JUDGED, REST } from "./kit/verdicts.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const hates = (count: number) => ({ policies }: { policies: { hate: string } }) => Array.from({ length: count }, () => ({ policyId: policies.hate, action: "REMOVE" }));
const refusedOf = (answer: { code: string; path: string[]; message: string }) => [answer.code, answer.path.join("."), answer.message];

test("a blind audit answers what can be judged blindly before the truth is locked, the rest after, and the system fills in the outcome", async () => {
  const { projectId, auditor } = await carded(world, hates(1));
  const [audit] = await claim(auditor, projectId, "id");
  const truth = { policyCode: "NV", tags: ["satire", "quote", "satire"], action: "KEEP" };
  const lockedBy = (given: object[]) => auditor.refused("lockTruth", { auditId: audit.id, truth, answers: given }).then(refusedOf);
  expect(await lockedBy([])).toEqual(["INVALID_INPUT", "answers", "answers: routed must be answered too."]);
  expect(await lockedBy(answers({ routed: "P", noted: "P" }))).toMatchObject({ 1: "answers.1.criterion", 2: expect.stringContaining("answer it in submitAudit") });
  expect(await lockedBy(answers({ policy: "F" }))).toMatchObject({ 1: "answers.0.criterion", 2: expect.stringContaining("filled by the system") });
  expect(await lockedBy(answers({ routed: { errorCode: "old" } }))).toMatchObject({ 1: "answers.0.errorCode" });

  const revealed = await lock(auditor, audit.id, truth, `state answerPolicy { code } answerAction answerTags ${JUDGED}`, { answers: answers({ routed: { note: "Wrong queue." } }) });
  expect(revealed).toMatchObject({
    state: "REVEALED", answerPolicy: { code: "NV" }, answerAction: "KEEP", answerTags: ["satire", "quote"],
    verdict: { number: 1, errorType: "OVER_ENFORCEMENT", attribution: "LABELER", severity: null, score: null, cause: null, truthTags: ["satire", "quote"] },
  });
  expect(findingsOf(revealed.verdict)).toEqual(["routed FAIL MINOR Wrong queue."]);

  const submission = (more: object) => auditor.refused("submitAudit", { auditId: audit.id, ...WORDS, answers: REST, ...more }).then(refusedOf);
  expect(await submission({ answers: [] })).toEqual(["INVALID_INPUT", "answers", "answers: noted, praise must be answered too."]);
  expect(await submission({ answers: [...REST, ...BLIND] })).toMatchObject({ 1: "answers.2.criterion", 2: expect.stringContaining("answered before the truth was locked") });
  expect(await submission({ answers: [...REST, ...answers({ action: "F" })] })).toMatchObject({ 1: "answers.2.criterion", 2: expect.stringContaining("which finds PASS") });
  expect(await submission({ cause: null })).toMatchObject({ 1: "cause", 2: expect.stringContaining("say why the labeler erred") });
  expect(await submission({ guidance: null })).toMatchObject({ 1: "guidance", 2: expect.stringContaining("what the labeler should do another time") });
  expect(await submission({ guidance: " " })).toMatchObject({ 1: "guidance" });

  const submitted = await submit(auditor, audit.id, { answers: [...REST, ...answers({ policy: { errorCode: "minor", note: "A quote." } })] }, `state answerPolicy { code } ${JUDGED}`);
  expect(submitted).toMatchObject({ state: "SUBMITTED", verdict: { number: 1, severity: "MAJOR", score: 0.428571, cause: "OVERSIGHT", reason: "INITIAL", isAfterReveal: false } });
  expect(findingsOf(submitted.verdict)).toEqual([
    "routed FAIL MINOR Wrong queue.", "policy FAIL MAJOR minor OVERSIGHT A quote.", "action PASS MINOR", "noted PASS MINOR", "praise FAIL MINOR",
  ]);
  const [row] = await world.sql`select draft, guidance, answer_tags from audits where id = ${rawId(audit.id)}`;
  expect(row).toEqual({ draft: null, guidance: WORDS.guidance, answer_tags: ["satire", "quote"] });
});

test("an error code makes an error graver, and a critical finding takes the whole score", async () => {
  const { project, projectId, auditor } = await carded(world, hates(3), { isBlind: false });
  const [one, two, three] = await claim(auditor, projectId, "id", { count: 3 });
  const spam = { policyId: globalId("Policy", project.policies.spam), action: "REMOVE" };
  const verdictOf = async (audit: { id: string }, truth: object, given: object[], more: object = {}) =>
    (await submit(auditor, audit.id, { truth, answers: given, ...more }, JUDGED)).verdict;
  expect(await verdictOf(one, spam, [...BLIND, ...REST, ...answers({ policy: { errorCode: "threat", cause: "TOOL" } })])).toMatchObject({
    errorType: "WRONG_POLICY", severity: "CRITICAL", score: 0, cause: "OVERSIGHT", isAfterReveal: true,
    findings: { nodes: expect.arrayContaining([expect.objectContaining({ criterion: { code: "policy" }, severity: "CRITICAL", cause: "TOOL" })]) },
  });
  const hate = { policyId: globalId("Policy", project.policies.hate), action: "REMOVE" };
  expect(await verdictOf(two, hate, answers({ routed: "P", noted: "N", praise: "P" }))).toMatchObject({ outcome: "CORRECT", severity: null, score: 1, cause: null });
  const technical = await verdictOf(three, { ...hate, isTechnicalFailure: true }, [...BLIND, ...REST], { cause: null, guidance: null });
  expect(technical).toMatchObject({ errorType: "TECHNICAL", attribution: "PROCESS", processReason: "TECHNICAL", severity: "MAJOR", score: 1, cause: null });
  expect(findingsOf(technical).slice(0, 2)).toEqual(["policy NA MAJOR", "action NA MINOR"]);
});

test("an audit keeps the scorecard version that it was claimed with, archived or not; a draft is no scorecard", async () => {
  const { projectId, auditor } = await carded(world, some(2));
  const [one, two] = await claim(auditor, projectId, "id scorecardVersion { id }", { count: 2 });
  const version = rawId(one.scorecardVersion.id);
  await world.sql`update scorecard_versions set state = 'ARCHIVED' where id = ${version}`;
  await lock(auditor, one.id, { policyCode: "NV" }, "id", { answers: BLIND });
  expect(await submit(auditor, one.id, { answers: REST })).toMatchObject({ state: "SUBMITTED" });
  await world.sql`update scorecard_versions set state = 'DRAFT' where id = ${version}`;
  expect(await auditor.refused("lockTruth", { auditId: two.id, truth: { policyCode: "NV" }, answers: BLIND })).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("is a draft") });
});

test("a queue without a scorecard asks nothing: there is no score, and no criterion to answer", async () => {
  const { projectId, auditor, project } = await carded(world, hates(1));
  await world.sql`update queues set scorecard_id = null where project_id = ${project.projectId}`;
  const [audit] = await claim(auditor, projectId);
  expect(await auditor.refused("lockTruth", { auditId: audit.id, truth: { policyCode: "NV" }, answers: BLIND })).toMatchObject({ path: ["answers", "0", "criterion"] });
  await lock(auditor, audit.id, { policyCode: "NV" });
  expect(await submit(auditor, audit.id, {}, JUDGED)).toMatchObject({ verdict: { severity: "MAJOR", score: null, cause: "OVERSIGHT", findings: { nodes: [] } } });
});

test("a golden sample is judged by the golden item's truth, while nothing but the verdict differs", async () => {
  const { project, projectId, lead, auditor } = await carded(world, hates(2));
  const [secret] = await claim(auditor, projectId, "id sample { id }", { count: 2 });
  const item = crypto.randomUUID();
  await world.sql`insert into golden_items (project_id, id, content_ref, content_hash, truth_policy_id, truth_action, status, active_from)
    values (${project.projectId}, ${item}, 'g', sha256('g'), ${project.policies.hate}, null, 'ACTIVE', '2020-01-01')`;
  await world.sql`update samples set golden_item_id = ${item} where id = ${rawId(secret.sample.id)}`;
  expect(await auditor.refused("lockTruth", { auditId: secret.id, truth: { policyCode: "nope" }, answers: BLIND })).toMatchObject({ path: ["truth", "policyCode"] });
  const said = await lock(auditor, secret.id, { policyCode: "NV", tags: ["mine"] }, `answerPolicy { code } answerTags ${JUDGED}`, { answers: BLIND });
  expect(said).toMatchObject({ answerPolicy: { code: "NV" }, answerTags: ["mine"], verdict: { outcome: "CORRECT", truthTags: [] } });
  expect(said.verdict.truthPolicy.code).not.toBe("NV");
  await submit(auditor, secret.id, { answers: REST });
  const query = "query ($id: ID!) { node(id: $id) { ... on Audit { answerPolicy { code } answerAction answerTags } } }";
  expect((await lead.ask(query, { id: secret.id })).node).toEqual({ answerPolicy: { code: "NV" }, answerAction: null, answerTags: ["mine"] });
  await lead.verb("publishAudit", { auditId: secret.id }, "audit { id }");
  const other = await world.caller({ role: "AUDITOR", projectId: project.projectId });
  expect((await other.ask(query, { id: secret.id })).node).toEqual({ answerPolicy: null, answerAction: null, answerTags: null });
});

test("its auditor may amend it until it is published: the next verdict, with findings of its own", async () => {
  const { project, projectId, lead, auditor } = await carded(world, hates(1));
  const [audit] = await claim(auditor, projectId);
  await lock(auditor, audit.id, { policyCode: "NV" }, "id", { answers: BLIND });
  await submit(auditor, audit.id, { answers: REST, comment: "First." });
  const hate = globalId("Policy", project.policies.hate);
  expect(await lead.refused("amendAudit", { auditId: audit.id })).toMatchObject({ code: "FORBIDDEN" });
  expect(await auditor.refused("amendAudit", { auditId: audit.id, expectedVersion: 9 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  const amend = async (input: object) => (await auditor.verb("amendAudit", { auditId: audit.id, ...input }, `audit { state comment ${JUDGED} verdicts { totalCount } }`)).audit;
  const right = await amend({ truth: { policyId: hate, action: "LIMIT" }, answers: answers({ noted: "N", action: { note: "Too hard." } }) });
  expect(right).toMatchObject({
    state: "SUBMITTED", comment: "First.", verdicts: { totalCount: 2 },
    verdict: { number: 2, reason: "AMENDED", isAfterReveal: true, errorType: "WRONG_ACTION", score: 0.8, cause: "OVERSIGHT" },
  });
  expect(findingsOf(right.verdict)).toEqual(["policy PASS MAJOR", "action FAIL MINOR OVERSIGHT Too hard.", "routed PASS MINOR", "noted NA MINOR", "praise FAIL MINOR"]);
  expect(await amend({ cause: "TOOL", comment: "Second.", answers: answers({ routed: "F" }) })).toMatchObject({ comment: "Second.", verdict: { number: 3, cause: "TOOL", score: 0.6, errorType: "WRONG_ACTION" } });
  const { verdicts } = (await auditor.ask(`query ($id: ID!) { node(id: $id) { ... on Audit { verdicts { nodes { ${JUDGED.slice("verdict {".length, -1)} } } } } }`, { id: audit.id })).node;
  expect(verdicts.nodes.map((each: any) => [each.number, each.errorType, findingsOf(each)[0]])).toEqual([
    [1, "OVER_ENFORCEMENT", "routed PASS MINOR"], [2, "WRONG_ACTION", "policy PASS MAJOR"], [3, "WRONG_ACTION", "policy PASS MAJOR"],
  ]);
  const [row] = await world.sql`select answer_action, guidance from audits where id = ${rawId(audit.id)}`;
  expect(row).toEqual({ answer_action: null, guidance: WORDS.guidance });
  await lead.verb("publishAudit", { auditId: audit.id }, "audit { id }");
  expect(await auditor.refused("amendAudit", { auditId: audit.id, cause: "OTHER" })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  expect((await eventsOf(world, audit.id)).slice(2)).toEqual(["audit.amendAudit null>null", "audit.amendAudit null>null", "audit.published SUBMITTED>PUBLISHED"]);
});

test("an audit that was right needs neither cause nor guidance until it is amended to wrong", async () => {
  const { projectId, auditor } = await carded(world, some(1));
  const [audit] = await claim(auditor, projectId);
  await lock(auditor, audit.id, { policyCode: "NV" }, "id", { answers: BLIND });
  await submit(auditor, audit.id, { answers: REST, cause: null, guidance: null });
  expect(await auditor.refused("amendAudit", { auditId: audit.id, truth: { policyCode: "NV", action: "LABEL" } })).toMatchObject({ path: ["cause"] });
  expect(await auditor.refused("amendAudit", { auditId: audit.id, truth: { policyCode: "NV", action: "LABEL" }, cause: "TOOL" })).toMatchObject({ path: ["guidance"] });
});

test("nobody submits an audit of their own decision", async () => {
  const { project, projectId } = await carded(world, some(1), { layer: "VENDOR" });
  const [vendor] = project.vendors;
  const grant = { projectId: project.projectId, vendorId: vendor!.id };
  const quality = await world.caller({ role: "VENDOR_QA", ...grant }, { role: "LABELER", ...grant, labelerId: vendor!.labelerIds[1]! });
  const act = (query: string, variables: object) => quality.send(query, variables as never, { "x-assay-role": `VENDOR_QA:${vendor!.code}` });
  const claimed = await act("mutation ($id: ID!) { claimSamples(input: { projectId: $id, layer: VENDOR }) { ... on ClaimSamplesPayload { audits { id } } } }", { id: projectId });
  const auditId = claimed.data.claimSamples.audits[0].id;
  await act("mutation ($input: LockTruthInput!) { lockTruth(input: $input) { __typename } }", { input: { auditId, truth: { policyCode: "NV" }, answers: BLIND } });
  // Claims leave out one's own; here the labeler turns out to be the auditor later.
  await world.sql`update audits set labeler_id = ${vendor!.labelerIds[1]!} where id = ${rawId(auditId)}`;
  const { data } = await act("mutation ($input: SubmitAuditInput!) { submitAudit(input: $input) { __typename ... on Refusal { code message } } }", { input: { auditId, answers: REST } });
  expect(data.submitAudit).toMatchObject({ code: "FORBIDDEN", message: "The decision is your own; release its sample." });
});
