import { checkText } from "../core/checks.ts";
import { Conflict, Forbidden, InvalidInput, Refusal } from "../core/errors.ts";
import { encodeId, newId, type ProjectKey } from "../core/ids.ts";
import { dayOf } from "../core/time.ts";
import { SYSTEM_VIEWER } from "../core/viewer.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { Later, type Reads } from "../db/steps.ts";
import { asWorker, type Verb } from "../db/verb.ts";
import { escalationParts } from "../escalations/rules.ts";
import { escalationEvent, moveEscalation, takeEscalation, takeOpenEscalation } from "../escalations/service.ts";
import { append } from "../events/outbox.ts";
import { countFigures, openCounting } from "../insights/service.ts";
import { DEFAULT_PURPOSES } from "../measures/definitions.rules.ts";
import { estimator } from "../measures/estimates.rules.ts";
import { poolGroups } from "../measures/groups.rules.ts";
import type { Measure } from "../measures/measures.rules.ts";
import { type AskedFilter, checkAccess, checkShape, decodeFilter, reachOfQuery } from "../metrics/query.rules.ts";
import { calendarOf } from "../projects/service.ts";
import { EFFECTIVENESS_LEVEL } from "../stats/effectiveness.ts";
import { checkGoal, checkWindows, ERROR_RATES, extendedTo, judge, rateOf, settle, type Windows, windowEnd } from "./rules.ts";
import { actionEvent } from "./service.ts";
import { changeAll, changeCheck, type DueCheck, insertCheck, lockCheck, putOffDue } from "./store.ts";
import type { CheckedRate } from "./table.ts";

const CHOICE = { timeAxis: "DECIDED_AT", layer: "CLIENT", purposes: DEFAULT_PURPOSES, score: "CURRENT" } as const;

/** How it will be known whether a plan works. */
export interface NewCheck extends Windows {
  measure: Measure;
  filter: AskedFilter;
  target: number;
  nMin: number;
}

function checkMeasure(verb: Verb, { measure, filter: asked }: NewCheck, projectId: string): void {
  if (!ERROR_RATES.includes(measure)) throw new InvalidInput(`measure: ${measure} is no rate of errors; take one of ${ERROR_RATES.join(", ")}.`, ["measure"]);
  const filter = decodeFilter(asked, ["filter"]);
  checkShape([measure], [], CHOICE.timeAxis, filter);
  checkAccess(verb.viewer, [measure], [], filter, CHOICE);
  reachOfQuery(verb.viewer, [projectId], filter);
}

/**
 * Says for an escalation's cycle how it will be known whether what is planned works, in the place of what was said before: the error rate,
 * where, and in which windows of the project's calendar. Once the plan is approved, it stands.
 */
export async function planEffectivenessCheck(verb: Verb, key: ProjectKey, given: NewCheck, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const escalation = await takeOpenEscalation(verb, key);
  const parts = escalationParts(verb.viewer, escalation);
  if (!parts.has("QA_LEAD") && !parts.has("OWNER")) throw new Forbidden("planEffectivenessCheck is for the escalation's owner and QA_LEAD.");
  const { projectId, id: escalationId, cycle } = escalation;
  const { timeZone } = await calendarOf(verb.db, projectId);
  checkWindows(given, dayOf(verb.now, timeZone));
  checkGoal(given.target, given.nMin);
  checkMeasure(verb, given, projectId);
  const known = await lockCheck(verb.db, key, cycle);
  if (known) checkVersion(known.version, expectedVersion);
  if (known?.lockedAt) throw new Conflict("planEffectivenessCheck: the plan is approved; how it is checked stands.", ["escalationId"]);
  const { measure, filter, target, nMin, baselineFrom, baselineTo, checkFrom, checkTo } = given;
  const row = { measure, filter: { ...filter }, target, nMin, baselineFrom, baselineTo, checkFrom, checkTo };
  const id = known?.id ?? newId(verb.now);
  if (known) await changeCheck(verb.db, known, row, verb.now);
  else await insertCheck(verb.db, { ...row, projectId, id, escalationId, cycle, createdAt: verb.now, updatedAt: verb.now });
  const payload = { measure, target, nMin, baselineFrom, baselineTo, checkFrom, checkTo };
  await append(verb, [escalationEvent(escalation, "planEffectivenessCheck", null, null, { payload })]);
  return { projectId, id };
}

/** Closes a SEV3 or SEV4 without its check. */
export async function waiveEffectiveness(verb: Verb, key: ProjectKey, given: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row, to } = await takeEscalation(verb, key, "waiveEffectiveness", expectedVersion);
  return moveEscalation(verb, row, to!, { closeReason: "WAIVED" }, { reason: checkText(given, ["reason"]), payload: { closeReason: "WAIVED" } });
}

// The error rate of a window, of everybody's rows, about the process that made them.
async function rateIn(db: Db, { projectId, timeZone, check }: DueCheck, from: string, to: string): Promise<CheckedRate> {
  const query = {
    projects: [encodeId("Project", { projectId: null, id: projectId })], filter: decodeFilter(check.filter, ["filter"]), range: { from, to, timeZone },
    asOf: null, includeProcessErrors: false, choice: CHOICE, measures: [check.measure as Measure], groupBy: [], basis: "PROCESS",
  } as const;
  const { counts, plan } = await countFigures(db, SYSTEM_VIEWER, query, await openCounting(db, SYSTEM_VIEWER, query));
  const [value] = estimator({ ...plan, level: EFFECTIVENESS_LEVEL })(poolGroups(counts, null));
  return rateOf(value!);
}

async function judgeDue(reads: Reads, due: DueCheck) {
  const { baselineFrom, baselineTo, checkFrom, checkTo } = due.check;
  return reads(async (db) => {
    const baseline = await rateIn(db, due, baselineFrom, baselineTo);
    return judge(baseline, await rateIn(db, due, checkFrom, checkTo), due.check);
  });
}

// Writes what came of a check, unless its escalation has moved on meanwhile.
async function record(verb: Verb, due: DueCheck, { verdict, figures }: Awaited<ReturnType<typeof judgeDue>>): Promise<void> {
  const { projectId, escalationId, version, isExtended, checkFrom, checkTo, cycle } = due.check;
  const { row } = await takeEscalation(verb, { projectId, id: escalationId }, "recordEffectiveness", null);
  const check = await lockCheck(verb.db, row, row.cycle);
  if (check?.version !== version) return;
  const { result, outcome } = settle(verdict, isExtended);
  const found = { result, figures, computedAt: verb.now, dueAt: null };
  const payload = { result, verdict, cycle };
  if (outcome === "EXTEND") {
    const later = extendedTo({ checkFrom, checkTo });
    const dueAt = windowEnd({ checkTo: later }, due.timeZone);
    await changeCheck(verb.db, check, { ...found, dueAt, checkTo: later, isExtended: true }, verb.now);
    const told = { payload: { ...payload, checkTo: later, checkDueAt: dueAt.toISOString() } };
    await append(verb, [escalationEvent(row, "recordEffectiveness", null, null, told)]);
    return;
  }
  await changeCheck(verb.db, check, found, verb.now);
  if (outcome === "INVESTIGATE") {
    await moveEscalation(verb, row, "INVESTIGATING", { cycle: row.cycle + 1 }, { payload });
    return;
  }
  const verified = await changeAll(verb.db, row, "DONE", null, { state: "VERIFIED", verifiedAt: verb.now }, verb.now);
  await append(verb, verified.map((action) => actionEvent(row, action, "DONE", "VERIFIED")));
  await moveEscalation(verb, row, "CLOSED", { closeReason: "EFFECTIVE" }, { payload: { ...payload, closeReason: "EFFECTIVE" } });
}

const RETRY_MS = 10 * 60_000;

/**
 * Finds out, as the system, whether what was done about the escalation that is due the longest works: 1, or 0 if none is due. The figures are
 * computed between two short transactions; one that fails is tried again ten minutes later, and keeps no other waiting.
 */
export async function recordEffectiveness(db: Db, now: Date): Promise<number | Later<Db, number>> {
  const due = await putOffDue(db, now, new Date(now.getTime() + RETRY_MS));
  if (!due) return 0;
  return new Later(async (reads) => {
    const judged = await judgeDue(reads, due);
    return async (last: Db) => {
      await record(asWorker(last, now), due, judged).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
      });
      return 1;
    };
  });
}
