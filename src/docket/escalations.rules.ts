import type { NewAction } from "../actions/rules.ts";
import type { EscalationRow, EscalationRuleRow } from "../escalations/table.ts";
import type { RcaDraft } from "../rcas/rules.ts";
import { DEGRADED } from "../story/rules.ts";

/** An analysis as the story tells it: owners by subject. */
export type AnalysisPlan = Omit<RcaDraft, "causes"> & { causes: readonly (Omit<RcaDraft["causes"][number], "ownerId"> & { owner: string | null })[] };

/** Something to be done by a subject until a day of the story, against one of the root causes, by their place, or what it contains. */
export type ActionPlan = Pick<NewAction, "kind" | "title" | "description"> & { owner: string; dueOnDay: number; cause: number | null };

/** What somebody opens, of a queue by its code. */
export type OpeningPlan = Pick<EscalationRow, "title" | "kind" | "severity"> & { description: string; queue: string };

/** How it is known whether a plan works: windows by days of the story, and a share of errors to come down to. */
export interface CheckPlan {
  baseline: readonly [from: number, to: number];
  check: readonly [from: number, to: number];
  target: number;
  nMin: number;
}

/** What is watched, in a queue by its code or in all. */
export type RulePlan = Pick<EscalationRuleRow, "name" | "trigger" | "kind" | "severity"> & { queue: string | null; parameters: Readonly<Record<string, unknown>> };

/** In the project whose queue degrades, and where the latest group appeal shows that auditors erred. */
export const BELOW_TARGET: RulePlan = {
  name: "Comments: accuracy below target", trigger: "METRIC_OFF_TARGET", kind: "QUALITY", severity: "SEV2", queue: DEGRADED.queue,
  parameters: { measure: "ACCURACY", watchedBy: "QUEUE", days: 7, nMin: 30 },
};
export const OVERTURNS: RulePlan = {
  name: "Audits overturned on appeal", trigger: "OVERTURN_SPIKE", kind: "QUALITY", severity: "SEV3", queue: null,
  parameters: { watchedBy: "VENDOR", threshold: 0.2, nMin: 5, days: 28 },
};

/** Who is told of what in that project. */
export const CONTACTS = [
  { subject: "policyManager", duty: "POLICY_POC", topic: "POLICY", vendor: null, leastSeverity: "SEV4", name: "Policy, hate and harassment" },
  { subject: "qaLead", duty: "MARKET_POC", topic: null, vendor: null, leastSeverity: "SEV3", name: "Market quality, Malaysia" },
  { subject: "vendorManager", duty: "VENDOR", topic: null, vendor: "NUSA", leastSeverity: "SEV3", name: "Nusantara, floor lead on duty" },
] as const;

const STATEMENT =
  "Since the grace period of HATE-IMPLICIT 2.0.0 ended, labelers of MY-VIDEO/COMMENTS let most coded terms pass. Accuracy of the week is below its target with the whole interval.";

/** The fall of the queue after the policy's new version: analysed by the vendor, accepted the second time, and being mended. */
export const FALL = {
  statement: STATEMENT,
  containment: {
    kind: "CONTAINMENT", title: "Second look at comments with a listed term", owner: "auditor2", dueOnDay: 72.6, cause: null,
    description: "Whatever has a term of the list and was let pass goes to a second labeler before it is final.",
  } satisfies ActionPlan,
  contained: ["queue/comments#second-look", "Of 312 comments looked at twice on the first day, 71 were taken down."],
  asked: "Please look at the whole path of the new version: from our announcement to the first decision under it.",
  first: {
    problemStatement: STATEMENT,
    whys: [
      { text: "Labelers let comments with coded terms pass.", evidence: ["Errors of the week by code: MISSED-CODED leads"] },
      { text: "They did not know the terms that were added.", evidence: ["Team huddles of Hibiscus and Hornbill, notes of three shifts"] },
      { text: "They read the announcement too quickly.", evidence: ["Read receipts: median 40 seconds for nine pages"] },
    ],
    causes: [{ category: "PEOPLE", code: "KNOWLEDGE_GAP", text: "The added terms were not known on the floor.", isRoot: true, owner: "vendorQa" }],
    contributingFactors: ["The announcement came in the week of a public holiday."],
  } satisfies AnalysisPlan,
    returned:
    "The third why stops at the reader. Nine pages in the queue's own working time: what made forty seconds the natural thing to do?",
  second: {
    problemStatement: STATEMENT,
    whys: [
      { text: "Labelers let comments with coded terms pass.", evidence: ["Errors of the week by code: MISSED-CODED leads"] },
      { text: "They did not know the terms that were added.", evidence: ["Team huddles of Hibiscus and Hornbill, notes of three shifts"] },
      {
        text: "They had read the announcement, but never worked with the terms.",
        evidence: ["Read receipts", "No quiz and no examples before the version took effect"],
      },
      {
        text: "Our plan for new versions has an announcement and nothing behind it.",
        evidence: ["Operating procedure OP-12, revision of last year"],
      },
      { text: "OP-12 is from a time when versions changed words, not lists of terms.", evidence: ["OP-12, section 2: scope"] },
    ],
    causes: [
      {
        category: "PROCESS", code: "TRAINING_DESIGN",
        text: "OP-12 has no practice with the new terms before they count.", isRoot: true, owner: "vendorManager",
      },
      {
        category: "POLICY", code: "NO_LOCAL_EXAMPLES",
        text: "The list came without examples in Malay.", isRoot: true, owner: "policyManager",
      },
      { category: "PEOPLE", code: "KNOWLEDGE_GAP", text: "The added terms were not known on the floor.", isRoot: false, owner: null },
    ],
    contributingFactors: ["The announcement came in the week of a public holiday.", "Handle time counted for the bonus, reading time did not."],
  } satisfies AnalysisPlan,
  proposed: [
    {
      kind: "CORRECTIVE", title: "OP-12: practice on twenty examples before a version counts",
      owner: "vendorManager", dueOnDay: 82.5, cause: 0,
      description: "Pass mark 18 of 20; whoever misses it has a session with the team lead first.",
    },
    {
      kind: "CORRECTION", title: "Go over the comments let pass since the grace period ended",
      owner: "vendorQa", dueOnDay: 81.5, cause: 0,
      description: null,
    },
  ] satisfies ActionPlan[],
  /** Days of the windows: since the grace period ended, and from when the practice should show. */
  check: { baseline: [45, 70], check: [84, 105], target: 0.1, nMin: 100 },
  added: {
    kind: "PREVENTIVE", title: "Each list of terms comes with examples in every market's language",
    owner: "policyManager", dueOnDay: 92.5, cause: 1, description: null,
  } satisfies ActionPlan,
  corrected: ["sheet/relabel-comments", "1,204 comments looked at again, 388 taken down"],
  said: "We pulled the two team leads off the queue for this. The practice set is ready for your policy team to look at.",
} as const;

/** Missed content in live rooms: analysed and mended by the client, and now watched for whether it holds. */
export const ROOMS = {
  queue: "ROOMS", kind: "QUALITY", severity: "SEV3", title: "Live rooms: what is on screen for seconds is let pass",
  description:
    "In this week's audits of ROOMS five misses stand for each false alarm. In all of them, what breaks the rule is on screen for less than ten seconds.",
  analysis: {
    problemStatement: "Of what breaks a rule in live rooms for less than ten seconds, labelers of all teams miss most.",
    whys: [
      { text: "Labelers miss what is shown briefly.", evidence: ["Five to one among the errors of ROOMS, five weeks"] },
      {
        text: "The tool opens a room at the present moment, not at the moment that was flagged.",
        evidence: ["Recording of three sessions, team Garuda"],
      },
      { text: "The jump to the flag was taken out when the player was replaced.", evidence: ["Release notes of the player, 4.2"] },
    ],
    causes: [{ category: "PLATFORM", code: "CONTEXT_MISSING", text: "The flagged moment isn't where the player opens.", isRoot: true, owner: "qaLead" }],
    contributingFactors: ["Ten minutes for a room leave no time to search."],
  } satisfies AnalysisPlan,
  action: {
    kind: "CORRECTIVE", title: "The player opens ten seconds before the flag",
    owner: "qaLead", dueOnDay: 58.5, cause: 0, description: null,
  } satisfies ActionPlan,
  done: ["Player 4.4, rolled out to all sites", "Twenty rooms tried at each site"],
  /** Days of the windows: before the player was mended, and from the day on which it is known to be everywhere. */
  check: { baseline: [0, 35], check: [63, 91], target: 0.05, nMin: 200 },
} as const;

/** Small ones: closed with a reason, asked of a vendor, and just opened by one. */
export const THUMBNAILS = {
  queue: "SELLERS", kind: "PLATFORM", severity: "SEV4", title: "Seller profiles open without their pictures",
  description: "Since this morning about one profile in six shows grey tiles. Our people skip what they can't see, and the queue grows.",
  statement: "Pictures of SELLERS were not delivered at site MNL between 07:00 and 15:20.",
  reason:
    "The picture host had an expired certificate, renewed at 15:20. What was skipped is back in the queue. It is on the platform team's list of renewals now.",
} as const;
export const LOTS_REJECTED = {
  queue: "COMMENTS", kind: "QUALITY", severity: "SEV3", title: "Comments: Nusantara's own inspection rejects lot after lot",
  description:
    "Weekly lots are rejected, and followed by others like them. Nothing in the vendor's notes says what was done between two lots.",
  statement: "Rejected lots of COMMENTS are counted, but nothing follows from a rejection: no rework, no stop, no word to the teams.",
} as const;
/** Raised by a rule, and being looked into by the client. */
export const OVERTURNED = {
  statement:
    "Most rulings of four weeks on audits of Luzon's labelers overturn the audit. Auditors take a discount for a stake, so their instruction is in question, not the labelers.",
} as const;
export const CAPTIONS = {
  queue: "UPLOADS", kind: "PLATFORM", severity: "SEV3", title: "New uploads: captions in Javanese are shown as boxes",
  description:
    "Captions in Javanese script are shown as empty boxes in the tool at Jakarta. Labelers judge the video without them. Pictures of the screen are in the ticket.",
} as const;
