import type postgres from "postgres";

/** A table, or one partition of it, whose rows are kept together in a backup. */
export interface Piece {
  name: string;
  /** The table that it is a partition of, with its bounds as PostgreSQL writes them; null for a whole table. */
  partition: { of: string; bounds: string } | null;
  columns: readonly string[];
}

/** A piece, and how its rows are read. */
export interface ReadablePiece extends Piece {
  /** Its rows in the order of their keys, so that equal rows are equal bytes wherever they lie. */
  copy: string;
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const LEAVES = `
  select c.relname as name, p.relname as parent, pg_get_expr(c.relpartbound, c.oid) as bounds,
    (select json_agg(json_build_object('name', a.attname, 'type', a.atttypid::regtype::text) order by a.attnum) from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
    (select json_agg(a.attname order by k.place) from pg_index i cross join unnest(i.indkey::int[]) with ordinality as k(attnum, place)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum where i.indrelid = c.oid and i.indisprimary) as keys
  from pg_class c left join pg_inherits h on h.inhrelid = c.oid left join pg_class p on p.oid = h.inhparent
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relowner = 'assay_owner'::regrole order by c.relname collate "C"`;

const REFERENCES = `
  select c.relname as "from", p.relname as "to" from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_class p on p.oid = f.confrelid
  where f.contype = 'f' and f.conparentid = 0 and c.relnamespace = 'public'::regnamespace order by 1, 2`;

/** Names with those that they refer to before them; throws where tables refer to each other in a ring, since then none can be filled first. */
export function inReferenceOrder(names: readonly string[], references: readonly { from: string; to: string }[]): string[] {
  const open = new Map(names.map((name) => [name, new Set(references.filter(({ from, to }) => from === name && to !== name).map(({ to }) => to))]));
  const ordered: string[] = [];
  while (open.size > 0) {
    const ready = [...open].filter(([, needs]) => [...needs].every((need) => !open.has(need))).map(([name]) => name);
    if (ready.length === 0) throw new Error(`these tables refer to each other in a ring: ${[...open.keys()].join(", ")}`);
    for (const name of ready) open.delete(name);
    ordered.push(...ready);
  }
  return ordered;
}

// A transaction's id means nothing in another cluster; a restore gives those that matter a new one.
const valueOf = ({ name, type }: { name: string; type: string }) => (type === "xid8" ? `'0'::xid8 as ${quoted(name)}` : quoted(name));

/** Every piece of the house in this database, those that others refer to first. graphile_worker's jobs are none: sweeps ask for them anew. */
export async function listPieces(sql: postgres.Sql): Promise<ReadablePiece[]> {
  interface Leaf {
    name: string;
    parent: string | null;
    bounds: string;
    columns: { name: string; type: string }[];
    keys: string[] | null;
  }
  const leaves = (await sql.unsafe(LEAVES)) as unknown as Leaf[];
  const references = (await sql.unsafe(REFERENCES)) as unknown as { from: string; to: string }[];
  const tableOf = ({ name, parent }: Leaf) => parent ?? name;
  const order = inReferenceOrder([...new Set(leaves.map(tableOf))], references);
  return order.flatMap((table) =>
    leaves.filter((leaf) => tableOf(leaf) === table).map(({ name, parent, bounds, columns, keys }) => ({
      name,
      partition: parent === null ? null : { of: parent, bounds },
      columns: columns.map((column) => column.name),
      copy: `copy (select ${columns.map(valueOf).join(", ")} from ${quoted(name)} order by ${(keys ?? columns.map((column) => column.name)).map(quoted).join(", ")}) to stdout`,
    })),
  );
}
