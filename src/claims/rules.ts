import { Conflict, InvalidInput } from "../core/errors.ts";
import type { Role } from "../core/viewer.ts";
import type { SampleRow } from "../samples/table.ts";
import type { AuditorProfileRow } from "./table.ts";

const MAX_CLAIM = 20;

/** 1 to 20 audits to make, first or second ones. */
export function checkCount(count: number): number {
  if (count < 1 || count > MAX_CLAIM) throw new InvalidInput(`count: ${count} must be 1 to ${MAX_CLAIM}.`, ["count"]);
  return count;
}

/** Who audits in which layer. */
export const CLAIMING: Readonly<Record<SampleRow["layer"], readonly Role[]>> = { CLIENT: ["AUDITOR", "QA_LEAD"], VENDOR: ["VENDOR_QA"] };

/** What somebody may audit in a project, whatever waits there. */
export interface Auditor {
  principalId: string;
  /** Null if nobody has said anything: then it is any queue that asks no skills. */
  profile: Pick<AuditorProfileRow, "markets" | "languages" | "skills"> | null;
  /** Their own labeler records, also former ones: nobody audits themselves. */
  labelerIds: readonly string[];
  /** Their grants that stand in the project. */
  grants: readonly { role: Role; vendorId: string | null; teamId: string | null }[];
}

/** A queue, and what its auditors must be able to do. */
export interface SkilledQueue {
  id: string;
  requiredSkills: readonly string[];
}

/** What a claim asks for; null is any. */
export interface Wish {
  queueIds: readonly string[] | null;
  markets: readonly string[] | null;
  languages: readonly string[] | null;
  skill: string | null;
}

/** Which waiting samples are within a claim's reach; null is any. The empty language is an unknown one. */
export interface Reach {
  queueIds: readonly string[] | null;
  exceptQueueIds: readonly string[];
  markets: readonly string[] | null;
  languages: readonly string[] | null;
}

function both(one: readonly string[] | null, other: readonly string[] | null): readonly string[] | null {
  return one && other ? one.filter((each) => other.includes(each)) : (one ?? other);
}

const anyIfEmpty = (list: readonly string[] | undefined) => (list && list.length > 0 ? list : null);

/** The queues that ask for a skill which this auditor lacks. */
export function closedQueues({ profile }: Pick<Auditor, "profile">, queues: readonly SkilledQueue[]): string[] {
  const skills = profile?.skills ?? [];
  return queues.filter(({ requiredSkills }) => !requiredSkills.every((skill) => skills.includes(skill))).map(({ id }) => id);
}

/** What a wish alone reaches. `queues` holds at least those that ask for skills. */
export function reachOfWish({ queueIds, markets, languages, skill }: Wish, queues: readonly SkilledQueue[]): Reach {
  const asking = skill === null ? null : queues.filter(({ requiredSkills }) => requiredSkills.includes(skill)).map(({ id }) => id);
  return { queueIds: both(queueIds, asking), exceptQueueIds: [], markets, languages };
}

/**
 * What of a wish an auditor is offered: in the markets and languages of their profile, and of queues whose every skill they have. Content of
 * an unknown language is offered whatever the profile's languages, since else nobody might be.
 */
export function reachOf(auditor: Pick<Auditor, "profile">, wish: Wish, queues: readonly SkilledQueue[]): Reach {
  const { queueIds, markets, languages } = reachOfWish(wish, queues);
  const spoken = anyIfEmpty(auditor.profile?.languages);
  return {
    queueIds,
    exceptQueueIds: closedQueues(auditor, queues),
    markets: both(markets, anyIfEmpty(auditor.profile?.markets)),
    languages: both(languages, spoken && [...spoken, ""]),
  };
}

/** True if everything that waits is within reach. */
export function isBoundless({ queueIds, exceptQueueIds, markets, languages }: Reach): boolean {
  return queueIds === null && exceptQueueIds.length === 0 && markets === null && languages === null;
}

type Given = Pick<SampleRow, "state" | "layer" | "assigneeId" | "labelerId" | "queueId" | "vendorId" | "teamId" | "skippedByIds">;

function mayAudit({ grants }: Auditor, { layer, vendorId, teamId }: Given): boolean {
  const isOfVendor = (grant: Auditor["grants"][number]) => grant.vendorId === vendorId && (grant.teamId === null || grant.teamId === teamId);
  return grants.some((grant) => CLAIMING[layer].includes(grant.role) && (layer === "CLIENT" || isOfVendor(grant)));
}

/** Refuses to give a sample to somebody who could not have claimed it themselves; a profile's markets and languages don't bind a lead. */
export function checkAssignee(auditor: Auditor, queues: readonly SkilledQueue[], sample: Given): void {
  const path = ["assigneeId"];
  if (!mayAudit(auditor, sample)) {
    const where = sample.layer === "CLIENT" ? "the project" : "the labeler's vendor";
    throw new InvalidInput(`assigneeId: layer ${sample.layer} is audited by ${CLAIMING[sample.layer].join(", ")} of ${where}, which they are not.`, path);
  }
  if (auditor.labelerIds.includes(sample.labelerId)) throw new Conflict("assigneeId: it is their own decision; nobody audits themselves.", path);
  if (sample.skippedByIds.includes(auditor.principalId)) throw new Conflict("assigneeId: they have skipped it, or given it back after seeing the decision; choose another.", path);
  if (closedQueues(auditor, queues).includes(sample.queueId)) throw new Conflict("assigneeId: its queue asks for skills that their profile lacks.", path);
  if (sample.state === "IN_AUDIT" && sample.assigneeId === auditor.principalId) throw new Conflict("assigneeId: it is theirs already.", path);
}

const MAX_DRAFT_BYTES = 20_000;
const MAX_DEPTH = 20;

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  // No deeper than it must be looked at: a draft nested without end ends here too.
  let deepest = 0;
  for (let level: unknown[] = [value]; level.length > 0 && deepest <= MAX_DEPTH; deepest += 1) {
    level = level.flatMap((each) => Object.values(each as object)).filter((each) => typeof each === "object" && each !== null);
  }
  return deepest;
}

/** A draft as its JSON text: an object of at most 20,000 bytes and 20 levels, without lone surrogates. */
export function checkDraft(draft: unknown): string {
  if (typeof draft !== "object" || draft === null || Array.isArray(draft)) throw new InvalidInput("draft: must be a JSON object.", ["draft"]);
  if (depthOf(draft) > MAX_DEPTH) throw new InvalidInput(`draft: must nest at most ${MAX_DEPTH} levels deep.`, ["draft"]);
  const text = JSON.stringify(draft);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_DRAFT_BYTES) throw new InvalidInput(`draft: has ${bytes} bytes as JSON; at most ${MAX_DRAFT_BYTES} are kept.`, ["draft"]);
  // A text that isn't well formed is written with an escape of its own, which no well-formed text needs.
  if (/(?<!\\)(?:\\\\)*\\ud[89a-f]/i.test(text)) throw new InvalidInput("draft: a text holds half of a surrogate pair, which can't be kept.", ["draft"]);
  return text;
}

/** At least 1 audit a day, or null for no target. */
export function checkDailyTarget(target: number | null | undefined): number | null {
  if (target != null && target < 1) throw new InvalidInput(`dailyTarget: ${target} must be 1 or more, or null for no target.`, ["dailyTarget"]);
  return target ?? null;
}
