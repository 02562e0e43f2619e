import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { buildSchema, parse, validate } from "graphql";
import { describe, expect, test } from "vitest";
import { printContract, schema } from "../src/schema.ts";
import { breakingChanges, misnamed, undescribed } from "./kit/contract.ts";

/** Names that break a rule for a reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "Viewer.grants": "a principal's own few grants, which a caller needs whole to choose a role",
  EventConnection: "a log that grows while it is read, so a count would say nothing",
  "SamplingPreview.absent": "a short excerpt, with its whole count beside it",
  "SamplingPreview.leftOut": "a short excerpt, with its whole count beside it",
  "ConfusionMatrix.labels": "the labels of a matrix's rows and columns, which a page would cut apart",
  "MetricRow.day": "named after its dimension",
  "MetricRow.week": "named after its dimension",
  "MetricRow.month": "named after its dimension",
  "MetricValue.suppressed": "the value object's names are fixed by the definition of measures",
  "MetricValue.weighted": "the value object's names are fixed by the definition of measures",
  "Query.metrics(totals)": "the one signature of figures is fixed by the definition of measures",
  "Query.metrics(includeProcessErrors)": "the one signature of figures is fixed by the definition of measures",
  "MetricCompareTo.previous": "the one signature of figures is fixed by the definition of measures",
  "MetricCompareTo.target": "the one signature of figures is fixed by the definition of measures",
  "QualityTarget.validFrom": "the domain's name of a target's period",
  "QualityTarget.validTo": "the domain's name of a target's period",
  "SetQualityTargetInput.validFrom": "the domain's name of a target's period",
  "EndQualityTargetInput.validTo": "the domain's name of a target's period",
  "Query.confusionMatrix(includeProcessErrors)": "takes the arguments of metrics",
  "Query.errorPareto(includeProcessErrors)": "takes the arguments of metrics",
  "Query.auditorCorrected(includeProcessErrors)": "takes the arguments of metrics",
  "Query.policyImpact(includeProcessErrors)": "takes the arguments of metrics",
  "Query.controlChart(includeProcessErrors)": "takes the arguments of metrics",
  "Query.funnel(includeProcessErrors)": "takes the arguments of metrics",
  "Query.precisionPlan(includeProcessErrors)": "takes the arguments of metrics",
  "ReportQueryInput.includeProcessErrors": "takes the arguments of metrics",
  "ExportMetrics.includeProcessErrors": "takes the arguments of metrics",
};

const badSchema = (field: string, rest = "") => buildSchema(`type Query { ${field} } ${rest}`);
const verb = (name: string, input: string, result: string) =>
  badSchema(
    "isUp: Boolean",
    `type Mutation { ${name}(input: ${input}): ${result} } input RenameVendorInput { name: String } union RenameVendorResult = RenameVendorPayload
    union OddResult = RenameVendorPayload | Query type RenameVendorPayload { name: String }`,
  );

function git(...args: string[]): string | null {
  try {
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trimEnd();
  } catch {
    return null;
  }
}

const release = git("describe", "--tags", "--abbrev=0", "--match", "v*");
const baselines = ["HEAD", ...(release ? [release] : [])].map(
  (commit) => [commit, git("show", `${commit}:schema/schema.graphql`)] as const,
);

test("the SDL that is checked in is the schema's; npm run schema -- --write makes it so", () => {
  expect(readFileSync("schema/schema.graphql", "utf8")).toBe(printContract());
});

test.for(baselines)("nothing breaks a client of %s that uses nothing deprecated", ([commit, sdl], { skip }) => {
  if (sdl === null) return skip(`${commit} has no schema/schema.graphql here`);
  expect(breakingChanges(sdl, printContract())).toEqual([]);
});

test("every type, field, argument, input field and enum value is described", () => {
  expect(undescribed(schema)).toEqual([]);
});

test("names and forms follow the rules, but for the exceptions that are still needed", () => {
  const breaches = misnamed(schema);
  const excepted = Object.keys(EXCEPTIONS).filter((name) => breaches.some((breach) => breach.startsWith(`${name}: `)));
  expect(breaches.filter((breach) => !excepted.some((name) => breach.startsWith(`${name}: `)))).toEqual([]);
  expect(excepted).toEqual(Object.keys(EXCEPTIONS));
});

describe("named documents", () => {
  const documents = readdirSync("schema/operations").filter((name) => name.endsWith(".graphql"));
  test("there are some", () => expect(documents.length).toBeGreaterThan(0));
  test.each(documents)("%s is valid, and every operation has a name", (name) => {
    const document = parse(readFileSync(`schema/operations/${name}`, "utf8"));
    expect(validate(schema, document).map(({ message }) => message)).toEqual([]);
    expect(document.definitions.filter((each) => each.kind === "OperationDefinition" && !each.name)).toEqual([]);
  });
});

describe("the rules can fail", () => {
  test("a description that is missing is listed", () => {
    const bad = badSchema("a(x: Int): E, b(i: I): U", "enum E { V } input I { f: Int } union U = T type T { g: S } scalar S");
    expect(undescribed(bad)).toEqual([
      "Query",
      "Query.a",
      "Query.a(x)",
      "Query.b",
      "Query.b(i)",
      "E",
      "E.V",
      "I",
      "I.f",
      "U",
      "T",
      "T.g",
      "S",
    ]);
  });

  test.each([
    ["a removed field", "a: Int, b: Int", "a: Int"],
    ["a changed type", "a: Int", "a: String"],
    ["a required argument", "a: Int", "a(x: Int!): Int"],
    ["a removed argument", "a(x: Int): Int", "a: Int"],
    ["a removed type", "a: Int, b: E } enum E { V", "a: Int"],
    ["a removed enum value", "a: E } enum E { V W", "a: E } enum E { V"],
    ["a field that may be null now", "a: Int!", "a: Int"],
  ])("%s breaks", (_, before, after) => {
    expect(breakingChanges(`type Query { ${before} }`, `type Query { ${after} }`)).not.toEqual([]);
  });

  test("what was deprecated may go, with the types that only it used", () => {
    expect(breakingChanges("type Query { a: Int, b: E @deprecated } enum E { V }", "type Query { a: Int }")).toEqual([]);
    expect(breakingChanges("type Query { a: E } enum E { V W @deprecated }", "type Query { a: E } enum E { V }")).toEqual([]);
  });

  test.each([
    ["a boolean without is", badSchema("deleted: Boolean")],
    ["a time without At", badSchema("created: DateTime", "scalar DateTime")],
    ["At that is no time", badSchema("createdAt: String")],
    ["a date without On", badSchema("hired: Date", "scalar Date")],
    ["snake_case", badSchema("a_b: Int")],
    ["a manager", badSchema("a: SampleManager", "type SampleManager { n: Int }")],
    ["a lower-case enum value", badSchema("a: E", "enum E { low }")],
    ["a lower-case type", badSchema("a: e", "enum e { LOW }")],
    ["a bare list of objects", badSchema("a: [T!]!", "interface Node { id: ID! } type T implements Node { id: ID! }")],
    ["a connection without nodes", badSchema("a: TConnection", "type TConnection { totalCount: Int }")],
    ["a mutation that is no verbNoun", verb("rename", "RenameVendorInput!", "RenameVendorResult!")],
    ["a mutation that updates", verb("updateVendor", "RenameVendorInput!", "RenameVendorResult!")],
    ["a nullable input", verb("renameVendor", "RenameVendorInput", "RenameVendorResult!")],
    ["a nullable result", verb("renameVendor", "RenameVendorInput!", "RenameVendorResult")],
    ["a result that is no union", verb("renameVendor", "RenameVendorInput!", "RenameVendorPayload!")],
    ["a union with other members", verb("renameVendor", "RenameVendorInput!", "OddResult!")],
  ])("%s is refused", (_, bad) => {
    expect(misnamed(bad)).not.toEqual([]);
  });

  test("what keeps them is not", () => expect(misnamed(verb("renameVendor", "RenameVendorInput!", "RenameVendorResult!"))).toEqual([]));
});
