import { randomUUID } from "node:crypto";
import { encodeId, readId } from "../../src/core/ids.ts";
import { makeProject, type ProjectFixture, type VendorFixture } from "./factories.ts";
import { type Caller, createWorld, type GrantSpec, type World } from "./world.ts";

/** What came of a roster's row. */
export interface RosterAnswer {
  outcome: string;
  labeler: any;
  refusal: { row: number; field: string; code: string } | null;
}

/** A world with two projects, the two vendors of the first, a lead of the first and a manager of its first vendor. */
export interface RosterWorld {
  world: World;
  project: ProjectFixture;
  elsewhere: ProjectFixture;
  one: VendorFixture;
  two: VendorFixture;
  lead: Caller;
  manager: Caller;
  /** Somebody with a grant in the first project. */
  as: (grant: GrantSpec) => Promise<Caller>;
  upsert: (by: Caller, rows: object[], vendor?: VendorFixture) => Promise<RosterAnswer[]>;
  /** Adds a labeler of the first vendor; their id. */
  makeNew: (row?: object) => Promise<string>;
  /** Fields of a labeler. */
  read: (by: Caller, labelerId: string, fields: string) => Promise<any>;
}

/** The opaque id of a global row. */
export const id = (type: string, key: string) => encodeId(type, { projectId: null, id: key });
/** The opaque id of a project's row. */
export const inProject = (type: string, projectId: string, key: string) => encodeId(type, { projectId, id: key });
/** The key in an opaque id. */
export const keyIn = (opaque: string) => readId(opaque)!.key.id;
/** A reference that nobody has. */
export const ref = () => `R-${randomUUID().slice(0, 8)}`;

/** The fields of a roster's row that tests look at. */
export const ROW =
  "row externalRef outcome labeler { id externalRef name status hiredOn site { code } team { code } version } refusal { row field value code message }";

export async function createRosterWorld(): Promise<RosterWorld> {
  const world = await createWorld();
  const [project, elsewhere] = await Promise.all([makeProject(world.sql), makeProject(world.sql)]);
  const [one, two] = project.vendors as [VendorFixture, VendorFixture];
  const as = (grant: GrantSpec) => world.caller({ projectId: project.projectId, ...grant });
  const [lead, manager] = await Promise.all([as({ role: "QA_LEAD" }), as({ role: "VENDOR_MANAGER", vendorId: one.id })]);
  const upsert: RosterWorld["upsert"] = async (by, rows, vendor = one) => {
    const { results } = await by.verb("upsertLabelers", { vendorCode: vendor.code, rows }, `results { ${ROW} }`);
    return results;
  };
  const makeNew: RosterWorld["makeNew"] = async (row = {}) => {
    const [result] = await upsert(lead, [{ externalRef: ref(), ...row }]);
    return result!.labeler.id;
  };
  const read: RosterWorld["read"] = async (by, labelerId, fields) => {
    const { node } = await by.ask(`query ($id: ID!) { node(id: $id) { ... on Labeler { ${fields} } } }`, { id: labelerId });
    return node;
  };
  return { world, project, elsewhere, one, two, lead, manager, as, upsert, makeNew, read };
}
