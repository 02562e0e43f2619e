import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { expect, test } from "vitest";
import { openWorkbench } from "../scripts/bench/audits.ts";
import { ask, differences, readStored } from "../scripts/bench/exactly.ts";
import { makeParties } from "../scripts/bench/parties.ts";
import { type Sent, sendTo } from "../scripts/bench/supervisor.ts";
import { openDatabase } from "../src/db/open.ts";
import { createServer } from "../src/server.ts";
import { listenOn } from "./kit/sockets.ts";

const SIZE = "260m";
const PIECE = Buffer.alloc(64 * 1024, 1);

/** A small disk of its own; null where nobody may make one. */
function mountDisk(): string | null {
  const dir = mkdtempSync(join(tmpdir(), "assay-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE},mode=755`, "none", dir], { stdio: "ignore" });
    return dir;
  } catch {
    rmSync(dir, { recursive: true });
    return null;
  }
}

/** Fills the disk to its last byte; gives back how to make room again. */
function fill(dir: string): () => void {
  const file = join(dir, "ballast");
  const ballast = openSync(file, "w");
  try {
    for (;;) writeSync(ballast, PIECE);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
  }
  fsyncSync(ballast);
  closeSync(ballast);
  return () => rmSync(file);
}

const whyOf = (sent: Sent) => ("why" in sent ? sent.why : null);

const disk = mountDisk();
if (!disk) console.warn("NOT TESTED: what a full disk does, since only root may mount one");

test.skipIf(!disk)("a full disk refuses writes, not reads, and is no more than that once there is room again", async () => {
  const lines: string[] = [];
  const dir = disk!;
  const database = await openDatabase({ database: { kind: "embedded", dir }, poolSize: 4, prepare: true, onStep: (step) => void lines.push(step) });
  const server = createServer({ ...database, jwt: null, log: pino({ level: "error" }, { write: (line: string) => void lines.push(line) }), jobs: false });
  const { url, close } = await listenOn(server);
  const parties = await makeParties(database.pool);
  const acknowledged: string[] = [];
  const write = async (key: string) => {
    const sent = await ask(url, parties, key);
    if (sent.data) acknowledged.push(key);
    return sent;
  };
  try {
    await write("before");
    const makeRoom = fill(dir);
    await expect.poll(async () => whyOf(await write(randomUUID())), { timeout: 10_000 }).toContain("Nothing can be written at the moment");
    for (let n = 0; n < 5; n += 1) {
      // The write itself, or, where room came and went meanwhile, its row of the access log.
      expect(whyOf(await write(randomUUID()))).toMatch(/^(Nothing can be written|Accesses can't be logged) at the moment/);
      expect((await sendTo(url, parties.vendors[0]!.token, "{ vendors { nodes { code } } }")).data.vendors.nodes).toEqual([{ code: parties.vendors[0]!.code }]);
    }
    makeRoom();
    await expect.poll(async () => whyOf(await write(randomUUID())), { timeout: 5_000 }).toBeNull();
    const told = lines.join("");
    expect([told.includes("less than 64 MB are left"), told.includes("the database's disk is full"), told.includes("writes are taken")]).toEqual([true, true, true]);
    const bench = await openWorkbench(database);
    expect(differences(acknowledged, await readStored(bench.run).finally(bench.close))).toEqual({ lost: 0, doubled: 0, eventsTooMany: 0 });
  } finally {
    await close();
    await server.close();
    await database.close();
    execFileSync("umount", [dir]);
    rmSync(dir, { recursive: true });
  }
}, 120_000);
