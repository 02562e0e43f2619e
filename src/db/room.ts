import { statfs } from "node:fs/promises";

/** Whether a disk has room for what is written. */
export interface Room {
  readonly isLeft: boolean;
  stop(): void;
}

const LOOK_MS = 500;
/** Short of this PostgreSQL can go on: its log needs some to be kept, and without any it ends. */
const LEAST_BYTES = 64 * 1024 * 1024;

/** Watches the disk that a directory lies on; `tell` hears each change. */
export function watchRoom(dir: string, tell: (line: string) => void): Room {
  let isLeft = true;

  async function look(): Promise<void> {
    const { bavail, bsize } = await statfs(dir);
    const isEnough = bavail * bsize >= LEAST_BYTES;
    if (isEnough !== isLeft) tell(isEnough ? `there is room in ${dir} again, and writes are taken` : `less than 64 MB are left in ${dir}: nothing is written until there is room`);
    isLeft = isEnough;
  }

  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS);
  timer.unref();
  return {
    get isLeft() {
      return isLeft;
    },
    stop: () => clearInterval(timer),
  };
}
