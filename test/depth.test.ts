import { afterAll, beforeAll, expect, test } from "vitest";
import { getIntrospectionQuery } from "graphql";
import { follow, socketOf } from "./kit/sockets.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

// projects { nodes { (queues { nodes { project { }* code } } }: two fields, three for each turn, and one.
const nested = (turns: number) => `projects { nodes { ${"queues(first: 5) { nodes { project { ".repeat(turns)}code${" } } }".repeat(turns)} } }`;

test("an operation of twelve fields inside each other runs, a deeper one is refused before it reads anything", async () => {
  expect((await world.admin.send(`{ ${nested(3)} }`)).errors).toBeUndefined();
  for (const document of [`{ ${nested(4)} }`, `{ ${nested(40)} }`, `{ ...f } fragment f on Query { ... { ${nested(4)} } }`]) {
    world.statements.length = 0;
    const { data, errors } = await world.admin.send(document);
    expect([data ?? null, errors?.[0]?.extensions?.code]).toEqual([null, "TOO_DEEP"]);
    expect(world.statements).toEqual([]);
  }
});

test("fragments that spread each other twice are measured once", async () => {
  const spreads = Array.from({ length: 40 }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`).join(" ");
  expect((await world.admin.send(`{ ...f0 } ${spreads} fragment f40 on Query { ${nested(4)} }`)).errors?.[0]?.extensions?.code).toBe("TOO_DEEP");
});

test("fields count wherever their fragment is spread: a document that unfolds is refused, and what a list reads of a smaller one is found at once", async () => {
  const document = (turns: number) => {
    const spreads = Array.from({ length: turns }, (_, i) => `fragment f${i} on Project { ...f${i + 1} ...f${i + 1} }`).join(" ");
    return `{ projects { nodes { ...f0 } } } ${spreads} fragment f${turns} on Project { code timeZone }`;
  };
  const before = performance.now();
  const { data, errors } = await world.admin.send(document(9));
  expect([errors, data.projects.nodes]).toEqual([undefined, expect.any(Array)]);
  expect((await world.admin.send(document(40))).errors?.[0]).toMatchObject({ extensions: { code: "TOO_MANY_FIELDS" }, message: expect.stringContaining("millions of fields") });
  expect(performance.now() - before).toBeLessThan(1_000);
});

test("introspection is not counted, and a WebSocket has the same limit", async () => {
  expect((await world.admin.send(getIntrospectionQuery())).errors).toBeUndefined();
  const ended = (await follow(socketOf(await world.listen(), world.admin), `{ ${nested(4)} }`, {}).ended) as { extensions: { code: string } }[];
  expect(ended[0]?.extensions.code).toBe("TOO_DEEP");
});
