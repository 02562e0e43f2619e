import { beforeEach, expect, test } from "vitest";
import { createHeads } from "../src/events/heads.ts";
import { type Batch, createGroups, type Feed, type Message } from "../src/graphql/plugins/groups.ts";

const message = (n: number): Message => ({ result: { data: { n } }, text: JSON.stringify({ n }) });
const range = (after: number, upTo: number) => Array.from({ length: upTo - after }, (_, i) => message(after + i + 1));
const numbers = (messages: readonly Message[]) => messages.map(({ result }) => (result.data as { n: number }).n);
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

// A source of numbers that says how often it was read.
function numbersUpTo() {
  const heads = createHeads();
  const reads: number[] = [];
  let failure: Error | null = null;
  const feed: Feed = {
    next: (cursor, signal) => heads.past("p", cursor, signal),
    async run(after): Promise<Batch> {
      reads.push(after);
      await turn();
      if (failure) throw failure;
      return { messages: range(after, heads.get("p")), cursor: heads.get("p") };
    },
  };
  const moveTo = async (seq: number) => {
    heads.moveTo("p", seq, []);
    await turn();
    await turn();
  };
  return { feed, reads, moveTo, fail: (error: Error) => (failure = error) };
}

interface Rider {
  taken: number[];
  riding: Promise<Batch> | null;
  stop: () => void;
}

let source: ReturnType<typeof numbersUpTo>;
let join: ReturnType<typeof createGroups>;
beforeEach(() => {
  source = numbersUpTo();
  join = createGroups();
});

function ride(group: ReturnType<typeof join>, cursor: number, most = Infinity): Rider {
  const taken: number[] = [];
  const ending = new AbortController();
  const offer = (messages: readonly Message[]) => {
    const some = numbers(messages).slice(0, most - taken.length);
    taken.push(...some);
    return some.length;
  };
  return { taken, riding: group.ride(cursor, offer, ending.signal), stop: () => ending.abort() };
}

test("all who ride get each batch from one reading", async () => {
  const group = join("k", source.feed);
  const riders = [ride(group, 0), ride(group, 0), ride(join("k", source.feed), 0)];
  await source.moveTo(2);
  await source.moveTo(3);
  expect(riders.map(({ taken }) => taken)).toEqual([[1, 2, 3], [1, 2, 3], [1, 2, 3]]);
  expect(source.reads).toEqual([0, 2]);
});

test("who doesn't take all leaves with the rest, and the others go on", async () => {
  const group = join("k", source.feed);
  const [slow, fast] = [ride(group, 0, 2), ride(group, 0)];
  await source.moveTo(5);
  const rest = await slow.riding!;
  expect([slow.taken, numbers(rest.messages), rest.cursor]).toEqual([[1, 2], [3, 4, 5], 5]);
  // At the same place again, they ride again.
  const again = ride(group, rest.cursor);
  await source.moveTo(6);
  expect([fast.taken, again.taken]).toEqual([[1, 2, 3, 4, 5, 6], [6]]);
  expect(source.reads).toEqual([0, 5]);
});

test("who is behind can't ride; who is ahead gets nothing twice", async () => {
  const group = join("k", source.feed);
  const first = ride(group, 0);
  await source.moveTo(4);
  expect(ride(group, 2).riding).toBeNull();
  const ahead = ride(group, 6);
  await source.moveTo(6);
  await source.moveTo(8);
  expect([first.taken, ahead.taken]).toEqual([[1, 2, 3, 4, 5, 6, 7, 8], [7, 8]]);
  // In the middle of what is offered, they read for themselves.
  const middle = ride(group, 9);
  await source.moveTo(10);
  expect(await middle.riding).toEqual({ messages: [], cursor: 9 });
});

test("who stops is offered nothing more, and the group begins anew with whoever comes", async () => {
  const group = join("k", source.feed);
  const one = ride(group, 0);
  await source.moveTo(1);
  one.stop();
  expect(await one.riding).toEqual({ messages: [], cursor: 1 });
  await source.moveTo(3);
  const two = ride(group, 1);
  const three = ride(group, 3);
  await expect.poll(() => two.taken).toEqual([2, 3]);
  await source.moveTo(4);
  await expect.poll(() => two.taken.length).toBe(3);
  expect([one.taken, two.taken, three.taken]).toEqual([[1], [2, 3, 4], [4]]);
});

test("what fails is told to all who ride, and read again for who comes later", async () => {
  const group = join("k", source.feed);
  const riders = [ride(group, 0), ride(group, 0)];
  const failures = riders.map(({ riding }) => riding!.catch((error: Error) => error.message));
  source.fail(new Error("no"));
  await source.moveTo(1);
  expect(await Promise.all(failures)).toEqual(["no", "no"]);
  await expect(group.batchAfter(0)).rejects.toThrow("no");
  expect(source.reads).toEqual([0, 0]);
});

test("waiting passes over what is of no interest", async () => {
  const heads = createHeads();
  const { signal } = new AbortController();
  const event = (type: string) => ({ type, subjectType: type });
  const waiting = heads.past("p", 0, signal, ({ type }) => type === "b");
  heads.moveTo("p", 3, [event("a"), event("a"), event("a")]);
  heads.moveTo("p", 4, [event("a")]);
  heads.moveTo("p", 5, [event("b")]);
  expect(await waiting).toBe(4);
  expect(await heads.past("p", 2, signal, () => false)).toBe(2);
});
