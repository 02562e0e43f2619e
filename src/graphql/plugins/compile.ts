import {
  type DocumentNode, execute, type ExecutionArgs, type ExecutionResult, getOperationAST, getVariableValues, type GraphQLInputType, type GraphQLSchema,
  Kind, type OperationDefinitionNode, parse, TypeInfo, type ValueNode, valueFromAST, type VariableDefinitionNode, visit, visitWithTypeInfo,
} from "graphql";
import { compileQuery, isCompiledQuery } from "graphql-jit";
import type { Context } from "../context.ts";
import { isFit } from "./fitness.ts";

/** When a query is compiled: when it comes again, at once, or never. What is not compiled runs on graphql-js. */
export type Compiling = "AGAIN" | "AT_ONCE" | "NEVER";

export type Execute = (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>;

/** How many compiled queries are kept: those used last. */
const KEPT = 200;

/** An argument's literal, which the compiled query takes as a variable. */
interface Lifted {
  name: string;
  node: ValueNode;
  type: GraphQLInputType;
}

/** Resolves to null where graphql-js has to answer. */
type Run = (args: ExecutionArgs) => Promise<ExecutionResult | null>;

const named = (value: string) => ({ kind: Kind.NAME, value }) as const;
// A type that takes any value as it is.
const ANY = { kind: Kind.NAMED_TYPE, name: named("JSON") } as const;

/**
 * The query as the compiler gets it: every variable is of a type that takes anything, and every literal is such a variable too, by a name
 * that no client can write. So graphql-js alone reads values, and no text of a client's gets into compiled code.
 */
function liftLiterals(schema: GraphQLSchema, document: DocumentNode): { lifted: Lifted[]; document: DocumentNode } {
  const lifted: Lifted[] = [];
  const types = new TypeInfo(schema);
  const visitor = visitWithTypeInfo(types, {
    VariableDefinition: (node) => ({ ...node, type: ANY, defaultValue: undefined }),
    Argument(node) {
      if (node.value.kind === Kind.VARIABLE) return undefined;
      const name = String(lifted.length);
      lifted.push({ name, node: node.value, type: types.getArgument()!.type });
      return { ...node, value: { kind: Kind.VARIABLE, name: named(name) } };
    },
    OperationDefinition: {
      leave(node) {
        const variable = ({ name }: Lifted): VariableDefinitionNode => ({ kind: Kind.VARIABLE_DEFINITION, variable: { kind: Kind.VARIABLE, name: named(name) }, type: ANY });
        return { ...node, variableDefinitions: [...(node.variableDefinitions ?? []), ...lifted.map(variable)] };
      },
    },
  });
  // Fragments first: their literals are the operation's variables.
  const definitions = document.definitions.toSorted((a, b) => Number(a.kind === Kind.OPERATION_DEFINITION) - Number(b.kind === Kind.OPERATION_DEFINITION));
  return { document: visit({ ...document, definitions }, visitor), lifted };
}

function compile(schema: GraphQLSchema, { document, operationName }: ExecutionArgs, operation: OperationDefinitionNode): Run | null {
  // The compiler writes on the nodes it gets.
  const own = parse(document.loc!.source, { noLocation: true });
  const definitions = own.definitions.filter((each) => each.kind !== Kind.OPERATION_DEFINITION || each.name?.value === operation.name?.value);
  const { lifted, document: plain } = liftLiterals(schema, { ...own, definitions });
  const compiled = compileQuery(schema, plain, operationName ?? undefined);
  if (!isCompiledQuery(compiled)) return null;
  return async ({ rootValue, contextValue, variableValues }) => {
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
    if (!coerced) return null;
    const values: Record<string, unknown> = { ...coerced };
    for (const { name, node, type } of lifted) {
      values[name] = valueFromAST(node, type, coerced);
      if (values[name] === undefined) return null;
    }
    return compiled.query(rootValue, contextValue, values);
  };
}

/**
 * An executor that compiles queries which are fit for it, and answers as graphql-js does, which runs everything else. Whatever fails in a
 * compiled query is run again there, from what is loaded already: so errors, their places and paths are graphql-js's own.
 */
export function createExecutor(schema: GraphQLSchema, compiling: Compiling): Execute {
  const kept = new Map<OperationDefinitionNode, { run: Run; usedAt: number }>();
  let uses = 0;
  const known = new WeakMap<OperationDefinitionNode, "SEEN" | "UNFIT">();

  function make(args: ExecutionArgs, operation: OperationDefinitionNode): Run | null {
    try {
      return isFit(schema, args.document, operation) ? compile(schema, args, operation) : null;
    } catch {
      return null;
    }
  }

  function runOf(args: ExecutionArgs): Run | null {
    const operation = getOperationAST(args.document, args.operationName);
    if (!operation || compiling === "NEVER" || known.get(operation) === "UNFIT") return null;
    const ready = kept.get(operation);
    if (ready) {
      ready.usedAt = uses += 1;
      return ready.run;
    }
    if (compiling === "AGAIN" && !known.has(operation)) {
      known.set(operation, "SEEN");
      return null;
    }
    const run = make(args, operation);
    if (!run) {
      known.set(operation, "UNFIT");
      return null;
    }
    // Who is dropped has to come twice again.
    known.delete(operation);
    if (kept.size === KEPT) kept.delete([...kept].reduce((oldest, each) => (each[1].usedAt < oldest[1].usedAt ? each : oldest))[0]);
    kept.set(operation, { run, usedAt: (uses += 1) });
    return run;
  }

  return async (args) => {
    const run = runOf(args);
    if (!run) return execute(args);
    const result = await run(args).catch(() => null);
    if (result && !result.errors) return result;
    (args.contextValue as Context | undefined)?.tally.restart();
    return execute(args);
  };
}
