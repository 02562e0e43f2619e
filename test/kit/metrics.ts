import { DIMENSION_NAMES, dimensionOf, type Source, SOURCES } from "../../src/measures/definitions.rules.ts";
import { definitionOf, type Measure, MEASURE_NAMES } from "../../src/measures/measures.rules.ts";
import type { Dimension } from "../../src/reach/table.ts";
import { AUDIT_LAYERS } from "../../src/plans/table.ts";
import type { Answer, Caller } from "./world.ts";

export interface ShownValue {
  measure: string;
  value: number | null;
  numerator: number | null;
  denominator: number | null;
  n: number | null;
  weighted: boolean;
  suppressed: boolean;
  reason: string | null;
  interval: { low: number; high: number; level: number; method: string } | null;
}

export interface ShownMetrics {
  rows: (Record<string, any> & { values: ShownValue[] })[];
  totals: { values: ShownValue[] } | null;
  meta: { asOf: string; freshTo: string; definitionVersion: number };
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const VALUE = "measure value numerator denominator n weighted suppressed reason interval { low high level method }";

/** The document of a metrics query; `fields` are those of a row beside its values. */
export function metricsDocument(args: string, fields = ""): string {
  const values = `values { ${VALUE} }`;
  const rest = "meta { asOf freshTo definitionVersion } pageInfo { hasNextPage endCursor }";
  return `{ metrics(${args}) { rows { ${fields} ${values} } totals { ${values} } ${rest} } }`;
}

/** Asks for figures that must be given. */
export async function askMetrics(caller: Caller, args: string, fields = ""): Promise<ShownMetrics> {
  return (await caller.ask<{ metrics: ShownMetrics }>(metricsDocument(args, fields))).metrics;
}

/** Asks for figures that must be refused; code and message of the refusal. */
export async function refusedMetrics(caller: Caller, args: string): Promise<{ code: unknown; message: string }> {
  const { errors }: Answer<unknown> = await caller.send(metricsDocument(args));
  if (errors?.length !== 1) throw new Error(`not refused: ${args}`);
  return { code: errors[0]!.extensions?.code, message: errors[0]!.message };
}

/** The first value of each row by the row's label. */
export function firstValues(metrics: ShownMetrics, label: (row: Record<string, any>) => string): Record<string, number | null> {
  return Object.fromEntries(metrics.rows.map((row) => [label(row), row.values[0]!.value]));
}

// Dimensions by which every source is walked, not audits alone.
const NAMING: readonly Dimension[] = ["LABELER", "POLICY", "AUDITOR", "GOLDEN_RULE"];

// Measures of a source that can be asked for together by a dimension; of agreement those of labels.
function cutBy(dimension: Dimension, source: Source): Measure[] {
  const byPolicy = dimension === "POLICY" || dimension === "TRUTH_POLICY";
  return MEASURE_NAMES.filter((measure) => {
    const definition = definitionOf(measure);
    if (definition.source === "AGREEMENT") return source === "AGREEMENT" && definition.raters === "LABELS";
    if (definition.source !== source || definition.source !== "AUDITS") return definition.source === source;
    if (dimensionOf(dimension).isErrorClass) return measure === "ERROR_RATE";
    return (!definition.ofPolicy || byPolicy) && (!definition.betweenLayers || dimension !== "LAYER");
  });
}

/** Arguments of metrics by every dimension, beside projects and range: audits of both layers by each, other sources by those that name most. */
export function metricsWalks(): string[] {
  const ofAuditors = "measures: [COHEN_KAPPA], groupBy: [POLICY]";
  const walks = DIMENSION_NAMES.flatMap((dimension) =>
    SOURCES.flatMap((source) => {
      const isCut = dimensionOf(dimension).sources.includes(source) && (source === "AUDITS" || NAMING.includes(dimension));
      const measures = isCut ? cutBy(dimension, source) : [];
      const layers = measures.length === 0 ? [] : source === "AUDITS" ? AUDIT_LAYERS : ["CLIENT"];
      return layers.map((layer) => `measures: [${measures}], groupBy: [${dimension}], layer: ${layer}`);
    }),
  );
  return [...walks, ofAuditors];
}
