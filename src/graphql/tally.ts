import { GraphQLError } from "graphql";
import { LIMITS } from "../core/limits.ts";
import { DeadlineOverrun } from "../db/failures.ts";

// Of a page or list its rows; anything else is one, unless it is no object.
function rowsOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const rows = Array.isArray(value) ? value : (value as { rows?: unknown }).rows;
  return Array.isArray(rows) ? rows.length : 1;
}

/** What an operation has taken so far of what it may. */
export class Tally {
  readonly #until = performance.now() + LIMITS.seconds * 1_000;
  #nodes = 0;
  #excess: GraphQLError | null = null;

  /** Rows that its lists and nodes have had, each as often as it was had. */
  get nodes(): number {
    return this.#nodes;
  }

  /** The refusal of more rows than it may have; null while it has not had so many. */
  get excess(): GraphQLError | null {
    return this.#excess;
  }

  /** Counts rows that a list or node has, and refuses them where they are more than one operation may have. */
  counted<T>(read: T): T {
    this.#nodes += rowsOf(read);
    if (this.#nodes <= LIMITS.nodes) return read;
    const most = LIMITS.nodes.toLocaleString("en");
    const message = `The operation reads more than ${most} rows, which are the most that one may: ask for shorter pages with first, or in several operations.`;
    throw (this.#excess ??= new GraphQLError(message, { extensions: { code: "TOO_MANY_NODES" } }));
  }

  /** Counts anew, where an operation begins again. */
  restart(): void {
    this.#nodes = 0;
    this.#excess = null;
  }

  /** How long it may go on, in ms; refuses to begin anything when it has taken its time. */
  left(): number {
    const left = this.#until - performance.now();
    if (left <= 0) throw new DeadlineOverrun(`the operation overran its ${LIMITS.seconds} s`);
    return left;
  }
}
