import { between, pick, type Random, randomOf } from "../stats/random.ts";
import { PROJECTS, SITES } from "./organisation.rules.ts";
import { DEGRADED, HIRED_ON_DAY, LIVE_ON_DAY } from "./rules.ts";

export interface LabelerPlan {
  /** The vendor's own reference. */
  ref: string;
  vendor: string;
  site: string;
  team: string;
  name: string | null;
  kind: "HUMAN" | "MODEL";
  project: string;
  queue: string;
  /** Day of the story, negative for those who were there before. */
  hiredOnDay: number;
  /** The day a joiner went live; null for those who were there before. */
  liveOnDay: number | null;
  /** Share of right decisions, once learned. */
  skill: number;
  /** Decisions on a full day. */
  pace: number;
  /** Local hour when the shift starts. */
  shiftStart: number;
}

const NAMES: Readonly<Record<string, { given: readonly string[]; family: readonly string[] }>> = {
  JKT: {
    given: ["Adi", "Ayu", "Bayu", "Citra", "Dewi", "Eka", "Fajar", "Gita", "Hendra", "Indah", "Joko", "Lestari", "Nanda", "Putri", "Rizky", "Sari", "Wahyu"],
    family: ["Santoso", "Wijaya", "Pratama", "Saputra", "Hidayat", "Nugroho", "Siregar", "Kusuma", "Halim", "Gunawan", "Utami"],
  },
  KUL: {
    given: ["Aiman", "Amira", "Farah", "Hafiz", "Izzat", "Kavitha", "Mei Ling", "Nurul", "Pravin", "Siti", "Wei Jie", "Zulaikha"],
    family: ["Abdullah", "Ismail", "Lim", "Nair", "Rahman", "Subramaniam", "Tan", "Yusof", "Zainal"],
  },
  MNL: {
    given: ["Andrea", "Bea", "Carlo", "Dino", "Ella", "Francis", "Grace", "Isko", "Jasmine", "Kim", "Liza", "Marco", "Nico", "Paolo", "Rosa", "Trisha"],
    family: ["Aquino", "Bautista", "Cruz", "Dela Rosa", "Garcia", "Lopez", "Mendoza", "Ramos", "Reyes", "Santos", "Villanueva"],
  },
};
const SITE_SKILL: Readonly<Record<string, number>> = { JKT: 0.945, KUL: 0.948, MNL: 0.936 };
const SITE_WITH_MODELS = "MNL";

function skillAt(random: Random, site: string): number {
  const spread = (random() + random() + random() - 1.5) * 0.04;
  return Math.min(0.97, Math.max(0.88, SITE_SKILL[site]! + spread));
}

function makeModel(random: Random, ref: string): Pick<LabelerPlan, "ref" | "name" | "kind" | "skill" | "pace" | "shiftStart"> {
  return { ref, name: null, kind: "MODEL", skill: between(random, 0.9, 0.93), pace: 40, shiftStart: 0 };
}

function makePerson(random: Random, ref: string, site: string): Pick<LabelerPlan, "ref" | "name" | "kind" | "skill" | "pace" | "shiftStart"> {
  const names = NAMES[site]!;
  const name = `${pick(random, names.given)} ${pick(random, names.family)}`;
  return { ref, name, kind: "HUMAN", skill: skillAt(random, site), pace: between(random, 10, 15), shiftStart: pick(random, [8, 9, 9, 10, 11]) };
}

/**
 * The 120 labelers, each on one queue. In the first queue of each project Manila runs a model beside its people; in each queue the last
 * one at the site with most people is a joiner.
 */
export function makeLabelers(seed: string): LabelerPlan[] {
  const counts = new Map<string, number>();
  return PROJECTS.flatMap((project) =>
    project.queues.flatMap((queue, queueIndex) => {
      const mainSite = Object.entries(project.staff).sort(([, a], [, b]) => b - a)[0]![0];
      return Object.entries(project.staff).flatMap(([code, size]) =>
        Array.from({ length: size }, (_, index): LabelerPlan => {
          const site = SITES.find((each) => each.code === code)!;
          const number = (counts.get(code) ?? 0) + 1;
          counts.set(code, number);
          const ref = `${code}-${String(number).padStart(3, "0")}`;
          const random = randomOf(seed, "labeler", ref);
          const isModel = code === SITE_WITH_MODELS && queueIndex === 0 && index === 0;
          const isJoiner = code === mainSite && index === size - 1;
          return {
            ...(isModel ? makeModel(random, ref) : makePerson(random, ref, code)),
            vendor: site.vendor,
            site: code,
            team: site.teams[number % site.teams.length]!,
            project: project.code,
            queue: queue.code,
            hiredOnDay: isJoiner ? HIRED_ON_DAY : -Math.floor(between(random, 90, 1_100)),
            liveOnDay: isJoiner ? LIVE_ON_DAY : null,
          };
        }),
      );
    }),
  );
}

/** True of the people at the main site of the queue that degrades: they read and contest their audits themselves. */
export function contestsThemselves({ project, queue, site, kind }: LabelerPlan): boolean {
  return project === DEGRADED.project && queue === DEGRADED.queue && site === "KUL" && kind === "HUMAN";
}
