import { NotFound } from "../core/errors.ts";
import { decodeId, encodeId, type ProjectKey } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import type { Reads } from "../db/steps.ts";
import type { Row, ValueComparison } from "../measures/answers.rules.ts";
import { DEFINITION_VERSION } from "../measures/measures.rules.ts";
import { measureQuality, type MetricsAnswer } from "../metrics/service.ts";
import { instantsOf } from "../periods/rules.ts";
import type { Located } from "../periods/service.ts";
import {
  canonicalJson, DIMENSION_TYPES, type FrozenQuery, hashOf, metricsQuery, minimaOf, objectIdOf, readerOf, type ReportQuery, type ReportRange,
} from "./rules.ts";
import type { Interval } from "../stats/proportions.ts";
import { findSnapshot, type Frozen, listFrozen, listLabels, listVendors } from "./store.ts";
import type { ReportSnapshotRow } from "./table.ts";

type Labels = ReadonlyMap<string, ReadonlyMap<string, string>>;

// The codes of what the rows' keys name, by dimension.
async function labelsOf(db: Db, { groupBy, page }: MetricsAnswer): Promise<Labels> {
  const labels = new Map<string, Map<string, string>>();
  for (const [place, dimension] of groupBy.entries()) {
    const values = [...new Set(page.rows.flatMap(({ keys }) => keys[place] ?? []))];
    labels.set(dimension, await listLabels(db, DIMENSION_TYPES[dimension as keyof typeof DIMENSION_TYPES], values));
  }
  return labels;
}

const limitsOf = (interval: Interval | null) => interval && { low: interval.low, high: interval.high, level: interval.level, method: interval.method };

function shownComparison({ value, numerator, denominator, n, interval, difference, differenceInterval, isSignificant, reason }: ValueComparison) {
  return { value, numerator, denominator, n, interval: limitsOf(interval), difference, differenceInterval: limitsOf(differenceInterval), isSignificant, reason };
}

// Of a figure what was measured: not its target, nor its rank, which follow from what may be set anew.
function shownValues({ values }: Pick<Row, "values">) {
  return values.map(({ measure, value, numerator, denominator, n, interval, weighted, suppressed, reason, comparison }) => ({
    measure, value, numerator, denominator, n, interval: limitsOf(interval), weighted, suppressed, reason,
    ...(comparison && { comparison: shownComparison(comparison) }),
  }));
}

function shownRow({ keys, values }: Row, groupBy: MetricsAnswer["groupBy"], labels: Labels) {
  const named = groupBy.map((dimension, place) => {
    const value = keys[place];
    if (value == null) return [dimension, null] as const;
    const id = objectIdOf(dimension, value);
    return [dimension, id === null ? { value } : { id, value: labels.get(dimension)?.get(value) ?? null }] as const;
  });
  return { keys: Object.fromEntries(named), values: shownValues({ values }) };
}

/** The bytes of a report, of everybody's rows or of one vendor's: the same whenever it is asked as of the same time. */
async function compute(reads: Reads, query: FrozenQuery, vendorId: string | null): Promise<string> {
  const named = async (db: Db, dimension: "PROJECT" | "VENDOR", id: string) =>
    ({ id: objectIdOf(dimension, id), value: (await listLabels(db, DIMENSION_TYPES[dimension], [id])).get(id) ?? null });
  return reads(async (db) => {
    const answer = await measureQuality(db, readerOf(vendorId), metricsQuery(query));
    const labels = await labelsOf(db, answer);
    const { range, asOf, score } = query;
    return canonicalJson({
      project: await named(db, "PROJECT", decodeId("Project", query.project, []).id),
      vendor: vendorId && (await named(db, "VENDOR", vendorId)),
      range, asOf, score,
      rows: answer.page.rows.map((row) => shownRow(row, answer.groupBy, labels)),
      totals: answer.totals && shownValues(answer.totals),
      hasMoreRows: answer.page.hasNextPage,
    });
  });
}

/**
 * What the reports of a period's kind said at a time, as the system: of everybody's rows, and for partners of each vendor's that had decisions
 * in the period.
 */
export async function freeze(reads: Reads, { period, timeZone, weekStart, settings }: Located, asOf: Date): Promise<Frozen[]> {
  const { projectId, kind, from, to } = period;
  const project = encodeId("Project", { projectId: null, id: projectId });
  const definitions = await reads((db) => listFrozen(db, projectId, kind));
  const hasPartners = definitions.some(({ audience }) => audience === "PARTNER");
  const vendorIds = hasPartners ? await reads((db) => listVendors(db, projectId, instantsOf(period, timeZone))) : [];
  const range: ReportRange = { from, to, timeZone, weekStart };
  const frozen: Frozen[] = [];
  for (const { id: definitionId, audience, query: saved } of definitions) {
    const query = { ...(saved as unknown as ReportQuery), project, range, asOf: asOf.toISOString(), minima: minimaOf(settings) };
    for (const vendorId of audience === "PARTNER" ? [null, ...vendorIds] : [null]) {
      const data = await compute(reads, query, vendorId);
      const made = { data, dataHash: hashOf(data), measureDefsVersion: DEFINITION_VERSION };
      frozen.push({ definitionId, vendorId, audience, scoreTime: query.score, query: query as never, ...made });
    }
  }
  return frozen;
}

/** What came of computing a snapshot again. */
export interface Verified {
  snapshot: ReportSnapshotRow;
  /** The stored bytes have the stored hash. */
  isIntact: boolean;
  /** Computing the same anew gave the same bytes. */
  isReproduced: boolean;
  hash: Buffer;
  measureDefsVersion: number;
}

/** Computes a snapshot that the viewer sees anew, as the system, by the arguments and as of the time that are stored with it. */
export async function verifySnapshot(db: Db, key: ProjectKey): Promise<(reads: Reads) => Promise<Verified>> {
  const snapshot = await findSnapshot(db, key);
  if (!snapshot) throw new NotFound("There is no such report snapshot.", ["id"]);
  return async (reads) => {
    const data = await compute(reads, snapshot.query as unknown as FrozenQuery, snapshot.vendorId);
    const hash = hashOf(data);
    const isIntact = hashOf(snapshot.data).equals(snapshot.dataHash);
    return { snapshot, isIntact, isReproduced: data === snapshot.data && hash.equals(snapshot.dataHash), hash, measureDefsVersion: DEFINITION_VERSION };
  };
}
