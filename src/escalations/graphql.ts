import { clocksOf } from "../clocks/graphql.ts";
import { EscalationKind, EscalationSeverity } from "../contacts/graphql.ts";
import { decodeId, decodeProjectId } from "../core/ids.ts";
import { timelineOf } from "../events/graphql.ts";
import { Principal } from "../grants/graphql.ts";
import { principalEntity } from "../grants/table.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef, idOf } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Policy } from "../policies/graphql.ts";
import { PolicyVersion } from "../policies/versions.graphql.ts";
import { Project } from "../projects/graphql.ts";
import { queueEntity } from "../projects/table.ts";
import { ErrorCode } from "../scorecards/codes.graphql.ts";
import { threadsOf } from "../threads/graphql.ts";
import { defineSubject } from "../threads/service.ts";
import { Market, Vendor } from "../vendors/graphql.ts";
import { disciplineOf, isOverdue, possibleActions, readsWords, seenWatchers } from "./rules.ts";
import { audienceOfEscalation } from "./service.ts";
import { type EscalationFilter, escalationList } from "./store.ts";
import { CLOSE_REASONS, ESCALATION_STATES, ESCALATION_TRIGGERS, escalationEntity, type EscalationRow } from "./table.ts";

export const Escalation = entityRef(escalationEntity);

defineSubject("Escalation", audienceOfEscalation);

export const EscalationState = builder.enumType("EscalationState", {
  description: "How far an escalation is.",
  values: {
    OPEN: { description: "Raised; nobody has looked at it yet." },
    TRIAGED: { description: "It has an owner, a severity and a problem statement." },
    CONTAINING: { description: "The harm is kept from going on." },
    INVESTIGATING: { description: "Causes are looked for." },
    WAITING_PARTNER: { description: "Waits for the vendor; the client's clocks stand still." },
    WAITING_POLICY: { description: "Waits for those who write the policies; the client's clocks stand still." },
    RCA_REVIEW: { description: "The vendor has handed in its analysis; it is accepted or returned." },
    ROOT_CAUSE_IDENTIFIED: { description: "The root causes are known; actions are planned." },
    ACTIONS_PLANNED: { description: "The plan is approved, and how its effect will be measured is fixed." },
    IMPLEMENTING: { description: "The actions are done." },
    VERIFYING: { description: "Waits for the figures that show whether they work." },
    CLOSED: { description: "Over; its closeReason says how." },
    DUPLICATE: { description: "The same as another escalation." },
    REJECTED: { description: "None: turned down before anything was done." },
    CANCELLED: { description: "Given up." },
  } satisfies Record<(typeof ESCALATION_STATES)[number], object>,
});

export const EscalationTrigger = builder.enumType("EscalationTrigger", {
  description: "What raises an escalation.",
  values: {
    METRIC_OFF_TARGET: { description: "A figure's interval misses its target, wholly." },
    SPC_SIGNAL: { description: "A control chart signals." },
    CRITICAL_ERROR: { description: "A critical error." },
    REPEAT_ERROR: { description: "The same error code again and again, of a labeler or team within days." },
    LOT_REJECTED: { description: "A lot is rejected, or the inspection of a stream is tightened or discontinued." },
    OVERTURN_SPIKE: { description: "Appeals overturn many audits." },
    AGREEMENT_LOW: { description: "Raters or auditors agree too little." },
    GOLDEN_STREAK: { description: "Golden items missed in a row." },
    SLA_FORECAST: { description: "Work will be late." },
    SLA_BREACH: { description: "Work is late." },
    POLICY_CHANGE_JUMP: { description: "Errors jump within 14 days of a policy version." },
    EXPOSURE_CAP: { description: "Somebody has seen as much harm as they may." },
    MANUAL: { description: "Somebody opened it by hand." },
  } satisfies Record<(typeof ESCALATION_TRIGGERS)[number], object>,
});

const CloseReason = builder.enumType("EscalationCloseReason", {
  description: "How an escalation was closed.",
  values: {
    EFFECTIVE: { description: "The figures show that the actions work." },
    WAIVED: { description: "Its actions are done; their effect was not measured." },
    NO_ACTION: { description: "Nothing needs to be done." },
    FALSE_SIGNAL: { description: "What raised it was no problem." },
    KNOWN_CAUSE: { description: "The cause is known, and dealt with elsewhere." },
    FIXED: { description: "It is mended." },
  } satisfies Record<(typeof CLOSE_REASONS)[number], object>,
});

const UNREAD = "Null for analysts, who read no words of people.";

function words(t: Fields<EscalationRow>, name: "title" | "problemStatement" | "stateReason", description: string) {
  return t.string({ nullable: true, description: `${description} ${UNREAD}`, ...shownTo(readsWords), resolve: (row, _, { viewer }) => (readsWords(viewer) ? row[name] : null) });
}

function when(t: Fields<EscalationRow>, name: "triagedAt" | "containedAt" | "rootCauseAt" | "closedAt" | "dueAt", description: string) {
  return t.expose(name, { type: "DateTime", nullable: true, description });
}

defineEntity(Escalation, {
  description:
    "A quality problem from its first signal to the proof that what was done about it works (8D, ISO 9001 10.2). Staff see those of their projects, a " +
    "vendor's managers and QA those about the vendor that are shared with it.",
  fields: (t) => ({
    title: words(t, "title", "What it is about, in a line."),
    kind: t.expose("kind", { type: EscalationKind, description: "What it is about." }),
    severity: t.expose("severity", { type: EscalationSeverity, description: "How grave it is." }),
    state: t.expose("state", { type: EscalationState, description: "How far it is." }),
    trigger: t.expose("trigger", { type: EscalationTrigger, description: "What raised it." }),
    discipline: t.int({
      nullable: true, resolve: disciplineOf,
      description: "How many of the eight disciplines (8D) it has come to: 2 when triaged, 3 contained, 4 causes known, 5 planned, 6 implementing, 7 verifying, 8 closed. Null before, and where it ended otherwise.",
    }),
    problemStatement: words(t, "problemStatement", "What is wrong, where, since when and how much; null before somebody says."),
    stateReason: words(t, "stateReason", "Why it came to its state, where a reason was given; else null."),
    closeReason: t.expose("closeReason", { type: CloseReason, nullable: true, description: "How it was closed; null unless CLOSED." }),
    isPartnerVisible: t.exposeBoolean("isPartnerVisible", { description: "Its vendor sees it." }),
    cycle: t.exposeInt("cycle", { description: "1, and one more each time that actions turned out not to work and causes are looked for again." }),
    openedAt: t.expose("openedAt", { type: "DateTime", description: "When it was opened: its clocks count from then." }),
    triagedAt: when(t, "triagedAt", "When it was triaged; null before."),
    containedAt: when(t, "containedAt", "When its containment was done; null before, and where it needed none."),
    rootCauseAt: when(t, "rootCauseAt", "When its root causes were known last; null before."),
    closedAt: when(t, "closedAt", "When it ended; null while it is open."),
    dueAt: when(t, "dueAt", "When the next step is due: the nearest of its running clocks; null while none runs."),
    isOverdue: t.boolean({ description: "That step is late.", resolve: (row, _, { now }) => isOverdue(row, now) }),
    allowedActions: t.stringList({ description: "The viewer's verbs that are possible now.", resolve: (row, _, { viewer }) => possibleActions(viewer, row) }),
    project: one(t, "project", Project, "In which project."),
    openedBy: one(t, "openedBy", Principal, "Who opened it; null where a rule did, or the viewer may not see the person."),
    owner: one(t, "owner", Principal, "Who sees it through; null before triage, or where the viewer may not see the person."),
    isMine: t.boolean({ description: "The viewer is its owner.", resolve: ({ ownerId }, _, { viewer }) => ownerId === viewer.principalId }),
    watcherIds: t.idList({
      description: "The principals who follow it, contacts that were told of it among them. Partners see themselves alone.",
      resolve: ({ watcherIds }, _, { viewer }) => seenWatchers(viewer, watcherIds).map((id) => idOf(principalEntity, { projectId: null, id })),
    }),
    isWatchedByMe: t.boolean({ description: "The viewer follows it.", resolve: ({ watcherIds }, _, { viewer }) => watcherIds.includes(viewer.principalId) }),
    vendor: one(t, "vendor", Vendor, "The vendor concerned; null for none in particular."),
    market: one(t, "marketRow", Market, "The market concerned; null for none in particular."),
    queueIds: t.idList({
      description: "The queues concerned; empty for none in particular.",
      resolve: ({ projectId, queueIds }) => queueIds.map((id) => idOf(queueEntity, { projectId, id })),
    }),
    policy: one(t, "policy", Policy, "The policy concerned; null for none in particular, or where the viewer may not see it."),
    policyVersion: one(t, "policyVersion", PolicyVersion, "The version concerned; null for none in particular, or where the viewer may not see it."),
    errorCode: one(t, "errorCode", ErrorCode, "The error concerned; null for none in particular, or where the viewer may not see it."),
    duplicateOf: one(t, "duplicateOf", Escalation, "The one that it is the same as; null unless DUPLICATE, or where the viewer may not see it."),
    duplicates: childList(t, escalationListType, "duplicateOfId", "Those that turned out to be the same."),
    slaClocks: clocksOf(t, "Its clocks, as far as the viewer may see them: the vendor sees its own alone."),
    threads: threadsOf(t),
    timeline: timelineOf(t),
    ...versionedFields(t),
  }),
});

type FilterInput = Omit<EscalationFilter, "ownerId" | "watcherId" | "overdueAt"> & Partial<Record<"isMine" | "isWatchedByMe" | "isOverdue", boolean | null>>;

function readFilter({ isMine, isWatchedByMe, isOverdue: isLate, vendorIds, queueIds, policyIds, ruleIds, ...filter }: FilterInput, { viewer, now }: Context): EscalationFilter {
  const path = (field: string) => ["filter", field];
  return {
    ...filter,
    vendorIds: vendorIds?.map((id) => decodeId("Vendor", id, path("vendorIds")).id),
    queueIds: queueIds?.map((id) => decodeProjectId("Queue", id, path("queueIds")).id),
    policyIds: policyIds?.map((id) => decodeId("Policy", id, path("policyIds")).id),
    ruleIds: ruleIds?.map((id) => decodeProjectId("EscalationRule", id, path("ruleIds")).id),
    ownerId: isMine ? viewer.principalId : null,
    watcherId: isWatchedByMe ? viewer.principalId : null,
    overdueAt: isLate ? now : null,
  };
}

export const escalationListType = defineList(Escalation, escalationList, {
  orders: {
    ID: "Order in which they were opened.", DUE_AT: "By when the next step is due; those that nothing is due of come behind all others.",
    OPENED_AT: "By when they were opened.", UPDATED_AT: "By the last change.",
  },
  filter: (t: InputFields) => ({
    states: t.field({ type: [EscalationState], description: "Those in one of these states." }),
    isOpen: t.boolean({ description: "True for those that go on, false for those that ended." }),
    severities: t.field({ type: [EscalationSeverity], description: "Those as grave as one of these." }),
    kinds: t.field({ type: [EscalationKind], description: "Those about one of these." }),
    triggers: t.field({ type: [EscalationTrigger], description: "Those raised by one of these." }),
    vendorIds: t.idList({ description: "Those that concern one of these vendors." }),
    queueIds: t.idList({ description: "Those that concern one of these queues, maybe among others." }),
    markets: t.stringList({ description: "Those that concern one of these markets, by its code." }),
    policyIds: t.idList({ description: "Those that concern one of these policies." }),
    ruleIds: t.idList({ description: "Those raised by one of these rules." }),
    isMine: t.boolean({ description: "If true, those that the viewer owns." }),
    isWatchedByMe: t.boolean({ description: "If true, those that the viewer follows." }),
    isOverdue: t.boolean({ description: "If true, those whose next step is late." }),
    openedAfter: t.field({ type: "DateTime", description: "Those opened after this time." }),
    dueBefore: t.field({ type: "DateTime", description: "Those whose next step is due before this time." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: FilterInput, context) => readFilter(input, context),
});

rootList(escalationListType, "escalations", "Escalations the viewer may see.");
builder.objectFields(Project, (t) => ({ escalations: childList(t, escalationListType, "projectId", "Its escalations, as far as the viewer may see them.") }));
