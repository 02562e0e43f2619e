import { MOST_POINTS, POINTS_PER_MINUTE } from "./budgets/rules.ts";
import type { DatabaseUrls } from "./db/migrate.ts";
import { StartError } from "./db/start-error.ts";
import type { JwtOptions } from "./tokens/provider.service.ts";

/** Which database: an embedded one in a directory, or the three ways into somebody's own. */
export type DatabaseConfig = { kind: "embedded"; dir: string } | { kind: "external"; urls: DatabaseUrls };

export interface Config {
  database: DatabaseConfig;
  /** Connections of the main pool; the analysts' own has a quarter of them. */
  poolSize: number;
  /** False behind a pooler that can't keep prepared statements. */
  prepare: boolean;
  host: string;
  /** Null: the default port, or the next free one. */
  port: number | null;
  jwt: JwtOptions | null;
  /** The address that callers know the service by: issuer and audience of its own tokens. Null: this host, at the port it listens on. */
  publicUrl: string | null;
  /** A grant of ADMIN waits for a second administrator. */
  needsFourEyes: boolean;
  logLevel: string;
  /** Webhooks may be sent into private networks, and without TLS. */
  allowsPrivateTargets: boolean;
  /** Origins whose pages may call, or `*`. */
  corsOrigins: readonly string[];
  isBehindTls: boolean;
  /** WebSockets and streams that one principal may have open in this process. */
  socketsPerPrincipal: number;
  /** What a principal may spend a minute unless an administrator says otherwise. */
  pointsPerMinute: number;
  /** How many proxies of one's own everybody comes through. */
  proxies: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"] as const;

/** The settings, for --help: name, meaning, default. */
export const SETTINGS: readonly (readonly [name: string, meaning: string])[] = [
  ["PORT", "port to listen on (default 4000, or the next free one)"],
  ["HOST", "address to listen on (default 127.0.0.1; 0.0.0.0 with DATABASE_URL)"],
  ["LOG_LEVEL", "trace, debug, info, warn, error or silent (default info; warn in the demo)"],
  ["DATABASE_URL", "the application's login, may be a pooler; made by the migration if the server has none of that name"],
  ["DATABASE_DIRECT_URL", "required with DATABASE_URL: a login with CREATEROLE, direct, for migrations and LISTEN"],
  ["DATABASE_JOBS_URL", "required with DATABASE_URL: the job runner's login, direct; made by the migration too"],
  ["DATABASE_POOL_SIZE", "connections of this process (default 10)"],
  ["DATABASE_PREPARE", "false behind a pooler that can't keep prepared statements (default true)"],
  ["WEBHOOKS_PRIVATE", "true: webhooks may be sent into private networks and by http (default false)"],
  ["CORS_ORIGINS", "origins whose pages may call, with commas between, or * for any (default none but the server's own)"],
  ["BEHIND_TLS", "true: everybody comes by https, and browsers are told to keep to it (default false)"],
  ["SOCKETS_PER_PRINCIPAL", "WebSockets and streams that one principal may have open in this process (default 100)"],
  ["POINTS_PER_MINUTE", `what a principal may spend a minute unless an administrator sets another budget (default ${POINTS_PER_MINUTE})`],
  ["PROXIES", "how many proxies of your own stand in front, whose x-forwarded-for is believed (default 0)"],
  ["JWT_ISSUER, JWT_AUDIENCE", "accept JWTs of this issuer for this audience"],
  ["JWT_JWKS_URL or JWT_PUBLIC_KEY", "their keys: a JWKS address, or one public key (SPKI, PEM)"],
  ["JWT_ALGORITHM", `one of ${ALGORITHMS.join(", ")} (default RS256)`],
  ["PUBLIC_URL", "address that callers know the service by, issuer of its own tokens, alike in all processes (default http://localhost with its port)"],
  ["ADMIN_FOUR_EYES", "true: a grant of ADMIN has no effect before a second administrator approves it (default false)"],
];

// Every problem at once: an operator should not have to start four times.
class Problems {
  readonly missing: string[] = [];
  readonly wrong: string[] = [];

  need(env: Environment, name: string): string {
    const value = env[name]?.trim();
    if (!value) this.missing.push(name);
    return value ?? "";
  }

  wholeNumber(env: Environment, name: string, fallback: number, most: number, least = 0): number {
    const text = env[name]?.trim();
    if (!text) return fallback;
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    this.wrong.push(`${name}="${text}" (a whole number from ${least} to ${most})`);
    return fallback;
  }

  throwIfAny(): void {
    const parts = [
      ...(this.missing.length > 0 ? [`missing settings: ${this.missing.join(", ")}`] : []),
      ...(this.wrong.length > 0 ? [`settings out of range: ${this.wrong.join(", ")}`] : []),
    ];
    if (parts.length > 0) throw new StartError(parts.join("; "), "set them in the environment; npm start -- --help lists every setting");
  }
}

function readDatabase(env: Environment, dir: string, problems: Problems): DatabaseConfig {
  if (!env.DATABASE_URL) return { kind: "embedded", dir };
  const urls = {
    login: env.DATABASE_URL,
    migrator: problems.need(env, "DATABASE_DIRECT_URL"),
    jobs: problems.need(env, "DATABASE_JOBS_URL"),
  };
  for (const [name, url] of Object.entries({ DATABASE_URL: urls.login, DATABASE_DIRECT_URL: urls.migrator, DATABASE_JOBS_URL: urls.jobs })) {
    if (url && !/^postgres(ql)?:\/\/[^/]*@/.test(url)) problems.wrong.push(`${name} (postgres://user:password@host:port/database)`);
  }
  return { kind: "external", urls };
}

function readJwt(env: Environment, problems: Problems): JwtOptions | null {
  if (!Object.keys(env).some((name) => name.startsWith("JWT_") && env[name])) return null;
  const algorithm = (env.JWT_ALGORITHM ?? "RS256") as JwtOptions["algorithm"];
  if (!ALGORITHMS.includes(algorithm)) problems.wrong.push(`JWT_ALGORITHM="${algorithm}" (one of ${ALGORITHMS.join(", ")})`);
  const keys = { jwksUrl: env.JWT_JWKS_URL, publicKey: env.JWT_PUBLIC_KEY };
  if (!keys.jwksUrl && !keys.publicKey) problems.missing.push("JWT_JWKS_URL or JWT_PUBLIC_KEY");
  return { issuer: problems.need(env, "JWT_ISSUER"), audience: problems.need(env, "JWT_AUDIENCE"), algorithm, ...keys };
}

function readOrigins(env: Environment, problems: Problems): string[] {
  const origins = (env.CORS_ORIGINS ?? "").split(",").map((each) => each.trim().toLowerCase()).filter(Boolean);
  const isOrigin = (text: string) => text === "*" || (/^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text);
  for (const origin of origins) if (!isOrigin(origin)) problems.wrong.push(`CORS_ORIGINS="${origin}" (as a browser sends it: https://portal.example.org, without a path)`);
  return origins;
}

function readPublicUrl(env: Environment, problems: Problems): string | null {
  const text = env.PUBLIC_URL?.trim().replace(/\/+$/, "") || null;
  if (text !== null && !/^https?:\/\/[^/?#\s]+(\/[^?#\s]*)?$/.test(text)) problems.wrong.push(`PUBLIC_URL="${text}" (https://host, perhaps with a path)`);
  // Whose token one is, is told by its issuer.
  if (text === env.JWT_ISSUER) problems.wrong.push(`PUBLIC_URL="${text}" (not the identity provider's JWT_ISSUER)`);
  return text;
}

/** Reads the environment; throws a StartError that names everything missing or out of range at once. */
export function readConfig(env: Environment, dir: string): Config {
  const problems = new Problems();
  const database = readDatabase(env, dir, problems);
  const isEmbedded = database.kind === "embedded";
  const config: Config = {
    database,
    poolSize: problems.wholeNumber(env, "DATABASE_POOL_SIZE", 10, 1_000),
    prepare: env.DATABASE_PREPARE !== "false",
    host: env.HOST ?? (isEmbedded ? "127.0.0.1" : "0.0.0.0"),
    port: env.PORT ? problems.wholeNumber(env, "PORT", 0, 65_535) : null,
    jwt: readJwt(env, problems),
    publicUrl: readPublicUrl(env, problems),
    needsFourEyes: env.ADMIN_FOUR_EYES === "true",
    logLevel: env.LOG_LEVEL ?? (isEmbedded ? "warn" : "info"),
    allowsPrivateTargets: env.WEBHOOKS_PRIVATE === "true",
    corsOrigins: readOrigins(env, problems),
    isBehindTls: env.BEHIND_TLS === "true",
    socketsPerPrincipal: problems.wholeNumber(env, "SOCKETS_PER_PRINCIPAL", 100, 1_000_000),
    pointsPerMinute: problems.wholeNumber(env, "POINTS_PER_MINUTE", POINTS_PER_MINUTE, MOST_POINTS, 1),
    proxies: problems.wholeNumber(env, "PROXIES", 0, 20),
  };
  problems.throwIfAny();
  return config;
}

/** The environment of this process. */
export function environment(): Environment {
  return process.env;
}
