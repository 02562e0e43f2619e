import { Forbidden } from "../core/errors.ts";
import { decodeId } from "../core/ids.ts";
import { allowedActions } from "../core/machine.ts";
import type { Viewer } from "../core/viewer.ts";
import { Decision } from "../decisions/graphql.ts";
import { GoldenItem } from "../golden/graphql.ts";
import { Principal } from "../grants/graphql.ts";
import { shownTo } from "../graphql/access.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { Project } from "../projects/graphql.ts";
import { Modality, Queue } from "../projects/queues.graphql.ts";
import { Market } from "../vendors/graphql.ts";
import { AuditLayer, SamplePurpose } from "../plans/graphql.ts";
import { SamplingRun, Stratum } from "../sampling/graphql.ts";
import { isOverdue, maySeeDraws, SAMPLE_MACHINE, sampleParts, seesDraw, seesReason } from "./rules.ts";
import { type SampleFilter, sampleList } from "./store.ts";
import { sampleEntity, type SampleRow } from "./table.ts";
import { SampleState, SampleVoidReason } from "./words.graphql.ts";

export const Sample = entityRef(sampleEntity);

const HIDDEN = "Null for its auditor and for partners.";

const DRAWN = { isVisible: seesDraw, reads: ["assigneeId", "isBlind", "state"], sees: maySeeDraws } as const;

defineEntity(Sample, {
  description: "One drawn decision, on its way to an audit. Auditors and partners see those that they have claimed.",
  fields: (t) => ({
    state: t.field({ type: SampleState, description: "Where it stands.", resolve: (row) => row.state }),
    layer: t.field({ type: AuditLayer, description: "Whose audit it is for.", resolve: (row) => row.layer }),
    isBlind: t.exposeBoolean("isBlind", { description: "Its auditor sees neither decision nor labeler before the truth is locked." }),
    contentRef: t.exposeString("contentRef", { description: "Where the content is; never the content itself." }),
    contentHash: t.string({ description: "SHA-256 in hex that tells equal content.", resolve: (row) => row.contentHash.toString("hex") }),
    modality: t.field({ type: Modality, description: "The kind of content.", resolve: (row) => row.modality }),
    language: t.exposeString("language", { nullable: true, description: "BCP 47 tag of the content; null if unknown." }),
    dueAt: t.field({
      type: "DateTime",
      description: "When its audit is due: as long after the draw as the project gives for it, by default two business days.",
      resolve: (row) => row.dueAt,
    }),
    isOverdue: t.boolean({ description: "Its audit is due and not submitted.", resolve: (row, _, { now }) => isOverdue(row, now) }),
    leaseUntil: t.field({
      type: "DateTime",
      nullable: true,
      description: "When the lease of its auditor ends; null unless IN_AUDIT.",
      resolve: (row) => row.leaseUntil,
    }),
    purpose: t.field({
      type: SamplePurpose,
      nullable: true,
      description: `Why it was drawn. ${HIDDEN}`,
      ...shownTo(maySeeDraws),
      resolve: (row, _, { viewer }) => (seesDraw(viewer, row) ? row.purpose : null),
    }),
    inclusionProbability: t.float({
      nullable: true,
      description: `The chance it had of being drawn, above 0 and up to 1; null where it has none. ${HIDDEN}`,
      ...shownTo(maySeeDraws),
      resolve: (row, _, { viewer }) => (seesDraw(viewer, row) ? row.inclusionProbability : null),
    }),
    drawOrder: t.int({
      nullable: true,
      description: `Its place in the draw, from 1. ${HIDDEN}`,
      ...shownTo(maySeeDraws),
      resolve: (row, _, { viewer }) => (seesDraw(viewer, row) ? row.drawOrder : null),
    }),
    isDouble: t.boolean({
      nullable: true,
      description: `A second auditor judges it too. ${HIDDEN}`,
      ...shownTo(maySeeDraws),
      resolve: (row, _, { viewer }) => (seesDraw(viewer, row) ? row.isDouble : null),
    }),
    reason: t.string({
      nullable: true,
      description: `Why it was drawn by hand; null where it was not, and for analysts. ${HIDDEN}`,
      ...shownTo((viewer) => maySeeDraws(viewer) && viewer.role !== "ANALYST"),
      resolve: (row, _, { viewer }) => (seesReason(viewer, row) ? row.reason : null),
    }),
    voidReason: t.field({
      type: SampleVoidReason,
      nullable: true,
      description: "Why it could not be audited; null unless VOID.",
      resolve: (row) => row.voidReason,
    }),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now.",
      resolve: (row, _, { viewer }) => allowedActions(SAMPLE_MACHINE, row.state, sampleParts(viewer, row)),
    }),
    project: one(t, "project", Project, "Whose sample it is."),
    decision: one(t, "decision", Decision, "The decision; null where the viewer may not see it: its auditor until the truth is locked."),
    queue: one(t, "queue", Queue, "The queue of its decision."),
    market: one(t, "marketRow", Market, "The market of its decision."),
    run: one(t, "run", SamplingRun, `The draw it comes from; null where it was drawn by hand. ${HIDDEN}`, DRAWN),
    stratum: one(t, "stratum", Stratum, `The part of the frame it was drawn from. ${HIDDEN}`, DRAWN),
    replaces: one(t, "replaces", Sample, `The void sample whose place it took; null where it took none's. ${HIDDEN}`, DRAWN),
    goldenItem: one(t, "goldenItem", GoldenItem, `What its verdict is made by, of purpose GOLDEN; null for others. ${HIDDEN}`, DRAWN),
    assignee: one(t, "assignee", Principal, "Whose audit it waits for, or was; null where nobody has it, or the viewer may not see the person."),
    ...versionedFields(t),
  }),
});

interface SampleFilterInput {
  states?: SampleRow["state"][] | null;
  layers?: SampleRow["layer"][] | null;
  queueIds?: string[] | null;
  markets?: string[] | null;
  isMine?: boolean | null;
  dueBefore?: Date | null;
  isOverdue?: boolean | null;
  updatedAfter?: Date | null;
  purposes?: SampleRow["purpose"][] | null;
  vendorIds?: string[] | null;
  labelerIds?: string[] | null;
  policyIds?: string[] | null;
}

const MASKED = ["purposes", "vendorIds", "labelerIds", "policyIds"] as const satisfies readonly (keyof SampleFilterInput)[];

// What is masked can't be asked for either: others are refused it, and a lead's own blind samples are left out.
function readFilter(input: SampleFilterInput, viewer: Viewer, now: Date): SampleFilter {
  const asked = MASKED.find((name) => input[name] != null);
  if (asked && !maySeeDraws(viewer)) {
    throw new Forbidden(`filter.${asked} is of what you may not see as ${viewer.role}.`, ["filter", asked]);
  }
  const ids = (type: string, name: "queueIds" | "vendorIds" | "labelerIds" | "policyIds") =>
    input[name]?.map((id) => decodeId(type, id, ["filter", name]).id);
  const { states, layers, markets, dueBefore, updatedAfter, purposes, isMine, isOverdue } = input;
  return {
    states, layers, markets, dueBefore, updatedAfter, purposes,
    assigneeId: isMine ? viewer.principalId : null,
    overdueAt: isOverdue ? now : null,
    queueIds: ids("Queue", "queueIds"),
    vendorIds: ids("Vendor", "vendorIds"),
    labelerIds: ids("Labeler", "labelerIds"),
    policyIds: ids("Policy", "policyIds"),
    unseenBy: asked ? viewer.principalId : null,
  };
}

const NARROWS = "Refused to auditors and partners; leaves out the viewer's own blind ones.";

export const sampleListType = defineList(Sample, sampleList, {
  orders: { ID: "Order of the draws.", DUE_AT: "By when their audits are due.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    states: t.field({ type: [SampleState], description: "Those in one of these states." }),
    layers: t.field({ type: [AuditLayer], description: "Those of one of these layers." }),
    queueIds: t.idList({ description: "Those of one of these queues." }),
    markets: t.stringList({ description: "Those of one of these markets, by its code." }),
    isMine: t.boolean({ description: "If true, those the viewer has claimed." }),
    dueBefore: t.field({ type: "DateTime", description: "Those whose audit is due before this time." }),
    isOverdue: t.boolean({ description: "If true, those whose audit is due and not submitted." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
    purposes: t.field({ type: [SamplePurpose], description: `Those of one of these purposes. ${NARROWS}` }),
    vendorIds: t.idList({ description: `Those of decisions of one of these vendors. ${NARROWS}` }),
    labelerIds: t.idList({ description: `Those of decisions of one of these labelers. ${NARROWS}` }),
    policyIds: t.idList({ description: `Those of decisions for one of these policies. ${NARROWS}` }),
  }),
  read: (input: SampleFilterInput, { viewer, now }) => readFilter(input, viewer, now),
});

// Below its run, a sample's place alone says how it was drawn.
const drawnListType: typeof sampleListType = {
  ...sampleListType,
  read: (input, context) => ({ ...sampleListType.read(input, context), unseenBy: context.viewer.principalId }),
};

rootList(sampleListType, "samples", "Samples of the viewer's projects; auditors and partners see those that they have claimed.");
builder.objectFields(Project, (t) => ({ samples: childList(t, sampleListType, "projectId", "Its samples that the viewer may see.") }));
builder.objectFields(Queue, (t) => ({ samples: childList(t, sampleListType, "queueId", "Samples of its decisions that the viewer may see.") }));
builder.objectFields(SamplingRun, (t) => ({ samples: childList(t, drawnListType, "runId", "What it drew, less the viewer's own blind ones.") }));
