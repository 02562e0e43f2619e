import type { World } from "./world.ts";

/** Makes the database refuse rows of a project in a table, as if its disk were full; what ends that. */
export async function failing({ sql }: World, table: string, projectId: string): Promise<() => Promise<void>> {
  await sql.unsafe(`create function fail_rows() returns trigger language plpgsql as $$ begin raise 'the disk is full'; end $$;
    create trigger fail_rows before insert on ${table} for each row when (new.project_id = '${projectId}') execute function fail_rows()`);
  return async () => void (await sql.unsafe(`drop trigger fail_rows on ${table}; drop function fail_rows()`));
}
