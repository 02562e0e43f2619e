import { pick, type Random } from "../stats/random.ts";
import { actionFor, lookalikeOf, NO_VIOLATION, UPDATED_POLICY } from "../story/policies.rules.ts";

/** Something to judge, with what is right of it. */
export interface Judgeable {
  decisionId: string;
  truth: string;
}

/** The raters of a session by how often they see coded hate for what it is: staff more often than vendors. */
export const RATERS: Readonly<Record<string, number>> = { auditor: 0.95, auditor2: 0.85, auditor3: 0.75, vendorQa: 0.55, otherVendorManager: 0.5 };

const ITEMS = 12;
const OF_POLICY = 8;

/** What a session is about: content of the policy in question first, then as much other as there is room for. */
export function itemsOf(found: readonly Judgeable[]): Judgeable[] {
  const ofPolicy = found.filter(({ truth }) => truth === UPDATED_POLICY).slice(0, OF_POLICY);
  return [...ofPolicy, ...found.filter((each) => !ofPolicy.includes(each))].slice(0, ITEMS);
}

/** What a rater takes content for. */
export function voteOn(random: Random, truth: string, sees: number): { policy: string; action: string } {
  const [isSeen, mistaken] = [random() < (truth === UPDATED_POLICY ? sees : 0.92), pick(random, [NO_VIOLATION, lookalikeOf(truth)])];
  const policy = isSeen ? truth : mistaken;
  return { policy, action: actionFor(policy) };
}

/** Content of the session that is still open, by who has judged it. */
export const OPEN_SESSION = {
  contents: ["sticker/fan-curve", "sticker/two-keys", "sticker/old-flag", "sticker/number-plate", "sticker/closed-fist", "sticker/rain-cloud"],
  voters: ["auditor", "vendorQa"],
} as const;
