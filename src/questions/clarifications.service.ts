import { InvalidInput, NotFound } from "../core/errors.ts";
import { newId, type ProjectKey } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import type { Verb } from "../db/verb.ts";
import { append } from "../events/outbox.ts";
import { checkMarkets } from "../vendors/service.ts";
import { insertClarifications, listPoliciesOfVersions, listUsedPolicies } from "./store.ts";

/** What words are about: a policy, and where it matters the version and the market. */
export interface Subject {
  policyId: string;
  policyVersionId?: string | null;
  market?: string | null;
}

/** Refuses the first policy that the project doesn't use, version that isn't the policy's, or market that there is none of. */
export async function checkSubjects(
  db: Db,
  projectId: string,
  subjects: readonly Subject[],
  pathOf: (index: number, field: string) => string[],
): Promise<void> {
  const used = await listUsedPolicies(db, projectId, subjects.map(({ policyId }) => policyId));
  const versionIds = subjects.flatMap(({ policyVersionId }) => policyVersionId ?? []);
  const policyOf = versionIds.length === 0 ? new Map<string, string>() : await listPoliciesOfVersions(db, versionIds);
  for (const [index, { policyId, policyVersionId }] of subjects.entries()) {
    if (!used.has(policyId)) throw new NotFound("There is no such policy in the project.", pathOf(index, "policyId"));
    if (policyVersionId == null) continue;
    const path = pathOf(index, "policyVersionId");
    if (!policyOf.has(policyVersionId)) throw new NotFound("There is no such policy version.", path);
    if (policyOf.get(policyVersionId) !== policyId) throw new InvalidInput("policyVersionId: it is a version of another policy.", path);
  }
  const named = subjects.flatMap(({ market }, index) => (market == null ? [] : [{ market, index }]));
  await checkMarkets(db, named.map(({ market }) => market), (place) => pathOf(named[place]!.index, "market"));
}

/** How a policy is to be read; in all markets where none is named. */
export interface Clarification {
  policyId: string;
  policyVersionId: string | null;
  market: string | null;
  text: string;
  questionId?: string;
  calibrationSessionId?: string;
}

/** Publishes clarifications to everybody in the project, in their order. Whoever calls has seen to it that the viewer may, and that the words are sound. */
export async function publishClarifications(verb: Verb, projectId: string, given: readonly Clarification[]): Promise<ProjectKey[]> {
  if (given.length === 0) return [];
  const rows = given.map((each) => ({ ...each, projectId, id: newId(verb.now), publishedById: verb.viewer.principalId, publishedAt: verb.now }));
  await insertClarifications(verb.db, rows);
  const subject = { projectId, type: "clarification.published", subjectType: "Clarification", audience: { isProjectVisible: true } };
  await append(verb, rows.map(({ id }) => ({ ...subject, subjectId: id })));
  return rows.map(({ id }) => ({ projectId, id }));
}
