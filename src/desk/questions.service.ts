import { actAs, personOf, type Stage } from "../cast/stage.service.ts";
import type { ProjectKey } from "../core/ids.ts";
import { WORKER } from "../db/identity.ts";
import { withRole } from "../db/session.ts";
import type { Verb } from "../db/verb.ts";
import {
  answerQuestion, askQuestion, assignQuestion, closeQuestion, confirmGap, linkUpdate, publishClarification, reopenQuestion,
} from "../questions/service.ts";
import { hoursAfter } from "../story/audits.rules.ts";
import type { ProjectPlan } from "../story/organisation.rules.ts";
import { UPDATED_POLICY } from "../story/policies.rules.ts";
import { type DemoOptions, startOf, UPDATED_ON_DAY } from "../story/rules.ts";
import { QUESTIONS, type QuestionStep } from "./questions.rules.ts";
import { getNewVersion } from "./store.ts";

/** A project where something is asked, about a policy whose newest version this is. */
export interface Desk {
  project: ProjectPlan;
  projectId: string;
  policyId: string;
  versionId: string;
}

/** Where a project asks about the policy that changes mid-way. */
export async function deskOf(verb: Verb, stage: Stage, project: ProjectPlan, projectId: string): Promise<Desk> {
  const policyId = stage.policies.get(UPDATED_POLICY)!;
  return { project, projectId, policyId, versionId: await withRole(verb.db, WORKER, (db) => getNewVersion(db, policyId)) };
}

/** The time of a day of the story, of which it may be a part, in the project's zone. */
export function timeOn({ project }: Pick<Desk, "project">, { now }: DemoOptions, day: number): Date {
  return hoursAfter(startOf(project.timeZone, now, Math.floor(day)), (day % 1) * 24);
}

function stepOn(verb: Verb, key: ProjectKey, step: QuestionStep, versionId: string): Promise<ProjectKey> {
  switch (step.verb) {
    case "assign": return assignQuestion(verb, key, null, null);
    case "answer": return answerQuestion(verb, key, step.text, null);
    case "clarify": return publishClarification(verb, key, step.text, null);
    case "confirmGap": return confirmGap(verb, key, step.text, null);
    case "link": return linkUpdate(verb, key, versionId, null);
    case "reopen": return reopenQuestion(verb, key, step.text, null);
    case "close": return closeQuestion(verb, key, null);
  }
}

/** Takes a question through its steps, each at its time and by whom the story says, with the product's verbs. */
export async function takeSteps(
  verb: Verb, options: DemoOptions, stage: Stage, desk: Desk, key: ProjectKey, steps: readonly QuestionStep[],
): Promise<void> {
  for (const step of steps) {
    await actAs(verb, personOf(stage, step.by), timeOn(desk, options, step.onDay), (person) => stepOn(person, key, step, desk.versionId));
  }
}

/** Asks what the story asks about the policy, and answers most of it. */
export async function askAbout(verb: Verb, options: DemoOptions, stage: Stage, desk: Desk): Promise<void> {
  const { project, projectId, policyId, versionId } = desk;
  for (const { askedBy, onDay, title, question, steps } of QUESTIONS) {
    const subject = { projectId, policyId, market: project.market, policyVersionId: onDay < UPDATED_ON_DAY ? null : versionId };
    const key = await actAs(verb, personOf(stage, askedBy), timeOn(desk, options, onDay), (asker) => askQuestion(asker, { ...subject, title, question }));
    await takeSteps(verb, options, stage, desk, key, steps);
  }
}
