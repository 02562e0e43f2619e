import { afterAll, beforeAll, expect, test } from "vitest";
import { claim, eventsOf, globalId, lock, makeSamples, rawId, some, submit, VERDICT } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

test("from claim to publication: truth, verdict, submission, and the delay", async () => {
  const { project, projectId, lead, auditor } = await makeSamples(world, ({ policies }) => [{ policyId: policies.hate, action: "REMOVE" }]);
  const [audit] = await claim(auditor, projectId, "id version state role layer isBlind contentRef allowedActions verdict { number } sample { id state leaseUntil assignee { id } audits { nodes { id } } } auditor { id } queue { code } market { code }");
  expect(audit).toMatchObject({
    version: 1, state: "DRAFT", role: "PRIMARY", layer: "CLIENT", isBlind: true, allowedActions: expect.arrayContaining(["lockTruth", "releaseSample"]), verdict: null,
    contentRef: expect.stringContaining("content/"), queue: { code: "Q1" }, market: { code: project.market }, auditor: { id: globalId("Principal", auditor.principalId) },
    sample: { state: "IN_AUDIT", assignee: { id: globalId("Principal", auditor.principalId) }, audits: { nodes: [{ id: audit.id }] } },
  });
  const leaseMs = Date.parse(audit.sample.leaseUntil) - Date.now();
  expect(leaseMs).toBeGreaterThan(59 * 60_000);
  expect(leaseMs).toBeLessThanOrEqual(60 * 60_000);

  const [{ code: spam }] = (await world.sql`select code from policies where id = ${project.policies.spam}`) as unknown as [{ code: string }];
  const revealed = await lock(auditor, audit.id, { policyCode: spam, action: "REMOVE" }, `state version revealedAt allowedActions ${VERDICT}`, { expectedVersion: 1 });
  expect(revealed).toMatchObject({
    state: "REVEALED", version: 2, revealedAt: expect.any(String), allowedActions: expect.arrayContaining(["submitAudit", "releaseSample"]),
    verdict: {
      number: 1, outcome: "INCORRECT", errorType: "WRONG_POLICY", attribution: "LABELER", truthPolicy: { code: spam }, truthAction: "REMOVE",
      isGraceApplied: false, reason: "INITIAL", isAfterReveal: false,
    },
  });
  const submitted = await submit(auditor, audit.id, { comment: " Slur in a spam post. ", expectedVersion: 2 }, "state comment submittedAt publishDueAt publishedAt sample { state leaseUntil } allowedActions");
  expect(submitted).toMatchObject({
    state: "SUBMITTED", comment: "Slur in a spam post.", publishedAt: null, sample: { state: "AUDITED", leaseUntil: null }, allowedActions: ["amendAudit"],
  });
  expect(Date.parse(submitted.publishDueAt) - Date.parse(submitted.submittedAt)).toBe(30 * 60_000);
  const { audit: published } = await lead.verb("publishAudit", { auditId: audit.id }, "audit { state publishedAt version }");
  expect(published).toMatchObject({ state: "PUBLISHED", publishedAt: expect.any(String), version: 4 });
  expect(await eventsOf(world, audit.id)).toEqual(["audit.revealed DRAFT>REVEALED", "audit.submitted REVEALED>SUBMITTED", "audit.published SUBMITTED>PUBLISHED"]);
  expect(await eventsOf(world, audit.sample.id)).toEqual(["sample.in_audit DRAWN>IN_AUDIT", "sample.audited IN_AUDIT>AUDITED"]);
});

test("a project without a delay publishes at once, for its labeler and vendor too", async () => {
  const { project, projectId, auditor } = await makeSamples(world, ({ policies }) => [{ policyId: policies.NV }], { settings: { publishDelayMinutes: 0 } });
  const [vendor] = project.vendors;
  const labeler = await world.caller({ role: "LABELER", projectId: project.projectId, vendorId: vendor!.id, labelerId: vendor!.labelerIds[0]! });
  const manager = await world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: vendor!.id });
  const stranger = await world.caller({ role: "VENDOR_MANAGER", projectId: project.projectId, vendorId: project.vendors[1]!.id });
  const [audit] = await claim(auditor, projectId);
  await lock(auditor, audit.id, { policyCode: "NV" });
  const query = `{ audits { totalCount nodes { state comment ${VERDICT} auditor { name } purpose sample { id } } } }`;
  for (const caller of [labeler, manager]) expect((await caller.ask(query)).audits.totalCount).toBe(0);
  expect(await submit(auditor, audit.id, { comment: "Fine." })).toMatchObject({ state: "PUBLISHED" });
  for (const caller of [labeler, manager]) {
    expect((await caller.ask(query)).audits).toMatchObject({
      totalCount: 1,
      nodes: [{ state: "PUBLISHED", comment: "Fine.", verdict: { outcome: "CORRECT", errorType: null, attribution: null }, auditor: null, purpose: null, sample: null }],
    });
  }
  expect((await stranger.ask(query)).audits.totalCount).toBe(0);
  expect(await eventsOf(world, audit.id)).toEqual(["audit.revealed DRAFT>REVEALED", "audit.submitted REVEALED>SUBMITTED", "audit.published SUBMITTED>PUBLISHED"]);
});

test("each error type comes out of decision and truth; a truth that can't be is refused, and nothing changes", async () => {
  const { project, projectId, auditor } = await makeSamples(world, ({ policies }) => [
    { contentRef: "a", policyId: policies.NV }, { contentRef: "b", policyId: policies.hate }, { contentRef: "c", policyId: policies.NV },
    { contentRef: "d", policyId: policies.hate, action: "REMOVE" }, { contentRef: "e", policyId: policies.hate }, { contentRef: "f", policyId: policies.hate, action: "REMOVE" },
  ]);
  const audits = await claim(auditor, projectId, "id contentRef", { count: 20 });
  expect(audits.length).toBe(6);
  const auditOf = (ref: string) => audits.find((each) => each.contentRef === ref).id;
  const policy = (name: keyof typeof project.policies) => ({ policyId: globalId("Policy", project.policies[name]) });
  const [parent] = [crypto.randomUUID()];
  await world.sql`insert into policies (id, code, name, is_violating, severity, is_leaf) values (${parent}, ${`parent-${parent}`}, 'p', true, 'MAJOR', false)`;
  await world.sql`insert into project_policies (project_id, policy_id) values (${project.projectId}, ${parent})`;
  for (const [truth, path] of [
    [{}, ["truth", "policyId"]],
    [{ ...policy("hate"), policyCode: "NV" }, ["truth", "policyId"]],
    [{ policyCode: "no-such" }, ["truth", "policyCode"]],
    [{ policyId: globalId("Policy", crypto.randomUUID()) }, ["truth", "policyId"]],
    [{ policyId: globalId("Policy", parent) }, ["truth", "policyId"]],
    [{ policyId: projectId }, ["truth", "policyId"]],
    [{ ...policy("hate"), action: "" }, ["truth", "action"]],
    [{ ...policy("hate"), previous: { policyCode: "no-such" } }, ["truth", "previous", "policyCode"]],
  ] as const) {
    expect(await auditor.refused("lockTruth", { auditId: auditOf("a"), truth }), JSON.stringify(truth)).toMatchObject({ code: "INVALID_INPUT", path });
  }
  const verdictOf = async (ref: string, truth: Record<string, unknown>) => (await lock(auditor, auditOf(ref), truth, VERDICT)).verdict;
  expect(await verdictOf("a", policy("hate"))).toMatchObject({ errorType: "UNDER_ENFORCEMENT", outcome: "INCORRECT" });
  expect(await verdictOf("b", policy("satire"))).toMatchObject({ errorType: "OVER_ENFORCEMENT" });
  expect(await verdictOf("c", policy("satire"))).toMatchObject({ errorType: "WRONG_POLICY" });
  expect(await verdictOf("d", { ...policy("hate"), action: "LIMIT" })).toMatchObject({ errorType: "WRONG_ACTION", truthAction: "LIMIT" });
  expect(await verdictOf("e", { ...policy("hate"), isTechnicalFailure: true })).toMatchObject({ errorType: "TECHNICAL", attribution: "PROCESS" });
  expect(await verdictOf("f", policy("hate"))).toMatchObject({ outcome: "CORRECT", errorType: null, truthAction: null });
});

test("a decision that was right under the version before counts as right within the grace", async () => {
  const decidedAt = new Date("2026-01-05T08:00:00Z");
  const { project, projectId, auditor } = await makeSamples(world, ({ policies }) => [{ policyId: policies.hate, decidedAt }, { policyId: policies.hate, decidedAt: new Date("2026-01-09T08:00:00Z") }]);
  const from = new Date("2026-01-04T00:00:00Z");
  await world.sql`update policy_versions set state = 'SUPERSEDED', effective_to = ${from} where policy_id = ${project.policies.hate}`;
  await world.sql`insert into policy_versions (id, policy_id, semver, state, effective_from) values (${crypto.randomUUID()}, ${project.policies.hate}, '2.0.0', 'EFFECTIVE', ${from})`;
  const [one, other] = await claim(auditor, projectId, "id", { count: 2 });
  const truth = { policyCode: "NV", previous: { policyId: globalId("Policy", project.policies.hate) } };
  const verdicts = [await lock(auditor, one.id, truth, VERDICT), await lock(auditor, other.id, truth, VERDICT)].map((each) => each.verdict);
  expect(verdicts.map((each) => `${each.outcome} ${each.errorType} ${each.isGraceApplied}`).sort()).toEqual(["CORRECT null true", "INCORRECT OVER_ENFORCEMENT false"]);
});

test("an audit that isn't blind is done in one call, and only then", async () => {
  const { projectId, auditor } = await makeSamples(world, ({ policies }) => [{ policyId: policies.hate }, { policyId: policies.hate }], { isBlind: false });
  const [audit, second] = await claim(auditor, projectId, "id allowedActions", { count: 2 });
  expect(audit.allowedActions.slice(0, 2)).toEqual(["lockTruth", "submitAudit"]);
  expect(await auditor.refused("submitAudit", { auditId: audit.id })).toMatchObject({ code: "INVALID_INPUT", path: ["truth"] });
  const done = await submit(auditor, audit.id, { truth: { policyCode: "NV" } }, `state revealedAt ${VERDICT}`);
  expect(done).toMatchObject({ state: "SUBMITTED", revealedAt: expect.any(String), verdict: { errorType: "OVER_ENFORCEMENT", isAfterReveal: true } });
  await lock(auditor, second.id, { policyCode: "NV" });
  expect(await auditor.refused("submitAudit", { auditId: second.id, truth: { policyCode: "NV" } })).toMatchObject({ code: "INVALID_INPUT", path: ["truth"] });
  expect(await submit(auditor, second.id)).toMatchObject({ state: "SUBMITTED" });
});

test("what the machine doesn't have is refused, and the refusal says what is possible", async () => {
  const { projectId, lead, auditor } = await makeSamples(world, some(1));
  const [audit] = await claim(auditor, projectId, "id sample { id }");
  const truth = { policyCode: "NV" };
  expect(await auditor.refused("submitAudit", { auditId: audit.id })).toMatchObject({
    __typename: "InvalidTransitionRefusal", message: expect.stringMatching(/^submitAudit is not possible while the audit is DRAFT. Possible now: lockTruth, .*releaseSample/),
  });
  expect(await lead.refused("publishAudit", { auditId: audit.id })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
  expect(await lead.refused("lockTruth", { auditId: audit.id, truth })).toMatchObject({ code: "FORBIDDEN" });
  expect(await auditor.refused("publishAudit", { auditId: audit.id })).toMatchObject({ code: "FORBIDDEN" });
  const { projectId: own } = { projectId: rawId(projectId) };
  const [other, analyst] = [await world.caller({ role: "AUDITOR", projectId: own }), await world.caller({ role: "ANALYST", projectId: own })];
  expect(await other.refused("lockTruth", { auditId: audit.id, truth })).toMatchObject({ code: "NOT_FOUND", message: "There is no such audit." });
  expect(await other.refused("releaseSample", { sampleId: audit.sample.id })).toMatchObject({ code: "NOT_FOUND" });
  for (const [verb, input] of [["lockTruth", { auditId: audit.id, truth }], ["submitAudit", { auditId: audit.id }], ["publishAudit", { auditId: audit.id }],
    ["releaseSample", { sampleId: audit.sample.id }], ["claimSamples", { projectId }]] as const) {
    expect(await analyst.refused(verb, input), verb).toMatchObject({ code: "FORBIDDEN" });
    expect(await world.admin.refused(verb, input), verb).toMatchObject({ code: "FORBIDDEN" });
  }
  await lock(auditor, audit.id, truth);
  expect(await auditor.refused("lockTruth", { auditId: audit.id, truth })).toMatchObject({ message: expect.stringMatching(/^lockTruth is not possible while the audit is REVEALED. Possible now: submitAudit, .*releaseSample/) });
  await submit(auditor, audit.id);
  expect(await auditor.refused("submitAudit", { auditId: audit.id })).toMatchObject({ message: expect.stringContaining("Possible now: amendAudit.") });
  expect(await auditor.refused("releaseSample", { sampleId: audit.sample.id })).toMatchObject({ __typename: "InvalidTransitionRefusal" });
});

test("of two submissions with one expected version exactly one wins, a hundred times of a hundred", async () => {
  const { projectId, auditor } = await makeSamples(world, some(100));
  const audits: { id: string }[] = [];
  for (let i = 0; i < 5; i += 1) audits.push(...(await claim(auditor, projectId, "id", { count: 20 })));
  const query = "mutation ($input: SubmitAuditInput!) { submitAudit(input: $input) { __typename } }";
  for (const { id } of audits) {
    await lock(auditor, id, { policyCode: "NV" });
    const input = { auditId: id, expectedVersion: 2 };
    const answers = await Promise.all([1, 2].map(() => auditor.ask(query, { input })));
    expect(answers.map((each) => each.submitAudit.__typename).sort()).toEqual(["SubmitAuditPayload", "VersionConflictRefusal"]);
  }
  expect(await auditor.refused("lockTruth", { auditId: audits[0]!.id, truth: { policyCode: "NV" }, expectedVersion: 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  const [{ count }] = (await world.sql`select count(*)::int as count from events where type = 'audit.submitted' and subject_id = any(${audits.map((each) => rawId(each.id))})`) as unknown as [{ count: number }];
  expect(count).toBe(100);
});
