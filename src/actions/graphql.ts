import { decodeId } from "../core/ids.ts";
import { Escalation } from "../escalations/graphql.ts";
import { readsWords } from "../escalations/rules.ts";
import { Principal } from "../grants/graphql.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { RcaCause } from "../rcas/causes.graphql.ts";
import { Vendor } from "../vendors/graphql.ts";
import { isOverdue, possibleActions } from "./rules.ts";
import { type ActionFilter, actionList } from "./store.ts";
import { ACTION_KINDS, ACTION_STATES, actionEntity, type ActionRow } from "./table.ts";

export const Action = entityRef(actionEntity);

export const ActionKind = builder.enumType("ActionKind", {
  description: "What an action is against.",
  values: {
    CONTAINMENT: { description: "The harm, at once, before its cause is known; needs no approval to begin." },
    CORRECTION: { description: "What went wrong: it is put right." },
    CORRECTIVE: { description: "The cause, so that it doesn't come again." },
    PREVENTIVE: { description: "The same cause elsewhere, before it shows." },
  } satisfies Record<(typeof ACTION_KINDS)[number], object>,
});

const ActionState = builder.enumType("ActionState", {
  description: "How far an action is.",
  values: {
    PROPOSED: { description: "Somebody says that it should be done." },
    APPROVED: { description: "It may begin." },
    IN_PROGRESS: { description: "Its owner is at it." },
    DONE: { description: "Its owner has shown that it is done." },
    VERIFIED: { description: "Somebody else has seen that it is in place, or it was found to work." },
    WAIVED: { description: "It is given up." },
  } satisfies Record<(typeof ACTION_STATES)[number], object>,
});

const NEVER_OVERDUE = "never of an escalation that is DUPLICATE, REJECTED or CANCELLED";
const UNREAD = "Null for analysts, who read no words of people.";

function words(t: Fields<ActionRow>, name: "title" | "description" | "waiveReason", description: string) {
  return t.string({ nullable: true, description, ...shownTo(readsWords), resolve: (row, _, { viewer }) => (readsWords(viewer) ? row[name] : null) });
}

function when(t: Fields<ActionRow>, name: "completedAt" | "verifiedAt", description: string) {
  return t.field({ type: "DateTime", nullable: true, description, resolve: (row) => row[name] });
}

defineEntity(Action, {
  description: "Something that is done about an escalation (CAPA). Seen by whoever sees the escalation; its owner may be the vendor's.",
  fields: (t) => ({
    kind: t.field({ type: ActionKind, description: "What it is against.", resolve: ({ kind }) => kind }),
    state: t.field({ type: ActionState, description: "How far it is.", resolve: ({ state }) => state }),
    title: words(t, "title", `What is to be done, in a line. ${UNREAD}`),
    description: words(t, "description", `The rest; null if the title says it all. ${UNREAD}`),
    cycle: t.exposeInt("cycle", { description: "In which cycle of the escalation it was proposed, from 1." }),
    dueAt: t.field({ type: "DateTime", description: "By when it should be done.", resolve: ({ dueAt }) => dueAt }),
    isOverdue: t.boolean({
      description: `It is due, and PROPOSED, APPROVED or IN_PROGRESS; ${NEVER_OVERDUE}.`,
      extensions: { relation: "escalation" },
      resolve: (row, _, { now }) => isOverdue(row, row.escalation!.state, now),
    }),
    evidence: t.stringList({
      nullable: true,
      description: `What shows that it was done: words and references; empty before. ${UNREAD}`,
      ...shownTo(readsWords),
      resolve: ({ evidence }, _, { viewer }) => (readsWords(viewer) ? evidence : null),
    }),
    completedAt: when(t, "completedAt", "When it was done; null while it isn't."),
    verifiedAt: when(t, "verifiedAt", "When it was verified; null before."),
    waiveReason: words(t, "waiveReason", `Why it was given up; null if it wasn't. ${UNREAD}`),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now, where its escalation stands considered.",
      extensions: { relation: "escalation" },
      resolve: (row, _, { viewer }) => possibleActions(viewer, row, row.escalation!.state),
    }),
    escalation: one(t, "escalation", Escalation, "What it is about."),
    cause: one(t, "cause", RcaCause, "The cause that it is against; null if none is named."),
    vendor: one(t, "vendor", Vendor, "Whose people carry it out; null for staff."),
    owner: one(t, "owner", Principal, "Who carries it out; null where the viewer may not see the person."),
    proposedBy: one(t, "proposedBy", Principal, "Who proposed it; null where the viewer may not see the person."),
    verifiedBy: one(t, "verifiedBy", Principal, "Who verified it; null before, where it was the system, and where the viewer may not see the person."),
    ...versionedFields(t),
  }),
});

type FilterInput = Omit<ActionFilter, "ownerId" | "overdueAt"> & { isMine?: boolean | null; isOverdue?: boolean | null };

function readFilter({ isMine, isOverdue, vendorIds, ...filter }: FilterInput, { viewer, now }: Context): ActionFilter {
  return {
    ...filter,
    vendorIds: vendorIds?.map((id) => decodeId("Vendor", id, ["filter", "vendorIds"]).id),
    ownerId: isMine ? viewer.principalId : null,
    overdueAt: isOverdue ? now : null,
  };
}

const listType = defineList(Action, actionList, {
  orders: { ID: "Order in which they were proposed.", DUE_AT: "By when they are due.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    states: t.field({ type: [ActionState], description: "Those in one of these states." }),
    kinds: t.field({ type: [ActionKind], description: "Those of one of these kinds." }),
    cycle: t.int({ description: "Those of this cycle of their escalation, from 1." }),
    isMine: t.boolean({ description: "If true, those whose owner is the viewer." }),
    vendorIds: t.idList({ description: "Those that people of one of these vendors carry out." }),
    dueBefore: t.field({ type: "DateTime", description: "Those due before this time, done or not." }),
    isOverdue: t.boolean({ description: `If true, those that are due and PROPOSED, APPROVED or IN_PROGRESS; ${NEVER_OVERDUE}.` }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: FilterInput, context) => readFilter(input, context),
});

rootList(listType, "actions", "What is done about escalations that the viewer may see.");
builder.objectFields(Escalation, (t) => ({
  actions: childList(t, listType, "escalationId", "What is done about it, in all its cycles."),
}));
