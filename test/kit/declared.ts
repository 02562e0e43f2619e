import {
  getNamedType, type GraphQLField, type GraphQLInputType, type GraphQLNamedType, type GraphQLObjectType, isEnumType, isInputObjectType, isInterfaceType,
  isLeafType, isListType, isNonNullType, isObjectType, isRequiredArgument, isUnionType,
} from "graphql";
import type { Role } from "../../src/core/viewer.ts";
import { accessOf } from "../../src/graphql/access.ts";
import { schema } from "../../src/schema.ts";
import type { Walker } from "./walkers.ts";

export type Field = GraphQLField<unknown, unknown>;

/** Under which role each walker acts. */
export const ROLE_OF: Readonly<Record<Walker, Role>> = {
  admin: "ADMIN", lead: "QA_LEAD", auditor: "AUDITOR", policy: "POLICY_MANAGER", analyst: "ANALYST", partner: "VENDOR_MANAGER", vendorQa: "VENDOR_QA",
  team: "VENDOR_MANAGER", labeler: "LABELER", service: "SERVICE", vendorService: "SERVICE",
};

/** True of what is declared to be for the walker, who has every scope that a client may have. */
export function isOpenTo(walker: Walker, field: Field): boolean {
  const { roles, scope } = accessOf(field)!;
  return roles.includes(ROLE_OF[walker]) || (ROLE_OF[walker] === "SERVICE" && scope !== undefined);
}

/** The fields of an object type; none of what is no object type. */
export function fieldsOf(type: GraphQLNamedType | null | undefined): Field[] {
  return isObjectType(type) ? Object.values(type.getFields()) : [];
}

export const roots = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!];
export const verbs = fieldsOf(schema.getMutationType());
export const subscriptions = fieldsOf(schema.getSubscriptionType());
/** The root fields of queries that say themselves for whom they are. */
export const queries = fieldsOf(schema.getQueryType()).filter((field) => accessOf(field) !== null);
export const objects = Object.values(schema.getTypeMap()).filter((type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith("__"));
/** Types of objects with an id. */
export const nodes = objects.filter((type) => type.getInterfaces().some(({ name }) => name === "Node"));

/** The fields of a type that may be null and take no arguments. */
export function nullableOf(typeName: string): Field[] {
  return fieldsOf(schema.getType(typeName)).filter(({ args, type }) => args.length === 0 && !isNonNullType(type));
}

/** The object types that a field may give. */
export function membersOf(field: Field): GraphQLObjectType[] {
  const type = getNamedType(field.type);
  if (isUnionType(type)) return [...type.getTypes()];
  if (isInterfaceType(type)) return [...schema.getPossibleTypes(type)];
  return isObjectType(type) ? [type] : [];
}

/** True if it is said for whom the field is: by itself, or by the type of the objects that it gives or lists. */
export function isDeclared(field: Field): boolean {
  if (accessOf(field)) return true;
  const listed = (type: GraphQLObjectType) => fieldsOf(type).filter(({ name }) => name === "nodes").flatMap(membersOf);
  return membersOf(field).some((type) => [type, ...listed(type)].some((each) => accessOf(each)));
}

const PLAIN: Readonly<Record<string, unknown>> = {
  String: "a-text", Int: 1, Float: 0.5, Boolean: false, DateTime: "2026-02-01T00:00:00Z", Date: "2026-02-01", ID: "NONE", JSON: {},
};

function literalOf(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literalOf(type.ofType);
  if (isListType(type)) return `[${literalOf(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (!isInputObjectType(type)) return JSON.stringify(PLAIN[type.name]);
  const required = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
  return `{ ${required.map((field) => `${field.name}: ${literalOf(field.type)}`).join(", ")} }`;
}

/** A document that asks a root field, with what it must be given, of nothing that anybody has. */
export function askingText({ name, args, type }: Field): string {
  const given = args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${literalOf(arg.type)}`);
  return `{ ${name}${given.length > 0 ? `(${given.join(", ")})` : ""} ${isLeafType(getNamedType(type)) ? "" : "{ __typename }"} }`;
}

/** A selection of fields of rows; of other objects, their ids. */
export function selectionOf(fields: readonly Field[]): string {
  const below = ({ type }: Field) => {
    const named = getNamedType(type);
    if (isLeafType(named)) return "";
    return accessOf(named as GraphQLObjectType) ? "{ id }" : "{ __typename }";
  };
  return fields.map((field) => `${field.name} ${below(field)}`).join(" ");
}

/** What the tenancy's rows don't say by themselves. */
export const WORDS = [
  "update audits set comment = 'words', guidance = 'words', acknowledgement = 'words'",
  "update audits set void_reason = 'words' where state <> 'DRAFT'",
  "update verdicts set explanation = 'words'",
  "update findings set note = 'words'",
  "update decisions set risk_score = 1",
  "update actions set description = 'words'",
  "update samples set reason = 'words'",
  "update reporting_periods set reopen_reason = 'words'",
  "update sla_clocks set pause_reason = 'words'",
  "update events set reason = 'words'",
  "update escalations set state_reason = 'words'",
  "update policy_questions set answer = 'words'",
  "update appeals set asked = 'words', answer = 'words', end_reason = 'words'",
  "update rcas set return_reason = 'words'",
];
