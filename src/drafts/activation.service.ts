import type { Db } from "../db/lease.ts";
import { asWorker, type Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { versionEvent } from "../policies/service.ts";
import { activateEarliest, lockDue } from "./store.ts";

/** As the system, in policies that are held: what is due there takes effect in place of what was in force. How many did. */
export async function activateDue(verb: Verb, policyIds: readonly string[]): Promise<number> {
  const { superseded, effective } = await activateEarliest(verb.db, policyIds, verb.now);
  await append(verb, [
    ...superseded.map((id) => versionEvent(id, "EFFECTIVE", "SUPERSEDED")),
    ...effective.map((id) => versionEvent(id, "SCHEDULED", "EFFECTIVE")),
  ]);
  return effective.length;
}

const BATCH = 200;

/** Puts versions in force whose time has come, the earliest of each policy and market at a time: how many. Call again until it answers 0. */
export async function activatePolicyVersions(db: Db, now: Date): Promise<number> {
  const policyIds = await lockDue(db, now, BATCH);
  return policyIds.length === 0 ? 0 : activateDue(asWorker(db, now), policyIds);
}
