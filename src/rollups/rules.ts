/** What is weighed to keep cells by queue and policy: facts and the cells that they would fill. */
export interface Weight {
  facts: number;
  cells: number;
}

const FEW_FACTS = 10_000;
const FACTS_PER_CELL = 10;

/** True if cells by queue and policy save reading: at most a tenth as many as facts. Few facts are read as fast themselves. */
export function isWorthCells({ facts, cells }: Weight): boolean {
  return facts >= FEW_FACTS && cells * FACTS_PER_CELL <= facts;
}

const WEIGHED_FOR_MS = 86_400_000;

/** Before when cells must have been weighed to be weighed again: once a day. */
export function weighedBefore(now: Date): Date {
  return new Date(now.getTime() - WEIGHED_FOR_MS);
}
