import { afterAll, beforeAll, expect, test } from "vitest";
import { PRINCIPALS } from "../src/demo/organisation.rules.ts";
import { demoTokens } from "../src/demo/service.ts";
import { openStage, type Stage } from "./kit/demo.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await stage.load({ scale: 0.1 });
});
afterAll(() => stage.close());

test("every principal has a token that works in its role, kept as long as it stands", async () => {
  const tokens = await demoTokens(stage.pool, null);
  expect(Object.keys(tokens)).toEqual(PRINCIPALS.map(({ subject }) => subject));
  const renewed = await demoTokens(stage.pool, { ...tokens, auditor: "assay_forged", analyst: tokens.admin! });
  expect(Object.keys(tokens).filter((name) => renewed[name] !== tokens[name])).toEqual(["auditor", "analyst"]);
  for (const { subject, role, name } of PRINCIPALS) {
    const { viewer, projects } = await stage.ask(subject, "{ viewer { role principal { name } } projects { nodes { code } } }");
    expect(viewer).toEqual({ role, principal: { name } });
    expect(projects.nodes.map((each: { code: string }) => each.code).sort()).toEqual(role === "LABELER" ? ["ID-VIDEO"] : ["ID-LIVE", "ID-VIDEO", "MY-VIDEO", "PH-ADS"]);
  }
});

test("partners see their own side, and an auditor finds work", async () => {
  const query = `{ vendors { nodes { code } } metrics(projects: ["ID-VIDEO"], measures: [ACCURACY], groupBy: [VENDOR],
    range: { from: "2025-12-24", to: "2026-03-18" }) { rows { vendor { code } values { value } } } }`;
  for (const [name, code] of [["vendorManager", "NUSA"], ["otherVendorManager", "LUZON"]] as const) {
    const { vendors, metrics } = await stage.ask(name, query);
    expect(vendors.nodes).toEqual([{ code }]);
    expect(metrics.rows.map((row: any) => row.vendor.code)).toEqual([code]);
  }
  const own = "{ audits(first: 100) { totalCount nodes { state decision { labeler { externalRef } } } } }";
  const { audits } = await stage.ask("labeler", own);
  expect(audits.totalCount).toBeGreaterThan(3);
  expect(new Set(audits.nodes.map((audit: any) => audit.decision.labeler.externalRef))).toEqual(new Set(["JKT-001"]));
  const { projects } = await stage.ask("auditor", "{ projects { nodes { id } } }");
  const { claimSamples } = await stage.ask("auditor", `mutation { claimSamples(input: { projectId: "${projects.nodes[0].id}", count: 5 }) {
    ... on ClaimSamplesPayload { audits { state } } } }`);
  expect(claimSamples.audits.map((audit: any) => audit.state)).toEqual(Array(5).fill("DRAFT"));
});

// State, version and which columns are null, of the row with this id or of any that fits.
async function shapeOf(table: string, where: string) {
  const [row] = await stage.world.sql.unsafe(`select to_jsonb(t) - array['id', 'created_at'] as row from ${table} t where ${where} limit 1`);
  const { state, version, outcome, ...rest } = row!.row as Record<string, unknown>;
  return { state, version, outcome, nulls: Object.keys(rest).filter((key) => rest[key] === null).sort() };
}

test("the history's audits have the shape that the verbs give them", async () => {
  const { projects } = await stage.ask("auditor2", "{ projects { nodes { id } } }");
  const verb = async (name: string, call: string, type: string, payload: string) =>
    (await stage.ask(name, `mutation { done: ${call} { ... on ${type} { ${payload} } ... on Refusal { message } } }`)).done;
  const { audits } = await verb("auditor2", `claimSamples(input: { projectId: "${projects.nodes[1].id}", count: 1 })`, "ClaimSamplesPayload", "audits { id }");
  const auditId = audits[0].id as string;
  const truth = '{ policyCode: "NV", action: "ALLOW" }';
  const locked = await verb("auditor2", `lockTruth(input: { auditId: "${auditId}", truth: ${truth} })`, "LockTruthPayload", "audit { state }");
  expect(locked.audit.state).toBe("REVEALED");
  await verb("auditor2", `submitAudit(input: { auditId: "${auditId}" })`, "SubmitAuditPayload", "audit { state }");
  const id = Buffer.from(auditId, "base64url").toString().split(":")[2]!;
  const submitted = await shapeOf("audits", `id = '${id}'`);
  expect(submitted).toEqual(await shapeOf("audits", `state = 'SUBMITTED' and id <> '${id}'`));
  const published = await verb("qaLead", `publishAudit(input: { auditId: "${auditId}" })`, "PublishAuditPayload", "audit { state }");
  expect(published.audit.state).toBe("PUBLISHED");
  expect(await shapeOf("audits", `id = '${id}'`)).toEqual(await shapeOf("audits", `state = 'PUBLISHED' and id <> '${id}'`));
  const ofSample = `(select sample_id from audits where id = '${id}')`;
  expect(await shapeOf("samples", `id = ${ofSample}`)).toEqual(await shapeOf("samples", `state = 'AUDITED' and id <> ${ofSample}`));
  const verdict = await shapeOf("verdicts", `audit_id = '${id}'`);
  expect(verdict).toEqual(await shapeOf("verdicts", `audit_id <> '${id}' and outcome = '${verdict.outcome as string}'`));
});
