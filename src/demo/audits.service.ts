import { newId } from "../core/ids.ts";
import { WORKER } from "../db/identity.ts";
import { withRole } from "../db/session.ts";
import type { Verb } from "../db/verb.ts";
import { createSamplingPlan, movePlan } from "../plans/service.ts";
import { drawSamples } from "../sampling/draws.service.ts";
import { pick, randomOf } from "../stats/random.ts";
import { errorTypeOf, judgementOf } from "../verdicts/rules.ts";
import { MORE_AUDITORS, type ProjectPlan } from "./organisation.rules.ts";
import { type Call, isViolating } from "./policies.rules.ts";
import { auditTimes, DAYS, type DemoOptions, SAMPLING_RATE, startOf, TECHNICAL_RATE } from "./rules.ts";
import { actAs, leadOf, type Stage } from "./stage.service.ts";
import { type AuditDraft, type Drawn, getScorecardVersion, insertAudits, listDrawn } from "./store.ts";

/** A project whose history is being told. */
export interface Told {
  project: ProjectPlan;
  projectId: string;
  planId: string;
  /** By decision, what the mistaken ones should have been. */
  truths: Map<string, Call>;
  runs: { id: string; toDay: number }[];
}

/** Gives a project its plan: a fifth of everything, blind, for the client's auditors. */
export async function startSampling(verb: Verb, options: DemoOptions, stage: Stage, project: ProjectPlan): Promise<Told> {
  const projectId = stage.projects.get(project.code)!;
  const plan = {
    projectId, name: "A fifth of everything", layer: "CLIENT" as const, purpose: "RANDOM" as const, frame: {}, frameCovers: "ALL" as const,
    rate: SAMPLING_RATE, size: null, isBlind: true,
  };
  const planId = await actAs(verb, leadOf(stage), startOf(project.timeZone, options.now, 0), async (lead) => {
    const key = await createSamplingPlan(lead, plan);
    await movePlan(lead, key, "activateSamplingPlan", null);
    return key.id;
  });
  return { project, projectId, planId, truths: new Map(), runs: [] };
}

/** Everything that is needed to judge a sample. */
interface Bench {
  stage: Stage;
  policyCodes: ReadonlyMap<string, string>;
  auditorIds: readonly string[];
}

function benchOf(stage: Stage): Bench {
  const policyCodes = new Map([...stage.policies].map(([code, id]) => [id, code]));
  const auditorIds = ["auditor", "auditor2", ...MORE_AUDITORS.map(({ subject }) => subject)].map((subject) => stage.principals.get(subject)!);
  return { stage, policyCodes, auditorIds };
}

// What the verbs would have made of the auditor's truth: outcome, error type and attribution by the audits' own rules.
function judge({ stage, policyCodes }: Bench, { policyId, action }: Drawn, truth: Call | undefined, isTechnicalFailure: boolean) {
  const labeled = { policyId, isViolating: isViolating(policyCodes.get(policyId)!), action };
  const right = truth ? { policyId: stage.policies.get(truth.policy)!, isViolating: isViolating(truth.policy), action: truth.action } : labeled;
  const { outcome, errorType, attribution } = judgementOf(errorTypeOf(labeled, right, isTechnicalFailure), false);
  return { outcome, errorType, attribution, truthPolicyId: right.policyId, truthAction: right.action };
}

function auditRun(options: DemoOptions, bench: Bench, told: Told, drawn: readonly Drawn[], toDay: number): AuditDraft[] {
  const random = randomOf(options.seed, "audits", told.project.code, toDay);
  const drawnAt = startOf(told.project.timeZone, options.now, toDay);
  return drawn.flatMap((sample, index) => {
    const isTechnicalFailure = random() < TECHNICAL_RATE;
    const auditorId = pick(random, bench.auditorIds);
    const times = auditTimes(random, index / drawn.length, drawnAt, toDay === DAYS, options.now);
    if (!times) return [];
    const judgement = judge(bench, sample, told.truths.get(sample.decisionId), isTechnicalFailure);
    const { id: sampleId, policyVersionId } = sample;
    return [{ sampleId, policyVersionId, auditId: newId(times.claimedAt), verdictId: newId(times.revealedAt), auditorId, ...judgement, ...times }];
  });
}

/** Draws from days of a project as if they were just over, with a seed of the story's own; the product's verb does it. */
export async function drawDays(verb: Verb, options: DemoOptions, stage: Stage, told: Told, fromDay: number, toDay: number): Promise<void> {
  const { project, projectId, planId } = told;
  const [from, to] = [fromDay, toDay].map((day) => startOf(project.timeZone, options.now, day)) as [Date, Date];
  const request = { windowFrom: from, windowTo: to, seed: `${options.seed}-${project.code}-${fromDay}` };
  const run = await actAs(verb, leadOf(stage), to, (lead) => drawSamples(lead, { projectId, id: planId }, request));
  told.runs.push({ id: run.id, toDay });
}

/** Audits what was drawn in a project; how many audits. They are written in one go: 20,000 by single verbs would take minutes. */
export async function auditDrawn(verb: Verb, options: DemoOptions, stage: Stage, told: Told): Promise<number> {
  const { projectId } = told;
  const bench = benchOf(stage);
  return withRole(verb.db, WORKER, async (db) => {
    const drafts: AuditDraft[] = [];
    for (const run of told.runs) drafts.push(...auditRun(options, bench, told, await listDrawn(db, projectId, run.id), run.toDay));
    if (drafts.length > 0) await insertAudits(db, projectId, await getScorecardVersion(db), drafts);
    return drafts.length;
  });
}
