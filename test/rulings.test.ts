import { afterAll, beforeAll, expect, test } from "vitest";
import { appealed, decide, judged } from "./kit/rulings.ts";
import { eventsOf, rawId } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const found = (verdict: any) => Object.fromEntries(verdict.findings.nodes.map((each: any) => [each.criterion.code, `${each.result} ${each.severity}`]));
const results = (appeal: any) => appeal.rulings.nodes[0].findings.nodes.map((each: any) => [each.criterion.code, each.result, each.severity].filter(Boolean).join(" "));

test("an audit that is upheld keeps its verdict; the ruling says so of each criterion, and may be appealed once more", async () => {
  const of = await judged(world);
  const [id] = await appealed(world, of.labeler, of.auditIds);
  const { appeal } = await decide(of.adjudicator, id!, "AUDIT_UPHELD");
  expect(appeal).toMatchObject({ state: "DECIDED", outcome: "AUDIT_UPHELD", closedAt: null, audit: { state: "APPEALED", verdict: { number: 1 } } });
  expect(results(appeal).sort()).toEqual(["noted FINDING_UPHELD", "policy FINDING_UPHELD", "praise FINDING_UPHELD", "routed FINDING_UPHELD"]);
  expect(appeal.rulings.nodes).toMatchObject([{ tier: "L2", reason: "Songs are quoted there.", changes: [] }]);
  expect((await eventsOf(world, id!)).at(-1)).toBe("appeal.decided L2_REVIEW>DECIDED");
  const [{ handled, clock }] = await world.sql`select handled_by_ids as handled,
    (select kind from sla_clocks where subject_id = ${rawId(id!)} and stopped_at is null and voided_at is null) as clock from appeals where id = ${rawId(id!)}` as any;
  expect([handled.includes(of.adjudicator.principalId), clock]).toEqual([true, "APPEAL_REAPPEAL"]);
});

test("an audit that is overturned as a whole says what the labeler said: nothing has to be named", async () => {
  const of = await judged(world);
  const [id] = await appealed(world, of.labeler, of.auditIds, { criteria: ["policy", "routed", "noted"] });
  const { appeal } = await decide(of.lead, id!, "AUDIT_OVERTURNED");
  expect(appeal.audit.verdict).toMatchObject({ number: 2, outcome: "CORRECT", errorType: null, severity: null, score: 1, reason: "APPEAL", explanation: "Songs are quoted there." });
  expect(found(appeal.audit.verdict)).toMatchObject({ policy: "PASS MAJOR", routed: "PASS MINOR", noted: "PASS MINOR", praise: "FAIL MINOR" });
  expect(appeal.rulings.nodes[0].changes).toEqual(["OUTCOME", "ERROR_TYPE", "TRUTH_POLICY", "TRUTH_ACTION", "SEVERITY", "SCORE"]);
  const [{ action }] = await world.sql`select truth_action as action from verdicts where audit_id = ${rawId(of.auditIds[0]!)} and number = 2` as any;
  expect(action).toBe("REMOVE");
  expect((await eventsOf(world, of.auditIds[0]!)).at(-1)).toBe("audit.decideAppeal null>null");
});

test("part of it is overturned: what is not named of a partial ruling is asked for, and each criterion goes its own way", async () => {
  const of = await judged(world);
  const [id] = await appealed(world, of.labeler, of.auditIds, { criteria: ["policy", "routed", "noted"] });
  const refused = await of.lead.refused("decideAppeal", {
    appealId: id, outcome: "AUDIT_PARTIALLY_OVERTURNED", reason: "So.", findings: [{ criterion: "routed", result: "FINDING_OVERTURNED" }],
  });
  expect(refused).toMatchObject({ code: "INVALID_INPUT", path: ["findings"], message: "findings: say what becomes of policy, noted too." });
  const { appeal } = await decide(of.lead, id!, "AUDIT_PARTIALLY_OVERTURNED", {
    findings: [
      { criterion: "routed", result: "FINDING_OVERTURNED", note: "The queue was down." },
      { criterion: "noted", result: "FINDING_OVERTURNED", newResult: "NA" },
      { criterion: "policy", result: "FINDING_UPHELD" },
    ],
  });
  expect(results(appeal)).toEqual(["policy FINDING_UPHELD", "routed FINDING_OVERTURNED", "noted FINDING_OVERTURNED"]);
  expect(found(appeal.audit.verdict)).toMatchObject({ policy: "FAIL CRITICAL", routed: "PASS MINOR", noted: "NA MINOR" });
  expect(appeal.audit.verdict).toMatchObject({ number: 2, outcome: "INCORRECT", severity: "CRITICAL", score: 0 });
});

test("an error that stays, but another one than the audit found, is part of it overturned", async () => {
  const of = await judged(world);
  const [id] = await appealed(world, of.labeler, of.auditIds, { criteria: ["policy"] });
  const { appeal } = await decide(of.lead, id!, "AUDIT_PARTIALLY_OVERTURNED", {
    truth: { policyCode: of.codes.hate, action: "BLUR" }, findings: [{ criterion: "policy", result: "FINDING_OVERTURNED" }],
  });
  expect(appeal.audit.verdict).toMatchObject({ outcome: "INCORRECT", errorType: "WRONG_ACTION", severity: "MAJOR" });
  expect(found(appeal.audit.verdict)).toMatchObject({ policy: "PASS MAJOR", action: "FAIL MINOR" });
});

test("a failure of the platform is the process' error: the labeler is cleared", async () => {
  const of = await judged(world);
  const [id] = await appealed(world, of.labeler, of.auditIds, { criteria: ["policy"] });
  const { appeal } = await decide(of.lead, id!, "AUDIT_OVERTURNED", { truth: { policyCode: "NV", isTechnicalFailure: true } });
  expect(appeal.audit.verdict).toMatchObject({ outcome: "INCORRECT", errorType: "TECHNICAL" });
});

test("a severity that is changed stands against code and policy, also in the verdicts after, until they are of another error", async () => {
  const of = await judged(world);
  const [id] = await appealed(world, of.labeler, of.auditIds, { criteria: ["policy"] });
  const { appeal } = await decide(of.lead, id!, "AUDIT_SEVERITY_CHANGED", {
    findings: [{ criterion: "policy", result: "FINDING_SEVERITY_CHANGED", severity: "MINOR" }],
  });
  expect(appeal.audit.verdict).toMatchObject({ number: 2, outcome: "INCORRECT", severity: "MINOR" });
  expect(appeal.audit.verdict.score).toBeGreaterThan(0);
  expect(appeal.audit.verdict.findings.nodes.find((each: any) => each.criterion.code === "policy")).toMatchObject({ severity: "MINOR", isSeverityRuled: true });
  expect(appeal.rulings.nodes[0].changes).toEqual(["SEVERITY", "SCORE"]);
  await world.sql`update appeals set state = 'CLOSED', closed_at = now() where id = ${rawId(id!)}`;
  await world.sql`update audits set state = 'PUBLISHED' where id = ${rawId(of.auditIds[0]!)}`;
  const { audit } = await of.otherLead.verb("correctVerdict", { auditId: of.auditIds[0], cause: "TOOL", explanation: "It was the tool." }, "audit { state verdict { number severity } }");
  expect(audit).toEqual({ state: "PUBLISHED", verdict: { number: 3, severity: "MINOR" } });
  // By the code of the criterion, which fails for another reason now.
  const { audit: another } = await of.otherLead.verb("correctVerdict", { auditId: of.auditIds[0], truth: { policyCode: of.codes.spam }, explanation: "It is spam." },
    "audit { verdict { errorType severity findings { nodes { criterion { code } severity isSeverityRuled } } } }");
  expect(another.verdict).toMatchObject({ errorType: "WRONG_POLICY", severity: "CRITICAL" });
  expect(another.verdict.findings.nodes.find((each: any) => each.criterion.code === "policy")).toMatchObject({ severity: "CRITICAL", isSeverityRuled: false });
});

test("arbitration closes the appeal and settles its audit; the vendor's own layer ends with the vendor", async () => {
  const of = await judged(world);
  const [id] = await appealed(world, of.labeler, of.auditIds, { tier: "L3" });
  const { appeal } = await decide(of.policyManager, id!, "AUDIT_OVERTURNED");
  expect(appeal).toMatchObject({ state: "CLOSED", closedAt: expect.any(String), audit: { state: "FINAL", verdict: { number: 2 } } });
  expect((await eventsOf(world, of.auditIds[0]!)).slice(-2)).toEqual(["audit.decideAppeal null>null", "audit.final APPEALED>FINAL"]);
  const vendors = await judged(world, { layer: "VENDOR" });
  const [own] = await appealed(world, vendors.labeler, vendors.auditIds, { tier: "L1" });
  const ruled = await decide(vendors.manager, own!, "AUDIT_OVERTURNED", {}, "appeal { state rulings { nodes { tier adjudicator { id } } } audit { state verdict { number } } }");
  expect(ruled.appeal).toMatchObject({ state: "CLOSED", audit: { state: "FINAL", verdict: { number: 2 } } });
  expect(ruled.appeal.rulings.nodes[0].adjudicator).not.toBeNull();
});
