import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Parties } from "./parties.ts";
import { type Sent, sendTo, type Supervised } from "./supervisor.ts";

const ASK = "mutation ($input: AskQuestionInput!) { askQuestion(input: $input) { __typename ... on Refusal { message } ... on AskQuestionPayload { policyQuestion { title } } } }";

/** Asks a question under a key that is its title: whoever asks it again asks the same. */
export async function ask(address: string, { lead, projectId, policyId }: Parties, key: string): Promise<Sent> {
  const sent = await sendTo(address, lead, ASK, { input: { projectId, policyId, title: key, question: "Is it?", idempotencyKey: key } });
  if (sent.data && sent.data.askQuestion.policyQuestion?.title !== key) throw new Error(`${key}: ${JSON.stringify(sent.data)}`);
  return sent;
}

/** What is stored of the questions asked. */
export interface Stored {
  titles: string[];
  /** Events of questions. */
  events: number;
}

/** Reads it, past the API. */
export async function readStored(run: (text: string) => Promise<readonly Record<string, unknown>[]>): Promise<Stored> {
  const titles = await run("select title from policy_questions");
  const [count] = await run("select count(*)::int as n from events where subject_type = 'PolicyQuestion'");
  return { titles: titles.map(({ title }) => String(title)), events: Number(count!.n) };
}

/** How what is stored differs from what was acknowledged; every one of these has to be 0. */
export function differences(acknowledged: readonly string[], { titles, events }: Stored) {
  const stored = new Set(titles);
  return { lost: acknowledged.filter((key) => !stored.has(key)).length, doubled: titles.length - stored.size, eventsTooMany: events - titles.length };
}

export interface Exactly {
  supervised: Supervised;
  parties: Parties;
  clients: number;
  /** Writes to be acknowledged, at least. */
  writes: number;
  kills: number;
}

/**
 * Clients write, each under a key of its own, and send again under the same key until they are answered, while the process is killed at
 * random; what was acknowledged, and how many had to be sent again.
 */
export async function writeUnderKills({ supervised, parties, clients, writes, kills }: Exactly): Promise<{ acknowledged: string[]; repeated: number }> {
  const acknowledged: string[] = [];
  let repeated = 0;
  let left = kills;
  // Spread over the writes, so that each kill has some under way.
  const killing = (async () => {
    for (; left > 0; left -= 1) {
      const next = ((kills - left + Math.random()) * writes) / kills;
      do {
        await sleep(Math.random() * 20);
        await supervised.address();
      } while (acknowledged.length < next);
      supervised.kill();
    }
  })();
  const client = async () => {
    while (left > 0 || acknowledged.length < writes) {
      const key = randomUUID();
      for (let tries = 1; (await ask(await supervised.address(), parties, key)).data === null; tries += 1) {
        if (tries === 1) repeated += 1;
        await sleep(Math.random() * 100);
      }
      acknowledged.push(key);
    }
  };
  await Promise.all([killing, ...Array.from({ length: clients }, client)]);
  return { acknowledged, repeated };
}
