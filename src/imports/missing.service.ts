import { checkCode } from "../core/checks.ts";
import { InvalidInput } from "../core/errors.ts";
import { type FieldRefusal, invalid } from "../core/fields.ts";
import { mayOnly } from "../core/viewer.ts";
import type { Verb } from "../db/verb.ts";
import { hasProject, type Names, openNames } from "../decisions/names.service.ts";
import type { DecisionInput } from "../decisions/rules.ts";
import { ensureLabelers } from "../labelers/roster.service.ts";
import { ensurePolicies } from "../policies/service.ts";
import { createQueue } from "../projects/queues.service.ts";
import { createProject } from "../projects/service.ts";
import { createMarket, createVendor } from "../vendors/service.ts";
import type { ImportOptions } from "./options.rules.ts";
import { CREATED_KINDS, type Created, type CreatedNames } from "./report.rules.ts";

// Creates the project if it isn't there; true if it was created.
async function createMissingProject(verb: Verb, { projectCode, timeZone }: ImportOptions): Promise<boolean> {
  mayOnly(verb.viewer, "an import that creates what is missing", { roles: ["ADMIN"] });
  if (await hasProject(verb.db, projectCode)) return false;
  await createProject(verb, { code: projectCode, name: projectCode, timeZone });
  return true;
}

/** Counts what is created. A dry run creates the same thing anew in each batch; it counts once. */
export function createdCounter() {
  const sets = new Map(CREATED_KINDS.map((kind) => [kind, new Set<string>()]));
  return {
    add: (names: CreatedNames) => CREATED_KINDS.forEach((kind) => names[kind]?.forEach((name) => sets.get(kind)!.add(name))),
    counts: () => Object.fromEntries([...sets].map(([kind, { size }]) => [kind, size])) as Created,
  };
}

export type Counter = ReturnType<typeof createdCounter>;

/** The names of the project. One that is to be created is so by each batch of a dry run, and before the first of a real one. */
export async function openProject(verb: Verb, options: ImportOptions, created: Counter): Promise<Names> {
  if (options.isCreatingMissing && (await createMissingProject(verb, options))) created.add({ projects: [options.projectCode] });
  return openNames(verb.db, options.projectCode);
}

/** The first name of a row that could not be created, not being a code; null if all could. */
export function checkCodes(codes: Readonly<Record<string, string | null | undefined>>): FieldRefusal | null {
  for (const [field, code] of Object.entries(codes)) {
    try {
      if (code != null) checkCode(code);
    } catch (error) {
      const hint = field.endsWith("olicyCode") ? " Say by label LABEL=CODE which policy a label means." : "";
      return invalid(field, code, `${(error as Error).message.replace(/^code: /, "")}${hint}`);
    }
  }
  return null;
}

/** Makes the project use these policies, creating those that aren't there; the codes that it did not use before. */
export async function createMissingPolicies(verb: Verb, names: Names, codes: readonly string[], options: ImportOptions): Promise<string[]> {
  const missing = [...new Set(codes)].filter((code) => !names.policies.has(code));
  if (missing.length > 0) await ensurePolicies(verb, names.projectId, missing, options.nonViolating, options.ranks);
  return missing;
}

/** What decisions name and isn't there. */
export interface Wanted {
  vendors: string[];
  markets: string[];
  /** By code, a decision that names the queue. */
  queues: Map<string, DecisionInput>;
  /** References by vendor code. */
  labelers: Map<string, Set<string>>;
  policies: string[];
}

/** What decisions name that the names, which have learnt them, don't hold; null if nothing. */
export function findWanted(names: Names, inputs: readonly DecisionInput[]): Wanted | null {
  const queues = new Map<string, DecisionInput>();
  const labelers = new Map<string, Set<string>>();
  for (const input of inputs) {
    const { vendorCode, labelerRef, queueCode } = input;
    if (!names.queues.has(queueCode) && !queues.has(queueCode)) queues.set(queueCode, input);
    if (names.labelers.get(vendorCode)?.has(labelerRef)) continue;
    labelers.set(vendorCode, (labelers.get(vendorCode) ?? new Set()).add(labelerRef));
  }
  const vendors = [...labelers.keys()].filter((code) => !names.vendors.has(code));
  const markets = [...new Set(inputs.flatMap(({ market }) => (market != null && !names.markets.has(market) ? [market] : [])))];
  const policies = [...new Set(inputs.map(({ policyCode }) => policyCode))].filter((code) => !names.policies.has(code));
  return vendors.length + markets.length + queues.size + labelers.size + policies.length > 0 ? { vendors, markets, queues, labelers, policies } : null;
}

/** Creates what is wanted; what was created, by kind. The names learn of it when they are next asked, once it is committed. */
export async function createWanted(verb: Verb, names: Names, wanted: Wanted, options: ImportOptions): Promise<CreatedNames> {
  const vendorIds = new Map(names.vendors);
  for (const code of wanted.vendors) vendorIds.set(code, (await createVendor(verb, { code, name: code, kind: "EXTERNAL" })).id);
  for (const code of wanted.markets) await createMarket(verb, { code, name: code });
  for (const [code, { market, modality }] of wanted.queues) {
    const remedy = 'give "market", or "set market=CODE"';
    if (market == null) throw new InvalidInput(`market: queue "${code}" is to be created, so its market must be known: ${remedy}.`, ["market"]);
    await createQueue(verb, { projectId: names.projectId, code, name: code, market, modality: modality ?? "TEXT" });
  }
  for (const [vendorCode, refs] of wanted.labelers) await ensureLabelers(verb, vendorIds.get(vendorCode)!, [...refs]);
  if (wanted.policies.length > 0) await ensurePolicies(verb, names.projectId, wanted.policies, options.nonViolating, options.ranks);
  const labelers = [...wanted.labelers].flatMap(([vendorCode, refs]) => [...refs].map((ref) => `${vendorCode}/${ref}`));
  return { vendors: wanted.vendors, markets: wanted.markets, queues: [...wanted.queues.keys()], labelers, policies: wanted.policies };
}
