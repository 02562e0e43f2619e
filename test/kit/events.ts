import { newId } from "../../src/core/ids.ts";
import type { Viewer } from "../../src/core/viewer.ts";
import { WORKER } from "../../src/db/identity.ts";
import type { Db } from "../../src/db/lease.ts";
import { createPool, type Pool } from "../../src/db/pool.ts";
import { write } from "../../src/db/session.ts";
import { append, type EventDraft } from "../../src/events/outbox.ts";
import type { World } from "./world.ts";

/** Who does what no feature of the test does. */
export function actor(principalId: string): Viewer {
  const nobody = { vendorId: null, teamId: null, labelerId: null, scopes: null, expiresAt: null };
  return { principalId, role: "ADMIN", grants: [], projectIds: null, ...nobody };
}

/** Connections of the test's own, as the application has them. */
export function openPool(world: World, size: number): Pool {
  return createPool({ url: world.urls.login, size, queue: 500, waitMs: 20_000, applicationName: "assay-test-writers" });
}

/** Events as features append them, in one transaction; absent fields make an event of the project itself that everybody sees. */
export async function emit(pool: Pool, world: World, projectId: string, drafts: readonly Partial<EventDraft>[]): Promise<void> {
  const whole = drafts.map((draft) => ({
    projectId, type: "project.noted", subjectType: "Project", subjectId: projectId, audience: { isProjectVisible: true }, ...draft,
  }));
  const verb = { viewer: actor(world.admin.principalId), now: new Date() };
  const work = async (db: Db) => {
    await append({ ...verb, db }, whole);
    // As a verb would: once it is answered, the connection was alive before the commit.
    await db.execute("select");
  };
  await write(pool, WORKER, work, { timeoutMs: 10_000 });
}

/** Waits until every event is sealed, and how many that are. */
export async function allSealed({ sql }: World, projectId: string): Promise<number> {
  for (let i = 0; i < 500; i += 1) {
    const [row] = await sql`select (select count(*)::int from events where project_id = ${projectId}) as events,
      (select count(*)::int from event_seals where project_id = ${projectId}) as seals`;
    if (row!.events === row!.seals) return row!.seals as number;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("not everything is sealed");
}

/** An id for a subject that nobody looks at. */
export function someId(): string {
  return newId(new Date());
}
