import type { ExecutionArgs, OperationDefinitionNode } from "graphql";

/** The variables that an operation has, in their order; others mean nothing, and may hold anything. */
export function variablesOf({ variableDefinitions = [] }: OperationDefinitionNode, values: ExecutionArgs["variableValues"]): Record<string, unknown> {
  return Object.fromEntries(variableDefinitions.map(({ variable: { name } }) => [name.value, values?.[name.value]]));
}
