import type { Task } from "../jobs/runner.ts";
import { countGoldenExposures, expireGoldenItems, outdateGoldenItems } from "./life.service.ts";

/** What becomes due around golden items. Their times end by the clock, which the sweep watches. */
export const goldenTasks: readonly Task[] = [
  { name: "outdateGoldenItems", run: outdateGoldenItems, dueAfter: ({ type }) => (type === "policy_version.effective" ? new Date(0) : null) },
  { name: "expireGoldenItems", run: expireGoldenItems, dueAfter: () => null },
  { name: "countGoldenExposures", run: countGoldenExposures, dueAfter: () => null },
];
