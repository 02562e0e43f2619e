import { decodeId, type ProjectKey } from "../core/ids.ts";
import { allowedActions } from "../core/machine.ts";
import type { Viewer } from "../core/viewer.ts";
import { Principal } from "../grants/graphql.ts";
import { principalEntity } from "../grants/table.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import type { Context } from "../graphql/context.ts";
import { defineEntity, entityRef, loadEntity } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Policy } from "../policies/graphql.ts";
import { policyEntity } from "../policies/table.ts";
import { Project } from "../projects/graphql.ts";
import { Clarification, clarificationListType } from "../questions/clarifications.graphql.ts";
import { Vendor } from "../vendors/graphql.ts";
import { vendorEntity } from "../vendors/table.ts";
import { CALIBRATION_MACHINE, type RaterLeaning, raterLeanings, readsWords, sessionParts } from "./rules.ts";
import { areInvited, ratersBySession, type SessionFilter, sessionList, votesAgainstConsensus } from "./store.ts";
import { CALIBRATION_STATES, type calibrationRaters, calibrationSessionEntity, type CalibrationSessionRow } from "./table.ts";

export const CalibrationSession = entityRef(calibrationSessionEntity);

const CalibrationState = builder.enumType("CalibrationState", {
  description: "How far a calibration session is.",
  values: {
    DRAFT: { description: "Being prepared." },
    OPEN: { description: "Raters vote, each blind to the others." },
    CLOSED: { description: "Voting is over; how far the votes agree is known." },
    DISCUSSION: { description: "Raters of the staff see the votes and talk about them." },
    CONSENSUS: { description: "Every item has what all agreed on, or a policy question." },
    PUBLISHED: { description: "Everybody invited sees the consensus." },
    CANCELLED: { description: "Given up." },
  } satisfies Record<(typeof CALIBRATION_STATES)[number], object>,
});

const Leaning = builder.objectRef<RaterLeaning["byPolicy"][number]>("RaterLeaning").implement({
  description: "How a rater leans towards a policy, or away from it.",
  fields: (t) => ({
    policy: t.field({
      type: Policy, nullable: true, description: "The policy; null where the viewer may not see it.",
      resolve: ({ policyId }, _, context, info) => loadEntity(policyEntity, { projectId: null, id: policyId }, context, info),
    }),
    bias: t.exposeFloat("bias", { description: "Share of the rater's votes for it less its share of the consensus on the same items, in -1..1; all add to 0." }),
  }),
});

const Leanings = builder.objectRef<RaterLeaning>("RaterAgainstConsensus").implement({
  description: "A rater's votes beside what all agreed on. Items whose consensus is a question are left out.",
  fields: (t) => ({
    n: t.exposeInt("n", { description: "Votes on items with a consensus." }),
    agreed: t.exposeInt("agreed", { description: "Those that are the consensus." }),
    agreement: t.exposeFloat("agreement", { description: "agreed / n, in 0..1." }),
    byPolicy: t.field({ type: [Leaning], description: "For each policy that was voted for or agreed on.", resolve: ({ byPolicy }) => byPolicy }),
  }),
});

type RaterRow = typeof calibrationRaters.$inferSelect;

const Rater = builder.objectRef<RaterRow>("CalibrationRater").implement({
  description: "Somebody invited to vote. Partners and labelers see only themselves among them.",
  fields: (t) => ({
    principal: t.field({
      type: Principal, nullable: true, description: "Who; null where the viewer may not see the person.",
      resolve: ({ principalId }, _, context, info) => loadEntity(principalEntity, { projectId: null, id: principalId }, context, info),
    }),
    vendor: t.field({
      type: Vendor, nullable: true, description: "Whose people they are; null for staff.",
      resolve: ({ vendorId }, _, context, info) => (vendorId ? loadEntity(vendorEntity, { projectId: null, id: vendorId }, context, info) : null),
    }),
    isMe: t.boolean({ description: "It is the viewer.", resolve: ({ principalId }, _, { viewer }) => principalId === viewer.principalId }),
    againstConsensus: t.field({
      type: Leanings, nullable: true,
      description: "How they lean: null before CONSENSUS, for partners and labelers before PUBLISHED, and for who didn't vote.",
      resolve: async ({ projectId, sessionId, principalId }, _, context) => {
        const votes = await context.load({ name: "votesAgainstConsensus", load: votesAgainstConsensus }, { projectId, id: sessionId });
        return raterLeanings(votes).find(({ rater }) => rater === principalId) ?? null;
      },
    }),
  }),
});

function amInvited({ projectId, id }: ProjectKey, context: Context): Promise<boolean> {
  const { principalId } = context.viewer;
  return context.load({ name: "amInvitedToCalibration", load: (db, keys: readonly ProjectKey[]) => areInvited(db, principalId, keys) }, { projectId, id });
}

function when(t: Fields<CalibrationSessionRow>, name: "closesAt" | "openedAt" | "closedAt" | "publishedAt", description: string) {
  return t.field({ type: "DateTime", nullable: true, description, resolve: (row) => row[name] });
}

defineEntity(CalibrationSession, {
  description:
    "Raters judge the same items blindly, then discuss where they differ: do they read a policy alike? Leads and analysts see all; auditors and policy managers " +
    "those they are invited to or facilitate, and all once voting is over; partners and labelers those they are invited to.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "For people." }),
    state: t.field({ type: CalibrationState, description: "How far it is.", resolve: ({ state }) => state }),
    closesAt: when(t, "closesAt", "When voting ends by itself; null where only by hand."),
    openedAt: when(t, "openedAt", "When voting began; null before."),
    closedAt: when(t, "closedAt", "When voting ended; null before."),
    publishedAt: when(t, "publishedAt", "When the consensus was published; null before."),
    cancelReason: t.string({
      nullable: true, description: "Why it was given up; null unless CANCELLED, and for analysts.",
      ...shownTo(readsWords),
      resolve: (row, _, { viewer }) => (readsWords(viewer) ? row.cancelReason : null),
    }),
    isInvited: t.boolean({ description: "The viewer is one of its raters.", resolve: (row, _, context) => amInvited(row, context) }),
    raters: t.field({
      type: [Rater], description: "Who is invited, as far as the viewer may see them.",
      resolve: ({ projectId, id }, _, context) => context.load({ name: "ratersBySession", load: ratersBySession }, { projectId, id }),
    }),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now.",
      resolve: async (row, _, context) => allowedActions(CALIBRATION_MACHINE, row.state, sessionParts(context.viewer, row, await amInvited(row, context))),
    }),
    project: one(t, "project", Project, "Whose session it is."),
    policy: one(t, "policy", Policy, "The policy that it is about; null for several, or where the viewer may not see it."),
    facilitator: one(t, "facilitator", Principal, "Who leads it; null where the viewer may not see the person."),
    clarifications: childList(t, clarificationListType, "calibrationSessionId", "What came of it."),
    ...versionedFields(t),
  }),
});

type FilterInput = Omit<SessionFilter, "raterId" | "facilitatorId"> & { isInvited?: boolean | null; isFacilitator?: boolean | null };

function readFilter({ isInvited, isFacilitator, policyIds, ...filter }: FilterInput, { principalId }: Viewer): SessionFilter {
  return {
    ...filter,
    policyIds: policyIds?.map((id) => decodeId("Policy", id, ["filter", "policyIds"]).id),
    raterId: isInvited ? principalId : null,
    facilitatorId: isFacilitator ? principalId : null,
  };
}

const listType = defineList(CalibrationSession, sessionList, {
  orders: { ID: "Order of creation.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    states: t.field({ type: [CalibrationState], description: "Those in one of these states." }),
    policyIds: t.idList({ description: "Those about one of these policies alone." }),
    isInvited: t.boolean({ description: "If true, those the viewer is to vote in, or was." }),
    isFacilitator: t.boolean({ description: "If true, those the viewer leads." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: FilterInput, { viewer }) => readFilter(input, viewer),
});

rootList(listType, "calibrationSessions", "Calibration sessions the viewer may see.");
builder.objectFields(Project, (t) => ({ calibrationSessions: childList(t, listType, "projectId", "Its calibration sessions that the viewer may see.") }));
builder.objectFields(Clarification, (t) => ({
  calibrationSession: t.field({
    type: CalibrationSession, nullable: true, description: "What it came of; null where it was none, or the viewer may not see it.",
    resolve: ({ projectId, calibrationSessionId: id }, _, context, info) =>
      (id ? loadEntity(calibrationSessionEntity, { projectId, id }, context, info) : null),
  }),
}));
