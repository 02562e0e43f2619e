import { afterAll, beforeAll, expect, test } from "vitest";
import { askMetrics } from "./kit/metrics.ts";
import { audited, inBulk, readAudit } from "./kit/publication.ts";
import { carded, JUDGED, REST, BLIND, findingsOf } from "./kit/verdicts.ts";
import { claim, eventsOf, globalId, lock, submit } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const SAID = "state version acknowledgedAt acknowledgedBy { id } isAutoAcknowledged proposedCause acknowledgement allowedActions";
const acknowledge = async (by: Caller, auditId: string, input: Record<string, unknown> = {}) => (await by.verb("acknowledgeAudit", { auditId, ...input }, `audit { ${SAID} }`)).audit;
const published = () => audited(world, ({ policies }) => [{ state: "PUBLISHED", policyId: policies.hate, truthPolicyId: policies.NV }, { state: "PUBLISHED" }]);

test("a labeler sees what was found and what to do about it, but not who found it, and acknowledges it", async () => {
  const { project, projectId, lead, auditor } = await carded(world, ({ policies }) => [{ policyId: policies.hate }]);
  const grant = { projectId: project.projectId, vendorId: project.vendors[0]!.id };
  const [labeler, other] = await Promise.all(project.vendors[0]!.labelerIds.map((labelerId) => world.caller({ role: "LABELER", ...grant, labelerId })));
  const [{ id }] = await claim(auditor, projectId) as [{ id: string }];
  await lock(auditor, id, { policyCode: "NV" }, "id", { answers: BLIND });
  await submit(auditor, id, { answers: REST, comment: "Satire.", guidance: "Look who is speaking.", cause: "LOCAL_CONTEXT" });
  expect(await readAudit(labeler!, id, "state")).toBeNull();
  expect(await labeler!.refused("acknowledgeAudit", { auditId: id })).toMatchObject({ code: "NOT_FOUND" });
  await lead.verb("publishAudit", { auditId: id }, "audit { id }");
  const seen = await readAudit(labeler!, id, `comment guidance auditor { id } purpose isDouble sample { id } ${JUDGED}`);
  expect(seen).toMatchObject({
    comment: "Satire.", guidance: "Look who is speaking.", auditor: null, purpose: null, isDouble: null, sample: null,
    verdict: { outcome: "INCORRECT", errorType: "OVER_ENFORCEMENT", cause: "LOCAL_CONTEXT", truthPolicy: { code: "NV" } },
  });
  expect(findingsOf(seen.verdict)).toContainEqual(expect.stringMatching(/^policy FAIL/));
  expect(JSON.stringify(seen)).not.toContain(globalId("Principal", auditor.principalId));

  expect(await labeler!.refused("acknowledgeAudit", { auditId: id, cause: "OVERSIGHT" })).toMatchObject({ code: "FORBIDDEN", path: ["cause"] });
  expect(await other!.refused("acknowledgeAudit", { auditId: id })).toMatchObject({ code: "NOT_FOUND", message: "There is no such audit." });
  expect(await acknowledge(labeler!, id, { comment: " I see. " })).toEqual({
    state: "ACKNOWLEDGED", version: expect.any(Number), acknowledgedAt: expect.any(String), acknowledgedBy: { id: globalId("Principal", labeler!.principalId) },
    isAutoAcknowledged: false, proposedCause: null, acknowledgement: "I see.", allowedActions: ["draftAppeal"],
  });
  expect(await labeler!.refused("acknowledgeAudit", { auditId: id })).toMatchObject({ __typename: "InvalidTransitionRefusal", message: expect.stringContaining("while the audit is ACKNOWLEDGED") });
  expect(await readAudit(lead, id, SAID)).toMatchObject({ acknowledgement: "I see.", acknowledgedBy: { id: globalId("Principal", labeler!.principalId) } });
  expect((await eventsOf(world, id)).at(-1)).toBe("audit.acknowledged PUBLISHED>ACKNOWLEDGED");
});

test("a vendor's QA may propose the cause; nobody else acknowledges", async () => {
  const { project, lead, manager, quality, auditIds } = await published();
  const [id] = auditIds as [string];
  const [own, foreign] = project.vendors as [(typeof project.vendors)[0], (typeof project.vendors)[0]];
  const of = { role: "VENDOR_QA", projectId: project.projectId } as const;
  const strangers = [await world.caller({ ...of, vendorId: foreign.id }), await world.caller({ ...of, vendorId: own.id, teamId: foreign.teamId })];
  for (const stranger of strangers) expect(await stranger.refused("acknowledgeAudit", { auditId: id })).toMatchObject({ code: "NOT_FOUND" });
  for (const caller of [lead, manager, world.admin]) expect(await caller.refused("acknowledgeAudit", { auditId: id })).toMatchObject({ code: "FORBIDDEN" });
  const [{ version }] = (await world.sql`select version from audits where project_id = ${project.projectId}`) as unknown as [{ version: number }];
  expect(await quality.refused("acknowledgeAudit", { auditId: id, expectedVersion: version + 1 })).toMatchObject({ __typename: "VersionConflictRefusal" });
  for (const comment of ["  ", "x".repeat(2_001)]) expect(await quality.refused("acknowledgeAudit", { auditId: id, comment })).toMatchObject({ code: "INVALID_INPUT", path: ["comment"] });
  expect(await readAudit(quality, id, "state allowedActions")).toEqual({ state: "PUBLISHED", allowedActions: ["acknowledgeAudit"] });
  expect(await acknowledge(quality, id, { cause: "POLICY_UNCLEAR", comment: "Ambiguous rule.", expectedVersion: version })).toMatchObject({
    state: "ACKNOWLEDGED", version: version + 1, proposedCause: "POLICY_UNCLEAR", acknowledgement: "Ambiguous rule.", allowedActions: [],
  });
  expect((await world.sql`select payload from events where project_id = ${project.projectId} and type = 'audit.acknowledged'`)[0]!.payload).toEqual({ cause: "POLICY_UNCLEAR" });
});

test("analysts read no words, and names only those who may", async () => {
  const { project, lead, quality, manager, labeler, auditIds } = await published();
  const [id, other] = auditIds as [string, string];
  await world.sql`update audits set comment = 'secret', guidance = 'secret' where project_id = ${project.projectId}`;
  await acknowledge(quality, id, { comment: "secret", cause: "TOOL" });
  await lead.verb("voidAudit", { auditId: other, reason: "secret" }, "audit { id }");
  const analyst = await world.caller({ role: "ANALYST", projectId: project.projectId });
  const WORDS = "comment guidance acknowledgement voidReason proposedCause acknowledgedBy { id }";
  const none = { comment: null, guidance: null, acknowledgement: null, voidReason: null, acknowledgedBy: null };
  expect(await readAudit(analyst, id, WORDS)).toEqual({ ...none, proposedCause: "TOOL" });
  expect(await readAudit(analyst, other, WORDS)).toEqual({ ...none, proposedCause: null });
  const { node } = await analyst.ask("query ($id: ID!) { node(id: $id) { ... on Project { events(first: 100) { nodes { type reason } } } } }", { id: globalId("Project", project.projectId) });
  expect(JSON.stringify(node)).not.toContain("secret");
  expect(await readAudit(manager, id, WORDS)).toEqual({ comment: "secret", guidance: "secret", acknowledgement: "secret", voidReason: null, proposedCause: "TOOL", acknowledgedBy: null });
  expect(await readAudit(lead, other, "state voidReason")).toEqual({ state: "VOIDED", voidReason: "secret" });
  for (const partner of [manager, quality, labeler]) expect(await readAudit(partner, other, "state voidReason")).toEqual({ state: "VOIDED", voidReason: null });
});

test("what was acknowledged, or is final, counts in the figures like what is published; what is void does not", async () => {
  const { project, projectId, lead, labeler, auditIds } = await audited(world, () => Array.from({ length: 4 }, () => ({ state: "PUBLISHED" as const, publishedAt: "2026-02-01T00:00:00Z" })));
  const args = `projects: ["${projectId}"], range: { from: "2026-01-01", to: "2026-02-01" }, measures: [ACCURACY]`;
  const count = async () => (await askMetrics(lead, args)).rows[0]!.values[0]!.n;
  expect(await count()).toBe(4);
  await acknowledge(labeler, auditIds[0]!);
  await world.sql`update audits set state = 'FINAL' where project_id = ${project.projectId} and state = 'ACKNOWLEDGED'`;
  await acknowledge(labeler, auditIds[1]!);
  expect(await count()).toBe(4);
  expect((await inBulk(lead, "voidAudits", { auditIds: auditIds.slice(0, 2), reason: "A wrong queue." })).map(({ outcome }) => outcome)).toEqual(["DONE", "DONE"]);
  expect(await count()).toBe(2);
});
