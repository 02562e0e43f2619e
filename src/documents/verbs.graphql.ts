import { decodeIfGiven } from "../core/ids.ts";
import { ApiClient } from "../grants/graphql.ts";
import { apiClientEntity } from "../grants/table.ts";
import { keyOf, rowField, type RowPayload } from "../graphql/entity.ts";
import { reviewDocument } from "../graphql/review.ts";
import { defineVerb, EXPECTED } from "../graphql/verb.ts";
import { RegisteredDocument } from "./graphql.ts";
import { MOST_CHARACTERS } from "./rules.ts";
import { registerDocument, type RegisterDocumentInput, restrictApiClient, type RestrictApiClientInput, retireDocument } from "./service.ts";
import { registeredDocumentEntity } from "./table.ts";

defineVerb<Omit<RegisterDocumentInput, "cost">, RowPayload>("registerDocument", {
  description:
    "Keeps a document, so that its principal may send its hash in place of it. It must parse, be valid, and pass every limit that it would have to pass if it were sent. The same text again is the same document: it gets the name, and stands again if it was retired.",
  for: { roles: ["ADMIN"], scope: "documents:write" },
  input: (t) => ({
    document: t.string({ required: true, description: `One or more operations with their fragments. All documents in use of a principal have at most ${MOST_CHARACTERS} characters together.` }),
    name: t.string({ description: "For people, 1 to 200 characters; none if absent." }),
    principalId: t.id({ description: "Whose it is: the caller's own if absent; ADMIN alone names another." }),
    expectedVersion: t.int({ description: `${EXPECTED} 0 says that it was never registered.` }),
  }),
  payload: (t) => ({ document: rowField(t, registeredDocumentEntity, RegisteredDocument, "The document.") }),
  resolve: (input, context, { schema }) => {
    const cost = reviewDocument(schema, input.document);
    const principalId = decodeIfGiven("Principal", input.principalId, ["principalId"]);
    return context.perform("registerDocument", input, (verb) => registerDocument(verb, { ...input, principalId, cost }));
  },
});

defineVerb<{ documentId: string; expectedVersion?: number | null }, RowPayload>("retireDocument", {
  description: "Takes a registered document out of use, on every process within a second. Registering it again brings it back.",
  for: { roles: ["ADMIN"], scope: "documents:write" },
  input: (t) => ({
    documentId: t.id({ required: true, description: "Which: the caller's own, or any for ADMIN." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ document: rowField(t, registeredDocumentEntity, RegisteredDocument, "The document.") }),
  resolve: (input, context) => {
    const documentId = keyOf(registeredDocumentEntity, input.documentId, ["documentId"]).id;
    return context.perform("retireDocument", input, (verb) => retireDocument(verb, { ...input, documentId }));
  },
});

defineVerb<RestrictApiClientInput, RowPayload>("restrictApiClient", {
  description: "Binds an API key to its principal's registered documents, or lifts that: from the next operation on, also on open sockets.",
  for: { roles: ["ADMIN"] },
  input: (t) => ({
    apiClientId: t.id({ required: true, description: "Which key." }),
    isRestricted: t.boolean({ required: true, description: "True: it may send registered documents alone. False: any." }),
    expectedVersion: t.int({ description: EXPECTED }),
  }),
  payload: (t) => ({ apiClient: rowField(t, apiClientEntity, ApiClient, "The key's record.") }),
  resolve: (input, context) => {
    const apiClientId = keyOf(apiClientEntity, input.apiClientId, ["apiClientId"]).id;
    return context.perform("restrictApiClient", input, (verb) => restrictApiClient(verb, { ...input, apiClientId }));
  },
});
