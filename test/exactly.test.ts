import { fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorkbench } from "../scripts/bench/audits.ts";
import { differences, readStored, writeUnderKills } from "../scripts/bench/exactly.ts";
import { makeParties, type Parties } from "../scripts/bench/parties.ts";
import { soakRestarts } from "../scripts/bench/restarts.ts";
import { type Supervised, supervise } from "../scripts/bench/supervisor.ts";
import { type OpenDatabase, openDatabase } from "../src/db/open.ts";

// The whole of it is `npm run bench -- faults`.
let dir: string;
let database: OpenDatabase;
let parties: Parties;
let supervised: Supervised;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "assay-faults-"));
  database = await openDatabase({ database: { kind: "embedded", dir }, poolSize: 4, prepare: true });
  parties = await makeParties(database.pool);
  supervised = await supervise(() => fork("test/kit/serve-child.ts", [JSON.stringify(database.urls)], { execArgv: ["--import", "tsx"], stdio: ["ignore", "ignore", "ignore", "ipc"] }));
});
afterAll(async () => {
  await supervised.stop();
  await database.close();
  rmSync(dir, { recursive: true, force: true });
});

const exact = { lost: 0, doubled: 0, eventsTooMany: 0 };
const acknowledged: string[] = [];

async function found() {
  const bench = await openWorkbench(database);
  return differences(acknowledged, await readStored(bench.run).finally(bench.close));
}

test("while the API's process is killed, whoever writes under a key until it is answered has written once", async () => {
  const written = await writeUnderKills({ supervised, parties, clients: 16, writes: 200, kills: 2 });
  acknowledged.push(...written.acknowledged);
  expect([await found(), acknowledged.length >= 200, written.repeated > 0]).toEqual([exact, true, true]);
}, 120_000);

test("nobody waits for a process that is not started again", async () => {
  const launch = () => spawn(process.execPath, ["-e", "process.send({ port: 1 }); setInterval(() => {}, 1000)"], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const other = await supervise(launch);
  await other.stop();
  await expect(other.address()).rejects.toThrow(/stopped/);
  await expect(writeUnderKills({ supervised: other, parties, clients: 2, writes: 10, kills: 1 })).rejects.toThrow(/stopped/);
});

test("while PostgreSQL is ended, fast and immediately, nothing crosses, nothing is lost, and the process lives on", async () => {
  supervised.backMs.length = 0;
  const told = await soakRestarts({ supervised, parties, dir, restarts: 2 });
  acknowledged.push(...told.acknowledged);
  expect([await found(), told.crossed, supervised.backMs, told.answers > 20]).toEqual([exact, [], [], true]);
  expect(Math.max(...told.backMs)).toBeLessThan(5_000);
  expect(told.slowestMs).toBeLessThan(8_000);
}, 120_000);
