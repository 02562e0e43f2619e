// Mercurius with its JIT and its loaders, over the same SQL as the floor. No identity, no checks.
import Fastify from "fastify";
import mercurius from "mercurius";
import postgres from "postgres";
import { BARE_LATEST, figureOf, FLAT, idFloor, LABELERS, NODE, POLICIES, PROJECTS, QUALITY, QUALITY_OF_RECORD, QUEUES } from "./sql.js";

const { url, poolSize } = JSON.parse(process.argv[2]);
const sql = postgres(url, { max: poolSize, connection: { application_name: "bench-mercurius" } });
const ask = (text, params) => sql.unsafe(text, params, { prepare: true });

const schema = `
  scalar DateTime
  type Labeler { pseudonym: String! }
  type Policy { code: String! }
  type Audit {
    id: ID! version: Int! state: String! contentRef: String! modality: String! language: String submittedAt: DateTime publishedAt: DateTime
    createdAt: DateTime! updatedAt: DateTime! decidedAt: DateTime! labeler: Labeler! policy: Policy!
  }
  type Queue { code: String! market: String! audits: [Audit!]! }
  type Project { code: String! name: String! queues: [Queue!]! }
  type Interval { low: Float! high: Float! }
  type Figure { labeler: String! value: Float! n: Int! interval: Interval! }
  type Query {
    projects(first: Int!): [Project!]!
    audits(projectId: ID!, first: Int!): [Audit!]!
    audit(projectId: ID!, id: ID!): Audit
    quality(projectId: ID!, queueId: ID!, from: ID!, to: ID!): [Figure!]!
    qualityOfRecord(projectId: ID!, queueId: ID!, from: ID!, to: ID!): [Figure!]!
  }`;

const resolvers = {
  Query: {
    projects: (_, { first }) => ask(PROJECTS, [first]),
    audits: (_, { projectId, first }) => ask(FLAT, [projectId, first]),
    audit: async (_, { projectId, id }) => (await ask(NODE, [projectId, id]))[0],
    quality: async (_, { projectId, queueId, from, to }) => (await ask(QUALITY, [projectId, queueId, idFloor(from), idFloor(to)])).map(figureOf),
    qualityOfRecord: async (_, { projectId, queueId, from, to }) => (await ask(QUALITY_OF_RECORD, [projectId, queueId, from, to])).map(figureOf),
  },
};

const inOrder = (keys, rows) => {
  const found = new Map(rows.map((row) => [row.id, row]));
  return keys.map((each) => found.get(each));
};
const inGroups = (keys, rows, key) => keys.map((each) => rows.filter((row) => row[key] === each));
const unique = (ids) => [...new Set(ids)];

const loaders = {
  Project: {
    queues: async (asked) => {
      const ids = asked.map(({ obj }) => obj.id);
      return inGroups(ids, await ask(QUEUES, [ids, 5]), "projectId");
    },
  },
  Queue: {
    audits: async (asked) => {
      const rows = await ask(BARE_LATEST, [asked.map(({ obj }) => obj.projectId), asked.map(({ obj }) => obj.id), 10]);
      return inGroups(asked.map(({ obj }) => obj.id), rows, "queueId");
    },
  },
  Audit: {
    labeler: async (asked) => inOrder(asked.map(({ obj }) => obj.labelerId), await ask(LABELERS, [unique(asked.map(({ obj }) => obj.labelerId))])),
    policy: async (asked) => inOrder(asked.map(({ obj }) => obj.policyId), await ask(POLICIES, [unique(asked.map(({ obj }) => obj.policyId))])),
  },
};

const app = Fastify();
app.register(mercurius, { schema, resolvers, loaders, jit: 1 });
await app.listen({ port: 0, host: "127.0.0.1" });
console.log(JSON.stringify({ port: app.server.address().port }));
