import type { DesignChange } from "../plans/design.rules.ts";
import type { ProjectPlan } from "./organisation.rules.ts";

/** How a project draws: of some of its queues, or of all. */
export interface DrawPlan {
  name: string;
  queues: readonly string[] | null;
  design: DesignChange;
}

const RATE = 0.2;
const EVERYTHING: DrawPlan = { name: "A fifth of everything", queues: null, design: { rate: RATE } };

const PLANS: Readonly<Record<string, readonly DrawPlan[]>> = {
  "ID-VIDEO": [{ ...EVERYTHING, design: { rate: RATE, doubleAuditRate: 0.2 } }],
  "PH-ADS": [
    { name: "A fifth of the creatives", queues: ["CREATIVES"], design: { rate: RATE } },
    {
      name: "Twelve of each labeler's texts or sellers", queues: ["CLAIMS", "SELLERS"],
      // As many of each, so that no tie between labelers is broken by their ids, which are others on every database.
      design: { method: "STRATIFIED", strataBy: ["QUEUE", "LABELER"], rate: RATE, minPerLabeler: 12, capPerLabeler: 12 },
    },
  ],
};

/** The plans of a project; what they draw from doesn't overlap. */
export function plansOf({ code }: ProjectPlan): readonly DrawPlan[] {
  return PLANS[code] ?? [EVERYTHING];
}

/**
 * The lots of one vendor in the queue that degrades, which the vendor's own quality staff inspects by the week. So late that what is judged
 * by now can't be enough rejected lots to end the inspection.
 */
export const LOTS = {
  project: "MY-VIDEO", vendor: "NUSA", queue: "COMMENTS", fromDay: 35,
  terms: { basis: "STREAM", acceptanceTable: "COMPUTED", aql: 0.1, ltpd: 0.25, producerRisk: 0.05, consumerRisk: 0.1, generalLevel: null },
} as const;
