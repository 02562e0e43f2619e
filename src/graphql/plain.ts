import { getNamedType, type GraphQLField, type GraphQLSchema, isObjectType } from "graphql";
import { isTypeForAll } from "./entity.ts";

// What the field's resolver does is to give the row's property of its name: a column, or a relation that is hidden from nobody.
function isPlain({ name, type, extensions }: GraphQLField<unknown, unknown>): boolean {
  const { pothosExposedField, relation, isHidden } = extensions as { pothosExposedField?: string; relation?: string; isHidden?: boolean };
  return pothosExposedField === name || (relation === name && isHidden === false && isTypeForAll(getNamedType(type).name));
}

/**
 * The schema with no resolver where the default one gives the same: a compiled query reads such a property in place, where a resolver is a
 * call with a closure or three for each field of each row.
 */
export function readPlainly(schema: GraphQLSchema): GraphQLSchema {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const fields = types.flatMap((type) => Object.values(type.getFields()));
  for (const field of fields) if (isPlain(field)) field.resolve = undefined;
  return schema;
}
