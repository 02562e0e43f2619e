// What a GraphQL server is built of by the book: Yoga, Pothos and a DataLoader a relation, over postgres.js. No identity, no checks.
import { createServer } from "node:http";
import SchemaBuilder from "@pothos/core";
import DataLoader from "dataloader";
import { createYoga } from "graphql-yoga";
import postgres from "postgres";
import { BARE_LATEST, figureOf, FLAT, idFloor, LABELERS, NODE, POLICIES, PROJECTS, QUALITY, QUEUES } from "./sql.js";

const { url, poolSize } = JSON.parse(process.argv[2]);
const sql = postgres(url, { max: poolSize, connection: { application_name: "bench-stock" } });
const ask = (text, params) => sql.unsafe(text, params, { prepare: true });

const inOrder = (keys, rows, key = "id") => {
  const found = new Map(rows.map((row) => [row[key], row]));
  return keys.map((each) => found.get(each));
};
const inGroups = (keys, rows, key) => keys.map((each) => rows.filter((row) => row[key] === each));

const loaders = () => ({
  labeler: new DataLoader(async (ids) => inOrder(ids, await ask(LABELERS, [ids]))),
  policy: new DataLoader(async (ids) => inOrder(ids, await ask(POLICIES, [ids]))),
  queues: new DataLoader(async (ids) => inGroups(ids, await ask(QUEUES, [ids, 5]), "projectId")),
  audits: new DataLoader(async (queues) => {
    const rows = await ask(BARE_LATEST, [queues.map(({ projectId }) => projectId), queues.map(({ id }) => id), 10]);
    return inGroups(queues.map(({ id }) => id), rows, "queueId");
  }, { cacheKeyFn: ({ id }) => id }),
});

const builder = new SchemaBuilder({});
builder.scalarType("DateTime", { serialize: (time) => time.toISOString() });
const object = (name, fields) => builder.objectRef(name).implement({ fields });

const Labeler = object("Labeler", (t) => ({ pseudonym: t.exposeString("pseudonym") }));
const Policy = object("Policy", (t) => ({ code: t.exposeString("code") }));
const Audit = object("Audit", (t) => ({
  ...Object.fromEntries(["state", "contentRef", "modality", "language"].map((name) => [name, t.exposeString(name)])),
  ...Object.fromEntries(["submittedAt", "publishedAt", "createdAt", "updatedAt", "decidedAt"].map((name) => [name, t.expose(name, { type: "DateTime" })])),
  id: t.exposeID("id"),
  version: t.exposeInt("version"),
  labeler: t.field({ type: Labeler, resolve: ({ labelerId }, _, context) => context.labeler.load(labelerId) }),
  policy: t.field({ type: Policy, resolve: ({ policyId }, _, context) => context.policy.load(policyId) }),
}));
const Queue = object("Queue", (t) => ({
  code: t.exposeString("code"),
  market: t.exposeString("market"),
  audits: t.field({ type: [Audit], resolve: (queue, _, context) => context.audits.load(queue) }),
}));
const Project = object("Project", (t) => ({
  code: t.exposeString("code"),
  name: t.exposeString("name"),
  queues: t.field({ type: [Queue], resolve: ({ id }, _, context) => context.queues.load(id) }),
}));
const Interval = object("Interval", (t) => ({ low: t.exposeFloat("low"), high: t.exposeFloat("high") }));
const Figure = object("Figure", (t) => ({
  labeler: t.exposeString("labeler"), value: t.exposeFloat("value"), n: t.exposeInt("n"), interval: t.expose("interval", { type: Interval }),
}));
const ids = (t, ...names) => Object.fromEntries(names.map((name) => [name, t.arg.id({ required: true })]));

builder.queryType({
  fields: (t) => ({
    projects: t.field({ type: [Project], args: { first: t.arg.int({ required: true }) }, resolve: (_, { first }) => ask(PROJECTS, [first]) }),
    audits: t.field({
      type: [Audit], args: { ...ids(t, "projectId"), first: t.arg.int({ required: true }) }, resolve: (_, { projectId, first }) => ask(FLAT, [projectId, first]),
    }),
    audit: t.field({ type: Audit, args: ids(t, "projectId", "id"), resolve: async (_, { projectId, id }) => (await ask(NODE, [projectId, id]))[0] }),
    quality: t.field({
      type: [Figure], args: ids(t, "projectId", "queueId", "from", "to"),
      resolve: async (_, { projectId, queueId, from, to }) => (await ask(QUALITY, [projectId, queueId, idFloor(from), idFloor(to)])).map(figureOf),
    }),
  }),
});

const yoga = createYoga({ schema: builder.toSchema(), context: loaders, logging: false });
const server = createServer(yoga);
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
