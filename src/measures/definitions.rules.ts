import type { CalendarUnit } from "../core/time.ts";
import type { Role } from "../core/viewer.ts";
import type { FRAME_COVERS } from "../plans/table.ts";
import type { AuditSum } from "../rollups/sums.table.ts";
import type { Dimension, Purpose, Reach } from "../reach/table.ts";
import type { PublicationHit, RulingHit } from "../reach/remedies.table.ts";
import type { Raters } from "../reach/sources.table.ts";

export const DIRECTIONS = ["HIGHER_IS_BETTER", "LOWER_IS_BETTER", "NEUTRAL"] as const;
export const UNITS = ["RATE", "DIFFERENCE", "COEFFICIENT", "PER_AUDIT", "PER_MILLION", "SECONDS", "PER_HOUR", "MINUTES", "COUNT"] as const;
/** What a value can be, by its unit. */
export const LIMITS: Record<(typeof UNITS)[number], { low: number; high: number }> = {
  RATE: { low: 0, high: 1 },
  DIFFERENCE: { low: -1, high: 1 },
  COEFFICIENT: { low: -1, high: 1 },
  PER_AUDIT: { low: 0, high: Infinity },
  PER_MILLION: { low: 0, high: 1_000_000 },
  SECONDS: { low: 0, high: Infinity },
  PER_HOUR: { low: 0, high: Infinity },
  MINUTES: { low: 0, high: Infinity },
  COUNT: { low: 0, high: Infinity },
};
export const INTERVALS = ["STRATIFIED", "WILSON", "MOVER_DIFFERENCE", "JACKKNIFE", "NONE"] as const;

/** What a measure is counted from. */
export const SOURCES = ["AUDITS", "GOLDEN", "DOUBLE_AUDITS", "DECISIONS", "SAMPLES", "AGREEMENT", "PUBLICATIONS", "RULINGS", "CLOCKS", "ESCALATIONS"] as const;
export type Source = (typeof SOURCES)[number];

export type FrameCovers = (typeof FRAME_COVERS)[number];
export type FrameReason = "FRAME_EXCLUDES_NEGATIVES" | "FRAME_EXCLUDES_POSITIVES";

/** What every measure says of itself. */
interface Described {
  name: string;
  description: string;
  formula: string;
  unit: (typeof UNITS)[number];
  direction: (typeof DIRECTIONS)[number];
  interval: (typeof INTERVALS)[number];
  /** When there is no value, in words; beside NO_DATA and ZERO_DENOMINATOR, which every ratio has. */
  nullRule?: string;
}

/** Sums added or taken away; `processErrors` are the audits whose error the process answers for. */
export type Terms = Partial<Record<AuditSum | "processErrors", 1 | -1>>;

/** A ratio of weighted sums of published audits. */
export interface AuditMeasure extends Described {
  source: "AUDITS";
  numerator: Terms;
  denominator: Terms;
  /** Where the numerator is counted in parts of a case: so many make a whole one. */
  partsPerCase?: number;
  /** What the ratio is multiplied by; 1 if absent. */
  scale?: number;
  /** Where errors that the process answers for stay in, whatever was asked. */
  keepsProcessErrors?: true;
  /** Why nothing can be said where a run's frame left decisions out. */
  undefinedFor?: Partial<Record<FrameCovers, FrameReason>>;
  /** Of one policy: audits so labeled, or truly so, or both; without a policy it is refused, or the mean over all. */
  ofPolicy?: "LABELED" | "TRUE" | "EITHER";
  /** The layer VENDOR's value less the layer CLIENT's. */
  betweenLayers?: true;
}

/** A share of cases without weights: all, and those that hit. */
export type ShareMeasure = Described &
  (
    | { source: "GOLDEN" | "DOUBLE_AUDITS" | "SAMPLES" }
    | { source: "PUBLICATIONS"; hit: PublicationHit }
    | { source: "RULINGS"; hit: RulingHit }
    | { source: "CLOCKS"; hit: "IN_TIME" }
    | { source: "ESCALATIONS"; hit: "RECURRED" }
  );

/** A percentile of how long cases took. */
export type TimeMeasure = Described & { percentile: 50 | 90 } &
  ({ source: "RULINGS"; times: "RESOLUTION" } | { source: "ESCALATIONS"; times: "CONTAINED" | "CLOSED" });

/** How many there are. */
export interface CountMeasure extends Described {
  source: "ESCALATIONS";
  counts: "OPEN";
}

/** What decisions tell without a judgement. */
export interface DecisionMeasure extends Described {
  source: "DECISIONS";
  reads: "HANDLE_MEAN" | "HANDLE_P50" | "HANDLE_P90" | "OUTPUT" | "COVERAGE" | "LABELERS";
}

/** A coefficient of items with several judgements. */
export interface AgreementMeasure extends Described {
  source: "AGREEMENT";
  raters: Raters;
}

export type MeasureDefinition = AuditMeasure | ShareMeasure | DecisionMeasure | AgreementMeasure | TimeMeasure | CountMeasure;

export const DEFAULT_PURPOSES: readonly Purpose[] = ["RANDOM", "RISK"];
/** Purposes whose audits have no inclusion probability. */
export const WITHOUT_DRAW: readonly Purpose[] = ["TARGETED", "GOLDEN"];

/** What a dimension says of itself. */
export interface DimensionDefinition {
  name: string;
  description: string;
  /** What can be cut by it. */
  sources: readonly Source[];
  /** What a value of it narrows a group to. */
  narrows?: keyof Reach;
  /** The stretch of calendar that a value of it is. */
  unit?: CalendarUnit;
  /** Roles that may not see what its values name. */
  hiddenFrom?: readonly Role[];
  /** A class of errors, for ERROR_RATE alone: errors of the class over the whole group. */
  isErrorClass?: true;
}

const NO_LABELERS: readonly Role[] = ["POLICY_MANAGER"];
const STAFF_ONLY: readonly Role[] = ["VENDOR_MANAGER", "VENDOR_QA", "LABELER", "SERVICE"];
const NO_TRUTHS: readonly Role[] = ["AUDITOR", "VENDOR_MANAGER", "VENDOR_QA", "LABELER"];

const AUDITS: readonly Source[] = ["AUDITS"];
const JUDGED: readonly Source[] = ["AUDITS", "DOUBLE_AUDITS"];
const WITH_TRUTH: readonly Source[] = ["AUDITS", "GOLDEN", "DOUBLE_AUDITS"];
const DRAWN: readonly Source[] = ["AUDITS", "DOUBLE_AUDITS", "SAMPLES"];
const WITH_CONTENT: readonly Source[] = ["AUDITS", "GOLDEN", "DOUBLE_AUDITS", "DECISIONS", "SAMPLES"];
const WITH_ACTION: readonly Source[] = ["AUDITS", "GOLDEN", "DECISIONS"];
const APPEALED: readonly Source[] = ["PUBLICATIONS", "RULINGS"];
const OF_PEOPLE: readonly Source[] = [...APPEALED, "CLOCKS"];
const ALL: readonly Source[] = [...WITH_CONTENT, "AGREEMENT"];
const EVERY: readonly Source[] = [...ALL, ...OF_PEOPLE, "ESCALATIONS"];

const errorClass = { sources: AUDITS, isErrorClass: true } as const;

/** Every dimension. Adding one is an entry here, its SQL beside it and its field of a row. */
export const DIMENSIONS = {
  PROJECT: { name: "Project", description: "The project.", sources: EVERY, narrows: "projectIds" },
  QUEUE: { name: "Queue", description: "The queue of the decision.", sources: [...ALL, ...OF_PEOPLE], narrows: "queueIds" },
  MARKET: { name: "Market", description: "The market of the decision.", sources: EVERY, narrows: "markets" },
  VENDOR: { name: "Vendor", description: "The vendor of the labeler.", sources: EVERY, narrows: "vendorIds" },
  SITE: { name: "Site", description: "The site where the labeler sat when they decided.", sources: [...ALL, ...APPEALED], narrows: "siteIds" },
  TEAM: { name: "Team", description: "The team that the labeler was in when they decided.", sources: [...ALL, ...APPEALED], narrows: "teamIds" },
  LABELER: {
    name: "Labeler",
    description: "Who decided. Not for policy managers, who see no labelers.",
    sources: [...WITH_CONTENT, ...APPEALED],
    narrows: "labelerIds",
    hiddenFrom: NO_LABELERS,
  },
  AUDITOR: { name: "Auditor", description: "Who audited. For staff only.", sources: [...JUDGED, ...APPEALED], hiddenFrom: STAFF_ONLY },
  APPELLANT: { name: "Appellant", description: "Who raised the appeal. For staff only.", sources: ["RULINGS"], hiddenFrom: STAFF_ONLY },
  POLICY: { name: "Policy", description: "The policy that the labeler chose; of an escalation the one that it is about.", sources: [...ALL, ...APPEALED, "ESCALATIONS"], narrows: "policyIds" },
  TRUTH_POLICY: { name: "True policy", description: "The policy that was right.", sources: WITH_TRUTH, narrows: "truthPolicyIds" },
  POLICY_VERSION: {
    name: "Policy version",
    description: "The version of the labeler's policy in force for the market at the decision.",
    sources: WITH_CONTENT.filter((source) => source !== "SAMPLES"),
    narrows: "policyVersionIds",
  },
  ACTION: { name: "Action", description: "The action that the labeler took.", sources: WITH_ACTION, narrows: "actions" },
  HARM_CATEGORY: {
    name: "Harm category",
    description: "The harm category of the policy that the labeler chose; of an escalation of the one that it is about.",
    sources: [...WITH_CONTENT, ...APPEALED, "ESCALATIONS"],
  },
  ERROR_TYPE: { ...errorClass, name: "Error type", description: "How decisions were wrong. For ERROR_RATE alone." },
  SEVERITY: { ...errorClass, name: "Severity", description: "How much an error weighs. For ERROR_RATE alone." },
  ERROR_CODE: { ...errorClass, name: "Error code", description: "The error code of a failed criterion. For ERROR_RATE alone." },
  CRITERION: { ...errorClass, name: "Criterion", description: "The criterion that failed. For ERROR_RATE alone." },
  ERROR_CAUSE: { ...errorClass, name: "Error cause", description: "Why the labeler erred. For ERROR_RATE alone." },
  GOLDEN_RULE: {
    name: "Golden rule",
    description: "The rule that the golden item cites. For GOLDEN_ACCURACY alone.",
    sources: ["GOLDEN"],
    hiddenFrom: NO_TRUTHS,
  },
  MODALITY: { name: "Modality", description: "The kind of content.", sources: ALL, narrows: "modalities" },
  LANGUAGE: { name: "Language", description: "The language of the content, as a BCP 47 tag.", sources: ALL, narrows: "languages" },
  TENURE_BUCKET: {
    name: "Tenure",
    description: "Days from the labeler's hire to the decision, in the project's zone: 0-30, 31-90, 91-180, 181 and more. Not for policy managers.",
    sources: [...WITH_CONTENT, ...APPEALED],
    narrows: "tenureBuckets",
    hiddenFrom: NO_LABELERS,
  },
  LAYER: { name: "Layer", description: "Whose audit it is. Reads both layers, apart; `layer` plays no part.", sources: AUDITS },
  PURPOSE: {
    name: "Purpose",
    description: "Why the decision was drawn. For staff only: how the client draws is not shown to partners.",
    sources: DRAWN,
    hiddenFrom: STAFF_ONLY,
  },
  CLOCK_KIND: { name: "Kind of clock", description: "What an SLA clock is of. For SLA_RATE alone.", sources: ["CLOCKS"] },
  ESCALATION_SEVERITY: { name: "Severity of escalations", description: "How grave an escalation is, as it is rated now: not as of a time. For measures of escalations alone.", sources: ["ESCALATIONS"] },
  DAY: { name: "Day", description: "The calendar day, in the range's time zone, on the query's time axis, or the measure's own.", sources: EVERY, unit: "DAY" },
  WEEK: { name: "Week", description: "The week, from the project's weekStartsOn (MONDAY is ISO 8601).", sources: EVERY, unit: "WEEK" },
  MONTH: { name: "Month", description: "The calendar month.", sources: EVERY, unit: "MONTH" },
} as const satisfies Record<Dimension, DimensionDefinition>;

export const DIMENSION_NAMES = Object.keys(DIMENSIONS) as [Dimension, ...Dimension[]];

/** The definition of a dimension. */
export function dimensionOf(dimension: Dimension): DimensionDefinition {
  return DIMENSIONS[dimension];
}
