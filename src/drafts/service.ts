import { checkText } from "../core/checks.ts";
import { NotFound, NotIndependent } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { walk } from "../core/machine.ts";
import { checkVersion, type ExpectedVersion } from "../db/changes.ts";
import { asSystem, asWorker, type Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { checkGraceHours, checkSemverForm } from "../policies/rules.ts";
import { versionEvent } from "../policies/service.ts";
import type { PolicyVersionRow } from "../policies/table.ts";
import { checkManaged } from "../policies/usage.service.ts";
import { checkMarkets } from "../vendors/service.ts";
import { activateDue } from "./activation.service.ts";
import { checkSemver, planStart, POLICY_VERSION_MACHINE, versionParts, type VersionVerb } from "./rules.ts";
import { areOfTwo, insertDraft, listStanding, lockPolicy, lockVersion, moveVersion } from "./store.ts";

/** What a version says from the start. */
export interface NewVersion {
  policyId: string;
  market: string | null;
  semver: string;
  graceHours: number;
  isMandatory: boolean;
  diff: string | null;
}

type State = PolicyVersionRow["state"];

// Until it takes effect, a version is the staff's.
async function tell(verb: Verb, id: string, from: State | null, to: State, told: Pick<EventDraft, "reason" | "payload"> = {}): Promise<{ id: string }> {
  await append(verb, [{ ...versionEvent(id, from, to), ...told, audience: { isStaffVisible: true } }]);
  return { id };
}

/** Drafts a version of a policy, whose author is the viewer. Its number comes after all others of the policy and market. */
export async function createPolicyVersion(verb: Verb, input: NewVersion): Promise<{ id: string }> {
  const { policyId, market, isMandatory } = input;
  const graceHours = checkGraceHours(input.graceHours, ["graceHours"]);
  const diff = input.diff === null ? null : checkText(input.diff, ["diff"]);
  const semver = checkSemverForm(input.semver, ["semver"]);
  if (!(await lockPolicy(verb.db, policyId))) throw new NotFound("There is no such policy.", ["policyId"]);
  await checkManaged(verb, [policyId], () => ["policyId"]);
  await checkMarkets(verb.db, market === null ? [] : [market], () => ["market"]);
  checkSemver(semver, await listStanding(verb.db, policyId), market);
  const id = newId(verb.now);
  const state = "DRAFT" as const;
  await insertDraft(verb.db, { id, policyId, market, semver, graceHours, isMandatory, diff, state, authorId: verb.viewer.principalId });
  return tell(verb, id, null, state);
}

// A version with its policy held, and the state that the verb takes it to.
async function take(verb: Verb, id: string, name: VersionVerb, expectedVersion: ExpectedVersion) {
  const row = await lockVersion(verb.db, id);
  if (!row) throw new NotFound("There is no such policy version.", ["policyVersionId"]);
  await checkManaged(verb, [row.policyId], () => ["policyVersionId"]);
  checkVersion(row.version, expectedVersion);
  const isOwn = row.authorId === verb.viewer.principalId;
  const parts = versionParts(verb.viewer, row, isOwn && (await areOfTwo(verb.db, [row.policyId]))[0]!);
  if (name === "approvePolicyVersion" && !parts.has("REVIEWER")) {
    throw new NotIndependent("You drafted this version; another policy manager, or an administrator, approves it.", ["policyVersionId"]);
  }
  return { row, to: walk(POLICY_VERSION_MACHINE, row.state, name, parts).to! };
}

/** Asks for a draft to be approved. */
export async function submitPolicyVersion(verb: Verb, id: string, expectedVersion: ExpectedVersion): Promise<{ id: string }> {
  const { row, to } = await take(verb, id, "submitPolicyVersion", expectedVersion);
  await moveVersion(verb.db, id, { state: to }, verb.now);
  return tell(verb, id, row.state, to);
}

/** Makes a version under review a draft again. */
export async function returnPolicyVersion(verb: Verb, id: string, reason: string, expectedVersion: ExpectedVersion): Promise<{ id: string }> {
  const { row, to } = await take(verb, id, "returnPolicyVersion", expectedVersion);
  const told = { reason: checkText(reason, ["reason"]) };
  await moveVersion(verb.db, id, { state: to }, verb.now);
  return tell(verb, id, row.state, to, told);
}

/** Gives a version up that has not taken effect; when it was to is no time of its any more. */
export async function withdrawPolicyVersion(verb: Verb, id: string, reason: string, expectedVersion: ExpectedVersion): Promise<{ id: string }> {
  const { row, to } = await take(verb, id, "withdrawPolicyVersion", expectedVersion);
  const told = { reason: checkText(reason, ["reason"]) };
  await moveVersion(verb.db, id, { state: to, effectiveFrom: null }, verb.now);
  return tell(verb, id, row.state, to, told);
}

/** Approves a version for a time, by somebody else than its author unless there is nobody. If the time has come, it takes effect at once. */
export async function approvePolicyVersion(verb: Verb, id: string, given: Date | null, expectedVersion: ExpectedVersion): Promise<{ id: string }> {
  const { row, to } = await take(verb, id, "approvePolicyVersion", expectedVersion);
  const effectiveFrom = planStart(row, await listStanding(verb.db, row.policyId), given, verb.now);
  await moveVersion(verb.db, id, { state: to, effectiveFrom }, verb.now);
  await tell(verb, id, row.state, to, { payload: { effectiveFrom: effectiveFrom.toISOString() } });
  if (effectiveFrom <= verb.now) {
    await asSystem(verb, (db) => activateDue({ ...asWorker(db, verb.now), subjects: verb.subjects }, [row.policyId]));
  }
  return { id };
}
