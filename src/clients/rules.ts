import { InvalidInput } from "../core/errors.ts";
import type { Scope } from "../core/viewer.ts";
import type { PrincipalRow } from "../grants/table.ts";

const DAY_MS = 86_400_000;
const LONGEST_CLIENT_DAYS = 366;
const OVERLAP_SECONDS = 86_400;
const LONGEST_OVERLAP_SECONDS = 7 * 86_400;

/** Refuses scopes that a principal's key can't have: a machine client needs some, a person acts by role and has none. */
export function checkScopes(kind: PrincipalRow["kind"], scopes: readonly Scope[]): void {
  if (kind === "SYSTEM") throw new InvalidInput("principalId: the system itself has no keys.", ["principalId"]);
  if (kind === "SERVICE" && scopes.length === 0) throw new InvalidInput("scopes: a machine client needs at least one.", ["scopes"]);
  if (kind === "PERSON" && scopes.length > 0) throw new InvalidInput("scopes: people act by role; leave scopes out.", ["scopes"]);
}

/** Refuses an end of a key that is past or more than a year ahead. */
export function checkClientEnd(expiresAt: Date, now: Date): void {
  const days = (expiresAt.getTime() - now.getTime()) / DAY_MS;
  if (days <= 0 || days > LONGEST_CLIENT_DAYS) {
    throw new InvalidInput(`expiresAt: ${expiresAt.toISOString()} must be ahead, by one year at most.`, ["expiresAt"]);
  }
}

/** When a key that is rotated now stops working beside the new one: after a day, or what is asked for up to a week; null is at once. */
export function overlapEnd(seconds: number | null | undefined, now: Date): Date | null {
  const overlap = seconds ?? OVERLAP_SECONDS;
  if (!Number.isInteger(overlap) || overlap < 0 || overlap > LONGEST_OVERLAP_SECONDS) {
    throw new InvalidInput(`overlapSeconds: ${overlap} must be 0 to ${LONGEST_OVERLAP_SECONDS}.`, ["overlapSeconds"]);
  }
  return overlap === 0 ? null : new Date(now.getTime() + overlap * 1_000);
}
