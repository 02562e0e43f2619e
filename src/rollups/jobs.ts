import type { Task } from "../jobs/runner.ts";
import { foldNext } from "./service.ts";

const DELAY_MS = 1_000;

/**
 * What becomes due around rollups: soon after audits change, all that changed within a second at once, and when projects come or change
 * their time zone. The sweep finds the rest.
 */
export const rollupTasks: readonly Task[] = [
  {
    name: "foldRollups",
    run: foldNext,
    dueAfter: ({ subjectType }) => (["Audit", "Project"].includes(subjectType) ? new Date(Date.now() + DELAY_MS) : null),
  },
];
