import "./graphql/scalars.ts";
import "./grants/graphql.ts";
import "./vendors/graphql.ts";
import "./vendors/verbs.graphql.ts";
import "./scorecards/graphql.ts";
import "./scorecards/verbs.graphql.ts";
import { builder } from "./graphql/builder.ts";

/** The contract: every feature's types, in one schema. */
export const schema = builder.toSchema();
