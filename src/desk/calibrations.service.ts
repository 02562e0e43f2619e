import { createCalibration, type NewItem, openCalibration } from "../calibrations/service.ts";
import { type Agreed, castVotes, closeCalibration, publishCalibration, setConsensus, startDiscussion } from "../calibrations/voting.service.ts";
import { actAs, leadOf, personOf, type Stage } from "../cast/stage.service.ts";
import type { ProjectKey } from "../core/ids.ts";
import { WORKER } from "../db/identity.ts";
import { withRole } from "../db/session.ts";
import type { Verb } from "../db/verb.ts";
import { randomOf } from "../stats/random.ts";
import { actionFor, type Call, UPDATED_POLICY } from "../story/policies.rules.ts";
import { DAYS, DEGRADED, DEGRADED_FROM_DAY, type DemoOptions } from "../story/rules.ts";
import { OPEN_ITEM } from "./questions.rules.ts";
import { type Desk, takeSteps, timeOn } from "./questions.service.ts";
import { getQuestion, listDecided, listSessionItems } from "./store.ts";
import { itemsOf, type Judgeable, OPEN_SESSION, RATERS, voteOn } from "./votes.rules.ts";

const HELD_ON = 62;
const FACILITATOR = "policyManager";
const CLARIFICATION = "Coded terms count from the first one on: it takes no second signal, and no slur.";

/** Prepares a session of the policy and lets its raters vote; its key and items. */
async function convene(
  verb: Verb, options: DemoOptions, stage: Stage, desk: Desk, day: number, about: { name: string; items: readonly NewItem[]; closesOn: number },
) {
  const idOf = (subject: string) => stage.principals.get(subject)!;
  const people = { facilitatorId: idOf(FACILITATOR), raterIds: Object.keys(RATERS).map(idOf) };
  const given = { policyId: desk.policyId, name: about.name, items: about.items, ...people };
  const closesAt = timeOn(desk, options, about.closesOn);
  return actAs(verb, leadOf(stage), timeOn(desk, options, day), async (lead) => {
    const key = await createCalibration(lead, desk.projectId, { ...given, closesAt });
    await openCalibration(lead, key, null);
    return { key, itemIds: await listSessionItems(lead.db, key) };
  });
}

async function vote(
  verb: Verb, options: DemoOptions, stage: Stage, desk: Desk, key: ProjectKey, subject: string, day: number,
  ballot: readonly [itemId: string, truth: string][],
) {
  const random = randomOf(options.seed, "votes", subject, day);
  const votes = ballot.map(([itemId, truth]) => {
    const { policy, action } = voteOn(random, truth, RATERS[subject]!);
    return { itemId, policyId: stage.policies.get(policy)!, action };
  });
  await actAs(verb, personOf(stage, subject), timeOn(desk, options, day), (rater) => castVotes(rater, key, votes, null));
}

// What all agree on; what they can't is asked.
function agreedOn({ policyId }: Desk, stage: Stage, itemIds: readonly string[], truths: readonly string[]): Agreed[] {
  const disputed = truths.lastIndexOf(UPDATED_POLICY);
  return itemIds.map((itemId, index) => (index === disputed
    ? { itemId, question: { policyId, title: OPEN_ITEM.title, question: OPEN_ITEM.question } }
    : { itemId, policyId: stage.policies.get(truths[index]!)!, action: actionFor(truths[index]!), rationale: null }));
}

async function findItems(verb: Verb, options: DemoOptions, stage: Stage, desk: Desk, truths: ReadonlyMap<string, Call>): Promise<Judgeable[]> {
  const queue = { projectId: desk.projectId, id: stage.queues.get(`${DEGRADED.project}/${DEGRADED.queue}`)! };
  const span = [timeOn(desk, options, DEGRADED_FROM_DAY), timeOn(desk, options, HELD_ON)] as const;
  const decided = await withRole(verb.db, WORKER, (db) => listDecided(db, queue, span));
  return itemsOf(decided.map(({ decisionId, policy }) => ({ decisionId, truth: truths.get(decisionId)?.policy ?? policy })));
}

/**
 * Holds a session about content of the policy that changes mid-way, of the queue that degrades, from its draft to its publication; the item
 * on which nobody agrees goes to the policy manager. And opens another, in which some have voted by now.
 */
export async function holdCalibrations(verb: Verb, options: DemoOptions, stage: Stage, desk: Desk, truths: ReadonlyMap<string, Call>): Promise<void> {
  const found = await findItems(verb, options, stage, desk, truths);
  const items = found.map(({ decisionId }) => ({ decisionId }));
  const { key, itemIds } = await convene(verb, options, stage, desk, HELD_ON, { name: "Coded hate, version 2.0.0", items, closesOn: HELD_ON + 2 });
  const ballot = itemIds.map((itemId, index) => [itemId, found[index]!.truth] as [string, string]);
  for (const [place, subject] of Object.keys(RATERS).entries()) {
    await vote(verb, options, stage, desk, key, subject, HELD_ON + (place + 1) / 4, ballot);
  }
  const facilitator = personOf(stage, FACILITATOR);
  await actAs(verb, facilitator, timeOn(desk, options, HELD_ON + 2), (by) => closeCalibration(by, key, null));
  await actAs(verb, facilitator, timeOn(desk, options, HELD_ON + 2.4), (by) => startDiscussion(by, key, null));
  const agreed = agreedOn(desk, stage, itemIds, found.map(({ truth }) => truth));
  await actAs(verb, facilitator, timeOn(desk, options, HELD_ON + 3.4), (by) => setConsensus(by, key, agreed, null));
  const clarification = { policyId: desk.policyId, policyVersionId: desk.versionId, text: CLARIFICATION };
  const outcome = { clarifications: [clarification], promotedItemIds: [] };
  await actAs(verb, leadOf(stage), timeOn(desk, options, HELD_ON + 4.4), (lead) => publishCalibration(lead, key, outcome, null));
  const question = await withRole(verb.db, WORKER, (db) => getQuestion(db, desk.projectId, OPEN_ITEM.title));
  await takeSteps(verb, options, stage, desk, question, OPEN_ITEM.steps);
  await openAnother(verb, options, stage, desk);
}

async function openAnother(verb: Verb, options: DemoOptions, stage: Stage, desk: Desk): Promise<void> {
  const { language, market } = desk.project;
  const items = OPEN_SESSION.contents.map((contentRef) => ({ contentRef, modality: "IMAGE", language, market }) as const);
  const day = DAYS - 0.6;
  const { key, itemIds } = await convene(verb, options, stage, desk, day, { name: "Stickers", items, closesOn: DAYS + 3 });
  const ballot = itemIds.map((itemId, index) => [itemId, index % 2 === 0 ? UPDATED_POLICY : "HATE-SLUR"] as [string, string]);
  for (const subject of OPEN_SESSION.voters) await vote(verb, options, stage, desk, key, subject, DAYS - 0.5, ballot);
}
