import { lexicographicSortSchema, printSchema } from "graphql";
import "./graphql/scalars.ts";
import "./grants/graphql.ts";
import "./grants/verbs.graphql.ts";
import "./vendors/graphql.ts";
import "./vendors/verbs.graphql.ts";
import "./projects/graphql.ts";
import "./projects/queues.graphql.ts";
import "./projects/queues.verbs.graphql.ts";
import "./projects/verbs.graphql.ts";
import "./events/graphql.ts";
import "./events/live.graphql.ts";
import "./scorecards/codes.graphql.ts";
import "./scorecards/graphql.ts";
import "./scorecards/verbs.graphql.ts";
import "./plans/graphql.ts";
import "./plans/verbs.graphql.ts";
import "./frames/graphql.ts";
import "./sampling/graphql.ts";
import "./periods/graphql.ts";
import "./periods/adjustments.graphql.ts";
import "./periods/verbs.graphql.ts";
import "./samples/graphql.ts";
import "./samples/verbs.graphql.ts";
import "./audits/graphql.ts";
import "./audits/verbs.graphql.ts";
import "./verdicts/graphql.ts";
import "./verdicts/verbs.graphql.ts";
import "./claims/graphql.ts";
import "./claims/verbs.graphql.ts";
import "./doubles/graphql.ts";
import "./doubles/verbs.graphql.ts";
import "./inspection/graphql.ts";
import "./inspection/verbs.graphql.ts";
import "./calibrations/graphql.ts";
import "./calibrations/items.graphql.ts";
import "./calibrations/verbs.graphql.ts";
import "./policies/graphql.ts";
import "./policies/verbs.graphql.ts";
import "./policies/versions.graphql.ts";
import "./questions/graphql.ts";
import "./questions/clarifications.graphql.ts";
import "./questions/verbs.graphql.ts";
import "./labelers/graphql.ts";
import "./labelers/assignments.graphql.ts";
import "./labelers/verbs.graphql.ts";
import "./metrics/graphql.ts";
import "./comparisons/graphql.ts";
import "./agreement/graphql.ts";
import "./decisions/graphql.ts";
import "./decisions/verbs.graphql.ts";
import "./golden/graphql.ts";
import "./golden/verbs.graphql.ts";
import "./history/verbs.graphql.ts";
import "./exports/graphql.ts";
import "./reports/graphql.ts";
import "./reports/verbs.graphql.ts";
import { builder } from "./graphql/builder.ts";

/** The contract: every feature's types, in one schema. */
export const schema = builder.toSchema();

/** The contract as SDL, sorted by name, as it is checked in and served. */
export function printContract(): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
