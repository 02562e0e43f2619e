import { setTimeout as sleep } from "node:timers/promises";
import { decisionId } from "../core/ids.ts";
import { SCOPES, SYSTEM_VIEWER } from "../core/viewer.ts";
import { identityOf, WORKER } from "../db/identity.ts";
import type { Db } from "../db/lease.ts";
import type { Pool } from "../db/pool.ts";
import { openRead, write } from "../db/session.ts";
import { keepPlans, refreshStatistics } from "../db/statistics.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { weeksOf } from "../decisions/rules.ts";
import { stopAudited } from "../sampling/schedules.service.ts";
import { makeRoom, recordDecisions } from "../decisions/service.ts";
import { recordGoldenItems } from "../golden/service.ts";
import { performVerb } from "../grants/perform.service.ts";
import { hashKey } from "../grants/rules.ts";
import { createApiClient } from "../clients/service.ts";
import { buildRollups } from "../rollups/service.ts";
import { holdCalibrations } from "../desk/calibrations.service.ts";
import { reportPeriods } from "../desk/periods.service.ts";
import { askAbout, deskOf } from "../desk/questions.service.ts";
import { setQualityTargets } from "../desk/targets.service.ts";
import { tellAppeals } from "../docket/appeals.service.ts";
import { tellEscalations } from "../docket/escalations.service.ts";
import { type DecisionPlan, decisionsOfDay, type GoldenPlan, makeGoldenItems } from "../story/decisions.rules.ts";
import { type LabelerPlan, makeLabelers } from "../story/labelers.rules.ts";
import { PRINCIPALS, PROJECTS } from "../story/organisation.rules.ts";
import { LOTS } from "../story/plans.rules.ts";
import { DAYS, DEGRADED, type DemoOptions, RUNS, startOf } from "../story/rules.ts";
import { isSameCall } from "../story/verdicts.rules.ts";
import { auditRuns, benchOf, drawDays, startSampling, type Told } from "./draws.service.ts";
import { inspectLots } from "./lots.service.ts";
import { setStage, type Stage } from "../cast/stage.service.ts";
import { findKeyOwners, findPrincipals, takeTurn } from "./store.ts";

export interface LoadOptions extends DemoOptions {
  /** Hears each step when it is done. */
  log: (step: string) => void;
}

const ADMIN = identityOf(SYSTEM_VIEWER);
const LOAD_TIMEOUT_MS = 120_000;
const TURN_MS = 200;
const TIMEOUT_MS = 5_000;
const DAY_MS = 86_400_000;

async function read<T>(pool: Pool, work: (db: Db) => Promise<T>): Promise<T> {
  const session = openRead(pool, ADMIN, { timeoutMs: TIMEOUT_MS });
  try {
    return await session.run(work);
  } finally {
    session.close();
  }
}

async function record(verb: Verb, told: Told, plans: readonly DecisionPlan[]): Promise<void> {
  const { project, truths } = told;
  const decisions = plans.map((plan) => ({
    vendorCode: plan.labeler.vendor, labelerRef: plan.labeler.ref, queueCode: plan.queue.code, policyCode: plan.call.policy, action: plan.call.action,
    externalRef: plan.externalRef, contentRef: plan.contentRef, language: project.language, tags: plan.tags, riskScore: plan.riskScore,
    enqueuedAt: plan.enqueuedAt, claimedAt: plan.claimedAt, decidedAt: plan.decidedAt,
  }));
  const { refusals } = await recordDecisions(verb, { projectCode: project.code, decisions, onError: "STOP" });
  if (refusals[0]) throw new Error(`the demo's own decision was refused: ${JSON.stringify(refusals[0])}`);
  for (const plan of plans.filter(({ call, truth }) => !isSameCall(call, truth))) {
    truths.set(decisionId(project.code, plan.labeler.vendor, plan.externalRef, plan.decidedAt), plan.truth);
  }
}

async function recordGolden(verb: Verb, { project }: Told, golden: readonly GoldenPlan[]): Promise<void> {
  const items = golden.map(({ contentRef, truth }, index) => {
    const rule = `${truth.policy}, rule ${1 + (index % 2)}`;
    return { contentRef, truthPolicyCode: truth.policy, truthAction: truth.action, source: "Expert panel", rule };
  });
  const { refusals } = await recordGoldenItems(verb, { projectCode: project.code, items, onError: "STOP" });
  if (refusals[0]) throw new Error(`the demo's own golden item was refused: ${JSON.stringify(refusals[0])}`);
}

async function tellProject(verb: Verb, options: LoadOptions, stage: Stage, told: Told, labelers: readonly LabelerPlan[]): Promise<void> {
  const { project } = told;
  const golden = project.queues.flatMap((queue) => makeGoldenItems(options.seed, project, queue));
  await recordGolden({ ...verb, now: startOf(project.timeZone, options.now, 0) }, told, golden);
  const worked: { run: (typeof RUNS)[number]; queues: Set<string> }[] = [];
  let count = 0;
  for (const run of RUNS) {
    const [from, to] = run;
    const days = Array.from({ length: to - from }, (_, index) => from + index);
    const plans = days.flatMap((day) => decisionsOfDay(options, project, day, labelers, golden));
    await record({ ...verb, now: startOf(project.timeZone, options.now, to) }, told, plans);
    worked.push({ run, queues: new Set(plans.map(({ queue }) => queue.code)) });
    count += plans.length;
  }
  await keepPlans(verb.db);
  for (const { run, queues } of worked) await drawDays(verb, options, stage, told, run, queues);
  const bench = await benchOf(verb, options, stage, told, labelers);
  const audits = await auditRuns(verb, options, bench, told, told.runs);
  if (project.code === LOTS.project) await inspectLots(verb, options, stage, bench, told);
  options.log(`demo: ${project.code}, ${count} decisions, ${audits} audits`);
}

async function talkAbout(verb: Verb, options: LoadOptions, stage: Stage, { project, projectId, truths }: Told): Promise<void> {
  const desk = await deskOf(verb, stage, project, projectId);
  await askAbout(verb, options, stage, desk);
  await holdCalibrations(verb, options, stage, desk, truths);
}

async function tellStory(verb: Verb, options: LoadOptions): Promise<void> {
  if ((await findPrincipals(verb.db)).size > 0) return;
  const labelers = makeLabelers(options.seed);
  const stage = await setStage(verb, options, labelers);
  options.log(`demo: ${stage.projects.size} projects, ${stage.queues.size} queues, ${labelers.length} labelers`);
  await setQualityTargets(verb, options, stage);
  for (const project of PROJECTS) {
    const told = await startSampling(verb, options, stage, project);
    await tellProject(verb, options, stage, told, labelers);
    if (project.code === DEGRADED.project) await talkAbout(verb, options, stage, told);
  }
  await tellAppeals(verb, options, stage);
  await tellEscalations(verb, options, stage);
  await reportPeriods(verb, options, stage);
  // Of runs that are done their clocks stop as of then.
  while ((await asSystem(verb, (db) => stopAudited(db, options.now))) > 0);
  options.log("demo: targets, questions, calibrations, appeals, escalations, closed periods");
}

// One transaction, as soon as no other load has one.
async function inTurn(pool: Pool, work: (db: Db) => Promise<void>): Promise<void> {
  const attempt = async (db: Db) => {
    const isMine = await takeTurn(db);
    if (isMine) await work(db);
    return isMine;
  };
  while (!(await write(pool, ADMIN, attempt, { timeoutMs: LOAD_TIMEOUT_MS }))) await sleep(TURN_MS);
}

/**
 * Loads the demo data, all of it in one transaction: a load that was interrupted has left nothing, and is simply begun again; one that is
 * there is left alone. Two processes that start together take turns. Who follows events sees the set-up, the imports and the draws, at
 * the times of the story.
 */
export async function loadDemo(pool: Pool, options: LoadOptions): Promise<void> {
  if ((await read(pool, findPrincipals)).size > 0) return;
  const verbOf = (db: Db): Verb => ({ db, viewer: SYSTEM_VIEWER, now: options.now });
  const days = Array.from({ length: DAYS + 2 }, (_, day) => startOf("UTC", options.now, day - 1));
  await inTurn(pool, (db) => makeRoom(verbOf(db), weeksOf(days)));
  await inTurn(pool, (db) => tellStory(verbOf(db), options));
  await write(pool, WORKER, refreshStatistics, { timeoutMs: LOAD_TIMEOUT_MS });
  await buildRollups((step) => write(pool, WORKER, step, { timeoutMs: LOAD_TIMEOUT_MS }));
}

/** Days that a token of the demo is good for; one that ends within the last of them is replaced. */
const TOKEN_DAYS = 90;
const SPARE_DAYS = 7;

/** A token for each of the demo's principals: the previous one as long as it stands, else a new API key. */
export async function demoTokens(pool: Pool, previous: Record<string, string> | null): Promise<Record<string, string>> {
  return performVerb(pool, SYSTEM_VIEWER, "demoTokens", {}, async (verb) => {
    const principals = await findPrincipals(verb.db);
    const hashes = Object.values(previous ?? {}).map(hashKey);
    const owners = await findKeyOwners(verb.db, hashes, new Date(verb.now.getTime() + SPARE_DAYS * DAY_MS));
    const tokens: Record<string, string> = {};
    for (const { subject, role } of PRINCIPALS) {
      const principalId = principals.get(subject)!;
      const kept = previous?.[subject];
      const isGood = kept !== undefined && owners.get(hashKey(kept)) === principalId;
      const expiresAt = new Date(verb.now.getTime() + TOKEN_DAYS * DAY_MS);
      const wanted = { principalId, name: "demo", scopes: role === "SERVICE" ? SCOPES : [], expiresAt };
      tokens[subject] = isGood ? kept : (await createApiClient(verb, wanted)).secret!;
    }
    return tokens;
  });
}
