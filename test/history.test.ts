import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { type AuditedProject, makeAudited } from "./kit/history.ts";
import { askMetrics } from "./kit/metrics.ts";
import { claim, globalId, projectGid } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const PAYLOAD = "recorded alreadyPresent refused refusals { row field value code message }";
const record = (by: Caller, { project }: AuditedProject, items: object[], rest: object = {}) =>
  by.verb("recordAudits", { projectCode: project.projectCode, items, ...rest }, PAYLOAD);
const row = ({ project }: AuditedProject, place: number, changes: object = {}) => {
  return { vendorCode: project.vendors[0]!.code, decisionRef: `r${place}`, truthPolicyCode: "NV", submittedAt: "2026-01-06T12:00:00Z", ...changes };
};
const auditsOf = async (by: Caller, { project }: AuditedProject, fields: string) => {
  const query = `query ($ids: [ID!]) { audits(filter: { projectIds: $ids }, orderBy: { field: ID }) { nodes { ${fields} } } }`;
  return (await by.ask(query, { ids: [projectGid(project)] })).audits.nodes;
};
const counts = async ({ project }: AuditedProject) => {
  const [row] = await world.sql`select (select count(*)::int from samples where project_id = ${project.projectId}) as samples,
    (select count(*)::int from audits where project_id = ${project.projectId}) as audits,
    (select count(*)::int from verdicts where project_id = ${project.projectId}) as verdicts,
    (select count(*)::int from events where project_id = ${project.projectId} and type = 'audits.recorded') as events`;
  return row;
};

test("an audit made elsewhere is recorded as it was: published then, judged as ours are, drawn by nobody", async () => {
  const of = await makeAudited(world, ({ policies }) => [{ policyId: policies.hate, action: "REMOVE" }]);
  const { lead, spam, email, auditor, project } = of;
  const said = { truthPolicyCode: spam, truthAction: "BAN", auditorRef: email.toLowerCase(), cause: "OVERSIGHT", comment: " Not hate.\nSpam. ", guidance: "Read on." };
  expect(await record(lead, of, [row(of, 0, said)])).toEqual(expect.objectContaining({ recorded: 1, alreadyPresent: 0, refused: 0, refusals: [] }));
  const [audit] = await auditsOf(lead, of, `role layer state version isBlind submittedAt revealedAt publishedAt windowDueAt isAutoAcknowledged comment guidance
    auditor { id } answerPolicy { code } answerAction scorecardVersion { id } decision { externalRef }
    sample { state purpose reason isBlind isDouble inclusionProbability assignee { id } }
    verdict { number outcome errorType attribution processReason severity score cause truthPolicy { code } truthAction reason isAfterReveal recordedAt actor { id } findings { totalCount } }`);
  const at = "2026-01-06T12:00:00.000Z";
  const who = { id: globalId("Principal", auditor.principalId) };
  expect(audit).toEqual({
    role: "PRIMARY", layer: "CLIENT", state: "FINAL", version: 1, isBlind: false, submittedAt: at, revealedAt: at, publishedAt: at,
    // 48 open hours later: Tuesday to Thursday.
    windowDueAt: "2026-01-08T12:00:00.000Z", isAutoAcknowledged: true, comment: "Not hate.\nSpam.", guidance: "Read on.",
    auditor: who, answerPolicy: { code: spam }, answerAction: "BAN", scorecardVersion: null, decision: { externalRef: "r0" },
    sample: { state: "AUDITED", purpose: "TARGETED", reason: "Imported", isBlind: false, isDouble: false, inclusionProbability: null, assignee: who },
    verdict: {
      number: 1, outcome: "INCORRECT", errorType: "WRONG_POLICY", attribution: "LABELER", processReason: null, severity: "MAJOR", score: null, cause: "OVERSIGHT",
      truthPolicy: { code: spam }, truthAction: "BAN", reason: "INITIAL", isAfterReveal: true, recordedAt: at, actor: who, findings: { totalCount: 0 },
    },
  });
  const facts = world.sql`queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at`;
  const copies = await world.sql`select ${facts} from decisions where project_id = ${project.projectId} union select ${facts} from samples where project_id = ${project.projectId}
    union select ${facts} from audits where project_id = ${project.projectId} union select ${facts} from verdicts where project_id = ${project.projectId}`;
  expect(copies).toHaveLength(1);
  const [event] = await world.sql`select actor_id, payload, is_staff_visible, is_partner_visible from events where type = 'audits.recorded' and project_id = ${project.projectId}`;
  expect(event).toEqual({
    actor_id: lead.principalId, is_staff_visible: true, is_partner_visible: false,
    payload: { recorded: 1, incorrect: 1, firstSubmittedAt: at, lastSubmittedAt: at },
  });
});

test("one whose window is still open is published, and becomes final like any other; its window is by the clock of the labeler's site", async () => {
  const of = await makeAudited(world, [{}, {}]);
  await record(of.lead, of, [row(of, 0, { submittedAt: new Date(Date.now() - 60_000).toISOString() }), row(of, 1, { submittedAt: "2026-01-09T16:30:00Z" })]);
  const audits = await auditsOf(of.lead, of, "state isAutoAcknowledged submittedAt windowDueAt");
  // In Jakarta it is 23:30 on a Friday.
  expect(audits[0]).toEqual({ state: "FINAL", isAutoAcknowledged: true, submittedAt: "2026-01-09T16:30:00.000Z", windowDueAt: "2026-01-13T16:30:00.000Z" });
  expect(audits[1]).toMatchObject({ state: "PUBLISHED", isAutoAcknowledged: false });
  expect(Date.parse(audits[1].windowDueAt) - Date.now()).toBeGreaterThan(47 * 3_600_000);
});

test("the same audits again add nothing, also after a verdict was corrected; said otherwise, they are refused", async () => {
  const of = await makeAudited(world, [{}, {}, {}]);
  const rows = [row(of, 0), row(of, 1, { truthPolicyCode: of.hate, cause: "TOOL" }), row(of, 2)];
  expect(await record(of.lead, of, rows)).toMatchObject({ recorded: 3 });
  const before = await counts(of);
  expect(before).toEqual({ samples: 3, audits: 3, verdicts: 3, events: 1 });
  const [{ id }] = await auditsOf(of.lead, of, "id");
  const other = await world.caller({ role: "QA_LEAD", projectId: of.project.projectId });
  await other.verb("correctVerdict", { auditId: id, explanation: "Spam it was.", truth: { policyCode: of.spam } }, "audit { state }");
  expect(await record(of.lead, of, rows)).toMatchObject({ recorded: 0, alreadyPresent: 3, refused: 0 });
  expect(await counts(of)).toEqual({ ...before, verdicts: 4 });

  const contrary = await record(of.lead, of, [row(of, 0, { truthPolicyCode: of.hate }), row(of, 1, { truthPolicyCode: of.hate }), row(of, 2, { comment: "New." }), rows[2]!]);
  expect(contrary).toMatchObject({ recorded: 0, alreadyPresent: 1, refused: 3 });
  expect(contrary.refusals).toEqual([
    { row: 0, field: "truthPolicyCode", value: of.hate, code: "CONFLICT", message: expect.stringContaining("correctVerdict") },
    { row: 1, field: "cause", value: null, code: "CONFLICT", message: expect.any(String) },
    { row: 2, field: "comment", value: "New.", code: "CONFLICT", message: expect.any(String) },
  ]);
  expect(await counts(of)).toEqual({ ...before, verdicts: 4 });
});

test("in one call too, the first of several that say otherwise stands; another layer, auditor or time is another audit", async () => {
  const of = await makeAudited(world, [{}]);
  const rows = [
    row(of, 0), row(of, 0), row(of, 0, { truthPolicyCode: of.hate }), row(of, 0, { layer: "VENDOR" }), row(of, 0, { auditorRef: of.email }),
    row(of, 0, { submittedAt: "2026-01-06T12:00:00.001Z" }),
  ];
  const answer = await record(of.lead, of, rows);
  expect(answer).toMatchObject({ recorded: 4, alreadyPresent: 1, refused: 1, refusals: [{ row: 2, code: "CONFLICT" }] });
  expect(await counts(of)).toEqual({ samples: 4, audits: 4, verdicts: 4, events: 1 });
});

describe("a bad row is refused by field and value", () => {
  let of: AuditedProject;
  let elsewhere: AuditedProject;
  beforeAll(async () => {
    [of, elsewhere] = [await makeAudited(world, [{}, {}, {}]), await makeAudited(world, [{}])];
  });
  const idOf = ({ project, decisionIds }: AuditedProject) => encodeId("Decision", { projectId: project.projectId, id: decisionIds[0]! });

  test.each<[string, () => object, [string, unknown, string]]>([
    ["an unknown decision", () => row(of, 99), ["decisionRef", "r99", "NOT_FOUND"]],
    ["an unknown vendor", () => row(of, 0, { vendorCode: "nope" }), ["decisionRef", "r0", "NOT_FOUND"]],
    ["another vendor's", () => row(of, 0, { vendorCode: of.project.vendors[1]!.code }), ["decisionRef", "r0", "NOT_FOUND"]],
    ["another project's", () => ({ ...row(of, 0), vendorCode: null, decisionRef: null, decisionId: idOf(elsewhere) }), ["decisionId", expect.any(String), "NOT_FOUND"]],
    ["an unknown policy", () => row(of, 0, { truthPolicyCode: "unheard-of" }), ["truthPolicyCode", "unheard-of", "NOT_FOUND"]],
    ["another project's policy", () => row(of, 0, { truthPolicyCode: elsewhere.hate }), ["truthPolicyCode", expect.any(String), "NOT_FOUND"]],
    ["the future", () => row(of, 0, { submittedAt: "2999-01-01T00:00:00Z" }), ["submittedAt", "2999-01-01T00:00:00.000Z", "INVALID_INPUT"]],
    ["before the decision", () => row(of, 0, { submittedAt: "2026-01-05T07:00:00Z" }), ["submittedAt", "2026-01-05T07:00:00.000Z", "INVALID_INPUT"]],
    ["nobody", () => row(of, 0, { auditorRef: "nobody@example.org" }), ["auditorRef", "nobody@example.org", "NOT_FOUND"]],
    ["somebody of another project", () => row(of, 0, { auditorRef: elsewhere.email }), ["auditorRef", expect.any(String), "NOT_FOUND"]],
    ["a cause where it was right", () => row(of, 0, { cause: "TOOL" }), ["cause", "TOOL", "INVALID_INPUT"]],
  ])("%s", async (_, bad, [field, value, code]) => {
    const again = await record(of.lead, of, [row(of, 1), bad(), row(of, 2)]);
    expect(again).toMatchObject({ refused: 1, refusals: [{ row: 1, field, value, code }] });
    expect(again.recorded + again.alreadyPresent).toBe(2);
  });

  test("and with STOP ends what is recorded", async () => {
    const fresh = await makeAudited(world, [{}, {}]);
    expect(await record(fresh.lead, fresh, [row(fresh, 0), row(fresh, 9), row(fresh, 1)], { onError: "STOP" })).toMatchObject({ recorded: 1, refused: 1 });
    expect(await counts(fresh)).toMatchObject({ audits: 1 });
  });

  test("more than 5,000 are refused whole", async () => {
    const items = Array.from({ length: 5_001 }, () => row(of, 0));
    expect(await of.lead.refused("recordAudits", { projectCode: of.project.projectCode, items })).toMatchObject({ code: "INVALID_INPUT", path: ["items"] });
  });
});

test("an auditor is named by subject, address or id; never the labeler, a labeler, or a vendor's for another vendor", async () => {
  const of = await makeAudited(world, [{}]);
  const { projectId, vendors: [own, other] } = of.project;
  const labelerId = own!.labelerIds[0]!;
  const asks = async (grants: Parameters<World["caller"]>) => {
    const { principalId } = await world.caller(...grants);
    await world.sql`update principals set issuer = 'idp', subject = ${`sub-${principalId}`} where id = ${principalId}`;
    const by = async (auditorRef: string, layer: string) => {
      const [refusal] = (await record(of.lead, of, [row(of, 0, { auditorRef, layer })])).refusals;
      return refusal ? `${refusal.code} ${refusal.message}` : "taken";
    };
    return [await by(`sub-${principalId}`, "CLIENT"), await by(globalId("Principal", principalId), "VENDOR")];
  };
  const qa = { role: "VENDOR_QA", projectId } as const;
  expect(await asks([{ role: "AUDITOR", projectId }])).toEqual(["taken", "taken"]);
  expect(await asks([{ ...qa, vendorId: own!.id }])).toEqual([expect.stringContaining("layer VENDOR"), "taken"]);
  expect(await asks([{ ...qa, vendorId: other!.id }])).toEqual([expect.stringContaining("layer VENDOR"), expect.stringContaining("layer VENDOR")]);
  expect(await asks([{ ...qa, vendorId: own!.id }, { role: "LABELER", projectId, vendorId: own!.id, labelerId }])).toEqual(Array(2).fill(expect.stringContaining("nobody audits their own")));
  expect(await asks([{ role: "LABELER", projectId, vendorId: own!.id, labelerId }])).toEqual(Array(2).fill(expect.stringContaining("NOT_FOUND")));
  await world.sql`update principals set email = 'Same@example.org' where id in (${of.lead.principalId}, ${of.auditor.principalId})`;
  expect((await record(of.lead, of, [row(of, 0, { auditorRef: "same@example.org" })])).refusals).toMatchObject([{ field: "auditorRef", message: expect.stringContaining("several") }]);
});

test("administrators, leads and the platform's own clients record; a lead not of what they must still judge blindly", async () => {
  const of = await makeAudited(world, [{}, {}]);
  const { projectId, vendors } = of.project;
  const client = await world.caller({ role: "SERVICE", projectId, scopes: ["audits:write"] });
  const byId = { decisionId: encodeId("Decision", { projectId, id: of.decisionIds[0]! }), truthPolicyCode: "NV", submittedAt: "2026-01-06T12:00:00Z" };
  const named = [byId, row(of, 1)].map((each) => ({ ...each, auditorRef: of.email }));
  expect(await record(client, of, [named[0]!, row(of, 1)])).toMatchObject({ recorded: 1, refusals: [{ row: 1, field: "auditorRef", value: null, code: "INVALID_INPUT" }] });
  expect(await record(client, of, named)).toMatchObject({ recorded: 1, alreadyPresent: 1 });
  expect(await record(world.admin, of, [byId, row(of, 1)])).toMatchObject({ recorded: 2 });
  const auditors = await world.sql`select distinct auditor_id from audits where project_id = ${projectId}`;
  expect(auditors.map((each) => each.auditor_id).sort()).toEqual([of.auditor.principalId, world.admin.principalId].sort());
  const refused: [Parameters<World["caller"]>[0], string][] = [
    [{ role: "SERVICE", projectId, vendorId: vendors[0]!.id, scopes: ["audits:write"] }, "FORBIDDEN"],
    [{ role: "SERVICE", projectId, scopes: ["audits:read"] }, "FORBIDDEN"],
    [{ role: "AUDITOR", projectId }, "FORBIDDEN"],
    [{ role: "VENDOR_QA", projectId, vendorId: vendors[0]!.id }, "FORBIDDEN"],
    [{ role: "QA_LEAD", projectId: (await makeAudited(world, [{}])).project.projectId }, "NOT_FOUND"],
  ];
  for (const [grant, code] of refused) {
    expect(await (await world.caller(grant)).refused("recordAudits", { projectCode: of.project.projectCode, items: [row(of, 0)] })).toMatchObject({ code });
  }
  await of.lead.verb("addTargetedSamples", { projectId: projectGid(of.project), decisionIds: [byId.decisionId], reason: "Look." }, "items { outcome }");
  expect(await claim(of.lead, projectGid(of.project))).toHaveLength(1);
  const blind = await record(of.lead, of, [row(of, 0), row(of, 1)]);
  expect(blind).toMatchObject({ recorded: 1, refusals: [{ row: 0, field: "decisionRef", code: "NOT_FOUND" }] });
});

test("nobody is offered their samples, vendor and labeler see them as any published audit, and figures only by purpose, unweighted", async () => {
  const of = await makeAudited(world, ({ vendors }) => [...Array.from({ length: 7 }, () => ({})), { vendor: vendors[1]! }]);
  const { projectId, projectCode, vendors: [own, other] } = of.project;
  await record(of.lead, of, Array.from({ length: 7 }, (_, i) => row(of, i, { truthPolicyCode: i < 2 ? of.hate : "NV", auditorRef: of.email })));
  await record(of.lead, of, [row(of, 7, { vendorCode: other!.code })]);
  const fresh = await world.caller({ role: "AUDITOR", projectId });
  for (const by of [fresh, of.lead]) expect(await claim(by, projectGid(of.project), "id", { count: 20 })).toEqual([]);
  const seenBy = async (grant: Parameters<World["caller"]>[0]) => auditsOf(await world.caller(grant), of, "isBlind auditor { id } guidance verdict { outcome }");
  const manager = await seenBy({ role: "VENDOR_MANAGER", projectId, vendorId: own!.id });
  expect([manager.length, manager[0].auditor, manager.filter((each: any) => each.verdict.outcome === "INCORRECT").length]).toEqual([7, null, 2]);
  expect(await seenBy({ role: "VENDOR_MANAGER", projectId, vendorId: other!.id })).toHaveLength(1);
  expect(await seenBy({ role: "LABELER", projectId, vendorId: own!.id, labelerId: own!.labelerIds[0]! })).toHaveLength(7);
  expect(await seenBy({ role: "LABELER", projectId, vendorId: own!.id, labelerId: own!.labelerIds[1]! })).toHaveLength(0);
  expect(await auditsOf(fresh, of, "id")).toHaveLength(8);
  const asked = (rest: string) => askMetrics(of.lead, `projects: ["${projectCode}"], range: { from: "2026-01-01", to: "2026-02-01" }, measures: [ACCURACY]${rest}`);
  expect((await asked("")).rows[0]?.values[0]?.n ?? 0).toBe(0);
  expect((await asked(", purposes: [TARGETED]")).rows[0]!.values[0]).toMatchObject({ value: 6 / 8, numerator: 6, denominator: 8, n: 8, weighted: false });
});

test("statements are constant in the number of audits", async () => {
  const of = await makeAudited(world, Array.from({ length: 1_010 }, () => ({})));
  const statementsFor = async (from: number, count: number) => {
    const items = Array.from({ length: count }, (_, i) => row(of, from + i, { auditorRef: i % 2 ? of.email : null, truthPolicyCode: i % 3 ? "NV" : of.hate }));
    world.statements.length = 0;
    expect(await record(of.lead, of, items)).toMatchObject({ recorded: count });
    return world.statements.length;
  };
  expect(await statementsFor(0, 1_000)).toBe(await statementsFor(1_000, 10));
});

test("many who record the same audits at once record each once", async () => {
  const of = await makeAudited(world, Array.from({ length: 50 }, () => ({})));
  const items = Array.from({ length: 50 }, (_, i) => row(of, i, { auditorRef: of.email }));
  const answers = await Promise.all(Array.from({ length: 6 }, () => record(of.lead, of, items)));
  expect(answers.reduce((sum, { recorded }) => sum + recorded, 0)).toBe(50);
  expect(await counts(of)).toEqual({ samples: 50, audits: 50, verdicts: 50, events: 1 });
});
