import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { bodyOf } from "../src/exports/http.ts";
import { bytesOf, link } from "./kit/exports.ts";
import { makeDecisions, makeProject, type ProjectFixture } from "./kit/factories.ts";
import { projectGid } from "./kit/samples.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let big: ProjectFixture;
let lead: Caller;
beforeAll(async () => {
  world = await createWorld();
  big = await makeProject(world.sql);
  lead = await world.caller({ role: "QA_LEAD", projectId: big.projectId });
  const long = "x".repeat(1_900);
  await makeDecisions(world.sql, big, Array.from({ length: 12_000 }, (_, i) => ({ externalRef: `b-${i}`, contentRef: `${long}${i}` })));
});
afterAll(() => world.close());
afterEach(() => void vi.useRealTimers());

/** Pieces of bytes that never end, with how many were asked for. */
function endless(piece: number) {
  const given = { count: 0, isClosed: false };
  async function* pieces() {
    try {
      for (;;) {
        given.count += 1;
        yield new Uint8Array(piece);
      }
    } finally {
      given.isClosed = true;
    }
  }
  return { given, pieces: pieces() };
}

/** The address of 24 MB, and who begins to fetch them and takes nothing. */
async function begin(by: Caller = lead) {
  const { url } = await link(by, { dataset: "DECISIONS", projectId: projectGid(big) });
  const address = (await world.listen()) + url;
  const idle = () => new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get(address, { agent: false }, (response) => resolve(response.pause())).on("error", reject);
  });
  return [address, idle] as const;
}

describe("a download", () => {
  test("is made as it is taken: nothing is read ahead of who reads", async () => {
    const { given, pieces } = endless(1_000);
    const ended: string[] = [];
    const { body } = bodyOf(pieces, (outcome) => ended.push(outcome) < 0);
    const reader = body.getReader();
    await sleep(20);
    expect(given.count).toBe(0);
    for (let i = 1; i <= 5; i += 1) {
      await reader.read();
      await sleep(5);
      expect(given.count).toBe(i);
    }
    await reader.cancel();
    expect(ended).toEqual(["ABANDONED"]);
    await vi.waitFor(() => expect(given.isClosed).toBe(true));
  });

  test("that nobody takes any further ends after 20 seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { given, pieces } = endless(1_000);
    const ended: string[] = [];
    const { body } = bodyOf(pieces, (outcome) => ended.push(outcome) < 0);
    const reader = body.getReader();
    await reader.read();
    await vi.advanceTimersByTimeAsync(19_000);
    await reader.read();
    await vi.advanceTimersByTimeAsync(19_000);
    expect(ended).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(ended).toEqual(["STALLED"]);
    expect(given.isClosed).toBe(true);
    await expect(reader.read()).rejects.toThrow("STALLED");
  });

  test("is broken off, not ended, where something fails on the way", async () => {
    const failing = (async function* () {
      yield new Uint8Array(1);
      throw new Error("lost");
    })();
    const ended: string[] = [];
    const { body } = bodyOf(failing, (outcome) => ended.push(outcome) < 0);
    await expect(new Response(body).arrayBuffer()).rejects.toThrow("lost");
    expect(ended).toEqual(["FAILED"]);
  });

  test("holds one of two connections while it lasts; a third waits, is told to come again, and none stays taken by who has gone", async () => {
    const [path, idle] = await begin();
    const taken = await Promise.all([idle(), idle()]);
    const refused = await fetch(path);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "2"]);
    for (const response of taken) response.destroy();
    await vi.waitFor(async () => expect((await bytesOf(world, lead, { dataset: "DECISIONS", projectId: projectGid(big) })).length).toBeGreaterThan(20_000_000), 10_000);
  });

  test("breaks off within a second of when its maker's grant is withdrawn", async () => {
    const by = await world.caller({ role: "QA_LEAD", projectId: big.projectId });
    const [, idle] = await begin(by);
    const response = await idle();
    await world.sql`update role_grants set revoked_at = now() where principal_id = ${by.principalId}`;
    await sleep(1_000);
    let bytes = 0;
    response.on("data", (chunk: Buffer) => (bytes += chunk.length)).resume();
    expect(await new Promise((resolve) => response.once("error", () => resolve("broken off")).once("end", () => resolve("whole")))).toBe("broken off");
    expect(bytes).toBeLessThan(20_000_000);
  });
});
