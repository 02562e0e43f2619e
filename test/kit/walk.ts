import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
} from "graphql";

type Field = GraphQLField<unknown, unknown>;

const isConnection = (type: GraphQLNamedType): type is GraphQLObjectType => isObjectType(type) && type.name.endsWith("Connection");

// Every list is walked from the root and from every type that has it; lists of lists of lists would be millions of fields.
const NESTED_LISTS = 2;

function fieldText(field: Field, depth: number, lists: number): string {
  const type = getNamedType(field.type);
  if (field.args.some(isRequiredArgument) || (isConnection(type) && lists === 0)) return "";
  if (isLeafType(type)) return field.name;
  const page = field.args.some(({ name }) => name === "first") ? "(first: 100)" : "";
  const inner = isConnection(type) ? connectionText(type, depth, lists - 1) : selectionText(type, depth - 1, lists);
  return inner && `${field.name}${page} { ${inner} }`;
}

function connectionText(type: GraphQLObjectType, depth: number, lists: number): string {
  const { nodes, totalCount } = type.getFields();
  const inner = selectionText(getNamedType(nodes!.type), depth - 1, lists);
  return inner && `${totalCount ? "totalCount " : ""}nodes { ${inner} } pageInfo { startCursor endCursor }`;
}

/** Every leaf of a type, and of what lies below it to a depth and through so many lists; "" where the depth is used up. */
export function selectionText(type: GraphQLNamedType, depth: number, lists = NESTED_LISTS): string {
  if (depth < 0) return "";
  if (isAbstractType(type)) return "__typename ... on Node { id }";
  return Object.values((type as GraphQLObjectType).getFields())
    .map((field) => fieldText(field, depth, lists))
    .filter(Boolean)
    .join(" ");
}

/** A root field with these arguments, as a document that selects all that is to be had. */
export function documentOf(field: Field, args: string, depth = 3): string {
  const type = getNamedType(field.type);
  const page = !args && field.args.some(({ name }) => name === "first") ? "(first: 100)" : "";
  const inner = isLeafType(type)
    ? ""
    : isConnection(type)
      ? connectionText(type, depth, NESTED_LISTS)
      : selectionText(type, depth - (isListType(getNullableType(field.type)) ? 1 : 0));
  return `{ ${field.name}${args ? `(${args})` : page} ${inner && `{ ${inner} }`} }`;
}

/** The root fields of queries, by what they need. */
export function rootFields(schema: GraphQLSchema): { free: Field[]; asking: Field[] } {
  const fields = Object.values(schema.getQueryType()!.getFields());
  const isAsking = (field: Field) => field.args.some(isRequiredArgument);
  return { free: fields.filter((field) => !isAsking(field)), asking: fields.filter(isAsking) };
}

/** The type of object that a root field gives or lists. */
export function objectOf(field: Field): string {
  const type = getNamedType(field.type);
  return isConnection(type) ? getNamedType(type.getFields().nodes!.type).name : type.name;
}

const LOOKED_UP_BY = ["code", "projectCode", "vendorCode", "externalRef", "ref"];

/** True for root fields that find one object by codes and references of callers. */
export function isLookup(field: Field): boolean {
  const required = field.args.filter(isRequiredArgument);
  return required.length > 0 && required.every(({ name }) => LOOKED_UP_BY.includes(name));
}

/** All text of an answer: as it is, and what its opaque ids and cursors hold. */
export function textOf(answer: unknown): string {
  const found: string[] = [];
  const visit = (value: unknown) => {
    if (typeof value === "string") found.push(value, Buffer.from(value, "base64url").toString("latin1"));
    else if (value && typeof value === "object") for (const [name, each] of Object.entries(value)) [name, each].forEach(visit);
  };
  visit(answer);
  return found.join("\n");
}

/** The values of an enum. */
export function valuesOf(schema: GraphQLSchema, name: string): string[] {
  const type = schema.getType(name);
  if (!isEnumType(type)) throw new Error(`${name} is no enum`);
  return type.getValues().map((value) => value.name);
}
