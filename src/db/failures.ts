import { DrizzleQueryError } from "drizzle-orm";
import postgres from "postgres";
import { InvalidInput } from "../core/errors.ts";

/** The lease's backend is gone, hangs or overran its deadline. Its transaction never committed, unless this is `OutcomeUnknown`. */
export class LeaseLost extends Error {
  override readonly name: string = "LeaseLost";
}

/** The lease was held past its deadline, and its connection given up: tried again it would only take as long. */
export class DeadlineOverrun extends LeaseLost {
  override readonly name = "DeadlineOverrun";
}

/** The connection was lost while the commit was on its way: the write may stand or not. Never retried; an idempotency key settles it. */
export class OutcomeUnknown extends LeaseLost {
  override readonly name = "OutcomeUnknown";
}

/** All connections are out and the queue is full, or the wait was too long: an answer of 503 with Retry-After. */
export class PoolExhausted extends Error {
  override readonly name = "PoolExhausted";
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What the server or the connection said, without the statement and parameters that Drizzle puts into its own message. */
export function causeOf(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? error.cause : error;
}

/** The SQLSTATE of a failed statement; undefined for every other error. */
export function sqlStateOf(error: unknown): string | undefined {
  const cause = causeOf(error);
  return cause instanceof postgres.PostgresError ? cause.code : undefined;
}

/** Errors after which postgres.js prepares the statement anew and sends it again, out of turn with what is pipelined behind it. */
const RESENT = ["FetchPreparedStatement", "RevalidateCachedQuery", "transformAssignedExpr"];

/** True if the backend lives on after this error, with its answers still in step; all other errors cost the connection. */
export function isStatementError(error: unknown): boolean {
  if (!(error instanceof postgres.PostgresError)) return false;
  return error.severity !== "FATAL" && error.severity !== "PANIC" && !RESENT.includes(error.routine);
}

/** True if the same transaction may succeed on a second run: deadlocks, serialization failures, a lease lost before its commit was sent. */
export function isRetryable(error: unknown): boolean {
  const cause = causeOf(error);
  if (cause instanceof LeaseLost) return !(cause instanceof OutcomeUnknown || cause instanceof DeadlineOverrun);
  return ["40001", "40P01"].includes(sqlStateOf(cause) ?? "");
}

/** Nothing is written as long as the database's disk has too little room. */
export class NoRoom extends Error {
  override readonly name = "NoRoom";
}

/** True if there is no room for what is to be written: an answer of 503, and something for the operator to do. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof NoRoom || sqlStateOf(error) === "53100";
}

/** True if a statement, or the transaction with all its statements, took longer than it may: an answer of 503 that asks for less. */
export function isOverrun(error: unknown): boolean {
  return causeOf(error) instanceof DeadlineOverrun || sqlStateOf(error) === "57014";
}

/** The refusal of a text with U+0000, the one character that PostgreSQL takes in neither text nor JSON; null for every other error. */
export function nulRefusal(error: unknown): InvalidInput | null {
  if (!["22021", "22P05"].includes(sqlStateOf(error) ?? "")) return null;
  return new InvalidInput("A text holds the character U+0000, which can't be kept; leave it out.");
}
