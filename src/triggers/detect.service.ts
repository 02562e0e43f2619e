import type { Db } from "../db/lease.ts";
import { findGoldenStreaks, findOffTarget, findOverturnSpikes, findPolicyJumps, findSignals } from "./figures.service.ts";
import { listCriticalErrors, listPassedClocks, listRejectedLots, listRepeats } from "./happenings.store.ts";
import type { Trigger } from "./parameters.rules.ts";
import type { Look, Sighting, Watching } from "./rules.ts";

const BREACH_PERCENT = 100;

const DETECTORS: Readonly<Partial<Record<Trigger, (db: Db, rule: Watching, look: Look) => Promise<Sighting[]>>>> = {
  METRIC_OFF_TARGET: findOffTarget,
  AGREEMENT_LOW: findOffTarget,
  SPC_SIGNAL: findSignals,
  OVERTURN_SPIKE: findOverturnSpikes,
  GOLDEN_STREAK: findGoldenStreaks,
  POLICY_CHANGE_JUMP: findPolicyJumps,
  CRITICAL_ERROR: listCriticalErrors,
  REPEAT_ERROR: listRepeats,
  LOT_REJECTED: listRejectedLots,
  SLA_FORECAST: (db, rule, look) => listPassedClocks(db, rule, look, rule.parameters.percent!),
  SLA_BREACH: (db, rule, look) => listPassedClocks(db, rule, look, BREACH_PERCENT),
};

/** What a rule sees in a stretch of a project's life; nothing where its trigger is raised by no rule. */
export async function detect(db: Db, rule: Watching, look: Look): Promise<Sighting[]> {
  return (await DETECTORS[rule.trigger]?.(db, rule, look)) ?? [];
}
