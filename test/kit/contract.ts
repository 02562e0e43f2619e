import {
  buildSchema,
  findBreakingChanges,
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  parse,
  print,
  visit,
} from "graphql";

type Element = {
  at: string;
  description?: string | null;
  field?: GraphQLField<unknown, unknown>;
  value?: GraphQLArgument | GraphQLInputField;
};

function typesOf(schema: GraphQLSchema): GraphQLNamedType[] {
  return Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
}

function elementsOf(type: GraphQLNamedType): Element[] {
  const inside: Element[] = [];
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      inside.push({ at: `${type.name}.${field.name}`, description: field.description, field });
      for (const value of field.args)
        inside.push({ at: `${type.name}.${field.name}(${value.name})`, description: value.description, value });
    }
  }
  if (isInputObjectType(type))
    for (const value of Object.values(type.getFields()))
      inside.push({ at: `${type.name}.${value.name}`, description: value.description, value });
  if (isEnumType(type))
    for (const value of type.getValues()) inside.push({ at: `${type.name}.${value.name}`, description: value.description });
  return inside;
}

/** Types, fields, arguments, input fields and enum values that nobody described. */
export function undescribed(schema: GraphQLSchema): string[] {
  const elements = typesOf(schema).flatMap((type) => [{ at: type.name, description: type.description }, ...elementsOf(type)]);
  return elements.filter(({ description }) => !description?.trim()).map(({ at }) => at);
}

// What was deprecated may go, and with it the types that only it led to.
function withoutDeprecated(sdl: string): GraphQLSchema {
  const drop = (node: { directives?: readonly { name: { value: string } }[] }) =>
    node.directives?.some(({ name }) => name.value === "deprecated") ? null : undefined;
  return buildSchema(print(visit(parse(sdl), { FieldDefinition: drop, InputValueDefinition: drop, EnumValueDefinition: drop })));
}

function reachable(schema: GraphQLSchema): Set<string> {
  const seen = new Set<string>();
  const enter = (type: GraphQLNamedType | null | undefined) => {
    if (!type || seen.has(type.name)) return;
    seen.add(type.name);
    if (isUnionType(type)) type.getTypes().forEach(enter);
    if (isInterfaceType(type)) schema.getImplementations(type).objects.forEach(enter);
    for (const { field, value } of elementsOf(type)) enter(getNamedType((field ?? value)?.type));
  };
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].forEach(enter);
  return seen;
}

/** Changes that break a client of the old contract which uses nothing deprecated. */
export function breakingChanges(oldSdl: string, newSdl: string): string[] {
  const old = withoutDeprecated(oldSdl);
  const used = reachable(old);
  const changes = findBreakingChanges(old, buildSchema(newSdl));
  return changes
    .map(({ description }) => description)
    .filter((text) => !/^(\w+) was removed\.$/.test(text) || used.has(/^\w+/.exec(text)![0]));
}

const isNode = (type: GraphQLNamedType) => isObjectType(type) && type.getInterfaces().some(({ name }) => name === "Node");
const CONNECTION = ["edges", "nodes", "pageInfo", "totalCount"];

function misnamedMutations(schema: GraphQLSchema): string[] {
  return Object.values(schema.getMutationType()?.getFields() ?? {}).flatMap((field) => {
    const title = field.name[0]!.toUpperCase() + field.name.slice(1);
    const result = getNamedType(field.type);
    const isRefusable =
      isUnionType(result) && result.getTypes().every(({ name }) => name === `${title}Payload` || name.endsWith("Refusal"));
    const isWellFormed = field.args.length === 1 && field.args[0]!.name === "input" && String(field.args[0]!.type) === `${title}Input!`;
    return [
      ...(/^[a-z]+[A-Z]/.test(field.name) && !field.name.startsWith("update") ? [] : [`${field.name} is no verbNoun of the domain`]),
      ...(isWellFormed ? [] : [`${field.name} must take one input: ${title}Input!`]),
      ...(isRefusable && String(field.type) === `${title}Result!`
        ? []
        : [`${field.name} must answer ${title}Result!, a union of ${title}Payload and refusals`]),
    ];
  });
}

function misnamedElement({ at, field, value }: Element): string[] {
  const { name, type } = (field ?? value)!;
  const kind = getNamedType(type).name;
  const rules: [broken: boolean, rule: string][] = [
    [!/^[a-z][A-Za-z0-9]*$/.test(name), "camelCase"],
    [kind === "Boolean" && !/^(is|has|can)[A-Z]/.test(name), "a boolean is is..., has... or can..."],
    [
      kind === "DateTime" && !/(At|From|To|Until|After|Before|asOf|^from|^to)$/.test(name),
      "a time is ...At, ...From, ...To, ...Until, ...After, ...Before or asOf",
    ],
    [kind === "Date" && !/(On|After|Before|^from|^to)$/.test(name), "a date is ...On"],
    [/At$/.test(name) && kind !== "DateTime", "...At is a time"],
  ];
  return rules.filter(([broken]) => broken).map(([, rule]) => `${at}: ${rule}`);
}

function misshapenList(type: GraphQLNamedType, { at, field }: Element): string[] {
  if (!field || /(Connection|Payload)$/.test(type.name) || at === "Query.nodes") return [];
  const bare = isNonNullType(field.type) ? field.type.ofType : field.type;
  return isListType(bare) && isNode(getNamedType(bare)) ? [`${at}: a list of objects is a connection`] : [];
}

function misnamedType(type: GraphQLNamedType): string[] {
  const elements = elementsOf(type);
  const names = elements.map(({ at }) => at.split(".")[1]!);
  return [
    ...(/^[A-Z][A-Za-z0-9]*$/.test(type.name) || type.name === "JSON" ? [] : [`${type.name}: PascalCase`]),
    ...[type.name, ...names].filter((name) => /(Manager|Helper|Util)s?$/.test(name)).map((name) => `${name}: says nothing`),
    ...(isEnumType(type)
      ? type
          .getValues()
          .filter(({ name }) => !/^[A-Z][A-Z0-9_]*$/.test(name))
          .map(({ name }) => `${type.name}.${name}: SCREAMING_CASE`)
      : []),
    ...(type.name.endsWith("Connection") && CONNECTION.some((name) => !names.includes(name))
      ? [`${type.name}: a connection has ${CONNECTION.join(", ")}`]
      : []),
    ...elements.filter(({ field, value }) => field ?? value).flatMap(misnamedElement),
    ...elements.flatMap((element) => misshapenList(type, element)),
  ];
}

/** Names and forms that the rules of the contract forbid. */
export function misnamed(schema: GraphQLSchema): string[] {
  return [...misnamedMutations(schema), ...typesOf(schema).flatMap(misnamedType)];
}
