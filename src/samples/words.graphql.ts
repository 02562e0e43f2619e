import { builder } from "../graphql/builder.ts";
import { SAMPLE_STATES, VOID_REASONS } from "./table.ts";

export const SampleState = builder.enumType("SampleState", {
  description: "Where a sample stands.",
  values: {
    DRAWN: { description: "Waits for an auditor." },
    IN_AUDIT: { description: "Leased to an auditor." },
    AUDITED: { description: "Its audit was submitted." },
    VOID: { description: "Could not be audited; keeps its probability." },
    EXPIRED: { description: "Was not audited before its period closed." },
  } satisfies Record<(typeof SAMPLE_STATES)[number], object>,
});

export const SampleVoidReason = builder.enumType("SampleVoidReason", {
  description: "Why a sample could not be audited.",
  values: {
    CONTENT_GONE: { description: "The content can no longer be seen." },
    DUPLICATE: { description: "It is the same case as another sample." },
    OUT_OF_SCOPE: { description: "It is not what its plan is to draw." },
  } satisfies Record<(typeof VOID_REASONS)[number], object>,
});
