import { checkCode, checkName, checkWords } from "../core/checks.ts";
import { NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { checkScorecard } from "../scorecards/service.ts";
import { checkMarkets } from "../vendors/service.ts";
import { checkSlaMinutes } from "./rules.ts";
import { changeQueueRow, insertQueue, isProject } from "./store.ts";
import type { QueueRow } from "./table.ts";

/** What createQueue takes. */
export interface NewQueue {
  projectId: string;
  code: string;
  name: string;
  market: string;
  modality: QueueRow["modality"];
  slaMinutes?: number | null;
  scorecardId?: string | null;
  requiredSkills?: string[] | null;
}

/** What changeQueue takes; absent fields stay, null takes the target or the scorecard away, and leaves name and skills. */
export interface ChangedQueue {
  name?: string | null;
  slaMinutes?: number | null;
  scorecardId?: string | null;
  requiredSkills?: string[] | null;
  expectedVersion?: number | null;
}

async function announce(verb: Verb, what: string, { projectId, id }: ProjectKey): Promise<void> {
  await append(verb, [{ projectId, type: `queue.${what}`, subjectType: "Queue", subjectId: id, audience: { isProjectVisible: true } }]);
}

/** Adds a stream of like work to a project, in one market. */
export async function createQueue(verb: Verb, input: NewQueue): Promise<ProjectKey> {
  const { projectId, market, modality, slaMinutes = null, scorecardId = null } = input;
  if (!(await isProject(verb.db, projectId))) throw new NotFound("There is no such project.", ["projectId"]);
  await checkMarkets(verb.db, [market], () => ["market"]);
  if (scorecardId) await checkScorecard(verb.db, scorecardId);
  checkSlaMinutes(slaMinutes);
  const key = { projectId, id: newId(verb.now) };
  const [code, name] = [checkCode(input.code), checkName(input.name)];
  const requiredSkills = checkWords(input.requiredSkills ?? [], ["requiredSkills"]);
  await insertQueue(verb.db, { ...key, code, name, market, modality, slaMinutes, scorecardId, requiredSkills });
  await announce(verb, "created", key);
  return key;
}

/** Changes what a queue is called, how fast its work should be done and what auditors look at; code, market and modality never change. */
export async function changeQueue(verb: Verb, key: ProjectKey, input: ChangedQueue): Promise<ProjectKey> {
  const { slaMinutes, scorecardId } = input;
  if (scorecardId) await checkScorecard(verb.db, scorecardId);
  checkSlaMinutes(slaMinutes);
  const name = input.name == null ? undefined : checkName(input.name);
  const requiredSkills = input.requiredSkills == null ? undefined : checkWords(input.requiredSkills, ["requiredSkills"]);
  await changeQueueRow(verb.db, key, input.expectedVersion, { name, slaMinutes, scorecardId, requiredSkills }, verb.now);
  await announce(verb, "changed", key);
  return key;
}
