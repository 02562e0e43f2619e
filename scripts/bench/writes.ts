import { SYSTEM_VIEWER, type Viewer } from "../../src/core/viewer.ts";
import { keysByCode } from "../../src/db/entities.ts";
import type { OpenDatabase } from "../../src/db/open.ts";
import { readsOf } from "../../src/db/steps.ts";
import type { Verb } from "../../src/db/verb.ts";
import { performVerb } from "../../src/grants/perform.service.ts";
import { changeQueue } from "../../src/projects/queues.service.ts";
import { projectEntity } from "../../src/projects/table.ts";
import { openWorkbench } from "./audits.ts";
import { show } from "./data.ts";
import { cpuOf } from "./load.ts";
import { PROJECT } from "./serving.ts";

const CLIENTS = 4;
const ROUNDS = 5;
const TURN_MS = 3_000;

// A write whose events go nowhere.
function withoutEvents(verb: Verb): Verb {
  const db = verb.db as Verb["db"] & { $client: object };
  return { ...verb, db: Object.assign(Object.create(db) as Verb["db"], { $client: { ...db.$client, unsafe: () => ({ values: async () => [] }) } }) };
}

interface Turn {
  perSecond: number;
  /** CPU ms a write, of this process and of all of the database's. */
  cpuMs: number;
}

/** Prints how a verb that changes one row does with its event beside itself without: in turns, each with as many clients as connections. */
export async function benchWrites(database: OpenDatabase): Promise<void> {
  const { pool } = database;
  const bench = await openWorkbench(database);
  const [project] = await readsOf(pool)((db) => keysByCode(db, projectEntity, [PROJECT]));
  const queues = (await bench.run(`select id from queues where project_id = '${project!.id}' limit ${CLIENTS}`)).map(({ id }) => id!);
  const viewer: Viewer = { ...SYSTEM_VIEWER, role: "QA_LEAD", projectIds: [project!.id] };

  async function takeTurn(wrap: (verb: Verb) => Verb): Promise<Turn> {
    const pids = (await bench.run("select pid from pg_stat_activity where application_name = 'assay'")).map(({ pid }) => Number(pid));
    const [begin, cpu] = [performance.now(), cpuOf([process.pid, ...pids])];
    let count = 0;
    const client = async (id: string) => {
      while (performance.now() - begin < TURN_MS) {
        const input = { slaMinutes: 1 + (count % 500) };
        await performVerb(pool, viewer, "changeQueue", {}, (verb) => changeQueue(wrap(verb), { projectId: project!.id, id }, input));
        count += 1;
      }
    };
    await Promise.all(queues.map(client));
    return { perSecond: (count * 1_000) / (performance.now() - begin), cpuMs: (cpuOf([process.pid, ...pids]) - cpu) / count };
  }

  const kinds = { with: (verb: Verb) => verb, without: withoutEvents };
  const turns: Record<keyof typeof kinds, Turn[]> = { with: [], without: [] };
  await takeTurn(kinds.with);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const kind of ["with", "without", "without", "with"] as const) turns[kind].push(await takeTurn(kinds[kind]));
  await bench.close();
  const middle = (all: readonly Turn[], of: (turn: Turn) => number) => all.map(of).toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!;
  const [yes, no] = [turns.with, turns.without].map((all) => ({ perSecond: middle(all, (each) => each.perSecond), cpuMs: middle(all, (each) => each.cpuMs) }));
  console.log(`changing a queue by ${CLIENTS} clients: ${show(yes!.perSecond)}/s with its event (${yes!.cpuMs.toFixed(2)} ms CPU each), ${show(no!.perSecond)}/s without (${no!.cpuMs.toFixed(2)} ms); ${(yes!.perSecond / no!.perSecond).toFixed(2)} x`);
}
