import { type Connection, openConnection } from "./connection.ts";

export interface ListenerOptions {
  /** Straight to the server: a pooler gives the connection away between statements. */
  url: string;
  channel: string;
  applicationName: string;
  onNotify: (payload: string) => void;
  /** Listening from now on; what was notified before, also while the connection was lost, was missed. */
  onListening: () => void;
}

export interface Listener {
  readonly isListening: boolean;
  close(): Promise<void>;
}

const CHECK_EVERY_MS = 3_000;
const ANSWER_MS = 2_000;
const REOPEN_MS = 250;

/** Listens on a connection of its own, which is asked for a sign of life every 3 s and opened anew for as long as it takes. */
export function startListener({ url, channel, applicationName, onNotify, onListening }: ListenerOptions): Listener {
  let current: Connection | undefined;
  let isListening = false;
  let isClosed = false;
  let wake = () => {};

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const onLost = () => {
    isListening = false;
    wake();
  };

  async function answered(connection: Connection, text: string): Promise<void> {
    const timer = setTimeout(() => connection.lose("the server does not answer"), ANSWER_MS);
    await connection.send(text).finally(() => clearTimeout(timer));
  }

  async function listenOnce(): Promise<void> {
    const connection = openConnection({ url, prepare: false, applicationName, onLost, onNotify: (_, payload) => onNotify(payload) });
    current = connection;
    await answered(connection, `listen ${channel}`);
    isListening = true;
    onListening();
    while (!isClosed && !connection.lost) {
      await pause(CHECK_EVERY_MS);
      if (!isClosed) await answered(connection, "select");
    }
  }

  async function run(): Promise<void> {
    while (!isClosed) {
      await listenOnce().catch(() => {});
      if (!isClosed) await pause(REOPEN_MS);
    }
  }

  const running = run();
  return {
    get isListening() {
      return isListening;
    },
    async close() {
      isClosed = true;
      await current?.close();
      wake();
      await running;
    },
  };
}
