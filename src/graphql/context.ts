import DataLoader from "dataloader";
import type { Balance } from "../budgets/rules.ts";
import type { Viewer } from "../core/viewer.ts";
import type { Db } from "../db/lease.ts";
import type { ReadSession } from "../db/session.ts";
import type { Reads, Step } from "../db/steps.ts";
import type { Verb } from "../db/verb.ts";
import { Tally } from "./tally.ts";

/** A batch read, one statement for all keys. Its name and arguments tell loaders apart: equal ones share one. */
export interface LoaderFactory<K, V> {
  name: string;
  load: (db: Db, keys: readonly K[]) => Promise<readonly V[]>;
  /** What tells its keys apart; their JSON if absent. */
  textOf?: (key: K) => string;
}

/** Runs a verb: one write transaction a step, with the idempotency key's answer kept beside the last. */
export type Perform = <Input extends { idempotencyKey?: string | null }, Result>(
  viewer: Viewer,
  name: string,
  input: Input,
  work: Step<Verb, Result>,
) => Promise<Result>;

/** What an operation needs of the server it runs in. */
export interface Backend {
  /** Hears of a mutation's field that came to nothing, and why. */
  onFailure?: (verb: string, input: unknown, error: unknown) => void;
  openRead: (viewer: Viewer) => ReadSession;
  perform: Perform;
  reads: Reads;
  /** What is left of a viewer's budget. */
  balanceOf: (viewer: Viewer) => Promise<Balance>;
  /** Webhooks may be sent into private networks. */
  allowsPrivateTargets: boolean;
  /** WebSockets and streams that one principal may have open in this process. */
  socketsPerPrincipal: number;
  /** A grant of ADMIN waits for a second administrator. */
  needsFourEyes: boolean;
}

/** What every resolver gets. It never grows with the features: they bring their loaders. */
export class Context {
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly now: Date;
  readonly tally = new Tally();
  readonly #backend: Backend;
  #session: ReadSession;
  #loaders = new Map<string, DataLoader<unknown, unknown, string>>();
  #known = new Map<object, unknown>();
  #reading = 0;
  #hasPerformed = false;
  /** What kept an earlier verb's payload from being read: what it did stands all the same. */
  #unread: unknown;
  #computing: Promise<unknown> | null = null;

  constructor(backend: Backend, viewer: Viewer, requestId: string, now: Date) {
    this.#backend = backend;
    this.viewer = viewer;
    this.requestId = requestId;
    this.now = now;
    this.#session = backend.openRead(viewer);
  }

  /** What is left of the viewer's budget, this operation being paid for. */
  balance(): Promise<Balance> {
    return this.#backend.balanceOf(this.viewer);
  }

  /** True where webhooks may be sent into private networks. */
  get allowsPrivateTargets(): boolean {
    return this.#backend.allowsPrivateTargets;
  }

  /** WebSockets and streams that the viewer may have open in this process. */
  get mostSockets(): number {
    return this.#backend.socketsPerPrincipal;
  }

  /** True where a grant of ADMIN waits for a second administrator. */
  get needsFourEyes(): boolean {
    return this.#backend.needsFourEyes;
  }

  /** The operation's read session. */
  get session(): ReadSession {
    return this.#session;
  }

  /** What ends the whole operation: its first failed statement, or more rows than it may read. */
  get failure(): unknown {
    return this.#unread ?? this.#session.failure ?? this.tally.excess;
  }

  /** Runs statements in the operation's one snapshot. */
  async read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    this.#reading += 1;
    try {
      return await this.#session.run(work);
    } finally {
      this.#reading -= 1;
      this.#rest();
    }
  }

  /**
   * Computes for seconds, from short reads as the system, until the operation has taken its time; one such field of it after the other. No
   * snapshot of the operation outlives what reads from it meanwhile, since idle ones are ended by the server.
   */
  async compute<T>(work: (reads: Reads) => Promise<T>): Promise<T> {
    const result = (this.#computing ?? Promise.resolve()).then(() => work((read) => this.#backend.reads(read, this.tally.left())));
    const turn = result.catch(() => {});
    this.#computing = turn;
    this.#rest();
    try {
      return await result;
    } finally {
      if (this.#computing === turn) this.#computing = null;
    }
  }

  #rest(): void {
    if (this.#computing && this.#reading === 0 && !this.#session.failure) this.restart();
  }

  /** What is the same wherever the operation comes to this place, made once. */
  once<T>(place: object, make: () => T): T {
    if (!this.#known.has(place)) this.#known.set(place, make());
    return this.#known.get(place) as T;
  }

  /** One value by key, batched with its neighbours and cached for the operation. */
  load<K, V>(factory: LoaderFactory<K, V>, key: K): Promise<V> {
    let loader = this.#loaders.get(factory.name);
    if (!loader) {
      const batch = (keys: readonly unknown[]) => this.read((db) => factory.load(db, keys as readonly K[]));
      loader = new DataLoader<unknown, unknown, string>(batch, { cacheKeyFn: (factory.textOf ?? JSON.stringify) as (key: unknown) => string });
      this.#loaders.set(factory.name, loader);
    }
    return loader.load(key).then((each) => this.tally.counted(each as V));
  }

  /**
   * Runs a verb as the viewer. Reads end before it, so that an operation never holds two connections, and start anew afterwards, so that
   * the payload sees the write. Nothing is begun for an operation that has taken its time.
   */
  async perform<Input extends { idempotencyKey?: string | null }, Result>(
    name: string,
    input: Input,
    work: Step<Verb, Result>,
  ): Promise<Result> {
    this.tally.left();
    if (this.#hasPerformed) this.#unread ??= this.#session.failure;
    this.close();
    try {
      const result = await this.#backend.perform(this.viewer, name, input, work);
      this.#hasPerformed = true;
      return result;
    } finally {
      this.restart();
    }
  }

  /** Tells that a verb came to nothing. */
  noteFailure(verb: string, input: unknown, error: unknown): void {
    this.#backend.onFailure?.(verb, input, error);
  }

  /** Ends the snapshot; the next read opens another with new loaders. */
  restart(): void {
    this.close();
    this.#session = this.#backend.openRead(this.viewer);
    this.#loaders = new Map();
  }

  /** Ends the snapshot, behind the caller's back. */
  close(): void {
    this.#session.close();
  }
}
