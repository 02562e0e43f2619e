import { checkName, checkText } from "../core/checks.ts";
import { Conflict, InvalidInput, NotFound } from "../core/errors.ts";
import { encodeId, type ProjectKey } from "../core/ids.ts";
import { actsIn, isPartner } from "../core/viewer.ts";
import type { ExpectedVersion } from "../db/changes.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { changeStanding, takeEscalation } from "../escalations/service.ts";
import type { EscalationRow } from "../escalations/table.ts";
import { checkSubjects } from "../questions/clarifications.service.ts";
import { checkMarkets } from "../vendors/service.ts";
import { fingerprintOf, type Linked, type Scope } from "./rules.ts";
import { insertOpen, linksOf } from "./service.ts";
import { deleteLink, findHidden, findMissing, hasLink, insertLinks, lockOpen, lockOpening } from "./store.ts";

const MOST_LINKS = 100;

/** What somebody opens by hand. */
export interface NewEscalation extends Scope {
  projectId: string;
  title: string;
  kind: EscalationRow["kind"];
  severity: EscalationRow["severity"];
  description: string;
  evidence: readonly Linked[];
  isShared: boolean;
}

async function checkScope(verb: Verb, { projectId, policyId, policyVersionId, market, ...scope }: NewEscalation): Promise<void> {
  const missing = await findMissing(verb.db, projectId, scope);
  if (missing) throw new NotFound(`${missing.join(".")}: there is no such ${missing[0]!.replace(/Ids?$/, "")}.`, missing);
  if (policyVersionId && !policyId) throw new InvalidInput("policyId: name the policy of the version too.", ["policyId"]);
  if (policyId) await checkSubjects(verb.db, projectId, [{ policyId, policyVersionId }], (_, field) => [field]);
  await checkMarkets(verb.db, market ? [market] : [], () => ["market"]);
}

async function checkEvidence(verb: Verb, projectId: string, evidence: readonly Linked[]): Promise<void> {
  if (evidence.length > MOST_LINKS) throw new InvalidInput(`evidenceIds: ${evidence.length} are too many; give at most ${MOST_LINKS}.`, ["evidenceIds"]);
  const [hidden] = evidence.length === 0 ? [] : await findHidden(verb.db, projectId, evidence);
  if (hidden === undefined) return;
  throw new NotFound(`evidenceIds[${hidden}]: there is no such ${evidence[hidden]!.type} in the project.`, ["evidenceIds", String(hidden)]);
}

/**
 * Opens an escalation, with what it goes by as evidence; its clocks start. What a partner opens concerns their vendor, which sees it. Refused
 * while one of the same title, scope, error code and policy version is open that the viewer sees.
 */
export async function openEscalation(verb: Verb, given: NewEscalation): Promise<ProjectKey> {
  const { viewer } = verb;
  const { projectId, title, kind, severity, evidence } = given;
  if (!actsIn(viewer, projectId)) throw new NotFound("There is no such project.", ["projectId"]);
  if (isPartner(viewer) && given.vendorId && given.vendorId !== viewer.vendorId) throw new NotFound("There is no such vendor.", ["vendorId"]);
  const vendorId = isPartner(viewer) ? viewer.vendorId : (given.vendorId ?? null);
  const isPartnerVisible = isPartner(viewer) || given.isShared;
  if (isPartnerVisible && !vendorId) throw new InvalidInput("vendorId: name the vendor that it is shared with.", ["vendorId"]);
  const scope = {
    vendorId, queueIds: [...new Set(given.queueIds ?? [])], market: given.market ?? null, policyId: given.policyId ?? null,
    policyVersionId: given.policyVersionId ?? null, errorCodeId: given.errorCodeId ?? null,
  };
  await checkScope(verb, { ...given, ...scope });
  await checkEvidence(verb, projectId, evidence);
  const named = checkName(title, ["title"]);
  // A partner's is told apart from one of the client's, which they may not see.
  const fingerprint = fingerprintOf(["MANUAL", isPartner(viewer) ? vendorId : null, named.toLowerCase()], scope);
  await lockOpening(verb.db, [projectId]);
  const [standing] = await lockOpen(verb.db, [{ projectId, fingerprint }]);
  if (standing) {
    throw new Conflict(`title: it is open already, as ${encodeId("Escalation", standing)}; link your evidence to that one.`, ["title"]);
  }
  const problem = { ...scope, projectId, title: named, kind, severity, trigger: "MANUAL" as const, fingerprint, isPartnerVisible };
  const [opened] = await insertOpen(verb, [{ ...problem, problemStatement: checkText(given.description, ["description"]) }]);
  await asSystem(verb, (db) => insertLinks(db, linksOf(verb, opened!, evidence, null)));
  return { projectId, id: opened!.id };
}

/** Links objects that the viewer sees to an escalation; those that are linked already stay as they are. */
export async function linkEvidence(
  verb: Verb,
  key: ProjectKey,
  { evidence, note }: { evidence: readonly Linked[]; note: string | null },
  expectedVersion: ExpectedVersion,
): Promise<ProjectKey> {
  const { row } = await takeEscalation(verb, key, "linkEvidence", expectedVersion);
  if (evidence.length === 0) throw new InvalidInput("evidenceIds: name at least one object.", ["evidenceIds"]);
  await checkEvidence(verb, key.projectId, evidence);
  const words = note === null ? null : checkText(note, ["note"]);
  await asSystem(verb, (db) => insertLinks(db, linksOf(verb, key, evidence, words)));
  return changeStanding(verb, row, "linkEvidence", {});
}

/** Takes a link away from an escalation. The object itself is not touched. */
export async function unlinkEvidence(verb: Verb, key: ProjectKey, linkId: string, expectedVersion: ExpectedVersion): Promise<ProjectKey> {
  const { row } = await takeEscalation(verb, key, "unlinkEvidence", expectedVersion);
  if (!(await hasLink(verb.db, key, linkId))) throw new NotFound("It has no such link.", ["linkId"]);
  await asSystem(verb, (db) => deleteLink(db, key.projectId, linkId));
  return changeStanding(verb, row, "unlinkEvidence", {});
}
