import { checkText } from "../core/checks.ts";
import { NotFound } from "../core/errors.ts";
import { newId, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { checkPoints } from "./rules.ts";
import { changeBudget, insertBudget, isPrincipal, lockBudget } from "./store.ts";

/** Type of the subjects of a budget's events, by which processes hear that what they know of it has changed. */
export const BUDGET = "Budget";

export interface SetBudgetInput {
  principalId: string;
  /** Null: what everybody has. */
  pointsPerMinute?: number | null;
  reason: string;
  expectedVersion?: ExpectedVersion;
}

/** Says what a principal may spend a minute, or that it is what everybody may. Every process goes by it from its next lease, at once where it hears of it. */
export async function setBudget(verb: Verb, { principalId, pointsPerMinute = null, reason, expectedVersion }: SetBudgetInput): Promise<{ id: string }> {
  const changes = { pointsPerMinute: pointsPerMinute === null ? null : checkPoints(pointsPerMinute), reason: checkText(reason, ["reason"]) };
  if (!(await isPrincipal(verb.db, principalId))) throw new NotFound("There is no such principal.", ["principalId"]);
  const standing = await lockBudget(verb.db, principalId);
  const id = standing?.id ?? newId(verb.now);
  if (standing) await changeBudget(verb.db, id, expectedVersion, changes, verb.now);
  else {
    // What was never set is at no version.
    checkVersion(0, expectedVersion);
    await insertBudget(verb.db, { id, principalId, ...changes });
  }
  const payload = { principalId, pointsPerMinute };
  await append(verb, [{ projectId: SYSTEM_PROJECT_ID, type: "budget.set", subjectType: BUDGET, subjectId: id, reason: changes.reason, payload, audience: {} }]);
  return { id };
}
