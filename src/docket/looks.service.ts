import type { ProjectKey } from "../core/ids.ts";
import { WORKER } from "../db/identity.ts";
import type { Db } from "../db/lease.ts";
import { withRole } from "../db/session.ts";
import { inSteps } from "../db/steps.ts";
import { readsIn } from "../desk/periods.service.ts";
import { timeOn } from "../desk/questions.service.ts";
import { createEscalationRule, evaluateRules } from "../triggers/service.ts";
import type { RulePlan } from "./escalations.rules.ts";
import { act, queueOf, type Scene } from "./scene.service.ts";
import { findRaisedBy } from "./store.ts";

/** Sets a rule of a project as its lead. */
export async function setRule(scene: Scene, day: number, { queue, ...rule }: RulePlan): Promise<ProjectKey> {
  const where = { queueIds: queue === null ? [] : [queueOf(scene, queue)], market: null, vendorId: null, policyId: null };
  return act(scene, "qaLead", day, (lead) => createEscalationRule(lead, scene.projectId, { ...rule, ...where }));
}

/** Has all rules that rest look at a time of the story; what this one has raised that nobody has looked at, or null. */
export async function lookBy({ verb, options, project }: Scene, rule: ProjectKey, day: number): Promise<ProjectKey | null> {
  const at = timeOn({ project }, options, day);
  const transact = <T>(work: (db: Db) => Promise<T>) => withRole(verb.db, WORKER, work);
  while ((await inSteps<Db, number>(transact, readsIn(verb.db), (db) => evaluateRules(db, at))) > 0);
  return transact((db) => findRaisedBy(db, rule));
}
