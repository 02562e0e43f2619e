import { mayAdjudicate } from "../audits/rules.ts";
import type { ClockKind } from "../clocks/table.ts";
import { Conflict, Forbidden } from "../core/errors.ts";
import { allowedActions, type Arrow, type Machine, walk } from "../core/machine.ts";
import type { Role, Viewer } from "../core/viewer.ts";
import type { Audience } from "../events/outbox.ts";
import { effectiveSettings } from "../projects/rules.ts";
import type { AppealRow } from "./table.ts";

export type AppealVerb =
  | "saveAppealDraft" | "fileAppeal" | "expireAppeal" | "forwardAppeal" | "declineAppeal" | "continueAppeal" | "withdrawAppeal" | "returnAppeal"
  | "answerAppeal" | "escalateAppeal" | "decideAppeal" | "decideAppealCase" | "fileReappeal" | "closeAppeal" | "markAppealInvalid";

/** Reviewers of a tier are neither appellant nor labeler nor auditor. The first tier is the vendor's, the second the client's, the third the policy's. */
export type AppealActor =
  | "APPELLANT" | "L1_REVIEWER" | "L1_REVIEWER_IN_LAYER_CLIENT" | "L1_REVIEWER_IN_LAYER_VENDOR" | "ADJUDICATOR" | "ARBITER" | "SYS";

export type AppealState = AppealRow["state"];
export type AppealTier = NonNullable<AppealRow["tier"]>;

type AppealArrow = Arrow<AppealState, AppealVerb, AppealActor>;

const ruling = (verb: "decideAppeal" | "decideAppealCase"): AppealArrow[] => [
  { from: ["L1_REVIEW"], verb, to: "CLOSED", who: ["L1_REVIEWER_IN_LAYER_VENDOR"] },
  { from: ["L2_REVIEW"], verb, to: "DECIDED", who: ["ADJUDICATOR"] },
  { from: ["L3_ARBITRATION"], verb, to: "CLOSED", who: ["ARBITER"] },
];

// Where a project has no such tier, the next that it has takes its place: `tierFor` says which.
const TIERS_AHEAD: readonly AppealState[] = ["L1_REVIEW", "L2_REVIEW", "L3_ARBITRATION"];
const into = (states: readonly AppealState[], arrow: Omit<AppealArrow, "to">): AppealArrow[] => states.map((to) => ({ ...arrow, to }));

/** From a labeler's side that disagrees to the ruling that ends it (`domain.md` section 6). */
export const APPEAL_MACHINE: Machine<AppealState, AppealVerb, AppealActor> = {
  entity: "appeal",
  arrows: [
    { from: ["DRAFT"], verb: "saveAppealDraft", to: null, who: ["APPELLANT"] },
    ...into(TIERS_AHEAD, { from: ["DRAFT"], verb: "fileAppeal", who: ["APPELLANT"] }),
    { from: ["DRAFT"], verb: "expireAppeal", to: "EXPIRED", who: ["SYS"] },
    ...into(TIERS_AHEAD.slice(1), { from: ["L1_REVIEW"], verb: "forwardAppeal", who: ["L1_REVIEWER_IN_LAYER_CLIENT", "SYS"] }),
    { from: ["L1_REVIEW"], verb: "declineAppeal", to: "DECLINED", who: ["L1_REVIEWER_IN_LAYER_CLIENT"] },
    ...into(TIERS_AHEAD.slice(1), { from: ["DECLINED"], verb: "continueAppeal", who: ["APPELLANT"] }),
    { from: ["DRAFT", "L1_REVIEW", "L2_REVIEW", "RETURNED_FOR_INFO"], verb: "withdrawAppeal", to: "WITHDRAWN", who: ["APPELLANT"] },
    { from: ["L1_REVIEW"], verb: "returnAppeal", to: "RETURNED_FOR_INFO", who: ["L1_REVIEWER"] },
    { from: ["L2_REVIEW"], verb: "returnAppeal", to: "RETURNED_FOR_INFO", who: ["ADJUDICATOR"] },
    { from: ["L3_ARBITRATION"], verb: "returnAppeal", to: "RETURNED_FOR_INFO", who: ["ARBITER"] },
    // To the tier that it was returned from.
    ...into(TIERS_AHEAD, { from: ["RETURNED_FOR_INFO"], verb: "answerAppeal", who: ["APPELLANT", "SYS"] }),
    { from: ["L2_REVIEW"], verb: "escalateAppeal", to: "L3_ARBITRATION", who: ["ADJUDICATOR"] },
    ...ruling("decideAppeal"),
    ...ruling("decideAppealCase"),
    { from: ["DECIDED"], verb: "fileReappeal", to: "L3_ARBITRATION", who: ["APPELLANT"] },
    { from: ["DECIDED"], verb: "closeAppeal", to: "CLOSED", who: ["SYS"] },
    { from: ["L2_REVIEW"], verb: "markAppealInvalid", to: "INVALID", who: ["ADJUDICATOR"] },
    { from: ["L3_ARBITRATION"], verb: "markAppealInvalid", to: "INVALID", who: ["ARBITER"] },
  ],
};

/** Who appeals. */
export const APPEALING = ["LABELER", "VENDOR_QA", "VENDOR_MANAGER"] as const satisfies readonly Role[];
const L1_REVIEWING = ["VENDOR_QA", "VENDOR_MANAGER"] as const satisfies readonly Role[];

const ROLES_OF: Readonly<Record<AppealActor, readonly Role[]>> = {
  APPELLANT: APPEALING,
  L1_REVIEWER: L1_REVIEWING,
  L1_REVIEWER_IN_LAYER_CLIENT: L1_REVIEWING,
  L1_REVIEWER_IN_LAYER_VENDOR: L1_REVIEWING,
  ADJUDICATOR: ["QA_LEAD", "AUDITOR"],
  ARBITER: ["POLICY_MANAGER"],
  SYS: [],
};

/** True for people, and for clients that are for reading appeals. */
export function mayRead({ role, scopes }: Viewer): boolean {
  return role !== "SERVICE" || scopes?.has("appeals:read") === true;
}

/** Refuses lists of appeals to clients that aren't for reading them. */
export function checkReading(viewer: Viewer): void {
  if (!mayRead(viewer)) throw new Forbidden("Appeals are read by clients with scope appeals:read.");
}

/** Words of appellants and reviewers are for people who work on them: analysts read none. */
export function readsWords({ role }: Viewer): boolean {
  return role !== "ANALYST";
}

/** The roles under which somebody may ever use a verb. */
export function rolesFor(verb: AppealVerb): Role[] {
  const actors = APPEAL_MACHINE.arrows.filter((arrow) => arrow.verb === verb).flatMap((arrow) => arrow.who);
  return [...new Set(actors.flatMap((actor) => ROLES_OF[actor]))];
}

/** The states that a verb leaves. */
export function statesFor(verb: AppealVerb): AppealState[] {
  return [...new Set(APPEAL_MACHINE.arrows.filter((arrow) => arrow.verb === verb).flatMap(({ from }) => from))];
}

/** What of an appeal says what a viewer is to it. */
export type OfParts = Pick<AppealRow, "projectId" | "layer" | "raisedById" | "auditorId" | "labelerId" | "vendorId" | "teamId">;

/** What a viewer is to an appeal: nothing but its appellant, if they are party to it. */
export function appealParts(viewer: Viewer, appeal: OfParts): Set<AppealActor> {
  const { role, principalId } = viewer;
  const isAppellant = appeal.raisedById === principalId;
  const isParty = isAppellant || appeal.auditorId === principalId || viewer.grants.some(({ labelerId }) => labelerId === appeal.labelerId);
  const isOfVendor = viewer.vendorId === appeal.vendorId && (viewer.teamId === null || viewer.teamId === appeal.teamId);
  const isL1Reviewer = !isParty && isOfVendor && (L1_REVIEWING as readonly Role[]).includes(role);
  const held: Record<AppealActor, boolean> = {
    APPELLANT: isAppellant && (APPEALING as readonly Role[]).includes(role),
    L1_REVIEWER: isL1Reviewer,
    L1_REVIEWER_IN_LAYER_CLIENT: isL1Reviewer && appeal.layer === "CLIENT",
    L1_REVIEWER_IN_LAYER_VENDOR: isL1Reviewer && appeal.layer === "VENDOR",
    ADJUDICATOR: !isParty && (role === "QA_LEAD" || mayAdjudicate(viewer, appeal.projectId)),
    ARBITER: !isParty && role === "POLICY_MANAGER",
    SYS: false,
  };
  return new Set((Object.keys(held) as AppealActor[]).filter((part) => held[part]));
}

const STATE_OF = { L1: "L1_REVIEW", L2: "L2_REVIEW", L3: "L3_ARBITRATION" } as const satisfies Record<AppealTier, AppealState>;
const TIERS = Object.keys(STATE_OF) as AppealTier[];

/** The state of an appeal that waits for this tier. */
export function stateIn(tier: AppealTier): AppealState {
  return STATE_OF[tier];
}

/** The tier whose state this is; null of all other states. */
export function tierIn(state: AppealState): AppealTier | null {
  return TIERS.find((tier) => STATE_OF[tier] === state) ?? null;
}

/** What of an appeal says which tiers it can go through: its layer, and its project's settings. */
export type OfTiers = Pick<AppealRow, "layer" | "project">;

/** The first tier from this one on that an appeal can go to; null if there is none. The vendor's own layer has the first alone. */
export function tierFor({ layer, project }: OfTiers, from: AppealTier): AppealTier | null {
  const had: readonly AppealTier[] = layer === "VENDOR" ? ["L1"] : effectiveSettings(project?.settings ?? {}).appealTiers;
  return TIERS.slice(TIERS.indexOf(from)).find((tier) => had.includes(tier)) ?? null;
}

/** The tier that an appeal is filed with: in the client's layer, what the vendor itself raises needs no review of the vendor's. */
export function firstTier(appeal: OfTiers & Pick<AppealRow, "raisedAs">): AppealTier | null {
  return tierFor(appeal, appeal.layer === "CLIENT" && appeal.raisedAs !== "LABELER" ? "L2" : "L1");
}

/** The clock that runs while an appeal is in this state; null where nobody owes anything. */
export function clockIn(state: AppealState): ClockKind | null {
  const tier = tierIn(state);
  if (tier) return `APPEAL_${tier}`;
  if (state === "RETURNED_FOR_INFO") return "APPEAL_REPLY";
  return state === "DECIDED" || state === "DECLINED" ? "APPEAL_REAPPEAL" : null;
}

/** True once an appeal can't go on, whatever happens: not while a decline may be continued or a ruling appealed again. */
export function isOver(state: AppealState): boolean {
  return state === "WITHDRAWN" || state === "INVALID" || state === "EXPIRED" || state === "CLOSED";
}

/** True if it waits for somebody who hasn't done it in time. */
export function isOverdue({ state, dueAt }: Pick<AppealRow, "state" | "dueAt">, now: Date): boolean {
  return dueAt !== null && dueAt < now && (tierIn(state) !== null || state === "RETURNED_FOR_INFO");
}

/**
 * The viewer's verbs that are possible now: those of the machine, less those whose window is over, whose tier the project doesn't have,
 * re-appeals of what was overturned, and the withdrawal of a re-appeal.
 */
export function possibleActions(viewer: Viewer, appeal: OfParts & Standing, now: Date): AppealVerb[] {
  const isInTime = appeal.dueAt !== null && appeal.dueAt > now;
  const hasThird = tierFor(appeal, "L3") !== null;
  const held: Partial<Record<AppealVerb, boolean>> = {
    fileAppeal: isInTime,
    continueAppeal: isInTime,
    withdrawAppeal: appeal.outcome === null,
    escalateAppeal: hasThird,
    fileReappeal: isInTime && hasThird && appeal.outcome !== "AUDIT_OVERTURNED",
    decideAppealCase: appeal.caseId !== null,
  };
  return allowedActions(APPEAL_MACHINE, appeal.state, appealParts(viewer, appeal)).filter((verb) => held[verb] ?? true);
}

/** Refuses to take back what a tier has ruled on: its audit would be free to be appealed anew, though a ruling is appealed once. */
export function checkUnruled({ outcome }: Pick<AppealRow, "outcome">): void {
  if (outcome === null) return;
  const remedy = "answerAppeal, or let the time for it pass: it goes back to L3_ARBITRATION, which ends it";
  throw new Conflict(`withdrawAppeal: it was ruled on, ${outcome}, and is appealed for the only time; ${remedy}.`, ["appealId"]);
}

/** What of an appeal says what is possible. */
export type Standing = OfTiers & Pick<AppealRow, "state" | "dueAt" | "outcome" | "caseId">;

/** The arrow that a verb takes from where an appeal stands. A refusal names what is possible now. */
export function walkAppeal({ viewer, now }: { viewer: Viewer; now: Date }, appeal: OfParts & Standing, verb: AppealVerb): AppealArrow {
  return walk(APPEAL_MACHINE, appeal.state, verb, appealParts(viewer, appeal), () => possibleActions(viewer, appeal, now));
}

/** Whose turn it is: their own that wait for their words, and those that wait for a review that is theirs. */
export interface Turn {
  principalId: string;
  answers: AppealState[];
  reviews: AppealState[];
  /** Where they may review; null for wherever they see appeals. */
  projectIds: string[] | null;
  /** Whose appeals they never review: they may act as these labelers. */
  labelerIds: string[];
}

/** What waits for a viewer. */
export function turnOf({ role, principalId, grants }: Viewer): Turn {
  const reviews = Object.entries({ L1_REVIEW: ROLES_OF.L1_REVIEWER, L2_REVIEW: ROLES_OF.ADJUDICATOR, L3_ARBITRATION: ROLES_OF.ARBITER });
  const granted = grants.filter((grant) => grant.role === role && grant.canAdjudicate).map(({ projectId }) => projectId!);
  return {
    principalId,
    answers: (APPEALING as readonly Role[]).includes(role) ? ["DRAFT", "RETURNED_FOR_INFO"] : [],
    reviews: reviews.filter(([, roles]) => roles.includes(role)).map(([state]) => state as AppealState),
    projectIds: role === "AUDITOR" ? granted : null,
    labelerIds: grants.flatMap(({ labelerId }) => labelerId ?? []),
  };
}

/**
 * Who sees events and clocks of an appeal: the auditor whose work it is about, its vendor's people and its labeler; from the second tier on
 * those who may be asked to rule.
 */
export function appealAudience({ auditorId, vendorId, teamId, labelerId }: OfParts, tier: AppealTier | null): Audience {
  return { auditorId, vendorId, teamId, labelerId, isPartnerVisible: true, isStaffVisible: tier === "L2" || tier === "L3" };
}
