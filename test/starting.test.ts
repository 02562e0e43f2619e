import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { locateCluster } from "../src/db/cluster.ts";
import { findPostmaster, stopPostmaster } from "../src/db/postmaster.ts";

// A checkout of its own, so that what `npm start` keeps there is its own too.
const checkout = mkdtempSync(join(tmpdir(), "assay-starting-"));
const { DATABASE_URL: _, ...inherited } = process.env;
const env = { ...inherited, LOG_LEVEL: "trace" };
let child: ChildProcess;
beforeAll(() => {
  chmodSync(checkout, 0o755);
  cpSync("src", join(checkout, "src"), { recursive: true });
  for (const name of ["node_modules", "drizzle", "package.json", "tsconfig.json"]) symlinkSync(resolve(name), join(checkout, name));
});
afterAll(async () => {
  child.kill("SIGKILL");
  await stopPostmaster(cluster());
  rmSync(cluster().home, { recursive: true, force: true });
  rmSync(checkout, { recursive: true });
});

const cluster = () => locateCluster(join(checkout, ".data"));
const start = (...options: string[]) => {
  child = spawn(process.execPath, ["--import", "tsx", "src/main.ts", "--port", "0", ...options], { cwd: checkout, env, stdio: ["ignore", "pipe", "inherit"] });
  const told = { text: "" };
  child.stdout!.setEncoding("utf8").on("data", (part: string) => (told.text += part));
  return told;
};

test("Ctrl-C while it starts, at whatever step, ends it with everything it has opened, PostgreSQL too", async () => {
  const moments: [step: string, isThere: (text: string) => boolean][] = [
    ["PostgreSQL starts", () => existsSync(cluster().data) && findPostmaster(cluster()) !== undefined],
    ["demo data are loaded", (text) => text.includes("database migrated")],
  ];
  for (const [step, isThere] of moments) {
    const told = start();
    while (!isThere(told.text) && child.exitCode === null) await sleep(5);
    const endingAt = performance.now();
    child.kill("SIGINT");
    const [code] = (await once(child, "exit")) as [number];
    expect([code, findPostmaster(cluster()), told.text.includes("listening")], step).toEqual([0, undefined, false]);
    expect(performance.now() - endingAt, step).toBeLessThan(9_000);
  }
}, 60_000);

test("it issues tokens by the port it listens on, and ends too where nobody reads any more what it prints", async () => {
  const told = start("--no-demo");
  while (!told.text.includes("/graphql")) await sleep(5);
  const url = new URL(/GraphQL {2}(\S+)/.exec(told.text)![1]!);
  const issuing = (await (await fetch(new URL("/.well-known/oauth-authorization-server", url))).json()) as { issuer: string };
  expect(issuing.issuer).toBe(`http://localhost:${url.port}`);
  await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: '{"query":"{"}' });
  child.stdout!.destroy();
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
}, 30_000);
