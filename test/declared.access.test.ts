import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeId } from "../src/core/ids.ts";
import { type Entity, isOwned } from "../src/db/entities.ts";
import { accessOf } from "../src/graphql/access.ts";
import { importTables } from "./kit/catalog.ts";
import {
  askingText, type Field, fieldsOf, isDeclared, isOpenTo, membersOf, nodes, nullableOf, objects, queries, ROLE_OF, roots, selectionOf, subscriptions, verbs, WORDS,
} from "./kit/declared.ts";
import { inputOf, namingsOf } from "./kit/inputs.ts";
import type { Told } from "./kit/tokens.ts";
import { openWalks, type Walker, WALKERS, type Walks } from "./kit/walkers.ts";
import type { Caller } from "./kit/world.ts";

describe("who may", () => {
  test("is declared of everything: of root fields and objects with an id, and of the rest by what leads to it", () => {
    expect(roots.flatMap(fieldsOf).filter((field) => !isDeclared(field)).map(({ name }) => name)).toEqual([]);
    expect(nodes.filter((type) => !accessOf(type)).map(({ name }) => name)).toEqual([]);
    const reached = new Set(roots);
    for (const type of reached) for (const member of fieldsOf(type).flatMap(membersOf)) reached.add(member);
    expect(objects.filter((type) => !reached.has(type)).map(({ name }) => name)).toEqual([]);
  });

  test("is somebody, wherever it is declared, and is said in the descriptions of verbs, subscriptions and objects with an id", () => {
    const declared = [...objects, ...objects.flatMap(fieldsOf)].filter((element) => accessOf(element));
    expect(declared.filter((element) => accessOf(element)!.roles.length === 0 && !accessOf(element)!.scope).map(({ name }) => name)).toEqual([]);
    const silent = [...verbs, ...subscriptions, ...nodes].filter(({ description }) => !/ (For|Read by) [^.]+\.$/.test(description ?? ""));
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

let walks: Walks;
let bare: Caller;
let entities: Map<string, Entity>;
const isEntity = (value: unknown): value is Entity => typeof value === "object" && value !== null && "one" in value && "table" in value;

beforeAll(async () => {
  walks = await openWalks();
  bare = await walks.world.caller({ role: "SERVICE", projectId: projectOf("lead"), scopes: [] });
  for (const change of WORDS) await walks.world.sql.unsafe(change);
  entities = new Map(Object.values(await importTables()).flatMap((value) => (isEntity(value) ? [[value.name, value] as const] : [])));
});
afterAll(() => walks.world.close());

const projectOf = (walker: Walker) => walks.views[walker].visible.find(({ table }) => table === "projects")!.id;

/** A verb on rows that nobody has: who it is not for is refused for that, others for the rows. */
function verbText(verb: Field): string {
  const known = [...entities.keys()];
  const nobodys = ({ type, isCode }: { type: string; isCode: boolean }) =>
    isCode ? "NONE" : encodeId(type, { projectId: isOwned(entities.get(type)!) ? projectOf("admin") : null, id: randomUUID() });
  const [naming] = namingsOf(verb, known);
  const input = inputOf(verb, known, { path: naming?.path ?? ["nothing"], value: naming ? nobodys(naming) : "" }, nobodys);
  return `${verb.name}(input: ${input}) { __typename ... on Refusal { code message } }`;
}

const refusedTo = (name: string, walker: Walker) => new RegExp(`^${name} is for .*; you act as ${ROLE_OF[walker]}\\.$`);
const isRefusal = (errors: { message: string }[] = [], name: string, walker: Walker) => errors.some(({ message }) => refusedTo(name, walker).test(message));
const inTens = <T>(all: readonly T[]): T[][] => all.flatMap((_, i) => (i % 10 === 0 ? [all.slice(i, i + 10)] : []));

/** What somebody is shown of rows in these fields. */
async function shownOf(walker: Walker, type: string, fields: readonly Field[], rows: readonly Told[]): Promise<(Record<string, unknown> | null)[]> {
  const ids = JSON.stringify(rows.map((row) => walks.idOf(row)));
  return JSON.parse(await walks.bytesOf(walker, `{ nodes(ids: ${ids}) { ... on ${type} { ${selectionOf(fields)} } } }`)).data.nodes;
}

/** True if an administrator is shown something that the walker could see, were the field shown to them. */
function couldSee(walker: Walker, value: unknown): boolean {
  const opaque = (value as { id?: string } | null)?.id;
  if (opaque === undefined) return value !== null;
  return walks.views[walker].visible.some((row) => walks.types.has(row.table) && walks.idOf(row) === opaque);
}

/** Fields that somebody was not shown, though an administrator was. */
const masked = new Set<string>();

// A manager bound to a team is one like the others.
describe.each((Object.keys(WALKERS) as Walker[]).filter((walker) => walker !== "team"))("%s", (walker) => {
  const isFor = (field: Field) => isOpenTo(walker, field);

  test("is refused every mutation that isn't for them, and none that is; and told which these are", async () => {
    const { viewer } = JSON.parse(await walks.bytesOf(walker, "{ viewer { may } }")).data;
    expect(viewer.may).toEqual(verbs.filter(isFor).map(({ name }) => name).sort());
    for (const some of [...inTens(verbs.filter(isFor)), ...inTens(verbs.filter((verb) => !isFor(verb)))]) {
      const { data, errors } = JSON.parse(await walks.bytesOf(walker, `mutation { ${some.map(verbText).join(" ")} }`));
      expect(errors).toBeUndefined();
      for (const verb of some) {
        const { code, message = "" } = data[verb.name];
        expect(refusedTo(verb.name, walker).test(message) && code === "FORBIDDEN", `${verb.name}: ${message}`).toBe(!isFor(verb));
        // What the database alone refuses, the door should have.
        expect(message, verb.name).not.toContain("The acting role can't write");
      }
    }
  });

  test("is refused every root field that isn't for them, and none that is", async () => {
    for (const field of queries) {
      const { errors } = JSON.parse(await walks.bytesOf(walker, askingText(field)));
      expect(isRefusal(errors, field.name, walker), field.name).toBe(!isFor(field));
    }
  });

  test("finds null where a field isn't shown to them, and is shown the others", async () => {
    const wrong: string[] = [];
    for (const [table, type] of walks.types) {
      const fields = nullableOf(type);
      const rows = walks.views[walker].visible.filter((row) => row.table === table).slice(0, 50);
      if (rows.length === 0 || fields.length === 0) continue;
      // What comes to be known meanwhile, theirs has too.
      const [all, theirs] = [await shownOf("admin", type, fields, rows), await shownOf(walker, type, fields, rows)];
      for (const field of fields) {
        const { name } = field;
        const both = rows.flatMap((_, i) => (theirs[i] && all[i] && couldSee(walker, all[i][name]) ? [theirs[i][name]] : []));
        if (both.length === 0) continue;
        const isTheirs = !accessOf(field) || isFor(field);
        if (!isTheirs) masked.add(`${type}.${name}`);
        // A vendor's client is shown less than a client of the platform, whom the declaration is about.
        const isExpected = isTheirs === both.some((value) => value !== null) || (isTheirs && walker === "vendorService");
        if (!isExpected) wrong.push(`${type}.${name}, of ${both.length}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

test("each field that is declared to be shown to some was hidden from others, but for what the tenancy has none of", () => {
  const fields = [...walks.types.values()].flatMap((type) => nullableOf(type).flatMap((field) => (accessOf(field) ? [`${type}.${field.name}`] : [])));
  const ofHiddenRows = ["Sample.goldenItem", "Sample.replaces", "Sample.run", "Sample.stratum"];
  const unknown = [...ofHiddenRows, "Action.waiveReason", "CalibrationSession.agreement", "CalibrationSession.cancelReason"];
  expect(fields.filter((name) => !masked.has(name)).sort()).toEqual(unknown.sort());
});

describe("a machine client without scopes", () => {
  test("is refused whatever needs one", async () => {
    for (const field of queries) {
      const isOpen = accessOf(field)!.roles.includes("SERVICE");
      expect(isRefusal((await bare.send(askingText(field))).errors, field.name, "service"), field.name).toBe(!isOpen);
    }
    for (const some of inTens(verbs)) {
      const { data } = await bare.send(`mutation { ${some.map(verbText).join(" ")} }`);
      for (const { name } of some) expect(data[name].message, name).toMatch(refusedTo(name, "service"));
    }
    for (const field of subscriptions) {
      const headers = { authorization: `Bearer ${bare.token}`, "content-type": "application/json", accept: "text/event-stream" };
      const body = JSON.stringify({ query: `subscription ${askingText(field)}` });
      const response = await walks.world.server.fetch(new Request("http://assay.test/graphql", { method: "POST", headers, body }));
      expect(await response.text(), field.name).toContain(`${field.name} is for `);
    }
  });

  test("finds no objects of types that need one", async () => {
    for (const [table, type] of walks.types) {
      const row = walks.views.service.visible.find((each) => each.table === table);
      const object = nodes.find(({ name }) => name === type);
      if (!row || !object || !accessOf(object)!.scope) continue;
      expect((await bare.send(`{ node(id: "${walks.idOf(row)}") { id } }`)).data.node, type).toBeNull();
    }
  });
});
