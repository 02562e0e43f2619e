import type { Role } from "../core/viewer.ts";

/** Modalities the demo uses. */
type Modality = "TEXT" | "IMAGE" | "VIDEO" | "LIVE" | "PROFILE";

export interface SitePlan {
  code: string;
  name: string;
  vendor: string;
  timeZone: string;
  teams: readonly string[];
}

export interface QueuePlan {
  code: string;
  name: string;
  modality: Modality;
  slaMinutes: number;
  /** Median time on one decision. */
  handleSeconds: number;
  /** Share of the content that breaks a rule. */
  violatingRate: number;
  /** How much likelier a miss is than a false alarm, given the content: 1 is even. */
  leniency: number;
  /** What the violating content breaks, by weight. */
  policies: Readonly<Record<string, number>>;
}

export interface ProjectPlan {
  code: string;
  name: string;
  market: string;
  language: string;
  timeZone: string;
  /** Labelers of each site in each queue. */
  staff: Readonly<Record<string, number>>;
  queues: readonly QueuePlan[];
}

/** Both are outsourcing partners. */
export const VENDORS = [
  { code: "NUSA", name: "Nusantara Review Services" },
  { code: "LUZON", name: "Luzon Trust Operations" },
] as const;

export const SITES: readonly SitePlan[] = [
  { code: "JKT", name: "Jakarta", vendor: "NUSA", timeZone: "Asia/Jakarta", teams: ["Garuda", "Merapi", "Kelud"] },
  { code: "KUL", name: "Kuala Lumpur", vendor: "NUSA", timeZone: "Asia/Kuala_Lumpur", teams: ["Hibiscus", "Hornbill"] },
  { code: "MNL", name: "Manila", vendor: "LUZON", timeZone: "Asia/Manila", teams: ["Narra", "Tamaraw", "Sampaguita"] },
];

export const MARKETS = [
  { code: "id-ID", name: "Indonesia, Indonesian" },
  { code: "ms-MY", name: "Malaysia, Malay" },
  { code: "fil-PH", name: "Philippines, Filipino" },
] as const;

/** By which the client's clocks of a market count, and on which days of a year nobody works there. */
export const OFFICE = {
  market: "ms-MY", code: "KUL-OFFICE", name: "Kuala Lumpur, office hours", timeZone: "Asia/Kuala_Lumpur", opens: "09:00", closes: "18:00",
  holidays: [["05-01", "Labour Day"], ["08-31", "National Day"], ["09-16", "Malaysia Day"], ["12-25", "Christmas Day"]],
} as const;

const SPEECH = { "HATE-SLUR": 3, "HATE-IMPLICIT": 1, "HARASSMENT-INSULT": 5, "HARASSMENT-THREAT": 1, "SPAM-ENGAGEMENT": 3, "SPAM-SCAM": 2, "SELF-HARM-PROMOTION": 0.5 };
const FOOTAGE = {
  "ADULT-NUDITY": 2, "ADULT-SUGGESTIVE": 4, "VIOLENCE-GRAPHIC": 3, "VIOLENCE-EXTREMISM": 0.5, "MINOR-SAFETY-RISK": 2, "MINOR-SAFETY-EXPLOITATION": 0.3,
  "HATE-SLUR": 1, "REGULATED-DRUGS": 1, "REGULATED-GAMBLING": 1, "SPAM-ENGAGEMENT": 2,
};
const SALES = { "SPAM-SCAM": 4, "SPAM-ENGAGEMENT": 2, "REGULATED-GAMBLING": 4, "REGULATED-DRUGS": 2, "ADULT-SUGGESTIVE": 2 };

function queue(code: string, name: string, modality: Modality, rest: Omit<QueuePlan, "code" | "name" | "modality">): QueuePlan {
  return { code, name, modality, ...rest };
}

const UPLOADS = queue("UPLOADS", "New uploads", "VIDEO", { slaMinutes: 240, handleSeconds: 48, violatingRate: 0.22, leniency: 1.4, policies: FOOTAGE });
const REPORTS = queue("REPORTS", "User reports", "VIDEO", { slaMinutes: 120, handleSeconds: 62, violatingRate: 0.45, leniency: 1.1, policies: FOOTAGE });
const COMMENTS = queue("COMMENTS", "Comments", "TEXT", { slaMinutes: 480, handleSeconds: 14, violatingRate: 0.3, leniency: 1.2, policies: SPEECH });

/** Market x product line; both vendors work in each, so that they can be compared. */
export const PROJECTS: readonly ProjectPlan[] = [
  {
    code: "ID-VIDEO", name: "Indonesia, short video", market: "id-ID", language: "id", timeZone: "Asia/Jakarta",
    staff: { JKT: 7, MNL: 3 }, queues: [UPLOADS, REPORTS, COMMENTS],
  },
  {
    code: "ID-LIVE", name: "Indonesia, live", market: "id-ID", language: "id", timeZone: "Asia/Jakarta", staff: { JKT: 7, MNL: 3 },
    queues: [
      queue("ROOMS", "Live rooms", "LIVE", { slaMinutes: 10, handleSeconds: 35, violatingRate: 0.3, leniency: 5, policies: FOOTAGE }),
      queue("CHAT", "Live chat", "TEXT", { slaMinutes: 15, handleSeconds: 11, violatingRate: 0.35, leniency: 1.2, policies: SPEECH }),
      queue("PROFILES", "Host profiles", "PROFILE", { slaMinutes: 1_440, handleSeconds: 25, violatingRate: 0.15, leniency: 1, policies: SALES }),
    ],
  },
  {
    code: "MY-VIDEO", name: "Malaysia, short video", market: "ms-MY", language: "ms", timeZone: "Asia/Kuala_Lumpur",
    staff: { KUL: 7, MNL: 3 }, queues: [UPLOADS, REPORTS, COMMENTS],
  },
  {
    code: "PH-ADS", name: "Philippines, advertisements", market: "fil-PH", language: "fil", timeZone: "Asia/Manila", staff: { KUL: 2, MNL: 8 },
    queues: [
      queue("CREATIVES", "Creatives", "IMAGE", { slaMinutes: 720, handleSeconds: 20, violatingRate: 0.25, leniency: 0.6, policies: SALES }),
      queue("CLAIMS", "Texts and claims", "TEXT", { slaMinutes: 720, handleSeconds: 28, violatingRate: 0.28, leniency: 0.8, policies: SALES }),
      queue("SELLERS", "Sellers", "PROFILE", { slaMinutes: 2_880, handleSeconds: 55, violatingRate: 0.2, leniency: 1, policies: SALES }),
    ],
  },
];

export interface PrincipalPlan {
  /** Its name among the demo's tokens. */
  subject: string;
  name: string;
  role: Role;
  /** Of partners; staff see both. */
  vendor: string | null;
}

/** Everybody who gets a token. Each acts in all projects; labelers, who are the first ones of their vendor, in their own. */
export const PRINCIPALS: readonly PrincipalPlan[] = [
  { subject: "admin", name: "Ines Admin", role: "ADMIN", vendor: null },
  { subject: "qaLead", name: "Quentin Lead", role: "QA_LEAD", vendor: null },
  { subject: "auditor", name: "Aulia Auditor", role: "AUDITOR", vendor: null },
  { subject: "auditor2", name: "Arjun Auditor", role: "AUDITOR", vendor: null },
  { subject: "policyManager", name: "Paula Policy", role: "POLICY_MANAGER", vendor: null },
  { subject: "analyst", name: "Ana Analyst", role: "ANALYST", vendor: null },
  { subject: "vendorManager", name: "Vania Manager", role: "VENDOR_MANAGER", vendor: "NUSA" },
  { subject: "vendorQa", name: "Vikram Quality", role: "VENDOR_QA", vendor: "NUSA" },
  { subject: "labeler", name: "The first labeler of Nusantara", role: "LABELER", vendor: "NUSA" },
  { subject: "service", name: "Labeling platform", role: "SERVICE", vendor: null },
  { subject: "otherVendorManager", name: "Oscar Manager", role: "VENDOR_MANAGER", vendor: "LUZON" },
  { subject: "otherLabeler", name: "The first labeler of Luzon", role: "LABELER", vendor: "LUZON" },
];

/** Auditors without a token, so that the load is spread as in a team. */
export const MORE_AUDITORS: readonly PrincipalPlan[] = ["Amara", "Aziz", "Anneke", "Akira"].map((given, index) => ({
  subject: `auditor${index + 3}`, name: `${given} Auditor`, role: "AUDITOR", vendor: null,
}));
