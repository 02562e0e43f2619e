import { encodeId } from "../core/ids.ts";
import { addDays, type Day, dayOf } from "../core/time.ts";
import { SYSTEM_VIEWER } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import { drawChart } from "../charts/control.rules.ts";
import type { Scope } from "../signals/rules.ts";
import { countedOf, errorsIn, sizeOf } from "../insights/rules.ts";
import { countFigures, openCounting } from "../insights/service.ts";
import { measureImpact } from "../insights/impact.service.ts";
import { DEFAULT_PURPOSES } from "../measures/definitions.rules.ts";
import { formGroups, readQueueKey } from "../measures/groups.rules.ts";
import { definitionOf, type Measure } from "../measures/measures.rules.ts";
import type { Dimension } from "../reach/table.ts";
import { type FigureQuery, measureQuality } from "../metrics/service.ts";
import { calendarOf } from "../projects/service.ts";
import { wilson } from "../stats/proportions.ts";
import {
  countRulings, listCriticalErrors, listGoldenAnswers, listNewVersions, listPassedClocks, listRejectedLots, listRepeats,
} from "./happenings.store.ts";
import type { Trigger } from "./parameters.rules.ts";
import { type Look, misses, type Sighting, streakOf, type Watching } from "./rules.ts";

const DAY_MS = 86_400_000;
const MOST_GROUPS = 10_000;
// No chart is drawn otherwise than its defaults say.
const CHART = { kind: null, lambda: 0.2, width: 2.86, k: 0.5, h: 5 } as const;

const daysBefore = (time: Date, days: number) => new Date(time.getTime() - days * DAY_MS);
const dimensions = ({ parameters: { watchedBy } }: Watching): Dimension[] => (watchedBy === "PROJECT" ? [] : [watchedBy!]);

// What figures of a rule are asked by: so many of the project's days, the last being the one of the moment.
async function askedOf(db: Db, { projectId, queueIds, market, vendorId, policyId, parameters }: Watching, until: Date): Promise<FigureQuery & { today: Day }> {
  const { timeZone } = await calendarOf(db, projectId);
  const today = dayOf(new Date(until.getTime() - 1), timeZone);
  return {
    today,
    projects: [encodeId("Project", { projectId: null, id: projectId })],
    filter: {
      queueIds: queueIds.length > 0 ? queueIds.map((id) => ({ projectId, id })) : null,
      markets: market === null ? null : [market], vendorIds: vendorId === null ? null : [vendorId], policyIds: policyId === null ? null : [policyId],
    },
    range: { from: addDays(today, 1 - parameters.days!), to: addDays(today, 1), timeZone },
    asOf: null, includeProcessErrors: false,
    choice: { timeAxis: "DECIDED_AT", layer: "CLIENT", purposes: DEFAULT_PURPOSES, score: "CURRENT" },
  };
}

// Where a group of what the rule watches lies.
function scopeOf({ parameters: { watchedBy }, vendorId, queueIds, market, policyId }: Watching, key: string | null): Scope {
  const own = { vendorId, queueIds, market, policyId };
  if (watchedBy === "QUEUE") return { ...own, queueIds: [key!.includes(":") ? readQueueKey(key!).id : key!] };
  if (watchedBy === "MARKET") return { ...own, market: key };
  return watchedBy === "VENDOR" ? { ...own, vendorId: key } : own;
}

// Groups whose figure misses its threshold, or the quality target that holds there, with the whole interval.
async function findOffTarget(db: Db, rule: Watching, { until }: Look): Promise<Sighting[]> {
  const { measure, threshold, nMin } = rule.parameters as { measure: Measure; threshold?: number | null; nMin: number };
  const { today: _, ...asked } = await askedOf(db, rule, until);
  const groupBy = dimensions(rule);
  const page = { orderBy: [], totals: false, first: MOST_GROUPS, after: null, basis: "PROCESS" as const };
  const answer = await measureQuality(db, SYSTEM_VIEWER, { ...asked, ...page, measures: [measure], groupBy });
  const isHigherBetter = definitionOf(measure).direction === "HIGHER_IS_BETTER";
  return answer.page.rows.flatMap(({ keys, values: [figure] }) => {
    const { value, interval, n, target } = figure!;
    const goal = threshold ?? target?.value ?? null;
    if (goal === null || n === null || n < nMin || !misses(interval, goal, isHigherBetter)) return [];
    const { low, high } = interval!;
    return [{ scope: scopeOf(rule, keys[0] ?? null), measure, value, low, high, n, threshold: goal, details: { from: asked.range.from, to: asked.range.to } }];
  });
}

// Groups whose newest day, today or the one before, is out of control on the bad side, against what the days before were like.
async function findSignals(db: Db, rule: Watching, { until }: Look): Promise<Sighting[]> {
  const { today, ...asked } = await askedOf(db, rule, until);
  const groupBy: Dimension[] = [...dimensions(rule), "DAY"];
  const counting = { ...asked, measures: ["ERROR_RATE"] as const, groupBy, basis: "PROCESS" as const };
  const { counts, plan } = await countFigures(db, SYSTEM_VIEWER, counting, await openCounting(db, SYSTEM_VIEWER, counting));
  const series = new Map<string | null, { from: Day; n: number; x: number }[]>();
  for (const { keys, audits } of formGroups(counts, groupBy, null)) {
    const counted = countedOf(audits, plan);
    const key = keys.length > 1 ? keys[0]! : null;
    if (sizeOf(counted) > 0) series.set(key, [...(series.get(key) ?? []), { from: keys.at(-1)!, n: sizeOf(counted), x: errorsIn(counted) }]);
  }
  return [...series].flatMap(([key, days]) => {
    const sorted = days.sort((a, b) => (a.from < b.from ? -1 : 1));
    const newest = sorted.at(-1)!;
    if (newest.n < rule.parameters.nMin! || newest.from < addDays(today, -1) || sorted.length < 3) return [];
    const chart = drawChart(sorted, sorted.slice(0, -1), CHART);
    const point = chart.points.at(-1);
    if (!point || point.signals.length === 0 || newest.x / newest.n <= chart.center!) return [];
    const details = { day: newest.from, rules: point.signals, chart: chart.kind };
    return [{ scope: scopeOf(rule, key), measure: "ERROR_RATE", value: newest.x / newest.n, high: point.high, low: point.low, n: newest.n, threshold: chart.center, details }];
  });
}

// Groups in which more rulings than usual overturn the audit: Wilson's lower bound is over the threshold.
async function findOverturnSpikes(db: Db, rule: Watching, { until }: Look): Promise<Sighting[]> {
  const { days, nMin, threshold } = rule.parameters;
  const groups = await countRulings(db, rule, { since: daysBefore(until, days!), until });
  return groups.flatMap(({ key, n, overturned }) => {
    const interval = n === 0 ? null : wilson(overturned / n, n);
    if (n < nMin! || !misses(interval, threshold!, false)) return [];
    return [{ scope: scopeOf(rule, key), measure: "OVERTURN_RATE", value: overturned / n, ...interval!, n, threshold: threshold!, details: { days, overturned } }];
  });
}

// Labelers whose newest answers on golden items are all wrong, so many in a row.
async function findGoldenStreaks(db: Db, rule: Watching, { until }: Look): Promise<Sighting[]> {
  const { count, days } = rule.parameters;
  const answers = await listGoldenAnswers(db, rule, { since: daysBefore(until, days!), until }, { least: count!, most: count! * 3 });
  return answers.flatMap(({ labelerId, vendorId, queueId, hits }) => {
    const n = streakOf(hits);
    return n < count! ? [] : [{ scope: { vendorId, queueIds: [queueId] }, of: labelerId, n, threshold: count!, details: { labelerId } }];
  });
}

// Policy versions after which error rates of what concerns the policy rose significantly.
async function findPolicyJumps(db: Db, rule: Watching, { until }: Look): Promise<Sighting[]> {
  const { days, nMin } = rule.parameters;
  const { today: _, ...asked } = await askedOf(db, rule, until);
  const found: Sighting[] = [];
  for (const { id, policyId, market } of await listNewVersions(db, rule, { since: daysBefore(until, days!), until })) {
    const { policy } = await measureImpact(db, SYSTEM_VIEWER, { ...asked, versionId: id, days: days!, basis: "PROCESS" });
    const isJump = policy.isSignificant && policy.difference! > 0 && policy.before.n! >= nMin! && policy.after.n! >= nMin!;
    if (!isJump) continue;
    const { low, high } = policy.interval!;
    const details = { before: policy.before.value, after: policy.after.value, difference: policy.difference };
    const scope = { ...scopeOf({ ...rule, parameters: { watchedBy: "PROJECT" } }, null), policyId, policyVersionId: id, market };
    found.push({ scope, measure: "ERROR_RATE", value: policy.difference, low, high, n: policy.after.n, threshold: 0, details, links: [{ type: "PolicyVersion" as const, id }] });
  }
  return found;
}

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
