import { Principal } from "../grants/graphql.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList } from "../graphql/list.ts";
import { Escalation } from "../escalations/graphql.ts";
import { readsWords } from "../escalations/rules.ts";
import { Vendor } from "../vendors/graphql.ts";
import { causeListType, whyListType } from "./causes.graphql.ts";
import { rcaActions } from "./rules.ts";
import { type RcaFilter, rcaList } from "./store.ts";
import { RCA_STATES, rcaEntity, type RcaRow } from "./table.ts";

export const Rca = entityRef(rcaEntity);

const RcaState = builder.enumType("RcaState", {
  description: "How far an analysis is.",
  values: {
    DRAFT: { description: "It is being written; of a vendor's, it was asked for." },
    SUBMITTED: { description: "The vendor has handed it in." },
    ACCEPTED: { description: "Its root causes are those of the escalation." },
    RETURNED: { description: "The vendor has it again, with a reason." },
    WITHDRAWN: { description: "It is not asked for any more." },
  } satisfies Record<(typeof RCA_STATES)[number], object>,
});

const UNREAD = "Null for analysts, who read no words of people.";

function when(t: Fields<RcaRow>, name: "requestedAt" | "submittedAt" | "acceptedAt", description: string) {
  return t.field({ type: "DateTime", nullable: true, description, resolve: (row) => row[name] });
}

defineEntity(Rca, {
  description:
    "A root-cause analysis: why it came to an escalation, the client's own or one that was asked of the vendor. At most one is open in a cycle of the " +
    "escalation. Seen by whoever sees the escalation.",
  fields: (t) => ({
    state: t.field({ type: RcaState, description: "How far it is.", resolve: ({ state }) => state }),
    cycle: t.exposeInt("cycle", { description: "In which cycle of the escalation it was made, from 1: one more each time that actions weren't effective." }),
    problemStatement: t.string({
      nullable: true,
      description: `What is wrong, where, since when and how much; null while nobody has said so. ${UNREAD}`,
      ...shownTo(readsWords),
      resolve: ({ problemStatement }, _, { viewer }) => (readsWords(viewer) ? problemStatement : null),
    }),
    contributingFactors: t.stringList({
      nullable: true,
      description: `What made it worse or likelier without having caused it. ${UNREAD}`,
      ...shownTo(readsWords),
      resolve: ({ contributingFactors }, _, { viewer }) => (readsWords(viewer) ? contributingFactors : null),
    }),
    returnReason: t.string({
      nullable: true,
      description: `Why it was returned last; null if it never was. ${UNREAD}`,
      ...shownTo(readsWords),
      resolve: ({ returnReason }, _, { viewer }) => (readsWords(viewer) ? returnReason : null),
    }),
    requestedAt: when(t, "requestedAt", "When the vendor was asked for it; null of the client's own."),
    submittedAt: when(t, "submittedAt", "When the vendor handed it in last; null before, and of the client's own."),
    acceptedAt: when(t, "acceptedAt", "When its root causes became the escalation's; null before."),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now.",
      extensions: { relation: "escalation" },
      resolve: (row, _, { viewer }) => (row.escalation ? rcaActions(viewer, row, row.escalation) : []),
    }),
    escalation: one(t, "escalation", Escalation, "What it is of."),
    vendor: one(t, "vendor", Vendor, "The vendor that was asked for it; null of the client's own."),
    submittedBy: one(t, "submittedBy", Principal, "Who handed it in last; null before, and where the viewer may not see the person."),
    whys: childList(t, whyListType, "rcaId", "From what was seen to what is behind it; ordered by POSITION that is the chain."),
    causes: childList(t, causeListType, "rcaId", "What caused it."),
    ...versionedFields(t),
  }),
});

const listType = defineList(Rca, rcaList, {
  orders: { ID: "Order in which they were begun.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    states: t.field({ type: [RcaState], description: "Those in one of these states." }),
    cycle: t.int({ description: "Those of this cycle of the escalation, from 1." }),
    isPartners: t.boolean({ description: "True for those asked of a vendor, false for the client's own." }),
  }),
  read: (input: RcaFilter) => input,
});

builder.objectFields(Escalation, (t) => ({
  rcas: childList(t, listType, "escalationId", "Its root-cause analyses: of each cycle the client's own, and those asked of the vendor."),
}));
