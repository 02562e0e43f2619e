/** The audits of one run and stratum that share one weight, exact counts. */
export type WeightedCounts = { key: string; weight: number; n: number; x: number };

/** A stratum key pooled over all runs; `weight` is null where the pooled rows differ in weight. */
export type Cell = {
  key: string;
  n: number;
  x: number;
  weight: number | null;
  weightSum: number;
  squaredWeightSum: number;
  weightedX: number;
};

/** The cell of a single run and stratum. */
export function cellOf({ key, weight, n, x }: WeightedCounts): Cell {
  return { key, n, x, weight, weightSum: weight * n, squaredWeightSum: weight * weight * n, weightedX: weight * x };
}

/** Pools cells into one, under the key of the first; the weight survives only where all agree. */
export function pool(cells: readonly [Cell, ...Cell[]]): Cell {
  const [first, ...rest] = cells;
  const pooled = { ...first };
  for (const cell of rest) {
    pooled.n += cell.n;
    pooled.x += cell.x;
    pooled.weight = pooled.weight === cell.weight ? pooled.weight : null;
    pooled.weightSum += cell.weightSum;
    pooled.squaredWeightSum += cell.squaredWeightSum;
    pooled.weightedX += cell.weightedX;
  }
  return pooled;
}

function poolByKey(cells: readonly Cell[]): Cell[] {
  const byKey = new Map<string, [Cell, ...Cell[]]>();
  for (const cell of cells) {
    const group = byKey.get(cell.key);
    if (group) group.push(cell);
    else byKey.set(cell.key, [cell]);
  }
  return [...byKey.values()].map(pool);
}

/**
 * One cell a stratum key, pooled in the order given. Cells with fewer than `minAudits` audits become one cell; if that is still
 * too small, the cell with the fewest audits joins it (the first of equals). Unpooled, cells of a few audits cover 0.80 to 0.89
 * where 0.95 is promised.
 */
export function formCells(ofRuns: readonly Cell[], minAudits: number): Cell[] {
  if (ofRuns.length === 1) return [...ofRuns];
  const cells = poolByKey(ofRuns);
  const large = cells.filter((cell) => cell.n >= minAudits);
  const [firstSmall, ...otherSmall] = cells.filter((cell) => cell.n < minAudits);
  if (!firstSmall) return large;
  const merged = pool([firstSmall, ...otherSmall]);
  const [firstLarge, ...otherLarge] = large;
  if (!firstLarge || merged.n >= minAudits) return [merged, ...large];
  const smallest = otherLarge.reduce((least, cell) => (cell.n < least.n ? cell : least), firstLarge);
  return [pool([merged, smallest]), ...large.filter((cell) => cell !== smallest)];
}
