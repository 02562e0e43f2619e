import { timeIn } from "../jobs/rules.ts";
import type { Task } from "../jobs/runner.ts";
import { tellThresholds } from "./telling.service.ts";

/** What becomes due around clocks. */
export const clockTasks: readonly Task[] = [
  {
    name: "tellThresholds",
    run: tellThresholds,
    // Who starts a clock says when it is due; the shares before that are found by the sweep, and each says when the next one is reached.
    dueAfter: ({ payload }) => timeIn(payload.nextThresholdAt) ?? timeIn(payload.dueAt),
  },
];
