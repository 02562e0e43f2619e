import { NotFound } from "../core/errors.ts";
import type { Reads } from "../db/steps.ts";
import { type Chain, eventChain, listChains, type Proof, prove } from "../events/proof.ts";
import { accessChain } from "./seals.store.ts";

/** A chain by its name, and how far it holds. */
export interface NamedProof extends Proof {
  name: string;
}

/**
 * Computes every chain anew, one after the other: that of each project's events, then that of the access log; or that of one project's events
 * alone. `onPage` hears how far it is.
 */
export async function* proveAll(reads: Reads, projectCode: string | undefined, onPage: (name: string, seq: number) => void): AsyncGenerator<NamedProof> {
  const projects = await reads(listChains);
  const asked = projects.filter(({ code }) => projectCode === undefined || code === projectCode);
  if (asked.length === 0) throw new NotFound(`There is no project "${projectCode}"; there are ${projects.flatMap(({ code }) => code || []).join(", ")}.`);
  const chains: [string, Chain][] = asked.map(({ id, code }) => [`events of ${code || "no project"}`, eventChain(id)]);
  if (projectCode === undefined) chains.push(["access log", accessChain]);
  for (const [name, chain] of chains) yield { name, ...(await prove(reads, chain, (seq) => onPage(name, seq))) };
}
