import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import type { Pool } from "../src/db/pool.ts";
import { TAKES, WATCHED_BY } from "../src/triggers/parameters.rules.ts";
import { evaluateRules } from "../src/triggers/service.ts";
import { type AuditSpec, makeAudits, makeGoldenItem, makeRun, type RunFixture } from "./kit/audits.ts";
import { emit, openPool } from "./kit/events.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { addFindings, makeCard } from "./kit/insights.ts";
import { doAll, makeStream, stageLot } from "./kit/inspection.ts";
import { globalId, projectGid } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

const DAY_MS = 86_400_000;
let world: World;
let pool: Pool;
let project: ProjectFixture;
let run: RunFixture;
let lead: Caller;
beforeAll(async () => {
  world = await createWorld();
  pool = openPool(world, 4);
});
beforeEach(async () => {
  project = await makeProject(world.sql);
  const span = { from: ago(60).toISOString(), to: ago(-2).toISOString() };
  run = await makeRun(world.sql, project, { ...span, strata: [{ key: "all", frameSize: 10_000 }] });
  lead = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const ago = (days: number) => new Date(Date.now() - days * DAY_MS);
const times = (count: number, spec: AuditSpec): AuditSpec[] => Array.from({ length: count }, () => ({ run, decidedAt: ago(1), ...spec }));
const vendorGid = (place: number) => globalId("Vendor", project.vendors[place]!.id);
const ownId = (type: string, id: string) => encodeId(type, { projectId: project.projectId, id });

async function setRule(trigger: string, parameters: object = {}, more: object = {}): Promise<void> {
  const input = { projectId: projectGid(project), name: trigger, trigger, kind: "QUALITY", severity: "SEV2", parameters, ...more };
  await lead.verb("createEscalationRule", input, "escalationRule { id }");
}

/** All rules look, at what happened in the last hour too. */
async function look(): Promise<void> {
  await world.sql`update escalation_rules set attempted_at = null, evaluated_at = now() - interval '1 hour' where project_id = ${project.projectId}`;
  await doAll(pool, evaluateRules, new Date(Date.now() + 100));
}

const raised = async () => {
  const { escalations } = await lead.ask(`{ escalations(first: 50) { nodes { title queueIds market { code } vendor { id } signals { nodes { measure value n threshold details } }
    links { nodes { subject { __typename id } } } } } }`);
  return escalations.nodes.map(({ signals, links, ...each }: any) => ({ ...each, signals: signals.nodes, links: links.nodes.map(({ subject }: any) => subject.id) }));
};

test.each(WATCHED_BY)("an escalation of a group that is watched by %s lies where the group does", async (watchedBy) => {
  await setRule("METRIC_OFF_TARGET", { threshold: 0.95, watchedBy });
  await makeAudits(world.sql, project, [...times(8, { policyId: project.policies.hate, truthPolicyId: project.policies.NV }), ...times(32, {})]);
  await look();
  const [{ market }] = (await world.sql`select market from queues where project_id = ${project.projectId} and id = ${project.queueId}`) as unknown as [{ market: string }];
  expect(await raised()).toMatchObject([{
    queueIds: watchedBy === "QUEUE" ? [ownId("Queue", project.queueId)] : [], market: watchedBy === "MARKET" ? { code: market } : null,
    vendor: watchedBy === "VENDOR" ? { id: vendorGid(0) } : null, signals: [{ n: 40, value: 0.8 }],
  }]);
});

test("LOT_REJECTED sees the lots of the queues, markets and vendors that it looks at", async () => {
  const [other] = await world.sql`insert into markets (id, code, name) values (gen_random_uuid(), ${`x-${project.projectId.slice(-6)}`}, 'Elsewhere') returning code`;
  await setRule("LOT_REJECTED", {}, { name: "Here", vendorId: vendorGid(0) });
  await setRule("LOT_REJECTED", {}, { name: "Of another vendor", vendorId: vendorGid(1) });
  await setRule("LOT_REJECTED", {}, { name: "Of another market", market: other!.code });
  const lot = await stageLot(world, project, await makeStream(lead, project), { day: 5 });
  await emit(pool, world, project.projectId, [{ type: "lot.rejected", subjectType: "Lot", subjectId: lot }]);
  await look();
  await look();
  expect(await raised()).toMatchObject([{ title: "Here", signals: [{ details: { lots: 1 } }], links: [ownId("Lot", lot)] }]);
});

test("a rule looks at no policy where its trigger knows of none, nor at what isn't there", async () => {
  const policyId = globalId("Policy", project.policies.hate);
  const refused = (trigger: string, more: object) => setRule(trigger, {}, more).catch((error: Error) => error.message);
  for (const trigger of ["LOT_REJECTED", "SLA_FORECAST", "SLA_BREACH", "AGREEMENT_LOW"]) {
    expect(await refused(trigger, { policyId })).toContain(`policyId: what ${trigger} sees is of no one policy`);
  }
  await setRule("CRITICAL_ERROR", {}, { policyId });
  const elsewhere = await makeProject(world.sql);
  expect(await refused("CRITICAL_ERROR", { policyId: globalId("Policy", elsewhere.policies.hate) })).toContain('"path":["policyId"]');
  expect(await refused("CRITICAL_ERROR", { vendorId: globalId("Vendor", crypto.randomUUID()) })).toContain('"path":["vendorId"]');
});

test("OVERTURN_SPIKE sees rulings that overturn more than its threshold, by the whole interval", async () => {
  await setRule("OVERTURN_SPIKE");
  const rule = (count: number, outcome: string, { layer = "CLIENT", state = "CLOSED" } = {}) => world.sql`insert into appeals (project_id, id, audit_id, decision_id, auditor_id, layer, raised_by_id, raised_as, verdict_id,
      state, tier, filed_at, ruled_at, closed_at, outcome, queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at)
    select a.project_id, gen_random_uuid(), a.id, a.decision_id, a.auditor_id, ${layer}, ${lead.principalId}, 'LABELER', v.id, ${state}, 'L2', now(), now(), now(), ${outcome},
      a.queue_id, a.labeler_id, a.vendor_id, a.site_id, a.team_id, a.policy_id, a.market, a.decided_at
    from audits a join verdicts v on v.project_id = a.project_id and v.audit_id = a.id where a.project_id = ${project.projectId} order by a.id limit ${count}`;
  await makeAudits(world.sql, project, times(12, {}));
  await rule(4, "AUDIT_OVERTURNED");
  await rule(8, "AUDIT_UPHELD");
  // Neither what the vendor rules on its own audits nor what ended otherwise after a ruling counts.
  await rule(6, "AUDIT_OVERTURNED", { layer: "VENDOR" });
  await rule(6, "AUDIT_OVERTURNED", { state: "INVALID" });
  await look();
  expect(await raised()).toEqual([]);
  await rule(4, "AUDIT_PARTIALLY_OVERTURNED");
  await look();
  expect(await raised()).toMatchObject([{ vendor: { id: vendorGid(0) }, signals: [{ measure: "OVERTURN_RATE", value: 0.5, n: 16, threshold: 0.2, details: { overturned: 8 } }] }]);
});

test("CRITICAL_ERROR sees a failed critical criterion of a decision that was right, as the figure does", async () => {
  await setRule("CRITICAL_ERROR");
  const card = await makeCard(world.sql, project, ["c", "bonus"], ["slur"]);
  await world.sql`update criteria set is_bonus = true where id = ${card.criteria.bonus!}`;
  const [failed, fine, unearned] = await makeAudits(world.sql, project, times(3, {}));
  await addFindings(world.sql, project, card, failed!, [["c", "slur", null]]);
  await addFindings(world.sql, project, card, unearned!, [["bonus", "slur", null]]);
  await world.sql`update findings set severity = 'CRITICAL' where project_id = ${project.projectId}`;
  const audits = await world.sql`select id from audits where project_id = ${project.projectId} and decision_id = any (${[failed!, fine!, unearned!]})`;
  await emit(pool, world, project.projectId, audits.map(({ id }) => ({ type: "audit.published", subjectType: "Audit", subjectId: id })));
  await look();
  expect(await raised()).toMatchObject([{ signals: [{ n: 1 }] }]);
});

test("GOLDEN_STREAK counts wrong actions, no item twice, and none that was not active, as the figure does", async () => {
  await setRule("GOLDEN_STREAK", { count: 3 });
  const { hate, NV } = project.policies;
  const answer = (contentRef: string, policyId: string, action: string, at: number) => makeAudits(world.sql, project, [{ contentRef, policyId, action, decidedAt: ago(at) } as AuditSpec]);
  for (const contentRef of ["a", "b"]) await makeGoldenItem(world.sql, project, { contentRef, truthPolicyId: hate, truthAction: "REMOVE" });
  // It was another's before: the newer truth counts, and once. What needs a review without an end counts for nobody.
  await makeGoldenItem(world.sql, project, { contentRef: "b", truthPolicyId: NV, status: "RETIRED", activeTo: ago(-1).toISOString() });
  await world.sql`update golden_items set active_from = ${ago(20)} where project_id = ${project.projectId} and content_ref = 'b' and status = 'ACTIVE'`;
  await makeGoldenItem(world.sql, project, { contentRef: "c", truthPolicyId: hate, status: "NEEDS_REVIEW" });
  await answer("a", hate, "KEEP", 3);
  await answer("b", hate, "KEEP", 2);
  await answer("c", NV, "KEEP", 1);
  await look();
  expect(await raised()).toEqual([]);
  await makeGoldenItem(world.sql, project, { contentRef: "d", truthPolicyId: hate, truthAction: "REMOVE" });
  await answer("d", hate, "BLUR", 0.5);
  await look();
  expect(await raised()).toMatchObject([{ signals: [{ n: 3, threshold: 3 }] }]);
});

test("every trigger can ask its question, whatever it watches, where nothing has happened", async () => {
  for (const [trigger, takes] of Object.entries(TAKES)) {
    for (const watchedBy of "watchedBy" in takes ? WATCHED_BY : [null]) await setRule(trigger, watchedBy ? { watchedBy } : {});
  }
  await look();
  expect((await world.sql`select trigger, parameters ->> 'watchedBy' as "watchedBy", evaluation_error as error from escalation_rules
    where project_id = ${project.projectId} and evaluation_error is not null`).map((row) => ({ ...row }))).toEqual([]);
  expect(await raised()).toEqual([]);
});
