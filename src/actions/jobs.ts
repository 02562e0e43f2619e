import { timeIn } from "../jobs/rules.ts";
import type { Task } from "../jobs/runner.ts";
import { recordEffectiveness } from "./effectiveness.service.ts";

/** What becomes due around actions: whether they work. */
export const actionTasks: readonly Task[] = [
  {
    name: "recordEffectiveness",
    run: recordEffectiveness,
    dueAfter: ({ type, payload }) => (type.startsWith("escalation.") ? timeIn(payload.checkDueAt) : null),
  },
];
