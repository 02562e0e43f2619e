import { PEOPLE } from "../core/viewer.ts";
import { builder } from "../graphql/builder.ts";
import { FIGURES } from "../metrics/query.rules.ts";
import { MetricValueType, Reason } from "../metrics/values.graphql.ts";
import type { Benchmark } from "./rules.ts";
import { benchmarkVendors } from "./service.ts";

const BenchmarkType = builder.objectRef<Benchmark>("VendorBenchmark").implement({
  description: "How accurate vendors are among each other, none of them named.",
  fields: (t) => ({
    p25: t.exposeFloat("p25", { nullable: true, description: "A quarter of the vendors has at most this ACCURACY (percentiles of Hyndman & Fan's type 7). 0..1." }),
    p50: t.exposeFloat("p50", { nullable: true, description: "Half of them has at most this." }),
    p75: t.exposeFloat("p75", { nullable: true, description: "Three quarters of them have at most this." }),
    reason: t.field({
      type: Reason,
      nullable: true,
      description:
        "Why the percentiles are null: NO_DATA, no vendor has a value; SMALL_GROUP, no vendor has 5 labelers and 10 audits; TOO_FEW, fewer than 3 vendors have, " +
        "so that one could be computed back. Null where they are there.",
      resolve: ({ reason }) => reason,
    }),
    own: t.field({
      type: MetricValueType,
      nullable: true,
      description: "ACCURACY of the viewer's own vendor. Null of staff, of a team's leads, who see no more than their team, and of clients of the platform.",
      resolve: ({ own }) => own,
    }),
    from: t.field({ type: "Date", description: "First day, in the project's time zone.", resolve: ({ from }) => from }),
    to: t.field({ type: "Date", description: "Day after the last.", resolve: ({ to }) => to }),
    asOf: t.field({ type: "DateTime", description: "Publications and verdicts up to this time are in the figures.", resolve: ({ asOf }) => asOf }),
  }),
});

builder.queryField("vendorBenchmark", (t) =>
  t.field({
    type: BenchmarkType,
    description:
      "The quartiles of the vendors' ACCURACY in one market over whole weeks: current verdicts of the client's audits of random and risk draws. It takes " +
      "no other filter, so that answers can't be subtracted from each other, and vendors with fewer than 5 labelers or 10 audits are left out. " +
      "For staff, vendor managers, vendor QA and clients with scope metrics:read.",
    extensions: { for: { ...FIGURES, roles: PEOPLE.filter((role) => role !== "LABELER") } },
    args: {
      project: t.arg.id({ required: true, description: "Code or id of the project." }),
      market: t.arg.string({ required: true, description: "Code of the market." }),
      from: t.arg({ type: "Date", required: true, description: "The first day of the first week, by the project's weekStartsOn." }),
      weeks: t.arg.int({ required: true, defaultValue: 1, description: "How many weeks, 1 to 53; all must have ended in the project's time zone." }),
    },
    resolve: (_, asked, context) => benchmarkVendors(context, asked),
  }),
);
