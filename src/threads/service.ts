import { checkReferences, checkText } from "../core/checks.ts";
import { InvalidInput, NotFound } from "../core/errors.ts";
import { encodeId, newId, type ProjectKey, readId } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { append, type Audience } from "../events/outbox.ts";
import { checkSpeaker, threadAudience } from "./rules.ts";
import { insertMessage, openThread } from "./store.ts";
import type { ThreadRow } from "./table.ts";

/** Who may see a subject, read under the viewer's identity: null where the viewer doesn't see it themselves. */
export type FindAudience = (db: Db, key: ProjectKey) => Promise<Audience | null>;

const subjects = new Map<string, FindAudience>();

/** Lets objects of a GraphQL type be talked about. Its feature calls this where it is loaded. */
export function defineSubject(type: string, findAudience: FindAudience): void {
  subjects.set(type, findAudience);
}

function readSubject(opaque: string): { type: string; key: ProjectKey; findAudience: FindAudience } {
  const read = readId(opaque);
  const findAudience = read && subjects.get(read.type);
  const { projectId, id } = read?.key ?? { projectId: null, id: "" };
  if (findAudience && projectId) return { type: read.type, key: { projectId, id }, findAudience };
  throw new InvalidInput(`subjectId: "${opaque}" is nothing that threads are about; take the id of one of: ${[...subjects.keys()].join(", ")}.`, ["subjectId"]);
}

/** Something to be said about a subject. */
export interface NewMessage {
  subjectId: string;
  visibility: ThreadRow["visibility"];
  text: string;
  attachments?: readonly string[] | null;
}

/** The thread, and what was said in it. */
export interface Posted extends ProjectKey {
  messageId: string;
}

/**
 * Says something about a subject that the viewer sees, among staff or with the partner concerned; its thread opens with the first message.
 * The event carries no word of it.
 */
export async function postMessage(verb: Verb, { subjectId, visibility, text, attachments }: NewMessage): Promise<Posted> {
  const { viewer, now } = verb;
  checkSpeaker(viewer, visibility);
  const { type: subjectType, key, findAudience } = readSubject(subjectId);
  const said = { text: checkText(text, ["text"]), attachments: checkReferences(attachments ?? [], ["attachments"]) };
  const subject = await findAudience(verb.db, key);
  if (!subject) throw new NotFound(`There is no such ${subjectType}.`, ["subjectId"]);
  const audience = threadAudience(subject, visibility);
  const { projectId } = key;
  const opened = { projectId, id: newId(now), subjectType, subjectId: key.id, visibility };
  const threadId = await asSystem(verb, (db) => openThread(db, opened, audience, now));
  const messageId = newId(now);
  await insertMessage(verb.db, { projectId, id: messageId, threadId, authorId: viewer.principalId, authorVendorId: viewer.vendorId, ...said, sentAt: now });
  const payload = { subjectType, subjectId: encodeId(subjectType, key), visibility, messageId: encodeId("Message", { projectId, id: messageId }) };
  await append(verb, [{ projectId, type: "thread.postMessage", subjectType: "Thread", subjectId: threadId, payload, audience }]);
  return { projectId, id: threadId, messageId };
}
