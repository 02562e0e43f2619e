import { actAs, leadOf, type Stage } from "../cast/stage.service.ts";
import { WORKER } from "../db/identity.ts";
import type { Db } from "../db/lease.ts";
import { withRole } from "../db/session.ts";
import { Later, type Reads } from "../db/steps.ts";
import { asWorker, type Verb } from "../db/verb.ts";
import { instantsOf } from "../periods/rules.ts";
import { openPeriods } from "../periods/service.ts";
import { calendarOf } from "../projects/service.ts";
import { closePeriod, settleClosedPeriod } from "../reports/closing.service.ts";
import { createReportDefinition } from "../reports/service.ts";
import { PROJECTS } from "../story/organisation.rules.ts";
import { DAYS, type DemoOptions, startOf } from "../story/rules.ts";
import { correctVerdict } from "../verdicts/service.ts";
import { type Closing, closingsOf, REPORTED, REPORTS } from "./rules.ts";
import { findError } from "./store.ts";

/** Reads as the system within the transaction of the load, one after the other: what it has written nobody else sees yet. */
export function readsIn(db: Db): Reads {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(() => withRole(db, WORKER, work));
    last = next.catch(() => {});
    return next;
  };
}

async function defineReports(verb: Verb, { now }: DemoOptions, stage: Stage): Promise<void> {
  const { timeZone } = PROJECTS.find(({ code }) => code === REPORTED)!;
  await actAs(verb, leadOf(stage), startOf(timeZone, now, 0), async (lead) => {
    for (const report of REPORTS) await createReportDefinition(lead, stage.projects.get(REPORTED)!, report);
  });
}

// Figures of all periods are computed first, since each waits a moment for others to end their writing; then they close in turn.
async function closePeriods(verb: Verb, closings: readonly (Closing & { projectId: string })[]): Promise<void> {
  const begun = [];
  for (const { projectId, kind, from, closedAt } of closings) {
    const step = await withRole(verb.db, WORKER, (db) => closePeriod(asWorker(db, closedAt), { projectId, kind, from }, null));
    begun.push({ step, closedAt });
  }
  const reads = readsIn(verb.db);
  const ready = await Promise.all(begun.map(async ({ step, closedAt }) => ({ close: await step.read(reads), closedAt })));
  for (const { close, closedAt } of ready) {
    const done = await withRole(verb.db, WORKER, (db) => close(asWorker(db, closedAt)));
    if (done instanceof Later) throw new Error("a period closes in two steps");
  }
}

// The lead finds yesterday that an audit of a week that was closed then was wrong.
async function correctLate(verb: Verb, { now }: DemoOptions, stage: Stage, closed: readonly Closing[]): Promise<void> {
  const { timeZone } = PROJECTS.find(({ code }) => code === REPORTED)!;
  const projectId = stage.projects.get(REPORTED)!;
  const at = new Date(startOf(timeZone, now, DAYS - 1).getTime() + 15 * 3_600_000);
  const week = closed.findLast(({ kind, closedAt }) => kind === "WEEK" && closedAt < at);
  const span = week && instantsOf(week, timeZone);
  const audit = span && (await withRole(verb.db, WORKER, (db) => findError(db, projectId, [span.from, span.to])));
  if (!audit) return;
  const correction = { truth: { policy: { code: audit.policy }, action: audit.action }, explanation: "Read again with the market's team: it was right." };
  await actAs(verb, leadOf(stage), at, (lead) => correctVerdict(lead, { projectId, id: audit.id }, correction, null));
}

/** Closes the periods that are over by now, with their reports, opens the one that ended last, and corrects an audit of a closed one. */
export async function reportPeriods(verb: Verb, options: DemoOptions, stage: Stage): Promise<void> {
  await defineReports(verb, options, stage);
  const closings: (Closing & { projectId: string })[] = [];
  for (const { code } of PROJECTS) {
    const projectId = stage.projects.get(code)!;
    const calendar = await calendarOf(verb.db, projectId);
    closings.push(...closingsOf(calendar, options).map((closing) => ({ ...closing, projectId })));
  }
  await closePeriods(verb, closings);
  await withRole(verb.db, WORKER, async (db) => {
    while ((await openPeriods(db, options.now)) > 0);
    while ((await settleClosedPeriod(db, options.now)) > 0);
  });
  await correctLate(verb, options, stage, closings.filter(({ projectId }) => projectId === stage.projects.get(REPORTED)!));
}
