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
  const { key, n, x, weight, weightSum, squaredWeightSum, weightedX } = cells[0];
  const pooled: Cell = { key, n, x, weight, weightSum, squaredWeightSum, weightedX };
  for (let i = 1; i < cells.length; i += 1) add(cells[i]!, pooled);
  return pooled;
}

function add(cell: Cell, pooled: Cell): void {
  pooled.n += cell.n;
  pooled.x += cell.x;
  pooled.weight = pooled.weight === cell.weight ? pooled.weight : null;
  pooled.weightSum += cell.weightSum;
  pooled.squaredWeightSum += cell.squaredWeightSum;
  pooled.weightedX += cell.weightedX;
}

function poolByKey(cells: readonly Cell[]): Cell[] {
  const pooled = new Map<string, Cell>();
  for (const cell of cells) {
    const known = pooled.get(cell.key);
    if (known) add(cell, known);
    else pooled.set(cell.key, pool([cell]));
  }
  return [...pooled.values()];
}

/**
 * One cell a stratum key, pooled in the order given. Cells with fewer than `minAudits` audits become one cell; if that is still
 * too small, the cell with the fewest audits joins it (the first of equals). Unpooled, cells of a few audits cover 0.80 to 0.89
 * where 0.95 is promised.
 */
export function formCells(ofRuns: readonly Cell[], minAudits: number): Cell[] {
  const [first] = ofRuns;
  if (first && ofRuns.every(({ key }) => key === first.key)) return [pool(ofRuns as [Cell, ...Cell[]])];
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
