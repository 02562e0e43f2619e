import type { AppealCaseRow, AppealRow } from "../appeals/table.ts";
import { checkText } from "../core/checks.ts";
import { Conflict, InvalidInput } from "../core/errors.ts";
import type { VerdictRow } from "../verdicts/table.ts";

/** What of an audit says whether it can be appealed now: its latest verdict, and the criteria that this judges. */
export interface Contestable {
  windowDueAt: Date | null;
  outcome: VerdictRow["outcome"];
  score: number | null;
  criterionIds: readonly string[];
  /** There is an appeal of it that isn't over. */
  isAppealed: boolean;
}

/** Refuses appeals of what is right in full, outside the window, or under appeal already; `isAppealed` is of others than the one at hand. */
export function checkContestable({ windowDueAt, outcome, score, isAppealed }: Contestable, now: Date, path: readonly string[]): void {
  if (isAppealed) throw new Conflict("The audit is under appeal already; there is one at a time.", path);
  if (!windowDueAt || windowDueAt <= now) throw new Conflict("The audit can't be contested any more: its window is over.", path);
  if (outcome === "CORRECT" && (score ?? 1) >= 1) throw new Conflict("There is nothing to contest: the decision was right, and its score full.", path);
}

/** A criterion that somebody contests, and why. */
export interface Contest {
  criterionId: string;
  argument?: string | null;
}

/** The criteria contested, each once, of those that the verdict judges. */
export function checkContests(contests: readonly Contest[], judged: readonly string[]): { criterionId: string; argument: string | null }[] {
  return contests.map(({ criterionId, argument }, i) => {
    const path = ["criteria", String(i)];
    if (contests.findIndex((each) => each.criterionId === criterionId) < i) throw new InvalidInput("criteria: one stands there twice.", [...path, "criterionId"]);
    if (!judged.includes(criterionId)) throw new InvalidInput("criteria: the audit has no finding on it; take those of its findings.", [...path, "criterionId"]);
    return { criterionId, argument: argument == null ? null : checkText(argument, [...path, "argument"]) };
  });
}

/** Refuses to file what gives no reason, no evidence or, where the verdict has findings, none of their criteria. */
export function checkComplete({ reason, evidence }: Pick<AppealRow, "reason" | "evidence">, contested: number, judged: number): void {
  if (reason === "") throw new InvalidInput("reason: say why the audit is wrong, by saveAppealDraft.", ["reason"]);
  if (evidence.length === 0) throw new InvalidInput("evidence: name what shows it, by saveAppealDraft.", ["evidence"]);
  if (contested === 0 && judged > 0) throw new InvalidInput("criteria: name those that are contested, by saveAppealDraft.", ["criteria"]);
}

/** Refuses appeals whose case is of another project, layer or vendor: one ruling couldn't be given on them. */
export function checkJoin(
  { projectId, layer, vendorId, labelerId }: Pick<AppealCaseRow, "projectId" | "layer" | "vendorId" | "labelerId">,
  audit: Pick<AppealRow, "projectId" | "layer" | "vendorId" | "labelerId">,
): void {
  const isAlike = projectId === audit.projectId && layer === audit.layer && vendorId === audit.vendorId && (labelerId === null || labelerId === audit.labelerId);
  if (!isAlike) throw new Conflict("The appeal case is of another project, layer, vendor or labeler than the audit.", ["appealCaseId"]);
}
