/** What a column of a flat table holds; times (RFC 3339, UTC) and days are text. */
export type CellKind = "TEXT" | "TEXTS" | "INTEGER" | "REAL" | "BOOLEAN" | "TIME" | "DAY";
export type Cell = string | number | boolean | readonly string[] | null;

/** A column of a flat table. */
export interface Column {
  name: string;
  kind: CellKind;
}

/** A flat table whose rows come in slices, and are forgotten once they are written. */
export interface Table {
  columns: readonly Column[];
  /** Each row has a cell for each column. */
  slices: AsyncIterable<readonly (readonly Cell[])[]>;
}
