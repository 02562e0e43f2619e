import type { ProjectKey } from "../core/ids.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { scorecardEntity } from "../scorecards/table.ts";
import { changeQueue, type ChangedQueue, createQueue, type NewQueue } from "./queues.service.ts";
import { Modality, Queue } from "./queues.graphql.ts";
import { projectEntity, queueEntity } from "./table.ts";

const SKILLS = "What its auditors must be able to do: up to 50 words of the project's own, each of 1 to 64 characters; only auditors with all of them are offered its samples.";

function scorecardIdOf<T extends string | null | undefined>(opaque: T): T {
  return opaque == null ? opaque : (keyOf(scorecardEntity, opaque, ["scorecardId"]).id as T);
}

defineVerb<NewQueue, RowPayload>("createQueue", {
  description: "Adds a queue to a project. ADMIN, QA_LEAD of the project.",
  for: { roles: ["ADMIN", "QA_LEAD"] },
  input: (t) => ({
    projectId: t.id({ required: true, description: "Whose queue it is." }),
    code: t.string({ required: true, description: '1 to 64 letters, digits, ".", "_" or "-". Unique within the project; never changes.' }),
    name: t.string({ required: true, description: "1 to 200 characters." }),
    market: t.string({ required: true, description: "Code of the market it serves, such as id-ID. Never changes." }),
    modality: t.field({ type: Modality, required: true, description: "The kind of its content. Never changes." }),
    slaMinutes: t.int({ description: "Minutes within which an item should be decided, 1 or more; no target if absent." }),
    scorecardId: t.id({ description: "What auditors of its decisions look at." }),
    requiredSkills: t.stringList({ description: `${SKILLS} None if absent.` }),
  }),
  payload: (t) => ({ queue: rowField(t, queueEntity, Queue, "The new queue.") }),
  resolve: (input, context) => {
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    const scorecardId = scorecardIdOf(input.scorecardId);
    return context.perform("createQueue", input, (verb) => createQueue(verb, { ...input, projectId, scorecardId }));
  },
});

defineVerb<ChangedQueue & { id: string }, RowPayload>("changeQueue", {
  description: "Changes a queue; absent fields stay. ADMIN, QA_LEAD of the project.",
  for: { roles: ["ADMIN", "QA_LEAD"] },
  input: (t) => ({
    id: t.id({ required: true, description: "The queue." }),
    name: t.string({ description: "1 to 200 characters; null stays." }),
    slaMinutes: t.int({ description: "Minutes within which an item should be decided, 1 or more; null for no target." }),
    scorecardId: t.id({ description: "What auditors of its decisions look at; null for none." }),
    requiredSkills: t.stringList({ description: `${SKILLS} Replaces those it has; null stays.` }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ queue: rowField(t, queueEntity, Queue, "The queue.") }),
  resolve: (input, context) => {
    const key = keyOf(queueEntity, input.id, ["id"]) as ProjectKey;
    const scorecardId = scorecardIdOf(input.scorecardId);
    return context.perform("changeQueue", input, (verb) => changeQueue(verb, key, { ...input, scorecardId }));
  },
});
