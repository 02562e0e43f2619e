import { decodeId, decodeProjectId, type ProjectKey } from "../core/ids.ts";
import type { InputFields } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { AuditLayer } from "../plans/graphql.ts";
import { projectEntity } from "../projects/table.ts";
import { TermsInput } from "./acceptance.graphql.ts";
import { InspectionStream, Lot, LotPeriod } from "./graphql.ts";
import { formLot } from "./lots.service.ts";
import { readTerms, type TermsAsGiven } from "./rules.ts";
import { approveReduced, createInspectionStream, type NewStream, resumeInspection, revokeReduced } from "./service.ts";
import { inspectionStreamEntity, lotEntity } from "./table.ts";

type CreateInput = Omit<NewStream, "terms"> & { terms: TermsAsGiven };

defineVerb<CreateInput, RowPayload>("createInspectionStream", {
  description:
    "Begins to inspect what a vendor decides in a queue by lots, at the level NORMAL, with an active sampling plan of its own. Refused " +
    "while another active plan of the layer may draw the same decisions (OVERLAPPING_FRAME), and where the two have a stream.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    projectId: t.id({ required: true, description: "Whose decisions they are." }),
    vendorId: t.id({ required: true, description: "Whose labelers decide." }),
    queueId: t.id({ required: true, description: "Where, in the project." }),
    layer: t.field({ type: AuditLayer, required: true, defaultValue: "CLIENT", description: "Whose audits its samples are for." }),
    period: t.field({ type: LotPeriod, required: true, description: "How much time a lot spans." }),
    terms: t.field({ type: TermsInput, required: true, description: "By what lots are accepted. They never change." }),
    startsOn: t.field({
      type: "Date",
      required: true,
      description: "First day of the first lot, in the project's time zone: ten years ago to a year from now. Its weekday begins each WEEK.",
    }),
    isBlind: t.boolean({
      required: true,
      defaultValue: true,
      description: "The auditor sees neither decision nor labeler before the truth is locked.",
    }),
  }),
  payload: (t) => ({ inspectionStream: rowField(t, inspectionStreamEntity, InspectionStream, "The new stream.") }),
  resolve: (input, context) => {
    const stream = {
      ...input,
      projectId: keyOf(projectEntity, input.projectId, ["projectId"]).id,
      vendorId: decodeId("Vendor", input.vendorId, ["vendorId"]).id,
      queueId: decodeProjectId("Queue", input.queueId, ["queueId"]).id,
      terms: readTerms(input.terms),
    };
    return context.perform("createInspectionStream", input, (verb) => createInspectionStream(verb, stream));
  },
});

interface StreamInput {
  inspectionStreamId: string;
  expectedVersion?: number | null;
}

const streamInput = (t: InputFields) => ({
  inspectionStreamId: t.id({ required: true, description: "The stream." }),
  expectedVersion: t.int({ description: EXPECTED }),
});

function readKey({ inspectionStreamId }: StreamInput): ProjectKey {
  return keyOf(inspectionStreamEntity, inspectionStreamId, ["inspectionStreamId"]) as ProjectKey;
}

defineVerb<StreamInput, RowPayload>("formLot", {
  description:
    "Makes the stream's next period a lot and draws its sample, as the system does by itself once a period has ended. Refused before " +
    "that, while the period has no decisions, while the stream is DISCONTINUED, and while its sampling plan is not ACTIVE.",
  for: { roles: ["QA_LEAD"] },
  input: streamInput,
  payload: (t) => ({ lot: rowField(t, lotEntity, Lot, "The new lot.") }),
  resolve: (input, context) => context.perform("formLot", input, (verb) => formLot(verb, readKey(input), input.expectedVersion)),
});

const payload = (t: Parameters<typeof rowField<RowPayload & { projectId: string }>>[0]) => ({
  inspectionStream: rowField(t, inspectionStreamEntity, InspectionStream, "The stream."),
});

defineVerb<StreamInput, RowPayload>("approveReduced", {
  description: "Inspects smaller samples of a stream at NORMAL whose switching score is 30 or more. Refused for MIL_STD_105E.",
  for: { roles: ["QA_LEAD"] },
  input: streamInput,
  payload,
  resolve: (input, context) =>
    context.perform("approveReduced", input, (verb) => approveReduced(verb, readKey(input), input.expectedVersion)),
});

defineVerb<StreamInput, RowPayload>("revokeReduced", {
  description: "Takes a stream from REDUCED back to NORMAL, without a rejected lot.",
  for: { roles: ["QA_LEAD"] },
  input: streamInput,
  payload,
  resolve: (input, context) =>
    context.perform("revokeReduced", input, (verb) => revokeReduced(verb, readKey(input), input.expectedVersion)),
});

defineVerb<StreamInput & { reason: string }, RowPayload>("resumeInspection", {
  description:
    "Takes a DISCONTINUED stream up again, TIGHTENED; CONFLICT while the escalation that this raised is open. Periods that ended meanwhile make no lots; " +
    "the present one will.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({ ...streamInput(t), reason: t.string({ required: true, description: "What was done about it, 1 to 2,000 characters." }) }),
  payload,
  resolve: (input, context) =>
    context.perform("resumeInspection", input, (verb) => resumeInspection(verb, readKey(input), input.reason, input.expectedVersion)),
});
