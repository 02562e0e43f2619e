import { SYSTEM_PRINCIPAL_ID } from "../core/ids.ts";
import { Conflict } from "../core/errors.ts";
import { allowedActions, type Arrow, type Machine, walk } from "../core/machine.ts";
import { isPartner, type Role, type Viewer } from "../core/viewer.ts";
import { ENDED_STATES, type EscalationRow } from "./table.ts";

export type EscalationVerb =
  | "triageEscalation" | "markEscalationDuplicate" | "rejectEscalation" | "containEscalation" | "investigateEscalation" | "identifyRootCause"
  | "requestPartnerRca" | "submitPartnerRca" | "acceptRca" | "returnRca" | "approveActionPlan" | "startImplementation" | "startVerification"
  | "recordEffectiveness" | "waiveEffectiveness" | "resolveEscalation" | "waitEscalation" | "resumeEscalation" | "reassignEscalation"
  | "changeSeverity" | "shareWithPartner" | "linkEvidence" | "unlinkEvidence" | "cancelEscalation";
export type EscalationActor = "QA_LEAD" | "OWNER" | "OPENER" | "POLICY_MANAGER" | "VENDOR_MANAGER" | "VENDOR_QA" | "SYS";

type State = EscalationRow["state"];
type Severity = EscalationRow["severity"];

const WAITING = ["WAITING_PARTNER", "WAITING_POLICY"] as const satisfies readonly State[];
const WORKED_ON = [
  "TRIAGED", "CONTAINING", "INVESTIGATING", "RCA_REVIEW", "ROOT_CAUSE_IDENTIFIED", "ACTIONS_PLANNED", "IMPLEMENTING", "VERIFYING",
] as const satisfies readonly State[];
const ANY_OPEN = ["OPEN", ...WORKED_ON, ...WAITING] as const satisfies readonly State[];

/** From the first signal to the proof that what was done works (`domain.md` section 6). Verbs of analyses and actions stand here too. */
export const ESCALATION_MACHINE: Machine<State, EscalationVerb, EscalationActor> = {
  entity: "escalation",
  arrows: [
    { from: ["OPEN"], verb: "triageEscalation", to: "TRIAGED", who: ["QA_LEAD"] },
    { from: ["OPEN", "TRIAGED"], verb: "markEscalationDuplicate", to: "DUPLICATE", who: ["QA_LEAD"] },
    { from: ["OPEN", "TRIAGED"], verb: "rejectEscalation", to: "REJECTED", who: ["QA_LEAD"] },
    { from: ["TRIAGED"], verb: "containEscalation", to: "CONTAINING", who: ["OWNER", "QA_LEAD"] },
    { from: ["CONTAINING", "TRIAGED"], verb: "investigateEscalation", to: "INVESTIGATING", who: ["OWNER", "QA_LEAD"] },
    { from: ["INVESTIGATING"], verb: "identifyRootCause", to: "ROOT_CAUSE_IDENTIFIED", who: ["OWNER", "QA_LEAD"] },
    { from: ["INVESTIGATING"], verb: "requestPartnerRca", to: "WAITING_PARTNER", who: ["OWNER", "QA_LEAD"] },
    { from: ["WAITING_PARTNER"], verb: "submitPartnerRca", to: "RCA_REVIEW", who: ["VENDOR_MANAGER", "VENDOR_QA"] },
    { from: ["RCA_REVIEW"], verb: "acceptRca", to: "ROOT_CAUSE_IDENTIFIED", who: ["OWNER", "QA_LEAD"] },
    { from: ["RCA_REVIEW"], verb: "returnRca", to: "WAITING_PARTNER", who: ["OWNER", "QA_LEAD"] },
    { from: ["ROOT_CAUSE_IDENTIFIED"], verb: "approveActionPlan", to: "ACTIONS_PLANNED", who: ["QA_LEAD"] },
    { from: ["ACTIONS_PLANNED"], verb: "startImplementation", to: "IMPLEMENTING", who: ["OWNER"] },
    { from: ["IMPLEMENTING"], verb: "startVerification", to: "VERIFYING", who: ["OWNER"] },
    { from: ["VERIFYING"], verb: "recordEffectiveness", to: "CLOSED", who: ["SYS"] },
    { from: ["VERIFYING"], verb: "recordEffectiveness", to: "INVESTIGATING", who: ["SYS"] },
    { from: ["VERIFYING"], verb: "recordEffectiveness", to: null, who: ["SYS"] },
    { from: ["VERIFYING"], verb: "waiveEffectiveness", to: "CLOSED", who: ["QA_LEAD"] },
    { from: WORKED_ON, verb: "resolveEscalation", to: "CLOSED", who: ["QA_LEAD"] },
    { from: WORKED_ON, verb: "waitEscalation", to: "WAITING_PARTNER", who: ["OWNER"] },
    { from: WORKED_ON, verb: "waitEscalation", to: "WAITING_POLICY", who: ["OWNER"] },
    // To the state that it left, which the row remembers.
    ...WORKED_ON.map((to) => ({ from: WAITING, verb: "resumeEscalation" as const, to, who: ["OWNER", "SYS"] as const })),
    { from: ANY_OPEN, verb: "reassignEscalation", to: null, who: ["OWNER", "QA_LEAD"] },
    { from: ANY_OPEN, verb: "changeSeverity", to: null, who: ["QA_LEAD"] },
    { from: ANY_OPEN, verb: "shareWithPartner", to: null, who: ["OWNER", "QA_LEAD"] },
    { from: ANY_OPEN, verb: "linkEvidence", to: null, who: ["OWNER", "QA_LEAD", "POLICY_MANAGER", "OPENER"] },
    { from: ANY_OPEN, verb: "unlinkEvidence", to: null, who: ["OWNER", "QA_LEAD", "POLICY_MANAGER", "OPENER"] },
    { from: ANY_OPEN, verb: "cancelEscalation", to: "CANCELLED", who: ["QA_LEAD"] },
  ],
};

/** Who opens escalations, who may follow one that they see, and who may have to see one through. */
export const OPENING = ["QA_LEAD", "AUDITOR", "POLICY_MANAGER", "VENDOR_MANAGER"] as const satisfies readonly Role[];
export const WATCHING = [...OPENING, "VENDOR_QA"] as const satisfies readonly Role[];
export const OWNING = ["QA_LEAD", "POLICY_MANAGER"] as const satisfies readonly Role[];

const ROLES_OF: Readonly<Record<Exclude<EscalationActor, "SYS">, readonly Role[]>> = {
  QA_LEAD: ["QA_LEAD"], POLICY_MANAGER: ["POLICY_MANAGER"], VENDOR_MANAGER: ["VENDOR_MANAGER"], VENDOR_QA: ["VENDOR_QA"], OWNER: OWNING, OPENER: OPENING,
};

/** The roles that ever use a verb. */
export function rolesOf(verb: EscalationVerb): Role[] {
  const actors = ESCALATION_MACHINE.arrows.filter((arrow) => arrow.verb === verb).flatMap(({ who }) => who);
  return [...new Set(actors.flatMap((actor) => (actor === "SYS" ? [] : ROLES_OF[actor])))];
}

/** True of an escalation that is not over. */
export function isOpen(state: State): boolean {
  return !(ENDED_STATES as readonly State[]).includes(state);
}

/** True while it waits for others, and the client's clocks with it. */
export function isWaiting(state: State): state is (typeof WAITING)[number] {
  return (WAITING as readonly State[]).includes(state);
}

/** Of SEV3 and SEV4, which may take the short way. */
export function isSmall(severity: Severity): boolean {
  return severity === "SEV3" || severity === "SEV4";
}

/** What of an escalation says what a viewer is to it. */
export type OfParts = Pick<EscalationRow, "ownerId" | "openedById" | "vendorId" | "isPartnerVisible">;

/** What a viewer is to an escalation; owner and opener only under a role that owns or opens. */
export function escalationParts(viewer: Viewer, { ownerId, openedById, vendorId, isPartnerVisible }: OfParts): Set<EscalationActor> {
  const { role, principalId } = viewer;
  const isTheirs = isPartnerVisible && vendorId !== null && vendorId === viewer.vendorId;
  const held: Record<EscalationActor, boolean> = {
    QA_LEAD: role === "QA_LEAD",
    OWNER: ownerId === principalId && ROLES_OF.OWNER.includes(role),
    OPENER: openedById === principalId && ROLES_OF.OPENER.includes(role),
    POLICY_MANAGER: role === "POLICY_MANAGER",
    VENDOR_MANAGER: role === "VENDOR_MANAGER" && isTheirs,
    VENDOR_QA: role === "VENDOR_QA" && isTheirs,
    SYS: principalId === SYSTEM_PRINCIPAL_ID,
  };
  return new Set((Object.keys(held) as EscalationActor[]).filter((part) => held[part]));
}

type Standing = OfParts & Pick<EscalationRow, "state" | "severity">;

// Why the table's arrow is not for an escalation of this severity, or not for its owner; null where it is.
function barrier(verb: EscalationVerb, { state, severity, ownerId }: Standing, viewer: Viewer): string | null {
  const remedy = "changeSeverity says it is smaller, if it is";
  if (isSmall(severity)) return null;
  if (verb === "investigateEscalation" && state === "TRIAGED") return `${severity} is contained first: containEscalation; ${remedy}`;
  if (verb === "resolveEscalation" || verb === "waiveEffectiveness") return `it is for SEV3 and SEV4, and this is ${severity}; ${remedy}`;
  if (verb === "approveActionPlan" && ownerId === viewer.principalId) return `of ${severity}, another QA_LEAD than the owner approves the plan`;
  return null;
}

/** The viewer's verbs that are possible now, severity and ownership considered. */
export function possibleActions(viewer: Viewer, row: Standing): EscalationVerb[] {
  const table = allowedActions(ESCALATION_MACHINE, row.state, escalationParts(viewer, row));
  return table.filter((verb) => barrier(verb, row, viewer) === null);
}

/** The arrow that the viewer's verb takes; refused as the table says, and where severity or ownership are against it. */
export function walkEscalation(viewer: Viewer, row: Standing, verb: EscalationVerb): Arrow<State, EscalationVerb, EscalationActor> {
  const arrow = walk(ESCALATION_MACHINE, row.state, verb, escalationParts(viewer, row), () => possibleActions(viewer, row));
  const barred = barrier(verb, row, viewer);
  if (barred) throw new Conflict(`${verb}: ${barred}.`, ["escalationId"]);
  return arrow;
}

/**
 * How many of the eight disciplines (8D) an escalation has come to (`domain.md` section 9): while causes are looked for, those up to its
 * containment. Null before its triage, and where it ended without being one.
 */
export function disciplineOf({ state, heldState, containedAt }: Pick<EscalationRow, "state" | "heldState" | "containedAt">): number | null {
  const at = isWaiting(state) ? heldState! : state;
  const reached: Partial<Record<State, number>> = {
    TRIAGED: 2, CONTAINING: 3, INVESTIGATING: containedAt ? 3 : 2, RCA_REVIEW: containedAt ? 3 : 2, ROOT_CAUSE_IDENTIFIED: 4, ACTIONS_PLANNED: 5,
    IMPLEMENTING: 6, VERIFYING: 7, CLOSED: 8,
  };
  return reached[at] ?? null;
}

/** True once its next step is due and not done. */
export function isOverdue({ state, dueAt }: Pick<EscalationRow, "state" | "dueAt">, now: Date): boolean {
  return isOpen(state) && dueAt !== null && dueAt < now;
}

/** Of those who watch an escalation, whom the viewer may know of: partners none but themselves. */
export function seenWatchers(viewer: Viewer, watcherIds: readonly string[]): string[] {
  return watcherIds.filter((id) => !isPartner(viewer) || id === viewer.principalId);
}

/** Words of people are not for analysts. */
export function readsWords({ role }: Viewer): boolean {
  return role !== "ANALYST";
}
