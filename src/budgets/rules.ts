import { InvalidInput } from "../core/errors.ts";

/** How long points last: from the first that is spent on. */
export const WINDOW_SECONDS = 60;
/** What a principal may spend in that time unless an administrator says otherwise. */
export const POINTS_PER_MINUTE = 600_000;
/** The most that can be allowed: for whom no limit is meant. */
export const MOST_POINTS = 2_000_000_000;

/** What uploads and downloads cost for each thousand rows begun: a tenth of what the rows would one by one. */
const POINTS_A_THOUSAND = 100;

/** What so many rows of an upload or download cost; one without rows is taken for one with some. */
export function bulkPoints(rows: number): number {
  return Math.max(1, Math.ceil(rows / 1_000)) * POINTS_A_THOUSAND;
}

/** Tokens from one network that may lead nowhere in a minute, before others from there are looked at. */
export const FAILURES_PER_MINUTE = 30;

/** What is left of a budget once something was charged. */
export interface Balance {
  /** Points a minute. */
  limit: number;
  /** Points left, as far as this process knows of the others. */
  remaining: number;
  /** When the limit holds anew. */
  resetSeconds: number;
}

/** What a process was granted of a principal's minute. */
export interface Lease {
  /** When the minute began, as the database has it: the same text to every process. */
  startedAt: string;
  /** Points a minute. */
  limit: number;
  /** Of it, what all processes have taken so far. */
  leased: number;
  /** Of that, what this one took now. */
  granted: number;
  /** How long the minute lasts yet. */
  msLeft: number;
}

/** There are no points left for something, or too many tokens failed: it may be tried again later. Not a bug, and no refusal of what was asked. */
export class RateLimited extends Error {
  override readonly name = "RateLimited";
  readonly retryAfterSeconds: number;
  /** Absent where it is not about a principal's budget. */
  readonly balance: Balance | null;

  constructor(message: string, retryAfterSeconds: number, balance: Balance | null = null) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
    this.balance = balance;
  }
}

/** Refuses a budget that is no number of points. */
export function checkPoints(points: number): number {
  if (points >= 1 && points <= MOST_POINTS) return points;
  throw new InvalidInput(`pointsPerMinute: ${points} must be from 1 to ${MOST_POINTS}; leave it out for what everybody has.`, ["pointsPerMinute"]);
}

/** The refusal of something that costs more than is left: value, limit, and when to come again or what else to do. */
export function overBudget(cost: number, balance: Balance): RateLimited {
  const { limit, remaining, resetSeconds } = balance;
  const remedy = cost > limit ? "ask for fewer rows" : `wait ${resetSeconds} s, or ask for fewer rows`;
  return new RateLimited(`This costs ${cost} points, and ${remaining} of your ${limit} a minute are left: ${remedy}.`, resetSeconds, balance);
}

/** A budget as HTTP tells it: the draft's fields (draft-ietf-httpapi-ratelimit-headers), and the three that clients have read for longer. */
export function headersOf({ limit, remaining, resetSeconds }: Balance): Record<string, string> {
  return {
    "ratelimit-policy": `"points";q=${limit};w=${WINDOW_SECONDS}`,
    ratelimit: `"points";r=${remaining};t=${resetSeconds}`,
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(remaining),
    "ratelimit-reset": String(resetSeconds),
  };
}

/**
 * The network that an address is of: an IPv4 address alone, also where it is written as IPv6, and the first 64 bits of an IPv6 address, since
 * whoever has one has as many as they like of these.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped || !address.includes(":")) return mapped ?? address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  const behind = tail ? tail.split(":") : [];
  const whole = tail === undefined ? groups : [...groups, ...Array<string>(Math.max(0, 8 - groups.length - behind.length)).fill("0"), ...behind];
  return whole.slice(0, 4).map((group) => group.toLowerCase()).join(":");
}

/**
 * Where a request comes from: the peer, or behind so many proxies of ours what the first of them saw. What stands further left in
 * x-forwarded-for was written by whoever asks, and is not believed.
 */
export function addressOf(peer: string | undefined, forwarded: string | null, proxies: number): string | null {
  const seen = (forwarded ?? "").split(",").map((each) => each.trim()).filter((each) => each !== "");
  return (proxies > 0 ? seen.at(-proxies) : undefined) ?? peer ?? null;
}
