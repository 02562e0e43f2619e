import { checkName, checkText } from "../core/checks.ts";
import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import { encodeId, newId, type ProjectKey, SYSTEM_PRINCIPAL_ID } from "../core/ids.ts";
import { actsIn, isPartner, mayOnly } from "../core/viewer.ts";
import { type ClockStart, startClocks } from "../clocks/service.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import { asSystem, asWorker, type Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { checkSubjects } from "../questions/clarifications.service.ts";
import { checkMarkets } from "../vendors/service.ts";
import { clocksOf, fingerprintOf, type Linked, OPENING, type Scope } from "./rules.ts";
import { changeStanding, escalationEvent, route, takeEscalation } from "./service.ts";
import {
  changeWatchers, deleteLink, findHidden, findMissing, hasLink, insertEscalations, insertLinks, insertSignals, lockOpen, lockOpening, type Standing,
} from "./store.ts";
import type { EscalationRow, EscalationSignalRow } from "./table.ts";

/** What an escalation is opened with. */
export interface Problem extends Scope {
  projectId: string;
  title: string;
  kind: EscalationRow["kind"];
  severity: EscalationRow["severity"];
  trigger: EscalationRow["trigger"];
  ruleId?: string | null;
  fingerprint: string;
  problemStatement?: string | null;
  isPartnerVisible?: boolean;
}

// New escalations, with their clocks; nobody has opened the like of one meanwhile.
async function insertOpen(verb: Verb, problems: readonly Problem[]): Promise<Standing[]> {
  const { now, viewer } = verb;
  const openedById = viewer.principalId === SYSTEM_PRINCIPAL_ID ? null : viewer.principalId;
  const opened = problems.map((problem) => ({ ...problem, id: newId(now), isPartnerVisible: problem.isPartnerVisible ?? false, vendorId: problem.vendorId ?? null }));
  const starts = opened.flatMap(({ projectId, id, severity, market }, place) => clocksOf(severity, "OPEN").map((kind) => ({
    place, start: { projectId, subjectType: "Escalation", subjectId: id, kind, severity, market, startedAt: now, audience: { isStaffVisible: true } } satisfies ClockStart,
  })));
  const due = await startClocks(verb, starts.map(({ start }) => start));
  const dueAt = (place: number) => new Date(Math.min(...starts.flatMap((each, index) => (each.place === place ? due[index]!.getTime() : []))));
  const rows = opened.map(({ queueIds = [], ...row }, place) => ({
    ...row, queueIds: [...queueIds], state: "OPEN" as const, openedById, watcherIds: openedById ? [openedById] : [], openedAt: now, dueAt: dueAt(place),
    createdAt: now, updatedAt: now,
  }));
  await insertEscalations(verb.db, rows);
  await append(verb, rows.map((row) => escalationEvent(row, "open", null, "OPEN", { payload: { severity: row.severity, kind: row.kind, trigger: row.trigger } })));
  return rows;
}

/** What somebody opens by hand. */
export interface NewEscalation extends Scope {
  projectId: string;
  title: string;
  kind: EscalationRow["kind"];
  severity: EscalationRow["severity"];
  description: string;
  evidence: readonly Linked[];
  isShared: boolean;
}

async function checkScope(verb: Verb, { projectId, policyId, policyVersionId, market, ...scope }: NewEscalation): Promise<void> {
  const missing = await findMissing(verb.db, projectId, scope);
  if (missing) throw new NotFound(`${missing.join(".")}: there is no such ${missing[0]!.replace(/Ids?$/, "")}.`, missing);
  if (policyVersionId && !policyId) throw new InvalidInput("policyId: name the policy of the version too.", ["policyId"]);
  if (policyId) await checkSubjects(verb.db, projectId, [{ policyId, policyVersionId }], (_, field) => [field]);
  await checkMarkets(verb.db, market ? [market] : [], () => ["market"]);
}

async function checkEvidence(verb: Verb, projectId: string, evidence: readonly Linked[]): Promise<void> {
  if (evidence.length > MOST_LINKS) throw new InvalidInput(`evidenceIds: ${evidence.length} are too many; give at most ${MOST_LINKS}.`, ["evidenceIds"]);
  const [hidden] = evidence.length === 0 ? [] : await findHidden(verb.db, projectId, evidence);
  if (hidden === undefined) return;
  throw new NotFound(`evidenceIds[${hidden}]: there is no such ${evidence[hidden]!.type} in the project.`, ["evidenceIds", String(hidden)]);
}

const MOST_LINKS = 100;

function linksOf(verb: Verb, { projectId, id: escalationId }: ProjectKey, evidence: readonly Linked[], note: string | null) {
  const { now, viewer } = verb;
  const ids = inOrder(evidence, now);
  return evidence.map(({ type, id }, place) => (
    { projectId, id: ids[place]!, escalationId, subjectType: type, subjectId: id, note, addedById: viewer.principalId, addedAt: now }
  ));
}

// Ids of what is written at once, so that lists have it in its order.
const inOrder = (rows: readonly unknown[], now: Date) => rows.map(() => newId(now)).sort();

/**
 * Opens an escalation, with what it goes by as evidence; its clocks start. What a partner opens concerns their vendor, which sees it. Refused
 * while one of the same title, scope, error code and policy version is open that the viewer sees.
 */
export async function openEscalation(verb: Verb, given: NewEscalation): Promise<ProjectKey> {
  const { viewer } = verb;
  mayOnly(viewer, "openEscalation", OPENING);
  const { projectId, title, kind, severity, evidence } = given;
  if (!actsIn(viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  const vendorId = isPartner(viewer) ? viewer.vendorId : (given.vendorId ?? null);
  const isPartnerVisible = isPartner(viewer) || given.isShared;
  if (isPartnerVisible && !vendorId) throw new InvalidInput("vendorId: name the vendor that it is shared with.", ["vendorId"]);
  const scope = {
    vendorId, queueIds: [...new Set(given.queueIds ?? [])], market: given.market ?? null, policyId: given.policyId ?? null,
    policyVersionId: given.policyVersionId ?? null, errorCodeId: given.errorCodeId ?? null,
  };
  await checkScope(verb, { ...given, ...scope });
  await checkEvidence(verb, projectId, evidence);
  const named = checkName(title, ["title"]);
  // A partner's is told apart from one of the client's, which they may not see.
  const fingerprint = fingerprintOf(["MANUAL", isPartner(viewer) ? vendorId : null, named.toLowerCase()], scope);
  await lockOpening(verb.db, [projectId]);
  const [standing] = await lockOpen(verb.db, [{ projectId, fingerprint }]);
  if (standing) {
    throw new Conflict(`title: it is open already, as ${encodeId("Escalation", standing)}; link your evidence to that one.`, ["title"]);
  }
  const problem = { ...scope, projectId, title: named, kind, severity, trigger: "MANUAL" as const, fingerprint, isPartnerVisible };
  const [opened] = await insertOpen(verb, [{ ...problem, problemStatement: checkText(given.description, ["description"]) }]);
  await asSystem(verb, (db) => insertLinks(db, linksOf(verb, opened!, evidence, null)));
  return { projectId, id: opened!.id };
}

/** What a rule, or the system, has seen. */
export interface Signal extends Omit<Problem, "fingerprint" | "problemStatement" | "isPartnerVisible"> {
  /** What else tells it apart, such as a labeler or a queue's measure; with rule (or trigger) and scope it makes the fingerprint. */
  about?: readonly string[];
  seen: Partial<Pick<EscalationSignalRow, "seenAt" | "measure" | "value" | "low" | "high" | "n" | "threshold" | "details">>;
  evidence?: readonly Linked[];
}

/** Where a signal went: to an escalation that it opened, or to one that was open. */
export interface Raised extends ProjectKey {
  isNew: boolean;
}

/**
 * Opens an escalation for each problem that signals tell of, as the system, or adds them to the one that is open under their fingerprint:
 * what became of each, in their order. Of several signals of a new problem, the first one opens it.
 */
export async function raiseSignals(verb: Verb, signals: readonly Signal[]): Promise<Raised[]> {
  if (signals.length === 0) return [];
  return asSystem(verb, (db) => raise(asWorker(db, verb.now), signals));
}

/** The open escalation that such a signal opened or would be added to, and how far it is; null if there is none. */
export async function findRaised(
  verb: Verb,
  signal: Scope & Pick<Signal, "projectId" | "ruleId" | "trigger" | "about">,
): Promise<(ProjectKey & Pick<EscalationRow, "state">) | null> {
  const [standing] = await asSystem(verb, (db) => lockOpen(db, [{ projectId: signal.projectId, fingerprint: printOf(signal) }]));
  return standing ?? null;
}

const printOf = (signal: Scope & Pick<Signal, "ruleId" | "trigger" | "about">) => fingerprintOf([signal.ruleId ?? signal.trigger, ...(signal.about ?? [])], signal);

const nameOf = ({ projectId, fingerprint }: Pick<EscalationRow, "projectId" | "fingerprint">) => `${projectId}:${fingerprint}`;

async function raise(worker: Verb, signals: readonly Signal[]): Promise<Raised[]> {
  const { db, now } = worker;
  const printed = signals.map((signal) => ({ ...signal, fingerprint: printOf(signal) }));
  await lockOpening(db, signals.map(({ projectId }) => projectId));
  const standing = new Map((await lockOpen(db, printed)).map((each) => [nameOf(each), each]));
  const isFirst = (signal: (typeof printed)[number], index: number) => printed.findIndex((each) => nameOf(each) === nameOf(signal)) === index;
  const opening = printed.filter((signal, index) => !standing.has(nameOf(signal)) && isFirst(signal, index));
  const problems = opening.map(({ about: _, seen: __, evidence: ___, ...problem }) => problem);
  const opened = problems.length === 0 ? [] : await insertOpen(worker, problems);
  for (const each of opened) standing.set(nameOf(each), each);
  const joined = printed.filter((signal) => !opening.includes(signal));
  const ids = inOrder(printed, now);
  await insertSignals(db, printed.map(({ projectId, ruleId = null, seen, ...signal }, place) => (
    { ...seen, projectId, id: ids[place]!, escalationId: standing.get(nameOf({ projectId, ...signal }))!.id, ruleId, seenAt: seen.seenAt ?? now }
  )));
  await insertLinks(db, printed.flatMap((signal) => linksOf(worker, standing.get(nameOf(signal))!, signal.evidence ?? [], null)));
  await append(worker, joined.map((signal) => escalationEvent(standing.get(nameOf(signal))!, "addSignal", null, null, { payload: { trigger: signal.trigger } })));
  return printed.map((signal) => ({ projectId: signal.projectId, id: standing.get(nameOf(signal))!.id, isNew: opening.includes(signal) }));
}

/** Links objects that the viewer sees to an escalation; those that are linked already stay as they are. */
export async function linkEvidence(
  verb: Verb,
  key: ProjectKey,
  { evidence, note }: { evidence: readonly Linked[]; note: string | null },
  expectedVersion: ExpectedVersion,
): Promise<ProjectKey> {
  const { row } = await takeEscalation(verb, key, "linkEvidence", expectedVersion);
  if (evidence.length === 0) throw new InvalidInput("evidenceIds: name at least one object.", ["evidenceIds"]);
  await checkEvidence(verb, key.projectId, evidence);
  const words = note === null ? null : checkText(note, ["note"]);
  await asSystem(verb, (db) => insertLinks(db, linksOf(verb, key, evidence, words)));
  return changeStanding(verb, row, "linkEvidence", {}, { payload: { count: evidence.length } });
}

/** Takes a link away from an escalation. The object itself is not touched. */
export async function unlinkEvidence(verb: Verb, key: ProjectKey, linkId: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row } = await takeEscalation(verb, key, "unlinkEvidence", expectedVersion);
  if (!(await hasLink(verb.db, key, linkId))) throw new NotFound("It has no such link.", ["linkId"]);
  await asSystem(verb, (db) => deleteLink(db, key.projectId, linkId));
  return changeStanding(verb, row, "unlinkEvidence", {});
}

/** Follows an escalation, or follows it no more: whoever may see it may. */
export async function watchEscalation(verb: Verb, key: ProjectKey, isWatching: boolean): Promise<ProjectKey> {
  const { viewer, now } = verb;
  mayOnly(viewer, isWatching ? "watchEscalation" : "unwatchEscalation", [...OPENING, "VENDOR_QA"]);
  if (await changeWatchers(verb.db, key, viewer.principalId, isWatching, now)) return key;
  throw new NotFound("There is no such escalation.", ["escalationId"]);
}

/** Shows an escalation to the vendor concerned, for good; `vendorId` where it names none yet. */
export async function shareWithPartner(verb: Verb, key: ProjectKey, given: string | null, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row } = await takeEscalation(verb, key, "shareWithPartner", expectedVersion);
  const path = ["vendorId"];
  if (row.isPartnerVisible) throw new Conflict("shareWithPartner: its vendor sees it already.", ["escalationId"]);
  if (given && row.vendorId && given !== row.vendorId) {
    throw new Conflict("vendorId: it concerns another vendor; open one of its own for this one, and link it.", path);
  }
  const vendorId = row.vendorId ?? given;
  if (!vendorId) throw new InvalidInput("vendorId: it concerns no vendor yet; name the one that is to see it.", path);
  if (!row.vendorId && (await findMissing(verb.db, key.projectId, { vendorId }))) throw new NotFound("There is no such vendor.", path);
  const { watcherIds, duties } = await route(verb, { ...row, vendorId, isPartnerVisible: true });
  return changeStanding(verb, row, "shareWithPartner", { vendorId, isPartnerVisible: true, watcherIds }, { payload: { duties } });
}
