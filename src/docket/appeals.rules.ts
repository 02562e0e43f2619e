import { UPDATED_POLICY } from "../story/policies.rules.ts";
import { DEGRADED } from "../story/rules.ts";

/** One thing that is done with an appeal, or with a case, so many hours after it was filed. */
export type AppealStep = { after: number; by: string } & (
  | { verb: "forward" }
  | { verb: "decline" | "return" | "answer" | "escalate" | "reappeal" | "invalidate" | "say"; text: string }
  | { verb: "decide"; outcome: "AUDIT_UPHELD" | "AUDIT_OVERTURNED"; text: string; precedent?: { title: string; summary: string } }
);

/** Audits that a labeler's side contests, and what became of it. */
export interface AppealPlan {
  project: string;
  vendor: string;
  /** By subject; null: each labeler their own. */
  by: string | null;
  queue: string | null;
  /** What the auditor took the content for; null: anything. */
  truth: string | null;
  /** Days of the story on which the audits were published, and how many are contested; several together are a case, which has a title. */
  days: readonly [from: number, to: number];
  most: number;
  title?: string;
  /** Hours from the publication to the filing; negative: from the filing to the present. */
  filed: number;
  reason: string;
  evidence: readonly string[];
  steps: readonly AppealStep[];
}

/** Who reviews in each tier. */
export const TIERS = { L1: "vendorQa", L2: "qaLead", L3: "policyManager" } as const;
/** Where most is contested: by the vendor in the queue that degrades, and by another one. */
export const MY = { project: DEGRADED.project, vendor: "NUSA", queue: DEGRADED.queue, truth: null } as const;
export const PH = { project: "PH-ADS", vendor: "LUZON", by: "otherVendorManager", queue: null, truth: null } as const;

const { L1, L2, L3 } = TIERS;
// Runs are drawn by the week and audited within two days; together are contested those of the second.
const secondDay = (drawn: number) => [drawn + 1.3, drawn + 1.9] as const;

/** What is over by now. */
export const HISTORY: readonly AppealPlan[] = [
  {
    ...PH, days: secondDay(21), most: 3, title: "Loan advertisements with a licence number", filed: 23,
    reason: "The advertiser's licence number is on the second slide. It is in the register of the market, so it is no scam.",
    evidence: ["guide/spam-scam#licensed-lenders", "register/lenders-2025-q4"],
    steps: [{
      after: 26, by: L2, verb: "decide", outcome: "AUDIT_OVERTURNED",
      text: "The licence is shown and valid. The auditors were shown where to look it up.",
    }],
  },
  {
    ...MY, by: "vendorManager", truth: "HARASSMENT-INSULT", days: [28, 36.9], most: 2, title: "Insults among friends", filed: 23,
    reason: "Both sides use the word for themselves in the same thread, and laugh about it.",
    evidence: ["guide/harassment-insult#friendly-banter"],
    steps: [{
      after: 26, by: L2, verb: "decide", outcome: "AUDIT_UPHELD",
      text: "The person who is named answers nowhere in the thread. Banter needs both sides; by the guide, this is a targeted insult.",
    }],
  },
  {
    ...MY, by: null, truth: UPDATED_POLICY, days: [49, 56], most: 1, filed: 23,
    reason: "It is what supporters of the state's football club call themselves. Nobody in the thread means a group of people by it.",
    evidence: ["guide/hate-implicit#two-readings", "club/supporters-page"],
    steps: [
      { after: 3, by: L1, verb: "forward" },
      {
        after: 26, by: L2, verb: "decide", outcome: "AUDIT_UPHELD",
        text: "The list of terms in version 2.0.0 names it, without an exception.",
      },
      {
        after: 46, by: "LABELER", verb: "reappeal",
        text: "The list can't mean a club's own name. The thread is about a match, from its first comment to the last.",
      },
      {
        after: 52, by: L3, verb: "say",
        text: "Asked the market team: the club's supporters have used the name since the nineties. Check whether the list needs a note.",
      },
      {
        after: 97, by: L3, verb: "decide", outcome: "AUDIT_OVERTURNED",
        text: "A listed term counts when it stands for the group. Here it is what a club's supporters call themselves, which the thread shows.",
        precedent: {
          title: "A club's nickname is no coded term",
          summary: "Where thread or profile shows that a listed term is the nickname of a club or its supporters, it is no coded hate.",
        },
      },
    ],
  },
  {
    ...MY, by: null, days: [56, 58], most: 1, filed: 23,
    reason: "I had the sound off, and the comment reads like praise.",
    evidence: ["guide/comments#read-the-thread"],
    steps: [{
      after: 4, by: L1, verb: "decline",
      text: "The guide asks for the whole thread, which needs no sound. Please go over it with your team lead.",
    }],
  },
  {
    ...MY, by: "vendorManager", truth: UPDATED_POLICY, days: secondDay(70), most: 3, title: "Coded terms in quotations", filed: 23,
    reason: "The comments quote the term to object to it, which your answer of last month allows.",
    evidence: ["question/quoting-to-object"],
    steps: [
      { after: 5, by: L2, verb: "return", text: "Which words show that they object? Please mark them, comment by comment." },
      {
        after: 25, by: "vendorManager", verb: "answer",
        text: "Marked in the attachment: each has a sentence behind the quotation that rejects it.",
      },
      {
        after: 29, by: L2, verb: "decide", outcome: "AUDIT_UPHELD",
        text: "The marked sentences make fun of the term's spelling. None of them objects to what it says.",
      },
    ],
  },
  {
    ...MY, by: "vendorManager", queue: "REPORTS", days: [63.3, 64.9], most: 1, filed: 23,
    reason: "The scene is from a film that is rated for all ages. Who reported it took it for real.", evidence: ["rating-board/register"],
    steps: [
      {
        after: 98, by: L2, verb: "decide", outcome: "AUDIT_UPHELD",
        text: "Nothing in the video says that it is a film, and our policy knows no ratings.",
      },
      {
        after: 120, by: "vendorManager", verb: "reappeal",
        text: "The film's title stands in the caption, in Malay. The auditor's copy had none.",
      },
      {
        after: 290, by: L3, verb: "decide", outcome: "AUDIT_OVERTURNED",
        text: "With the caption it is plain that this is a film. Ratings still decide nothing.",
      },
    ],
  },
  {
    ...PH, days: secondDay(56), most: 2, title: "Prize draws of sellers", filed: 23,
    reason: "A prize draw without a stake is no gambling.",
    evidence: ["guide/regulated-gambling#stakes"],
    steps: [{ after: 27, by: L2, verb: "decide", outcome: "AUDIT_UPHELD", text: "Entry needs a purchase, which is a stake by the guide." }],
  },
  {
    ...PH, days: secondDay(70), most: 6, title: "Discounts that were taken for stakes", filed: 23,
    reason: "A discount on the second item is no stake: nobody can lose by it.",
    evidence: ["guide/regulated-gambling#stakes", "guide/spam-engagement#discounts"],
    steps: [{
      after: 27, by: L2, verb: "decide", outcome: "AUDIT_OVERTURNED",
      text: "Right: a discount is no stake. The auditors' guide is unclear here; it will be mended.",
    }],
  },
  {
    ...MY, by: "vendorManager", queue: "REPORTS", days: [70, 72], most: 1, filed: 23,
    reason: "The user report was withdrawn before our labeler saw the video.",
    evidence: ["ticket/withdrawn-report"],
    steps: [{ after: 24, by: L2, verb: "invalidate", text: "The ticket is about another video. File again with the right one." }],
  },
  {
    project: "ID-VIDEO", vendor: "NUSA", by: null, queue: null, truth: null, days: [9, 72], most: 1, filed: 23,
    reason: "The clip is from the evening news; the caption names the broadcaster.",
    evidence: ["guide/context#news", "broadcaster/archive"],
    steps: [
      { after: 4, by: L1, verb: "forward" },
      {
        after: 26, by: L2, verb: "decide", outcome: "AUDIT_OVERTURNED",
        text: "The caption is on the second line, which the audit tool cut off. It is news.",
      },
    ],
  },
];
