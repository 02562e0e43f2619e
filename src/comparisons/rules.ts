import { InvalidInput } from "../core/errors.ts";
import type { LabelerRow } from "../labelers/table.ts";

/** Whose decisions are compared: those of one labeler, or of all people or all models. */
export interface Side {
  labelerId: string | null;
  kind: LabelerRow["kind"] | null;
}

/** What decides who was right: published audits of both decisions, or golden items. */
export const TRUTH_SOURCES = ["AUDITS", "GOLDEN"] as const;
export type TruthSource = (typeof TRUTH_SOURCES)[number];

/** Refuses a side that names nobody or two things, and two sides that are the same. */
export function checkSides(left: Side, right: Side): void {
  for (const [name, { labelerId, kind }] of Object.entries({ left, right })) {
    if ((labelerId === null) === (kind === null)) throw new InvalidInput(`${name}: give either labelerId or kind.`, [name, "labelerId"]);
  }
  if (left.labelerId !== right.labelerId || left.kind !== right.kind) return;
  throw new InvalidInput("right: is the same as left; name another labeler or kind.", ["right"]);
}
