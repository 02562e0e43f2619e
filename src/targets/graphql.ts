import { Principal } from "../grants/graphql.ts";
import { builder, type InputFields } from "../graphql/builder.ts";
import { defineEntity, entityRef } from "../graphql/entity.ts";
import { one, versionedFields } from "../graphql/fields.ts";
import { childList, defineList, rootList } from "../graphql/list.ts";
import { TenureBucket } from "../plans/frame.graphql.ts";
import { Project } from "../projects/graphql.ts";
import { Queue } from "../projects/queues.graphql.ts";
import { Market, Vendor } from "../vendors/graphql.ts";
import type { TARGET_STATUSES } from "./rules.ts";
import { type TargetFilter, targetList } from "./store.ts";
import { qualityTargetEntity } from "./table.ts";

export const TargetStatus = builder.enumType("TargetStatus", {
  description: "How a figure stands to its quality target; where less is better, the other way round.",
  values: {
    BELOW: { description: "The whole interval misses it: off target with certainty." },
    AT_RISK: { description: "The value misses it, but the interval reaches it." },
    MET: { description: "The value reaches it." },
  } satisfies Record<(typeof TARGET_STATUSES)[number], object>,
});

export const QualityTarget = entityRef(qualityTargetEntity);

const ANY = "Null: any.";

defineEntity(QualityTarget, {
  description: "What a measure should reach in a scope. Of those that hold for a group the narrowest counts: most keys named, then queue, market, vendor, tenure.",
  fields: (t) => ({
    project: one(t, "project", Project, "Where it holds."),
    measure: t.exposeString("measure", { description: "Name of a Measure." }),
    queue: one(t, "queue", Queue, `The one queue that it is for. ${ANY}`),
    market: one(t, "marketRow", Market, `The one market that it is for. ${ANY}`),
    vendor: one(t, "vendor", Vendor, `The one vendor that it is for. ${ANY}`),
    tenureBucket: t.field({ type: TenureBucket, nullable: true, description: `The tenure that it is for. ${ANY}`, resolve: (row) => row.tenureBucket }),
    value: t.exposeFloat("value", { description: "What should be reached, in the measure's unit; a rate is in 0..1." }),
    nMin: t.exposeInt("nMin", { description: "Audits that a figure needs for a status; 1 or more." }),
    validFrom: t.field({ type: "Date", description: "First day that it holds on, in the project's zone.", resolve: (row) => row.validFrom }),
    validTo: t.field({ type: "Date", nullable: true, description: "Day on which it holds no more; null while it holds on.", resolve: (row) => row.validTo }),
    setBy: one(t, "setBy", Principal, "Who set it; null where the viewer may not see the person."),
    ...versionedFields(t),
  }),
});

const listType = defineList(QualityTarget, targetList, {
  orders: { ID: "Order in which they were set.", UPDATED_AT: "By the last change." },
  filter: (t: InputFields) => ({
    measures: t.stringList({ description: "Those of one of these measures, by name." }),
    validOn: t.field({ type: "Date", description: "Those that hold on this day." }),
    updatedAfter: t.field({ type: "DateTime", description: "Those changed after this time." }),
  }),
  read: (input: TargetFilter) => input,
});

rootList(listType, "qualityTargets", "Quality targets of the viewer's projects; partners see none of another vendor's.");
builder.objectFields(Project, (t) => ({ qualityTargets: childList(t, listType, "projectId", "What its measures should reach.") }));
