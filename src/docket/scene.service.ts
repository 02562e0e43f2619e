import { type NewCheck, planEffectivenessCheck } from "../actions/effectiveness.service.ts";
import type { NewAction } from "../actions/rules.ts";
import { actAs, personOf, type Stage } from "../cast/stage.service.ts";
import { encodeId, type ProjectKey } from "../core/ids.ts";
import type { Verb } from "../db/verb.ts";
import { timeOn } from "../desk/questions.service.ts";
import { writeRca } from "../rcas/service.ts";
import { openEscalation } from "../signals/opening.service.ts";
import type { Linked } from "../signals/rules.ts";
import { PROJECTS, type ProjectPlan } from "../story/organisation.rules.ts";
import { dateOf, type DemoOptions } from "../story/rules.ts";
import type { ActionPlan, AnalysisPlan, CheckPlan, OpeningPlan } from "./escalations.rules.ts";
import { listRootCauses } from "./store.ts";

/** A project in which an escalation is told. */
export interface Scene {
  verb: Verb;
  options: DemoOptions;
  stage: Stage;
  project: ProjectPlan;
  projectId: string;
}

/** The scene of a project, by its code. */
export function sceneOf(verb: Verb, options: DemoOptions, stage: Stage, code: string): Scene {
  return { verb, options, stage, project: PROJECTS.find((project) => project.code === code)!, projectId: stage.projects.get(code)! };
}

/** Has one of the people do something at a time of the story, of whose days it may be a part. */
export function act<T>({ verb, options, stage, project }: Scene, subject: string, day: number, work: (verb: Verb) => Promise<T>): Promise<T> {
  return actAs(verb, personOf(stage, subject), timeOn({ project }, options, day), work);
}

/** The id of a queue of the project, by its code. */
export function queueOf({ stage, project }: Scene, code: string): string {
  return stage.queues.get(`${project.code}/${code}`)!;
}

/** Opens what somebody has seen; of a vendor, if it concerns one. */
export async function open(
  scene: Scene, verb: Verb, { title, kind, severity, description, queue }: OpeningPlan, vendorId: string | null = null, evidence: readonly Linked[] = [],
): Promise<ProjectKey> {
  const what = { title, kind, severity, description, vendorId, evidence };
  return openEscalation(verb, { ...what, projectId: scene.projectId, queueIds: [queueOf(scene, queue)], isShared: false });
}

/** Writes an analysis; the owners of its causes by their ids. */
export async function analyse({ stage }: Scene, verb: Verb, key: ProjectKey, { causes, ...plan }: AnalysisPlan): Promise<ProjectKey> {
  const owned = causes.map(({ owner, ...cause }) => ({ ...cause, ownerId: owner && stage.principals.get(owner)! }));
  return writeRca(verb, key, { ...plan, causes: owned }, null);
}

/** Actions as somebody proposes them, against the root causes of an analysis that they see. */
export async function actionsOf({ options, stage, project }: Scene, { db }: Verb, plans: readonly ActionPlan[], rca: ProjectKey | null): Promise<NewAction[]> {
  const causes = rca ? await listRootCauses(db, rca) : [];
  return plans.map(({ owner, dueOnDay, cause, ...plan }) => ({
    ...plan, ownerId: stage.principals.get(owner)!, dueAt: timeOn({ project }, options, dueOnDay), causeId: cause === null ? null : causes[cause]!,
  }));
}

/** Says how it will be known whether a plan works: by the share of errors of a queue. */
export async function planCheck(scene: Scene, verb: Verb, key: ProjectKey, queue: string, plan: CheckPlan): Promise<void> {
  const { options, project, projectId } = scene;
  const { baseline, check, target, nMin } = plan;
  const on = (day: number) => dateOf(project.timeZone, options.now, day);
  const filter = { queueIds: [encodeId("Queue", { projectId, id: queueOf(scene, queue) })] };
  const windows = { baselineFrom: on(baseline[0]), baselineTo: on(baseline[1]), checkFrom: on(check[0]), checkTo: on(check[1]) };
  const given: NewCheck = { measure: "ERROR_RATE", filter, target, nMin, ...windows };
  await planEffectivenessCheck(verb, key, given, null);
}
