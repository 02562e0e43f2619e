import { timeIn } from "../jobs/rules.ts";
import type { Task } from "../jobs/runner.ts";
import { activatePolicyVersions } from "./activation.service.ts";

/** What becomes due around versions of policies. */
export const draftTasks: readonly Task[] = [
  {
    name: "activatePolicyVersions",
    run: activatePolicyVersions,
    dueAfter: ({ type, payload }) => (type === "policy_version.scheduled" ? timeIn(payload.effectiveFrom) : null),
  },
];
