import { type NamedKey, readId, SYSTEM_PROJECT_ID } from "../core/ids.ts";
import { actsIn, type Viewer } from "../core/viewer.ts";
import type { ACCESS_KINDS, ACCESS_OUTCOMES, ACCESS_TRANSPORTS } from "./table.ts";

export type AccessKind = (typeof ACCESS_KINDS)[number];
export type Outcome = (typeof ACCESS_OUTCOMES)[number];
export type Transport = (typeof ACCESS_TRANSPORTS)[number];

/** The most things that one row names: as many as a bulk verb takes. */
const MOST_SUBJECTS = 500;
const MOST_FIELDS = 50;
const LONGEST_NAME = 200;
/** Of the opaque ids that there are; whatever else is as long is hardly ever taken for one. */
const ID_LENGTHS = { from: 50, to: 160 };
const DEEPEST = 12;

/** Verbs that show somebody a decision that was hidden from them until then, as that of a blind audit is. */
export const REVEALING: readonly string[] = ["lockTruth"];
/** Verbs that take out data. */
export const EXPORTING: readonly string[] = ["createExport"];

/** What one operation did or saw. */
export interface Access {
  viewer: Viewer;
  requestId: string;
  transport: Transport;
  kinds: readonly AccessKind[];
  operation: string | null;
  fields: readonly string[];
  personalFields: readonly string[];
  personalCount: number | null;
  subjects: readonly NamedKey[];
  outcome: Outcome;
  /** Why not; null if OK. */
  code: string | null;
}

/** What a verb counts as. */
export function kindsOfVerb(verb: string, isPersonal: boolean): AccessKind[] {
  return [
    "MUTATION", ...(REVEALING.includes(verb) ? ["REVEAL" as const] : []), ...(EXPORTING.includes(verb) ? ["EXPORT" as const] : []),
    ...(isPersonal ? ["PERSONAL_READ" as const] : []),
  ];
}

/** The thing that a text names, if it is an opaque id. */
export function subjectOf(text: string): NamedKey | null {
  const read = ID_LENGTHS.from <= text.length && text.length <= ID_LENGTHS.to ? readId(text) : null;
  return read && /^[A-Z]\w*$/.test(read.type) ? read : null;
}

/** The things that an input names by their opaque ids, wherever in it they stand. */
export function subjectsIn(value: unknown, depth = 0): NamedKey[] {
  if (typeof value === "string") return [subjectOf(value) ?? []].flat();
  if (value === null || typeof value !== "object" || depth === DEEPEST) return [];
  return Object.values(value).flatMap((each) => subjectsIn(each, depth + 1));
}

function distinct(subjects: readonly NamedKey[]): NamedKey[] {
  const global = ({ type, key }: NamedKey): NamedKey => ({ type, key: { projectId: key.projectId === SYSTEM_PROJECT_ID ? null : key.projectId, id: key.id } });
  return [...new Map(subjects.map(global).map((each) => [`${each.type}:${each.key.id}`, each])).values()].slice(0, MOST_SUBJECTS);
}

// Of a project itself, its own id.
const projectOf = ({ type, key }: NamedKey) => (type === "Project" ? key.id : key.projectId);

/** An access as its row says it: things once each, and in which projects that was, which are the viewer's own where nothing names one. */
export function rowOf({ viewer, subjects: named, fields, personalFields, operation, ...rest }: Access) {
  const subjects = distinct(named);
  // Not whatever project somebody names: its leads would read what a stranger writes to them, and the stranger's own leads nothing.
  const projectIds = new Set(projectsFor(viewer, subjects.map(projectOf).filter((id) => id !== null)));
  return {
    ...rest,
    principalId: viewer.principalId,
    viaId: viewer.via?.principalId ?? null,
    clientId: viewer.via?.clientId ?? viewer.clientId ?? null,
    role: viewer.role,
    operation: operation?.slice(0, LONGEST_NAME) ?? null,
    fields: [...new Set(fields)].slice(0, MOST_FIELDS),
    personalFields: [...personalFields],
    subjects,
    projectIds: projectIds.size > 0 ? [...projectIds] : [...(viewer.projectIds ?? [])],
  };
}

export type NewAccess = ReturnType<typeof rowOf>;

/** Those of the things that are in no project, or in one of the viewer's: a row may name several projects, of which they lead one. */
export function subjectsFor(viewer: Viewer, subjects: readonly NamedKey[]): NamedKey[] {
  return subjects.filter((subject) => {
    const projectId = projectOf(subject);
    return projectId === null || actsIn(viewer, projectId);
  });
}

/** Those of the projects that the viewer acts in. */
export function projectsFor(viewer: Viewer, projectIds: readonly string[]): string[] {
  return projectIds.filter((id) => actsIn(viewer, id));
}
