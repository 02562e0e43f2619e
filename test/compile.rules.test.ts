import { buildSchema, type ExecutionArgs, type GraphQLObjectType, type GraphQLResolveInfo, type GraphQLSchema, getOperationAST, parse } from "graphql";
import { describe, expect, test } from "vitest";
import { type Compiling, createExecutor } from "../src/graphql/plugins/compile.ts";
import { isFit, MAX_SELECTIONS } from "../src/graphql/plugins/fitness.ts";

const SDL = `
  scalar JSON
  scalar DateTime
  enum Colour { RED GREEN }
  input Filter { colours: [Colour!] from: DateTime first: Int = 7 words: [String] }
  interface Named { name: String! }
  type Cat implements Named { name: String! lives: Int! }
  type Dog implements Named { name: String! owner: Dog }
  type Query {
    by: String! told(filter: Filter, at: DateTime, any: JSON, first: Int! = 3, text: String): JSON
    named: [Named!]! broken: Int! maybe: Int dogs: [Dog!]!
  }
  type Mutation { by: String! }`;

/** The name of the executor that calls a resolver: graphql-js alone tells in the path which type it stands in. */
const executorOf = ({ path }: GraphQLResolveInfo) => (path.typename === undefined ? "compiled" : "graphql-js");

function toy(): GraphQLSchema {
  const schema = buildSchema(SDL);
  const resolvers: Record<string, Record<string, (row: never, args: never, context: never, info: GraphQLResolveInfo) => unknown>> = {
    Query: {
      by: (_, __, ___, info) => executorOf(info),
      told: (_, args: Record<string, unknown>) => ({ args: Object.fromEntries(Object.entries(args).sort()), isTime: args.at instanceof Date }),
      named: () => [{ __typename: "Cat", name: "Tom", lives: 9 }, Promise.resolve({ __typename: "Dog", name: "Rex", owner: { name: "Ben" } })],
      broken: async () => { throw new Error("no"); },
      maybe: () => { throw new Error("perhaps"); },
      dogs: () => [{ name: "Rex" }, { name: null }],
    },
    Mutation: { by: (_, __, ___, info) => executorOf(info) },
  };
  for (const [type, fields] of Object.entries(resolvers))
    for (const [name, resolve] of Object.entries(fields)) (schema.getType(type) as GraphQLObjectType).getFields()[name]!.resolve = resolve as never;
  const time = schema.getType("DateTime") as { parseValue?: unknown; parseLiteral?: unknown };
  time.parseValue = (value: string) => new Date(value);
  time.parseLiteral = (node: { value: string }) => new Date(node.value);
  return schema;
}

const schema = toy();

function openExecutor(compiling: Compiling) {
  const execute = createExecutor(schema, compiling);
  return async (document: ExecutionArgs["document"] | string, rest: Partial<ExecutionArgs> = {}) =>
    JSON.parse(JSON.stringify(await execute({ schema, document: typeof document === "string" ? parse(document) : document, ...rest })));
}

const by = async (answer: Promise<{ data: { by: string } }>) => (await answer).data.by;

test("a query is compiled when it comes again, each operation of a document for itself", async () => {
  const run = openExecutor("AGAIN");
  const document = parse("query A { by } query B { by x: by }");
  const ask = (operationName: string) => by(run(document, { operationName }));
  expect([await ask("A"), await ask("A"), await ask("B"), await ask("A"), await ask("B")]).toEqual(["graphql-js", "compiled", "graphql-js", "compiled", "compiled"]);
});

test("two hundred are kept: those used last; who is dropped has to come twice again", async () => {
  const run = openExecutor("AGAIN");
  const documents = Array.from({ length: 201 }, (_, i) => parse(`{ by a${i}: by }`));
  for (const document of documents.slice(0, 200)) for (let i = 0; i < 2; i += 1) await run(document);
  expect(await by(run(documents[0]!))).toBe("compiled");
  for (let i = 0; i < 2; i += 1) await run(documents[200]!);
  expect([await by(run(documents[0]!)), await by(run(documents[1]!)), await by(run(documents[1]!))]).toEqual(["compiled", "graphql-js", "compiled"]);
});

test("mutations, directives, introspection and what never is compiled run on graphql-js", async () => {
  const run = openExecutor("AT_ONCE");
  expect(await by(run("{ by }"))).toBe("compiled");
  for (const text of ["mutation { by }", "{ by x: by @skip(if: false) }", "{ by ... @include(if: true) { by } }", "{ by __schema { queryType { name } } }"])
    expect(await by(run(text)), text).toBe("graphql-js");
  expect(await by(openExecutor("NEVER")("{ by }"))).toBe("graphql-js");
});

describe("three hundred selections may be compiled", () => {
  const fits = (text: string) => {
    const document = parse(text);
    return isFit(schema, document, getOperationAST(document)!);
  };
  const many = (count: number) => Array.from({ length: count }, (_, i) => `a${i}: name`).join(" ");
  test.each([
    ["fields", `{ dogs { ${many(MAX_SELECTIONS - 1)} } }`, `{ dogs { ${many(MAX_SELECTIONS)} } }`],
    ["an interface's, once for each type", `{ named { ${many((MAX_SELECTIONS - 2) / 2)} } }`, `{ named { ${many(MAX_SELECTIONS / 2)} } }`],
    ["a fragment's, each time", `{ dogs { ...f } } fragment f on Dog { ${many(297)} }`, `{ dogs { ...f owner { ...f } } } fragment f on Dog { ${many(150)} }`],
  ])("%s", (_, small, large) => expect([fits(small), fits(large)]).toEqual([true, false]));
  test("fragments that double forty times are given up soon", () => {
    const doubling = Array.from({ length: 40 }, (_, i) => `fragment f${i} on Dog { ...f${i + 1} ...f${i + 1} }`).join(" ");
    expect(fits(`{ dogs { ...f0 } } ${doubling} fragment f40 on Dog { name }`)).toBe(false);
  });
});

const injection = '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d(() => { throw new Error("run") })()';
const VALUES = `query ($at: DateTime = "2026-01-02T00:00:00Z", $colour: Colour = GREEN, $first: Int, $any: JSON, $filter: Filter, $words: [String]) {
  a: told(at: "2026-01-01T00:00:00Z", any: { deep: [1, "x", $any] }, filter: { colours: [RED, $colour], from: $at, words: $words })
  b: told(at: $at, first: $first, any: $any, filter: $filter) c: told d: told(text: null, filter: { first: null, words: "one" })
}`;
const SAME: [string, string, Record<string, unknown>?][] = [
  ["defaults, literals, lists and values in values", VALUES],
  ["all variables", VALUES, { at: "2026-03-01T00:00:00Z", colour: "RED", first: 1, any: { a: null }, filter: { colours: "RED", from: "2026-04-01T00:00:00Z" }, words: "w" }],
  ["nulls", VALUES, { at: null, colour: "RED", first: null, any: null, filter: null, words: null }],
  ["a null where none may be", VALUES, { colour: null }],
  ["wrong values", VALUES, { colour: "BLUE", first: 1.5 }],
  ["a text that would be code", `{ told(text: ${JSON.stringify(injection)}, any: ${JSON.stringify(injection)}) }`],
  ["a variable's text that would be code", "query ($text: String) { told(text: $text) }", { text: injection }],
  ["interfaces and fragments", "{ named { __typename name ...c ... on Dog { owner { name } } } named { ... on Named { name } } } fragment c on Cat { lives }"],
  ["a failure where null may be", "{ maybe by2: maybe }"],
  ["a failure where no null may be", "{ maybe broken }"],
  ["a null where no null may be, in a list", "{ maybe dogs { name } }"],
];
test.each(SAME)("compiled or not, the answer is the same: %s", async (_, text, variableValues) => {
  expect(await openExecutor("AT_ONCE")(text, { variableValues })).toEqual(await openExecutor("NEVER")(text, { variableValues }));
});
