import { checkCode, checkName } from "../core/checks.ts";
import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import { type Key, newId, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import type { Verb } from "../db/verb.ts";
import { append, type EventDraft } from "../events/outbox.ts";
import { checkStart, FIRST_SEMVER, NO_VIOLATION_ID } from "./rules.ts";
import {
  changePolicyRow, insertPolicies, insertVersions, isProject, listPathUp, listPolicies, listPoliciesByCode, lockTree, type PolicyChange, recountLeaves,
} from "./store.ts";
import type { PolicyRow } from "./table.ts";
import { checkManaged, usePolicies } from "./usage.service.ts";

/** What createPolicy takes. */
export interface NewPolicy {
  code: string;
  name: string;
  parentId?: string | null;
  isViolating: boolean;
  severity: PolicyRow["severity"];
  harmCategory?: string | null;
  rank?: number | null;
  /** Of its first version; now if absent. */
  effectiveFrom?: Date | null;
}

/** What changePolicy takes; absent fields stay, null clears the category, the rank and the parent. */
export interface ChangedPolicy {
  name?: string | null;
  severity?: PolicyRow["severity"] | null;
  harmCategory?: string | null;
  rank?: number | null;
  parentId?: string | null;
  expectedVersion?: number | null;
}

const MOST = 500;
const EPOCH = new Date(0);
const audience = { isProjectVisible: true };

function policyEvent(what: string, subjectId: string): EventDraft {
  return { projectId: SYSTEM_PROJECT_ID, type: `policy.${what}`, subjectType: "Policy", subjectId, audience };
}

/** The event of a version that enters a state. */
export function versionEvent(subjectId: string, fromState: string | null, toState: string): EventDraft {
  const type = `policy_version.${toState.toLowerCase()}`;
  return { projectId: SYSTEM_PROJECT_ID, type, subjectType: "PolicyVersion", subjectId, fromState, toState, audience };
}

async function checkParent(verb: Verb, parentId: string): Promise<void> {
  const [parent] = await listPolicies(verb.db, [parentId]);
  if (!parent) throw new NotFound("There is no such policy.", ["parentId"]);
  if (parentId === NO_VIOLATION_ID) throw new InvalidInput("parentId: nothing stands below NV; decisions name it.", ["parentId"]);
  await checkManaged(verb, [parentId], () => ["parentId"]);
}

function checkCategory(harmCategory: string | null | undefined): string | null | undefined {
  return harmCategory == null ? harmCategory : checkCode(harmCategory, ["harmCategory"]);
}

type Plain = Pick<PolicyRow, "code" | "name" | "isViolating" | "severity"> & Partial<PolicyRow>;

// A policy is never without a text in force: its first version comes with it.
async function addPolicies(verb: Verb, rows: readonly Plain[], effectiveFrom: Date): Promise<PolicyRow[]> {
  const added = await insertPolicies(verb.db, rows.map((row) => ({ ...row, id: newId(verb.now) })));
  if (added.length === 0) return added;
  const first = { semver: FIRST_SEMVER, state: "EFFECTIVE" as const, effectiveFrom };
  const versions = added.map(({ id }) => ({ ...first, id: newId(effectiveFrom), policyId: id }));
  await insertVersions(verb.db, versions);
  const created = added.map(({ id }) => policyEvent("created", id));
  await append(verb, [...created, ...versions.map(({ id }) => versionEvent(id, null, first.state))]);
  return added;
}

/** Adds a policy with its first version, in force for all markets since `effectiveFrom`, which may be past. */
export async function createPolicy(verb: Verb, input: NewPolicy): Promise<{ id: string }> {
  const { parentId = null, isViolating, severity, rank = null } = input;
  const effectiveFrom = input.effectiveFrom ? checkStart(input.effectiveFrom, verb.now, ["effectiveFrom"]) : verb.now;
  if (parentId) {
    await lockTree(verb.db);
    await checkParent(verb, parentId);
  }
  const [code, name, harmCategory] = [checkCode(input.code), checkName(input.name), checkCategory(input.harmCategory)];
  const [added] = await addPolicies(verb, [{ code, name, parentId, isViolating, severity, rank, harmCategory }], effectiveFrom);
  if (!added) throw new Conflict(`code: "${input.code}" is taken by another policy.`, ["code"]);
  if (parentId) await recountLeaves(verb.db, [parentId], verb.now);
  return { id: added.id };
}

async function move(verb: Verb, policyId: string, parentId: string | null): Promise<string[]> {
  await lockTree(verb.db);
  const [policy] = await listPolicies(verb.db, [policyId]);
  if (!policy) throw new NotFound("There is no such policy.", ["id"]);
  if (parentId) {
    await checkParent(verb, parentId);
    const above = await listPathUp(verb.db, parentId);
    if (above.has(policyId)) throw new Conflict("parentId: the policy would stand below itself.", ["parentId"]);
  }
  return [policy.parentId, parentId].filter((id) => id !== null);
}

/** Changes what a policy is called, weighs and stands below. Its code and whether it is violating never change: facts rest on them. */
export async function changePolicy(verb: Verb, key: Key, input: ChangedPolicy): Promise<{ id: string }> {
  await checkManaged(verb, [key.id], () => ["id"]);
  const parents = input.parentId === undefined ? [] : await move(verb, key.id, input.parentId);
  const change: PolicyChange = {
    name: input.name == null ? undefined : checkName(input.name),
    severity: input.severity ?? undefined,
    harmCategory: checkCategory(input.harmCategory),
    rank: input.rank,
    parentId: input.parentId,
  };
  await changePolicyRow(verb.db, key, input.expectedVersion, change, verb.now);
  if (parents.length > 0) await recountLeaves(verb.db, parents, verb.now);
  await append(verb, [policyEvent("changed", key.id)]);
  return { id: key.id };
}

/** Makes a project use policies (and NV); those it uses already stay. Nothing takes them away again, since facts refer to them. */
export async function addProjectPolicies(
  verb: Verb,
  projectId: string,
  policyIds: readonly string[],
): Promise<{ id: string; addedCount: number }> {
  if (policyIds.length > MOST) throw new InvalidInput(`policyIds: ${policyIds.length} are too many; add ${MOST} at a time.`, ["policyIds"]);
  if (!(await isProject(verb.db, projectId))) throw new NotFound("There is no such project.", ["projectId"]);
  const present = new Set((await listPolicies(verb.db, policyIds)).map((policy) => policy.id));
  const missing = policyIds.findIndex((id) => !present.has(id));
  if (missing >= 0) throw new NotFound("There is no such policy.", ["policyIds", String(missing)]);
  return { id: projectId, addedCount: await usePolicies(verb, projectId, policyIds) };
}

/**
 * The ids of the policies that a source names, by code: those that don't exist are created, violating unless named otherwise, at their
 * place of an ordinal scale if they have one, in force since the epoch; the project uses them all from now on.
 */
export async function ensurePolicies(
  verb: Verb,
  projectId: string,
  codes: readonly string[],
  nonViolating: ReadonlySet<string>,
  ranks: ReadonlyMap<string, number> = new Map(),
): Promise<Map<string, string>> {
  const present = new Set((await listPoliciesByCode(verb.db, codes)).map((policy) => policy.code));
  const absent = [...new Set(codes)].filter((code) => !present.has(checkCode(code)));
  const rows = absent.map((code) => {
    const isViolating = !nonViolating.has(code);
    return { code, name: code, isViolating, severity: isViolating ? ("MAJOR" as const) : ("MINOR" as const), rank: ranks.get(code) ?? null };
  });
  if (rows.length > 0) await addPolicies(verb, rows, EPOCH);
  const ids = new Map((await listPoliciesByCode(verb.db, codes)).map(({ code, id }) => [code, id]));
  await usePolicies(verb, projectId, [...ids.values()]);
  return ids;
}
