import { builder, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList } from "../graphql/list.ts";
import { Queue } from "../projects/queues.graphql.ts";
import { Site, Team } from "../vendors/graphql.ts";
import { Labeler } from "./graphql.ts";
import { checkListing } from "./rules.ts";
import { assignmentList, membershipList, type PeriodFilter } from "./store.ts";
import { ASSIGNMENT_KINDS, assignmentEntity, type AssignmentRow, membershipEntity } from "./table.ts";

export const LabelerMembership = entityRef(membershipEntity);
export const LabelerAssignment = entityRef(assignmentEntity);

export const AssignmentKind = builder.enumType("AssignmentKind", {
  description: "Why somebody works on a queue.",
  values: {
    PRIMARY: { description: "It is their own." },
    BACKFILL: { description: "They help out for a while." },
  } satisfies Record<(typeof ASSIGNMENT_KINDS)[number], object>,
});

const heldAt = (t: InputFields) => t.field({ type: "DateTime", description: "Those that hold at this time." });
const BY = { ID: "Order of creation.", FROM: "By their start.", UPDATED_AT: "By the last change." };

const membershipListType = defineList(LabelerMembership, membershipList, {
  orders: { ID: BY.ID, FROM: BY.FROM },
  filter: (t) => ({ heldAt: heldAt(t) }),
  read: (input: PeriodFilter) => input,
});
const assignmentListType = defineList(LabelerAssignment, assignmentList, {
  orders: BY,
  filter: (t) => ({
    heldAt: heldAt(t),
    kinds: t.field({ type: [AssignmentKind], description: "Those of one of these kinds." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: PeriodFilter, { viewer }: Context) => {
    checkListing(viewer);
    return input;
  },
});

const PERIOD = { from: "When it begins.", to: "When it ends, no longer holding then; null if open. Equal to `from` where it never held." };

defineEntity(LabelerMembership, {
  description: "Where a labeler sat for a while. Decisions keep the place of their time; before the first membership the first one counts.",
  fields: (t) => ({
    labeler: one(t, "labeler", Labeler, "Who sat there."),
    site: one(t, "site", Site, "The site; null if it isn't known."),
    team: one(t, "team", Team, "The team; null for none."),
    from: t.field({ type: "DateTime", description: PERIOD.from, resolve: (row) => row.from }),
    to: t.field({ type: "DateTime", nullable: true, description: PERIOD.to, resolve: (row) => row.to }),
  }),
});

defineEntity(LabelerAssignment, {
  description: "A queue that a labeler works on for a while.",
  fields: (t) => ({
    labeler: one(t, "labeler", Labeler, "Who works on it."),
    queue: one(t, "queue", Queue, "The queue."),
    kind: t.field({ type: AssignmentKind, description: "Why.", resolve: (row: AssignmentRow) => row.kind }),
    from: t.field({ type: "DateTime", description: PERIOD.from, resolve: (row) => row.from }),
    to: t.field({ type: "DateTime", nullable: true, description: PERIOD.to, resolve: (row) => row.to }),
    ...versionedFields(t),
  }),
});

builder.objectFields(Labeler, (t) => ({
  memberships: childList(t, membershipListType, "labelerId", "Where they sat when."),
  assignments: childList(t, assignmentListType, "labelerId", "The queues they work on, worked on, or will."),
}));
builder.objectFields(Queue, (t) => ({
  assignments: childList(t, assignmentListType, "queueId", "Who works on it, worked on it, or will."),
}));
