import { getNamedType, type GraphQLField, type GraphQLInputField, getOperationAST, isEnumType, isInputObjectType, isObjectType, parse, validate } from "graphql";
import { describe, expect, test } from "vitest";
import { type Access, EXPORTING, REVEALING, rowOf, subjectOf, subjectsFor, subjectsIn } from "../src/accesses/rules.ts";
import { encodeId, SYSTEM_PROJECT_ID } from "../src/core/ids.ts";
import { SYSTEM_VIEWER } from "../src/core/viewer.ts";
import { isPersonal, personalInputs, personalOfPath } from "../src/graphql/personal.ts";
import { readingOf, readOf } from "../src/graphql/plugins/reading.ts";
import { schema } from "../src/schema.ts";

const [A, B, P, Q] = Array.from({ length: 4 }, () => crypto.randomUUID()) as [string, string, string, string];
const global = (type: string, id: string) => ({ type, key: { projectId: null, id } });
const owned = (type: string, projectId: string, id: string) => ({ type, key: { projectId, id } });

describe("fields of people", () => {
  const PEOPLE = ["Principal", "Labeler"];
  // Codes by which machines know them, and what says nothing of a person.
  const OTHERS = ["Principal.id", "Labeler.id", "Labeler.pseudonym", "Labeler.externalRef", "Labeler.allowedActions"];

  test("that are texts are marked personal, and no other's", () => {
    const texts = PEOPLE.flatMap((name) => {
      const type = schema.getType(name);
      return isObjectType(type) ? Object.values(type.getFields()).map((field): [string, GraphQLField<unknown, unknown>] => [`${name}.${field.name}`, field]) : [];
    }).filter(([name, field]) => ["String", "ID"].includes(getNamedType(field.type).name) && !OTHERS.includes(name));
    expect(texts.map(([name]) => name).sort()).toEqual(["Labeler.name", "Principal.email", "Principal.name"]);
    expect(texts.filter(([, field]) => !isPersonal(field)).map(([name]) => name)).toEqual([]);
  });

  test("are marked where they are sort keys", () => {
    const keys = Object.values(schema.getTypeMap()).flatMap((type) => {
      const sorted = isEnumType(type) && type.name.endsWith("OrderField") ? schema.getType(type.name.slice(0, -"OrderField".length)) : null;
      if (!isEnumType(type) || !isObjectType(sorted)) return [];
      const fieldOf = (key: string) => sorted.getFields()[key.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())];
      return type.getValues().map((key) => ({ name: `${type.name}.${key.name}`, isMarked: isPersonal(key), isPersonal: isPersonal(fieldOf(key.name)) }));
    });
    expect(keys.filter((key) => key.isPersonal).map(({ name }) => name)).toEqual(["PrincipalOrderField.NAME"]);
    expect(keys.filter((key) => key.isMarked !== key.isPersonal)).toEqual([]);
  });

  test("are found wherever else an address or a person's name stands", () => {
    const isTold = (name: string) => /mail|phone|(first|last|full|person|labeler|principal|author|auditor|rater|actor|owner)Names?$/i.test(name);
    const found: string[] = [];
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type) && !isInputObjectType(type)) continue;
      // What a verb takes is logged with the verb.
      if (isInputObjectType(type) && !/Filter$/.test(type.name)) continue;
      const fields: (GraphQLField<unknown, unknown> | GraphQLInputField)[] = Object.values(type.getFields());
      for (const field of fields) if (isTold(field.name) && !isPersonal(field)) found.push(`${type.name}.${field.name}`);
    }
    expect(found).toEqual([]);
  });

  test("are known at the end of a path, and inside inputs", () => {
    expect(personalOfPath(schema, "Audit", "auditor.name")).toBe("Principal.name");
    expect(personalOfPath(schema, "Audit", "decision.labeler.name")).toBe("Labeler.name");
    for (const path of ["decision.labeler.pseudonym", "decision.vendor.name", "nothing.name", "id"]) expect(personalOfPath(schema, "Audit", path)).toBeNull();
    const filter = schema.getType("PrincipalFilter") as never;
    expect(personalInputs(filter, { emails: ["x"], kinds: ["PERSON"] })).toEqual(["PrincipalFilter.emails"]);
    expect(personalInputs(filter, { emails: null, kinds: ["PERSON"] })).toEqual([]);
  });
});

describe("an operation", () => {
  const read = (text: string, data: object | null, variables = {}) => {
    const document = parse(text);
    expect(validate(schema, document)).toEqual([]);
    const reading = readingOf({ schema, document }, getOperationAST(document)!);
    return reading && (data ? readOf(reading, data, variables) : reading.fields);
  };

  test("that selects nothing personal is not looked at any further", () => {
    for (const text of ["{ viewer { role } vendors { nodes { name } } }", "{ __schema { types { name } } }", "{ labelers { totalCount } }"]) expect(read(text, null)).toBeNull();
  });

  test("has read what its answer holds, object by object", () => {
    const text = "query ($id: ID!) { node(id: $id) { ... on Principal { id called: name } ... on Vendor { called: name } } viewer { grants { principal { name email } } } }";
    expect(read(text, { node: null, viewer: { grants: [{ principal: null }, { principal: { name: "a", email: null } }, { principal: { name: "b", email: "c" } }] } }))
      .toEqual({ fields: new Set(["Principal.name", "Principal.email"]), count: 2, subjects: [] });
    const id = encodeId("Principal", { projectId: null, id: A });
    expect(read(text, { node: { id, called: "a" }, viewer: { grants: [] } })).toEqual({ fields: new Set(["Principal.name"]), count: 1, subjects: [global("Principal", A)] });
    expect(read(text, { node: { id, called: null }, viewer: { grants: [] } })).toBeNull();
  });

  test("has read what it sorts by, since cursors hold it: named in its text, by a default or in variables", () => {
    const sorted = (variables: string, orderBy: string) => `query ${variables} { principals(orderBy: ${orderBy}) { edges { cursor } } }`;
    const byName = { fields: new Set(["PrincipalOrderField.NAME"]), count: 0, subjects: [] };
    const answer = { principals: { edges: [{ cursor: "x" }] } };
    for (const [text, variables] of [
      [sorted("", "{ field: NAME }"), {}],
      [sorted("($by: PrincipalOrder = { field: NAME })", "$by"), {}],
      [sorted("($by: PrincipalOrder)", "$by"), { by: { field: "NAME" } }],
      [sorted("($key: PrincipalOrderField!)", "{ field: $key, direction: DESC }"), { key: "NAME" }],
    ] as const) expect(read(text, answer, variables), text).toEqual(byName);
    expect(read(sorted("($key: PrincipalOrderField!)", "{ field: $key }"), answer, { key: "UPDATED_AT" })).toBeNull();
    expect(read(sorted("", "{ field: UPDATED_AT }"), null)).toBeNull();
  });

  test("is understood in a time that its text bounds, though its fragments double at each level", () => {
    const depth = 60;
    const fragments = Array.from({ length: depth }, (_, i) => `fragment F${i} on Principal { grants { nodes { a: principal { ...F${i + 1} } b: principal { ...F${i + 1} } } } }`);
    const document = parse(`{ viewer { principal { ...F0 } } } ${fragments.join(" ")} fragment F${depth} on Principal { name }`);
    const began = performance.now();
    const reading = readingOf({ schema, document }, getOperationAST(document)!)!;
    expect(readOf(reading, { viewer: { principal: { grants: { nodes: [{ a: null, b: { grants: null } }] } } } }, {})).toBeNull();
    expect(readOf(reading, { viewer: { principal: { grants: { nodes: [null] } } } }, {}), "of what may not be seen").toBeNull();
    expect([reading.fields, performance.now() - began < 500]).toEqual([["Principal.name"], true]);
  });
});

describe("a row", () => {
  const access = (more: Partial<Access>): Access => ({
    viewer: { ...SYSTEM_VIEWER, projectIds: [P, Q] }, requestId: "r", transport: "HTTP", kinds: ["MUTATION"], operation: null, fields: ["x"], personalFields: [], personalCount: null,
    subjects: [], outcome: "OK", code: null, ...more,
  });

  test("names each thing once, and the projects these are in; the viewer's where none is named", () => {
    const subjects = [owned("Audit", P, A), owned("Audit", P, A), owned("Vendor", SYSTEM_PROJECT_ID, B), global("Vendor", B)];
    expect(rowOf(access({ subjects }))).toMatchObject({ subjects: [owned("Audit", P, A), global("Vendor", B)], projectIds: [P] });
    expect(rowOf(access({ subjects: [global("Project", Q)] })).projectIds).toEqual([Q]);
    expect(rowOf(access({})).projectIds).toEqual([P, Q]);
    expect(rowOf(access({ viewer: SYSTEM_VIEWER })).projectIds).toEqual([]);
    expect(rowOf(access({ subjects: Array.from({ length: 700 }, () => global("Labeler", crypto.randomUUID())) })).subjects).toHaveLength(500);
  });

  test("names the client that acts for somebody, and its key", () => {
    const viewer = { ...SYSTEM_VIEWER, principalId: A, clientId: P, via: { principalId: B, clientId: Q } };
    expect(rowOf(access({ viewer }))).toMatchObject({ principalId: A, viaId: B, clientId: Q });
    expect(rowOf(access({ viewer: { ...viewer, via: undefined } as never }))).toMatchObject({ viaId: null, clientId: P });
  });

  test("shows a lead no things of others' projects", () => {
    const subjects = [owned("Audit", P, A), owned("Audit", Q, B), global("Project", Q), global("Labeler", A)];
    expect(subjectsFor({ ...SYSTEM_VIEWER, role: "QA_LEAD", projectIds: [P] }, subjects)).toEqual([subjects[0], subjects[3]]);
    expect(subjectsFor(SYSTEM_VIEWER, subjects)).toEqual(subjects);
  });
});

test("things are found in an input by their opaque ids alone, and however deep it is", () => {
  const id = encodeId("Audit", { projectId: P, id: A });
  expect(subjectsIn({ auditIds: [id], filter: { labelerId: encodeId("Labeler", { projectId: null, id: B }) }, at: new Date(), text: A, none: null, count: 1 })).toEqual([owned("Audit", P, A), global("Labeler", B)]);
  for (const text of ["", A, id.slice(3), encodeId("a\u0000b", { projectId: null, id: A }), encodeId("x".repeat(200), { projectId: null, id: A })]) expect(subjectOf(text)).toBeNull();
  let deep: object = { id };
  for (let i = 0; i < 50_000; i += 1) deep = { deep };
  expect(subjectsIn(deep)).toEqual([]);
});

test("verbs that reveal and export are verbs", () => {
  const verbs = Object.keys(schema.getMutationType()!.getFields());
  for (const verb of [...REVEALING, ...EXPORTING]) expect(verbs).toContain(verb);
});
