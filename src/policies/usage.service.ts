import { Forbidden } from "../core/errors.ts";
import type { Db } from "../db/lease.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { NO_VIOLATION_ID } from "./rules.ts";
import { linkPolicies, listUsedPolicies } from "./store.ts";

/** Which policies a policy manager has a say in: those that a project of theirs uses, but not NV, which is everybody's. */
export async function areManaged(db: Db, ids: readonly string[]): Promise<boolean[]> {
  const used = await listUsedPolicies(db, ids);
  return ids.map((id) => id !== NO_VIOLATION_ID && used.has(id));
}

/** Refuses a policy manager the first of these policies that is not theirs to change; administrators may change all. */
export async function checkManaged(verb: Verb, ids: readonly string[], pathOf: (index: number) => string[]): Promise<void> {
  if (verb.viewer.role === "ADMIN") return;
  const index = (await areManaged(verb.db, ids)).indexOf(false);
  if (index >= 0) throw new Forbidden("Only policies that a project of yours uses are yours to change, and never NV.", pathOf(index));
}

/** Links policies to a project, and NV with them: every project can say that nothing was broken. How many it did not use before. */
export async function usePolicies(verb: Verb, projectId: string, policyIds: readonly string[]): Promise<number> {
  const added = await linkPolicies(verb.db, projectId, [NO_VIOLATION_ID, ...policyIds]);
  const subject = { projectId, subjectType: "Project", subjectId: projectId, audience: { isProjectVisible: true } };
  if (added.length > 0) await append(verb, [{ ...subject, type: "project.policies_added", payload: { policyIds: added } }]);
  return added.length;
}
