import type { ProjectKey } from "../core/ids.ts";
import { type Role } from "../core/viewer.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { keyOf, loadPayload, rowField, type RowPayload } from "../graphql/entity.ts";
import { RowRefusalType } from "../graphql/rows.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { queueEntity } from "../projects/table.ts";
import { siteEntity, teamEntity } from "../vendors/table.ts";
import { AssignmentKind, LabelerAssignment } from "./assignments.graphql.ts";
import { Labeler, LabelerKind, PauseReason } from "./graphql.ts";
import { type RosterResult, upsertLabelers } from "./roster.service.ts";
import type { LabelerVerb, RosterRow } from "./rules.ts";
import { KEEPERS } from "./rules.ts";
import { assignLabeler, endAssignment, type LabelerStep, type Move, moveAlong, moveLabeler, type NewAssignment } from "./service.ts";
import { assignmentEntity, labelerEntity } from "./table.ts";

const labelerId = (t: InputFields) => t.id({ required: true, description: "The labeler." });
const expectedVersion = (t: InputFields) => t.int({ description: EXPECTED });
const reason = (t: InputFields, required: boolean) => t.string({ required, description: "Why; 1 to 2,000 characters." });

const STEPS: Record<LabelerVerb, { roles: readonly Role[]; description: string; input: (t: InputFields) => Record<string, unknown> }> = {
  startNesting: { roles: ["VENDOR_MANAGER", "QA_LEAD"], description: "Lets a trained labeler decide under supervision.", input: () => ({}) },
  goLive: { roles: ["QA_LEAD"], description: "Lets a labeler decide on their own.", input: () => ({}) },
  pauseLabeler: {
    roles: ["QA_LEAD", "VENDOR_MANAGER"],
    description: "Takes a labeler off the work for a while.",
    input: (t) => ({
      pauseReason: t.field({ type: PauseReason, required: true, description: "What for; a VENDOR_MANAGER may lift ADMIN alone." }),
      reason: reason(t, false),
    }),
  },
  resumeLabeler: {
    roles: ["QA_LEAD", "VENDOR_MANAGER"],
    description: "Brings a paused labeler back to the state they left. QA_LEAD; VENDOR_MANAGER if the pause is an administrative one.",
    input: (t) => ({ reason: reason(t, true) }),
  },
  offboardLabeler: {
    roles: ["VENDOR_MANAGER", "ADMIN"],
    description: "A labeler leaves for ever: their place and their assignments end.",
    input: (t) => ({ reason: reason(t, false) }),
  },
};

for (const [name, { roles, description, input }] of Object.entries(STEPS) as [LabelerVerb, (typeof STEPS)[LabelerVerb]][]) {
  defineVerb<LabelerStep, RowPayload>(name, {
    description,
    for: { roles },
    input: (t) => ({ labelerId: labelerId(t), ...input(t), expectedVersion: expectedVersion(t) }),
    payload: (t) => ({ labeler: rowField(t, labelerEntity, Labeler, "The labeler.") }),
    resolve: (step, context) => {
      const { id } = keyOf(labelerEntity, step.labelerId, ["labelerId"]);
      return context.perform(name, step, (verb) => moveAlong(verb, name, { ...step, labelerId: id }));
    },
  });
}

defineVerb<Move, RowPayload>("moveLabeler", {
  description: "Moves a labeler to another site or team of their vendor.",
  for: KEEPERS,
  input: (t) => ({
    labelerId: labelerId(t),
    siteId: t.id({ description: "The site; the team's if absent." }),
    teamId: t.id({ description: "The team; none if absent." }),
    from: t.field({ type: "DateTime", description: "Since when, not ahead; now if absent. Decisions recorded already keep their place." }),
    expectedVersion: expectedVersion(t),
  }),
  payload: (t) => ({ labeler: rowField(t, labelerEntity, Labeler, "The labeler.") }),
  resolve: (input, context) => {
    const move = {
      ...input,
      labelerId: keyOf(labelerEntity, input.labelerId, ["labelerId"]).id,
      siteId: input.siteId == null ? null : keyOf(siteEntity, input.siteId, ["siteId"]).id,
      teamId: input.teamId == null ? null : keyOf(teamEntity, input.teamId, ["teamId"]).id,
    };
    return context.perform("moveLabeler", input, (verb) => moveLabeler(verb, move));
  },
});

defineVerb<Omit<NewAssignment, "queue"> & { queueId: string }, RowPayload>("assignLabeler", {
  description: "Puts a labeler on a queue; assignments of one labeler to one queue never overlap.",
  for: KEEPERS,
  input: (t) => ({
    labelerId: labelerId(t),
    queueId: t.id({ required: true, description: "The queue." }),
    kind: t.field({ type: AssignmentKind, required: true, description: "Their own queue, or help for a while." }),
    from: t.field({ type: "DateTime", description: "Since when; now if absent." }),
    to: t.field({ type: "DateTime", description: "Until when, after `from`; open if absent." }),
  }),
  payload: (t) => ({ assignment: rowField(t, assignmentEntity, LabelerAssignment, "The assignment.") }),
  resolve: (input, context) => {
    const { id } = keyOf(labelerEntity, input.labelerId, ["labelerId"]);
    const queue = keyOf(queueEntity, input.queueId, ["queueId"]) as ProjectKey;
    return context.perform("assignLabeler", input, (verb) => assignLabeler(verb, { ...input, labelerId: id, queue }));
  },
});

defineVerb<{ assignmentId: string; to?: Date | null; expectedVersion?: number | null }, RowPayload>("endAssignment", {
  description: "Ends an assignment; one that hasn't begun never holds.",
  for: KEEPERS,
  input: (t) => ({
    assignmentId: t.id({ required: true, description: "The assignment." }),
    to: t.field({ type: "DateTime", description: "When, not before it begins; now if absent." }),
    expectedVersion: expectedVersion(t),
  }),
  payload: (t) => ({ assignment: rowField(t, assignmentEntity, LabelerAssignment, "The assignment.") }),
  resolve: (input, context) => {
    const key = keyOf(assignmentEntity, input.assignmentId, ["assignmentId"]) as ProjectKey;
    return context.perform("endAssignment", input, (verb) => endAssignment(verb, key, input));
  },
});

const InitialStatus = builder.enumType("InitialLabelerStatus", {
  description: "The state in which a labeler is added.",
  values: {
    TRAINING: { description: "Learns, and decides nothing yet." },
    NESTING: { description: "Decides under supervision." },
    PRODUCTION: { description: "Decides already." },
  },
});

const RosterRowInput = builder.inputType("RosterRowInput", {
  description: "A labeler as a roster has them. Of a labeler who is there already, absent fields stay and null clears.",
  fields: (t) => ({
    externalRef: t.string({ required: true, description: "What the vendor calls them, 1 to 200 characters. Never changes." }),
    name: t.string({ description: "For people, 1 to 200 characters. Personal." }),
    kind: t.field({ type: LabelerKind, description: "Never changes; HUMAN for a new one if absent." }),
    siteCode: t.string({ description: "The site, by its code at the vendor. A labeler who is there already moves there from now on." }),
    teamCode: t.string({ description: "The team, by its code at that site; none if absent where `siteCode` is given." }),
    hiredOn: t.field({ type: "Date", description: "Their first day; a new labeler sits in their place from 00:00 UTC (from now if absent)." }),
    initialStatus: t.field({ type: InitialStatus, description: "Of a new labeler alone; TRAINING if absent." }),
  }),
});

const Outcome = builder.enumType("RosterOutcome", {
  description: "What came of a row.",
  values: {
    CREATED: { description: "A labeler was added." },
    UPDATED: { description: "A labeler was changed, or moved." },
    UNCHANGED: { description: "The labeler was like that already." },
    REFUSED: { description: "Nothing came of it; `refusal` says why." },
  } satisfies Record<RosterResult["outcome"], object>,
});

const ResultType = builder.objectRef<RosterResult>("RosterResult").implement({
  description: "What came of one row of a roster.",
  fields: (t) => ({
    row: t.exposeInt("row", { description: "The row's place in the input, from 0." }),
    externalRef: t.exposeString("externalRef", { description: "The row's reference." }),
    outcome: t.field({ type: Outcome, description: "What came of it.", resolve: ({ outcome }) => outcome }),
    labeler: t.field({
      type: Labeler,
      nullable: true,
      description: "The labeler; null if the row was refused.",
      resolve: ({ labelerId: id }, _, context, info) => (id ? loadPayload(labelerEntity, { projectId: null, id }, context, info) : null),
    }),
    refusal: t.field({ type: RowRefusalType, nullable: true, description: "Why not; null if taken.", resolve: ({ refusal }) => refusal }),
  }),
});

defineVerb<{ vendorCode: string; rows: RosterRow[] }, { results: RosterResult[] }>("upsertLabelers", {
  description: "Brings a vendor's labelers up to a roster, each row with an outcome of its own.",
  for: KEEPERS,
  input: (t) => ({
    vendorCode: t.string({ required: true, description: "The vendor, by its code." }),
    rows: t.field({ type: [RosterRowInput], required: true, description: "1 to 1,000 labelers, each once." }),
  }),
  payload: (t) => ({
    results: t.field({ type: [ResultType], description: "One for each row, in their order.", resolve: ({ results }) => results }),
  }),
  resolve: (input, context) => context.perform("upsertLabelers", input, (verb) => upsertLabelers(verb, input)),
});
