import { readdirSync, readFileSync } from "node:fs";
import { type DocumentNode, type GraphQLField, Kind, type OperationDefinitionNode, parse, print } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isFit } from "../src/graphql/plugins/fitness.ts";
import { schema } from "../src/schema.ts";
import { documentOf, rootFields, valuesOf } from "./kit/walk.ts";
import { openWalks, type Walker, type Walks } from "./kit/walkers.ts";

const OPERATIONS = readdirSync("schema/operations").map((file) => parse(readFileSync(`schema/operations/${file}`, "utf8")));
const { free, asking } = rootFields(schema);

let walks: Walks;
beforeAll(async () => {
  walks = await openWalks();
});
afterAll(() => walks.world.close());

const idOf = (type: string, walker: Walker = "admin") =>
  walks.idOf(walks.views[walker].visible.find(({ table }) => walks.types.get(table) === type)!);
const quoted = (value: unknown) => JSON.stringify(value);
const operationsOf = (document: DocumentNode) => document.definitions.filter((each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION);
// What passes between two requests; the first use of a key is noted behind its answer, so null may be followed by a time.
const timeless = (text: string) => text.replaceAll(/"(asOf|freshTo|requestId|lastUsedAt)":(null|"[^"]+")/g, "");

/** Sends a document until it is compiled, if it may be, under a text that nobody else sends; whether all answers are the same. */
async function expectSame(walker: Walker, query: string, variables?: object, operationName?: string): Promise<string> {
  const send = async () => timeless(await (await walks.respond(walker, `# ${walker}\n${query}`, {}, variables && { variables, operationName })).text());
  const first = await send();
  expect(await send(), query).toBe(first);
  return first;
}

/** Literals for what root fields need; by name. */
function argumentsOf({ name }: GraphQLField<unknown, unknown>): string[] {
  const range = 'range: { from: "2025-12-01", to: "2026-03-01", timeZone: "UTC" }';
  const project = quoted(idOf("Project"));
  const asked: Record<string, () => string[]> = {
    metrics: () => valuesOf(schema, "Dimension").map((dimension) => `projects: [${project}], ${range}, measures: [ACCURACY, OUTPUT], groupBy: [${dimension}], totals: true`),
    confusionMatrix: () => [`project: ${project}, ${range}, source: AUDITS`],
    pairedComparison: () => [`project: ${project}, ${range}, left: { kind: HUMAN }, right: { kind: MODEL }, source: AUDITS`],
    nodes: () => [`ids: [${["Project", "Audit", "Labeler"].map((type) => quoted(idOf(type)))}, "none"]`],
    node: () => [...new Set(walks.types.values())].map((type) => `id: ${quoted(idOf(type))}`),
  };
  return asked[name]?.() ?? [];
}

/** Values for the variables of the operations, by name; what no name fits stays away. */
function valuesFor({ variableDefinitions }: OperationDefinitionNode): Record<string, unknown> {
  const known: [RegExp, () => unknown][] = [
    [/^projects$/, () => [idOf("Project")]],
    [/^project(Id)?$/, () => idOf("Project")],
    [/^queue(Id)?s?$/, () => idOf("Queue")],
    [/^labeler(Id)?s?$/, () => idOf("Labeler")],
    [/^policy(Id)?s?$/, () => idOf("Policy")],
    [/range$/i, () => ({ from: "2025-12-01", to: "2026-03-01" })],
    [/timeZone/, () => "Asia/Jakarta"],
  ];
  return Object.fromEntries((variableDefinitions ?? []).flatMap(({ variable }) => {
    const name = variable.name.value;
    const found = known.find(([pattern]) => pattern.test(name));
    return found ? [[name, found[1]()]] : [];
  }));
}

test.each(["admin", "lead", "partner", "labeler"] as const)("every root field answers %s the same, compiled or not", async (walker) => {
  let fit = 0;
  // Who looks at the access log stands in it afterwards.
  for (const field of [...free, ...asking].filter(({ name }) => name !== "accessLog")) {
    const asked = free.includes(field) ? [""] : walker === "admin" || field.name !== "node" ? argumentsOf(field) : [];
    for (const args of asked) {
      for (const depth of [1, 2]) {
        const query = documentOf(field, args, depth);
        const document = parse(query);
        if (isFit(schema, document, operationsOf(document)[0]!)) fit += 1;
        await expectSame(walker, query);
      }
    }
  }
  expect(fit).toBeGreaterThan(40);
});

test("every query of schema/operations may be compiled but for one, and answers the same", async () => {
  const queries = OPERATIONS.flatMap((document) => operationsOf(document).filter(({ operation }) => operation === "query").map((operation) => ({ document, operation })));
  expect(queries.length).toBeGreaterThan(3);
  for (const { document, operation } of queries) {
    // What waits may be of any type, each of which would be compiled.
    expect(isFit(schema, document, operation), operation.name?.value).toBe(operation.name?.value !== "MyWork");
    await expectSame("admin", print(document), valuesFor(operation), operation.name?.value);
  }
});
