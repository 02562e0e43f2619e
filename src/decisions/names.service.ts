import { hash } from "node:crypto";
import { NotFound } from "../core/errors.ts";
import { type FieldRefusal, invalid } from "../core/fields.ts";
import { decisionId } from "../core/ids.ts";
import type { Db } from "../db/lease.ts";
import { findProjectId, listLabelers, listMarkets, listPlaces, listProjectPolicies, listQueues, listVendors } from "./names.store.ts";
import type { DecisionFacts, DecisionInput } from "./rules.ts";

type Rows<Read extends (...args: never[]) => Promise<unknown[]>> = Awaited<ReturnType<Read>>;

/** What codes and references of a project mean, as far as it was asked: they never change, so an import asks once for each. */
export interface Names {
  projectCode: string;
  projectId: string;
  vendors: Map<string, string>;
  markets: Set<string>;
  queues: Map<string, Rows<typeof listQueues>[number]>;
  policies: Map<string, Rows<typeof listProjectPolicies>[number]>;
  /** By vendor code, then reference. */
  labelers: Map<string, Map<string, string>>;
  /** Where each labeler sat when, by id. */
  places: Map<string, Rows<typeof listPlaces>>;
}

/** True if the viewer sees a project with this code. */
export async function hasProject(db: Db, code: string): Promise<boolean> {
  return (await findProjectId(db, code)) !== null;
}

/** The names of a project, none known yet. Throws NotFound if the viewer sees no such project. */
export async function openNames(db: Db, projectCode: string): Promise<Names> {
  const projectId = await findProjectId(db, projectCode);
  if (!projectId) throw new NotFound(`projectCode: there is no project "${projectCode}".`, ["projectCode"]);
  const kinds = { vendors: new Map(), markets: new Set<string>(), queues: new Map(), policies: new Map() };
  return { projectCode, projectId, ...kinds, labelers: new Map(), places: new Map() };
}

function unknown(asked: Iterable<string>, known: { has: (name: string) => boolean }): string[] {
  return [...new Set(asked)].filter((name) => !known.has(name));
}

// Nothing is asked for no names.
async function forNew<Row>(names: readonly string[], list: (names: readonly string[]) => Promise<Row[]>): Promise<Row[]> {
  return names.length > 0 ? list(names) : [];
}

/** Looks up the policies with these codes that are not known yet. */
export async function learnPolicies(db: Db, names: Names, policyCodes: readonly string[]): Promise<void> {
  const policies = await forNew(unknown(policyCodes, names.policies), (codes) => listProjectPolicies(db, names.projectId, codes));
  for (const policy of policies) names.policies.set(policy.code, policy);
}

async function learnLabelers(db: Db, names: Names, inputs: readonly DecisionInput[]): Promise<void> {
  const fresh = new Map<string, DecisionInput>();
  for (const input of inputs) {
    if (!names.labelers.get(input.vendorCode)?.has(input.labelerRef)) fresh.set(JSON.stringify([input.vendorCode, input.labelerRef]), input);
  }
  const labelers = fresh.size > 0 ? await listLabelers(db, [...fresh.values()]) : [];
  const ids = labelers.map(({ id }) => id);
  const places = await forNew(ids, () => listPlaces(db, ids));
  for (const { vendorCode, labelerRef, id } of labelers) {
    names.labelers.set(vendorCode, (names.labelers.get(vendorCode) ?? new Map()).set(labelerRef, id));
    names.places.set(id, []);
  }
  for (const place of places) names.places.get(place.labelerId)!.push(place);
}

/** Looks up what these decisions name and is not known yet: one statement for each kind, whatever the number of decisions. */
export async function learnNames(db: Db, names: Names, inputs: readonly DecisionInput[]): Promise<void> {
  const [vendors, markets, queues] = await Promise.all([
    forNew(unknown(inputs.map((input) => input.vendorCode), names.vendors), (codes) => listVendors(db, codes)),
    forNew(unknown(inputs.flatMap((input) => input.market ?? []), names.markets), (codes) => listMarkets(db, codes)),
    forNew(unknown(inputs.map((input) => input.queueCode), names.queues), (codes) => listQueues(db, names.projectId, codes)),
    learnPolicies(db, names, inputs.map((input) => input.policyCode)),
    learnLabelers(db, names, inputs),
  ]);
  for (const { code, id } of vendors) names.vendors.set(code, id);
  for (const { code } of markets) names.markets.add(code);
  for (const queue of queues) names.queues.set(queue.code, queue);
}

// Before a labeler's first membership the first one counts (`domain.md` 4.2).
function placeAt(places: Rows<typeof listPlaces>, time: Date) {
  const first = places[0];
  if (first && time < first.from) return first;
  return places.find(({ from, to }) => from <= time && (to === null || time < to));
}

function unknownName(field: string, value: string, what: string): FieldRefusal {
  return { field, value, code: "NOT_FOUND", message: `"${value}" is no ${what}.` };
}

/**
 * A decision as it is stored but for its policy version, or the first name of it that leads nowhere. Its input has passed `checkDecision`,
 * its names are learnt.
 */
export function factsOf(input: DecisionInput, names: Names): DecisionFacts | FieldRefusal {
  const { vendorCode, labelerRef, queueCode, policyCode, externalRef, contentRef, decidedAt } = input;
  const vendorId = names.vendors.get(vendorCode);
  if (!vendorId) return unknownName("vendorCode", vendorCode, "vendor that you may record for");
  const labelerId = names.labelers.get(vendorCode)?.get(labelerRef);
  if (!labelerId) return unknownName("labelerRef", labelerRef, `labeler of vendor ${vendorCode}`);
  const queue = names.queues.get(queueCode);
  if (!queue) return unknownName("queueCode", queueCode, `queue of project ${names.projectCode}`);
  const policy = names.policies.get(policyCode);
  if (!policy) return unknownName("policyCode", policyCode, `policy that project ${names.projectCode} uses`);
  if (!policy.isLeaf) return invalid("policyCode", policyCode, "has policies below it; name the one of them that fits.");
  const market = input.market ?? queue.market;
  if (input.market != null && !names.markets.has(market)) return unknownName("market", market, "market");
  const place = placeAt(names.places.get(labelerId)!, decidedAt);
  return {
    projectId: names.projectId,
    id: decisionId(names.projectCode, vendorCode, externalRef, decidedAt),
    externalRef,
    contentRef,
    contentHash: input.contentHash?.toLowerCase() ?? hash("sha256", contentRef, "hex"),
    modality: input.modality ?? queue.modality,
    language: input.language ?? null,
    queueId: queue.id,
    labelerId,
    vendorId,
    siteId: place?.siteId ?? null,
    teamId: place?.teamId ?? null,
    policyId: policy.id,
    market,
    decidedAt,
    policyVersionId: null,
    action: input.action ?? null,
    tags: input.tags ?? [],
    riskScore: input.riskScore ?? null,
    enqueuedAt: input.enqueuedAt ?? null,
    claimedAt: input.claimedAt ?? null,
    handleSeconds: input.claimedAt ? (decidedAt.getTime() - input.claimedAt.getTime()) / 1000 : null,
  };
}
