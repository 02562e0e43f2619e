import { type FieldRefusal, isRefusal, type Recorded } from "../core/fields.ts";
import type { Verb } from "../db/verb.ts";
import { learnNames, learnPolicies, type Names } from "../decisions/names.service.ts";
import { checkDecision, type DecisionInput } from "../decisions/rules.ts";
import { makeRoom, prepareDecisions, roomsFor, type Seen, writeDecisions } from "../decisions/service.ts";
import { checkGolden, type GoldenInput } from "../golden/rules.ts";
import { type SeenTruths, writeGoldenItems } from "../golden/service.ts";
import { checkAudit, type AuditInput } from "../history/rules.ts";
import { type SeenAudits, writeAudits } from "../history/service.ts";
import { checkCodes, type Counter, createdCounter, createMissingPolicies, createWanted, findWanted, openProject } from "./missing.service.ts";
import { auditOf, decisionOf, goldenOf, type ImportOptions } from "./options.rules.ts";
import type { Created } from "./report.rules.ts";

/** Runs a piece of work in one write transaction as whoever imports. */
export type Transact = <T>(work: (verb: Verb) => Promise<T>) => Promise<T>;

/** What an import does with the rows of its kind. */
export interface Lane<Item> {
  /** Makes an item of a row's values. */
  read: (values: Record<string, unknown>, reference: string, row: number) => Item | FieldRefusal;
  /**
   * Readies a batch for writing while the batch before it is still being written; writes it when called back. Whatever must not happen if
   * that one ends the import waits for `hasEnded`.
   */
  prepare: (items: readonly Item[], hasEnded: () => Promise<boolean>) => Promise<() => Promise<Recorded>>;
  /** How much was created on the way. */
  created: () => Created;
}

class Rehearsed extends Error {}

// Does the work and undoes it: a dry run meets everything that the real one would.
async function rehearse<T>(transact: Transact, work: (verb: Verb) => Promise<T>): Promise<T> {
  let result: { value: T } | undefined;
  const undone = transact(async (verb) => {
    result = { value: await work(verb) };
    throw new Rehearsed();
  });
  await undone.catch((error: unknown) => {
    if (!(error instanceof Rehearsed)) throw error;
  });
  return result!.value;
}

async function openProjectFor(transact: Transact, options: ImportOptions, created: Counter): Promise<Names> {
  const open = (verb: Verb) => openProject(verb, options, created);
  return options.isDryRun ? rehearse(transact, open) : transact(open);
}

/** The lane of decisions. Throws NotFound if there is no such project and none is to be created. */
export async function openDecisionLane(options: ImportOptions, transact: Transact): Promise<Lane<DecisionInput>> {
  const created = createdCounter();
  const names = await openProjectFor(transact, options, created);
  const rooms = new Set<number>();
  const seen: Seen = new Map();

  const soundOf = (items: readonly DecisionInput[], now: Date) => items.filter((item) => !checkDecision(item, now));

  const create = async (items: readonly DecisionInput[], hasEnded: () => Promise<boolean>) => {
    const sound = soundOf(items, new Date());
    await transact((verb) => learnNames(verb.db, names, sound));
    const wanted = findWanted(names, sound);
    if (wanted && !(await hasEnded())) created.add(await transact((verb) => createWanted(verb, names, wanted, options)));
  };

  const makeRooms = async (times: readonly Date[]) => {
    for (const mondays of roomsFor(times)) {
      const fresh = mondays.filter((monday) => !rooms.has(monday.getTime()));
      if (fresh.length > 0) await transact((verb) => makeRoom(verb, fresh));
      fresh.forEach((monday) => rooms.add(monday.getTime()));
    }
  };

  const rehearseBatch = (items: readonly DecisionInput[]) =>
    rehearse(transact, async (verb) => {
      const known = await openProject(verb, options, created);
      const sound = soundOf(items, verb.now);
      await learnNames(verb.db, known, sound);
      const wanted = options.isCreatingMissing ? findWanted(known, sound) : null;
      if (wanted) created.add(await createWanted(verb, known, wanted, options));
      return writeDecisions(verb, known, await prepareDecisions(verb, known, items), options.onError, seen);
    });

  return {
    read(values, reference, row) {
      const item = decisionOf(values, reference, row, options);
      if (isRefusal(item) || !options.isCreatingMissing) return item;
      const { vendorCode, queueCode, market, policyCode } = item;
      return checkCodes({ vendorCode, queueCode, market, policyCode }) ?? item;
    },
    async prepare(items, hasEnded) {
      if (options.isDryRun) return () => rehearseBatch(items);
      if (options.isCreatingMissing) await create(items, hasEnded);
      const prepared = await transact((verb) => prepareDecisions(verb, names, items));
      await makeRooms(prepared.rows.map(({ facts }) => facts.decidedAt));
      return () => transact((verb) => writeDecisions(verb, names, prepared, options.onError));
    },
    created: created.counts,
  };
}

interface Truths<Item> {
  read: Lane<Item>["read"];
  isSound: (item: Item, verb: Verb) => boolean;
  write: (verb: Verb, names: Names, items: readonly Item[]) => Promise<Recorded>;
}

// A lane of what is right: rows that name a policy, and find all else that they name in the transaction that writes them.
async function openTruthLane<Item extends { truthPolicyCode: string }>(
  options: ImportOptions,
  transact: Transact,
  { read, isSound, write }: Truths<Item>,
): Promise<Lane<Item>> {
  const created = createdCounter();
  const names = await openProjectFor(transact, options, created);

  const writeBatch = async (verb: Verb, known: Names, items: readonly Item[]) => {
    if (options.isCreatingMissing) {
      const codes = items.filter((item) => isSound(item, verb)).map(({ truthPolicyCode }) => truthPolicyCode);
      await learnPolicies(verb.db, known, codes);
      created.add({ policies: await createMissingPolicies(verb, known, codes, options) });
    }
    return write(verb, known, items);
  };

  return {
    read(values, reference, row) {
      const item = read(values, reference, row);
      if (isRefusal(item) || !options.isCreatingMissing) return item;
      return checkCodes({ truthPolicyCode: item.truthPolicyCode }) ?? item;
    },
    prepare: async (items) => () => {
      if (!options.isDryRun) return transact((verb) => writeBatch(verb, names, items));
      return rehearse(transact, async (verb) => writeBatch(verb, await openProject(verb, options, created), items));
    },
    created: created.counts,
  };
}

/** The lane of golden items. Throws NotFound if there is no such project and none is to be created. */
export async function openGoldenLane(options: ImportOptions, transact: Transact): Promise<Lane<GoldenInput>> {
  const seen: SeenTruths | undefined = options.isDryRun ? new Map() : undefined;
  return openTruthLane(options, transact, {
    read: (values) => goldenOf(values, options),
    isSound: (item) => !checkGolden(item),
    write: (verb, names, items) => writeGoldenItems(verb, names, items, options.onError, seen),
  });
}

/** The lane of audits made elsewhere. Throws NotFound if there is no such project and none is to be created. */
export async function openAuditLane(options: ImportOptions, transact: Transact): Promise<Lane<AuditInput>> {
  const seen: SeenAudits | undefined = options.isDryRun ? new Map() : undefined;
  return openTruthLane(options, transact, {
    read: (values, reference) => auditOf(values, reference, options),
    isSound: (item, { viewer, now }) => !checkAudit(item, viewer, now),
    write: (verb, names, items) => writeAudits(verb, names, items, options.onError, seen),
  });
}
