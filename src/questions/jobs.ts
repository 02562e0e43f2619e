import { timeIn } from "../jobs/rules.ts";
import type { Task } from "../jobs/runner.ts";
import { closeQuestions } from "./service.ts";

/** What becomes due around policy questions. */
export const questionTasks: readonly Task[] = [
  {
    name: "closeQuestions",
    run: closeQuestions,
    dueAfter: ({ type, payload }) => (type.startsWith("policy_question.") ? timeIn(payload.closeDueAt) : null),
  },
];
