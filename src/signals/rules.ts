import { hash } from "node:crypto";
import type { LinkableType } from "./table.ts";

/** What a problem is told apart from others by. */
export interface Scope {
  vendorId?: string | null;
  queueIds?: readonly string[];
  market?: string | null;
  policyId?: string | null;
  policyVersionId?: string | null;
  errorCodeId?: string | null;
}

/**
 * Equal for the same problem: SHA-256 of what saw it (a rule, or for one that was opened by hand, who called it what), its scope, error code
 * and policy version (`domain.md` section 9).
 */
export function fingerprintOf(seenBy: readonly (string | null)[], { vendorId, queueIds = [], market, policyId, errorCodeId, policyVersionId }: Scope): string {
  const scope = [vendorId, [...queueIds].sort().join(","), market, policyId];
  return hash("sha256", JSON.stringify([seenBy, scope.map((each) => each ?? null), errorCodeId ?? null, policyVersionId ?? null]), "hex");
}

/** An object that an escalation goes by, or has to do with. */
export interface Linked {
  type: LinkableType;
  id: string;
}
