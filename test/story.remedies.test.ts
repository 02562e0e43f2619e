import { afterAll, beforeAll, expect, test } from "vitest";
import { recordEffectiveness } from "../src/actions/effectiveness.service.ts";
import { encodeId } from "../src/core/ids.ts";
import type { Pool } from "../src/db/pool.ts";
import { WORKER } from "../src/db/identity.ts";
import { write } from "../src/db/session.ts";
import { inSteps, readsOf } from "../src/db/steps.ts";
import { demoTokens, loadDemo } from "../src/demo/service.ts";
import { evaluateRules } from "../src/triggers/service.ts";
import { makeAudits, makeRun } from "./kit/audits.ts";
import { allSealed, emit, openPool } from "./kit/events.ts";
import type { ProjectFixture } from "./kit/factories.ts";
import { startReceiver } from "./kit/receiver.ts";
import { globalId, rawId } from "./kit/samples.ts";
import { follow, type Inbox, socketOf } from "./kit/sockets.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

const DAY_MS = 86_400_000;
const PROJECT = "MY-VIDEO";
const QUEUE = "COMMENTS";

let world: World;
let pool: Pool;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let project: ProjectFixture;
let projectId: string;
let screen: Inbox;
const people: Record<string, Caller> = {};
const by = (name: string) => people[name]!;

// A caller who has the token of one of the demo's people.
async function personOf(name: string, token: string): Promise<Caller> {
  const nobody = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  const send: Caller["send"] = (query, variables, headers) => nobody.send(query, variables, { ...headers, authorization: `Bearer ${token}` });
  const ask: Caller["ask"] = async (query, variables) => {
    const { data, errors } = await send(query, variables);
    if (errors) throw new Error(`${name}: ${JSON.stringify(errors)}`);
    return data;
  };
  const verb: Caller["verb"] = async (verbName, input, payload) => {
    const title = verbName[0]!.toUpperCase() + verbName.slice(1);
    const { result } = await ask<any>(`mutation ($input: ${title}Input!) { result: ${verbName}(input: $input) { __typename ... on Refusal { message } ... on ${title}Payload { ${payload} } } }`, { input });
    if (result.__typename !== `${title}Payload`) throw new Error(`${name}: ${verbName}: ${JSON.stringify(result)}`);
    return result;
  };
  const { viewer } = await ask<any>("{ viewer { principal { id } } }");
  return { ...nobody, token, principalId: rawId(viewer.principal.id), send, ask, verb };
}

beforeAll(async () => {
  world = await createWorld(null, { jobs: true, allowsPrivateTargets: true });
  pool = openPool(world, 4);
  await loadDemo(pool, { seed: "assay", now: new Date(), scale: 0.2, log: () => {} });
  const [row] = await world.sql`select p.id as project_id, q.id as queue_id, q.market, v.id as vendor_id, v.code from projects p join queues q on q.project_id = p.id and q.code = ${QUEUE}
    cross join vendors v where p.code = ${PROJECT} and v.code = 'NUSA'`;
  const labelers = await world.sql`select l.id, l.site_id, l.team_id from labelers l join role_grants g on g.labeler_id = l.id where l.vendor_id = ${row!.vendor_id} limit 1`;
  const policies = Object.fromEntries((await world.sql`select code, id from policies where code in ('NV', 'HATE-IMPLICIT')`).map(({ code, id }) => [code, id as string]));
  const vendor = { id: row!.vendor_id as string, code: row!.code as string, siteId: labelers[0]!.site_id as string, teamId: labelers[0]!.team_id as string, labelerIds: [labelers[0]!.id as string] };
  project = {
    projectId: row!.project_id, projectCode: PROJECT, market: row!.market, queueId: row!.queue_id,
    policies: { NV: policies.NV!, hate: policies["HATE-IMPLICIT"]!, spam: policies["HATE-IMPLICIT"]!, satire: policies.NV! }, vendors: [vendor],
  };
  projectId = globalId("Project", project.projectId);
  const tokens = await demoTokens(pool, null);
  for (const name of ["qaLead", "policyManager", "vendorManager", "vendorQa"]) people[name] = await personOf(name, tokens[name]!);
  people.adjudicator = await world.caller({ role: "AUDITOR", projectId: project.projectId, canAdjudicate: true });
  receiver = await startReceiver();
}, 120_000);
afterAll(async () => {
  screen?.stop();
  await receiver?.close();
  await pool?.end();
  await world?.close();
});

const until = (check: () => unknown) => expect.poll(check, { timeout: 15_000, interval: 50 });
const onEscalation = (name: string, verb: string, escalationId: string, input: object = {}, payload = "escalation { state }") => by(name).verb(verb, { escalationId, ...input }, payload);
async function asJob(work: (db: any, now: Date) => Promise<any>, now = new Date(Date.now() + 100)): Promise<void> {
  const transact = (step: any) => write(pool, WORKER, step, { timeoutMs: 20_000 }) as Promise<any>;
  while ((await inSteps(transact, readsOf(pool), (db: any) => work(db, now))) as number);
}
const accuracy = async (from: string, to: string) => {
  const { metrics } = await by("qaLead").ask<any>(`{ metrics(projects: ["${PROJECT}"], measures: [ACCURACY], range: { from: "${from}", to: "${to}" }) { rows { values { value numerator n } } } }`);
  return metrics.rows[0].values[0];
};

test("a queue that degraded after a policy change is escalated, explained by its vendor, mended and found to be mended; its subscribers and webhooks hear of every step", async () => {
  const told = await allSealed(world, project.projectId);
  // The first three deliveries fail.
  receiver.answer = (request) => (request < 3 ? 503 : 204);
  const { secret } = await by("qaLead").verb("createWebhookEndpoint", { projectId, url: receiver.url, eventTypes: ["escalation.*", "action.*", "rca.*"] }, "secret");
  receiver.secrets.push(secret);
  const client = socketOf(await world.listen().then((url) => url), by("qaLead"));
  screen = follow(client, "subscription ($projectId: ID!) { escalationEvents(projectId: $projectId) { event { type } escalation { id state title } } }", { projectId });
  await new Promise((resolve) => setTimeout(resolve, 500));

  // What the demo has raised itself.
  const listOurs = async () => {
    const { escalations } = await by("qaLead").ask<any>(`{ escalations(first: 50) { nodes { id queueIds project { code } signals { nodes { measure value high n threshold } } } } }`);
    return escalations.nodes.filter((each: any) => each.project.code === PROJECT);
  };
  const before = (await listOurs()).map(({ id }: any) => id);
  // The trigger: accuracy of the last four weeks misses 90 % with its whole interval, and only in the queue that degraded.
  await by("qaLead").verb("createEscalationRule", {
    projectId, name: "Accuracy below 90 %", trigger: "METRIC_OFF_TARGET", kind: "QUALITY", severity: "SEV3", parameters: { threshold: 0.9, days: 28 },
  }, "escalationRule { id }");
  await asJob(evaluateRules);
  const [opened] = await screen.has(1);
  expect(opened.data.escalationEvents).toMatchObject({ event: { type: "escalation.open" }, escalation: { state: "OPEN", title: "Accuracy below 90 %" } });
  const ours = (await listOurs()).filter(({ id }: any) => !before.includes(id));
  expect(ours.map(({ queueIds }: any) => queueIds.map(rawId))).toEqual([[project.queueId]]);
  expect(ours[0].signals.nodes[0].high).toBeLessThan(0.9);
  const { id } = ours[0];

  // Containment.
  const leadId = globalId("Principal", by("qaLead").principalId);
  const managerId = globalId("Principal", by("vendorManager").principalId);
  const dueAt = new Date(Date.now() + 7 * DAY_MS).toISOString();
  await onEscalation("qaLead", "triageEscalation", id, { ownerId: leadId, severity: "SEV3", problemStatement: "Coded hate is left up in comments." });
  await onEscalation("qaLead", "containEscalation", id);
  const contain = (await onEscalation("qaLead", "proposeAction", id, { kind: "CONTAINMENT", title: "Double the sample", ownerId: leadId, dueAt }, "action { id }")).action.id;
  await by("qaLead").verb("startAction", { actionId: contain }, "action { state }");
  await by("qaLead").verb("completeAction", { actionId: contain, evidence: ["plan 12"] }, "action { state }");
  expect((await onEscalation("qaLead", "investigateEscalation", id)).escalation.state).toBe("INVESTIGATING");

  // The vendor sees it once it is shared, says why, and what it will do.
  const seesIt = async () => (await by("vendorManager").ask<any>("query ($id: ID!) { node(id: $id) { id } }", { id })).node;
  expect(await seesIt()).toBeNull();
  await onEscalation("qaLead", "shareWithPartner", id, { vendorId: globalId("Vendor", project.vendors[0]!.id) });
  expect(await seesIt()).not.toBeNull();
  expect((await onEscalation("qaLead", "requestPartnerRca", id)).escalation.state).toBe("WAITING_PARTNER");
  const waits = await by("vendorManager").ask<any>("{ viewer { work(first: 10) { nodes { kind subject { id } } } } }");
  expect(waits.viewer.work.nodes).toContainEqual({ kind: "PARTNER_RCA", subject: { id } });
  const { rca } = await onEscalation("vendorManager", "writeRca", id, {
    problemStatement: "Labelers don't know the new version.",
    whys: ["Coded terms are read as jokes.", "The new version was not taught.", "Its training was planned for later."].map((text) => ({ text, evidence: ["roster"] })),
    causes: [{ category: "PROCESS", code: "TRAINING_DESIGN", text: "The update reached nobody.", isRoot: true, ownerId: managerId }],
  }, "rca { id causes(first: 5) { nodes { id } } }");
  const causeId = rca.causes.nodes[0].id;
  await onEscalation("vendorManager", "submitPartnerRca", id, { actions: [{ kind: "CORRECTIVE", title: "Teach version 2.0.0", ownerId: managerId, dueAt, causeId }] });
  expect((await onEscalation("qaLead", "acceptRca", id)).escalation.state).toBe("ROOT_CAUSE_IDENTIFIED");

  // The plan, with how it will be known whether it works.
  const { node } = await by("qaLead").ask<any>("query ($id: ID!) { node(id: $id) { ... on Escalation { actions(first: 10) { nodes { id kind state } } } } }", { id });
  const corrective = node.actions.nodes.find(({ kind }: any) => kind === "CORRECTIVE").id;
  const day = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
  await onEscalation("qaLead", "planEffectivenessCheck", id, {
    measure: "ERROR_RATE", filter: { queueIds: [ours[0].queueIds[0]] }, baselineWindow: { from: day(-28), to: day(0) }, checkWindow: { from: day(2), to: day(16) }, target: 0.05, nMin: 100,
  }, "effectivenessCheck { id }");
  await by("qaLead").verb("approveAction", { actionId: corrective }, "action { state }");
  expect((await onEscalation("qaLead", "approveActionPlan", id)).escalation.state).toBe("ACTIONS_PLANNED");
  await onEscalation("qaLead", "startImplementation", id);
  await by("vendorManager").verb("startAction", { actionId: corrective }, "action { state }");
  await by("vendorManager").verb("completeAction", { actionId: corrective, evidence: ["training of the week"] }, "action { state }");
  expect((await onEscalation("qaLead", "startVerification", id)).escalation.state).toBe("VERIFYING");

  // Two weeks pass, in which two in a hundred go wrong.
  const run = await makeRun(world.sql, project, { from: `${day(1)}T00:00:00Z`, to: `${day(17)}T00:00:00Z`, strata: [{ key: "all", frameSize: 5_000 }] });
  const later = (i: number) => new Date(Date.now() + 5 * DAY_MS + i * 60_000);
  const decisions = await makeAudits(world.sql, project, Array.from({ length: 300 }, (_, i) => ({
    run, decidedAt: later(i), submittedAt: new Date().toISOString(), publishedAt: new Date().toISOString(), policyId: project.policies.NV, truthPolicyId: i < 6 ? project.policies.hate : project.policies.NV,
  })));
  const published = await world.sql`select id from audits where project_id = ${project.projectId} and decision_id = any (${decisions})`;
  await emit(pool, world, project.projectId, published.map((row) => ({ type: "audit.published", subjectType: "Audit", subjectId: row.id as string })));
  await asJob(recordEffectiveness, new Date(Date.now() + 20 * DAY_MS));
  const closed = await by("qaLead").ask<any>("query ($id: ID!) { node(id: $id) { ... on Escalation { state closeReason effectivenessChecks(first: 5) { nodes { result figures { difference high } } } } } }", { id });
  expect(closed.node).toMatchObject({ state: "CLOSED", closeReason: "EFFECTIVE", effectivenessChecks: { nodes: [{ result: "EFFECTIVE" }] } });

  // Everything was heard once and in order, on the screen and by the webhook, whatever failed on the way.
  await allSealed(world, project.projectId);
  const steps = await world.sql`select e.type, e.subject_id as subject from event_seals s join events e on e.project_id = s.project_id and e.id = s.event_id
    where s.project_id = ${project.projectId} and s.seq > ${told} and e.type similar to '(escalation|action|rca).%' order by s.seq`;
  const types = steps.map(({ type }) => type as string);
  expect(types.length).toBeGreaterThan(20);
  const shown = (await screen.has(types.length)).map(({ data }: any) => data.escalationEvents.event.type);
  expect(shown).toEqual(types);
  // Who failed is tried again when its time comes; the test doesn't wait for that.
  await until(async () => {
    await world.sql`update webhook_deliveries set next_attempt_at = now() where state = 'FAILED'`;
    return receiver.once().length;
  }).toBe(types.length);
  expect(receiver.once().map(({ type }) => type).sort()).toEqual(types.toSorted());
  expect([receiver.refused, receiver.requests >= types.length + 3]).toEqual([0, true]);
  await client.dispose();
}, 120_000);

test("two audits of a closed week are appealed through three tiers; the one that is overturned is a line of that week, and the figures of now have moved", async () => {
  const [week] = await world.sql`select r."from"::text as "from", r."to"::text as "to", r.id, p.time_zone as zone from reporting_periods r join projects p on p.id = r.project_id where r.project_id = ${project.projectId} and r.kind = 'WEEK'
    and r.state = 'CLOSED' order by r."from" desc limit 1`;
  const candidates = await world.sql`select a.id, a.labeler_id, row_number() over (partition by a.labeler_id order by a.id) as place, count(*) over (partition by a.labeler_id) as n from audits a join lateral (select v.outcome, v.truth_policy_id from verdicts v where v.project_id = a.project_id and v.audit_id = a.id
      order by v.number desc limit 1) v on v.outcome = 'CORRECT'
    where a.project_id = ${project.projectId} and a.vendor_id = ${project.vendors[0]!.id} and a.layer = 'CLIENT' and a.role = 'PRIMARY' and a.state in ('PUBLISHED', 'ACKNOWLEDGED', 'FINAL')
      and a.policy_id = ${project.policies.NV} and a.decided_at >= (${week!.from}::date::timestamp at time zone ${week!.zone}) and a.decided_at < (${week!.to}::date::timestamp at time zone ${week!.zone})
    order by n desc, a.labeler_id, a.id limit 2`;
  const audits = candidates.map(({ id }) => inOurs("Audit", id as string));
  expect(new Set(candidates.map((each) => each.labeler_id)).size).toBe(1);
  people.labeler = await world.caller({ role: "LABELER", projectId: project.projectId, vendorId: project.vendors[0]!.id, labelerId: candidates[0]!.labeler_id });
  // A lead finds them wrong after all: worse for the labeler, so that there is a new window to contest it.
  for (const auditId of audits) {
    await by("qaLead").verb("correctVerdict", {
      auditId, truth: { policyCode: "HATE-IMPLICIT" }, cause: "POLICY_CHANGE", explanation: "Coded, as version 2.0.0 has it.",
    }, "audit { state }");
  }
  const corrected = await accuracy(week!.from, week!.to);

  const appealIds: string[] = [];
  for (const auditId of audits) {
    const { appeal } = await by("labeler").verb("draftAppeal", { auditId, reason: "It is a dish.", evidence: ["menu 4"] }, "appeal { id }");
    const filed = await by("labeler").verb("fileAppeal", { appealId: appeal.id }, "appeal { state tier }");
    expect(filed.appeal).toEqual({ state: "L1_REVIEW", tier: "L1" });
    expect((await by("vendorQa").verb("forwardAppeal", { appealId: appeal.id }, "appeal { state }")).appeal.state).toBe("L2_REVIEW");
    appealIds.push(appeal.id);
  }
  const [won, lost] = appealIds as [string, string];
  const ruled = async (name: string, appealId: string, input: object) => (await by(name).verb("decideAppeal", { appealId, reason: "So it is.", ...input }, "appeal { state outcome }")).appeal;
  expect(await ruled("adjudicator", won, { outcome: "AUDIT_UPHELD" })).toEqual({ state: "DECIDED", outcome: "AUDIT_UPHELD" });
  await by("labeler").verb("fileReappeal", { appealId: won, reason: "Look at the menu." }, "appeal { state }");
  expect(await ruled("policyManager", won, { outcome: "AUDIT_OVERTURNED", truth: { policyCode: "NV" } })).toEqual({ state: "CLOSED", outcome: "AUDIT_OVERTURNED" });
  await by("adjudicator").verb("escalateAppeal", { appealId: lost, reason: "What the policy means is not mine to say." }, "appeal { state }");
  expect(await ruled("policyManager", lost, { outcome: "AUDIT_UPHELD" })).toEqual({ state: "CLOSED", outcome: "AUDIT_UPHELD" });

  const lines = await by("qaLead").ask<any>(`query ($id: ID!) { node(id: $id) { ... on ReportingPeriod { adjustments(first: 50) { nodes { reason correctDelta auditId } } } } }`, { id: inOurs("ReportingPeriod", week!.id) });
  const own = lines.node.adjustments.nodes.filter((line: any) => audits.includes(line.auditId)).map(({ reason, correctDelta }: any) => [reason, correctDelta]).sort();
  expect(own).toEqual([["APPEAL", 1], ["CORRECTION", -1], ["CORRECTION", -1]]);
  const now = await accuracy(week!.from, week!.to);
  expect([now.n, now.numerator > corrected.numerator]).toEqual([corrected.n, true]);
  const { reportingPeriods } = await by("qaLead").ask<any>(`{ reportingPeriods(first: 100) { nodes { id snapshots(first: 50) { nodes { id } } } } }`);
  const snapshots = reportingPeriods.nodes.find(({ id }: any) => rawId(id) === week!.id).snapshots.nodes;
  for (const { id } of snapshots) {
    const { verifyReportSnapshot } = await by("qaLead").ask<any>(`{ verifyReportSnapshot(id: "${id}") { isIntact isReproduced } }`);
    expect(verifyReportSnapshot).toEqual({ isIntact: true, isReproduced: true });
  }
  expect(snapshots.length).toBeGreaterThan(0);
}, 60_000);

const inOurs = (type: string, id: string) => encodeId(type, { projectId: project.projectId, id });
