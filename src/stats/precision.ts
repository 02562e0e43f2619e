import { type Cell, cellOf, formCells, pool } from "./cells.ts";
import { type Basis, intervalOf, MIN_CELL_AUDITS, MIN_COVERAGE } from "./estimation.ts";
import { frameCoverage } from "./strata.ts";

/** A stratum as planned: `p` is the rate expected there. */
export type PlannedStratum = { key: string; frameSize: number; sampleSize: number; p: number };

/** Half-widths of 95 % intervals; null where nothing will be known. */
export type ExpectedPrecision = { strata: { key: string; halfWidth: number | null }[]; halfWidth: number | null };

/**
 * How wide the intervals will be, per stratum and overall, if every sample is audited and the rates come out as expected; by the very
 * rules by which they will be estimated. A stratum without a sample has none, and where the others hold less than `minCoverage`
 * of the frame there is no overall one either.
 */
export function expectPrecision(strata: readonly PlannedStratum[], basis: Basis = "POPULATION", minCoverage = MIN_COVERAGE): ExpectedPrecision {
  const planned = strata.map((stratum) => ({ ...stratum, cell: stratum.sampleSize > 0 ? plannedCell(stratum) : null }));
  const cells = planned.flatMap(({ cell }) => cell ?? []).sort((a, b) => (a.key < b.key ? -1 : 1));
  const coverage = frameCoverage(strata.map(({ frameSize, sampleSize }) => ({ frameSize, audited: sampleSize, voided: 0 })));
  return {
    strata: planned.map(({ key, cell }) => ({ key, halfWidth: cell && halfWidthOf([cell], basis) })),
    halfWidth: coverage >= minCoverage ? halfWidthOf(cells, basis) : null,
  };
}

function plannedCell({ key, frameSize, sampleSize, p }: PlannedStratum): Cell {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`not a share: ${p}`);
  return cellOf({ key, weight: frameSize / sampleSize, n: sampleSize, x: p * sampleSize });
}

function halfWidthOf([first, ...rest]: readonly Cell[], basis: Basis): number | null {
  if (!first) return null;
  const { low, high } = intervalOf(pool([first, ...rest]), formCells([first, ...rest], MIN_CELL_AUDITS), basis);
  return (high - low) / 2;
}
