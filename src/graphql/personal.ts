import { type GraphQLInputType, getNamedType, type GraphQLSchema, isEnumType, isInputObjectType, isObjectType } from "graphql";

/** What the descriptions of personal fields end with. */
const LOGGED = "Personal: who reads it is logged.";

/**
 * The options of a field, of an input's field or of a sort key that says something of a person: whoever reads it, looks for it, or sorts by
 * it (which shows it, in the order and in cursors) is logged.
 */
export function personal<Options extends { description: string; extensions?: object }>(options: Options) {
  return { ...options, description: `${options.description} ${LOGGED}`, extensions: { ...options.extensions, personal: true } };
}

/** True for a field that is marked so. */
export function isPersonal(field: { extensions: object } | null | undefined): boolean {
  return (field?.extensions as { personal?: true } | undefined)?.personal === true;
}

/** The personal field that a path from a type ends with, such as `Labeler.name`; null if it ends with another. */
export function personalOfPath(schema: GraphQLSchema, typeName: string, path: string): string | null {
  const [name, ...rest] = path.split(".") as [string, ...string[]];
  const type = schema.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[name] : undefined;
  if (!field) return null;
  if (rest.length > 0) return personalOfPath(schema, getNamedType(field.type).name, rest.join("."));
  return isPersonal(field) ? `${typeName}.${name}` : null;
}

/** The personal fields of an input that a value looks for, and the personal keys that it sorts by. */
export function personalInputs(type: GraphQLInputType, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => personalInputs(type, each));
  const named = getNamedType(type);
  if (isEnumType(named)) return typeof value === "string" && isPersonal(named.getValue(value)) ? [`${named.name}.${value}`] : [];
  if (value === null || typeof value !== "object" || !isInputObjectType(named)) return [];
  return Object.values(named.getFields()).flatMap((field) => {
    const given = (value as Record<string, unknown>)[field.name];
    if (given == null) return [];
    return isPersonal(field) ? [`${named.name}.${field.name}`] : personalInputs(field.type, given);
  });
}
