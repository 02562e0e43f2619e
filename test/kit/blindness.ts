import { makeSamples, type SampledProject } from "./samples.ts";
import type { Caller, World } from "./world.ts";

type As = (query: string, variables?: Record<string, unknown>) => Promise<any>;

/** The caller acting under one of their roles; every answer must come without errors. */
export function acting(caller: Caller, role: string): As {
  return async (query, variables) => {
    const { data, errors } = await caller.send(query, variables, { "x-assay-role": role });
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
}

const AT = "2026-01-07T11:22:33.444Z";

export async function sampled(world: World, plan: Record<string, unknown> = {}): Promise<SampledProject> {
  const of = await makeSamples(
    world,
    ({ vendors: [, vendor], policies }) => [
      { externalRef: "ref-secret", contentRef: "item-1", vendor, labelerId: vendor!.labelerIds[0], policyId: policies.hate, action: "REMOVE", decidedAt: new Date(AT) },
    ],
    plan,
  );
  const { projectId, policies } = of.project;
  await world.sql`update decisions set policy_version_id = (select id from policy_versions where policy_id = ${policies.hate}) where project_id = ${projectId}`;
  return of;
}

/** Somebody with every staff role in the project: blind to their own audits under each of them. */
export async function everybody(world: World, { project: { projectId } }: SampledProject): Promise<Caller> {
  const roles = ["QA_LEAD", "POLICY_MANAGER", "AUDITOR", "ANALYST"] as const;
  return world.caller({ role: "ADMIN" }, ...roles.map((role) => ({ role, projectId })));
}
export const ROLES = ["ADMIN", "QA_LEAD", "POLICY_MANAGER", "AUDITOR", "ANALYST"] as const;

export async function claimOne(caller: Caller, { projectId }: SampledProject): Promise<{ id: string; sample: { id: string } }> {
  const query = "mutation ($id: ID!) { claimSamples(input: { projectId: $id }) { ... on ClaimSamplesPayload { audits { id sample { id } } } } }";
  return (await acting(caller, "AUDITOR")(query, { id: projectId })).claimSamples.audits[0];
}

/** What the auditor may not learn: of the decision, and of the draw. */
export async function secretsOf(world: World, { project, decisionIds }: SampledProject) {
  const [run] = await world.sql`select r.id, r.plan_id, r.seed, s.id as stratum from sampling_runs r join strata s on s.run_id = r.id where r.project_id = ${project.projectId}`;
  const [, vendor] = project.vendors;
  const [policy] = await world.sql`select p.code, v.id from policies p join policy_versions v on v.policy_id = p.id where p.id = ${project.policies.hate}`;
  const people = [vendor!.id, vendor!.code, vendor!.siteId, vendor!.teamId, vendor!.labelerIds[0]!];
  const decision: string[] = [decisionIds[0]!, "ref-secret", ...people, project.policies.hate, policy!.code, policy!.id, "REMOVE", AT];
  return { decision, draw: [run!.id, run!.plan_id, run!.seed, run!.stratum, "RANDOM"] as string[] };
}

// Every text of an answer, opaque ids and cursors opened.
function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value, Buffer.from(value, "base64url").toString("latin1")];
  if (value === null || typeof value !== "object") return [String(value)];
  return Object.values(value).flatMap(textsOf);
}
export const leaked = (answer: unknown, secrets: readonly string[]) => secrets.filter((secret) => textsOf(answer).some((text) => text.includes(secret)));

/**
 * Every field of a type and of the objects below it, read from the schema itself, so that a field added later is tried too. Lists are
 * opened on the type itself only: those of a project or queue are not about the one audit.
 */
export async function everyField(world: World, type: string, depth: number, hasLists = true): Promise<string> {
  const { __type } = await world.admin.ask(
    `query ($name: String!) { __type(name: $name) { kind fields { name args { type { kind } } type { ...T ofType { ...T ofType { ...T ofType { ...T } } } } } } } fragment T on __Type { kind name }`,
    { name: type },
  );
  const chosen: string[] = [];
  for (const field of __type.fields ?? []) {
    let of = field.type;
    while (of.ofType) of = of.ofType;
    if (field.args.some((arg: any) => arg.type.kind === "NON_NULL")) continue;
    if (["SCALAR", "ENUM"].includes(of.kind)) chosen.push(field.name);
    else if (of.name.endsWith("Connection") && hasLists) chosen.push(`${field.name} { ${of.name === "EventConnection" ? "" : "totalCount "}nodes { ${await everyField(world, of.name.replace(/Connection$/, ""), 0)} } }`);
    else if (of.kind === "OBJECT" && !of.name.endsWith("Connection") && depth > 0) chosen.push(`${field.name} { ${await everyField(world, of.name, depth - 1, false)} }`);
  }
  return ["__typename", ...chosen].join(" ");
}

export const seal = async (world: World, projectId: string) => {
  for (let left = 100; left > 0; left -= 1) {
    const [row] = await world.sql`select count(*)::int as open from events e where project_id = ${projectId} and not exists (select from event_seals s where s.event_id = e.id)`;
    if (row!.open === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
