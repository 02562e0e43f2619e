import { randomUUID } from "node:crypto";
import { encodeId, newId } from "../../src/core/ids.ts";
import type { ProjectFixture } from "./factories.ts";
import { globalId, projectGid } from "./samples.ts";
import type { Caller, World } from "./world.ts";

/** A queue more of the project, in a market of its own unless said otherwise. */
export async function addQueue(world: World, { projectId }: ProjectFixture, given: { market?: string; skills?: string[] } = {}) {
  const [id, market] = [newId(new Date()), given.market ?? `m-${randomUUID().slice(0, 8)}`];
  await world.sql`insert into markets (id, code, name) values (${randomUUID()}, ${market}, ${market}) on conflict do nothing`;
  await world.sql`insert into queues (project_id, id, code, name, market, modality, required_skills)
    values (${projectId}, ${id}, ${`Q-${id}`}, 'Q', ${market}, 'TEXT', ${given.skills ?? []})`;
  return { id, gid: encodeId("Queue", { projectId, id }), market };
}

/** Says what an auditor may claim. */
export async function setProfile(lead: Caller, project: ProjectFixture, auditor: Caller, said: Record<string, unknown> = {}) {
  const input = { projectId: projectGid(project), principalId: globalId("Principal", auditor.principalId), markets: [], languages: [], skills: [], ...said };
  return (await lead.verb("setAuditorProfile", input, "auditorProfile { id version markets languages skills dailyTarget }")).auditorProfile;
}
