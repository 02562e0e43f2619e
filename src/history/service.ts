import { windowsOf } from "../audits/service.ts";
import { InvalidInput } from "../core/errors.ts";
import { isRefusal, type OnError, type Recorded, type RowRefusal, settle } from "../core/fields.ts";
import { readId } from "../core/ids.ts";
import { asSystem, type Verb } from "../db/verb.ts";
import { type Names, openNames } from "../decisions/names.service.ts";
import { append } from "../events/outbox.ts";
import { foldRecorded } from "../rollups/service.ts";
import { type Auditor, auditOf, contradiction, type HistoricAudit, type Said } from "./judging.rules.ts";
import { type AuditInput, checkAudit, checkRecorder, decisionKey, MOST_AUDITS } from "./rules.ts";
import { findAuditors, findSaid, findSubjects, insertAudits, lockHistory } from "./store.ts";

type Project = Pick<Names, "projectId" | "projectCode">;

interface Resolved {
  rows: { row: number; audit: HistoricAudit }[];
  refusals: RowRefusal[];
}

function nameOf(ref: string) {
  const read = readId(ref);
  return { ref, id: read?.type === "Principal" ? read.key.id : null };
}

async function auditorsOf(verb: Verb, projectId: string, inputs: readonly AuditInput[]): Promise<(input: AuditInput) => Auditor[]> {
  const recorder: Auditor = { id: verb.viewer.principalId, isStaff: true, vendorIds: [], labelerIds: [] };
  const names = [...new Set(inputs.flatMap(({ auditorRef }) => auditorRef ?? []))].map(nameOf);
  const found = names.length > 0 ? await asSystem(verb, (db) => findAuditors(db, projectId, names)) : new Map<string, Auditor[]>();
  return ({ auditorRef }) => (auditorRef == null ? [recorder] : (found.get(auditorRef) ?? []));
}

// What the recorder may not see is not there: also a decision that they have yet to judge blindly.
async function resolveAudits(verb: Verb, { projectId, projectCode }: Project, inputs: readonly AuditInput[]): Promise<Resolved> {
  const resolved: Resolved = { rows: [], refusals: [] };
  const wrong = inputs.map((input) => checkAudit(input, verb.viewer, verb.now));
  const sound = inputs.filter((_, row) => !wrong[row]);
  const asked = sound.map(({ decisionId, vendorCode = null, decisionRef = null, truthPolicyCode }) => {
    const key = decisionKey(decisionId);
    return { decisionId: key?.projectId === projectId ? key.id : null, vendorCode, decisionRef, truthPolicyCode };
  });
  const subjects = await findSubjects(verb.db, projectId, asked);
  const subjectOf = new Map(sound.map((input, i) => [input, subjects[i]!]));
  const auditors = await auditorsOf(verb, projectId, sound);
  inputs.forEach((input, row) => {
    const audit = wrong[row] ?? auditOf(input, { ...subjectOf.get(input)!, auditors: auditors(input) }, projectCode);
    if (isRefusal(audit)) resolved.refusals.push({ row, ...audit });
    else resolved.rows.push({ row, audit });
  });
  return resolved;
}

/** What audits of earlier batches said, by id: for a dry run, whose earlier batches the database doesn't know. */
export type SeenAudits = Map<string, Said>;

// Tells audits that are new from those that are there already, in the database or further up in the same import.
async function sortAudits(verb: Verb, projectId: string, rows: Resolved["rows"], seen: SeenAudits) {
  const recorded = await asSystem(verb, (db) => findSaid(db, projectId, rows.map(({ audit }) => audit.id)));
  const sorted = { fresh: [] as Resolved["rows"], alreadyPresent: [] as number[], conflicts: [] as RowRefusal[] };
  for (const { row, audit } of rows) {
    const earlier = recorded.get(audit.id) ?? seen.get(audit.id);
    const contrary = earlier && contradiction(audit, earlier);
    if (contrary) sorted.conflicts.push({ row, ...contrary });
    else if (earlier) sorted.alreadyPresent.push(row);
    else sorted.fresh.push({ row, audit });
    seen.set(audit.id, earlier ?? audit);
  }
  return sorted;
}

async function writeFresh(verb: Verb, projectId: string, audits: readonly HistoricAudit[]): Promise<void> {
  await asSystem(verb, async (db) => {
    const windows = await windowsOf(db, audits.map(({ vendorId, siteId, submittedAt }) => ({ projectId, vendorId, siteId, publishedAt: submittedAt })));
    await insertAudits(db, projectId, audits.map((audit, i) => ({ ...audit, windowDueAt: windows[i]! })), verb.now);
    // The one event names no audits.
    await foldRecorded(db, projectId, audits.map(({ id }) => id), verb.now);
  });
  const times = audits.map(({ submittedAt }) => submittedAt.getTime());
  const [firstSubmittedAt, lastSubmittedAt] = [Math.min(...times), Math.max(...times)].map((time) => new Date(time).toISOString());
  const incorrect = audits.filter(({ outcome }) => outcome === "INCORRECT").length;
  const payload = { recorded: audits.length, incorrect, firstSubmittedAt, lastSubmittedAt };
  const subject = { projectId, subjectType: "Project", subjectId: projectId };
  // Auditors read what is published; partners would learn how many audits other vendors had.
  await append(verb, [{ ...subject, type: "audits.recorded", payload, audience: { isStaffVisible: true } }]);
}

/**
 * Records audits that were made elsewhere, as they were: published when they were submitted, and judged as ours are. The same audit again is
 * counted; said otherwise, it is refused. With `seen` nothing is written, and the answer is what it would be.
 */
export async function writeAudits(
  verb: Verb,
  project: Project,
  inputs: readonly AuditInput[],
  onError: OnError,
  seen?: SeenAudits,
): Promise<Recorded> {
  checkRecorder(verb.viewer);
  const { projectId } = project;
  await lockHistory(verb.db, projectId);
  const resolved = await resolveAudits(verb, project, inputs);
  const sorted = await sortAudits(verb, projectId, resolved.rows, seen ?? new Map());
  const { refusals, end } = settle([...resolved.refusals, ...sorted.conflicts], onError);
  const taken = sorted.fresh.filter(({ row }) => row < end).map(({ audit }) => audit);
  if (taken.length > 0 && !seen) await writeFresh(verb, projectId, taken);
  const alreadyPresent = sorted.alreadyPresent.filter((row) => row < end).length;
  return { recorded: taken.length, alreadyPresent, refused: refusals.length, refusals };
}

/** Records up to 5,000 audits of a project. */
export async function recordAudits(
  verb: Verb,
  input: { projectCode: string; items: readonly AuditInput[]; onError: OnError },
): Promise<Recorded> {
  checkRecorder(verb.viewer);
  const { items } = input;
  const remedy = `record at most ${MOST_AUDITS} a call, or stream them to POST /import/audits`;
  if (items.length > MOST_AUDITS) throw new InvalidInput(`items: ${items.length} are too many; ${remedy}.`, ["items"]);
  return writeAudits(verb, await openNames(verb.db, input.projectCode), items, input.onError);
}
