import { type AuditRow, ERROR_CAUSES } from "../audits/table.ts";
import { Forbidden } from "../core/errors.ts";
import { checkTexts, type FieldRefusal, invalid } from "../core/fields.ts";
import { type ProjectKey, readId } from "../core/ids.ts";
import { type Access, mayOnly, type Viewer } from "../core/viewer.ts";
import { AUDIT_LAYERS } from "../plans/table.ts";
import type { VerdictRow } from "../verdicts/table.ts";

/** How many audits one call may bring. */
export const MOST_AUDITS = 5_000;

/** An audit made elsewhere, as its recorder names it: its decision by opaque id, or by vendor and that vendor's reference. */
export interface AuditInput {
  decisionId?: string | null;
  vendorCode?: string | null;
  decisionRef?: string | null;
  truthPolicyCode: string;
  truthAction?: string | null;
  isTechnicalFailure?: boolean | null;
  /** Whoever records it if absent; clients name somebody. */
  auditorRef?: string | null;
  submittedAt: Date;
  cause?: VerdictRow["cause"];
  comment?: string | null;
  guidance?: string | null;
  /** CLIENT if absent. */
  layer?: AuditRow["layer"] | null;
}

/** Who brings audits made elsewhere. */
export const RECORDERS: Access = { roles: ["ADMIN", "QA_LEAD"], scope: "audits:write" };

/** Refuses all who may not say what was audited; a vendor's own client would grade its vendor. */
export function checkRecorder(viewer: Viewer): void {
  mayOnly(viewer, "recordAudits", RECORDERS);
  if (viewer.role !== "SERVICE" || viewer.vendorId === null) return;
  throw new Forbidden("recordAudits is not for a vendor's client: it would grade its own vendor.");
}

const LONGEST = { vendorCode: 64, decisionRef: 200, truthPolicyCode: 64, truthAction: 64, auditorRef: 254 };
const LONGEST_WORDS = { comment: 10_000, guidance: 2_000 } as const;
// Words of several lines are fine; NUL can't be stored.
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** What an audit says in free words. */
export type Words = keyof typeof LONGEST_WORDS;

/** Free words as they are stored: trimmed; null for none. */
export function wordsOf(input: AuditInput, field: Words): string | null {
  return input[field]?.trim() || null;
}

function checkWords(input: AuditInput, field: Words): FieldRefusal | null {
  const [text, most] = [wordsOf(input, field) ?? "", LONGEST_WORDS[field]];
  if (text.length > most) return invalid(field, text, `has ${text.length} characters; at most ${most} are taken.`);
  return UNPRINTABLE.test(text) ? invalid(field, text, "must not contain control characters but line breaks and tabs.") : null;
}

function checkWord(field: "cause" | "layer", word: string | null | undefined, words: readonly string[]): FieldRefusal | null {
  return word == null || words.includes(word) ? null : invalid(field, word, `must be one of ${words.join(", ")}.`);
}

function checkNaming({ decisionId, decisionRef, vendorCode }: AuditInput): FieldRefusal | null {
  if (decisionId != null) {
    if (decisionRef != null) return invalid("decisionRef", decisionRef, "names the decision a second time; give this or decisionId.");
    return decisionKey(decisionId) ? null : invalid("decisionId", decisionId, "is no Decision's id; take it from a Decision's id field.");
  }
  if (decisionRef == null) return invalid("decisionRef", null, "is empty; give it with vendorCode, or else decisionId.");
  return vendorCode == null ? invalid("vendorCode", null, "is empty; decisionRef is a reference of that vendor's.") : null;
}

/** The key in a decision's opaque id; null if it is none. */
export function decisionKey(decisionId: string | null | undefined): ProjectKey | null {
  const read = decisionId == null ? null : readId(decisionId);
  return read?.type === "Decision" && read.key.projectId !== null ? (read.key as ProjectKey) : null;
}

// A client audits nothing itself.
function checkAuditorNamed({ auditorRef }: AuditInput, viewer: Viewer): FieldRefusal | null {
  if (auditorRef != null || viewer.role !== "SERVICE") return null;
  return invalid("auditorRef", null, "is empty; a client names who audited, by JWT subject, e-mail address or opaque id.");
}

/** The first field of an audit that can't be taken from this viewer as it is, whatever the database holds; null if all can. */
export function checkAudit(input: AuditInput, viewer: Viewer, now: Date): FieldRefusal | null {
  const { submittedAt, cause, layer } = input;
  const wrong = checkTexts(input, LONGEST) ?? checkNaming(input) ?? checkAuditorNamed(input, viewer);
  if (wrong) return wrong;
  if (!(submittedAt <= now)) return invalid("submittedAt", submittedAt, `lies in the future; it is ${now.toISOString()} now.`);
  return checkWord("cause", cause, ERROR_CAUSES) ?? checkWord("layer", layer, AUDIT_LAYERS) ?? checkWords(input, "comment") ?? checkWords(input, "guidance");
}
