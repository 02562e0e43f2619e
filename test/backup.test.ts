import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backUp } from "../src/db/backup.ts";
import { openDump, type Proof } from "../src/db/dump-file.ts";
import { inReferenceOrder } from "../src/db/dumped.ts";
import { resetEmbedded, startEmbedded } from "../src/db/embedded.ts";
import { migrate } from "../src/db/migrate.ts";
import type { Pool } from "../src/db/pool.ts";
import { restore } from "../src/db/restore.ts";
import { unguarded } from "./kit/catalog.ts";
import { urlsOf } from "./kit/database.ts";
import { emit, openPool } from "./kit/events.ts";
import { audited } from "./kit/publication.ts";
import { startReceiver } from "./kit/receiver.ts";
import { foldOf } from "./kit/rollups.ts";
import { projectGid } from "./kit/samples.ts";
import { follow, socketOf } from "./kit/sockets.ts";
import { buildTenancy } from "./kit/tenancy.ts";
import { createWorld, type World } from "./kit/world.ts";

let world: World;
let pool: Pool;
let dir: string;
let file: string;
let embedded: Awaited<ReturnType<typeof startEmbedded>>;
let admin: postgres.Sql;

// Another cluster, whose transactions count from their own beginning.
async function emptyDatabase(name: string) {
  await admin.unsafe(`create database ${name}`);
  return { urls: urlsOf(embedded.url, name), drop: async () => {} };
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "assay-backup-"));
  chmodSync(dir, 0o755);
  file = join(dir, "all.backup");
  world = await createWorld();
  pool = openPool(world, 2);
  embedded = await startEmbedded({ dir: join(dir, "other"), fsync: false });
  admin = postgres(embedded.url, { max: 1, onnotice: () => {} });
});
afterAll(async () => {
  await pool.end();
  await world.close();
  await admin.end();
  await embedded.close();
  await resetEmbedded(join(dir, "other"));
  rmSync(dir, { recursive: true });
});

const FOLLOW = `subscription ($id: ID!, $after: EventCursor) { projectEvents(projectId: $id, after: $after, types: ["project.noted"]) { cursor payload } }`;
const noted = (message: any) => message.data.projectEvents.payload.n;

/** Count and checksum of every table, as the server itself makes them; without what a restore makes anew. */
async function prints(sql: postgres.Sql): Promise<Record<string, string>> {
  const tables = await sql.unsafe(`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
    and relname <> 'sealer_state'`);
  const one = ({ name }: postgres.Row) => `select '${name}' as name, count(*) || ' ' || coalesce(md5(string_agg(md5((to_jsonb(t) - 'transaction_id')::text), '' order by to_jsonb(t)::text collate "C")), '')
    as print from ${name} t`;
  const rows = await sql.unsafe(tables.map(one).join(" union all "));
  return Object.fromEntries(rows.map(({ name, print }) => [name as string, print as string]));
}

test("a backup is restored into another cluster, and everything goes on there as if nothing had happened", async () => {
  const { project, lead, auditIds } = await audited(world, 4, { settings: { publishDelayMinutes: 0 } });
  for (const auditId of auditIds) await lead.verb("publishAudit", { auditId }, "audit { id }");
  await buildTenancy(world.sql, { isSealed: false });
  await foldOf(world, pool, project);
  const projectId = projectGid(project);
  const figures = `{ metrics(projects: ["${project.projectCode}"], range: { from: "2026-01-01", to: "2026-02-01" }, measures: [ACCURACY], groupBy: [VENDOR]) {
    rows { vendor { code } values { value n interval { low high } } } meta { plan { path } } } }`;
  const note = (...ns: number[]) => emit(pool, world, project.projectId, ns.map((n) => ({ payload: { n } })));
  await note(0, 1);
  const isSealed = () => expect.poll(async () => (await world.sql`select from events e where not exists (select from event_seals s where s.event_id = e.id)`).length).toBe(0);
  await isSealed();
  const box = follow(socketOf(await world.listen(), lead), FOLLOW, { id: projectId, after: Buffer.from(`${project.projectId}:0`).toString("base64url") });
  const [, { data: seen }] = await box.has(2);
  const policy = { code: "RESTORED", name: "Restored", isViolating: true, severity: "MAJOR", idempotencyKey: "once" };
  const made = await world.admin.verb("createPolicy", policy, "policy { id }");
  const before = await lead.ask(figures);
  expect(before.metrics).toMatchObject({ meta: { plan: [{ path: "ROLLUP" }] }, rows: [{ values: [{ n: 4 }] }] });

  // What nobody has sealed, and what waits to be sent, when the backup is made.
  await isSealed();
  await world.server.close();
  await note(2, 3);
  const receiver = await startReceiver();
  const endpoint = { project_id: project.projectId, id: project.queueId };
  const [first] = await world.sql`select s.seq, s.event_id from event_seals s join events e on e.id = s.event_id where e.type = 'project.noted' order by s.seq limit 1`;
  await world.sql`insert into webhook_endpoints ${world.sql({ ...endpoint, url: receiver.url, state: "ACTIVE", owner_id: lead.principalId, role: "QA_LEAD",
    cursor_seq: first!.seq, event_types: ["project.noted"] })}`;
  receiver.secrets.push("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  await world.sql`insert into webhook_secrets ${world.sql({ ...endpoint, endpoint_id: endpoint.id, secret: receiver.secrets[0]!, created_at: new Date() })}`;
  await world.sql`insert into webhook_deliveries ${world.sql({ ...endpoint, endpoint_id: endpoint.id, event_id: first!.event_id, seq: first!.seq,
    event_type: "project.noted", state: "PENDING", next_attempt_at: new Date(), owner_id: lead.principalId, created_at: new Date(), updated_at: new Date() })}`;
  const written: Proof[] = [];
  await backUp(world.urls.migrator, file, (proof) => written.push(proof));
  expect(statSync(file).mode & 0o777).toBe(0o600);

  const database = await emptyDatabase("restored");
  const loaded: Proof[] = [];
  await restore(database.urls, file, "drizzle", { onProof: (proof) => void loaded.push(proof) });
  expect(loaded).toEqual(written);
  const other = postgres(database.urls.migrator, { max: 1, onnotice: () => {} });
  expect(await prints(other)).toEqual(await prints(world.sql));
  expect(await unguarded(other)).toEqual([]);
  expect([...(await other`select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('S', 'm')`)]).toEqual([]); // none is kept
  expect([...(await other`select relname from pg_class where relispartition and relkind = 'r'
    and exists (select from aclexplode(relacl) where grantee <> 'assay_owner'::regrole)`)]).toEqual([]);
  expect((await other`select from events where transaction_id::text <> '0'`).length).toBe(2);
  await other.end();

  const restored = await createWorld(null, { jobs: true, allowsPrivateTargets: true, database });
  const again = restored.known(lead);
  expect(await again.ask(figures)).toEqual(before);
  const later = follow(socketOf(await restored.listen(), again), FOLLOW, { id: projectId, after: seen.projectEvents.cursor });
  expect((await later.has(2)).map(noted)).toEqual([2, 3]);
  expect(await restored.known(world.admin).verb("createPolicy", policy, "policy { id }")).toEqual(made);
  await restored.admin.verb("createPolicy", { ...policy, code: "NEW" }, "policy { id }");
  await expect.poll(() => receiver.once().map(({ data }) => data.payload.n).sort(), { timeout: 8_000 }).toEqual([0, 1, 2, 3]);
  expect(receiver.received.length).toBe(4);
  await restored.close();
  await receiver.close();
}, 120_000);

describe("a restore", () => {
  const tables = async (name: string) => {
    const sql = postgres(urlsOf(embedded.url, name).migrator, { max: 1 });
    const [row] = await sql`select count(*)::int as tables from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`;
    await sql.end();
    return row!.tables as number;
  };
  // The text of the backup with a change; its proofs are made right again if that is asked for.
  const changed = (name: string, change: (text: string) => string, isProved = false) => {
    let text = change(gunzipSync(readFileSync(file)).toString("latin1"));
    if (isProved) {
      const found = text.split("\n\\.\n").slice(0, -1).map((piece, place) => {
        const lines = piece.split("\n").slice(place === 0 ? 1 : 0);
        const rows = lines.slice(1).map((line) => `${line}\n`);
        return { name: JSON.parse(lines[0]!).name, rows: rows.length, sha256: createHash("sha256").update(Buffer.from(rows.join(""), "latin1")).digest("hex") };
      });
      text = `${text.slice(0, text.lastIndexOf('{"proofs"'))}${JSON.stringify({ proofs: found })}\n`;
    }
    const path = join(dir, name);
    writeFileSync(path, gzipSync(Buffer.from(text, "latin1"), { level: 1 }));
    return path;
  };

  test("is refused by a database that has tables", async () => {
    const { urls } = await emptyDatabase("taken");
    const sql = postgres(urls.migrator, { max: 1 });
    await sql`create table mine (id int)`;
    await sql.end();
    await expect(restore(urls, file, "drizzle", { onProof: () => {} })).rejects.toMatchObject({ message: expect.stringMatching(/taken is not empty/), remedy: expect.any(String) });
    expect(await tables("taken")).toBe(1);
  });

  test("refuses a file that is changed, cut, of a newer version, or no backup, before it touches the database", async () => {
    const { urls } = await emptyDatabase("empty");
    const cut = join(dir, "cut");
    writeFileSync(cut, readFileSync(file).subarray(0, -20));
    const strange = join(dir, "strange");
    writeFileSync(strange, "no gzip");
    const spoiled: [string, RegExp][] = [
      [changed("altered", (text) => text.replace("\tA Person\t", "\tAn Other\t")), /counts or checksums differ/],
      [changed("short", (text) => text.replace(/\n[^\n]*\tA Person\t[^\n]*\n/, "\n")), /counts or checksums differ/],
      [changed("newer", (text) => text.replace(/"when":\d+/, '"when":9999999999999')), /newer Assay/],
      [changed("stranger", () => "[1]\n"), /no backup of Assay/],
      [cut, /ends too early|damaged/],
      [strange, /damaged or no backup/],
      [join(dir, "missing"), /can't be read/],
      [dir, /can't be read/],
    ];
    for (const [path, why] of spoiled) await expect(restore(urls, path, "drizzle", { onProof: () => {} }), path).rejects.toThrow(why);
    expect(await tables("empty")).toBe(0);
  });

  test("that the database refuses, or somebody stops, says why and leaves nothing behind", async () => {
    const { urls } = await emptyDatabase("refusing");
    const orphaned = changed("orphaned", (text) => text.replace(/\n[^\n]*\tA Person\t[^\n]*\n/, "\n"), true);
    await expect(restore(urls, orphaned, "drizzle", { onProof: () => {} })).rejects.toThrow(/violates foreign key constraint/);
    expect(await tables("refusing")).toBe(0);
    const sql = postgres(urls.migrator, { max: 1 });
    await sql`create function keep() returns event_trigger language plpgsql as $$ begin raise 'kept'; end $$`;
    await sql`create event trigger keeping on sql_drop when tag in ('DROP OWNED') execute function keep()`;
    const kept = restore(urls, orphaned, "drizzle", { onProof: () => {} });
    await expect(kept).rejects.toMatchObject({ message: expect.stringMatching(/violates foreign key constraint.*tables may/), remedy: expect.stringContaining("empty") });
    await sql`drop event trigger keeping`;
    await sql`drop owned by assay_owner cascade`;
    await sql`drop schema if exists drizzle cascade`;
    const stopping = new AbortController();
    const stopped = restore(urls, file, "drizzle", { onProof: () => stopping.abort(), signal: stopping.signal });
    await expect(stopped).rejects.toThrow(/abort/i);
    expect(await tables("refusing")).toBe(0);
    expect((await sql`select from pg_namespace where nspname = 'drizzle'`).length).toBe(0);
    await sql.end();
  }, 120_000);
});

test("a backup that is opened and never read is closed without a word", async () => {
  openDump(file).close();
  await sleep(100);
});

test("a restore whose newer migration fails says that the backup stands, and how to go on", async () => {
  const { urls } = await emptyDatabase("behind");
  const newer = join(dir, "newer-migrations");
  cpSync("drizzle", newer, { recursive: true });
  const journal = JSON.parse(readFileSync(join(newer, "meta/_journal.json"), "utf8"));
  journal.entries.push({ ...journal.entries.at(-1), idx: 9_999, when: journal.entries.at(-1).when + 1, tag: "9999_newer" });
  writeFileSync(join(newer, "meta/_journal.json"), JSON.stringify(journal));
  writeFileSync(join(newer, "9999_newer.sql"), "select 1 / 0");
  const failed = restore(urls, file, newer, { onProof: () => {} });
  await expect(failed).rejects.toMatchObject({ message: expect.stringMatching(/stands whole.*division by zero/), remedy: expect.stringContaining("npm run migrate") });
  writeFileSync(join(newer, "9999_newer.sql"), "select 1");
  await migrate(urls, newer);
  const sql = postgres(urls.migrator, { max: 1 });
  expect((await sql`select from audits`).length).toBe((await world.sql`select from audits`).length);
  await sql.end();
}, 60_000);

test("a backup that fails leaves the older one as it was, and no other file", async () => {
  const older = join(dir, "older");
  writeFileSync(older, "older");
  const { urls } = await emptyDatabase("nothing");
  await expect(backUp(urls.migrator, older, () => {})).rejects.toThrow(/no database of Assay/);
  expect(readFileSync(older, "utf8")).toBe("older");
  const stopping = new AbortController();
  await expect(backUp(world.urls.migrator, older, () => stopping.abort(), stopping.signal)).rejects.toThrow(/abort/i);
  expect(readFileSync(older, "utf8")).toBe("older");
  expect(existsSync(`${older}.${process.pid}.part`)).toBe(false);
});

test("tables come after those that they refer to, and a ring is refused by name", () => {
  const references = [{ from: "a", to: "b" }, { from: "b", to: "c" }, { from: "b", to: "b" }];
  expect(inReferenceOrder(["a", "b", "c", "d"], references)).toEqual(["c", "d", "b", "a"]);
  expect(() => inReferenceOrder(["a", "b", "c"], [...references, { from: "c", to: "a" }])).toThrow(/ring: a, b, c/);
});
