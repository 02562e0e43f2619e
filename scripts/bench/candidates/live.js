// Live data by the book: graphql-ws on a schema of Pothos, Yoga's publish and subscribe, one read for each event that is heard of.
import { EventEmitter } from "node:events";
import { createServer } from "node:http";
import SchemaBuilder from "@pothos/core";
import { useServer } from "graphql-ws/use/ws";
import { createPubSub } from "graphql-yoga";
import postgres from "postgres";
import { WebSocketServer } from "ws";

const { url } = JSON.parse(process.argv[2]);
const sql = postgres(url, { max: 4, connection: { application_name: "bench-live" } });
// A thousand listeners are meant.
EventEmitter.defaultMaxListeners = 0;
const pubSub = createPubSub();
const opaque = (...parts) => Buffer.from(parts.join(":")).toString("base64url");

const builder = new SchemaBuilder({});
builder.scalarType("DateTime", { serialize: (time) => time.toISOString() });
builder.scalarType("JSON", { serialize: (value) => value });
const Subject = builder.objectRef("Subject").implement({
  fields: (t) => ({ type: t.exposeString("subjectType"), id: t.id({ resolve: ({ subjectType, subjectId }) => opaque(subjectType, subjectId) }) }),
});
const Event = builder.objectRef("Event").implement({
  fields: (t) => ({
    type: t.exposeString("type"),
    cursor: t.string({ resolve: ({ projectId, seq }) => opaque(projectId, seq) }),
    subject: t.field({ type: Subject, resolve: (event) => event }),
    recordedAt: t.expose("recordedAt", { type: "DateTime" }),
    fromState: t.exposeString("fromState", { nullable: true }),
    toState: t.exposeString("toState", { nullable: true }),
    payload: t.expose("payload", { type: "JSON" }),
  }),
});
builder.queryType({ fields: (t) => ({ ok: t.boolean({ resolve: () => true }) }) });
builder.subscriptionType({
  fields: (t) => ({
    projectEvents: t.field({
      type: Event,
      args: { projectId: t.arg.id({ required: true }) },
      subscribe: (_, { projectId }) => pubSub.subscribe(String(projectId)),
      resolve: (event) => event,
    }),
  }),
});

const read = new Map();
await sql.listen("assay_seals", async (hint) => {
  for (const [projectId, seq] of JSON.parse(hint)) {
    const after = read.get(projectId) ?? seq - 1;
    read.set(projectId, seq);
    const events = await sql`select s.seq, e.project_id as "projectId", e.type, e.subject_type as "subjectType", e.subject_id as "subjectId", e.recorded_at as "recordedAt",
      e.from_state as "fromState", e.to_state as "toState", e.payload from event_seals s join events e on e.project_id = s.project_id and e.id = s.event_id
      where s.project_id = ${projectId} and s.seq > ${after} and s.seq <= ${seq} order by s.seq`;
    for (const event of events) pubSub.publish(opaque("Project", projectId), event);
  }
});

const server = createServer();
useServer({ schema: builder.toSchema() }, new WebSocketServer({ server, path: "/graphql" }));
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
