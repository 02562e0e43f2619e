import { WORKER } from "../db/identity.ts";
import { withRole } from "../db/session.ts";
import type { Verb } from "../db/verb.ts";
import { createSamplingPlan, movePlan } from "../plans/service.ts";
import { drawSamples } from "../sampling/draws.service.ts";
import { scorecardsOf } from "../scorecards/service.ts";
import { randomOf } from "../stats/random.ts";
import { workOn } from "../story/audits.rules.ts";
import type { LabelerPlan } from "../story/labelers.rules.ts";
import { MORE_AUDITORS, PRINCIPALS, type ProjectPlan, SITES } from "../story/organisation.rules.ts";
import { type DrawPlan, plansOf } from "../story/plans.rules.ts";
import type { Call } from "../story/policies.rules.ts";
import { DAYS, type DemoOptions, startOf } from "../story/rules.ts";
import { type Bench, draftAudit } from "./audits.service.ts";
import { type Drafts, insertAudits } from "./audits.store.ts";
import { actAs, leadOf, type Stage } from "../cast/stage.service.ts";
import { getScorecardVersion, listDrawn, listPolicies } from "./store.ts";

/** A run of a plan that was drawn when this day began. */
export interface Run {
  id: string;
  /** Names its random stream. */
  plan: string;
  toDay: number;
}

/** A project whose history is being told. */
export interface Told {
  project: ProjectPlan;
  projectId: string;
  plans: (DrawPlan & { id: string })[];
  /** By decision, what the mistaken ones should have been. */
  truths: Map<string, Call>;
  runs: Run[];
}

/** Gives a project its plans, which draw blindly for the client's auditors. */
export async function startSampling(verb: Verb, options: DemoOptions, stage: Stage, project: ProjectPlan): Promise<Told> {
  const projectId = stage.projects.get(project.code)!;
  const told: Told = { project, projectId, plans: [], truths: new Map(), runs: [] };
  await actAs(verb, leadOf(stage), startOf(project.timeZone, options.now, 0), async (lead) => {
    for (const plan of plansOf(project)) {
      const queueIds = plan.queues?.map((code) => stage.queues.get(`${project.code}/${code}`)!);
      const how = { layer: "CLIENT", frame: queueIds ? { queueIds } : {}, frameCovers: "ALL", isBlind: true } as const;
      const key = await createSamplingPlan(lead, { projectId, name: plan.name, ...how, ...plan.design });
      await movePlan(lead, key, "activateSamplingPlan", null);
      told.plans.push({ ...plan, id: key.id });
    }
  });
  return told;
}

/**
 * Draws from days of a project as if they were just over, with a seed of the story's own; the product's verb does it. `queues` are those
 * with decisions on these days.
 */
export async function drawDays(
  verb: Verb, options: DemoOptions, stage: Stage, told: Told, [fromDay, toDay]: readonly [number, number], queues: ReadonlySet<string>,
): Promise<void> {
  const { project, projectId } = told;
  const [windowFrom, windowTo] = [fromDay, toDay].map((day) => startOf(project.timeZone, options.now, day)) as [Date, Date];
  for (const { id, name, queues: drawn } of told.plans) {
    if (![...queues].some((code) => drawn === null || drawn.includes(code))) continue;
    const request = { windowFrom, windowTo, seed: `${options.seed}-${project.code}-${fromDay}` };
    const run = await actAs(verb, leadOf(stage), windowTo, (lead) => drawSamples(lead, { projectId, id }, request));
    told.runs.push({ id: run.id, plan: name, toDay });
  }
}

/** Who and what the audits of a project are made with. */
export async function benchOf(
  verb: Verb, options: DemoOptions, stage: Stage, told: Told, labelers: readonly LabelerPlan[],
): Promise<Bench> {
  const { project, truths } = told;
  const idOf = (subject: string) => stage.principals.get(subject)!;
  const own = labelers.filter((labeler) => labeler.project === project.code);
  const zoneOf = ({ site }: LabelerPlan) => SITES.find(({ code }) => code === site)!.timeZone;
  const byId = <T>(valueOf: (labeler: LabelerPlan) => T) => new Map(own.map((labeler) => [stage.labelers.get(labeler.ref)!, valueOf(labeler)]));
  const staff = PRINCIPALS.filter(({ role }) => role === "VENDOR_QA");
  return withRole(verb.db, WORKER, async (db) => {
    const scorecardVersionId = await getScorecardVersion(db);
    const scorecard = (await scorecardsOf(db, [scorecardVersionId])).get(scorecardVersionId)!;
    const policies = await listPolicies(db);
    const policiesById = new Map(policies.map((policy) => [policy.id, policy]));
    const policiesByCode = new Map(policies.map((policy) => [policy.code, policy]));
    const rulebook = { scorecard, policiesById, policiesByCode };
    return {
      now: options.now, project, truths, scorecardVersionId, rulebook,
      queuesById: new Map(project.queues.map((queue) => [stage.queues.get(`${project.code}/${queue.code}`)!, queue])),
      zonesByLabeler: byId(zoneOf),
      principalsByLabeler: byId(({ ref }) => (stage.accounts.has(ref) ? idOf(stage.accounts.get(ref)!) : null)),
      qaByVendor: new Map(staff.map(({ subject, vendor }) => [stage.vendors.get(vendor!)!, idOf(subject)])),
      leadId: idOf("qaLead"),
      auditorIds: ["auditor", "auditor2", ...MORE_AUDITORS.map(({ subject }) => subject)].map(idOf),
    };
  });
}

/**
 * Audits what was drawn in runs of a project; how many first audits. They are written in one go: 20,000 by single verbs would take minutes.
 */
export async function auditRuns(verb: Verb, options: DemoOptions, bench: Bench, told: Told, runs: readonly Run[]): Promise<number> {
  const { project, projectId } = told;
  return withRole(verb.db, WORKER, async (db) => {
    const drafts: Drafts = { audits: [], verdicts: [], doubles: [] };
    for (const { id, plan, toDay } of runs) {
      const random = randomOf(options.seed, "audits", project.code, plan, toDay);
      const drawnAt = startOf(project.timeZone, options.now, toDay);
      const drawn = await listDrawn(db, projectId, id);
      drawn.forEach((sample, index) => {
        const work = workOn(random, index / drawn.length, drawnAt, toDay === DAYS, options.now);
        if (work) draftAudit(bench, random, sample, work, drafts);
      });
    }
    if (drafts.audits.length > 0) await insertAudits(db, projectId, bench.scorecardVersionId, drafts);
    return drafts.audits.filter(({ role }) => role === "PRIMARY").length;
  });
}
