import { afterAll, beforeAll, expect, test } from "vitest";
import { isFit } from "../src/graphql/plugins/fitness.ts";
import { schema } from "../src/schema.ts";
import { depthOf, figuresIn, namedDocuments } from "./kit/cookbook.ts";
import { openStage, type Stage } from "./kit/demo.ts";
import { type Asked, type Ids, QUESTIONS } from "./kit/questions.ts";
import { REMEDY_QUESTIONS } from "./kit/questions.remedies.ts";

/** The demo is loaded larger here than elsewhere, so that what the story tells is more than chance. */
const [SCALE, LOAD_MS] = [0.4, 180_000];
const DOCUMENTS = namedDocuments();
const ASKED: Readonly<Record<string, Asked>> = { ...QUESTIONS, ...REMEDY_QUESTIONS };
/** Whose answers may be of any type: a compiled query would have a selection for each. */
const OF_ANY_TYPE = ["MyWork"];
const COOKBOOK = DOCUMENTS.filter(({ operation }) => operation.operation === "query");

let stage: Stage;
let ids: Ids;
beforeAll(async () => {
  stage = await openStage();
  await stage.load({ scale: SCALE });
  const { queueByCode, policyByCode, vendorByCode, calibrationSessions, reportDefinitions } = await stage.ask("qaLead", `{
    queueByCode(projectCode: "MY-VIDEO", code: "COMMENTS") { id project { id } } vendorByCode(code: "NUSA") { id }
    policyByCode(code: "HATE-IMPLICIT") { id versions { nodes { id semver } } }
    calibrationSessions(filter: { states: [PUBLISHED] }) { nodes { id } } reportDefinitions { nodes { snapshots(first: 1) { nodes { id } } } } }`);
  ids = {
    project: queueByCode.project.id, queue: queueByCode.id, vendor: vendorByCode.id, policy: policyByCode.id,
    version: policyByCode.versions.nodes.find(({ semver }: any) => semver === "2.0.0").id,
    session: calibrationSessions.nodes[0].id, snapshot: reportDefinitions.nodes[0].snapshots.nodes[0].id,
  };
}, LOAD_MS);
afterAll(() => stage.close());

test("no query of the folder is forgotten here, and each is named once", () => {
  expect(COOKBOOK.map(({ name }) => name).sort()).toEqual(Object.keys(ASKED).sort());
  expect(COOKBOOK.length).toBeGreaterThanOrEqual(56);
});

test.each(COOKBOOK)("$name asks in a sentence, says how to read the answer, and is small enough to be compiled", ({ file, name, comment, document, operation }) => {
  if (file !== "who-am-i.graphql") expect(comment[0]).toMatch(/^[A-Z].+\?$/);
  expect(comment.length).toBeGreaterThanOrEqual(file === "who-am-i.graphql" ? 1 : 2);
  expect(depthOf(operation.selectionSet)).toBeLessThanOrEqual(12);
  expect(isFit(schema, document, operation)).toBe(!OF_ANY_TYPE.includes(name));
});

test.each(COOKBOOK)("$name is answered by the demo", async ({ name, text }) => {
  const { as = "qaLead", variables, figures = 0, nulls = [], check } = ASKED[name]!;
  const data = await stage.ask(as, text, variables?.(ids));
  const found = figuresIn(data);
  expect(found.filter(({ value, reason }) => value === null && !nulls.includes(reason))).toEqual([]);
  expect(found.filter(({ value }) => value !== null).length).toBeGreaterThanOrEqual(figures);
  expect(figures > 0 || check !== undefined).toBe(true);
  check?.(data);
});

test("what happens can be followed from the beginning, by whom it is for", async () => {
  const set = 'mutation { setRetention(input: { kind: EVENTS, keepDays: 36500, reason: "The story is told as of another day." }) { __typename } }';
  expect((await stage.ask("admin", set)).setRetention.__typename).toBe("SetRetentionPayload");
  const after = Buffer.from(`${Buffer.from(ids.project, "base64url").toString().split(":")[1]}:0`).toString("base64url");
  const heard: Record<string, readonly [as: string, type: string]> = {
    FollowAppeals: ["vendorManager", "appeal.l3_arbitration"], FollowEscalations: ["vendorQa", "rca.returned"],
    FollowClocks: ["policyManager", "sla.threshold"], FollowQueues: ["qaLead", "lot.rejected"],
  };
  expect(DOCUMENTS.filter(({ file }) => file === "live.graphql").map(({ name }) => name)).toEqual(Object.keys(heard));
  for (const { name, text, comment } of DOCUMENTS.filter(({ file }) => file === "live.graphql")) {
    const [as, type] = heard[name]!;
    expect(comment[0]).toMatch(/^[A-Z].+\?$/);
    const told = await (await stage.follow(as, text, { projectId: ids.project, after }))(type);
    expect(told).toContain(`"${type}"`);
    expect(told).not.toMatch(/"gap"|"errors"/);
  }
});

test("the main job's documents lead from a draw to a submitted audit, and tell those who follow", async () => {
  const text = (name: string) => DOCUMENTS.find((each) => each.name === name)!.text;
  const done: string[] = [];
  const perform = async (as: string, name: string, variables: object) => {
    done.push(name);
    return (await stage.ask(as, text(name), variables))[`${name[0]!.toLowerCase()}${name.slice(1)}`];
  };
  const { projectByCode, samplingPlans } = await stage.ask("qaLead", `{ projectByCode(code: "ID-VIDEO") { id } samplingPlans { nodes { id project { code } } } }`);
  const planId = samplingPlans.nodes.find(({ project }: any) => project.code === "ID-VIDEO").id;
  await stage.ask("service", `mutation { recordDecisions(input: { projectCode: "ID-VIDEO", onError: STOP, decisions: [{ vendorCode: "NUSA", labelerRef: "JKT-001",
    queueCode: "UPLOADS", policyCode: "NV", action: "ALLOW", externalRef: "case-today", contentRef: "post/today", decidedAt: "2026-03-18T02:00:00Z" }] }) { __typename } }`);
  const drawn = await perform("qaLead", "DrawSamples", { planId, from: "2026-03-17T17:00:00Z", to: "2026-03-18T09:00:00Z" });
  expect(drawn.samplingRun.frameSize).toBe(1);
  const hear = await stage.follow("qaLead", text("Follow"), { projectId: projectByCode.id });
  const { audits } = await perform("auditor", "ClaimSamples", { projectId: projectByCode.id });
  expect(audits.length).toBe(5);
  const auditId = audits[0].id;
  const { audit } = await perform("auditor", "LockTruth", { auditId, policyCode: "NV" });
  expect(audit.state).toBe("REVEALED");
  const answers = [{ criterion: "TAGS", result: "NA" }, { criterion: "TIME", result: "PASS" }];
  const submitted = await perform("auditor", "SubmitAudit", { auditId, answers, cause: "OVERSIGHT", guidance: "Look again." });
  expect(submitted.audit.verdict.findings.nodes.length).toBe(4);
  expect(await hear("audit.revealed")).toContain("sample.in_audit");
  expect([...done, "Follow"]).toEqual(DOCUMENTS.filter(({ file }) => file === "main-job.graphql").map(({ name }) => name));
});
