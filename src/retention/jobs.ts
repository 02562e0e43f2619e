import type { Task } from "../jobs/runner.ts";
import { applyRetention } from "./service.ts";
import { RETAINED_KINDS } from "./table.ts";

/** What is not kept any longer goes by the clock, which the sweep watches: a task a kind, so that none of them waits for one that fails. */
export const retentionTasks: readonly Task[] = RETAINED_KINDS.map((kind) => ({
  name: `applyRetention:${kind}`,
  run: (db, now) => applyRetention(db, kind, now),
  dueAfter: ({ type, payload }) => (type === "retention_rule.set" && payload.kind === kind ? new Date(0) : null),
}));
