import { isUuid } from "../core/ids.ts";
import { type Role, ROLES, type Viewer } from "../core/viewer.ts";

/** Database roles that own no table; the login may become each of them inside a transaction, and can do nothing as itself. */
export const DB_ROLES = [
  "assay_admin", "assay_lead", "assay_auditor", "assay_policy", "assay_analyst", "assay_partner", "assay_partner_team", "assay_labeler",
  "assay_service", "assay_worker", "assay_auth",
] as const;
export type DbRole = (typeof DB_ROLES)[number];

/** Staff roles that read a whole project. */
export const STAFF_DB_ROLES = ["assay_lead", "assay_auditor", "assay_policy", "assay_analyst"] as const satisfies readonly DbRole[];
/** Roles of a vendor's people. */
export const PARTNER_DB_ROLES = ["assay_partner", "assay_partner_team"] as const satisfies readonly DbRole[];

/** As whom a transaction runs: a role and the settings that row security reads. */
export interface Identity {
  role: DbRole;
  settings: Readonly<Record<string, string>>;
}

const ROLE_OF: Record<Role, DbRole> = {
  ADMIN: "assay_admin",
  QA_LEAD: "assay_lead",
  AUDITOR: "assay_auditor",
  POLICY_MANAGER: "assay_policy",
  ANALYST: "assay_analyst",
  VENDOR_MANAGER: "assay_partner",
  VENDOR_QA: "assay_partner",
  LABELER: "assay_labeler",
  SERVICE: "assay_service",
};

/** The viewers' roles that act under one of these database roles. */
export function rolesBehind(dbRoles: ReadonlySet<string>): Role[] {
  const isOne = (dbRole: DbRole) => dbRoles.has(dbRole) || (dbRole === "assay_partner" && dbRoles.has("assay_partner_team"));
  return ROLES.filter((role) => isOne(ROLE_OF[role]));
}

/** The identity of the system itself: timers, jobs, the sealer. */
export const WORKER: Identity = { role: "assay_worker", settings: {} };
/** The identity that looks up credentials before there is a viewer. */
export const AUTH: Identity = { role: "assay_auth", settings: {} };

// Viewers and identities come again, and making the message of one costs as much as the rest of a small read's begin.
const identities = new WeakMap<Viewer, Identity>();
const messages = new WeakMap<Identity, string>();

function remember<K extends object, V>(known: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make(key);
  known.set(key, made);
  return made;
}

/** The one row of the design's identity table that a viewer's request runs under. */
export function identityOf(viewer: Viewer): Identity {
  return remember(identities, viewer, readIdentity);
}

function readIdentity(viewer: Viewer): Identity {
  const settings: Record<string, string> = { "app.principal_id": viewer.principalId };
  if (viewer.projectIds) settings["app.project_ids"] = viewer.projectIds.join(",");
  if (viewer.vendorId) settings["app.vendor_id"] = viewer.vendorId;
  if (viewer.teamId) settings["app.team_id"] = viewer.teamId;
  if (viewer.labelerId) settings["app.labeler_id"] = viewer.labelerId;
  if (viewer.via) settings["app.via_id"] = viewer.via.principalId;
  const role = ROLE_OF[viewer.role];
  return { role: role === "assay_partner" && viewer.teamId ? "assay_partner_team" : role, settings };
}

const SETTINGS = ["app.principal_id", "app.project_ids", "app.vendor_id", "app.team_id", "app.labeler_id", "app.via_id"] as const;

// Commands, which the server runs as they are: the same as calls of `set_config` has to be planned, and takes it half as long again.
function writeIdentity(identity: Identity): string {
  const settings = SETTINGS.map((name): [string, string] => {
    const value = identity.settings[name] ?? "";
    if (value !== "" && !value.split(",").every(isUuid)) throw new Error(`${name} is not a list of UUIDs`);
    return [name, value];
  });
  return [["role", identity.role] as [string, string], ...settings].map(settingCommand).join("; ");
}

const settingCommand = ([name, value]: [string, string]) => `set local ${name} to '${value}'`;

/**
 * The message that puts a transaction under an identity, with literals since it is of several commands. Every setting is set, absent ones
 * to the empty text, so nothing can be inherited. Throws on a value that is not a list of UUIDs.
 */
export function identityMessage(identity: Identity): string {
  return remember(messages, identity, writeIdentity);
}

/**
 * The message that begins a transaction under an identity; role settings don't follow SET ROLE, so timeouts are sent too. No statement of
 * ours runs long enough to be worth compiling.
 */
export function beginMessage(identity: Identity, mode: "read" | "write", timeoutMs: number): string {
  const begin = mode === "read" ? "begin isolation level repeatable read read only" : "begin";
  const limits = ["statement_timeout", "idle_in_transaction_session_timeout"].map((name) => settingCommand([name, String(Math.trunc(timeoutMs))]));
  return [begin, identityMessage(identity), ...limits, settingCommand(["jit", "off"])].join("; ");
}
