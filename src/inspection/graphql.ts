import { decodeId, decodeProjectId } from "../core/ids.ts";
import { allowedActions } from "../core/machine.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { SamplingPlan } from "../plans/graphql.ts";
import { Project } from "../projects/graphql.ts";
import { Queue } from "../projects/queues.graphql.ts";
import { SamplingRun } from "../sampling/graphql.ts";
import { Vendor } from "../vendors/graphql.ts";
import { AcceptancePlanType, characteristicField, InspectionLevelEnum, TermsType } from "./acceptance.graphql.ts";
import { checkLotSize, lotPlan, STREAM_MACHINE, streamParts } from "./rules.ts";
import { type LotFilter, lotList, type StreamFilter, streamList } from "./store.ts";
import { inspectionStreamEntity, LOT_PERIODS, LOT_VERDICTS, lotEntity } from "./table.ts";

export const InspectionStream = entityRef(inspectionStreamEntity);
export const Lot = entityRef(lotEntity);

export const LotPeriod = builder.enumType("LotPeriod", {
  description: "How much time a lot spans, in the project's time zone.",
  values: {
    DAY: { description: "A calendar day." },
    WEEK: { description: "Seven calendar days, from the weekday of the stream's first lot on." },
  } satisfies Record<(typeof LOT_PERIODS)[number], object>,
});

const LotVerdict = builder.enumType("LotVerdict", {
  description: "What its sample says of a lot.",
  values: {
    ACCEPTED: { description: "No more defectives than the acceptance number." },
    REJECTED: { description: "As many defectives as the rejection number, or more." },
  } satisfies Record<(typeof LOT_VERDICTS)[number], object>,
});

const commonFilter = (t: InputFields) => ({
  vendorIds: t.idList({ description: "Those of these vendors." }),
  queueIds: t.idList({ description: "Those of these queues." }),
  levels: t.field({ type: [InspectionLevelEnum], description: "Those at one of these levels: where a stream is, or a lot was inspected." }),
  updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
});

function readFilter<Filter extends StreamFilter>({ vendorIds, queueIds, ...rest }: Filter): Filter {
  return {
    ...rest,
    vendorIds: vendorIds?.map((id) => decodeId("Vendor", id, ["filter", "vendorIds"]).id),
    queueIds: queueIds?.map((id) => decodeProjectId("Queue", id, ["filter", "queueIds"]).id),
  } as Filter;
}

const streamListType = defineList(InspectionStream, streamList, {
  orders: { ID: "Order of creation.", UPDATED_AT: "By the last change." },
  filter: commonFilter,
  read: (input: StreamFilter) => readFilter(input),
});

const lotListType = defineList(Lot, lotList, {
  orders: { ID: "Order in which they were formed.", WINDOW_FROM: "By the start of the period.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    ...commonFilter(t),
    verdicts: t.field({ type: [LotVerdict], description: "Those judged in one of these ways." }),
    isOpen: t.boolean({ description: "True for those without a verdict, false for those judged." }),
    windowFrom: t.field({ type: "DateTime", description: "Those whose period begins then or later." }),
    windowTo: t.field({ type: "DateTime", description: "Those whose period begins before then." }),
  }),
  read: (input: LotFilter) => readFilter(input),
});

defineEntity(InspectionStream, {
  description:
    "The lots of one vendor in one queue, each accepted or rejected as a whole by its sample, and how strictly they are inspected now " +
    "(ISO 2859-1 clause 9). To archive its sampling plan ends it. For administrators, leads and analysts.",
  fields: (t) => ({
    period: t.field({ type: LotPeriod, description: "How much time a lot spans.", resolve: ({ period }) => period }),
    terms: t.field({ type: TermsType, description: "By what its lots are accepted. Never changes.", resolve: (row) => row }),
    level: t.field({ type: InspectionLevelEnum, description: "How strictly its next lot is inspected.", resolve: ({ level }) => level }),
    switchingScore: t.exposeInt("switchingScore", {
      description: "Earned by good lots at NORMAL, lost by a rejected or poor one; from 30 a lead may approve REDUCED. 0 at other levels.",
    }),
    startsAt: t.field({ type: "DateTime", description: "Start of its first period.", resolve: ({ startsAt }) => startsAt }),
    acceptancePlan: t.field({
      type: AcceptancePlanType,
      nullable: true,
      description: "How a lot of this size is inspected at the present level; null while DISCONTINUED.",
      args: { lotSize: t.arg.int({ required: true, description: "Decisions in the lot, 1 to 100,000,000." }) },
      resolve: (row, { lotSize }) => (row.level === "DISCONTINUED" ? null : lotPlan(row, row.level, checkLotSize(row, lotSize))),
    }),
    allowedActions: t.stringList({
      description: "The viewer's verbs that are possible now.",
      resolve: (row, _, { viewer }) => allowedActions(STREAM_MACHINE, row.level, streamParts(viewer)),
    }),
    project: one(t, "project", Project, "Whose stream it is."),
    vendor: one(t, "vendor", Vendor, "Whose labelers made its decisions."),
    queue: one(t, "queue", Queue, "Where they were made."),
    samplingPlan: one(t, "plan", SamplingPlan, "Draws its lots, and nothing else. No lots are formed while it is not ACTIVE."),
    lots: childList(t, lotListType, "streamId", "Its lots."),
    ...versionedFields(t),
  }),
});

defineEntity(Lot, {
  description:
    "The decisions of one vendor in one queue and period, accepted or rejected as a whole by a random sample. A decision is defective if " +
    "its latest verdict is INCORRECT, whoever is answerable. A verdict on a lot is final, whatever becomes of its audits later. For " +
    "administrators, leads, analysts and the vendor's own managers and QA.",
  fields: (t) => ({
    windowFrom: t.field({ type: "DateTime", description: "Start of its period, inclusive.", resolve: (row) => row.windowFrom }),
    windowTo: t.field({ type: "DateTime", description: "End of its period, exclusive.", resolve: (row) => row.windowTo }),
    level: t.field({ type: InspectionLevelEnum, description: "The level that it was inspected at.", resolve: ({ level }) => level }),
    lotSize: t.exposeInt("lotSize", { description: "Decisions in it when it was formed (N); those imported later are in no lot." }),
    sampleSize: t.exposeInt("sampleSize", { description: "Decisions drawn (n)." }),
    acceptanceNumber: t.exposeInt("acceptanceNumber", { description: "Accepted with at most so many defectives (Ac)." }),
    rejectionNumber: t.exposeInt("rejectionNumber", { description: "Rejected with so many or more (Re)." }),
    auditedCount: t.exposeInt("auditedCount", { description: "Audits published when it was judged; so far, while it is open." }),
    defectCount: t.exposeInt("defectCount", { description: "Defectives among them." }),
    verdict: t.field({
      type: LotVerdict,
      nullable: true,
      description:
        "Null while open. REJECTED as soon as the rejection number is reached; ACCEPTED when all of the sample is audited without that. " +
        "Where some of it can't be audited, being void or expired, ACCEPTED only if it would be with each of those defective (defectCount + " +
        "sampleSize - auditedCount at most acceptanceNumber); else it stays null.",
      resolve: ({ verdict }) => verdict,
    }),
    judgedAt: t.field({ type: "DateTime", nullable: true, description: "Time of its verdict; null before.", resolve: (row) => row.judgedAt }),
    operatingCharacteristic: characteristicField(t, ({ sampleSize: n, acceptanceNumber: ac, rejectionNumber: re, lotSize: population }) => ({
      n, ac, re, population,
    })),
    project: one(t, "project", Project, "Whose lot it is."),
    stream: one(t, "stream", InspectionStream, "The stream that it belongs to; null for those who may not see streams."),
    vendor: one(t, "vendor", Vendor, "Whose labelers made its decisions."),
    queue: one(t, "queue", Queue, "Where they were made."),
    run: one(t, "run", SamplingRun, "The draw of its sample; null for those who may not see draws."),
    ...versionedFields(t),
  }),
});

rootList(streamListType, "inspectionStreams", "Inspection streams of the viewer's projects, for administrators, leads and analysts.");
rootList(lotListType, "lots", "Lots of the viewer's projects; of a vendor's people, the vendor's own.");
builder.objectFields(Project, (t) => ({
  inspectionStreams: childList(t, streamListType, "projectId", "How its lots are inspected."),
  lots: childList(t, lotListType, "projectId", "Its lots."),
}));
