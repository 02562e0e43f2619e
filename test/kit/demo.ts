import { createPool } from "../../src/db/pool.ts";
import { demoTokens, loadDemo } from "../../src/demo/service.ts";
import { createWorld } from "./world.ts";

/** When the demo of tests is loaded. */
export const DEMO_NOW = new Date("2026-03-18T09:30:00Z");

/** A database of one's own for a small demo; not loaded yet. */
export async function openStage() {
  const world = await createWorld();
  const pool = createPool({ url: world.urls.login, size: 2, queue: 10, waitMs: 5_000, applicationName: "assay-demo" });
  let tokens: Record<string, string> | undefined;
  const load = ({ scale = 0.2, log = (_: string) => {} } = {}) => loadDemo(pool, { seed: "assay", now: DEMO_NOW, scale, log });
  const send = async (name: string, body: object, accept = "application/json") => {
    tokens ??= await demoTokens(pool, null);
    const headers = { "content-type": "application/json", accept, authorization: `Bearer ${tokens[name]}` };
    return world.server.fetch(new Request("http://assay.test/graphql", { method: "POST", headers, body: JSON.stringify(body) }));
  };
  const ask = async (name: string, query: string, variables?: object): Promise<any> => {
    const response = await send(name, { query, variables });
    const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  /** Follows a subscription; what comes of it until a text has come. */
  const follow = async (name: string, query: string, variables: object) => {
    const reader = (await send(name, { query, variables }, "text/event-stream")).body!.getReader();
    return async (wanted: string): Promise<string> => {
      let heard = "";
      while (!heard.includes(wanted)) {
        const { done, value } = await reader.read();
        if (done) break;
        heard += Buffer.from(value).toString();
      }
      await reader.cancel();
      return heard;
    };
  };
  const close = async () => {
    await pool.end();
    await world.close();
  };
  return { world, pool, load, ask, follow, close };
}

export type Stage = Awaited<ReturnType<typeof openStage>>;
