import type { ProjectKey } from "../core/ids.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { ReportingPeriod } from "./graphql.ts";
import { reopenPeriod } from "./service.ts";
import { reportingPeriodEntity } from "./table.ts";

defineVerb<{ periodId: string; reason: string; expectedVersion?: number | null }, RowPayload>("reopenPeriod", {
  description:
    "Opens a closed period again, so that its figures move as they did before. Snapshots of earlier closings stay, as do samples that were " +
    "given up and adjustments. It closes by itself as if it had ended now.",
  for: { roles: ["QA_LEAD"] },
  input: (t) => ({
    periodId: t.id({ required: true, description: "The period." }),
    reason: t.string({ required: true, description: "Why, for leads, auditors and policy managers: 1 to 2,000 characters." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ reportingPeriod: rowField(t, reportingPeriodEntity, ReportingPeriod, "The period.") }),
  resolve: (input, context) => {
    const key = keyOf(reportingPeriodEntity, input.periodId, ["periodId"]) as ProjectKey;
    return context.perform("reopenPeriod", input, (verb) => reopenPeriod(verb, key, input));
  },
});
