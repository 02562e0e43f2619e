import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { type Day, dayOf } from "../core/time.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { LIMITS } from "../measures/definitions.rules.ts";
import { definitionOf, type Measure, MEASURE_NAMES } from "../measures/measures.rules.ts";
import { calendarOf } from "../projects/service.ts";
import { checkMarkets } from "../vendors/service.ts";
import { checkTarget } from "./rules.ts";
import { endOn, findMissing, insertTarget, listFrom, lockTarget, lockTargets, type MeasuredScope } from "./store.ts";

/** What setQualityTarget takes. */
export interface NewTarget extends MeasuredScope {
  value: number;
  nMin: number;
  validFrom: Day | null;
}

async function announce(verb: Verb, { projectId, id }: ProjectKey, vendorId: string | null, what: "set" | "ended", payload: Record<string, unknown>): Promise<void> {
  const audience = { isProjectVisible: vendorId === null, vendorId };
  await append(verb, [{ projectId, type: `quality_target.${what}`, subjectType: "QualityTarget", subjectId: id, payload, audience }]);
}

function checkMeasure(measure: string, value: number): void {
  if (!(MEASURE_NAMES as readonly string[]).includes(measure)) {
    throw new InvalidInput(`measure: "${measure}" is no measure; metricDefinitions has them all.`, ["measure"]);
  }
  const { unit } = definitionOf(measure as Measure);
  const { low, high } = LIMITS[unit];
  if (value >= low && value <= high) return;
  throw new InvalidInput(`value: ${value} is out of range; ${measure} is ${high === Infinity ? `${low} or more` : `${low} to ${high}`}.`, ["value"]);
}

/**
 * Sets what a measure should reach in a scope, from a day on. The one that held there until then ends on that day, and where another is to
 * follow later, this one holds until it does.
 */
export async function setQualityTarget(verb: Verb, target: NewTarget): Promise<ProjectKey> {
  const { projectId, measure, queueId, market, vendorId, tenureBucket, value, nMin } = target;
  checkMeasure(measure, value);
  checkTarget(nMin);
  const { timeZone } = await calendarOf(verb.db, projectId);
  const missing = await findMissing(verb.db, target);
  if (missing) throw new NotFound(`${missing}: there is no such ${missing === "queueId" ? "queue in the project" : "vendor"}.`, [missing]);
  await checkMarkets(verb.db, market === null ? [] : [market], () => ["market"]);
  const validFrom = target.validFrom ?? dayOf(verb.now, timeZone);
  await lockTargets(verb.db, projectId);
  const others = await listFrom(verb.db, target, validFrom);
  const former = others.find((other) => other.validFrom <= validFrom);
  if (former) await endOn(verb.db, former, validFrom, verb.now);
  const next = others.find((other) => other.validFrom > validFrom);
  const key = { projectId, id: newId(verb.now) };
  const scope = { measure, queueId, market, vendorId, tenureBucket };
  await insertTarget(verb.db, { ...key, ...scope, value, nMin, validFrom, validTo: next?.validFrom ?? null, setById: verb.viewer.principalId });
  await announce(verb, key, vendorId, "set", { measure, value, nMin, validFrom });
  return key;
}

/** Ends a target without another in its place, on a day that it has not held on for good. */
export async function endQualityTarget(verb: Verb, key: ProjectKey, on: Day | null, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  await lockTargets(verb.db, key.projectId);
  const target = await lockTarget(verb.db, key);
  if (!target) throw new NotFound("There is no such quality target.", ["id"]);
  checkVersion(target.version, expectedVersion);
  const { timeZone } = await calendarOf(verb.db, key.projectId);
  const validTo = on ?? dayOf(verb.now, timeZone);
  if (target.validTo !== null && target.validTo <= validTo) throw new Conflict(`id: the target has ended on ${target.validTo}; end it on an earlier day, if at all.`, ["id"]);
  if (validTo < target.validFrom) throw new InvalidInput(`validTo: ${validTo} is before validFrom ${target.validFrom}.`, ["validTo"]);
  await endOn(verb.db, key, validTo, verb.now);
  await announce(verb, key, target.vendorId, "ended", { measure: target.measure, validTo });
  return key;
}
