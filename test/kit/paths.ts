import type { Pool } from "../../src/db/pool.ts";
import { pick, type Random, randomOf } from "../../src/stats/random.ts";
import { type AuditSpec, makeAudits, makeRun } from "./audits.ts";
import { makeProject, type ProjectFixture } from "./factories.ts";
import { foldOf } from "./rollups.ts";
import { giveScorecard } from "./verdicts.ts";
import type { World } from "./world.ts";

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 4);
const chance = (random: Random, share: number) => random() < share;

/**
 * Changes audits of the project at random: some are published, some void, some get another verdict. Each with its event, in a transaction of its own. Half are
 * left to stand, so that figures go on changing however often it is called.
 */
export async function changeSome(world: World, project: ProjectFixture, seed: string, most: number): Promise<void> {
  const { projectId, policies } = project;
  const random = randomOf(seed);
  const all = await world.sql`select id, state, policy_id, auditor_id from audits where project_id = ${projectId} and role = 'PRIMARY' order by id`;
  const rows = all.filter(({ state }) => state !== "VOIDED");
  const canVoid = rows.length > all.length / 2;
  for (const { id, state, policy_id: label, auditor_id: actorId } of rows.filter(() => chance(random, most / rows.length))) {
    const truth = pick(random, [policies.NV, policies.hate, policies.spam, policies.satire]);
    const [isCorrect, isVoid, isOfProcess] = [truth === label, chance(random, 0.3) && canVoid, chance(random, 0.3)];
    const verdict = isCorrect
      ? { outcome: "CORRECT", type: null, attribution: null, severity: null }
      : { outcome: "INCORRECT", type: "WRONG_POLICY", attribution: isOfProcess ? "PROCESS" : "LABELER", severity: pick(random, ["MINOR", "CRITICAL"]) };
    await world.sql.begin(async (sql) => {
      if (state === "SUBMITTED") await sql`update audits set state = 'PUBLISHED', published_at = now(), is_partner_visible = true where project_id = ${projectId} and id = ${id}`;
      else if (isVoid) await sql`update audits set state = 'VOIDED', updated_at = now() where project_id = ${projectId} and id = ${id}`;
      else {
        await sql`insert into verdicts (project_id, id, audit_id, decision_id, number, outcome, truth_policy_id, error_type, attribution, severity, score, reason, is_after_reveal,
            actor_id, recorded_at, queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at)
          select project_id, gen_random_uuid(), id, decision_id, (select max(v.number) + 1 from verdicts v where v.project_id = a.project_id and v.audit_id = a.id),
            ${verdict.outcome}, ${truth}, ${verdict.type}, ${verdict.attribution}, ${verdict.severity}, 0.625, 'CORRECTION', true, auditor_id, now(),
            queue_id, labeler_id, vendor_id, site_id, team_id, policy_id, market, decided_at
          from audits a where project_id = ${projectId} and id = ${id}`;
      }
      await sql`insert into events (project_id, id, type, subject_type, subject_id, actor_id, recorded_at, is_project_visible, is_partner_visible, is_staff_visible)
        values (${projectId}, event_id(0), 'audit.changed', 'Audit', ${id}, ${actorId}, now(), false, false, false)`;
    });
  }
}

// Scores and findings, which the fixtures leave out, and what actions were taken.
async function judge({ sql }: World, { projectId }: ProjectFixture): Promise<void> {
  await sql`update verdicts set score = (hashtext(id::text) & 65535) / 65536.0, severity = case when outcome = 'INCORRECT' then case when hashtext(id::text) % 5 = 0 then 'CRITICAL' else 'MINOR' end end
    where project_id = ${projectId}`;
  await sql`insert into findings (project_id, id, verdict_id, audit_id, decision_id, actor_id, criterion_id, error_code_id, result, severity, cause)
    select v.project_id, gen_random_uuid(), v.id, v.audit_id, v.decision_id, v.actor_id, c.id,
      case when h.n % 4 = 0 and h.n % 3 = 0 then (select e.id from error_codes e where e.scorecard_id = c.scorecard_id and e.is_leaf order by e.code limit 1) end,
      case when h.n % 4 = 0 then 'FAIL' when h.n % 7 = 0 then 'NA' else 'PASS' end, case when h.n % 8 = 0 then 'CRITICAL' else 'MINOR' end,
      case when h.n % 4 = 0 and h.n % 5 = 0 then 'OVERSIGHT' end
    from verdicts v join queues q on q.project_id = v.project_id and q.id = v.queue_id join scorecard_versions s on s.scorecard_id = q.scorecard_id and s.state = 'PUBLISHED'
    join criteria c on c.scorecard_version_id = s.id cross join lateral (select abs(hashtext(v.id::text || c.id::text)) as n) h where v.project_id = ${projectId}`;
}

/**
 * A project of Asia/Jakarta with some hundred audits at random: of both layers, drawn in strata, by risk and by hand, some in error by the
 * process, corrected, void or not published, two weeks around midnights. Folded with cells by queue and policy, then changed: once before
 * and once after folding again, so that rollups, facts and what has changed since all have a part in figures.
 */
export async function makeMixed(world: World, pool: Pool, seed: string, count = 260): Promise<ProjectFixture> {
  const random = randomOf(seed);
  const project = await makeProject(world.sql);
  const { projectId, policies, vendors, market } = project;
  await world.sql`update projects set time_zone = 'Asia/Jakarta' where id = ${projectId}`;
  const queueId = crypto.randomUUID();
  await world.sql`insert into queues (project_id, id, code, name, market, modality) values (${projectId}, ${queueId}, 'Q2', 'Q2', ${market}, 'TEXT')`;
  await giveScorecard(world, await world.caller({ role: "QA_LEAD", projectId }), project);
  await world.sql`update queues set scorecard_id = (select scorecard_id from queues where project_id = ${projectId} and id = ${project.queueId}) where project_id = ${projectId} and id = ${queueId}`;
  await world.sql`update policies set harm_category = 'HATE' where id = ${policies.hate}`;
  const week = (first: number) => ({ from: new Date(START + first * DAY_MS).toISOString(), to: new Date(START + (first + 7) * DAY_MS).toISOString() });
  const strata = [{ key: "a", frameSize: 500 }, { key: "b", frameSize: 300 }, { key: "never", frameSize: 20 }];
  const runs = [
    await makeRun(world.sql, project, { ...week(0), strata }),
    await makeRun(world.sql, project, { ...week(7), strata }),
    await makeRun(world.sql, project, { ...week(0), purpose: "RISK", frame: { queueIds: [queueId] }, strata: [{ key: "r", frameSize: 900 }] }),
    await makeRun(world.sql, project, { ...week(0), layer: "VENDOR", strata: [{ key: "v", frameSize: 400 }] }),
  ];
  const specs = Array.from({ length: count }, (_, i): AuditSpec => {
    const vendor = pick(random, vendors);
    const midnight = START + Math.floor(random() * 14) * DAY_MS + pick(random, [-7, -5, 0, 5]) * 3_600_000;
    const run = chance(random, 0.1) ? undefined : pick(random, runs);
    const truthPolicyId = pick(random, [policies.NV, policies.hate, policies.spam, policies.satire]);
    const policyId = chance(random, 0.7) ? truthPolicyId : pick(random, [policies.NV, policies.hate]);
    return {
      run, vendor, labelerId: pick(random, vendor.labelerIds), policyId, truthPolicyId, queueId: chance(random, 0.6) ? project.queueId : queueId,
      stratum: run && run.purpose === "RANDOM" && run.layer === "CLIENT" ? pick(random, ["a", "b"]) : undefined,
      action: pick(random, [null, "REMOVE", "ALLOW"]), attribution: chance(random, 0.2) ? "PROCESS" : "LABELER",
      decidedAt: new Date(midnight + pick(random, [-1, 0, 1]) + (i % 7)),
      state: pick(random, ["PUBLISHED", "PUBLISHED", "PUBLISHED", "FINAL", "SUBMITTED", "VOIDED"]),
      submittedAt: "2026-02-01T00:00:00Z",
    };
  });
  await makeAudits(world.sql, project, specs);
  await world.sql`update audits set inclusion_probability = 0.1 + (hashtext(id::text) & 7) / 16.0 where project_id = ${projectId} and run_id = ${runs[2]!.id}`;
  await judge(world, project);
  await foldOf(world, pool, project);
  await world.sql`update rollup_watermarks set queue_policy_to = '00000000-0000-0000-0000-000000000000' where project_id = ${projectId}`;
  await changeSome(world, project, `${seed} folded`, 40);
  await foldOf(world, pool, project);
  await changeSome(world, project, `${seed} touched`, 40);
  return project;
}
