import {
  getNamedType,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import type { Told } from "./tokens.ts";

/** Types of objects that ids in inputs name, where the field's own name doesn't say it. */
const OBJECTS: Readonly<Record<string, string>> = {
  parent: "Policy",
  plan: "SamplingPlan",
  assignment: "LabelerAssignment",
  grant: "RoleGrant",
  truthPolicy: "Policy",
  auditor: "Principal",
  assignee: "Principal",
  facilitator: "Principal",
  rater: "Principal",
  item: "CalibrationItem",
  promotedItem: "CalibrationItem",
  period: "ReportingPeriod",
  projects: "Project",
  owner: "Principal",
  cause: "RcaCause",
  calendar: "BusinessCalendar",
  case: "AppealCase",
  // Of a message: any type that has threads.
  subject: "Appeal",
  delivery: "WebhookDelivery",
  // Of an escalation: any of what may be linked.
  evidence: "Audit",
  link: "EscalationLink",
  duplicateOf: "Escalation",
  document: "RegisteredDocument",
  // Of whom a calendar counts for: any place.
  target: "Vendor",
};
/** Types that codes and references in inputs name. */
const CODED: Readonly<Record<string, string>> = {
  projectCode: "Project",
  vendorCode: "Vendor",
  siteCode: "Site",
  teamCode: "Team",
  queueCode: "Queue",
  policyCode: "Policy",
  truthPolicyCode: "Policy",
  errorCode: "ErrorCode",
  parentCode: "ErrorCode",
  labelerRef: "Labeler",
  decisionRef: "Decision",
};
const PLAIN: Readonly<Record<string, unknown>> = {
  String: "a-text",
  Int: 1,
  Float: 0.5,
  Boolean: false,
  DateTime: "2026-02-01T00:00:00Z",
  Date: "2026-02-01",
  JSON: {},
  EventCursor: "",
};

/** A place in a verb's input that names an object. */
export interface Naming {
  path: readonly string[];
  /** The object's type. */
  type: string;
  isCode: boolean;
}

function namingOf(verb: string, name: string, type: GraphQLInputType, types: readonly string[]): Omit<Naming, "path"> | null {
  if (CODED[name]) return { type: CODED[name], isCode: true };
  if (getNamedType(type).name !== "ID") return null;
  const stem = name.replace(/Ids?$/, "");
  const said = OBJECTS[stem] ?? stem[0]!.toUpperCase() + stem.slice(1);
  const found = name === "id" ? types.filter((each) => verb.endsWith(each)).sort((a, b) => b.length - a.length)[0] : said;
  if (!found || !types.includes(found)) throw new Error(`${verb}: of which type is ${name}?`);
  return { type: found, isCode: false };
}

/** Every place in a verb's input that names an object. */
export function namingsOf(verb: GraphQLField<unknown, unknown>, types: readonly string[]): Naming[] {
  const visit = (input: GraphQLInputObjectType, path: readonly string[]): Naming[] =>
    Object.values(input.getFields()).flatMap(({ name, type }) => {
      const inner = getNamedType(type);
      if (isInputObjectType(inner)) return visit(inner, [...path, name]);
      const naming = namingOf(verb.name, name, type, types);
      return naming ? [{ ...naming, path: [...path, name] }] : [];
    });
  return visit(getNamedType(verb.args[0]!.type) as GraphQLInputObjectType, []);
}

/**
 * A literal of a verb's input: required fields, and those on the way to `target`, which names the row given there. What else must be named
 * is named by `other`.
 */
export function inputOf(
  verb: GraphQLField<unknown, unknown>,
  types: readonly string[],
  target: { path: readonly string[]; value: string },
  other: (naming: Omit<Naming, "path">) => string,
): string {
  const fill = (type: GraphQLInputType, name: string, path: readonly string[]): string => {
    if (isNonNullType(type)) return fill(type.ofType, name, path);
    if (isListType(type)) return `[${fill(type.ofType, name, path)}]`;
    if (path.join() === target.path.join()) return JSON.stringify(target.value);
    if (isInputObjectType(type)) {
      const isOnTheWay = (field: string) => [...path, field].every((step, i) => target.path[i] === step);
      const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || isOnTheWay(field.name));
      return `{ ${fields.map((field) => `${field.name}: ${fill(field.type, field.name, [...path, field.name])}`).join(", ")} }`;
    }
    if (isEnumType(type)) return type.getValues()[0]!.name;
    const naming = namingOf(verb.name, name, type, types);
    return JSON.stringify(naming ? other(naming) : PLAIN[getNamedType(type).name]);
  };
  return fill(verb.args[0]!.type, "input", []);
}

/** How an input names a row. */
export function nameIn({ isCode }: Omit<Naming, "path">, row: Told, idOf: (row: Told) => string): string {
  return isCode ? (row.asked.code ?? row.asked.externalRef)! : idOf(row);
}
