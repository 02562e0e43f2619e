import { type Client, createClient, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient as createSocket } from "graphql-ws";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { draw, framed, makeActivePlan, projectGid } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let url: string;
beforeAll(async () => {
  world = await createWorld();
  url = await world.listen();
});
afterAll(() => world.close());

/** An urql client as a frontend sets it up: queries over HTTP, subscriptions by graphql-ws. */
function urqlOf(caller: Caller): Client {
  const authorization = `Bearer ${caller.token}`;
  const socket = createSocket({ url: `${url.replace(/^http/, "ws")}/graphql`, webSocketImpl: WebSocket, connectionParams: { authorization } });
  return createClient({
    url: `${url}/graphql`,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization } },
    exchanges: [
      subscriptionExchange({
        forwardSubscription: ({ query = "", variables }) => ({ subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink as never) }) }),
      }),
      fetchExchange,
    ],
  });
}

test("urql with graphql-ws receives the event of a submitAudit made by another client", async () => {
  const { own, by: lead } = await framed(world, 5);
  await draw(await makeActivePlan({ rate: 1, isBlind: false }, lead, own), lead);
  const auditor = await world.caller({ role: "AUDITOR", projectId: own.projectId });
  const projectId = projectGid(own);
  const types: string[] = [];
  const query = "subscription ($projectId: ID!) { projectEvents(projectId: $projectId, types: [\"audit.submitted\"]) { type subject { type } toState } }";
  const heard = new Promise<any>((resolve, reject) => {
    urqlOf(lead).subscription(query, { projectId }).subscribe(({ data, error }) => {
      if (error) reject(error);
      types.push(data?.projectEvents.type);
      resolve(data);
    });
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { audits } = await auditor.verb("claimSamples", { projectId, count: 1 }, "audits { id }");
  const submit = await urqlOf(auditor).mutation(
    'mutation ($auditId: ID!) { submitAudit(input: { auditId: $auditId, truth: { policyCode: "NV" } }) { __typename } }',
    { auditId: audits[0].id },
  );
  expect(submit.error).toBeUndefined();
  expect(submit.data.submitAudit.__typename).toBe("SubmitAuditPayload");
  expect((await heard).projectEvents).toMatchObject({ type: "audit.submitted", subject: { type: "Audit" } });
  expect(types).toEqual(["audit.submitted"]);
});
