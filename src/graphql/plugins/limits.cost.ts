import {
  type DocumentNode, type FieldNode, getNamedType, getNullableType, type GraphQLCompositeType, type GraphQLObjectType,
  type GraphQLSchema, isAbstractType, isCompositeType, isListType, isObjectType, Kind, type OperationDefinitionNode, type SelectionSetNode, valueFromASTUntyped,
} from "graphql";
import { fragmentsOf } from "./fragments.ts";
import { askedOf, byDefault, type Count, itemsOf, type Variables } from "./limits.counts.ts";
import { weightOf } from "./limits.weights.ts";

/** The objects of a list, with all that hangs on each of them up to the lists below. */
interface Level {
  /** The list's path in the answer. */
  path: readonly string[];
  count: Count;
  /** Objects with an id of their own that one of it holds. */
  nodes: number;
  /** What one of it costs beside these. */
  weight: number;
  below: Level[];
}

/** What an operation could cost, by the pages it asks for and not by what there is. */
export interface Cost {
  cost: number;
  /** Objects with an id of their own that its answer could hold. */
  nodes: number;
  /** The path of the list that most of it comes from; empty if there is none. */
  dearest: readonly string[];
}

/** Events that one reading of a subscription executes at most. */
const BATCH = 100;

const one: Count = () => 1;

function compile(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Level {
  const fragments = fragmentsOf(document);
  const entity = schema.getType("Node");
  const isEntity = (type: GraphQLCompositeType) => type === entity || (isObjectType(type) && type.getInterfaces().some((each) => each === entity));
  const isOf = (type: GraphQLObjectType, condition: string) => {
    const named = schema.getType(condition);
    return named === type || (isAbstractType(named) && schema.isSubType(named, type));
  };

  // The fields of an object as the executor merges them.
  function fieldsOf(sets: readonly SelectionSetNode[], type: GraphQLObjectType): FieldNode[][] {
    const fields = new Map<string, FieldNode[]>();
    const opened = new Set<string>();
    function open(set: SelectionSetNode): void {
      for (const each of set.selections) {
        if (each.kind === Kind.FIELD) {
          const key = (each.alias ?? each.name).value;
          fields.set(key, [...(fields.get(key) ?? []), each]);
        } else if (each.kind === Kind.INLINE_FRAGMENT) {
          if (!each.typeCondition || isOf(type, each.typeCondition.name.value)) open(each.selectionSet);
        } else if (!opened.has(each.name.value)) {
          opened.add(each.name.value);
          const fragment = fragments.get(each.name.value)!;
          if (isOf(type, fragment.typeCondition.name.value)) open(fragment.selectionSet);
        }
      }
    }
    sets.forEach(open);
    return [...fields.values()];
  }

  function fill(level: Level, sets: readonly SelectionSetNode[], type: GraphQLCompositeType, path: readonly string[], page: Count | null): void {
    for (const each of isAbstractType(type) ? schema.getPossibleTypes(type) : [type]) {
      for (const nodes of fieldsOf(sets, each)) add(level, nodes, each, path, page);
    }
  }

  function add(level: Level, nodes: readonly FieldNode[], parent: GraphQLObjectType, above: readonly string[], page: Count | null): void {
    const node = nodes[0]!;
    const name = node.name.value;
    level.weight += weightOf(parent.name, name);
    const field = parent.getFields()[name];
    if (!field) return;
    const path = [...above, (node.alias ?? node.name).value];
    if (parent === schema.getMutationType()) level.below.push({ path, count: itemsOf(node), nodes: 0, weight: 1, below: [] });
    const type = getNamedType(field.type);
    if (!isCompositeType(type)) return;
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const asked = askedOf(field, node);
    const nodesOfOne = isEntity(type) ? 1 : 0;
    if (!isListType(getNullableType(field.type))) {
      level.nodes += nodesOfOne;
      return fill(level, sets, type, path, asked);
    }
    const list: Level = { path, count: asked ?? page ?? byDefault, nodes: nodesOfOne, weight: 0, below: [] };
    fill(list, sets, type, path, null);
    level.below.push(list);
  }

  const isLive = operation.operation === "subscription";
  const root: Level = { path: [], count: isLive ? () => BATCH : one, nodes: 0, weight: 1, below: [] };
  fill(root, [operation.selectionSet], schema.getRootType(operation.operation)!, [], null);
  return root;
}

function defaultsOf({ variableDefinitions }: OperationDefinitionNode): Variables {
  const given = (variableDefinitions ?? []).filter(({ defaultValue }) => defaultValue);
  return Object.fromEntries(given.map(({ variable, defaultValue }) => [variable.name.value, valueFromASTUntyped(defaultValue!)]));
}

const compiled = new WeakMap<OperationDefinitionNode, { root: Level; defaults: Variables }>();

/**
 * What an operation of a valid document could cost: a point for each object with an id of its own that the answer could hold, if every page
 * were full, and the weights of what reads more than it shows. What directives leave out is counted.
 */
export function costOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables?: Variables | null): Cost {
  let known = compiled.get(operation);
  if (!known) compiled.set(operation, (known = { root: compile(schema, document, operation), defaults: defaultsOf(operation) }));
  const values = { ...known.defaults, ...variables };
  const total: Cost = { cost: 0, nodes: 0, dearest: [] };
  let most = 0;

  function count(level: Level, parents: number): void {
    const objects = parents * level.count(values);
    const own = objects * (level.nodes + level.weight);
    total.cost += own;
    total.nodes += objects * level.nodes;
    if (own >= most && level.path.length > 0) {
      most = own;
      total.dearest = level.path;
    }
    for (const each of level.below) count(each, objects);
  }

  count(known.root, 1);
  return total;
}
