import type { Task } from "../jobs/runner.ts";
import { applyRetention } from "./service.ts";

/** What is not kept any longer goes by the clock, which the sweep watches. */
export const retentionTasks: readonly Task[] = [
  { name: "applyRetention", run: applyRetention, dueAfter: ({ type }) => (type === "retention_rule.set" ? new Date(0) : null) },
];
