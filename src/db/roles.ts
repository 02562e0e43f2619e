import postgres from "postgres";
import { DB_ROLES } from "./identity.ts";

/** A login and its password, created if the server has none of that name. */
export interface Login {
  user: string;
  password: string;
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

// Roles belong to the whole server, so databases that are set up at the same time take turns; a lost race is simply run again.
const ROLE_LOCK = 7_361_001;
const ATTEMPTS = 5;

// A client that vanished in the middle of a statement holds its locks until TCP misses it, by the system's default in two hours; this is 25 s.
const KEEPALIVES = { tcp_keepalives_idle: 10, tcp_keepalives_interval: 5, tcp_keepalives_count: 3 };

async function createMissing(sql: postgres.Sql, login: Login, jobs: Login): Promise<void> {
  const known = new Set((await sql`select rolname from pg_roles`).map((row) => row.rolname as string));
  const create = async (name: string, options: string) => {
    if (!known.has(name)) await sql.unsafe(`create role ${quoted(name)} ${options}`);
  };
  await create("assay_owner", "nologin noinherit");
  for (const role of DB_ROLES) await create(role, "nologin noinherit");
  for (const { user, password } of [login, jobs]) {
    const settings = Object.entries(KEEPALIVES).map(([name, value]) => `; alter role ${quoted(user)} set ${name} = ${value}`);
    await create(user, `login noinherit password ${literal(password)}${settings.join("")}`);
  }
  for (const role of DB_ROLES) await sql.unsafe(`grant ${role} to ${quoted(login.user)}`);
  await sql.unsafe(`grant assay_owner to current_user`);
}

/**
 * Makes the roles of the house on the server behind `adminUrl` (a login with CREATEROLE): the owner, one role for each identity, the
 * application's login (which may become them and owns nothing) and the login of the job runner. Safe to run by several at once.
 */
export async function prepareRoles(adminUrl: string, login: Login, jobs: Login): Promise<void> {
  const url = new URL(adminUrl);
  url.pathname = "/postgres";
  for (let attempt = 1; ; attempt += 1) {
    const sql = postgres(url.href, { max: 1, onnotice: () => {}, connection: { application_name: "assay-migrate" } });
    try {
      await sql`select pg_advisory_lock(${ROLE_LOCK})`;
      await createMissing(sql, login, jobs);
      return;
    } catch (error) {
      // 23505, 42710: another server session made the role; XX000: concurrently updated tuple.
      if (attempt === ATTEMPTS || !["23505", "42710", "XX000"].includes((error as { code?: string }).code ?? "")) throw error;
    } finally {
      await sql.end({ timeout: 2 });
    }
  }
}
