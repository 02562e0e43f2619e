import { randomUUID } from "node:crypto";
import { encodeId } from "../../src/core/ids.ts";
import { LIMITS } from "../../src/core/limits.ts";
import { allSealed } from "./events.ts";
import { buildTenancy } from "./tenancy.ts";
import { split, tellRows, type Told, typesByTable } from "./tokens.ts";
import { createWorld, type World } from "./world.ts";

/** Who walks through the schema, and as which person of the tenancy. */
export const WALKERS = {
  admin: "AD",
  lead: "QL",
  auditor: "AU1",
  policy: "PM",
  analyst: "AN",
  partner: "VM1",
  vendorQa: "VQ1",
  team: "TL1",
  labeler: "LA1",
  service: "SV",
  vendorService: "SV1",
} as const;
export type Walker = keyof typeof WALKERS;
/** Walkers from whom something is hidden. */
export const NARROW = (Object.keys(WALKERS) as Walker[]).filter((walker) => walker !== "admin");

/** The tenancy behind a server. */
export interface Walks {
  world: World;
  /** The rows that each walker may see and may not. */
  views: Record<Walker, { visible: Told[]; hidden: Told[] }>;
  /** GraphQL types of objects by the table of their rows. */
  types: Map<string, string>;
  idOf(row: Told): string;
  /** The response to somebody's document, which must be a valid one. */
  respond(walker: Walker, query: string, headers?: Record<string, string>, rest?: { variables: object; operationName?: string }): Promise<Response>;
  /** Its bytes but for what is left of the budget, which each answer lessens; no bug may hide in them. */
  bytesOf(walker: Walker, query: string): Promise<string>;
}

/** Walks ask for more at once than anybody may; how to limit everybody again. */
export function liftLimits(): () => void {
  const limits = { ...LIMITS };
  for (const name of Object.keys(LIMITS)) (LIMITS as Record<string, number>)[name] = Number.POSITIVE_INFINITY;
  return () => void Object.assign(LIMITS, limits);
}

// What is left of a budget is less after each request.
const withoutBudget = (text: string) => text.replace(/"limit":\d+,"remaining":\d+,"resetSeconds":\d+,/, "");

/** Opens a world with the tenancy in it. */
export async function openWalks(): Promise<Walks> {
  const opened = await createWorld();
  const limit = liftLimits();
  const world: World = { ...opened, close: () => opened.close().finally(limit) };
  const { rows, tokens } = await buildTenancy(world.sql, { isSealed: false });
  for (const project of ["P1", "P2"]) await allSealed(world, rows.id("projects", project));
  const told = await tellRows(world.sql, rows);
  const types = await typesByTable();
  const views = Object.fromEntries(
    (Object.keys(WALKERS) as Walker[]).map((walker) => [walker, split(told, rows, walker)]),
  ) as Walks["views"];

  const respond: Walks["respond"] = async (walker, query, headers, rest) => {
    const response = await world.server.fetch(
      new Request("http://assay.test/graphql", {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${tokens[WALKERS[walker]]}`, ...headers },
        body: JSON.stringify({ query, ...rest }),
      }),
    );
    // A stream is for whoever asked for one to read.
    return response.headers.get("content-type")?.includes("json") ? new Response(withoutBudget(await response.text()), response) : response;
  };
  return {
    world,
    views,
    types,
    respond,
    idOf: ({ table, projectId, id }) => encodeId(types.get(table)!, { projectId, id }),
    async bytesOf(walker, query) {
      const text = await (await respond(walker, query)).text();
      const bug = /"code":"INTERNAL"|GRAPHQL_VALIDATION_FAILED|GRAPHQL_PARSE_FAILED|UNAUTHENTICATED/.exec(text);
      if (bug) throw new Error(`${walker}: ${query.slice(0, 200)}: ${text.slice(0, 500)}`);
      return text.replaceAll(/"(remaining|resetSeconds)":\d+/g, '"$1":0');
    },
  };
}

/** A row that nobody has, to be asked for like the given one. */
export function absent(row: Told): Told {
  const asked = Object.fromEntries(Object.entries(row.asked).map(([name, value]) => [name, value && `${value}x`]));
  return { ...row, id: randomUUID(), asked };
}
