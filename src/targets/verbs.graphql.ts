import { decodeIfGiven, decodeProjectId } from "../core/ids.ts";
import type { Fields } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { TenureBucket } from "../plans/frame.graphql.ts";
import { projectEntity } from "../projects/table.ts";
import { QualityTarget } from "./graphql.ts";
import { endQualityTarget, setQualityTarget } from "./service.ts";
import { qualityTargetEntity, type QualityTargetRow } from "./table.ts";

interface SetInput {
  projectId: string;
  measure: string;
  queueId?: string | null;
  market?: string | null;
  vendorId?: string | null;
  tenureBucket?: QualityTargetRow["tenureBucket"];
  value: number;
  nMin: number;
  validFrom?: string | null;
}

const payload = (t: Fields<RowPayload>) => ({ qualityTarget: rowField(t, qualityTargetEntity, QualityTarget, "The target.") });

defineVerb<SetInput, RowPayload>("setQualityTarget", {
  description: "Sets what a measure should reach in a scope, from a day on. What held in the same scope ends on that day.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    projectId: t.id({ required: true, description: "In which project." }),
    measure: t.string({ required: true, description: "Name of a Measure, such as ACCURACY; another is INVALID_INPUT. Of a NEUTRAL one figures differ from the target, but have no status." }),
    queueId: t.id({ description: "For one queue of the project; absent for any." }),
    market: t.string({ description: "For one market, by its code; absent for any." }),
    vendorId: t.id({ description: "For one vendor, and for no other's eyes; absent for any." }),
    tenureBucket: t.field({ type: TenureBucket, description: "For labelers hired so many days before; absent for any." }),
    value: t.float({ required: true, description: "What should be reached, in the measure's unit and range; a rate is in 0..1." }),
    nMin: t.int({ required: true, defaultValue: 30, description: "Audits that a figure needs for a status: 1 or more." }),
    validFrom: t.field({ type: "Date", description: "First day that it holds on, past or to come, in the project's zone; today if absent." }),
  }),
  payload,
  resolve: (input, context) => {
    const { measure, value, nMin, market = null, tenureBucket = null, validFrom = null } = input;
    const projectId = keyOf(projectEntity, input.projectId, ["projectId"]).id;
    const queue = input.queueId == null ? null : decodeProjectId("Queue", input.queueId, ["queueId"]);
    const vendorId = decodeIfGiven("Vendor", input.vendorId, ["vendorId"]) ?? null;
    const target = { projectId, measure, queueId: queue?.id ?? null, market, vendorId, tenureBucket, value, nMin, validFrom };
    return context.perform("setQualityTarget", input, (verb) => setQualityTarget(verb, target));
  },
});

defineVerb<{ id: string; validTo?: string | null; expectedVersion?: number | null }, RowPayload>("endQualityTarget", {
  description: "Ends a quality target without another in its place. What has been reported by it stays. CONFLICT if it has ended by then.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    id: t.id({ required: true, description: "The target." }),
    validTo: t.field({ type: "Date", description: "Day on which it holds no more, validFrom or later; today in the project's zone if absent." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload,
  resolve: (input, context) => {
    const key = decodeProjectId(qualityTargetEntity.name, input.id, ["id"]);
    return context.perform("endQualityTarget", input, (verb) => endQualityTarget(verb, key, input.validTo ?? null, input.expectedVersion));
  },
});
