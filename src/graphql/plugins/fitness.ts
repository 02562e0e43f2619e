import {
  type DocumentNode, type GraphQLCompositeType, getNamedType, type GraphQLSchema, isAbstractType, isCompositeType, isObjectType, Kind,
  type OperationDefinitionNode, type SelectionSetNode,
} from "graphql";
import { fragmentsOf } from "./fragments.ts";

/** Selections that a compiled query may have: fragments opened, and once for each type that an object may turn out to be. */
export const MAX_SELECTIONS = 300;

/**
 * Whether an operation of a valid document may be compiled: a query, small however its fragments multiply, and without directives (the
 * compiler mistakes `@skip` and `@include` where fields merge) and introspection (which tools ask once).
 */
export function isFit(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): boolean {
  if (operation.operation !== "query" || operation.directives?.length) return false;
  const fragments = fragmentsOf(document);
  let selections = 0;
  let isPlain = true;
  const isOver = () => !isPlain || selections > MAX_SELECTIONS;

  function visit(set: SelectionSetNode | undefined, type: GraphQLCompositeType): void {
    if (!isObjectType(type)) return schema.getPossibleTypes(type).forEach((each) => visit(set, each));
    for (const each of set?.selections ?? []) {
      selections += 1;
      if (each.directives?.length) isPlain = false;
      if (isOver()) return;
      if (each.kind === Kind.FIELD) {
        const field = type.getFields()[each.name.value];
        const below = field && getNamedType(field.type);
        if (!field && each.name.value !== "__typename") isPlain = false;
        if (isCompositeType(below)) visit(each.selectionSet, below);
      } else {
        const fragment = each.kind === Kind.FRAGMENT_SPREAD ? fragments.get(each.name.value)! : each;
        const condition = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value);
        if (!condition || condition === type || (isAbstractType(condition) && schema.isSubType(condition, type))) visit(fragment.selectionSet, type);
      }
    }
  }

  visit(operation.selectionSet, schema.getQueryType()!);
  return !isOver();
}
