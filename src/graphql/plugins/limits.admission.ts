import { type ExecutionArgs, type ExecutionResult, getOperationAST, GraphQLError, type GraphQLSchema } from "graphql";
import { LIMITS } from "../../core/limits.ts";
import type { Viewer } from "../../core/viewer.ts";
import { type Cost, costOf } from "./limits.cost.ts";

/** Who asks. */
export interface Asking {
  viewer: Viewer;
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

/** Admits operations by what they could cost. */
export function createAdmission(schema: GraphQLSchema): Admit {
  return async ({ document, operationName, variableValues }) => {
    const operation = getOperationAST(document, operationName);
    // Which operation is meant is the executor's to ask.
    if (!operation) return { refusal: null, shown: {} };
    const cost = costOf(schema, document, operation, variableValues);
    const shown = { requested: cost.cost, limit: LIMITS.cost };
    return { refusal: cost.cost > LIMITS.cost ? tooExpensive(cost) : null, shown };
  };
}

/** The answer to an operation of which nothing ran: it was refused, or only its cost was asked for. */
export function unrun({ refusal, shown }: Admission): ExecutionResult {
  return { ...(refusal ? { errors: [refusal] } : {}), data: null, extensions: { cost: { ...shown, nodes: 0 } } };
}
