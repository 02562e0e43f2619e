import { Refusal } from "../core/errors.ts";
import type { Viewer } from "../core/viewer.ts";
import { type Authenticator, Unauthenticated } from "./authenticator.service.ts";
import { actingGrants } from "./rules.ts";

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
  /** Looks at every credential again: principals, grants or keys have changed. */
  recheck(): void;
  close(): void;
}

/** Types of subjects whose events may change what a credential leads to. */
export const CREDENTIAL_SUBJECTS: readonly string[] = ["Principal", "RoleGrant", "ApiClient", "Project", "Vendor"];

const TICK_MS = 1_000;
const RECHECK_TICKS = 60;

function endOf(viewer: Viewer): number {
  const ends = [viewer, ...actingGrants(viewer)].flatMap(({ expiresAt }) => (expiresAt ? [expiresAt.getTime()] : []));
  return Math.min(...ends);
}

function hasAllOf(now: Viewer, before: Viewer): boolean {
  const line = ({ role, vendorId, teamId, labelerId }: Viewer) => [role, vendorId, teamId, labelerId].join();
  const keepsProjects = now.projectIds === null || before.projectIds?.every((id) => now.projectIds!.includes(id));
  return line(now) === line(before) && keepsProjects === true && [...(before.scopes ?? [])].every((scope) => now.scopes?.has(scope));
}

/** Watches credentials: by the clock every second, by looking them up again at least every minute. */
export function createWatch(authenticator: Authenticator): Watch {
  const watched = new Set<Watched>();
  let ticks = 0;
  let isDue = false;
  let isChecking = false;

  function end(each: Watched, reason: Error): void {
    if (watched.delete(each)) each.onEnd(reason);
  }

  async function check(each: Watched): Promise<void> {
    try {
      const now = await authenticator.viewer(each.shown.token, each.shown.roleHeader);
      if (!hasAllOf(now, each.viewer)) end(each, new Unauthenticated());
    } catch (error) {
      if (error instanceof Unauthenticated || error instanceof Refusal) end(each, error);
      else isDue = true; // Nothing is known: ask again.
    }
  }

  // One after the other: a change of grants must not cost all connections of the pool.
  async function checkAll(): Promise<void> {
    if (isChecking) return;
    isChecking = true;
    isDue = false;
    for (const each of [...watched]) if (watched.has(each)) await check(each);
    isChecking = false;
  }

  const timer = setInterval(() => {
    const now = Date.now();
    for (const each of [...watched]) if (endOf(each.viewer) <= now) end(each, new Unauthenticated());
    ticks += 1;
    if (isDue || ticks % RECHECK_TICKS === 0) void checkAll();
  }, TICK_MS);
  timer.unref();

  return {
    start(shown, viewer, onEnd) {
      const each: Watched = { shown, viewer, onEnd };
      watched.add(each);
      return () => void watched.delete(each);
    },
    recheck() {
      isDue = true;
      void checkAll();
    },
    close: () => clearInterval(timer),
  };
}
