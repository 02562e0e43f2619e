import { InvalidInput } from "../core/errors.ts";
import { isUuid } from "../core/ids.ts";

/** The opaque place of an event: its project and its number in the project's order. */
export function encodeEventCursor(projectId: string, seq: number): string {
  return Buffer.from(`${projectId}:${seq}`).toString("base64url");
}

/** The number in a cursor of this project; refuses any other text. */
export function readEventCursor(projectId: string, cursor: string): number {
  const [project, seq] = Buffer.from(cursor, "base64url").toString("latin1").split(":") as [string, string?];
  if (!isUuid(project) || !/^\d{1,15}$/.test(seq ?? "")) throw new InvalidInput(`after: "${cursor}" is not a cursor; take it from an event's cursor field.`, ["after"]);
  if (project !== projectId) throw new InvalidInput("after: this is a cursor of another project; every project's events have an order of their own.", ["after"]);
  return Number(seq);
}
