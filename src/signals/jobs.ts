import type { Task } from "../jobs/runner.ts";
import { resumeAnswered } from "./service.ts";

const ANSWERS = ["policy_question.answered", "policy_question.clarification_published", "policy_question.gap_confirmed"];

/** What replies do to escalations that wait for them. */
export const signalTasks: readonly Task[] = [
  {
    name: "resumeAnswered",
    run: resumeAnswered,
    dueAfter: ({ type, payload }) => ((type === "thread.postMessage" && payload.subjectType === "Escalation") || ANSWERS.includes(type) ? new Date(0) : null),
  },
];
