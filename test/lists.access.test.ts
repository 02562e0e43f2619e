import { isRequiredArgument } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeCursor } from "../src/core/pages.ts";
import { encodeEventCursor } from "../src/events/cursor.ts";
import { accessOf } from "../src/graphql/access.ts";
import { schema } from "../src/schema.ts";
import { type Field, fieldsOf, isOpenTo, nodes } from "./kit/declared.ts";
import { expectSame, filtersOf } from "./kit/hidden.ts";
import { hiddenTokens, type Told } from "./kit/tokens.ts";
import { objectOf, selectionText, textOf, valuesOf } from "./kit/walk.ts";
import { NARROW, openWalks, type Walker, type Walks } from "./kit/walkers.ts";

interface Page {
  totalCount: number;
  edges: { cursor: string; node: Record<string, unknown> & { id: string } }[];
}
type Lists = Record<string, Page>;

/** How many parents of a type are asked for their lists. */
const PARENTS = 4;

const isList = ({ args }: Field) => args.some(({ name }) => name === "orderBy") && args.some(({ name }) => name === "after") && !args.some(isRequiredArgument);
const rootLists = fieldsOf(schema.getQueryType()).filter(isList);
const childLists = nodes.flatMap((type) => fieldsOf(type).filter(isList).map((field) => ({ type: type.name, field })));
const isOpen = (walker: Walker, field: Field) => [field, schema.getType(objectOf(field))!].every((each) => !accessOf(each) || isOpenTo(walker, each as Field));

let walks: Walks;
beforeAll(async () => {
  walks = await openWalks();
});
afterAll(() => walks.world.close());

const ofType = (type: string) => (row: Told) => walks.types.get(row.table) === type;
const firstHidden = (walker: Walker, type: string) => walks.views[walker].hidden.find(ofType(type));
const quoted = (value: unknown) => JSON.stringify(value);

async function ask<Data>(walker: Walker, query: string): Promise<Data> {
  const { data, errors } = JSON.parse(await walks.bytesOf(walker, query)) as { data: Data; errors?: unknown };
  expect(errors, query.slice(0, 200)).toBeUndefined();
  return data;
}

const orders = (field: Field) => valuesOf(schema, `${objectOf(field)}OrderField`);
const orderBy = (by: string, direction: string) => `orderBy: { field: ${by}, direction: ${direction} }`;

/** A list as it is and in every order, each under a name of its own. */
function inOrders(field: Field): string {
  const { name } = field;
  const inner = `(first: 100 ARGS) { totalCount edges { cursor node { ${selectionText(schema.getType(objectOf(field))!, 0)} } } }`;
  const ordered = orders(field).map((by, i) => `${name}__${by}: ${name}${inner.replace("ARGS", `, ${orderBy(by, i % 2 ? "ASC" : "DESC")}`)}`);
  return [`${name}__: ${name}${inner.replace("ARGS", "")}`, ...ordered].join(" ");
}

const decoded = (cursor: string) => JSON.parse(Buffer.from(cursor, "base64url").toString()) as [value: string | null, id: string];

// Of a time, the cursor has more digits than the field.
const timeOf = (text: string) => Math.floor(Date.parse(text.replace(/([+-]\d\d)$/, "$1:00")));
const isSaid = (value: string, node: object) =>
  Object.values(node).some((said) => String(said) === value || (typeof said === "string" && timeOf(said) === timeOf(value)));

/** What an answer's lists hold in one order alone, and what their cursors say that their rows don't. */
function wrongIn(place: string, lists: Lists): string[] {
  const ids = ({ edges }: Page) => edges.map(({ node }) => node.id).sort().join();
  return Object.entries(lists).flatMap(([name, page]) => {
    const asIs = lists[name.replace(/__.*/, "__")]!;
    const isAlike = ids(page) === ids(asIs) && page.totalCount === asIs.totalCount;
    const telling = page.edges.flatMap(({ cursor, node }) => {
      const [value] = decoded(cursor);
      return value === null || isSaid(value, node) ? [] : [value];
    });
    return [...(isAlike ? [] : [`${place}.${name} holds other rows`]), ...telling.slice(0, 1).map((value) => `${place}.${name} tells ${value}`)];
  });
}

/** Every list that somebody may read, in every order, by where it stands. */
async function allLists(walker: Walker): Promise<[place: string, lists: Lists][]> {
  const found: [string, Lists][] = [["Query", await ask<Lists>(walker, `{ ${rootLists.filter((field) => isOpen(walker, field)).map(inOrders).join(" ")} }`)]];
  for (const type of new Set(childLists.map((each) => each.type))) {
    const lists = childLists.filter((each) => each.type === type && isOpen(walker, each.field));
    const parents = walks.views[walker].visible.filter(ofType(type)).slice(0, PARENTS);
    if (parents.length === 0 || lists.length === 0) continue;
    const ids = quoted(parents.map((row) => walks.idOf(row)));
    const data = await ask<{ nodes: (Lists | null)[] }>(walker, `{ nodes(ids: ${ids}) { ... on ${type} { ${lists.map(({ field }) => inOrders(field)).join(" ")} } } }`);
    found.push(...data.nodes.flatMap((each): [string, Lists][] => (each ? [[type, each]] : [])));
  }
  return found;
}

/** For each order of each list at the root, the cursor of a row that is hidden from somebody, as an administrator was given it. */
async function hiddenCursors(walker: Walker): Promise<{ field: Field; by: string; cursor: string }[]> {
  const hidden = new Set(walks.views[walker].hidden.map(({ id }) => id));
  const fields = rootLists.filter((field) => isOpen(walker, field) && isOpen("admin", field));
  const lists = await ask<Lists>("admin", `{ ${fields.map(inOrders).join(" ")} }`);
  return fields.flatMap((field) =>
    orders(field).flatMap((by) => {
      const edge = lists[`${field.name}__${by}`]!.edges.find(({ cursor }) => hidden.has(decoded(cursor)[1]));
      return edge ? [{ field, by, cursor: edge.cursor }] : [];
    }),
  );
}

/** The cursor of a row beside another, which nobody has. */
function beside(cursor: string): string {
  const [value, id] = decoded(cursor);
  return encodeCursor(value, id.slice(0, -1) + (Number.parseInt(id.slice(-1), 16) ^ 1).toString(16));
}

describe.each(NARROW)("%s", (walker) => {
  test("finds the same rows in every order of a list, and reads nothing from cursors that isn't in their rows", async () => {
    const tokens = hiddenTokens(walks.views[walker]);
    const wrong = (await allLists(walker)).flatMap(([place, lists]) => {
      const text = textOf(lists);
      return [...wrongIn(place, lists), ...tokens.filter((token) => text.includes(token)).map((token) => `${place}: ${token}`)];
    });
    expect(wrong).toEqual([]);
  });

  test("goes on behind a hidden row of each list and order as behind one beside it that nobody has", async () => {
    const cursors = await hiddenCursors(walker);
    expect(cursors.length).toBeGreaterThan(10);
    const behind = (change: (cursor: string) => string) =>
      cursors.map(({ field, by, cursor }) => {
        const page = (direction: string) =>
          `${field.name}(first: 100, after: "${change(cursor)}", ${orderBy(by, direction)}) { totalCount nodes { id } pageInfo { endCursor hasNextPage } }`;
        return ["ASC", "DESC"].map((direction) => `${field.name}__${by}__${direction}: ${page(direction)}`).join(" ");
      });
    const [answer, nobodys] = [await ask(walker, `{ ${behind((cursor) => cursor).join(" ")} }`), await ask(walker, `{ ${behind(beside).join(" ")} }`)];
    expect(answer).toEqual(nobodys);
  });

  test("is told the same of a hidden project's cursor in a list of events as of a project that there isn't", async () => {
    const own = walks.views[walker].visible.find(ofType("Project"))!;
    const after = (of: Told) => quoted(encodeEventCursor(of.id, 1));
    // What fails is compiled, and its rows counted again, when its text comes again: so everybody has a text of their own.
    const inProject = (of: Told) => `query ${walker} { node(id: ${quoted(walks.idOf(own))}) { ... on Project { events(after: ${after(of)}) { nodes { id } } } } }`;
    const hidden = walks.views[walker].hidden.find(({ table, name }) => table === "projects" && name === "P2")!;
    for (const query of [inProject, (of: Told) => `{ systemEvents(after: ${after(of)}) { nodes { id } } }`]) await expectSame(walks, walker, hidden, query);
    expect(await walks.bytesOf(walker, inProject(hidden))).toContain("of another project");
  });

  test("is told the same of a filter below an object by a hidden row as of one by a row that nobody has", async () => {
    const atRoot = new Set(rootLists.map((field) => objectOf(field)));
    for (const { type, field } of childLists.filter((each) => !atRoot.has(objectOf(each.field)) && isOpen(walker, each.field))) {
      const parent = walks.views[walker].visible.find(ofType(type));
      for (const { name, type: named, literal } of parent ? filtersOf(field, walks) : []) {
        const row = firstHidden(walker, named);
        const list = (of: Told) => `${field.name}(filter: { ${name}: ${literal(of)} }) { totalCount nodes { id } }`;
        if (row) await expectSame(walks, walker, row, (of) => `{ node(id: ${quoted(walks.idOf(parent!))}) { ... on ${type} { ${list(of)} } } }`);
      }
    }
  });
});
