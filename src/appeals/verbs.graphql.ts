import { decodeProjectId, type ProjectKey } from "../core/ids.ts";
import type { Verb } from "../db/verb.ts";
import type { Fields, InputFields } from "../graphql/builder.ts";
import { defineBulkVerb } from "../graphql/bulk.ts";
import { rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { Appeal, appealListType } from "./graphql.ts";
import {
  answerAppeal, continueAppeal, declineAppeal, declineAppeals, escalateAppeal, fileReappeal, forwardAppeal, forwardAppeals, markAppealInvalid, returnAppeal, withdrawAppeal,
} from "./review.service.ts";
import { type AppealVerb, rolesFor } from "./rules.ts";
import { appealEntity } from "./table.ts";

interface OnAppeal {
  appealId: string;
  expectedVersion?: number | null;
}

// Verbs on one appeal, whose answer is the appeal.
function define<Input extends object>(
  name: AppealVerb,
  description: string,
  input: (t: InputFields) => Record<string, unknown>,
  run: (verb: Verb, key: ProjectKey, input: OnAppeal & Input) => Promise<ProjectKey>,
): void {
  defineVerb<OnAppeal & Input, RowPayload>(name, {
    description,
    for: { roles: rolesFor(name) },
    input: (t) => ({ appealId: t.id({ required: true, description: "The appeal." }), ...input(t), expectedVersion: t.int({ description: EXPECTED }) }),
    payload: (t: Fields<RowPayload>) => ({ appeal: rowField(t, appealEntity, Appeal, "The appeal.") }),
    resolve: (given, context) => {
      const key = decodeProjectId(appealEntity.name, given.appealId, ["appealId"]);
      return context.perform(name, given, (verb) => run(verb, key, given));
    },
  });
}

const inWords = (what: string) => `${what}, 1 to 2,000 characters. Whoever sees the appeal reads it, but analysts.`;
const because = (what: string) => (t: InputFields) => ({ reason: t.string({ required: true, description: inWords(what) }) });

const FIRST = "VENDOR_QA, VENDOR_MANAGER of its vendor, in layer CLIENT";
const REVIEWERS = "In L1_REVIEW VENDOR_QA, VENDOR_MANAGER of its vendor, in L2_REVIEW QA_LEAD and AUDITOR who may adjudicate, in L3_ARBITRATION POLICY_MANAGER";
const APART = "never its appellant, labeler or auditor";

define<object>(
  "forwardAppeal",
  `Hands an appeal in L1_REVIEW on to the client's reviewers, as the system does when the vendor is late. ${FIRST}; ${APART}.`,
  () => ({}),
  (verb, key, { expectedVersion }) => forwardAppeal(verb, key, expectedVersion),
);

define<{ reason: string }>(
  "declineAppeal",
  `Declines an appeal in L1_REVIEW for the vendor; the appellant may go on to the client's reviewers until it is due. ${FIRST}; ${APART}.`,
  because("Why the audit is right"),
  (verb, key, { reason, expectedVersion }) => declineAppeal(verb, key, reason, expectedVersion),
);

defineBulkVerb("forwardAppeals", {
  description: `Hands appeals in L1_REVIEW on to the client's reviewers. ${FIRST}; ${APART}.`,
  for: { roles: rolesFor("forwardAppeal") },
  list: appealListType,
  ids: "appealIds",
  run: (verb, targets, { isDryRun }: { isDryRun: boolean }) => forwardAppeals(verb, targets, isDryRun),
});

defineBulkVerb("declineAppeals", {
  description: `Declines appeals in L1_REVIEW for one reason. ${FIRST}; ${APART}.`,
  for: { roles: rolesFor("declineAppeal") },
  list: appealListType,
  ids: "appealIds",
  input: because("Why the audits are right"),
  run: (verb, targets, input: { reason: string; isDryRun: boolean }) => declineAppeals(verb, targets, input),
});

define<object>(
  "continueAppeal",
  "Takes a DECLINED appeal to the client's reviewers, once, until it is due. Its appellant.",
  () => ({}),
  (verb, key, { expectedVersion }) => continueAppeal(verb, key, expectedVersion),
);

define<{ reason?: string | null }>(
  "withdrawAppeal",
  "Takes an appeal back that isn't in L3_ARBITRATION; refused (CONFLICT) once a tier has ruled on it, also while its re-appeal is returned: answerAppeal, or its time, takes that on. The audit can be contested again while its window lasts. Its appellant.",
  (t) => ({ reason: t.string({ description: inWords("Why") }) }),
  (verb, key, { reason, expectedVersion }) => withdrawAppeal(verb, key, reason ?? null, expectedVersion),
);

define<{ question: string }>(
  "returnAppeal",
  `Asks the appellant for what is missing. The tier's clock stands still until they have answered, or the time for it is over. ${REVIEWERS}; ${APART}.`,
  (t) => ({ question: t.string({ required: true, description: inWords("What is asked") }) }),
  (verb, key, { question, expectedVersion }) => returnAppeal(verb, key, question, expectedVersion),
);

define<{ answer: string }>(
  "answerAppeal",
  "Answers what a reviewer asked of an appeal RETURNED_FOR_INFO, which goes back to the tier that asked. Its appellant.",
  (t) => ({ answer: t.string({ required: true, description: inWords("The answer") }) }),
  (verb, key, { answer, expectedVersion }) => answerAppeal(verb, key, answer, expectedVersion),
);

define<{ reason: string }>(
  "escalateAppeal",
  `Leaves an appeal in L2_REVIEW to those who write the policies. QA_LEAD, AUDITOR who may adjudicate; ${APART}.`,
  because("What only they can say"),
  (verb, key, { reason, expectedVersion }) => escalateAppeal(verb, key, reason, expectedVersion),
);

define<{ reason: string }>(
  "fileReappeal",
  "Appeals the ruling of a DECIDED appeal to those who write the policies, once, until it is due; not where the audit was overturned. Its appellant.",
  because("Why the ruling is wrong"),
  (verb, key, { reason, expectedVersion }) => fileReappeal(verb, key, reason, expectedVersion),
);

define<{ reason: string }>(
  "markAppealInvalid",
  `Ends an appeal that none could rule on, such as one of something else; where it is a re-appeal, the earlier ruling stands and the audit is FINAL. In L2_REVIEW QA_LEAD, AUDITOR who may adjudicate, in L3_ARBITRATION POLICY_MANAGER; ${APART}.`,
  because("Why nobody can rule on it"),
  (verb, key, { reason, expectedVersion }) => markAppealInvalid(verb, key, reason, expectedVersion),
);
