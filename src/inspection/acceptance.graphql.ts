import { EVERYBODY } from "../graphql/access.ts";
import { builder, type Fields, type InputFields } from "../graphql/builder.ts";
import { operatingCharacteristic } from "../stats/acceptance.ts";
import { INSPECTION_LEVELS } from "../stats/switching.ts";
import { checkLotSize, checkRates, checkTerms, type LotPlan, lotPlan, readTerms, type Terms, usualRates } from "./rules.ts";
import { ACCEPTANCE_TABLES, GENERAL_LEVELS, LOT_BASES } from "./table.ts";

export const InspectionLevelEnum = builder.enumType("InspectionLevel", {
  description: "How strictly the lots of a stream are inspected.",
  values: {
    NORMAL: { description: "By the plan of the stream's terms. Where every stream begins." },
    TIGHTENED: { description: "Fewer defectives are accepted, or of a larger sample: after 2 rejected lots among 5 or fewer." },
    REDUCED: { description: "Of a smaller sample: a lead approves it after many good lots. Computed plans alone." },
    DISCONTINUED: { description: "No lots are formed until a lead resumes: after 5 rejected lots while tightened, which raises an escalation." },
  } satisfies Record<(typeof INSPECTION_LEVELS)[number], object>,
});

const AcceptanceTable = builder.enumType("AcceptanceTable", {
  description: "Where the sample size and the acceptance number come from.",
  values: {
    COMPUTED: { description: "From AQL and LTPD: the smallest acceptance number, with its smallest sample, that keeps both risks." },
    MIL_STD_105E: { description: "From the single sampling tables of MIL-STD-105E, normal and tightened: by lot size, level and AQL." },
  } satisfies Record<(typeof ACCEPTANCE_TABLES)[number], object>,
});

const LotBasis = builder.enumType("LotBasis", {
  description: "What risks are about.",
  values: {
    LOT: { description: "The lot itself, of known size: hypergeometric." },
    STREAM: { description: "The process that lots come from: binomial, the same for lots of every size but those that are too small." },
  } satisfies Record<(typeof LOT_BASES)[number], object>,
});

const TableLevel = builder.enumType("AcceptanceTableLevel", {
  description: "How large samples of the tables are for the size of a lot.",
  values: {
    I: { description: "General level: two fifths of the usual." },
    II: { description: "General level: the usual." },
    III: { description: "General level: eight fifths of the usual." },
    S1: { description: "Special level: the smallest, where inspection is dear and large risks can be borne." },
    S2: { description: "Special level: small." },
    S3: { description: "Special level: larger than S2." },
    S4: { description: "Special level: the largest of the special ones, below I." },
  } satisfies Record<(typeof GENERAL_LEVELS)[number], object>,
});

const AQL =
  "Acceptable quality level: the share of defectives that should pass, at least 0.0001, below 1. For MIL_STD_105E a preferred one up to 0.1.";
const LTPD = "Lot tolerance: the share of defectives that should not pass, at least 1.2 times the AQL and below 1.";
const PRODUCER = "Highest chance that what is at the AQL is rejected: at least 0.001, below 0.5.";
const CONSUMER = "Highest chance that what is at the LTPD is accepted: at least 0.001, below 0.5.";

export const TermsInput = builder.inputType("AcceptanceTermsInput", {
  description: "By what lots are accepted.",
  fields: (t: InputFields) => ({
    acceptanceTable: t.field({ type: AcceptanceTable, required: true, defaultValue: "COMPUTED", description: "Where plans come from." }),
    basis: t.field({ type: LotBasis, required: true, defaultValue: "LOT", description: "What risks are about." }),
    aql: t.float({ required: true, description: AQL }),
    ltpd: t.float({ description: `${LTPD} For COMPUTED, which need it, alone.` }),
    producerRisk: t.float({ required: true, defaultValue: 0.05, description: `${PRODUCER} COMPUTED plans keep it.` }),
    consumerRisk: t.float({ required: true, defaultValue: 0.1, description: `${CONSUMER} COMPUTED plans keep it.` }),
    generalLevel: t.field({ type: TableLevel, description: "How large samples are; II if absent. For MIL_STD_105E alone." }),
  }),
});

export const TermsType = builder.objectRef<Terms>("AcceptanceTerms").implement({
  description: "By what lots are accepted.",
  fields: (t) => ({
    acceptanceTable: t.field({ type: AcceptanceTable, description: "Where plans come from.", resolve: (terms) => terms.acceptanceTable }),
    basis: t.field({ type: LotBasis, description: "What risks are about.", resolve: (terms) => terms.basis }),
    aql: t.exposeFloat("aql", { description: AQL }),
    ltpd: t.exposeFloat("ltpd", { nullable: true, description: `${LTPD} Null for MIL_STD_105E.` }),
    producerRisk: t.exposeFloat("producerRisk", { description: `${PRODUCER} The tables don't ask for it.` }),
    consumerRisk: t.exposeFloat("consumerRisk", { description: `${CONSUMER} The tables don't ask for it.` }),
    generalLevel: t.field({
      type: TableLevel,
      nullable: true,
      description: "How large samples are; null for COMPUTED.",
      resolve: (terms) => terms.generalLevel,
    }),
  }),
});

type Sampled = Pick<LotPlan, "n" | "ac" | "re" | "population">;

const Point = builder.objectRef<{ rate: number; acceptance: number }>("OperatingPoint").implement({
  description: "A point of an operating characteristic.",
  fields: (t) => ({
    rate: t.exposeFloat("rate", { description: "Share of defectives, 0 to 1." }),
    acceptance: t.exposeFloat("acceptance", { description: "Chance that a lot with it is accepted, 0 to 1." }),
  }),
});

/** The field that tells how likely lots of any quality pass a plan. */
export function characteristicField<Row>(t: Fields<Row>, sampledBy: (row: Row) => Sampled) {
  return t.field({
    type: [Point],
    description: "Operating characteristic: how likely lots of different quality are accepted, by the rates asked for.",
    args: {
      rates: t.arg.floatList({ description: "At most 200 shares of defectives, 0 to 1. If absent, 21 from 0 to where hardly any passes." }),
    },
    resolve: (row: Row, { rates }: { rates?: number[] | null }) => {
      const sampled = sampledBy(row);
      const asked = rates ? checkRates(rates) : usualRates(sampled);
      const chances = operatingCharacteristic(sampled, asked, sampled.population);
      return asked.map((rate, index) => ({ rate, acceptance: chances[index]! }));
    },
  } as never);
}

export const AcceptancePlanType = builder.objectRef<LotPlan>("AcceptancePlan").implement({
  description: "How many decisions of a lot are inspected, and how many of them may be defective.",
  fields: (t) => ({
    level: t.field({ type: InspectionLevelEnum, description: "The level that it is for.", resolve: ({ level }) => level }),
    sampleSize: t.int({ description: "Decisions to inspect (n).", resolve: ({ n }) => n }),
    acceptanceNumber: t.int({ description: "Accepted with at most so many defectives (Ac).", resolve: ({ ac }) => ac }),
    rejectionNumber: t.int({ description: "Rejected with so many (Re), one above the acceptance number.", resolve: ({ re }) => re }),
    isFullInspection: t.exposeBoolean("isFullInspection", { description: "All of the lot is inspected: no smaller sample will do." }),
    producerRisk: t.exposeFloat("producerRisk", { description: "Chance that what is at the AQL is rejected, as the plan has it: 0 to 1." }),
    consumerRisk: t.exposeFloat("consumerRisk", {
      nullable: true,
      description: "Chance that what is at the LTPD is accepted, as the plan has it: 0 to 1. Null for MIL_STD_105E, which knows no LTPD.",
    }),
    operatingCharacteristic: characteristicField(t, (plan) => plan),
  }),
});

builder.queryField("acceptancePlan", (t) =>
  t.field({
    type: AcceptancePlanType,
    description:
      "The plan that such terms lead to: nothing is read or written. INVALID_INPUT for terms that createInspectionStream refuses, CONFLICT " +
      "for REDUCED by MIL_STD_105E.",
    extensions: { for: EVERYBODY },
    args: {
      terms: t.arg({ type: TermsInput, required: true, description: "By what lots would be accepted." }),
      level: t.arg({ type: InspectionLevelEnum, required: true, defaultValue: "NORMAL", description: "At which level; not DISCONTINUED." }),
      lotSize: t.arg.int({
        description: "Decisions in the lot, 1 to 100,000,000. May be left out for COMPUTED plans on the basis STREAM: any large lot.",
      }),
    },
    resolve: (_, { terms: given, level, lotSize }) => {
      const terms = checkTerms(readTerms(given));
      return lotPlan(terms, level, checkLotSize(terms, lotSize ?? null));
    },
  }),
);
