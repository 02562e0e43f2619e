import { createHash } from "node:crypto";
import { Conflict, Forbidden, InvalidInput, NotFound, type Refusal } from "../core/errors.ts";
import type { Viewer } from "../core/viewer.ts";
import { nulRefusal, sqlStateOf } from "../db/failures.ts";
import { identityOf } from "../db/identity.ts";
import type { Pool } from "../db/pool.ts";
import { write } from "../db/session.ts";
import { Later } from "../db/steps.ts";
import type { Verb } from "../db/verb.ts";
import { actingGrants } from "./rules.ts";
import { areGrantsValid, findAnswer, insertAnswer, lockKey } from "./store.ts";

const TIMEOUT_MS = 7_000;

function hashInput(name: string, input: unknown): string {
  return createHash("sha256").update(`${name}\n${JSON.stringify(input)}`).digest("hex");
}

// What the database refuses though the rules let it pass: a race, or a row that only it can see.
function refusalOf(error: unknown): Refusal | null {
  switch (sqlStateOf(error)) {
    case "23505":
    case "23P01":
      return new Conflict("Another row already stands in this place: the code, reference or period is taken.");
    case "23503":
      return new NotFound("The input names a row that does not exist.");
    case "42501":
      return new Forbidden("The acting role can't write this row.");
    default:
      return nulRefusal(error);
  }
}

/**
 * Runs a verb in one write transaction as the viewer. The acting grants are checked again in it. With an idempotency key the answer is kept
 * in the same transaction: the same key and input is answered without a second run (a `secret` of the answer is not kept), other input
 * is a CONFLICT. A step that has to read first is no answer yet.
 */
export async function performVerb<Input extends { idempotencyKey?: string | null }, Result>(
  pool: Pool,
  viewer: Viewer,
  name: string,
  input: Input,
  work: (verb: Verb) => Promise<Result>,
  timeoutMs = TIMEOUT_MS,
): Promise<Result> {
  const { idempotencyKey: key, ...rest } = input;
  if (key != null && (key.length < 1 || key.length > 200)) throw new InvalidInput("idempotencyKey: must have 1 to 200 characters.", ["idempotencyKey"]);
  const requestHash = key == null ? null : hashInput(name, rest);
  const run = async (db: Verb["db"]): Promise<Result> => {
    const now = new Date();
    const grantIds = actingGrants(viewer).map((grant) => grant.id);
    // The system acts without grants.
    if (grantIds.length > 0 && !(await areGrantsValid(db, grantIds, now))) throw new Forbidden("Your grant was changed or withdrawn; sign in again.");
    if (key == null || requestHash === null) return work({ db, viewer, now });
    await lockKey(db, viewer.principalId, key);
    const kept = await findAnswer(db, viewer.principalId, key);
    if (kept && kept.requestHash !== requestHash) throw new Conflict(`idempotencyKey: "${key}" was used with other input; take a new key.`, ["idempotencyKey"]);
    if (kept) return JSON.parse(kept.response) as Result;
    const result = await work({ db, viewer, now });
    if (result instanceof Later) return result;
    const response = JSON.stringify(result, (property, value: unknown) => (property === "secret" ? null : value));
    await insertAnswer(db, { principalId: viewer.principalId, key, requestHash, response });
    return result;
  };
  try {
    return await write(pool, identityOf(viewer), run, { timeoutMs });
  } catch (error) {
    throw refusalOf(error) ?? error;
  }
}
