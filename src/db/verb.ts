import type { NamedKey } from "../core/ids.ts";
import { SYSTEM_VIEWER, type Viewer } from "../core/viewer.ts";
import { WORKER } from "./identity.ts";
import type { Db } from "./lease.ts";
import { withRole } from "./session.ts";

/** What a service verb works with: one write transaction under the viewer's identity, the viewer, and the time it all happens at. */
export interface Verb {
  db: Db;
  viewer: Viewer;
  now: Date;
  /** Takes down what the events that are appended are about, where somebody wants to know. */
  subjects?: NamedKey[];
}

/** What a job works with: a write transaction under the worker's identity, as the system itself. */
export function asWorker(db: Db, now: Date): Verb {
  return { db, viewer: SYSTEM_VIEWER, now };
}

/** Runs statements of the verb's transaction as the system itself: for what a rule does on the viewer's behalf, past what they may see. */
export async function asSystem<T>(verb: Verb, work: (db: Db) => Promise<T>): Promise<T> {
  return withRole(verb.db, WORKER, work);
}
