import { checkName, checkText } from "../core/checks.ts";
import { Conflict, InvalidInput } from "../core/errors.ts";
import { readId } from "../core/ids.ts";
import { allowedActions, type Machine, walk } from "../core/machine.ts";
import { addDays, type Day, startOfDay } from "../core/time.ts";
import { isPartner, type Role, type Viewer } from "../core/viewer.ts";
import { isOpen } from "../escalations/rules.ts";
import type { EscalationRow } from "../escalations/table.ts";
import type { MetricValue } from "../measures/estimates.rules.ts";
import { definitionOf, type Measure, MEASURE_NAMES } from "../measures/measures.rules.ts";
import { ANSWERING } from "../rcas/rules.ts";
import { type Effectiveness, effectivenessOf } from "../stats/effectiveness.ts";
import type { ActionRow, CheckedRate, CheckFigures, EffectivenessCheckRow } from "./table.ts";

export type ActionVerb =
  | "approveAction" | "startAction" | "completeAction" | "verifyAction" | "reopenAction" | "waiveAction";
export type ActionActor = "QA_LEAD" | "QA_LEAD_IF_NOT_OWNER" | "OWNER" | "OWNER_IF_CONTAINMENT" | "SYS";

type State = ActionRow["state"];

/** From what somebody proposes to the proof that it is in place (`domain.md` section 6). What contains harm needs no approval to begin. */
export const ACTION_MACHINE: Machine<State, ActionVerb, ActionActor> = {
  entity: "action",
  arrows: [
    { from: ["PROPOSED"], verb: "approveAction", to: "APPROVED", who: ["QA_LEAD"] },
    { from: ["APPROVED"], verb: "startAction", to: "IN_PROGRESS", who: ["OWNER"] },
    { from: ["PROPOSED"], verb: "startAction", to: "IN_PROGRESS", who: ["OWNER_IF_CONTAINMENT"] },
    { from: ["IN_PROGRESS"], verb: "completeAction", to: "DONE", who: ["OWNER"] },
    { from: ["DONE"], verb: "verifyAction", to: "VERIFIED", who: ["QA_LEAD_IF_NOT_OWNER", "SYS"] },
    { from: ["DONE"], verb: "reopenAction", to: "IN_PROGRESS", who: ["QA_LEAD"] },
    { from: ["PROPOSED", "APPROVED", "IN_PROGRESS"], verb: "waiveAction", to: "WAIVED", who: ["QA_LEAD"] },
  ],
};

/** Who proposes one outside of an analysis that is handed in. */
export const PROPOSING = ["QA_LEAD", "POLICY_MANAGER"] as const satisfies readonly Role[];

/** What a viewer is to an action: its owner only under a role that carries out actions. */
export function actionParts(viewer: Viewer, { ownerId, kind }: Pick<ActionRow, "ownerId" | "kind">): Set<ActionActor> {
  const isOwner = ownerId === viewer.principalId && (ANSWERING as readonly Role[]).includes(viewer.role);
  const parts = new Set<ActionActor>();
  if (viewer.role === "QA_LEAD") parts.add("QA_LEAD");
  if (viewer.role === "QA_LEAD" && ownerId !== viewer.principalId) parts.add("QA_LEAD_IF_NOT_OWNER");
  if (isOwner) parts.add("OWNER");
  if (isOwner && kind === "CONTAINMENT") parts.add("OWNER_IF_CONTAINMENT");
  return parts;
}

type Standing = Pick<ActionRow, "state" | "ownerId" | "kind">;
type Over = EscalationRow["state"];

// Why an escalation that is over is against the table's arrow; null where it isn't. What was approved before it was CLOSED keeps it from coming again.
function barrier(verb: ActionVerb, state: State, escalation: Over): string | null {
  if (isOpen(escalation)) return null;
  const isBegun = verb === "approveAction" || (verb === "startAction" && state === "PROPOSED");
  if (escalation === "CLOSED") return isBegun ? "what was not approved by then is begun no more; propose it for an escalation that is open" : null;
  const isAnew = isBegun || verb === "startAction" || verb === "reopenAction";
  return isAnew ? "nothing is begun for what came to nothing; a QA_LEAD can waiveAction what is not done" : null;
}

/** The viewer's verbs on an action that are possible now, where its escalation stands considered. */
export function possibleActions(viewer: Viewer, row: Standing, escalation: Over): ActionVerb[] {
  return allowedActions(ACTION_MACHINE, row.state, actionParts(viewer, row)).filter((verb) => barrier(verb, row.state, escalation) === null);
}

/** The state that the viewer's verb takes an action to; refused as the table says, and where its escalation is over and the verb would begin it. */
export function walkAction(viewer: Viewer, row: Standing, escalation: Over, verb: ActionVerb): State {
  const { to } = walk(ACTION_MACHINE, row.state, verb, actionParts(viewer, row), () => possibleActions(viewer, row, escalation));
  const barred = barrier(verb, row.state, escalation);
  if (barred) throw new Conflict(`${verb}: its escalation is ${escalation}: ${barred}.`, ["actionId"]);
  return to!;
}

/** Those in which something is still to be done. */
export const UNDONE_STATES = ["PROPOSED", "APPROVED", "IN_PROGRESS"] as const satisfies readonly State[];

/** Where an escalation came to nothing, so that nothing of it is still to be done. */
export const NOTHING_STATES = ["DUPLICATE", "REJECTED", "CANCELLED"] as const satisfies readonly Over[];

/** True once it should have been done and isn't; never where its escalation came to nothing. */
export function isOverdue({ state, dueAt }: Pick<ActionRow, "state" | "dueAt">, escalation: Over, now: Date): boolean {
  return (UNDONE_STATES as readonly State[]).includes(state) && !(NOTHING_STATES as readonly Over[]).includes(escalation) && dueAt < now;
}

/** What is to be done, by whom, until when. */
export interface NewAction {
  kind: ActionRow["kind"];
  title: string;
  description?: string | null;
  ownerId: string;
  dueAt: Date;
  causeId?: string | null;
}

/** Words in order, and a due time to come. */
export function checkAction({ title, description, dueAt, ...rest }: NewAction, now: Date, pathOf: (field: string) => string[]) {
  if (dueAt <= now) throw new InvalidInput(`${pathOf("dueAt").join(".")}: ${dueAt.toISOString()} is not to come.`, pathOf("dueAt"));
  return { ...rest, dueAt, title: checkName(title, pathOf("title")), description: description == null ? null : checkText(description, pathOf("description")) };
}

/** What says whether a plan holds: the actions of its cycle that stand, and the root causes without one. */
export interface Plan {
  kinds: readonly ActionRow["kind"][];
  bareCauses: readonly string[];
  hasRootCause: boolean;
  hasCheck: boolean;
  /** Days of the check's window are over already. */
  isCheckBegun: boolean;
}

/** Refuses a plan that leaves a root cause without an action, prevents nothing, or doesn't say how it will be known whether it works. */
export function checkPlan({ kinds, bareCauses, hasRootCause, hasCheck, isCheckBegun }: Plan): void {
  const refuse = (why: string) => {
    throw new Conflict(`approveActionPlan: ${why}.`, ["escalationId"]);
  };
  if (!hasRootCause) refuse("its accepted analysis names no root cause");
  if (bareCauses.length > 0) refuse(`no action is against root cause ${bareCauses.join(", ")}; proposeAction with causeId`);
  if (!kinds.includes("CORRECTIVE")) refuse("no action is CORRECTIVE: against the cause, so that it doesn't come again; propose one");
  if (!hasCheck) refuse("nothing says how it will be known whether it works; planEffectivenessCheck first");
  if (isCheckBegun) refuse("its check window has begun, so that some of what is to prove it is known; planEffectivenessCheck anew, from today on");
}

/** Rates that say how often decisions go wrong: what an effectiveness check can be about. */
export const ERROR_RATES: readonly Measure[] = MEASURE_NAMES.filter((name) => {
  const definition = definitionOf(name);
  return definition.source === "AUDITS" && definition.unit === "RATE" && definition.direction === "LOWER_IS_BETTER" && !definition.ofPolicy;
});

/** Days of the project's calendar, each window up to but not including its end. */
export type Windows = Pick<EffectivenessCheckRow, "baselineFrom" | "baselineTo" | "checkFrom" | "checkTo">;

/** Refuses windows that are empty, overlap, or have begun to be seen: what is known already proves nothing. */
export function checkWindows({ baselineFrom, baselineTo, checkFrom, checkTo }: Windows, today: Day): void {
  const refuse = (window: string, field: "from" | "to", why: string) => {
    throw new InvalidInput(`${window}.${field}: ${why}`, [window, field]);
  };
  if (baselineTo <= baselineFrom) refuse("baselineWindow", "to", `${baselineTo} must be after from ${baselineFrom}; it is exclusive.`);
  if (checkFrom < baselineTo) refuse("checkWindow", "from", `${checkFrom} lies in the baseline, which ends at ${baselineTo}.`);
  if (checkTo <= checkFrom) refuse("checkWindow", "to", `${checkTo} must be after from ${checkFrom}; it is exclusive.`);
  if (checkFrom < today) refuse("checkWindow", "from", `${checkFrom} is past; the window is fixed before anything in it is known: from ${today} on.`);
}

/** A rate to come down to, and how many audits it takes to say so. */
export function checkGoal(target: number, nMin: number): void {
  if (!(target >= 0 && target <= 1)) throw new InvalidInput(`target: ${target} is no rate; give 0 to 1.`, ["target"]);
  if (nMin < 1 || nMin > 1_000_000) throw new InvalidInput(`nMin: ${nMin} is out of range; give 1 to 1,000,000 audits.`, ["nMin"]);
}

/** When a check window is over in the project's calendar, so that its figures can be read. */
export function windowEnd({ checkTo }: Pick<Windows, "checkTo">, timeZone: string): Date {
  return startOfDay(checkTo, timeZone);
}

const DAY_MS = 86_400_000;

/** The end of a check window that is extended once: as long again. */
export function extendedTo({ checkFrom, checkTo }: Pick<Windows, "checkFrom" | "checkTo">): Day {
  return addDays(checkTo, Math.round((Date.parse(checkTo) - Date.parse(checkFrom)) / DAY_MS));
}

/** What a verdict counts as, and where it takes the escalation: the first that says nothing extends the window, the second is no effect. */
export function settle(verdict: Effectiveness, isExtended: boolean): { result: Effectiveness; outcome: "CLOSE" | "EXTEND" | "INVESTIGATE" } {
  if (verdict === "EFFECTIVE") return { result: verdict, outcome: "CLOSE" };
  if (verdict === "INCONCLUSIVE" && !isExtended) return { result: verdict, outcome: "EXTEND" };
  return { result: "NOT_EFFECTIVE", outcome: "INVESTIGATE" };
}

/** A window's figure as it is kept. */
export function rateOf({ value, numerator, denominator, n, interval }: MetricValue): CheckedRate {
  return { value, numerator, denominator, n: n ?? 0, low: interval?.low ?? null, high: interval?.high ?? null };
}

/** The verdict on both windows' figures (`metrics.md` section 8), with all that it went by. */
export function judge(
  baseline: CheckedRate,
  check: CheckedRate,
  { target, nMin }: Pick<EffectivenessCheckRow, "target" | "nMin">,
): { verdict: Effectiveness; figures: CheckFigures } {
  const judged = ({ value, low, high }: CheckedRate) => (value === null || low === null || high === null ? null : { value, interval: { low, high } });
  const { verdict, difference } = effectivenessOf({ baseline: judged(baseline), check: judged(check), checkN: check.n, nMin, target });
  return { verdict, figures: { baseline, check, difference: difference && { value: difference.value, ...difference.interval } } };
}

/** True for those to whom a check's figures may be told: staff, and managers of the one vendor whose rows alone are in them. */
export function seesFigures(viewer: Viewer, { filter }: Pick<EffectivenessCheckRow, "filter">): boolean {
  if (!isPartner(viewer)) return true;
  const only = filter.vendorIds?.length === 1 ? readId(filter.vendorIds[0]!)?.key.id : null;
  return only !== null && only === viewer.vendorId && viewer.teamId === null;
}
