import { readdirSync } from "node:fs";
import { is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import type postgres from "postgres";
import { DB_ROLES } from "../../src/db/identity.ts";

/** What Postgres knows of a table, or what the code says of it. */
export interface Shape {
  columns: Record<string, { type: string; isNullable: boolean }>;
  /** Names of its policies, with the role each is for. */
  policies: Record<string, string>;
}

/** Everything that every table.ts exports. */
export async function importTables(): Promise<Record<string, unknown>> {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((path) => /(^|[/.])table\.ts$/.test(path));
  const modules = await Promise.all(
    files.map((path) => import(/* @vite-ignore */ `../../src/${path}`) as Promise<Record<string, unknown>>),
  );
  return Object.assign({}, ...modules) as Record<string, unknown>;
}

const inCatalogForm = (type: string) => type.replace(" (", "(").replaceAll(", ", ",").replace(/ collate .*/i, ' collate "C"');

/** The tables as the code declares them. */
export async function declaredShapes(): Promise<Record<string, Shape>> {
  const tables = Object.values(await importTables()).filter((value): value is PgTable => is(value, PgTable));
  return Object.fromEntries(
    tables.map((table) => {
      const { name, columns, policies } = getTableConfig(table);
      return [
        name,
        {
          columns: Object.fromEntries(
            columns.map((column) => [column.name, { type: inCatalogForm(column.getSQLType()), isNullable: !column.notNull }]),
          ),
          policies: Object.fromEntries(policies.map((policy) => [policy.name, String(policy.to ?? "-")])),
        },
      ];
    }),
  );
}

const ofHouse = "c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')";

/** The tables as they are in the database; partitions too, if asked for them. */
export async function actualShapes(sql: postgres.Sql, which: "tables" | "partitions" = "tables"): Promise<Record<string, Shape>> {
  const rows = await sql.unsafe(`
    select c.relname as name,
      (select json_object_agg(a.attname, json_build_object('isNullable', not a.attnotnull,
        'type', format_type(a.atttypid, a.atttypmod) || case when l.collname = 'C' then ' collate "C"' else '' end))
        from pg_attribute a left join pg_collation l on l.oid = a.attcollation
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      (select coalesce(json_object_agg(p.polname, array_to_string(array(select r::regrole::text from unnest(p.polroles) r), ',')), '{}')
        from pg_policy p where p.polrelid = c.oid) as policies
    from pg_class c where ${ofHouse} and c.relispartition = ${which === "partitions"}`);
  return Object.fromEntries(rows.map(({ name, columns, policies }) => [name as string, { columns, policies } as Shape]));
}

// Everybody's schemas but Postgres' own, and the job runner's: it has no rows of tenants, and forced row security stops its notices.
const schemas = `n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'graphile_worker') and n.nspname !~ '^pg_temp_|^pg_toast_temp_'`;
const relations = `pg_class c join pg_namespace n on n.oid = c.relnamespace and ${schemas}
  and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')`;

/** Tables and partitions of every schema that lack what each must have: forced row security, the house's owner, and the owner's policy. */
export async function unguarded(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql.unsafe(`select c.oid::regclass::text as name from ${relations} where c.relkind in ('r', 'p') and not (
    c.relrowsecurity and c.relforcerowsecurity and c.relowner = 'assay_owner'::regrole and exists (select from pg_policy p
      where p.polrelid = c.oid and p.polname = 'assay_owner' and p.polroles = array['assay_owner'::regrole::oid] and p.polcmd = '*'
        and pg_get_expr(p.polqual, p.polrelid) = 'true' and pg_get_expr(p.polwithcheck, p.polrelid) = 'true')) order by 1`);
  return rows.map(({ name }) => name as string);
}

const named = (role: string) => `case when ${role} = 0 then 'PUBLIC' else ${role}::regrole::text end`;

/**
 * Ways round row security, in words: views that read as their owner, rules, grants and policies for anybody but the roles that requests run
 * under, grants on partitions, definer functions that everybody may call or that trust the caller's search path, powers, memberships,
 * property or grants of a login or of these roles.
 */
export async function escapes(sql: postgres.Sql): Promise<string[]> {
  const roles = `(select oid from pg_roles where rolname in (${DB_ROLES.map((role) => `'${role}'`).join(", ")}))`;
  const logins = "(select oid from pg_roles where rolname in ('assay_login', 'assay_jobs'))";
  const here = "dbid in (0, (select oid from pg_database where datname = current_database()))";
  const rows = await sql.unsafe(`
    select 'view ' || c.oid::regclass || ' reads as its owner' as way from ${relations}
      where c.relkind = 'm' or (c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false))
    union all select 'rule ' || w.rulename || ' on ' || c.oid::regclass from ${relations} join pg_rewrite w on w.ev_class = c.oid where w.rulename <> '_RETURN'
    union all select 'policy ' || p.polname || ' on ' || c.oid::regclass || ' is for ' || ${named("r")} from ${relations}
      join pg_policy p on p.polrelid = c.oid, unnest(p.polroles) r where p.polpermissive and r not in ${roles} and r <> 'assay_owner'::regrole
    union all select c.oid::regclass || ' is granted to ' || ${named("a.grantee")} from ${relations},
      aclexplode(c.relacl) a where a.grantee <> c.relowner and (c.relispartition or a.grantee not in ${roles})
    union all select c.oid::regclass || '.' || t.attname || ' is granted to ' || ${named("a.grantee")} from ${relations}
      join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a where a.grantee <> c.relowner and (c.relispartition or a.grantee not in ${roles})
    union all select 'schema ' || n.nspname || ' may be filled by ' || ${named("a.grantee")} from pg_namespace n, aclexplode(n.nspacl) a
      where ${schemas} and a.privilege_type = 'CREATE' and a.grantee not in (n.nspowner, 'assay_owner'::regrole)
    union all select 'grants by default to ' || ${named("a.grantee")} from pg_default_acl d, aclexplode(d.defaclacl) a where a.grantee <> d.defaclrole
    union all select 'function ' || f.proname || ' may be called by PUBLIC, or trusts the caller''s search path' from pg_proc f
      join pg_namespace n on n.oid = f.pronamespace and ${schemas} where f.prosecdef and (f.proowner <> 'assay_owner'::regrole
        or not exists (select from unnest(f.proconfig) set where set like 'search_path=%')
        or exists (select from aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a where a.grantee = 0))
    union all select r.rolname || ' has powers of its own' from pg_roles r where (r.oid in ${roles} or r.oid in ${logins} or r.rolname = 'assay_owner')
      and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolinherit or r.rolcanlogin <> (r.oid in ${logins}))
    union all select m.member::regrole || ' may become ' || m.roleid::regrole from pg_auth_members m
      where (m.member in ${roles} or m.member in ${logins}) and (m.roleid not in ${roles} or m.admin_option or m.member <> 'assay_login'::regrole)
    union all select distinct s.refobjid::regrole || ' owns ' || s.classid::regclass || ' ' || s.objid from pg_shdepend s
      where s.refclassid = 'pg_authid'::regclass and ${here} and s.deptype = 'o' and (s.refobjid in ${roles} or s.refobjid = 'assay_login'::regrole)
    union all select distinct s.refobjid::regrole || ' is granted ' || s.classid::regclass || ' ' || s.objid from pg_shdepend s
      where s.refclassid = 'pg_authid'::regclass and ${here} and s.deptype = 'a' and s.refobjid in ${logins}
    order by 1`);
  return rows.map(({ way }) => way as string);
}

/** Tables of the house by name, without partitions. */
export async function tableNames(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql.unsafe(`select c.relname as name from pg_class c where ${ofHouse} and not c.relispartition order by 1`);
  return rows.map(({ name }) => name as string);
}
