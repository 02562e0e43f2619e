import { Refusal } from "../core/errors.ts";
import type { Viewer } from "../core/viewer.ts";
import type { SealedEvent } from "../events/reader.ts";
import { type Authenticator, Unauthenticated } from "./authenticator.service.ts";
import { actAlike, actingGrants } from "./rules.ts";

/** What a caller showed. */
export interface Shown {
  token: string | null;
  roleHeader: string | null;
}

interface Watched {
  shown: Shown;
  viewer: Viewer;
  onEnd: (reason: Error) => void;
}

/** Holds open connections to what every new request is held to. */
export interface Watch {
  /** Calls `onEnd` once when the credential has ended or no longer leads to all that the viewer had; returns how to stop. */
  start(shown: Shown, viewer: Viewer, onEnd: (reason: Error) => void): () => void;
  /** Looks again at the credentials of these principals, and of whoever they act for: they, their grants or their keys have changed. */
  recheck(principalIds: Iterable<string>): void;
  close(): void;
}

/** Types of subjects whose events may change what a credential leads to. */
export const CREDENTIAL_SUBJECTS: readonly string[] = ["Principal", "RoleGrant", "ApiClient", "Project", "Vendor"];

/** From whom an event may take something; null where it only adds to what there is. */
export function withdrawnFrom({ subjectType, subjectId, payload }: Pick<SealedEvent, "subjectType" | "subjectId" | "payload">): string | null {
  if (subjectType === "Principal") return subjectId;
  return subjectType === "RoleGrant" || subjectType === "ApiClient" ? String(payload.principalId) : null;
}

const TICK_MS = 1_000;
const RECHECK_TICKS = 60;

const actorsOf = ({ principalId, via }: Viewer) => (via ? [principalId, via.principalId] : [principalId]);

function endOf(viewer: Viewer): number {
  const ends = [viewer, ...actingGrants(viewer)].flatMap(({ expiresAt }) => (expiresAt ? [expiresAt.getTime()] : []));
  return Math.min(...ends);
}

function hasAllOf(now: Viewer, before: Viewer): boolean {
  const keepsProjects = now.projectIds === null || before.projectIds?.every((id) => now.projectIds!.includes(id));
  return actAlike(now, before) && keepsProjects === true && [...(before.scopes ?? [])].every((scope) => now.scopes?.has(scope));
}

/**
 * Watches credentials: by the clock every second, by looking them up again at least every minute. Those of whom an event tells come before
 * all others, so that thousands of connections are no reason to wait.
 */
export function createWatch(authenticator: Authenticator): Watch {
  const watched = new Set<Watched>();
  const byActor = new Map<string, Set<Watched>>();
  // Told of by an event, and whoever comes once a minute.
  const [urgent, due] = [new Set<Watched>(), new Set<Watched>()];
  // Of whom nothing could be known, with where they go to be asked for again.
  const unknown = new Map<Watched, Set<Watched>>();
  let ticks = 0;
  let isChecking = false;

  function leave(each: Watched): boolean {
    for (const id of actorsOf(each.viewer)) {
      const others = byActor.get(id);
      others?.delete(each);
      if (others?.size === 0) byActor.delete(id);
    }
    return watched.delete(each);
  }

  function end(each: Watched, reason: Error): void {
    if (leave(each)) each.onEnd(reason);
  }

  async function check(each: Watched, from: Set<Watched>): Promise<void> {
    try {
      const now = await authenticator.viewer(each.shown.token, each.shown.roleHeader);
      if (!hasAllOf(now, each.viewer)) end(each, new Unauthenticated());
    } catch (error) {
      if (error instanceof Unauthenticated || error instanceof Refusal) end(each, error);
      else unknown.set(each, from);
    }
  }

  // One after the other: a change of grants must not cost all connections of the pool.
  async function checkDue(): Promise<void> {
    if (isChecking) return;
    isChecking = true;
    while (urgent.size + due.size > 0) {
      const from = urgent.size > 0 ? urgent : due;
      const each = from.values().next().value!;
      from.delete(each);
      if (watched.has(each)) await check(each, from);
    }
    isChecking = false;
  }

  const timer = setInterval(() => {
    const now = Date.now();
    for (const each of [...watched]) if (endOf(each.viewer) <= now) end(each, new Unauthenticated());
    ticks += 1;
    if (ticks % RECHECK_TICKS === 0) for (const each of watched) due.add(each);
    for (const [each, from] of unknown) from.add(each);
    unknown.clear();
    void checkDue();
  }, TICK_MS);
  timer.unref();

  return {
    start(shown, viewer, onEnd) {
      const each: Watched = { shown, viewer, onEnd };
      watched.add(each);
      for (const id of actorsOf(viewer)) byActor.set(id, (byActor.get(id) ?? new Set()).add(each));
      // What was heard between the look-up and now; where that is nothing, the look-up is remembered.
      urgent.add(each);
      void checkDue();
      return () => void leave(each);
    },
    recheck(principalIds) {
      for (const id of principalIds) for (const each of byActor.get(id) ?? []) urgent.add(each);
      void checkDue();
    },
    close: () => clearInterval(timer),
  };
}
