import { claimSamples } from "../../src/claims/service.ts";
import { SYSTEM_VIEWER, type Viewer } from "../../src/core/viewer.ts";
import type { OpenDatabase } from "../../src/db/open.ts";
import type { Verb } from "../../src/db/verb.ts";
import { performVerb } from "../../src/grants/perform.service.ts";
import { changeQueue } from "../../src/projects/queues.service.ts";
import { lockTruth, submitAudit } from "../../src/verdicts/auditing.service.ts";
import { openWorkbench, type Workbench } from "./audits.ts";
import { ANY, makeWaiting } from "./claims.ts";
import { show } from "./data.ts";
import { backendsOf, cpuOf } from "./load.ts";

const CLIENTS = 4;
const ROUNDS = 5;
const TURN_MS = 3_000;
/** Auditors find enough for all turns. */
const DECISIONS = 60_000;

const NOTHING = { values: async () => [] };

// A write whose events go nowhere; all else of it is as it is.
function withoutEvents(verb: Verb): Verb {
  const { $client } = verb.db as unknown as { $client: { unsafe: (text: string, params: unknown[]) => unknown } };
  const { unsafe } = $client;
  $client.unsafe = (text, params) => (text.startsWith("/* appendEvents */") ? NOTHING : unsafe(text, params));
  return verb;
}

interface Turn {
  perSecond: number;
  /** CPU ms a write, of this process and of all of the database's. */
  cpuMs: number;
}

type Wrap = (verb: Verb) => Verb;
/** What a client does again and again, by its number. */
type Write = (client: number, count: number, wrap: Wrap) => Promise<unknown>;

const KINDS: Record<"with" | "without", Wrap> = { with: (verb) => verb, without: withoutEvents };
const middle = (all: readonly Turn[], of: (turn: Turn) => number) => all.map(of).toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!;

// With its events and without, in turns, each with as many clients as connections.
async function compare(bench: Workbench, what: string, write: Write): Promise<void> {
  async function takeTurn(wrap: Wrap): Promise<Turn> {
    const pids = await backendsOf(bench, "assay");
    const [begin, cpu] = [performance.now(), cpuOf([process.pid, ...pids])];
    let count = 0;
    const client = async (_: unknown, number: number) => {
      for (; performance.now() - begin < TURN_MS; count += 1) await write(number, count, wrap);
    };
    await Promise.all(Array.from({ length: CLIENTS }).map(client));
    return { perSecond: (count * 1_000) / (performance.now() - begin), cpuMs: (cpuOf([process.pid, ...pids]) - cpu) / count };
  }

  const turns: Record<keyof typeof KINDS, Turn[]> = { with: [], without: [] };
  await takeTurn(KINDS.with);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const kind of ["with", "without", "without", "with"] as const) turns[kind].push(await takeTurn(KINDS[kind]));
  const [yes, no] = [turns.with, turns.without].map((all) => ({ perSecond: middle(all, (each) => each.perSecond), cpuMs: middle(all, (each) => each.cpuMs) }));
  console.log(`${what} by ${CLIENTS} clients: ${show(yes!.perSecond)}/s with its events (${yes!.cpuMs.toFixed(2)} ms CPU each), ${show(no!.perSecond)}/s without (${no!.cpuMs.toFixed(2)} ms); ${(yes!.perSecond / no!.perSecond).toFixed(2)} x`);
}

/** Prints how writes do with their events beside themselves without: an audit from claim to submission, and the smallest verb, which changes one row. */
export async function benchWrites(database: OpenDatabase): Promise<void> {
  const { pool } = database;
  const bench = await openWorkbench(database);
  const { projectId, auditors } = await makeWaiting(database, DECISIONS);
  const truth = { policy: { code: "NV" } };
  await compare(bench, "an audit, claimed, judged and submitted,", async (client, _, wrap) => {
    const run = <T>(name: string, work: (verb: Verb) => Promise<T>) => performVerb(pool, auditors[client]!, name, {}, (verb) => work(wrap(verb)));
    const { auditIds } = await run("claimSamples", (verb) => claimSamples(verb, { ...ANY, projectId }));
    const key = { projectId, id: auditIds[0]! };
    await run("lockTruth", (verb) => lockTruth(verb, key, { truth }, null));
    await run("submitAudit", (verb) => submitAudit(verb, key, { cause: "KNOWLEDGE_GAP", guidance: "Look at the rule again." }, null));
  });
  const queues = (await bench.run(`select id from queues where project_id = '${projectId}' limit ${CLIENTS}`)).map(({ id }) => id!);
  const lead: Viewer = { ...SYSTEM_VIEWER, role: "QA_LEAD", projectIds: [projectId] };
  await compare(bench, "changing a queue", (client, count, wrap) => {
    const input = { slaMinutes: 1 + (count % 500) };
    return performVerb(pool, lead, "changeQueue", {}, (verb) => changeQueue(wrap(verb), { projectId, id: queues[client]! }, input));
  });
  await bench.close();
}
