import { type DecisionSpec, makeDecisions, makeProject, type ProjectFixture } from "./factories.ts";
import type { Caller, GrantSpec, World } from "./world.ts";

/** Somebody with a grant in the project. */
export const inProjectAs = (world: World, { projectId }: ProjectFixture, grant: GrantSpec) => world.caller({ projectId, ...grant });

/** The answer's fields of an agreement asked of a project, by code or id. */
export async function askAgreement(by: Caller, of: string, args: string, fields: string): Promise<any> {
  return (await by.ask(`{ agreement(project: "${of}", ${args}) { ${fields} } }`)).agreement;
}

/** Code and path of the error that it answers with; null if none. */
export async function errorOf(by: Caller, of: string, args: string): Promise<string[] | null> {
  const { errors } = await by.send(`{ agreement(project: "${of}", ${args}) { items } }`);
  return errors ? [errors[0]!.extensions!.code as string, ...((errors[0]!.extensions!.path as string[]) ?? [])] : null;
}

export type Name = "hate" | "spam" | "NV";

/** Decisions on contents by several labelers, in order of time: `labels[content][labeler]`. */
export async function label(world: World, project: ProjectFixture, labelerIds: readonly string[], labels: Record<string, (Name | null)[]>, spec: DecisionSpec = {}): Promise<void> {
  const vendorOf = (id: string) => project.vendors.find((vendor) => vendor.labelerIds.includes(id))!;
  const specs = Object.entries(labels).flatMap(([contentRef, row]) => row.flatMap((name, place) => {
    const labelerId = labelerIds[place]!;
    return name ? [{ ...spec, contentRef, labelerId, vendor: vendorOf(labelerId), policyId: project.policies[name] }] : [];
  }));
  await makeDecisions(world.sql, project, specs);
}

/** A project of its own with these labels, by the labelers of both vendors in turn. */
export async function labeled(world: World, labels: Record<string, (Name | null)[]>) {
  const project = await makeProject(world.sql);
  const [one, two] = project.vendors as [typeof project.vendors[0], typeof project.vendors[0]];
  const labelerIds = [...one.labelerIds, ...two.labelerIds];
  await label(world, project, labelerIds, labels);
  return { project, code: project.projectCode, labelerIds, one, two, lead: await inProjectAs(world, project, { role: "QA_LEAD" }) };
}
