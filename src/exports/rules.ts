import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { Forbidden, InvalidInput } from "../core/errors.ts";
import type { Scope, Viewer } from "../core/viewer.ts";
import { maySeeDraws } from "../samples/rules.ts";
import type { EXPORT_DATASETS, EXPORT_FORMATS } from "./table.ts";

export type Dataset = (typeof EXPORT_DATASETS)[number];
/** Datasets of stored rows; figures are computed. */
export type RowDataset = Exclude<Dataset, "METRICS">;

/** What a dataset is made of: the type whose objects are its rows, what is read beside each, and the columns in their order. */
export interface Layout {
  type: string;
  /** Types of what stands beside an object though it is no to-one relation of it. */
  parts: Readonly<Record<string, string>>;
  /** What no field shows: lists of codes. */
  extras: Readonly<Record<string, "TEXTS">>;
  /** Paths of fields. Who sees a cell, and what they see, is decided by these fields. */
  columns: readonly string[];
  /** What a machine client needs beside exports:read. */
  scope: Scope | null;
}

const paths = (prefix: string, names: string) => names.split(" ").map((name) => (prefix ? `${prefix}.${name}` : name));
const CONTENT = "contentRef contentHash modality language";
const PLACE = [...paths("project", "id code"), ...paths("queue", "id code"), ...paths("market", "code")];
const LABELER = paths("labeler", "id pseudonym externalRef kind");
const WHO = [...LABELER, ...paths("vendor", "id code"), ...paths("site", "id code"), ...paths("team", "id code")];
const CHOICE = [...paths("policy", "id code"), ...paths("policyVersion", "id semver")];
const DECISION = paths("decision", "id externalRef decidedAt action");
const below = (prefix: string, columns: readonly string[]) => columns.map((column) => `${prefix}.${column}`);

/** The columns of each dataset, in the order in which they stand in a file. */
export const LAYOUTS: Readonly<Record<RowDataset, Layout>> = {
  DECISIONS: {
    type: "Decision",
    parts: {},
    extras: {},
    scope: "decisions:read",
    columns: [
      ...paths("", `id externalRef ${CONTENT} action tags riskScore enqueuedAt claimedAt decidedAt recordedAt handleSeconds`),
      ...PLACE, ...WHO, ...CHOICE,
    ],
  },
  SAMPLES: {
    type: "Sample",
    parts: {},
    extras: {},
    scope: null,
    columns: [
      ...paths("", `id state layer purpose isBlind isDouble inclusionProbability drawOrder reason voidReason dueAt isOverdue leaseUntil ${CONTENT}`),
      "run.id", "stratum.id", "replaces.id", "goldenItem.id", "assignee.id",
      ...PLACE, ...DECISION, ...below("decision", [...WHO, ...CHOICE]),
      ...paths("", "version createdAt updatedAt"),
    ],
  },
  AUDITS: {
    type: "Audit",
    parts: { verdict: "Verdict" },
    // Of what failed, by the scorecard's order.
    extras: { failedCriteria: "TEXTS", errorCodes: "TEXTS" },
    scope: "audits:read",
    columns: [
      ...paths("", `id state role layer purpose isBlind isDouble ${CONTENT} revealedAt submittedAt publishDueAt publishedAt windowDueAt`),
      ...paths("", "acknowledgedAt isAutoAcknowledged proposedCause comment guidance acknowledgement voidReason answerAction answerTags"),
      ...paths("answerPolicy", "id code"),
      ...paths("verdict", "id number outcome errorType attribution processReason severity score cause truthAction truthTags isGraceApplied reason"),
      ...paths("verdict", "explanation isAfterReveal recordedAt truthPolicy.id truthPolicy.code"),
      "failedCriteria", "errorCodes",
      "sample.id", "auditor.id", "ofAudit.id", "scorecardVersion.id", ...paths("policyVersion", "id semver"),
      ...PLACE, ...DECISION, ...below("decision", [...WHO, ...paths("policy", "id code")]),
      ...paths("", "version createdAt updatedAt"),
    ],
  },
  FINDINGS: {
    type: "Finding",
    parts: { audit: "Audit", verdict: "Verdict" },
    extras: {},
    scope: "audits:read",
    columns: [
      "id", ...paths("audit", "id state role layer publishedAt project.id project.code queue.id queue.code market.code"),
      ...paths("verdict", "id number"), ...paths("criterion", "id code name section kind weight isBonus"),
      "result", ...paths("errorCode", "id code name"), ...paths("", "severity cause note"),
      ...below("audit", [...DECISION, ...below("decision", LABELER)]),
    ],
  },
  LABELERS: {
    type: "Labeler",
    parts: {},
    extras: {},
    scope: "roster:read",
    columns: [
      ...paths("", "id pseudonym externalRef name kind status pauseReason hiredOn tenureDays goLiveAt"),
      ...paths("vendor", "id code"), ...paths("site", "id code"), ...paths("team", "id code"), ...paths("", "version createdAt updatedAt"),
    ],
  },
  CALIBRATIONS: {
    type: "CalibrationVote",
    parts: {},
    extras: {},
    scope: null,
    columns: [
      "id", ...below("item.session", paths("", "id name state openedAt closedAt publishedAt")), ...below("item.session", paths("project", "id code")),
      ...paths("item", `id position ${CONTENT} market.code`), ...paths("policy", "id code"), ...paths("", "action rationale castAt isMine"), "rater.id",
    ],
  },
  APPEALS: {
    type: "Appeal",
    parts: {},
    extras: {},
    scope: "appeals:read",
    columns: [
      ...paths("", "id state tier layer raisedAs reason evidence asked answer endReason hasContinued hasReappealed outcome filedAt ruledAt closedAt dueAt isOverdue"),
      "case.id", "audit.id", ...paths("verdict", "id number outcome errorType severity score"), "raisedBy.id",
      ...PLACE, ...LABELER, ...paths("vendor", "id code"), ...paths("policy", "id code"), ...paths("", "version createdAt updatedAt"),
    ],
  },
  ESCALATIONS: {
    type: "Escalation",
    parts: {},
    extras: {},
    scope: null,
    columns: [
      ...paths("", "id kind severity state trigger title problemStatement stateReason closeReason discipline cycle isPartnerVisible"),
      ...paths("", "openedAt triagedAt containedAt rootCauseAt closedAt dueAt isOverdue"),
      "owner.id", "openedBy.id", "rule.id", "duplicateOf.id", ...paths("project", "id code"), "queueIds", "market.code", ...paths("vendor", "id code"),
      ...CHOICE, ...paths("errorCode", "id code"), ...paths("", "version createdAt updatedAt"),
    ],
  },
};

export type Format = (typeof EXPORT_FORMATS)[number];

/** What rows may be narrowed by; absent lists mean any. */
export interface AskedFilter {
  queueIds?: readonly unknown[] | null;
  markets?: readonly unknown[] | null;
  vendorIds?: readonly unknown[] | null;
  siteIds?: readonly unknown[] | null;
  teamIds?: readonly unknown[] | null;
  labelerIds?: readonly unknown[] | null;
  policyIds?: readonly unknown[] | null;
}

const BY_DECISION = ["range", "queueIds", "markets", "vendorIds", "siteIds", "teamIds", "labelerIds", "policyIds"];
/** The filters that each dataset has, `range` among them; what is about no decision has few. */
const FILTERS: Readonly<Record<Dataset, readonly string[]>> = {
  DECISIONS: BY_DECISION,
  SAMPLES: BY_DECISION,
  AUDITS: BY_DECISION,
  FINDINGS: BY_DECISION,
  LABELERS: ["vendorIds", "siteIds", "teamIds", "labelerIds"],
  CALIBRATIONS: [],
  APPEALS: BY_DECISION,
  ESCALATIONS: ["markets", "vendorIds", "policyIds"],
  // They have their own, as an argument of theirs.
  METRICS: [],
};

/** True for datasets of stored rows. */
export function isRows(dataset: Dataset): dataset is RowDataset {
  return dataset in LAYOUTS;
}

/** Refuses clients without the scopes for it; people export what they see. */
export function checkScopes(viewer: Viewer, dataset: Dataset): void {
  if (viewer.role !== "SERVICE") return;
  const needed = isRows(dataset) ? LAYOUTS[dataset].scope : "metrics:read";
  const missing = (["exports:read", needed] as const).find((scope) => scope && !viewer.scopes?.has(scope));
  if (missing) throw new Forbidden(`createExport of ${dataset} is for clients with scope ${missing}.`, ["dataset"]);
}

/** Refuses filters that a dataset doesn't have, and those by what is masked for the viewer in the dataset's lists. */
export function checkFilter(viewer: Viewer, dataset: Dataset, filter: AskedFilter & { range?: unknown }): void {
  const given = Object.entries(filter).filter(([, value]) => value != null).map(([name]) => name);
  const strange = given.find((name) => !FILTERS[dataset].includes(name));
  if (strange) throw new InvalidInput(`${strange}: ${dataset} can be narrowed by ${FILTERS[dataset].join(", ") || "nothing here"} alone.`, ["filter", strange]);
  const isBlind = dataset === "SAMPLES" && !maySeeDraws(viewer);
  const masked = isBlind ? BY_DECISION.filter((name) => name.endsWith("Ids") && name !== "queueIds") : viewer.role === "POLICY_MANAGER" ? ["labelerIds"] : [];
  const hidden = given.find((name) => masked.includes(name));
  if (hidden) throw new Forbidden(`filter.${hidden} is of what you may not see as ${viewer.role}.`, ["filter", hidden]);
}

/** The columns asked for, in the order asked; all in the dataset's own order if none are named. Refuses what is no column, and one named twice. */
export function chooseColumns(known: readonly string[], asked: readonly string[] | null | undefined): readonly string[] {
  if (asked == null) return known;
  if (asked.length === 0) throw new InvalidInput("columns: name at least one, or leave it out for all.", ["columns"]);
  const strange = asked.find((name) => !known.includes(name));
  if (strange !== undefined) throw new InvalidInput(`columns: there is no column "${strange}"; there are ${known.join(", ")}.`, ["columns"]);
  const twice = asked.find((name, place) => asked.indexOf(name) !== place);
  if (twice !== undefined) throw new InvalidInput(`columns: "${twice}" is named twice.`, ["columns"]);
  return asked;
}

const LIFE_MS = 15 * 60_000;

/** When a link ends: 15 minutes after it was made, or with its maker's credential if that ends earlier. */
export function linkEnd(viewer: Viewer, now: Date): Date {
  const end = now.getTime() + LIFE_MS;
  return new Date(viewer.expiresAt ? Math.min(end, viewer.expiresAt.getTime()) : end);
}

/** A new secret with its hash, which is all that is kept: 256 random bits, so a plain hash is safe. */
export function makeSecret(): { secret: string; secretHash: Buffer } {
  const secret = randomBytes(32).toString("base64url");
  return { secret, secretHash: hashSecret(secret) };
}

function hashSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** True for the secret that this is the hash of; takes the same time for every other. */
export function isSecret(secret: string, secretHash: Buffer): boolean {
  return timingSafeEqual(hashSecret(secret), secretHash);
}

const EXTENSIONS: Readonly<Record<Format, string>> = { CSV: "csv", NDJSON: "ndjson", XLSX: "xlsx", PARQUET: "parquet" };

/** What the file is called: dataset, project and time of the asking, of letters that every system takes. */
export function fileNameOf(dataset: Dataset, projectCode: string | null, format: Format, now: Date): string {
  const time = now.toISOString().replace(/\.\d+/, "").replace(/[-:]/g, "");
  return `${["assay", dataset.toLowerCase(), ...(projectCode ? [projectCode] : []), time].join("-").replace(/[^\w.-]+/g, "_")}.${EXTENSIONS[format]}`;
}
