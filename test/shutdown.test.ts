import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject } from "./kit/factories.ts";
import { follow, followEvents, socketOf } from "./kit/sockets.ts";
import { globalId, projectGid } from "./kit/samples.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let child: ChildProcess;
let url: string;
beforeAll(async () => {
  world = await createWorld();
  const { login, migrator, jobs } = world.urls;
  const env = { ...process.env, DATABASE_URL: login, DATABASE_DIRECT_URL: migrator, DATABASE_JOBS_URL: jobs, HOST: "127.0.0.1", LOG_LEVEL: "warn" };
  child = spawn(process.execPath, ["--import", "tsx", "src/main.ts", "--port", "0"], { env, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const chunk of child.stdout!) {
    said += chunk;
    if ((url = /GraphQL {2}(\S+)\/graphql/.exec(said)?.[1] ?? "")) break;
  }
  while (!(await fetch(`${url}/readyz`)).ok) await sleep(50);
});
afterAll(async () => {
  child.kill("SIGKILL");
  await world.close();
});

const CLIENTS = 8;

test("on SIGTERM nobody is failed: what is under way is answered, who follows is told to connect again, and all is over within 10 s", async () => {
  const project = await makeProject(world.sql);
  const { token } = await world.caller({ role: "QA_LEAD", projectId: project.projectId });
  const send = async (query: string, variables = {}) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const response = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
    return { isLast: response.headers.get("connection") === "close", answer: (await response.json()) as { data: any; errors?: unknown } };
  };
  let isReady = true;
  const balance = (async () => {
    while (isReady) {
      isReady = (await fetch(`${url}/readyz`)).ok;
      await sleep(100);
    }
  })();
  const failed: unknown[] = [];
  const tally = { answers: 0, last: 0 };
  const note = async (sending: ReturnType<typeof send>) => {
    try {
      const { isLast, answer } = await sending;
      tally.answers += 1;
      tally.last += Number(isLast);
      if (answer.errors || answer.data.askQuestion?.message) failed.push(answer.errors ?? answer.data.askQuestion.message);
    } catch (error) {
      failed.push(error);
    }
  };
  const ASK = "mutation ($input: AskQuestionInput!) { askQuestion(input: $input) { __typename ... on Refusal { message } } }";
  const load = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let n = 0; isReady; n += 1) {
      const input = { projectId: projectGid(project), policyId: globalId("Policy", project.policies.hate), title: `Q ${client}-${n}`, question: "Is it?" };
      await note(n % 2 === 0 ? send("{ queues { nodes { code } } }") : send(ASK, { input }));
    }
  });
  const EVENTS = "subscription ($id: ID!) { projectEvents(projectId: $id) { cursor } }";
  const client = socketOf(url, { token }, { lazy: false, onNonLazyError: () => {} });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => client.on("closed", (event) => resolve(event as never)));
  const onSocket = follow(client, EVENTS, { id: projectGid(project) });
  const onStream = followEvents(url, { token }, EVENTS, { id: projectGid(project) });
await Promise.all([onSocket.has(1), onStream.has(1)]);
  // One that takes longer than it takes to be noticed that the server is about to end.
  const locked = await world.sql.reserve();
  await locked`begin`;
  await locked`lock table scorecards in access exclusive mode`;
  const slow = send("{ scorecards(first: 1) { nodes { code } } }");
  const slowly = note(slow);
  const slowOnSocket = follow(socketOf(url, { token }), "{ scorecards(first: 1) { nodes { code } } }", {});
  await sleep(300);
  const [exited, endingAt] = [once(child, "exit"), performance.now()];
  child.kill("SIGTERM");
  await sleep(2_000);
  await locked`commit`;
  locked.release();
  const [code] = (await exited) as [number];
  const endedMs = performance.now() - endingAt;
  await Promise.all([balance, slowly, ...load]);
  expect(failed).toEqual([]);
  expect((await slow).answer).toMatchObject({ data: { scorecards: { nodes: [] } } });
  expect([code, tally.answers > 20, tally.last > 0]).toEqual([0, true, true]);
  expect(endedMs).toBeLessThan(10_000);
  expect(await closed).toMatchObject({ code: 1001, reason: expect.stringContaining("connect again") });
  expect(await slowOnSocket.has(1)).toEqual([{ data: { scorecards: { nodes: [] } }, extensions: expect.anything() }]);
  expect(await onStream.ended).toBe("complete");
  expect(onStream.messages.at(-1).errors[0]).toMatchObject({ message: expect.stringContaining("connect again"), extensions: { code: "UNAVAILABLE" } });
  // A backend may outlive its client by a moment.
  const left = () => world.sql`select application_name from pg_stat_activity where datname = current_database() and application_name in ('assay', 'assay-analyst', 'assay-scan')`;
  await expect.poll(left).toHaveLength(0);
  expect((await world.sql`select from graphile_worker.jobs where locked_at is not null`)).toHaveLength(0);
  console.info(JSON.stringify({ ...tally, endedMs: Math.round(endedMs) }));
}, 60_000);
