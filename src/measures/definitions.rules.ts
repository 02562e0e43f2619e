import type { FRAME_COVERS } from "../plans/table.ts";
import type { Purpose } from "./reach.table.ts";
import type { AuditSum } from "./splits.table.ts";

export const DIRECTIONS = ["HIGHER_IS_BETTER", "LOWER_IS_BETTER", "NEUTRAL"] as const;
export const UNITS = ["RATE", "DIFFERENCE", "COEFFICIENT", "PER_AUDIT", "PER_MILLION", "SECONDS", "PER_HOUR"] as const;
export const INTERVALS = ["STRATIFIED", "WILSON", "MOVER_DIFFERENCE", "JACKKNIFE", "NONE"] as const;

/** What a measure is counted from. */
export const SOURCES = ["AUDITS", "GOLDEN", "DOUBLE_AUDITS", "DECISIONS", "SAMPLES", "AGREEMENT"] as const;
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
export interface ShareMeasure extends Described {
  source: "GOLDEN" | "DOUBLE_AUDITS" | "SAMPLES";
}

/** What decisions tell without a judgement. */
export interface DecisionMeasure extends Described {
  source: "DECISIONS";
  reads: "HANDLE_MEAN" | "HANDLE_P50" | "HANDLE_P90" | "OUTPUT" | "COVERAGE" | "LABELERS";
}

/** A coefficient of items with several judgements. */
export interface AgreementMeasure extends Described {
  source: "AGREEMENT";
}

export type MeasureDefinition = AuditMeasure | ShareMeasure | DecisionMeasure | AgreementMeasure;

export const DEFAULT_PURPOSES: readonly Purpose[] = ["RANDOM", "RISK"];
/** Purposes whose audits have no inclusion probability. */
export const WITHOUT_DRAW: readonly Purpose[] = ["TARGETED", "GOLDEN"];
