import { type ASTVisitor, type FragmentDefinitionNode, GraphQLError, Kind, type SelectionSetNode, type ValidationContext } from "graphql";
import type { Plugin } from "graphql-yoga";

/** Fields inside fields that an operation may have at most; introspection, which has no rows to multiply, is not counted. */
export const MAX_DEPTH = 12;

function depthsOf(context: ValidationContext): (set: SelectionSetNode | undefined) => number {
  const fragments = new Map<string, number>();
  const ofFragment = (name: string, fragment: FragmentDefinitionNode | null | undefined): number => {
    // A fragment inside itself is another rule's mistake; each is measured once, however often it is spread.
    if (!fragments.has(name)) {
      fragments.set(name, 0);
      fragments.set(name, of(fragment?.selectionSet));
    }
    return fragments.get(name)!;
  };
  const of = (set: SelectionSetNode | undefined): number => {
    let deepest = 0;
    for (const each of set?.selections ?? []) {
      if (each.kind === Kind.FRAGMENT_SPREAD) deepest = Math.max(deepest, ofFragment(each.name.value, context.getFragment(each.name.value)));
      else if (each.kind === Kind.INLINE_FRAGMENT) deepest = Math.max(deepest, of(each.selectionSet));
      else if (!each.name.value.startsWith("__")) deepest = Math.max(deepest, 1 + of(each.selectionSet));
    }
    return deepest;
  };
  return of;
}

/** The validation rule: a document deeper than `MAX_DEPTH` is refused before anything runs, since lists in lists multiply. */
export function depthRule(context: ValidationContext): ASTVisitor {
  const depthOf = depthsOf(context);
  return {
    OperationDefinition(node) {
      const depth = depthOf(node.selectionSet);
      if (depth <= MAX_DEPTH) return;
      const message = `The operation is ${depth} fields deep; at most ${MAX_DEPTH} are taken. Ask in several operations, or by node(id).`;
      context.reportError(new GraphQLError(message, { nodes: node, extensions: { code: "TOO_DEEP" } }));
    },
  };
}

/** The Yoga plugin of `depthRule`, for every transport. */
export function useDepthLimit(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(depthRule);
    },
  };
}
