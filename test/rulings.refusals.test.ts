import { afterAll, beforeAll, expect, test } from "vitest";
import { appealed, decide, judged } from "./kit/rulings.ts";
import { rawId } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const refusedOf = (by: Caller, appealId: string, outcome: string, input: object = {}) => by.refused("decideAppeal", { appealId, outcome, reason: "So.", ...input });

test("a claim that doesn't fit what is changed, with the right one named; and a verdict that is worse", async () => {
  const of = await judged(world);
  const [id] = await appealed(world, of.labeler, of.auditIds, { criteria: ["policy", "routed"] });
  const said = (outcome: string, input: object = {}) => refusedOf(of.lead, id!, outcome, input);
  const one = (criterion: string, result: string, more: object = {}) => ({ criterion, result, ...more });
  const upheld = [one("policy", "FINDING_UPHELD"), one("routed", "FINDING_UPHELD")];
  expect((await said("AUDIT_PARTIALLY_OVERTURNED", { findings: upheld })).message).toContain("it is AUDIT_UPHELD, not AUDIT_PARTIALLY_OVERTURNED");
  expect((await said("AUDIT_OVERTURNED", { findings: [one("routed", "FINDING_UPHELD")] })).message).toContain("it is AUDIT_PARTIALLY_OVERTURNED");
  expect((await said("AUDIT_UPHELD", { findings: [one("routed", "FINDING_OVERTURNED")] })).message).toContain("it is AUDIT_PARTIALLY_OVERTURNED, not AUDIT_UPHELD");
  expect((await said("AUDIT_UPHELD", { truth: { policyCode: of.codes.hate } })).message).toContain('"policy" is FINDING_OVERTURNED');
  expect((await said("AUDIT_OVERTURNED", { truth: { policyCode: "NV", action: "KEEP" } })).message).toContain('"policy" is FINDING_UPHELD');
  const raised = await said("AUDIT_SEVERITY_CHANGED", { findings: [one("policy", "FINDING_UPHELD"), one("routed", "FINDING_SEVERITY_CHANGED", { severity: "CRITICAL" })] });
  expect(raised).toMatchObject({ code: "INVALID_INPUT", path: ["truth"], message: expect.stringContaining("worse off") });
  expect((await said("AUDIT_UPHELD", { findings: [one("noted", "FINDING_UPHELD")] })).message).toContain('"noted" is not contested');
  expect((await said("AUDIT_UPHELD", { reason: " " })).path).toEqual(["reason"]);
  expect((await said("AUDIT_UPHELD", { precedent: { title: "T", summary: "S" } })).path).toEqual(["precedent"]);
  expect((await said("AUDIT_UPHELD", { expectedVersion: 1 })).__typename).toBe("VersionConflictRefusal");
  const [{ rulings, verdicts }] = await world.sql`select (select count(*)::int from appeal_rulings where project_id = ${of.id}) as rulings,
    (select max(number) from verdicts where project_id = ${of.id}) as verdicts` as any;
  expect([rulings, verdicts]).toEqual([0, 1]);
});

test("a verdict that leaves the labeler worse off is none of an appeal's", async () => {
  const of = await judged(world);
  const [id] = await appealed(world, of.labeler, of.auditIds, { criteria: ["routed"] });
  await world.sql`update policies set severity = 'CRITICAL' where id = ${of.project.policies.spam}`;
  await world.sql`update verdicts set severity = 'MAJOR', score = 0.5 where project_id = ${of.id}`;
  const refused = await refusedOf(of.lead, id!, "AUDIT_PARTIALLY_OVERTURNED", {
    truth: { policyCode: of.codes.spam }, findings: [{ criterion: "routed", result: "FINDING_OVERTURNED" }],
  });
  expect(refused).toMatchObject({ code: "INVALID_INPUT", path: ["truth"] });
  expect(refused.message).toContain("worse off");
});

test("nobody rules on their own case, nor twice: labeler, appellant, auditor, who adjudicated, corrected, audited beside or ruled before", async () => {
  const of = await judged(world, { count: 8 });
  const ids = await appealed(world, of.quality, of.auditIds);
  const NOT = { __typename: "NotIndependentRefusal", code: "FORBIDDEN" };
  const lead = async (labelerId?: string) => {
    const caller = await world.caller({ role: "QA_LEAD", projectId: of.id });
    // Grants of staff and partners don't mix; what was granted once is party for ever.
    if (labelerId) {
      await world.sql`insert into role_grants (id, principal_id, role, project_id, vendor_id, labeler_id, revoked_at)
        values (gen_random_uuid(), ${caller.principalId}, 'LABELER', ${of.id}, ${of.project.vendors[0]!.id}, ${labelerId}, now())`;
    }
    return caller;
  };
  const labelersLead = await lead(of.project.vendors[0]!.labelerIds[0]);
  expect(await refusedOf(labelersLead, ids[0]!, "AUDIT_UPHELD")).toMatchObject({ ...NOT, message: expect.stringContaining("labeler") });
  const auditors = await world.caller({ role: "QA_LEAD", projectId: of.id });
  await world.sql`update appeals set auditor_id = ${auditors.principalId} where id = ${rawId(ids[1]!)}`;
  expect(await refusedOf(auditors, ids[1]!, "AUDIT_UPHELD")).toMatchObject({ ...NOT, message: expect.stringContaining("auditor") });
  const appellant = await lead();
  await world.sql`update appeals set raised_by_id = ${appellant.principalId} where id = ${rawId(ids[2]!)}`;
  expect(await refusedOf(appellant, ids[2]!, "AUDIT_UPHELD")).toMatchObject({ ...NOT, message: expect.stringContaining("appellant") });
  await world.sql`insert into double_audits (project_id, id, decision_id, queue_id, primary_audit_id, primary_auditor_id, due_at, outcome, adjudicator_id, resolved_at)
    select project_id, gen_random_uuid(), decision_id, queue_id, id, auditor_id, now(), 'ADJUDICATED', ${of.otherLead.principalId}, now() from audits where id = ${rawId(of.auditIds[3]!)}`;
  expect(await refusedOf(of.otherLead, ids[3]!, "AUDIT_UPHELD")).toMatchObject(NOT);
  await world.sql`update verdicts set reason = 'CORRECTION', actor_id = ${of.otherLead.principalId} where audit_id = ${rawId(of.auditIds[4]!)}`;
  expect(await refusedOf(of.otherLead, ids[4]!, "AUDIT_UPHELD")).toMatchObject(NOT);
  // Who has judged the same decision beside its auditor: blindly and compared, or as an expert.
  await world.sql`insert into double_audits (project_id, id, decision_id, queue_id, primary_audit_id, primary_auditor_id, second_auditor_id, due_at, outcome, resolved_at)
    select project_id, gen_random_uuid(), decision_id, queue_id, id, auditor_id, ${of.otherLead.principalId}, now(), 'AGREED', now() from audits where id = ${rawId(of.auditIds[6]!)}`;
  expect(await refusedOf(of.otherLead, ids[6]!, "AUDIT_UPHELD")).toMatchObject(NOT);
  const expert = async (state: string) => {
    await world.sql`delete from audits where role = 'ATA' and project_id = ${of.id}`;
    await world.sql`insert into audits (project_id, id, sample_id, decision_id, run_id, stratum_id, auditor_id, role, layer, purpose, is_blind, state, of_audit_id, content_ref, content_hash,
        modality, queue_id, labeler_id, vendor_id, policy_id, market, decided_at)
      select project_id, gen_random_uuid(), sample_id, decision_id, run_id, stratum_id, ${of.otherLead.principalId}, 'ATA', layer, purpose, false, ${state}, id, content_ref,
        content_hash, modality, queue_id, labeler_id, vendor_id, policy_id, market, decided_at from audits where id = ${rawId(of.auditIds[7]!)}`;
  };
  await expert("SUBMITTED");
  expect(await refusedOf(of.otherLead, ids[7]!, "AUDIT_UPHELD")).toMatchObject(NOT);
  await expert("VOIDED");
  await decide(of.otherLead, ids[7]!, "AUDIT_UPHELD");
  await decide(of.lead, ids[5]!, "AUDIT_UPHELD");
  await world.sql`update appeals set state = 'L2_REVIEW', tier = 'L2' where id = ${rawId(ids[5]!)}`;
  expect(await refusedOf(of.lead, ids[5]!, "AUDIT_UPHELD")).toMatchObject({ ...NOT, message: expect.stringContaining("before") });
});

test("the database compares the principals itself", async () => {
  const of = await judged(world);
  const [id] = await appealed(world, of.labeler, of.auditIds);
  const [me, other] = [of.lead.principalId, of.otherLead.principalId];
  const insert = (parties: { appellant?: string; auditor?: string; labelers?: string[]; earlier?: string[] }) => world.sql`
    insert into appeal_rulings (project_id, id, appeal_id, tier, outcome, reason, adjudicator_id, appellant_id, auditor_id, labeler_principal_ids, earlier_adjudicator_ids, ruled_at)
    values (${of.id}, gen_random_uuid(), ${rawId(id!)}, 'L2', 'AUDIT_UPHELD', 'So.', ${me}, ${parties.appellant ?? other}, ${parties.auditor ?? other},
      ${parties.labelers ?? []}, ${parties.earlier ?? []}, now())`;
  for (const parties of [{ appellant: me }, { auditor: me }, { labelers: [other, me] }, { earlier: [other, me] }]) {
    await expect(insert(parties)).rejects.toThrow(/appeal_rulings_independent/);
  }
  await insert({});
});

test("where the project asks for it, one's own team is judged by others", async () => {
  const of = await judged(world, { layer: "VENDOR", settings: { hasTeamIndependence: true } });
  const [id] = await appealed(world, of.labeler, of.auditIds, { tier: "L1" });
  const lead = await world.caller({ role: "VENDOR_MANAGER", projectId: of.id, vendorId: of.project.vendors[0]!.id, teamId: of.project.vendors[0]!.teamId });
  expect(await refusedOf(lead, id!, "AUDIT_UPHELD")).toMatchObject({ __typename: "NotIndependentRefusal", message: expect.stringContaining("team") });
  await world.sql`update projects set settings = settings || '{"hasTeamIndependence": false}' where id = ${of.id}`;
  await decide(lead, id!, "AUDIT_UPHELD");
});

test("each tier is ruled on by its own, in its state; what is hidden does not exist", async () => {
  const of = await judged(world);
  const [id] = await appealed(world, of.labeler, of.auditIds);
  expect((await refusedOf(of.policyManager, id!, "AUDIT_UPHELD")).__typename).toBe("InvalidTransitionRefusal");
  expect((await refusedOf(of.quality, id!, "AUDIT_UPHELD")).code).toBe("FORBIDDEN");
  expect((await refusedOf(of.labeler, id!, "AUDIT_UPHELD")).code).toBe("FORBIDDEN");
  expect((await refusedOf(of.analyst, id!, "AUDIT_UPHELD")).code).toBe("FORBIDDEN");
  const stranger = await judged(world);
  expect(await refusedOf(stranger.lead, id!, "AUDIT_UPHELD")).toMatchObject({ code: "NOT_FOUND", path: ["appealId"] });
});
