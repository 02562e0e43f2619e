// PostGraphile 5 as its documentation sets it up for speed; with `identity`, under the same role and settings as Assay, by its pgSettings.
import { createServer } from "node:http";

// It asks for Node 22, of which it needs this one thing.
Promise.withResolvers ??= function () {
  const deferred = {};
  deferred.promise = new this((resolve, reject) => Object.assign(deferred, { resolve, reject }));
  return deferred;
};
const { postgraphile } = await import("postgraphile");
const { makePgService } = await import("postgraphile/adaptors/pg");
const { grafserv } = await import("postgraphile/grafserv/node");
const { PostGraphileAmberPreset } = await import("postgraphile/presets/amber");

const { url, poolSize, identity } = JSON.parse(process.argv[2]);
const applicationName = identity ? "bench-pgl-identity" : "bench-pgl-plain";
const preset = {
  extends: [PostGraphileAmberPreset],
  // The login sees nothing as itself; what the role may see is the database's to say.
  disablePlugins: ["PgRBACPlugin", "PgIndexBehaviorsPlugin"],
  pgServices: [makePgService({ connectionString: url, schemas: ["public"], poolConfig: { max: poolSize, application_name: applicationName }, pubsub: false })],
  grafast: { explain: false, context: () => (identity ? { pgSettings: identity } : {}) },
  grafserv: { graphiql: false, watch: false },
};
const serv = postgraphile(preset).createServ(grafserv);
const server = createServer();
await serv.addTo(server);
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
