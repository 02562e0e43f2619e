import type { ProjectKey } from "../core/ids.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb } from "../graphql/verb.ts";
import { samplingPlanEntity } from "../plans/table.ts";
import { drawSamples } from "./draws.service.ts";
import { SamplingRun } from "./graphql.ts";
import { samplingRunEntity } from "./table.ts";

defineVerb<{ planId: string; windowFrom: Date; windowTo: Date; seed?: string | null }, RowPayload>("drawSamples", {
  description:
    "Draws a sample of the decisions of a window: the same frame and seed give the same sample. Windows of a plan's runs never overlap. QA_LEAD.",
  input: (t) => ({
    planId: t.id({ required: true, description: "An active plan." }),
    windowFrom: t.field({ type: "DateTime", required: true, description: "Start of the window of decision times, inclusive." }),
    windowTo: t.field({ type: "DateTime", required: true, description: "Its end, exclusive; has passed." }),
    seed: t.string({ description: "1 to 200 characters; random if absent. Kept with the run." }),
  }),
  payload: (t) => ({ samplingRun: rowField(t, samplingRunEntity, SamplingRun, "The run, with its frame's size and hash.") }),
  resolve: (input, context) => {
    const key = keyOf(samplingPlanEntity, input.planId, ["planId"]) as ProjectKey;
    return context.perform("drawSamples", input, (verb) => drawSamples(verb, key, input));
  },
});
