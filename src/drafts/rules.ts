import { Conflict, InvalidInput } from "../core/errors.ts";
import type { Machine } from "../core/machine.ts";
import type { Viewer } from "../core/viewer.ts";
import { MANAGERS } from "../policies/rules.ts";
import type { PolicyVersionRow } from "../policies/table.ts";

export type VersionVerb =
  | "submitPolicyVersion" | "returnPolicyVersion" | "approvePolicyVersion" | "activatePolicyVersion" | "withdrawPolicyVersion" | "importPolicyVersions";
/** REVIEWER: who manages the policy and may approve this version of it, which is rarely its author. */
export type VersionActor = (typeof MANAGERS)[number] | "REVIEWER" | "SYS";
type State = PolicyVersionRow["state"];

/** From a draft through review to its time in force (`domain.md` section 6). History that is imported may close the version in force. */
export const POLICY_VERSION_MACHINE: Machine<State, VersionVerb, VersionActor> = {
  entity: "policy version",
  arrows: [
    { from: ["DRAFT"], verb: "submitPolicyVersion", to: "IN_REVIEW", who: MANAGERS },
    { from: ["IN_REVIEW"], verb: "returnPolicyVersion", to: "DRAFT", who: MANAGERS },
    { from: ["IN_REVIEW"], verb: "approvePolicyVersion", to: "SCHEDULED", who: ["REVIEWER"] },
    { from: ["SCHEDULED"], verb: "activatePolicyVersion", to: "EFFECTIVE", who: ["SYS"] },
    { from: ["EFFECTIVE"], verb: "activatePolicyVersion", to: "SUPERSEDED", who: ["SYS"] },
    { from: ["EFFECTIVE"], verb: "importPolicyVersions", to: "SUPERSEDED", who: MANAGERS },
    { from: ["DRAFT", "IN_REVIEW", "SCHEDULED"], verb: "withdrawPolicyVersion", to: "WITHDRAWN", who: MANAGERS },
  ],
};

/** What somebody who manages the policy is to a version: a reviewer, but of their own only where no project has two who could. */
export function versionParts(viewer: Viewer, { authorId }: Pick<PolicyVersionRow, "authorId">, needsAnother: boolean): Set<VersionActor> {
  const parts = new Set<VersionActor>(MANAGERS.filter((role) => role === viewer.role));
  if (!needsAnother || authorId !== viewer.principalId) parts.add("REVIEWER");
  return parts;
}

/** A version among those of its policy; one that was given up counts no more. */
export type Standing = Pick<PolicyVersionRow, "id" | "market" | "semver" | "state" | "effectiveFrom" | "effectiveTo">;

const lineOf = (versions: readonly Standing[], market: string | null) => versions.filter((each) => each.market === market);
const numbersOf = (semver: string) => semver.split(".").map(Number);

function isAfter(semver: string, other: string): boolean {
  const [mine, its] = [numbersOf(semver), numbersOf(other)];
  const place = mine.findIndex((each, i) => each !== its[i]);
  return place >= 0 && mine[place]! > its[place]!;
}

/** Refuses a number that doesn't come after all others of the policy and market. */
export function checkSemver(semver: string, versions: readonly Standing[], market: string | null): string {
  const [last] = lineOf(versions, market).map((each) => each.semver).sort((a, b) => (isAfter(a, b) ? -1 : 1));
  if (last === undefined || isAfter(semver, last)) return semver;
  throw new Conflict(`semver: "${semver}" must come after ${last}, which this policy and market have already.`, ["semver"]);
}

const path = ["effectiveFrom"];

/**
 * When an approved version takes effect: now or later, a policy's first version also since 1970. Refused where the periods of its policy and
 * market would not follow each other: at the time of another version that is scheduled, or after a stretch in which none of the market was in force.
 */
export function planStart(version: Standing, versions: readonly Standing[], given: Date | null, now: Date): Date {
  const start = given ?? now;
  const inForce = versions.filter(({ state }) => state === "EFFECTIVE" || state === "SUPERSEDED");
  const line = lineOf(inForce, version.market);
  const at = start.toISOString();
  if (start.getTime() < 0) throw new InvalidInput(`effectiveFrom: ${at} is before 1970.`, path);
  if (start < now && inForce.length > 0) throw new InvalidInput(`effectiveFrom: ${at} is past; give a time to come, or none for now.`, path);
  const last = line.reduce<Standing | null>((found, each) => (found && found.effectiveFrom! > each.effectiveFrom! ? found : each), null);
  if (last?.effectiveTo) {
    const ended = `effectiveFrom: ${last.semver} ended at ${last.effectiveTo.toISOString()}, and a hole would lie between`;
    throw new Conflict(`${ended}; import what held in this market since then.`, path);
  }
  const same = lineOf(versions, version.market).find((each) => each.id !== version.id && each.effectiveFrom?.getTime() === start.getTime());
  if (same) throw new Conflict(`effectiveFrom: ${same.semver} takes effect at ${at} too; choose another time, or withdraw it.`, path);
  return start;
}
