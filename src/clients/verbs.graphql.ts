import type { Scope } from "../core/viewer.ts";
import { ApiClient, ScopeEnum } from "../grants/graphql.ts";
import { apiClientEntity, principalEntity } from "../grants/table.ts";
import type { Fields, InputFields } from "../graphql/builder.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { createApiClient, revokeApiClient, rotateApiClient } from "./service.ts";

interface Change {
  apiClientId: string;
  reason?: string | null;
  expectedVersion?: number | null;
}

type SecretPayload = RowPayload & { secret: string | null };

const changeFields = (t: InputFields) => ({
  apiClientId: t.id({ required: true, description: "Which." }),
  reason: t.string({ description: "Why; 1 to 2,000 characters." }),
  expectedVersion: t.int({ description: EXPECTED }),
});
const record = <Row extends RowPayload>(t: Fields<Row>) => rowField(t, apiClientEntity, ApiClient, "The key's record.");
const secretPayload = (t: Fields<SecretPayload>) => ({
  apiClient: record(t),
  secret: t.exposeString("secret", {
    nullable: true,
    description: "The key itself: shown here once, kept nowhere; null in the answer to a repeated idempotency key.",
  }),
});
const idIn = ({ apiClientId }: Change) => keyOf(apiClientEntity, apiClientId, ["apiClientId"]).id;

interface CreateApiClientInput {
  principalId: string;
  name: string;
  scopes?: Scope[] | null;
  expiresAt: Date;
}

defineVerb<CreateApiClientInput, SecretPayload>("createApiClient", {
  description: "Makes an API key for a principal.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    principalId: t.id({ required: true, description: "As whom it acts." }),
    name: t.string({ required: true, description: "What it is used for; 1 to 200 characters." }),
    scopes: t.field({ type: [ScopeEnum], description: "What a machine client may do; at least one. None for people, who act by role." }),
    expiresAt: t.field({ type: "DateTime", required: true, description: "When it ends: ahead, by one year at most." }),
  }),
  payload: secretPayload,
  resolve: (input, context) => {
    const principalId = keyOf(principalEntity, input.principalId, ["principalId"]).id;
    return context.perform("createApiClient", input, (verb) => createApiClient(verb, { ...input, scopes: input.scopes ?? [], principalId }, context.needsFourEyes));
  },
});

defineVerb<Change & { overlapSeconds?: number | null }, SecretPayload>("rotateApiClient", {
  description: "Gives an API key's client a new key, with the same beginning, scopes and end. The old one works beside it for a while, and one left by a rotation before ends at once.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    ...changeFields(t),
    overlapSeconds: t.int({ description: "How long the old key goes on working: 0 (not at all) to 604800 (7 days); 86400 (a day) if absent." }),
  }),
  payload: secretPayload,
  resolve: (input, context) => {
    const apiClientId = idIn(input);
    return context.perform("rotateApiClient", input, (verb) => rotateApiClient(verb, { ...input, apiClientId }, context.needsFourEyes));
  },
});

defineVerb<Change, RowPayload>("revokeApiClient", {
  description: "Ends an API key at once, and the tokens that were issued for it.",
  for: { roles: ["ADMIN"] },
  input: changeFields,
  payload: (t) => ({ apiClient: record(t) }),
  resolve: (input, context) => {
    const apiClientId = idIn(input);
    return context.perform("revokeApiClient", input, (verb) => revokeApiClient(verb, { ...input, apiClientId }));
  },
});
