import { builder } from "../graphql/builder.ts";
import type { AgreementValue } from "../ratings/judgements.rules.ts";
import { AGREEMENT_SOURCES } from "../ratings/rules.ts";
import { ALPHA_LEVELS } from "../stats/alpha.ts";
import { KAPPA_WEIGHTS } from "../stats/kappa.ts";
import type { Limits } from "../stats/proportions.ts";

export const AgreementSourceEnum = builder.enumType("AgreementSource", {
  description: "Whose judgements of the same items are compared.",
  values: {
    LABELS: { description: "Labelers' decisions on equal content: of each labeler the first on it in the range. Not for auditors and labelers." },
    DOUBLE_AUDITS: { description: "What both auditors of resolved double audits said themselves. For staff but policy managers; auditors see their own." },
    CALIBRATION: { description: "Votes of calibration sessions whose voting is over; of those in discussion or later for auditors and policy managers. For staff." },
    REPEATS: { description: "A labeler's first and second decision on equal content in the range: does one agree with oneself? Not for auditors, policy managers and labelers." },
  } satisfies Record<(typeof AGREEMENT_SOURCES)[number], object>,
});

export const AlphaLevelEnum = builder.enumType("AlphaLevel", {
  description: "How far two policies are apart.",
  values: {
    NOMINAL: { description: "The same or not." },
    ORDINAL: { description: "By how many judgements lie between them in the policies' order." },
    INTERVAL: { description: "By the square of the difference of their ranks, or of their codes where these are numbers." },
  } satisfies Record<(typeof ALPHA_LEVELS)[number], object>,
});

export const KappaWeightsEnum = builder.enumType("KappaWeights", {
  description: "What a disagreement counts.",
  values: {
    NOMINAL: { description: "All the same." },
    LINEAR: { description: "By the steps between the two in the order of the policies chosen." },
    QUADRATIC: { description: "By the square of these steps." },
  } satisfies Record<(typeof KAPPA_WEIGHTS)[number], object>,
});

const Reason = builder.enumType("AgreementReason", {
  description: "Why a coefficient has no value.",
  values: {
    NO_DATA: { description: "No item was judged twice." },
    NO_VARIATION: { description: "One policy alone was chosen, so that agreement by chance is certain." },
    NO_ORDER: { description: "It needs the policies' order, and not each has a rank of its own, or a code that is a number." },
  } satisfies Record<NonNullable<AgreementValue["reason"]>, object>,
});

const Interval = builder.objectRef<Limits>("AgreementInterval").implement({
  description: "A two-sided interval around a coefficient: the jackknife over items, one left out at a time, cut to what the coefficient can be.",
  fields: (t) => ({
    low: t.exposeFloat("low", { description: "Lower limit." }),
    high: t.exposeFloat("high", { description: "Upper limit." }),
    level: t.float({ description: "Confidence level: 0.95.", resolve: () => 0.95 }),
  }),
});

export const AgreementValueType = builder.objectRef<AgreementValue>("AgreementValue").implement({
  description: "A coefficient of agreement with its interval (metrics.md section 7).",
  fields: (t) => ({
    value: t.exposeFloat("value", { nullable: true, description: "Percent agreement is in 0..1, all others in -1..1. Undefined is null with a reason; never 0." }),
    interval: t.field({
      type: Interval, nullable: true, description: "Null where the value is, under 3 items, and where the value hangs on a single one.",
      resolve: ({ interval }) => interval,
    }),
    items: t.exposeInt("items", { description: "Items that it is reckoned from." }),
    observed: t.float({ nullable: true, description: "Agreement before chance is taken off; null where that is not how it is made.", resolve: ({ observed }) => observed }),
    expected: t.float({ nullable: true, description: "Agreement by chance; null where that is not how it is made.", resolve: ({ expected }) => expected }),
    raters: t.int({ nullable: true, description: "Raters an item, of fleissKappa: the most common number; null for others.", resolve: ({ raters }) => raters }),
    reason: t.field({ type: Reason, nullable: true, description: "Why the value is null; null where it isn't.", resolve: ({ reason }) => reason }),
  }),
});
