import {
  type DocumentNode, type ExecutionArgs, getNamedType, type GraphQLInputType, type GraphQLNamedType, type GraphQLSchema,
  isEnumType, isInputObjectType, isInterfaceType, isObjectType, Kind, type OperationDefinitionNode, type SelectionSetNode, TypeInfo, visit, visitWithTypeInfo,
} from "graphql";
import type { NamedKey } from "../../core/ids.ts";
import { subjectOf, subjectsIn } from "../../accesses/rules.ts";
import { isPersonal, personalInputs } from "../personal.ts";
import { type Fragments, fragmentsOf } from "./fragments.ts";

/** The keys of an answer's object that hold something personal, with the fields these may be, or lead there. */
type Level = ReadonlyMap<string, { fields: readonly string[]; below: () => Level }>;

/** What of an operation is personal. */
export interface Reading {
  /** Every personal field that it selects or looks for. */
  fields: readonly string[];
  /** Those that it looks for in any case. */
  sought: readonly string[];
  /** The things that its text names. */
  named: readonly NamedKey[];
  /** Variables that may look for some. */
  variables: readonly { name: string; type: GraphQLInputType }[];
  root: Level;
}

/** What of somebody's was read: which fields, of how many objects, and which of these are known by their ids. */
export interface Read {
  fields: Set<string>;
  count: number;
  subjects: NamedKey[];
}

interface Place {
  set: SelectionSetNode;
  type: GraphQLNamedType;
}

const fieldOf = (type: GraphQLNamedType, name: string) => (isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined);

// What the answer holds below these places, as far as it is personal or leads there. Levels are made where an answer has objects, since a document can
// spread a fragment in more places than there will ever be.
function levels(schema: GraphQLSchema, fragments: Fragments): (places: readonly Place[]) => Level {
  const leading = new Map<SelectionSetNode, boolean>();
  const placeOf = (name: string): Place => ({ set: fragments.get(name)!.selectionSet, type: schema.getType(fragments.get(name)!.typeCondition.name.value)! });

  function leads({ set, type }: Place): boolean {
    const known = leading.get(set);
    if (known !== undefined) return known;
    leading.set(set, false);
    const found = set.selections.some((each) => {
      if (each.kind === Kind.FRAGMENT_SPREAD) return leads(placeOf(each.name.value));
      if (each.kind === Kind.INLINE_FRAGMENT) return leads({ set: each.selectionSet, type: each.typeCondition ? schema.getType(each.typeCondition.name.value)! : type });
      const field = fieldOf(type, each.name.value);
      return isPersonal(field) || (field !== undefined && each.selectionSet !== undefined && leads({ set: each.selectionSet, type: getNamedType(field.type) }));
    });
    leading.set(set, found);
    return found;
  }

  function collect({ set, type }: Place, opened: Set<string>, into: Map<string, { fields: string[]; places: Place[] }>): void {
    for (const each of set.selections) {
      if (each.kind === Kind.INLINE_FRAGMENT) {
        collect({ set: each.selectionSet, type: each.typeCondition ? schema.getType(each.typeCondition.name.value)! : type }, opened, into);
      } else if (each.kind === Kind.FRAGMENT_SPREAD) {
        if (!opened.has(each.name.value)) collect(placeOf(each.name.value), opened.add(each.name.value), into);
      } else {
        const field = fieldOf(type, each.name.value);
        if (!field) continue;
        const below = each.selectionSet && { set: each.selectionSet, type: getNamedType(field.type) };
        if (!isPersonal(field) && !(below && leads(below))) continue;
        const key = each.alias?.value ?? each.name.value;
        const entry = into.get(key) ?? { fields: [], places: [] };
        into.set(key, entry);
        if (below) entry.places.push(below);
        else entry.fields.push(`${type.name}.${field.name}`);
      }
    }
  }

  function levelOf(places: readonly Place[]): Level {
    const opened = new Set<string>();
    const found = new Map<string, { fields: string[]; places: Place[] }>();
    for (const place of places) collect(place, opened, found);
    return new Map([...found].map(([key, { fields, places: deeper }]) => {
      let below: Level | undefined;
      return [key, { fields, below: () => (below ??= levelOf(deeper)) }];
    }));
  }
  return levelOf;
}

const known = new WeakMap<GraphQLNamedType, boolean>();

function mayBePersonal(type: GraphQLInputType): boolean {
  const named = getNamedType(type);
  if (isEnumType(named)) return named.getValues().some(isPersonal);
  if (!isInputObjectType(named)) return false;
  if (!known.has(named)) {
    known.set(named, false);
    known.set(named, Object.values(named.getFields()).some((field) => isPersonal(field) || mayBePersonal(field.type)));
  }
  return known.get(named)!;
}

function analyse(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Reading | null {
  const fragments = fragmentsOf(document);
  const [selected, sought] = [new Set<string>(), new Set<string>()];
  const variables = new Map<string, GraphQLInputType>();
  const named: NamedKey[] = [];
  const types = new TypeInfo(schema);
  const visitor = visitWithTypeInfo(types, {
    Field() {
      const field = types.getFieldDef();
      if (field && isPersonal(field)) selected.add(`${types.getParentType()!.name}.${field.name}`);
    },
    ObjectField({ name }) {
      for (const field of personalInputs(types.getParentInputType()!, { [name.value]: true })) sought.add(field);
    },
    EnumValue({ value }) {
      for (const field of personalInputs(types.getInputType()!, value)) sought.add(field);
    },
    StringValue({ value }) {
      named.push(...subjectsIn(value));
    },
    VariableDefinition({ variable }) {
      variables.set(variable.name.value, types.getInputType()!);
    },
  });
  for (const each of [operation, ...fragments.values()]) visit(each, visitor);
  const seeking = [...variables].filter(([, type]) => mayBePersonal(type)).map(([name, type]) => ({ name, type }));
  if (selected.size + sought.size + seeking.length === 0) return null;
  const root = levels(schema, fragments)([{ set: operation.selectionSet, type: schema.getRootType(operation.operation)! }]);
  return { fields: [...selected, ...sought], sought: [...sought], named, variables: seeking, root };
}

const kept = new WeakMap<OperationDefinitionNode, Reading | null>();

/** What of an operation is personal, null if nothing: found once a document. */
export function readingOf({ schema, document }: Pick<ExecutionArgs, "schema" | "document">, operation: OperationDefinitionNode): Reading | null {
  const found = kept.get(operation);
  if (found !== undefined) return found;
  const reading = analyse(schema, document, operation);
  kept.set(operation, reading);
  return reading;
}

function tally(value: unknown, level: Level, read: Read): void {
  if (Array.isArray(value)) {
    for (const each of value) if (each !== null) tally(each, level, read);
    return;
  }
  const object = value as Record<string, unknown>;
  let isOne = false;
  for (const [key, { fields, below }] of level) {
    if (object[key] == null) continue;
    if (fields.length === 0) tally(object[key], below(), read);
    for (const field of fields) read.fields.add(field);
    isOne ||= fields.length > 0;
  }
  if (!isOne) return;
  read.count += 1;
  const subject = typeof object.id === "string" ? subjectOf(object.id) : null;
  if (subject) read.subjects.push(subject);
}

/** What was read of whom by this answer, and looked for by these variables; null if nothing personal was. */
export function readOf(reading: Reading, data: object, variables: Readonly<Record<string, unknown>>): Read | null {
  const sought = reading.variables.flatMap(({ name, type }) => personalInputs(type, variables[name]));
  const read: Read = { fields: new Set([...reading.sought, ...sought]), count: 0, subjects: [] };
  tally(data, reading.root, read);
  return read.fields.size > 0 ? read : null;
}
