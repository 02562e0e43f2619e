import { checkName } from "../core/checks.ts";
import { InvalidInput, NotFound, Refusal } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import { addDays, type Day, startOfDay } from "../core/time.ts";
import { actsIn, type Viewer } from "../core/viewer.ts";
import { checkVendor } from "../contacts/service.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import type { Db } from "../db/lease.ts";
import { Later, type Reads, type Step } from "../db/steps.ts";
import { asWorker, type Verb } from "../db/verb.ts";
import { fingerprintOf } from "../signals/rules.ts";
import { raiseSignals } from "../signals/service.ts";
import type { EscalationRuleRow } from "../escalations/table.ts";
import { append } from "../events/outbox.ts";
import { calendarOf } from "../projects/service.ts";
import { checkSubjects } from "../questions/clarifications.service.ts";
import { checkMarkets } from "../vendors/service.ts";
import { detect } from "./detect.service.ts";
import { checkPolicyScope, readParameters } from "./parameters.rules.ts";
import { FIGURES, foresee, type Foreseen, isOldNews, lookFrom, REST_SECONDS, type Sighting, watchingOf } from "./rules.ts";
import { changeRule, findStrayQueue, insertRule, listKnown, lockRule, noteLook, takeDueRule } from "./store.ts";

/** What a rule says. */
export type RuleWish = Pick<EscalationRuleRow, "name" | "trigger" | "kind" | "severity" | "queueIds" | "market" | "vendorId" | "policyId"> & {
  parameters: Readonly<Record<string, unknown>>;
};

async function checkRule({ db, viewer }: Pick<Verb, "db" | "viewer">, projectId: string, wish: RuleWish): Promise<RuleWish> {
  if (!actsIn(viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  const stray = await findStrayQueue(db, projectId, wish.queueIds);
  if (stray >= 0) throw new NotFound("There is no such queue in the project.", ["queueIds", String(stray)]);
  await checkMarkets(db, wish.market === null ? [] : [wish.market], () => ["market"]);
  if (wish.vendorId !== null) await checkVendor(db, wish.vendorId);
  checkPolicyScope(wish.trigger, wish.policyId);
  if (wish.policyId !== null) await checkSubjects(db, projectId, [{ policyId: wish.policyId }], (_, field) => [field]);
  return { ...wish, name: checkName(wish.name), parameters: { ...readParameters(wish.trigger, wish.parameters) } };
}

async function announce(verb: Verb, { projectId, id }: ProjectKey, what: string): Promise<void> {
  await append(verb, [{ projectId, type: `escalation_rule.${what}`, subjectType: "EscalationRule", subjectId: id, audience: { isStaffVisible: true } }]);
}

/** Sets a rule, which looks from now on. */
export async function createEscalationRule(verb: Verb, projectId: string, wish: RuleWish): Promise<ProjectKey> {
  const rule = await checkRule(verb, projectId, wish);
  const key = { projectId, id: newId(verb.now) };
  await insertRule(verb.db, { ...key, ...rule, evaluatedAt: verb.now, createdAt: verb.now, updatedAt: verb.now });
  await announce(verb, key, "created");
  return key;
}

async function takeRule(verb: Verb, key: ProjectKey, expectedVersion: ExpectedVersion): Promise<EscalationRuleRow> {
  const row = await lockRule(verb.db, key);
  if (!row) throw new NotFound("There is no such rule.", ["escalationRuleId"]);
  checkVersion(row.version, expectedVersion);
  return row;
}

/** Changes a rule; absent fields stay. Its trigger stays what it is. */
export async function changeEscalationRule(verb: Verb, key: ProjectKey, change: Partial<RuleWish>, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const row = await takeRule(verb, key, expectedVersion);
  const { name, trigger, kind, severity, queueIds, market, vendorId, policyId, parameters } = row;
  const rule = await checkRule(verb, key.projectId, { name, trigger, kind, severity, queueIds, market, vendorId, policyId, parameters, ...change });
  await changeRule(verb.db, key, expectedVersion, rule, verb.now);
  await announce(verb, key, "changed");
  return key;
}

/** Has a rule look, or not; what happened while it didn't is not looked at. */
export async function turnEscalationRule(
  verb: Verb,
  key: ProjectKey,
  name: "pauseEscalationRule" | "resumeEscalationRule",
  expectedVersion: ExpectedVersion,
): Promise<ProjectKey> {
  const row = await takeRule(verb, key, expectedVersion);
  const isActive = name === "resumeEscalationRule";
  if (row.isActive === isActive) throw new InvalidInput(`escalationRuleId: it is ${isActive ? "active" : "paused"} already.`, ["escalationRuleId"]);
  await changeRule(verb.db, key, expectedVersion, { isActive, ...(isActive ? { evaluatedAt: verb.now } : {}) }, verb.now);
  await announce(verb, key, isActive ? "resumed" : "paused");
  return key;
}

const aboutOf = ({ of }: Sighting) => (of === undefined ? [] : [of]);
const printOf = (ruleId: string, sighting: Sighting) => fingerprintOf([ruleId, ...aboutOf(sighting)], sighting.scope);

// Opens or joins what the rule saw and nobody knows yet.
async function raise(verb: Verb, rule: EscalationRuleRow, seen: readonly Sighting[]): Promise<void> {
  const { projectId, id: ruleId, name: title, trigger, kind, severity } = rule;
  const prints = seen.map((sighting) => printOf(ruleId, sighting));
  const known = seen.length === 0 ? [] : await listKnown(verb.db, projectId, prints);
  const pasts = new Map(known.map(({ fingerprint, isOpen, endedAt, value, n, linked }) => [
    fingerprint, { isOpen, endedAt: endedAt === null ? null : new Date(endedAt), value, n, linked: linked?.split(",") ?? [] },
  ]));
  const { quietDays = 0 } = watchingOf(rule).parameters;
  const news = seen.filter((sighting, place) => !isOldNews(sighting, pasts.get(prints[place]!), quietDays, verb.now));
  await raiseSignals(verb, news.map((sighting) => {
    const { scope, of: _, links, details = {}, ...figure } = sighting;
    return { ...scope, projectId, ruleId, title, trigger, kind, severity, about: aboutOf(sighting), seen: { ...figure, details }, evidence: links ?? [] };
  }));
}

/**
 * Looks by one rule whose rest is over, from where it last looked; 0 if none is due. It reads in no transaction that writes, and a question
 * that is refused is noted on the rule and hinders no other.
 */
export async function evaluateRules(db: Db, now: Date): Promise<number | Later<Db, number>> {
  const rule = await takeDueRule(db, now, FIGURES, REST_SECONDS);
  if (!rule) return 0;
  const key = { projectId: rule.projectId, id: rule.id };
  const look = { since: lookFrom(rule.evaluatedAt ?? rule.createdAt), until: now };
  const read = async (reads: Reads): Promise<Step<Db, number>> => {
    const seen = await reads((system) => detect(system, watchingOf(rule), look));
    return async (system) => {
      await raise(asWorker(system, now), rule, seen);
      await noteLook(system, key, { evaluatedAt: now });
      return 1;
    };
  };
  const otherwise = (error: unknown): Step<Db, number> => async (system) => {
    if (!(error instanceof Refusal)) throw error;
    await noteLook(system, key, { evaluationError: error.message });
    return 1;
  };
  return new Later(read, undefined, otherwise);
}

const MOST_DAYS = 31;
const DAY_MS = 86_400_000;
const daysBetween = (from: Day, to: Day) => (Date.parse(to) - Date.parse(from)) / DAY_MS;

/** What a rule would have raised in a project's past, looking at the end of each day; figures as they are known now. Nothing is written. */
export async function previewEscalationRule(
  reads: Reads,
  viewer: Viewer,
  projectId: string,
  wish: RuleWish,
  { from, to }: { from: Day; to: Day },
): Promise<(Foreseen & { projectId: string })[]> {
  const rule = await reads((db) => checkRule({ db, viewer }, projectId, wish));
  const { timeZone } = await reads((db) => calendarOf(db, projectId));
  const days = daysBetween(from, to);
  if (days < 1 || days > MOST_DAYS) throw new InvalidInput(`to: the days from ${from} to before ${to} are ${days}; ask for 1 to ${MOST_DAYS}.`, ["to"]);
  const id = newId(new Date());
  const watching = watchingOf({ ...rule, projectId, id });
  const seen = [];
  for (let day = from; day < to; day = addDays(day, 1)) {
    const look = { since: startOfDay(day, timeZone), until: startOfDay(addDays(day, 1), timeZone) };
    for (const sighting of await reads((db) => detect(db, watching, look))) seen.push({ ...sighting, at: look.until, fingerprint: printOf(id, sighting) });
  }
  return foresee(seen).map((each) => ({ ...each, projectId }));
}
