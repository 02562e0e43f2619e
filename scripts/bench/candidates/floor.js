// The floor: node:http, one hand-written statement a level, one JSON.stringify. No GraphQL, no identity, no checks.
import { createServer } from "node:http";
import postgres from "postgres";
import { figureOf, FLAT, idFloor, LATEST, NODE, PROJECTS, QUALITY, QUEUES } from "./sql.js";

const { url, poolSize } = JSON.parse(process.argv[2]);
// A time goes out as the database writes it: to make dates of them costs as much as all the rest.
const asTheyAre = { to: 1184, from: [1184], serialize: String, parse: (text) => text };
const sql = postgres(url, { max: poolSize, connection: { application_name: "bench-floor" }, types: { time: asTheyAre } });

function group(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.has(row[key]) ? groups.get(row[key]).push(row) : groups.set(row[key], [row]);
  return groups;
}

const ask = (text, params) => sql.unsafe(text, params, { prepare: true });

const ANSWERS = {
  async nested({ projects: count, queues: perProject, audits }) {
    const projects = await ask(PROJECTS, [count]);
    const queues = await ask(QUEUES, [projects.map(({ id }) => id), perProject]);
    const latest = group(await ask(LATEST, [queues.map(({ projectId }) => projectId), queues.map(({ id }) => id), audits]), "queueId");
    const byProject = group(queues, "projectId");
    const audited = ({ pseudonym, policyCode, queueId: _, ...audit }) => ({ ...audit, labeler: { pseudonym }, policy: { code: policyCode } });
    return projects.map(({ id, ...project }) => ({
      ...project,
      queues: byProject.get(id).map(({ id: queueId, code, market }) => ({ code, market, audits: latest.get(queueId).map(audited) })),
    }));
  },
  flat: ({ projectId, first }) => ask(FLAT, [projectId, first]),
  node: async ({ projectId, id }) => (await ask(NODE, [projectId, id]))[0],
  quality: async ({ projectId, queueId, from, to }) => (await ask(QUALITY, [projectId, queueId, idFloor(from), idFloor(to)])).map(figureOf),
};

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", async () => {
    const { workload, ...params } = JSON.parse(body);
    const bytes = Buffer.from(JSON.stringify(await ANSWERS[workload](params)));
    response.writeHead(200, { "content-type": "application/json", "content-length": bytes.length });
    response.end(bytes);
  });
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
