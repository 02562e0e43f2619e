import { addBusinessDays, type Calendar } from "../core/business.ts";
import { checkTexts } from "../core/fields.ts";
import { InvalidInput } from "../core/errors.ts";
import type { Machine } from "../core/machine.ts";
import type { Role, Viewer } from "../core/viewer.ts";
import type { PolicyQuestionRow } from "./table.ts";

export type QuestionVerb =
  | "assignQuestion" | "answerQuestion" | "publishClarification" | "confirmGap" | "linkUpdate" | "reopenQuestion" | "closeQuestion";
export type QuestionActor = "ASKER" | "POLICY_MANAGER" | "QA_LEAD" | "SYS";

type State = PolicyQuestionRow["state"];

/** From a question to its answer, its clarification or the version that closes the gap (`domain.md` section 6). */
export const QUESTION_MACHINE: Machine<State, QuestionVerb, QuestionActor> = {
  entity: "policy question",
  arrows: [
    { from: ["ASKED"], verb: "assignQuestion", to: "ASSIGNED", who: ["POLICY_MANAGER", "QA_LEAD"] },
    { from: ["ASSIGNED"], verb: "answerQuestion", to: "ANSWERED", who: ["POLICY_MANAGER"] },
    { from: ["ASSIGNED"], verb: "publishClarification", to: "CLARIFICATION_PUBLISHED", who: ["POLICY_MANAGER"] },
    { from: ["ASSIGNED"], verb: "confirmGap", to: "GAP_CONFIRMED", who: ["POLICY_MANAGER"] },
    { from: ["GAP_CONFIRMED"], verb: "linkUpdate", to: "UPDATE_LINKED", who: ["POLICY_MANAGER"] },
    { from: ["ANSWERED"], verb: "reopenQuestion", to: "ASSIGNED", who: ["ASKER"] },
    {
      from: ["ANSWERED", "CLARIFICATION_PUBLISHED", "UPDATE_LINKED"],
      verb: "closeQuestion",
      to: "CLOSED",
      who: ["ASKER", "POLICY_MANAGER", "SYS"],
    },
  ],
};

/** Who asks. */
export const ASKING = [
  "LABELER", "VENDOR_QA", "VENDOR_MANAGER", "AUDITOR", "QA_LEAD", "POLICY_MANAGER",
] as const satisfies readonly Role[];

/** What a viewer is to a question: its asker only under a role that asks. */
export function questionParts(viewer: Viewer, { askedById }: Pick<PolicyQuestionRow, "askedById">): Set<QuestionActor> {
  const parts = new Set<QuestionActor>();
  if (viewer.role === "POLICY_MANAGER" || viewer.role === "QA_LEAD") parts.add(viewer.role);
  if (askedById === viewer.principalId && (ASKING as readonly Role[]).includes(viewer.role)) parts.add("ASKER");
  return parts;
}

/** Words of askers and answerers are for people who work on them: analysts read none. */
export function readsWords({ role }: Viewer): boolean {
  return role !== "ANALYST";
}

const CLOSE_BUSINESS_DAYS = 5;

/** When a question closes by itself if nobody reopens it: the fifth business day after its answer. */
export function closeDueAt(answeredAt: Date, calendar: Calendar): Date {
  return addBusinessDays(answeredAt, CLOSE_BUSINESS_DAYS, calendar);
}

/** True once it should have been answered and isn't. */
export function isOverdue({ state, dueAt }: Pick<PolicyQuestionRow, "state" | "dueAt">, now: Date): boolean {
  return (state === "ASKED" || state === "ASSIGNED") && dueAt < now;
}

/** A reference to content: 1 to 2,000 characters without control characters; null where none is given. */
export function checkContentRef(contentRef: string | null | undefined, path: readonly string[]): string | null {
  const refused = checkTexts({ contentRef }, { contentRef: 2_000 });
  if (refused) throw new InvalidInput(`contentRef: ${refused.message}`, path);
  return contentRef ?? null;
}
