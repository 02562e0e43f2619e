import {
  answerAppeal, declineAppeal, escalateAppeal, fileReappeal, forwardAppeal, markAppealInvalid, passAppeals, returnAppeal,
} from "../appeals/review.service.ts";
import { finalizeOver } from "../audits/service.ts";
import { actAs, personOf, type Stage } from "../cast/stage.service.ts";
import { encodeId, type ProjectKey } from "../core/ids.ts";
import { SYSTEM_VIEWER, type Viewer } from "../core/viewer.ts";
import { WORKER } from "../db/identity.ts";
import { withRole } from "../db/session.ts";
import type { Verb } from "../db/verb.ts";
import { timeOn } from "../desk/questions.service.ts";
import { draftAppeal } from "../filings/drafts.service.ts";
import { fileAppeal, fileAppealCase, openAppealCase } from "../filings/service.ts";
import { decideAppeal, decideAppealCase } from "../rulings/service.ts";
import { hoursAfter } from "../story/audits.rules.ts";
import { PROJECTS } from "../story/organisation.rules.ts";
import { UPDATED_POLICY } from "../story/policies.rules.ts";
import type { DemoOptions } from "../story/rules.ts";
import { postMessage } from "../threads/service.ts";
import { type AppealPlan, type AppealStep, HISTORY } from "./appeals.rules.ts";
import { PENDING } from "./pending.rules.ts";
import { type Contestable, listContestable, reopenAudits } from "./store.ts";

// So long before it is filed, an appeal is drafted; and whatever a ruling leaves open is over so long afterwards.
const [DRAFTED_HOURS, OVER_HOURS] = [0.2, 100];

/** What was filed together, and who did it. */
interface Filed {
  appeals: ProjectKey[];
  caseKey: ProjectKey | null;
  appellant: Viewer;
}

async function findContestable(verb: Verb, options: DemoOptions, stage: Stage, plan: AppealPlan): Promise<Contestable[]> {
  const { project, vendor, by, queue, truth, days: [from, to], filed: hours, most } = plan;
  const where = { project: PROJECTS.find(({ code }) => code === project)! };
  const asked = {
    projectId: stage.projects.get(project)!, vendorId: stage.vendors.get(vendor)!, queueId: queue && stage.queues.get(`${project}/${queue}`)!,
    truthPolicyId: truth && stage.policies.get(truth)!, isByLabeler: by === null, hours, most,
    published: [timeOn(where, options, from), timeOn(where, options, to)] as const, filedAt: hours < 0 ? hoursAfter(options.now, hours) : null,
  };
  return withRole(verb.db, WORKER, (db) => listContestable(db, asked));
}

// The vendor's person whom the story names, or the labeler by their own account.
function appellantOf(stage: Stage, { by, vendor }: AppealPlan, { projectId, labelerId, principalId }: Contestable): Viewer {
  if (by !== null) return personOf(stage, by);
  return { ...SYSTEM_VIEWER, principalId: principalId!, role: "LABELER", vendorId: stage.vendors.get(vendor)!, labelerId, projectIds: [projectId] };
}

async function file(verb: Verb, appellant: Viewer, plan: AppealPlan, audits: readonly Contestable[], filedAt: Date): Promise<Filed> {
  const { title, reason, evidence } = plan;
  const { projectId } = audits[0]!;
  const draft = async (by: Verb): Promise<Filed> => {
    const caseKey = title === undefined ? null : await openAppealCase(by, { projectId, layer: "CLIENT", title });
    const appeals = [];
    for (const audit of audits) appeals.push(await draftAppeal(by, audit, { reason, evidence, caseKey }));
    return { appeals, caseKey, appellant };
  };
  const drafted = await actAs(verb, appellant, hoursAfter(filedAt, -DRAFTED_HOURS), draft);
  await actAs(verb, appellant, filedAt, async (by) => {
    if (drafted.caseKey) await fileAppealCase(by, drafted.caseKey, null);
    else for (const appeal of drafted.appeals) await fileAppeal(by, appeal, null);
  });
  return drafted;
}

type Decision = Extract<AppealStep, { verb: "decide" }>;

async function decide(verb: Verb, stage: Stage, { appeals, caseKey }: Filed, { outcome, text, precedent }: Decision): Promise<void> {
  const ruling = { outcome, reason: text, precedent: precedent && { ...precedent, policyId: stage.policies.get(UPDATED_POLICY)! } };
  if (caseKey) await decideAppealCase(verb, caseKey, ruling, null);
  else for (const appeal of appeals) await decideAppeal(verb, appeal, ruling, null);
}

async function stepOn(verb: Verb, key: ProjectKey, step: Exclude<AppealStep, Decision>): Promise<unknown> {
  switch (step.verb) {
    case "forward": return forwardAppeal(verb, key, null);
    case "decline": return declineAppeal(verb, key, step.text, null);
    case "return": return returnAppeal(verb, key, step.text, null);
    case "answer": return answerAppeal(verb, key, step.text, null);
    case "escalate": return escalateAppeal(verb, key, step.text, null);
    case "reappeal": return fileReappeal(verb, key, step.text, null);
    case "invalidate": return markAppealInvalid(verb, key, step.text, null);
    case "say": return postMessage(verb, { subjectId: encodeId("Appeal", key), visibility: "INTERNAL", text: step.text });
  }
}

async function takeSteps(verb: Verb, { now }: DemoOptions, stage: Stage, filed: Filed, steps: readonly AppealStep[], filedAt: Date): Promise<void> {
  for (const step of steps) {
    const at = hoursAfter(filedAt, step.after);
    if (at > now) break;
    const who = step.by === "LABELER" ? filed.appellant : personOf(stage, step.by);
    await actAs(verb, who, at, async (by) => {
      if (step.verb === "decide") await decide(by, stage, filed, step);
      else for (const appeal of filed.appeals) await stepOn(by, appeal, step);
    });
  }
}

/**
 * Contests what the story says of what auditors found, each appeal through its tiers as far as things have come by now, with the product's
 * verbs; what the story finds no audit for is not contested.
 */
export async function tellAppeals(verb: Verb, options: DemoOptions, stage: Stage): Promise<void> {
  const pass = (at: Date) => withRole(verb.db, WORKER, async (db) => (await passAppeals(db, at)) + (await finalizeOver(db, at)));
  for (const plan of [...HISTORY, ...PENDING]) {
    const audits = await findContestable(verb, options, stage, plan);
    for (const found of plan.by === null ? audits.map((audit) => [audit]) : [audits]) {
      const [latest] = found;
      if (!latest) continue;
      const filedAt = plan.filed < 0 ? hoursAfter(options.now, plan.filed) : hoursAfter(latest.publishedAt, plan.filed);
      if (filedAt > options.now) continue;
      const together = found.filter(({ windowDueAt }) => windowDueAt > filedAt);
      await withRole(verb.db, WORKER, (db) => reopenAudits(db, latest.projectId, together.map(({ id }) => id)));
      const filed = await file(verb, appellantOf(stage, plan, latest), plan, together, filedAt);
      await takeSteps(verb, options, stage, filed, plan.steps, filedAt);
      const overAt = hoursAfter(filedAt, (plan.steps.at(-1)?.after ?? 0) + OVER_HOURS);
      if (overAt < options.now) await pass(overAt);
    }
  }
  while ((await pass(options.now)) > 0);
}
