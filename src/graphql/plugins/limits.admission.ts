import { type ExecutionArgs, type ExecutionResult, getOperationAST, GraphQLError, type GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import type { Spending } from "../../budgets/meter.service.ts";
import { type Balance, headersOf, RateLimited } from "../../budgets/rules.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Viewer } from "../../core/viewer.ts";
import { type Cost, costOf } from "./limits.cost.ts";
import { maskError } from "./mask.ts";

/** Who asks. */
export interface Asking {
  viewer: Viewer;
  requestId: string;
  /** Asks for the cost alone: nothing is to run. */
  isDryRun?: boolean;
}

/** What a caller is told of an operation's cost, in `extensions.cost`. */
export type ShownCost = Readonly<Record<string, number>>;

/** What was decided of an operation before any of it ran. */
export interface Admission {
  /** Why it doesn't run; null if it does. */
  refusal: GraphQLError | null;
  shown: ShownCost;
  /** What is left of the caller's budget; null where nothing was spent. */
  balance: Balance | null;
  /** Spends that share of the cost again, for what goes on; what is not left stays unpaid, and whatever is asked next is refused instead. */
  again: (share: number) => void;
}

/** Decides whether a valid operation runs, on every transport alike. */
export type Admit = (args: ExecutionArgs, asking: Asking) => Promise<Admission>;

const show = (value: number) => Math.ceil(value).toLocaleString("en");

function tooExpensive({ cost, dearest }: Cost): GraphQLError {
  const list = dearest.filter((name) => !["nodes", "edges", "node"].includes(name)).join(".");
  const where = list ? `; most of it is ${list}: ask for fewer there with first, or` : ":";
  const message = `The operation could cost ${show(cost)} points, and ${show(LIMITS.cost)} are the most${where} ask in several operations.`;
  return new GraphQLError(message, { extensions: { code: "TOO_EXPENSIVE" } });
}

/** What decides of an operation beside its own cost. */
export interface Admitting extends Spending {
  log: Logger;
}

/** What of nothing else costs anything: to be refused, to be told of a mistake, or to be told what something would cost. */
export const LEAST = 1;

const NONE: Cost = { cost: LEAST, nodes: 0, dearest: [] };

/** Admits operations by what they could cost and what the caller has left, and spends it. */
export function createAdmission(schema: GraphQLSchema, { charge, take, log }: Admitting): Admit {
  return async ({ document, operationName, variableValues }, { viewer, requestId, isDryRun }) => {
    const operation = getOperationAST(document, operationName);
    // Which operation is meant is the executor's to ask.
    const cost = operation ? costOf(schema, document, operation, variableValues) : NONE;
    const requested = Math.ceil(cost.cost);
    const again = (share: number) => take(viewer, Math.ceil(requested * share));
    try {
      const refusal = requested > LIMITS.cost ? tooExpensive(cost) : null;
      const balance = await charge(viewer, refusal || isDryRun ? LEAST : requested);
      return { refusal, shown: { requested, ...balance }, balance, again };
    } catch (error) {
      const balance = error instanceof RateLimited ? error.balance : null;
      return { refusal: maskError(error, requestId, log) as GraphQLError, shown: { requested, ...balance }, balance, again };
    }
  };
}

/** An answer's extensions: its cost, how many rows it read, and for HTTP the headers of the budget, which are no part of what is written. */
export function costShown({ shown, balance }: Pick<Admission, "shown" | "balance">, nodes = 0): NonNullable<ExecutionResult["extensions"]> {
  const extensions = { cost: { ...shown, nodes } };
  return balance ? Object.defineProperty(extensions, "http", { value: { headers: headersOf(balance) }, enumerable: false }) : extensions;
}

/** The answer to an operation of which nothing ran: it was refused, or only its cost was asked for. */
export function unrun(admission: Admission): ExecutionResult {
  return { ...(admission.refusal ? { errors: [admission.refusal] } : {}), data: null, extensions: costShown(admission) };
}
