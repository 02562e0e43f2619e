import { randomUUID } from "node:crypto";
import type postgres from "postgres";
import { newId } from "../../src/core/ids.ts";
import type { Role } from "../../src/core/viewer.ts";
import type { ProjectFixture } from "./factories.ts";
import type { Caller, World } from "./world.ts";

/** A scorecard that the project's queue is judged by, with criteria and error codes; their ids by code. */
export interface Card {
  criteria: Record<string, string>;
  codes: Record<string, string>;
}

/** A published scorecard, written directly. */
export async function makeCard(sql: postgres.Sql, { projectId, queueId }: ProjectFixture, criteria: string[], codes: string[]): Promise<Card> {
  const [scorecardId, versionId] = [randomUUID(), randomUUID()];
  await sql`insert into scorecards (id, code, name) values (${scorecardId}, ${`card-${scorecardId}`}, 'Card')`;
  await sql`insert into scorecard_versions (id, scorecard_id, number, state, published_at) values (${versionId}, ${scorecardId}, 1, 'PUBLISHED', now())`;
  await sql`update queues set scorecard_id = ${scorecardId} where project_id = ${projectId} and id = ${queueId}`;
  const ids = (names: string[]) => Object.fromEntries(names.map((name) => [name, randomUUID()]));
  const card = { criteria: ids(criteria), codes: ids(codes) };
  for (const [position, [code, id]] of Object.entries(card.criteria).entries()) {
    await sql`insert into criteria (id, scorecard_id, scorecard_version_id, code, name, position, kind, weight, severity)
      values (${id}, ${scorecardId}, ${versionId}, ${code}, ${`criterion ${code}`}, ${position}, 'DECISION', 1, 'MAJOR')`;
  }
  for (const [code, id] of Object.entries(card.codes)) {
    await sql`insert into error_codes (id, scorecard_id, code, name, severity) values (${id}, ${scorecardId}, ${code}, ${`code ${code}`}, 'MAJOR')`;
  }
  return card;
}

/** What failed in an audit: the criterion, and its error code and cause if any. */
export type Failed = [criterion: string, code: string | null, cause: string | null];

/** Findings of the latest verdict of the audit of a decision. */
export async function addFindings(sql: postgres.Sql, { projectId }: ProjectFixture, card: Card, decisionId: string, failed: readonly Failed[]): Promise<void> {
  const [verdict] = await sql`select * from verdicts where project_id = ${projectId} and decision_id = ${decisionId} order by number desc limit 1`;
  for (const [criterion, code, cause] of failed) {
    await sql`insert into findings (project_id, id, verdict_id, audit_id, decision_id, actor_id, criterion_id, error_code_id, result, severity, cause)
      values (${projectId}, ${newId(new Date())}, ${verdict!.id}, ${verdict!.audit_id}, ${decisionId}, ${verdict!.actor_id}, ${card.criteria[criterion]!},
        ${code && card.codes[code]!}, 'FAIL', 'MAJOR', ${cause})`;
  }
}

/** The fields of a figure that tests compare. */
export const FIGURE = "value numerator denominator n weighted reason interval { low high method }";

/** The message that a query is refused with. */
export const refusal = async (by: Caller, query: string) => (await by.send(query)).errors?.[0]?.message;

/** Somebody in a project. */
export const inProject = (world: World, { projectId }: ProjectFixture) => (role: Role, more: object = {}) => world.caller({ role, projectId, ...more });
