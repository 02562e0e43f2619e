import { MeasureEnum } from "../measures/graphql.ts";
import { builder } from "../graphql/builder.ts";
import { COUNTED_BY, type Parameters, TAKES, WATCHED_BY } from "./parameters.rules.ts";

const WatchedBy = builder.enumType("RuleWatchedBy", {
  description: "Of which groups a rule watches the figure, each by itself.",
  values: {
    PROJECT: { description: "All that it looks at, as one." },
    QUEUE: { description: "Each queue." },
    MARKET: { description: "Each market." },
    VENDOR: { description: "Each vendor." },
  } satisfies Record<(typeof WATCHED_BY)[number], object>,
});

const CountedBy = builder.enumType("RuleCountedBy", {
  description: "Whose errors a rule counts.",
  values: { LABELER: { description: "One labeler's." }, TEAM: { description: "One team's." } } satisfies Record<(typeof COUNTED_BY)[number], object>,
});

// By parameter, which triggers take it and what it is where none is given.
function defaultsOf(name: keyof Parameters): string {
  const takers = Object.entries(TAKES).filter(([, defaults]) => name in defaults);
  return takers.map(([trigger, defaults]) => `${trigger} (${defaults[name as keyof typeof defaults] ?? "the quality target that holds"})`).join(", ");
}

const ABOUT: Readonly<Record<keyof Parameters, string>> = {
  measure: "The figure that is watched.",
  watchedBy: "Of which groups.",
  threshold: "What the whole interval must miss, in the measure's unit.",
  nMin: "Cases that a figure needs: 1 to 1,000,000.",
  days: "Days that are looked at, with today: 1 to 92.",
  count: "How many of a kind, or in a row: 2 to 1,000.",
  countedBy: "Whose errors.",
  percent: "The share of a clock's open time: 50, 75 or 90.",
  quietDays: "Days after the end of an escalation in which the same signal opens no other: 0 to 365.",
};
const about = (name: keyof Parameters) => `${ABOUT[name]} Taken, with its default, by ${defaultsOf(name)}.`;

export const ParametersInput = builder.inputType("EscalationRuleParametersInput", {
  description: "What a rule goes by. What its trigger doesn't take is INVALID_INPUT; what is absent has the trigger's default.",
  fields: (t) => ({
    measure: t.field({ type: MeasureEnum, description: about("measure") }),
    watchedBy: t.field({ type: WatchedBy, description: about("watchedBy") }),
    threshold: t.float({ description: about("threshold") }),
    nMin: t.int({ description: about("nMin") }),
    days: t.int({ description: about("days") }),
    count: t.int({ description: about("count") }),
    countedBy: t.field({ type: CountedBy, description: about("countedBy") }),
    percent: t.int({ description: about("percent") }),
    quietDays: t.int({ description: about("quietDays") }),
  }),
});

export const ParametersRef = builder.objectRef<Parameters>("EscalationRuleParameters").implement({
  description: "What a rule goes by, with the defaults of its trigger; null: the trigger takes none.",
  fields: (t) => ({
    measure: t.field({ type: MeasureEnum, nullable: true, description: ABOUT.measure, resolve: ({ measure }) => measure }),
    watchedBy: t.field({ type: WatchedBy, nullable: true, description: ABOUT.watchedBy, resolve: ({ watchedBy }) => watchedBy }),
    threshold: t.exposeFloat("threshold", { nullable: true, description: `${ABOUT.threshold} Null: the quality target that holds there.` }),
    nMin: t.exposeInt("nMin", { nullable: true, description: ABOUT.nMin }),
    days: t.exposeInt("days", { nullable: true, description: ABOUT.days }),
    count: t.exposeInt("count", { nullable: true, description: ABOUT.count }),
    countedBy: t.field({ type: CountedBy, nullable: true, description: ABOUT.countedBy, resolve: ({ countedBy }) => countedBy }),
    percent: t.exposeInt("percent", { nullable: true, description: ABOUT.percent }),
    quietDays: t.exposeInt("quietDays", { nullable: true, description: ABOUT.quietDays }),
  }),
});
