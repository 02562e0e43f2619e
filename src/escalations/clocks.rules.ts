import { isSmall, isWaiting } from "./rules.ts";
import type { EscalationRow } from "./table.ts";

type State = EscalationRow["state"];
type Severity = EscalationRow["severity"];

/** The clocks that the client's side owes; ESCALATION_PARTNER is the vendor's. */
export const CLIENT_CLOCKS = ["ESCALATION_ACK", "ESCALATION_CONTAIN", "ESCALATION_RCA", "ESCALATION_ACTIONS"] as const;
export type ClientClock = (typeof CLIENT_CLOCKS)[number];

const UNCONTAINED: readonly State[] = ["OPEN", "TRIAGED", "CONTAINING"];
const UNEXPLAINED: readonly State[] = [...UNCONTAINED, "INVESTIGATING", "RCA_REVIEW"];
const UNDONE: readonly State[] = [...UNEXPLAINED, "ROOT_CAUSE_IDENTIFIED", "ACTIONS_PLANNED", "IMPLEMENTING"];

/**
 * Which of the client's clocks an escalation of this severity has in a state (`domain.md` section 8); of a waiting one, the state that it left.
 * Containment is SEV1's and SEV2's from the start, SEV3's once it is entered, and never SEV4's.
 */
export function clocksOf(severity: Severity, state: State): ClientClock[] {
  const contains = isSmall(severity) ? severity === "SEV3" && state === "CONTAINING" : UNCONTAINED.includes(state);
  const has: Record<ClientClock, boolean> = {
    ESCALATION_ACK: state === "OPEN",
    ESCALATION_CONTAIN: contains,
    ESCALATION_RCA: UNEXPLAINED.includes(state),
    ESCALATION_ACTIONS: UNDONE.includes(state),
  };
  return CLIENT_CLOCKS.filter((kind) => has[kind]);
}

/** How an escalation's clocks change with a step: stopped by the state, void by the severity, begun, and reckoned anew. */
export interface ClockChanges {
  stopped: ClientClock[];
  voided: ClientClock[];
  started: ClientClock[];
  isRecomputed: boolean;
}

type Held = Pick<EscalationRow, "severity" | "state" | "heldState">;

/** What becomes of the client's clocks between two standings of an escalation that goes on. */
export function clockChanges(before: Held, after: Held): ClockChanges {
  const [from, to] = [before, after].map(({ state, heldState }) => (isWaiting(state) ? heldState! : state)) as [State, State];
  const [had, has, would] = [clocksOf(before.severity, from), clocksOf(after.severity, to), clocksOf(before.severity, to)];
  const ended = had.filter((kind) => !has.includes(kind));
  return {
    stopped: ended.filter((kind) => !would.includes(kind)),
    voided: ended.filter((kind) => would.includes(kind)),
    started: has.filter((kind) => !had.includes(kind)),
    isRecomputed: before.severity !== after.severity,
  };
}
