import type { Task } from "../jobs/runner.ts";
import { formDueLot, judgeLots } from "./lots.service.ts";

/** What becomes due around lots. Periods end by the clock, which the sweep watches. */
export const inspectionTasks: readonly Task[] = [
  { name: "formDueLots", run: formDueLot, dueAfter: () => null },
  { name: "judgeLots", run: judgeLots, dueAfter: ({ type }) => (type === "audit.published" ? new Date(0) : null) },
];
