import { checkText } from "../core/checks.ts";
import { InvalidInput } from "../core/errors.ts";
import type { Role, Viewer } from "../core/viewer.ts";
import { type EscalationVerb, escalationParts, possibleActions } from "../escalations/rules.ts";
import type { EscalationRow } from "../escalations/table.ts";
import { CAUSE_CODES } from "./causes.rules.ts";
import type { RcaCauseRow, RcaRow, RcaWhyRow } from "./table.ts";

/** An analysis as it is written: always the whole of it. */
export interface RcaDraft {
  problemStatement?: string | null;
  /** In order, from what was seen to what is behind it. */
  whys: readonly Pick<RcaWhyRow, "text" | "evidence">[];
  causes: readonly (Pick<RcaCauseRow, "category" | "code" | "text" | "isRoot"> & { ownerId?: string | null })[];
  contributingFactors: readonly string[];
}

/** Whys that an analysis has at most, as the table checks, and at least. */
const MOST_WHYS = 7;
const FEWEST_WHYS = 3;
const MOST_CAUSES = 20;
const MOST_LINES = 20;

/** Refuses a list that is longer than it may be. */
export function checkMany(values: readonly unknown[], most: number, path: readonly string[]): void {
  if (values.length <= most) return;
  throw new InvalidInput(`${path.join(".")}: ${values.length} are too many; give at most ${most}.`, path);
}

/** Several lines of words or references, such as evidence: at most 20, each of 1 to 2,000 characters, trimmed. */
export function checkLines(lines: readonly string[], path: readonly string[]): string[] {
  checkMany(lines, MOST_LINES, path);
  return lines.map((line, index) => checkText(line, [...path, String(index)]));
}

/** What may be kept of an analysis that is being written: words and codes must be right, but whys and causes may be missing. */
export function checkDraft({ problemStatement, whys, causes, contributingFactors }: RcaDraft) {
  checkMany(whys, MOST_WHYS, ["whys"]);
  checkMany(causes, MOST_CAUSES, ["causes"]);
  const nameOf = ({ category, code }: RcaDraft["causes"][number]) => `${category}/${code}`;
  return {
    problemStatement: problemStatement == null ? null : checkText(problemStatement, ["problemStatement"]),
    contributingFactors: checkLines(contributingFactors, ["contributingFactors"]),
    whys: whys.map(({ text, evidence }, index) => ({
      text: checkText(text, ["whys", String(index), "text"]),
      evidence: checkLines(evidence, ["whys", String(index), "evidence"]),
    })),
    causes: causes.map((cause, index) => {
      const { category, code, text, isRoot, ownerId = null } = cause;
      const path = (field: string) => ["causes", String(index), field];
      if (!Object.hasOwn(CAUSE_CODES[category], code)) {
        throw new InvalidInput(`causes[${index}].code: "${code}" is no code of ${category}; rcaCauseCodes lists them.`, path("code"));
      }
      if (causes.findIndex((each) => nameOf(each) === nameOf(cause)) < index) {
        throw new InvalidInput(`causes[${index}]: ${nameOf(cause)} is there twice; say it once.`, path("code"));
      }
      if (isRoot && ownerId === null) throw new InvalidInput(`causes[${index}].ownerId: say who answers for the root cause.`, path("ownerId"));
      return { category, code, text: checkText(text, path("text")), isRoot, ownerId };
    }),
  };
}

/** A checked draft. */
export type Written = ReturnType<typeof checkDraft>;

/** What an analysis holds that is handed in. */
export interface Analysis {
  problemStatement: string | null;
  whys: readonly Pick<RcaWhyRow, "evidence">[];
  causes: readonly Pick<RcaCauseRow, "category" | "code" | "isRoot">[];
}

/**
 * Refuses an analysis that isn't complete (`domain.md` section 9): a problem statement, 3 to 7 whys with evidence each, and a root cause; and
 * one whose only root cause is somebody's slip, since that is what an analysis looks behind.
 */
export function checkComplete({ problemStatement, whys, causes }: Analysis): void {
  if (problemStatement === null) throw new InvalidInput("problemStatement: it is missing; say by writeRca what is wrong.", ["problemStatement"]);
  if (whys.length < FEWEST_WHYS) {
    throw new InvalidInput(`whys: ${whys.length} don't reach a root; write ${FEWEST_WHYS} to ${MOST_WHYS} by writeRca, 5 is the aim.`, ["whys"]);
  }
  const bare = whys.findIndex(({ evidence }) => evidence.length === 0);
  if (bare >= 0) throw new InvalidInput(`whys[${bare}].evidence: it is missing; name what shows it by writeRca.`, ["whys", String(bare), "evidence"]);
  const roots = causes.filter(({ isRoot }) => isRoot);
  if (roots.length === 0) throw new InvalidInput("causes: none is a root cause; name one by writeRca.", ["causes"]);
  if (roots.every(({ category, code }) => category === "PEOPLE" && code === "HUMAN_ERROR")) {
    const remedy = "name what let the slip happen, or pass, as a root cause too";
    throw new InvalidInput(`causes: HUMAN_ERROR_ONLY: PEOPLE/HUMAN_ERROR can't be the only root cause; ${remedy}.`, ["causes"]);
  }
}

/** Who writes analyses. */
export const WRITING = ["QA_LEAD", "POLICY_MANAGER", "VENDOR_MANAGER", "VENDOR_QA"] as const satisfies readonly Role[];
/** Who may answer for a root cause, or carry out an action. */
export const ANSWERING = ["QA_LEAD", "AUDITOR", "POLICY_MANAGER", "VENDOR_MANAGER", "VENDOR_QA"] as const satisfies readonly Role[];

type Side = "CLIENT" | "PARTNER";

/** On whose side an analysis is written now; null while nobody writes one. The client writes while it investigates, the vendor while it is waited for. */
export function writingSide(state: EscalationRow["state"]): Side | null {
  return state === "INVESTIGATING" ? "CLIENT" : state === "WAITING_PARTNER" ? "PARTNER" : null;
}

/** True for those who write for a side: the client's policy managers beside who investigates, and the people of the vendor that was asked. */
export function mayWrite(viewer: Viewer, escalation: EscalationRow, side: Side): boolean {
  const parts = escalationParts(viewer, escalation);
  if (side === "PARTNER") return parts.has("VENDOR_MANAGER") || parts.has("VENDOR_QA");
  return parts.has("QA_LEAD") || parts.has("OWNER") || parts.has("POLICY_MANAGER");
}

/** States in which an analysis is still written. */
const WRITABLE: readonly RcaRow["state"][] = ["DRAFT", "RETURNED"];

/** True of an analysis that is written on that side now, or was asked for. */
export function isWritten({ state, vendorId }: Pick<RcaRow, "state" | "vendorId">, side: Side): boolean {
  return WRITABLE.includes(state) && (side === "PARTNER") === (vendorId !== null);
}

/** What a viewer may do with an analysis. */
export type RcaVerb = "writeRca" | Extract<EscalationVerb, "identifyRootCause" | "submitPartnerRca" | "acceptRca" | "returnRca">;

/** The viewer's verbs that are possible now: those of its escalation's machine that are about this analysis. */
export function rcaActions(viewer: Viewer, rca: RcaRow, escalation: EscalationRow): RcaVerb[] {
  const about: RcaVerb[] = rca.state === "SUBMITTED" ? ["acceptRca", "returnRca"] : WRITABLE.includes(rca.state) ? [rca.vendorId ? "submitPartnerRca" : "identifyRootCause"] : [];
  if (rca.cycle !== escalation.cycle) return [];
  const side = writingSide(escalation.state);
  const writes = side !== null && isWritten(rca, side) && mayWrite(viewer, escalation, side);
  const possible: readonly string[] = possibleActions(viewer, escalation);
  return [...(writes ? ["writeRca" as const] : []), ...about.filter((verb) => possible.includes(verb))];
}
