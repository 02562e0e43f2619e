import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allowedActions } from "../src/core/machine.ts";
import { ROLES } from "../src/core/viewer.ts";
import { SCORECARD_VERSION_MACHINE, type ScorecardVersionVerb } from "../src/scorecards/rules.ts";
import { makeProject, type ProjectFixture } from "./kit/factories.ts";
import { keyIn } from "./kit/roster.ts";
import { criterion, draftOf, makeScorecard, type ScorecardIds } from "./kit/scorecards.ts";
import { type Caller, createWorld, type World } from "./kit/world.ts";

let world: World;
let project: ProjectFixture;
beforeAll(async () => {
  world = await createWorld();
  project = await makeProject(world.sql);
});
afterAll(() => world.close());

const VERBS = [...new Set(SCORECARD_VERSION_MACHINE.arrows.map(({ verb }) => verb))];
const MAKE: Record<"DRAFT" | "PUBLISHED" | "ARCHIVED", (code: string) => Promise<ScorecardIds>> = {
  DRAFT: async (code) => {
    const { id } = await makeScorecard(world.admin, code);
    return { id, versionId: await draftOf(world.admin, id) };
  },
  PUBLISHED: (code) => makeScorecard(world.admin, code),
  ARCHIVED: async (code) => {
    const ids = await makeScorecard(world.admin, code);
    await world.admin.verb("archiveScorecardVersion", { id: ids.versionId }, "__typename");
    return ids;
  },
};

function inputOf(verb: ScorecardVersionVerb, { id, versionId }: ScorecardIds): Record<string, unknown> {
  const criteria = [criterion("a")];
  if (verb === "draftScorecardVersion") return { scorecardId: id, criteria };
  if (verb === "reviseScorecard") return { id, criteria };
  return verb === "changeScorecardVersion" ? { id: versionId, criteria } : { id: versionId };
}

const read = async (by: Caller, id: string) =>
  (await by.ask("query ($id: ID!) { node(id: $id) { ... on ScorecardVersion { state allowedActions } } }", { id })).node;

describe.each(Object.keys(MAKE) as (keyof typeof MAKE)[])("the machine of a version that is %s", (state) => {
  test.each(ROLES)("for %s", async (role) => {
    const vendor = project.vendors[0]!;
    const labelerId = role === "LABELER" ? vendor.labelerIds[0]! : null;
    const vendorId = ["VENDOR_MANAGER", "VENDOR_QA", "LABELER"].includes(role) ? vendor.id : null;
    const projectId = role === "ADMIN" ? null : project.projectId;
    const caller = await world.caller({ role, projectId, vendorId, labelerId, scopes: role === "SERVICE" ? ["audits:write"] : [] });
    const possible = allowedActions(SCORECARD_VERSION_MACHINE, state, new Set([role]));
    const kept = await MAKE[state](`K-${state}-${role}`);
    await world.sql`update queues set scorecard_id = ${keyIn(kept.id)} where project_id = ${project.projectId}`;
    // What is still a draft is the staff's alone.
    const isHidden = state === "DRAFT" && (vendorId !== null || role === "SERVICE");
    expect(await read(caller, kept.versionId)).toEqual(isHidden ? null : { state, allowedActions: possible });
    for (const verb of VERBS) {
      const isWriter = role === "ADMIN" || role === "QA_LEAD";
      // Where nothing stands, a next version follows none.
      const isAnew = state === "ARCHIVED" && isWriter && (verb === "draftScorecardVersion" || verb === "reviseScorecard");
      if (possible.includes(verb) || isAnew) {
        await caller.verb(verb, inputOf(verb, await MAKE[state](`A-${state}-${role}-${verb}`)), "__typename");
        continue;
      }
      const refusal = await caller.refused(verb, inputOf(verb, kept));
      expect(refusal.code, `${verb} as ${role}`).toBe(isWriter ? "CONFLICT" : "FORBIDDEN");
      if (isWriter) expect(refusal.message).toContain(`while the ScorecardVersion is ${state}. Possible now: ${possible.join(", ") || "nothing"}.`);
    }
    expect((await read(world.admin, kept.versionId)).state).toBe(state);
  });
});
