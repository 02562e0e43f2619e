import type { GraphQLSchema } from "graphql";
import { type Access, accessOfRule, isAmong, mayOnly, PEOPLE, ROLES, scopesOf, type Viewer } from "../core/viewer.ts";
import type { Context } from "./context.ts";

/** Every caller with a token. */
export const EVERYBODY: Access = { roles: ROLES };

/** Whoever may use a root field, sees a type's objects, or is shown a field that others find null; null if it is as what leads to it. */
export function accessOf({ extensions }: { readonly extensions: Readonly<Record<string | symbol, unknown>> }): Access | null {
  return (extensions.for as Access | undefined) ?? null;
}

/** Those who may, for people to read. */
export function inWords(access: Access): string {
  const { roles, scope } = access;
  const people = roles.filter((role) => role !== "SERVICE");
  const clients = scope ? `machine clients with scope ${scopesOf(access).join(" or ")}` : roles.includes("SERVICE") ? "machine clients" : null;
  const named = people.length === PEOPLE.length ? "people of every role" : people.join(", ");
  return [named, clients].filter((words) => words).join("; ");
}

/** Declares a field that is null to others: to be spread into its options. `sees` is what its resolver goes by. */
export function shownTo(sees: (viewer: Viewer) => boolean): { extensions: { for: Access } } {
  return { extensions: { for: accessOfRule(sees) } };
}

const verbs = new Map<string, Access>();

/** Remembers a mutation for `verbsFor`. */
export function rememberVerb(name: string, access: Access): void {
  verbs.set(name, access);
}

/** The mutations that are open to the viewer's role or scopes, in the order of their names. */
export function verbsFor(viewer: Viewer): string[] {
  return [...verbs].flatMap(([name, access]) => (isAmong(viewer, access) ? [name] : [])).sort();
}

/** The schema with root fields of queries that refuse whoever they are not declared for, and say in their descriptions whom they are for. */
export function guardRoots(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getQueryType()!.getFields())) {
    const access = accessOf(field);
    const { name, resolve, description } = field;
    if (!access) continue;
    field.description = `${description} For ${inWords(access)}.`;
    if (access.roles.length === ROLES.length) continue;
    field.resolve = (source, args, context: Context, info) => {
      mayOnly(context.viewer, name, access);
      return resolve!(source, args, context, info);
    };
  }
  return schema;
}
