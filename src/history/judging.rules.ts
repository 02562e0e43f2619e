import type { AuditRow } from "../audits/table.ts";
import { type FieldRefusal, invalid } from "../core/fields.ts";
import { identityId, timeOfId } from "../core/ids.ts";
import { type Basis, complete, judge, NO_SCORECARD } from "../verdicts/findings.rules.ts";
import type { NamedPolicy } from "../verdicts/rules.ts";
import type { VerdictRow } from "../verdicts/table.ts";
import { type AuditInput, type Words, wordsOf } from "./rules.ts";

/** Who made an audit: staff, or of the vendors named; and the labelers that they are themselves. */
export interface Auditor {
  id: string;
  isStaff: boolean;
  vendorIds: readonly string[];
  labelerIds: readonly string[];
}

/** What of a decision its audit follows from. */
export interface Audited {
  id: string;
  labelerId: string;
  vendorId: string;
  siteId: string | null;
  market: string;
  labeled: Basis["labeled"];
}

/** What a row names; null where it leads nowhere. */
export interface Named {
  decision: Audited | null;
  truth: NamedPolicy | null;
  auditors: readonly Auditor[];
}

function missing(field: string, value: string | null | undefined, message: string): FieldRefusal {
  return { field, value: value ?? null, code: "NOT_FOUND", message };
}

function checkAuditor({ auditorRef, layer }: AuditInput, auditors: readonly Auditor[], decision: Audited): Auditor | FieldRefusal {
  const [auditor, another] = auditors;
  const refuse = (why: string) => invalid("auditorRef", auditorRef, why);
  if (!auditor) return missing("auditorRef", auditorRef, `"${auditorRef}" is nobody who has or had a role in the project, but as a labeler.`);
  if (another) return refuse("is several principals'; name the one by their opaque id.");
  if (auditor.labelerIds.includes(decision.labelerId)) return refuse("made this decision; nobody audits their own.");
  if (auditor.isStaff || (layer === "VENDOR" && auditor.vendorIds.includes(decision.vendorId))) return auditor;
  return refuse("audits for a vendor: its own labelers' decisions, in layer VENDOR.");
}

type Judged = Pick<VerdictRow, "outcome" | "errorType" | "attribution" | "processReason" | "severity" | "truthPolicyId">;

/** What of a recorded audit its recorder said, and the same audit must say again. */
export interface Said extends Record<Words, string | null>, Pick<VerdictRow, "truthAction" | "cause"> {
  truthPolicyCode: string;
  isTechnicalFailure: boolean;
}

/** An audit as it is written, with its verdict. */
export interface HistoricAudit extends Said, Judged {
  id: string;
  sampleId: string;
  verdictId: string;
  decisionId: string;
  vendorId: string;
  siteId: string | null;
  auditorId: string;
  layer: AuditRow["layer"];
  submittedAt: Date;
}

const NO_VERSIONS = new Map<string, never[]>();

/**
 * An audit as it is written, judged as one made here without a scorecard would be; or the first name of it that leads nowhere or can't
 * stand together with the others. Decision, layer, auditor and time make its ids, so that the same audit is known again.
 */
export function auditOf(input: AuditInput, { decision, truth, auditors }: Named, projectCode: string): HistoricAudit | FieldRefusal {
  const { decisionId, vendorCode, decisionRef, truthPolicyCode, submittedAt, truthAction = null, isTechnicalFailure, layer } = input;
  if (!decision && decisionId != null) return missing("decisionId", decisionId, `is no decision of project ${projectCode}.`);
  if (!decision) return missing("decisionRef", decisionRef, `"${decisionRef}" is no decision of vendor ${vendorCode} in project ${projectCode}.`);
  if (!truth) return missing("truthPolicyCode", truthPolicyCode, `"${truthPolicyCode}" is no policy that project ${projectCode} uses.`);
  if (!truth.isLeaf) return invalid("truthPolicyCode", truthPolicyCode, "has policies below it; name the one of them that fits.");
  const decidedAt = timeOfId(decision.id);
  if (submittedAt < decidedAt) return invalid("submittedAt", submittedAt, `lies before the decision, made at ${decidedAt.toISOString()}.`);
  const auditor = checkAuditor(input, auditors, decision);
  if ("field" in auditor) return auditor;
  const basis: Basis = { labeled: decision.labeled, truth, previous: null, golden: null, before: null, findings: [] };
  const right = { policy: { id: truth.id }, action: truthAction, tags: [], isTechnicalFailure: isTechnicalFailure ?? false, previous: null };
  const judged = judge({ market: decision.market, decidedAt }, right, basis, NO_VERSIONS, false);
  const { severity, cause } = complete(NO_SCORECARD, judged, basis, { answers: [], cause: input.cause ?? undefined });
  if (input.cause && !cause) return invalid("cause", input.cause, "is of an error, and the decision was right by this truth; leave it out.");
  const { outcome, errorType, attribution, processReason, truthPolicyId } = judged;
  const identity = [decision.id, layer ?? "CLIENT", auditor.id];
  return {
    id: identityId(submittedAt, "audit", ...identity),
    sampleId: identityId(submittedAt, "sample", ...identity),
    verdictId: identityId(submittedAt, "verdict", ...identity),
    decisionId: decision.id, vendorId: decision.vendorId, siteId: decision.siteId, auditorId: auditor.id, layer: layer ?? "CLIENT", submittedAt,
    outcome, errorType, attribution, processReason, severity, cause, truthPolicyId, truthPolicyCode, truthAction,
    isTechnicalFailure: right.isTechnicalFailure, comment: wordsOf(input, "comment"), guidance: wordsOf(input, "guidance"),
  };
}

const SAID: readonly (keyof Said)[] = ["truthPolicyCode", "truthAction", "isTechnicalFailure", "cause", "comment", "guidance"];
const OTHERWISE = "is not what this audit (decision, layer, auditor and submittedAt) was recorded with; correctVerdict changes a verdict.";

/** The first thing that an audit says otherwise than it was recorded; null if it is the same. */
export function contradiction(audit: HistoricAudit, recorded: Said): FieldRefusal | null {
  const field = SAID.find((name) => audit[name] !== recorded[name]);
  return field ? { ...invalid(field, audit[field], OTHERWISE), code: "CONFLICT" } : null;
}
