import type { Caller } from "./world.ts";

/** A criterion as an input names it: a plain DECISION one, unless told otherwise. */
export const criterion = (code: string, more: object = {}) => {
  return { code, name: code, kind: "DECISION", weight: 1, severity: "MAJOR", ...more };
};

/** The opaque ids of a scorecard and of its first version, which is published. */
export interface ScorecardIds {
  id: string;
  versionId: string;
}

/** Adds a scorecard by its verb. */
export async function makeScorecard(by: Caller, code: string, criteria: object[] = [criterion("policy")]): Promise<ScorecardIds> {
  const answer = await by.verb("createScorecard", { code, name: code, criteria }, "scorecard { id versions { nodes { id } } }");
  return { id: answer.scorecard.id, versionId: answer.scorecard.versions.nodes[0].id };
}

/** Begins the next version of a scorecard; the draft's id. */
export async function draftOf(by: Caller, scorecardId: string, criteria?: object[]): Promise<string> {
  return (await by.verb("draftScorecardVersion", { scorecardId, criteria }, "scorecardVersion { id }")).scorecardVersion.id;
}
