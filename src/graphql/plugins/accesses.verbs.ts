import { type Access, subjectsIn } from "../../accesses/rules.ts";
import type { AccessLog } from "../../accesses/service.ts";
import { Refusal } from "../../core/errors.ts";
import type { NamedKey } from "../../core/ids.ts";
import type { Viewer } from "../../core/viewer.ts";
import { aroundEach, Later } from "../../db/steps.ts";
import type { Perform } from "../context.ts";

/** The row for what a verb did, in its transaction; null where none belongs there. `hasChanged` if it appended events. */
type RowOfVerb = (verb: string, subjects: readonly NamedKey[], hasChanged: boolean) => Access | null;

/**
 * Performs verbs with their rows in their own transactions: what is committed is logged, and what is logged as done was committed. Says
 * whether the row is there, which it isn't where the answer to an idempotency key is given again.
 */
export function keeping(accesses: AccessLog, perform: Perform, rowOfVerb: RowOfVerb) {
  return async <Input extends { idempotencyKey?: string | null }, Result>(...[viewer, name, input, work]: Parameters<typeof perform<Input, Result>>) => {
    const named = subjectsIn(input);
    let isKept = false;
    let unlogged: Error | null = null;
    const done = perform(viewer, name, input, aroundEach(work, async (verb, step) => {
      const subjects = [...named];
      const result = await step({ ...verb, subjects });
      const access = result instanceof Later ? null : rowOfVerb(name, subjects, subjects.length > named.length);
      isKept = access !== null;
      unlogged = null;
      if (access) accesses.join(verb, access, (error) => (unlogged = error));
      return result;
    }));
    const result = await done.catch((error: unknown) => {
      throw unlogged ?? error;
    });
    return { result, named, isKept };
  };
}

/** An upload, whose verbs are performed a batch at a time. */
export interface Upload {
  viewer: Viewer;
  requestId: string;
  path: string;
}

const CODES: Readonly<Record<number, string>> = { 400: "INVALID_INPUT", 403: "FORBIDDEN", 409: "CONFLICT" };

/**
 * Answers an upload with one row of the log: in the first of its transactions that changes something, so that nothing of it stands without
 * one; and where none did, behind it.
 */
export async function recordedUpload(accesses: AccessLog, perform: Perform, { viewer, requestId, path }: Upload, work: (perform: Perform) => Promise<Response>): Promise<Response> {
  const access = (subjects: readonly NamedKey[], code: string | null, outcome: Access["outcome"] = "OK"): Access => ({
    viewer, requestId, transport: "UPLOAD", kinds: ["MUTATION"], operation: null, fields: [path], personalFields: [], personalCount: null, subjects, outcome, code,
  });
  let hasRow = false;
  const keep = keeping(accesses, perform, (_, subjects, hasChanged) => (hasChanged && !hasRow ? access(subjects, null) : null));
  const end = async (code: string | null, outcome?: Access["outcome"]) => {
    if (!hasRow) await accesses.write(access([], code, outcome));
  };
  try {
    const response = await work(async (...asked) => {
      const { result, isKept } = await keep(...asked);
      hasRow ||= isKept;
      return result;
    });
    await (response.ok ? end(null) : end(CODES[response.status] ?? "INTERNAL", response.status < 500 ? "REFUSED" : "ERROR"));
    return response;
  } catch (error) {
    await (error instanceof Refusal ? end(error.code, "REFUSED") : end("INTERNAL", "ERROR"));
    throw error;
  }
}
