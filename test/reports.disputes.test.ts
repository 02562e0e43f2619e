import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject } from "./kit/factories.ts";
import { close, makeReport, MONTH, publishedAudits, snapshotsOf, verify } from "./kit/periods.ts";
import { projectGid } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const RULED = new Date("2026-01-20T08:00:00Z");

/** Two published errors with an appeal each, waiting for the client. */
async function appealed() {
  const of = await publishedAudits(world, [{ isCorrect: false }, { isCorrect: false }]);
  const { projectId } = of.project;
  const ids = await world.sql`insert into appeals (project_id, id, audit_id, decision_id, auditor_id, layer, verdict_id, queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at,
      raised_by_id, raised_as, state, tier, filed_at)
    select a.project_id, gen_random_uuid(), a.id, a.decision_id, a.auditor_id, a.layer, v.id, a.queue_id, a.labeler_id, a.vendor_id, a.site_id, a.team_id, a.policy_id, a.market, a.decided_at,
      a.auditor_id, 'VENDOR_QA', 'L2_REVIEW', 'L2', '2026-01-10T08:00:00Z' from audits a join verdicts v on v.project_id = a.project_id and v.audit_id = a.id
    where a.project_id = ${projectId} returning id, auditor_id`;
  const rule = async (sql: World["sql"], index: number) => {
    const { id, auditor_id } = ids[index]!;
    await sql`update appeals set state = 'L3_ARBITRATION', tier = 'L3', ruled_at = ${RULED}, outcome = 'AUDIT_UPHELD' where id = ${id}`;
    await sql`insert into appeal_rulings ${sql({
      project_id: projectId, id: randomUUID(), appeal_id: id, tier: "L2", outcome: "AUDIT_UPHELD", reason: "r", adjudicator_id: world.admin.principalId, appellant_id: auditor_id, auditor_id, ruled_at: RULED,
    })}`;
  };
  await makeReport(of.lead, of.projectId, { measures: ["OVERTURN_RATE", "FRIVOLOUS_RATE", "APPEAL_RATE"], groupBy: ["VENDOR"] });
  return { ...of, ids, rule };
}

test("a ruling that was frozen stays in its report when its appeal goes on and ends without another", async () => {
  const { lead, projectId, ids, rule } = await appealed();
  await rule(world.sql, 0);
  const [snapshot] = await snapshotsOf(lead, (await close(lead, projectId, MONTH)).id);
  expect(snapshot.data.totals.map(({ n }: { n: number }) => n)).toEqual([1, 1, 2]);
  await sleep(5);
  await world.sql`update appeals set state = 'INVALID', closed_at = now() where id = ${ids[0]!.id}`;
  expect(await verify(lead, snapshot.id)).toMatchObject({ isIntact: true, isReproduced: true });
  const now = await lead.ask(`query ($projects: [ID!]!) { metrics(projects: $projects, measures: [OVERTURN_RATE], range: { from: "2026-01-01", to: "2026-02-01" }) { rows { values { n } } } }`, { projects: [projectId] });
  expect(now.metrics.rows).toEqual([{ values: [{ n: 0 }] }]);
});

test("a closing waits for a ruling that is on its way", async () => {
  const { lead, projectId, rule } = await appealed();
  const held = await world.sql.reserve();
  await held`begin`;
  await rule(held, 1);
  const closing = close(lead, projectId, MONTH, "id");
  await sleep(400);
  await held`commit`;
  held.release();
  const [snapshot] = await snapshotsOf(lead, (await closing).id);
  expect(snapshot.data.totals[0].n).toBe(1);
  expect(await verify(lead, snapshot.id)).toMatchObject({ isReproduced: true });
});

test("what clocks and escalations are like is not kept as of a time, and partners don't see all of them: no report is of them", async () => {
  const own = await makeProject(world.sql);
  const by = await world.caller({ role: "QA_LEAD", projectId: own.projectId });
  for (const measure of ["SLA_RATE", "ESCALATIONS_OPEN", "TIME_TO_CLOSE_P50", "ESCALATION_RECURRENCE"]) {
    const refused = await by.refused("createReportDefinition", { projectId: projectGid(own), name: "R", query: { measures: ["ACCURACY", measure] }, audience: "PARTNER" });
    expect(refused, measure).toMatchObject({ code: "INVALID_INPUT", path: ["query", "measures"], message: expect.stringContaining(measure) });
  }
});
