import { newId, type ProjectKey, SYSTEM_PRINCIPAL_ID } from "../core/ids.ts";
import { type ClockStart, startClocks } from "../clocks/service.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, asWorker, type Verb } from "../db/verb.ts";
import { clocksOf } from "../escalations/clocks.rules.ts";
import { escalationEvent } from "../escalations/service.ts";
import { resumeEscalation } from "../escalations/steps.service.ts";
import type { EscalationRow } from "../escalations/table.ts";
import { append } from "../events/outbox.ts";
import { fingerprintOf, type Linked, type Scope } from "./rules.ts";
import { insertEscalations, insertLinks, insertSignals, lockOpen, lockOpening, type Standing, takeAnswered } from "./store.ts";
import type { EscalationSignalRow } from "./table.ts";

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

/** Writes new escalations, with their clocks; whoever calls holds the project's turn of opening, and knows that none of these is open. */
export async function insertOpen(verb: Verb, problems: readonly Problem[]): Promise<Standing[]> {
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

/** Links of an escalation to be written, in the order of the evidence. */
export function linksOf(verb: Verb, { projectId, id: escalationId }: ProjectKey, evidence: readonly Linked[], note: string | null) {
  const { now, viewer } = verb;
  const ids = inOrder(evidence, now);
  return evidence.map(({ type, id }, place) => (
    { projectId, id: ids[place]!, escalationId, subjectType: type, subjectId: id, note, addedById: viewer.principalId, addedAt: now }
  ));
}

// Ids of what is written at once, so that lists have it in its order.
const inOrder = (rows: readonly unknown[], now: Date) => rows.map(() => newId(now)).sort();

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
  // That it was seen again is, like the signals themselves, the staff's alone.
  await append(worker, joined.map((signal) => (
    { ...escalationEvent(standing.get(nameOf(signal))!, "addSignal", null, null, { payload: { trigger: signal.trigger } }), audience: { isStaffVisible: true } }
  )));
  return printed.map((signal) => ({ projectId: signal.projectId, id: standing.get(nameOf(signal))!.id, isNew: opening.includes(signal) }));
}

/** Goes on, as the system, with a waiting escalation to which the reply has come: 1, or 0 if there is none. Call again until it answers 0. */
export async function resumeAnswered(db: Db, now: Date): Promise<number> {
  const key = await takeAnswered(db);
  if (!key) return 0;
  await resumeEscalation(asWorker(db, now), key, null);
  return 1;
}
