import { DAYS, UPDATED_ON_DAY } from "../story/rules.ts";

/** One thing that is done with a question; days of the story count from 0, so 48.5 is noon of day 48. */
export type QuestionStep =
  | { onDay: number; by: string; verb: "assign" | "link" | "close" }
  | { onDay: number; by: string; verb: "answer" | "clarify" | "confirmGap" | "reopen"; text: string };

/** A question about the policy that changes mid-way, and what became of it. */
export interface QuestionPlan {
  askedBy: string;
  onDay: number;
  title: string;
  question: string;
  steps: readonly QuestionStep[];
}

const BY = "policyManager";
const assign = (onDay: number): QuestionStep => ({ onDay, by: BY, verb: "assign" });

/** What is asked in the project whose queue degrades, by subjects of the story's principals; each at a time before now. */
export const QUESTIONS: readonly QuestionPlan[] = [
  {
    askedBy: "auditor", onDay: UPDATED_ON_DAY - 11.5, title: "Emoji that stand for a group", question: "Is an animal emoji in place of a group's name implicit hate?",
    steps: [
      assign(UPDATED_ON_DAY - 11.3),
      { onDay: UPDATED_ON_DAY - 10.5, by: BY, verb: "confirmGap", text: "The policy names words only. The next version covers signs." },
      { onDay: UPDATED_ON_DAY + 0.4, by: BY, verb: "link" },
      { onDay: UPDATED_ON_DAY + 1.4, by: "auditor", verb: "close" },
    ],
  },
  {
    askedBy: "vendorQa", onDay: 46.4, title: "Numbers as a code", question: "Do numbers that stand for a slogan count without any other word?",
    steps: [
      assign(46.6),
      { onDay: 47.5, by: BY, verb: "clarify", text: "Yes, if the slogan denies a group its rights. A year or a jersey number alone does not." },
      { onDay: 50.5, by: "vendorQa", verb: "close" },
    ],
  },
  {
    askedBy: "auditor2", onDay: 49.4, title: "Quoting to object", question: "A comment quotes a coded term to object to it. Is it a violation?",
    steps: [
      assign(49.6),
      { onDay: 50.6, by: BY, verb: "answer", text: "No: it is allowed in context, as news and education are." },
      { onDay: 51.5, by: "auditor2", verb: "close" },
    ],
  },
  {
    askedBy: "otherVendorManager", onDay: 70.4, title: "Terms in two languages", question: "Which of the two readings counts where a term is harmless in one language?",
    steps: [
      assign(70.6),
      { onDay: 71.5, by: BY, verb: "answer", text: "The one of the market." },
      { onDay: 74.4, by: "otherVendorManager", verb: "reopen", text: "Comments in this market mix both languages." },
    ],
  },
  {
    askedBy: "vendorManager", onDay: DAYS - 3.5, title: "Old comments", question: "Do comments from before the new version count when they are reported now?",
    steps: [assign(DAYS - 2.5), { onDay: DAYS - 0.6, by: BY, verb: "answer", text: "Yes: the version in force at the decision counts." }],
  },
  { askedBy: "vendorQa", onDay: DAYS - 0.6, title: "Stickers", question: "Is a sticker pack with coded signs a violation of whoever sends one of it?", steps: [] },
];

/** What an item of the calibration that nobody could agree on becomes, and what is done with it. */
export const OPEN_ITEM: Pick<QuestionPlan, "title" | "question" | "steps"> = {
  title: "A sign with two meanings", question: "The sign is used by fans of a team too. What decides?",
  steps: [assign(66.5), { onDay: 67.5, by: BY, verb: "confirmGap", text: "The policy doesn't say. A later version will list the signs." }],
};
